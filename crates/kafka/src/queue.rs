//! A worker's own queue: batches, and pausing and rewinding of the partitions that feed it.
//!
//! librdkafka moves a partition's position when a batch call *returns*, upwards only, and a pause saves that position for
//! later. A seek or a new assignment that lands inside such a call would be undone by its end, and messages skipped.
//! So nothing of the kind happens inside one: a worker rewinds between its batches (`&mut self`), and the control thread
//! holds the intake while it assigns.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::batch::Batch;
use crate::consumer::Shared;
use crate::error::Error;
use crate::native::{NativeQueue, RawMessage};
use crate::partition::{Position, TopicPartition, list_of, list_with_offsets};

/// A seek answers at once; it is tried again while the partition is still starting.
const REWIND_TIMEOUT: Duration = Duration::from_secs(10);
const REWIND_PAUSE: Duration = Duration::from_millis(20);

/// One worker thread's queue. Send it to its thread; drop it there when the thread ends.
pub struct WorkerQueue {
    worker: usize,
    slots: Vec<RawMessage>,
    shared: Arc<Shared>,
}

// SAFETY: between two batches `slots` holds only stale pointers that nobody reads; during one the batch borrows the queue
// and, holding raw pointers, keeps it on its thread.
unsafe impl Send for WorkerQueue {}

impl WorkerQueue {
    /// The queue of worker number `worker`, whose batches hold up to `batch_messages_max` messages.
    pub(crate) fn new(worker: usize, batch_messages_max: usize, shared: Arc<Shared>) -> Self {
        Self {
            worker,
            slots: vec![std::ptr::null_mut(); batch_messages_max.max(1)],
            shared,
        }
    }

    /// The worker's number, from 0: what [`crate::Start::worker`] names.
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// Takes what arrives: returns when the batch is full **or the whole timeout has passed**, not at the first message.
    ///
    /// Call it in a loop, also while all partitions are paused: it tells the broker that this process is alive. Up to
    /// 100 ms are sensible; an assignment waits for it.
    pub fn batch(&mut self, timeout: Duration) -> Batch<'_> {
        let intake = &self.shared.routing().intakes[self.worker];
        let count = intake.take_messages(timeout, &mut self.slots);
        // SAFETY: the call filled that many slots, and they are nobody else's.
        unsafe { Batch::new(self.slots.get(..count).unwrap_or_default()) }
    }

    /// Stops fetching `partitions`, which must be this worker's own; what librdkafka holds of them is fetched again later.
    ///
    /// # Errors
    /// [`Error::Client`] if librdkafka knows one of them not: then it is ours no more.
    pub fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), Error> {
        let list = list_of(partitions);
        Ok(self.shared.consumer().pause(&list)?)
    }

    /// Fetches `partitions` again, from where they were paused or rewound to.
    ///
    /// # Errors
    /// As [`Self::pause`].
    pub fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), Error> {
        let list = list_of(partitions);
        Ok(self.shared.consumer().resume(&list)?)
    }

    /// Continues each partition at its `next_offset`, forwards or backwards, paused or not. The next batch holds nothing
    /// from before.
    ///
    /// # Errors
    /// [`Error::Client`] if one of them is not assigned, or stands still after
    /// [`crate::PartitionFault::OffsetOutOfRange`]: only [`crate::BatchConsumer::restart`] helps then.
    pub fn rewind(&mut self, positions: &[Position]) -> Result<(), Error> {
        let deadline = Instant::now() + REWIND_TIMEOUT;
        let mut left: Vec<&Position> = positions.iter().collect();
        while !left.is_empty() {
            let failed = self.seek(&left)?;
            let Some((_, error)) = failed.first() else {
                return Ok(());
            };
            if Instant::now() > deadline || !failed.iter().all(|(_, error)| is_starting(error)) {
                return Err(error.clone().into());
            }
            left = failed.into_iter().map(|(position, _)| position).collect();
            thread::sleep(REWIND_PAUSE);
        }
        Ok(())
    }

    /// Seeks once and returns what did not move.
    fn seek<'a>(
        &self,
        positions: &[&'a Position],
    ) -> Result<Vec<(&'a Position, KafkaError)>, Error> {
        let wanted = positions
            .iter()
            .map(|one| (&one.partition, one.next_offset));
        let answer = self
            .shared
            .consumer()
            .seek_partitions(list_with_offsets(wanted)?, REWIND_TIMEOUT)?;
        let mut failed = Vec::new();
        for position in positions {
            let TopicPartition { topic, partition } = &position.partition;
            let found = answer.find_partition(topic, *partition);
            if let Some(Err(error)) = found.map(|one| one.error()) {
                failed.push((*position, error));
            }
        }
        Ok(failed)
    }
}

/// Whether the partition has only just been assigned.
fn is_starting(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(Code::State | Code::PreviousInProgress)
    )
}

/// The native queue of one worker, and the turnstile between its batch calls and assignments.
#[derive(Default)]
pub(crate) struct Intake {
    queue: Mutex<Option<NativeQueue>>,
    /// How many threads want the worker to stay out of its next batch call.
    held: AtomicUsize,
}

impl Intake {
    /// Puts the queue in place, or takes it out at the end.
    pub(crate) fn set(&self, queue: Option<NativeQueue>) {
        *self.lock() = queue;
    }

    /// Keeps the worker out of batch calls until the guard is dropped; waits for the one it is in.
    pub(crate) fn hold(&self) -> MutexGuard<'_, Option<NativeQueue>> {
        self.held.fetch_add(1, Ordering::SeqCst);
        let queue = self.lock();
        self.held.fetch_sub(1, Ordering::SeqCst);
        queue
    }

    fn take_messages(&self, timeout: Duration, slots: &mut [RawMessage]) -> usize {
        // A mutex is not fair: without this an idle worker, which is always inside the call, would lock everybody out.
        while self.held.load(Ordering::SeqCst) > 0 {
            thread::sleep(Duration::from_millis(1));
        }
        match &*self.lock() {
            Some(queue) => queue.take_messages(timeout, slots),
            None => 0,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<NativeQueue>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
