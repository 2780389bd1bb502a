//! A worker thread: takes batches, decodes them, builds columns and encodes them into its own open files, run to
//! completion. It never waits for an upload or a commit, except between the hand-over of a flush and its landing.

use crate::clock::now_us;
use crate::config::Feed;
use crate::pipeline::MessageSink;
use crate::run::Shared;
use crate::run::messages::{Beginning, Command, Report};
use crate::run::partition::Partition;
use anyhow::{Context, Result};
use kafka::{Batch, Delivery, Position, TopicPartition, WorkerQueue};
use lake::WorkerFiles;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::time::Duration;

/// How long one call waits for messages; an assignment waits for it.
const BATCH_TIMEOUT: Duration = Duration::from_millis(50);
/// How long a worker waits for the control thread between two heartbeats.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(1);
/// After a failed write to the spool: first pause, doubled up to the longest.
const SPOOL_PAUSE_MIN: Duration = Duration::from_secs(1);
const SPOOL_PAUSE_MAX: Duration = Duration::from_secs(60);

/// Everything that one worker thread owns.
pub(super) struct Worker {
    queue: WorkerQueue,
    commands: Receiver<Command>,
    reports: Sender<Report>,
    shared: Arc<Shared>,
    feeds: Vec<Arc<Feed>>,
    sink: MessageSink,
    partitions: Vec<Partition>,
    /// Between the hand-over of a flush and its landing.
    is_held: bool,
    is_full: bool,
    spool_pause: Duration,
}

impl Worker {
    pub(super) fn new(
        queue: WorkerQueue,
        files: WorkerFiles,
        commands: Receiver<Command>,
        reports: Sender<Report>,
        shared: Arc<Shared>,
    ) -> Self {
        let feeds = shared.config.feeds.iter().cloned().map(Arc::new).collect();
        Self {
            queue,
            commands,
            reports,
            shared,
            feeds,
            sink: MessageSink::new(Some(files)),
            partitions: Vec::new(),
            is_held: false,
            is_full: false,
            spool_pause: SPOOL_PAUSE_MIN,
        }
    }

    /// The thread's body.
    pub(super) fn run(mut self) {
        loop {
            self.shared.watchdog.beat(self.queue.worker());
            match self.turn() {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    let _ = self.reports.send(Report::Failed(error));
                    return;
                }
            }
        }
    }

    /// One command, or one batch. False: the end.
    fn turn(&mut self) -> Result<bool> {
        let command = if self.is_held {
            match self.commands.recv_timeout(COMMAND_TIMEOUT) {
                Ok(command) => Some(command),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok(false),
            }
        } else {
            match self.commands.try_recv() {
                Ok(command) => Some(command),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => return Ok(false),
            }
        };
        match command {
            Some(Command::Stop) => return Ok(false),
            Some(command) => self.obey(command)?,
            None if self.is_held => {}
            None => self.take_batch()?,
        }
        Ok(true)
    }

    fn obey(&mut self, command: Command) -> Result<()> {
        match command {
            Command::Begin(beginnings, answer) => {
                self.begin(&beginnings)?;
                let _ = answer.send(());
            }
            Command::Flush => self.flush()?,
            Command::Release => {
                self.is_held = false;
                self.is_full = false;
                self.spool_pause = SPOOL_PAUSE_MIN;
                self.partitions.iter_mut().for_each(Partition::release);
            }
            Command::Rollback { gone, hold, answer } => {
                self.roll_back(&gone)?;
                self.is_held = hold;
                let _ = answer.send(());
            }
            Command::Advance { partition, to } => {
                if let Some(at) = self.position_of(&partition.topic, partition.partition, 0) {
                    self.partitions[at].advance(to);
                    self.publish_progress(at);
                }
            }
            Command::Stop => {}
        }
        Ok(())
    }

    fn begin(&mut self, beginnings: &[Beginning]) -> Result<()> {
        for beginning in beginnings {
            let feed = self.feeds[beginning.feed].clone();
            let partition = Partition::begin(beginning, feed)
                .with_context(|| beginning.partition.to_string())?;
            self.partitions
                .retain(|known| known.at != beginning.partition);
            self.partitions.push(partition);
            self.publish_progress(self.partitions.len() - 1);
        }
        let rewinds: Vec<Position> = beginnings
            .iter()
            .filter(|beginning| beginning.rewinds)
            .map(|beginning| Position {
                partition: beginning.partition.clone(),
                next_offset: beginning.offset,
            })
            .collect();
        self.rewind(&rewinds)
    }

    fn take_batch(&mut self) -> Result<()> {
        let written = {
            let Self {
                queue,
                partitions,
                sink,
                shared,
                reports,
                ..
            } = self;
            let worker = queue.worker();
            let batch = queue.batch(BATCH_TIMEOUT);
            if batch.is_empty() {
                return Ok(());
            }
            decode_batch(&batch, worker, partitions, sink, shared, reports)
        };
        for at in 0..self.partitions.len() {
            self.publish_progress(at);
        }
        let failed = match written {
            Ok(failed) => failed,
            Err(error) => return self.spool_failed(&error),
        };
        // librdkafka counted each error as a message: only a rewind makes the partition sure again.
        let again: Vec<Position> = self
            .partitions
            .iter()
            .filter(|partition| failed.contains(&partition.at))
            .map(|partition| Position {
                partition: partition.at.clone(),
                next_offset: partition.next_offset(),
            })
            .collect();
        self.rewind(&again)?;
        if self.sink.octets() >= self.shared.config.lake.flush_octets && !self.is_full {
            self.is_full = true;
            let _ = self.reports.send(Report::Full);
        }
        Ok(())
    }

    /// Hands over everything since the last flush.
    fn flush(&mut self) -> Result<()> {
        let files = match self.sink.close() {
            Ok(files) => files,
            Err(error) => {
                self.spool_failed(&error)?;
                Vec::new()
            }
        };
        let parts = self
            .partitions
            .iter_mut()
            .map(Partition::close_part)
            .collect();
        self.is_held = true;
        let _ = self.reports.send(Report::Flushed { parts, files });
        Ok(())
    }

    /// The spool is full, or its disk is broken: nothing is lost, it is decoded again later.
    #[cold]
    fn spool_failed(&mut self, error: &lake::WriteError) -> Result<()> {
        tracing::error!(%error, pause_s = self.spool_pause.as_secs(), "cannot write to the spool: decoding again after a pause");
        self.shared.metrics.spool_failures.increment(1);
        self.roll_back(&[])?;
        let until = std::time::Instant::now() + self.spool_pause;
        while std::time::Instant::now() < until {
            self.shared.watchdog.beat(self.queue.worker());
            std::thread::sleep(Duration::from_millis(100));
        }
        self.spool_pause = (self.spool_pause * 2).min(SPOOL_PAUSE_MAX);
        Ok(())
    }

    fn roll_back(&mut self, gone: &[TopicPartition]) -> Result<()> {
        self.sink.discard();
        self.partitions
            .retain(|partition| !gone.contains(&partition.at));
        let mut positions = Vec::new();
        for partition in &mut self.partitions {
            let was_at = partition.next_offset();
            partition
                .roll_back()
                .with_context(|| partition.at.to_string())?;
            if partition.next_offset() != was_at {
                positions.push(Position {
                    partition: partition.at.clone(),
                    next_offset: partition.next_offset(),
                });
            }
        }
        self.is_held = false;
        self.is_full = false;
        self.rewind(&positions)
    }

    fn rewind(&mut self, positions: &[Position]) -> Result<()> {
        if positions.is_empty() {
            return Ok(());
        }
        self.queue
            .rewind(positions)
            .context("cannot go back to the last flush")
    }

    fn publish_progress(&self, at: usize) {
        let partition = &self.partitions[at];
        self.shared
            .progress
            .set(&partition.at, partition.next_offset());
    }

    fn position_of(&self, topic: &str, partition: i32, guess: usize) -> Option<usize> {
        position_of(&self.partitions, topic, partition, guess)
    }
}

/// Neighbours mostly share their partition, so the one before is a good guess.
fn position_of(
    partitions: &[Partition],
    topic: &str,
    partition: i32,
    guess: usize,
) -> Option<usize> {
    let is_it = |known: &Partition| known.at.partition == partition && *known.at.topic == *topic;
    if partitions.get(guess).is_some_and(is_it) {
        return Some(guess);
    }
    partitions.iter().position(is_it)
}

/// Decodes a batch into the sink. Returns partitions that could not be read.
fn decode_batch(
    batch: &Batch<'_>,
    worker: usize,
    partitions: &mut [Partition],
    sink: &mut MessageSink,
    shared: &Shared,
    reports: &Sender<Report>,
) -> lake::Result<Vec<TopicPartition>> {
    let ingested_at = now_us();
    let mut failed = Vec::new();
    let mut current = usize::MAX;
    let mut cells = shared.metrics.cells();
    for delivery in batch {
        let message = match delivery {
            Delivery::Message(message) => message,
            Delivery::Failed(error) => {
                failed.push(error.partition.clone());
                let _ = reports.send(Report::Unreadable(error));
                continue;
            }
        };
        // A message of a partition that has been taken from us, handed out before.
        let Some(at) = position_of(partitions, message.topic, message.partition, current) else {
            continue;
        };
        if at != current {
            settle_tally(partitions, current, sink, shared);
            current = at;
        }
        let partition = &mut partitions[at];
        if failed.contains(&partition.at) {
            continue;
        }
        let octets = message.payload.map_or(0, <[u8]>::len);
        if let Some(outcome) = partition.decode(&message, ingested_at, sink) {
            cells.count(partition.feed_number, outcome, octets);
        }
        // Messages can be made so that a batch of them takes minutes: that is no dead thread.
        if sink.check()? {
            shared.watchdog.beat(worker);
        }
    }
    settle_tally(partitions, current, sink, shared);
    shared.metrics.add_cells(&cells);
    Ok(failed)
}

fn settle_tally(partitions: &mut [Partition], at: usize, sink: &mut MessageSink, shared: &Shared) {
    if let Some(partition) = partitions.get_mut(at) {
        let tally = sink.take_tally();
        shared.metrics.add_tally(&tally);
        partition.add_tally(&tally);
        let notices = partition.take_notices();
        shared.metrics.add_notices(partition.feed_number, &notices);
    }
}
