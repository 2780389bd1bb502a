//! What happens when partitions come and go: the program decides where they begin, this module makes it so.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::{Client, ClientContext};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientConfig, TopicPartitionList};

use crate::consumer::{Event, EventKind};
use crate::error::Error;
use crate::native::NativeQueue;
use crate::partition::{Start, TopicPartition, list_of, list_with_offsets, partitions_of};
use crate::queue::Intake;

/// What the program does when partitions come and go. Called inside [`crate::BatchConsumer::poll`], on its thread.
///
/// Both calls may block: the workers go on with their other partitions, and their batch calls keep the group's membership.
/// They must not call the consumer.
pub trait Rebalance: Send + Sync {
    /// Says where each new partition begins and who gets it. One that is left out stays unread: only a program that is
    /// about to stop does that.
    fn assign(&self, partitions: &[TopicPartition]) -> Vec<Start>;

    /// Makes safe what it can of partitions that go away once this returns; `lost`: they are somebody else's already.
    ///
    /// Messages of them may still be in the workers' hands: they must be dropped.
    fn revoke(&self, partitions: &[TopicPartition], lost: bool);
}

/// A partition that stopped an instant ago resets its forwarding when librdkafka gets to it, maybe after we have set it
/// anew. Forwarding is idempotent, so it is repeated for a while.
const SETTLING: Duration = Duration::from_secs(10);
const SETTLING_INTERVAL: Duration = Duration::from_millis(500);

/// Which partition goes to whose intake.
#[derive(Default)]
pub(crate) struct Routing {
    pub(crate) intakes: Vec<Intake>,
    routes: Mutex<Vec<Route>>,
    settled_at: Mutex<Option<Instant>>,
}

#[derive(Clone)]
struct Route {
    partition: TopicPartition,
    worker: usize,
    since: Instant,
}

impl Routing {
    pub(crate) fn new(workers: usize) -> Self {
        Self {
            intakes: (0..workers.max(1)).map(|_| Intake::default()).collect(),
            ..Self::default()
        }
    }

    /// Gives every worker its queue.
    ///
    /// # Safety
    /// [`Self::close`] must be called before the client is dropped.
    pub(crate) unsafe fn open<C: ClientContext>(&self, client: &Client<C>) -> Result<(), Error> {
        for intake in &self.intakes {
            // SAFETY: `close` drops it, and the caller promises that.
            let queue = unsafe { NativeQueue::new(client) };
            let missing = || KafkaError::ClientCreation("no queue for a worker".to_owned());
            intake.set(Some(queue.ok_or_else(missing)?));
        }
        Ok(())
    }

    pub(crate) fn close(&self) {
        for intake in &self.intakes {
            intake.set(None);
        }
    }

    /// Forwards the partitions of `starts` and then runs `assign`, while no worker is inside a batch call.
    pub(crate) fn start<C: ClientContext>(
        &self,
        client: &Client<C>,
        starts: &[Start],
        assign: impl FnOnce(&TopicPartitionList) -> KafkaResult<()>,
    ) -> Result<(), Error> {
        let list = list_with_offsets(starts.iter().map(|one| (&one.partition, one.offset)))?;
        let queues: Vec<_> = self.intakes.iter().map(Intake::hold).collect();
        for start in starts {
            let worker = start.worker % queues.len();
            if let Some(Some(queue)) = queues.get(worker).map(|queue| &**queue) {
                queue.receive(client, &start.partition.topic, start.partition.partition);
            }
        }
        assign(&list)?;
        let started = starts.iter().map(|start| Route {
            partition: start.partition.clone(),
            worker: start.worker % queues.len(),
            since: Instant::now(),
        });
        let mut routes = self.routes();
        routes.retain(|route| {
            starts
                .iter()
                .all(|start| start.partition != route.partition)
        });
        routes.extend(started);
        Ok(())
    }

    /// Runs `unassign` for those of `partitions` that were started, while no worker is inside a batch call.
    ///
    /// librdkafka refuses the whole list if one of it was never assigned.
    pub(crate) fn stop(
        &self,
        partitions: &[TopicPartition],
        unassign: impl FnOnce(&TopicPartitionList) -> KafkaResult<()>,
    ) -> Result<(), Error> {
        let _queues: Vec<_> = self.intakes.iter().map(Intake::hold).collect();
        let mut routes = self.routes();
        let (stopped, kept) = routes
            .drain(..)
            .partition(|route| partitions.contains(&route.partition));
        *routes = kept;
        let stopped: Vec<Route> = stopped;
        Ok(unassign(&list_of(
            stopped.iter().map(|route| &route.partition),
        ))?)
    }

    /// The worker that gets `partition`, if it is assigned.
    pub(crate) fn worker_of(&self, partition: &TopicPartition) -> Option<usize> {
        let routes = self.routes();
        routes
            .iter()
            .find(|route| route.partition == *partition)
            .map(|route| route.worker)
    }

    /// Repeats the forwarding of partitions that were started not long ago.
    pub(crate) fn settle<C: ClientContext>(&self, client: &Client<C>) {
        let mut settled_at = self
            .settled_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if settled_at.is_some_and(|at| at.elapsed() < SETTLING_INTERVAL) {
            return;
        }
        *settled_at = Some(Instant::now());
        let young = self
            .routes()
            .iter()
            .filter(|route| route.since.elapsed() < SETTLING)
            .cloned()
            .collect::<Vec<_>>();
        for route in young {
            if let Some(queue) = &*self.intakes[route.worker].hold() {
                queue.receive(client, &route.partition.topic, route.partition.partition);
            }
        }
    }

    fn routes(&self) -> MutexGuard<'_, Vec<Route>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What librdkafka calls back: rebalances, errors, log lines.
pub(crate) struct Context {
    pub(crate) routing: Arc<Routing>,
    pub(crate) program: Option<Box<dyn Rebalance>>,
    /// Set once the program has let go: it is not asked about the last revocation any more.
    pub(crate) closing: AtomicBool,
    events: Mutex<Vec<Event>>,
}

impl Context {
    pub(crate) fn new(routing: Arc<Routing>, program: Option<Box<dyn Rebalance>>) -> Self {
        Self {
            routing,
            program,
            closing: AtomicBool::new(false),
            events: Mutex::default(),
        }
    }

    pub(crate) fn push(&self, kind: EventKind, reason: String) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(Event { kind, reason });
    }

    pub(crate) fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn asked(&self) -> Option<&dyn Rebalance> {
        let closing = self.closing.load(Ordering::SeqCst);
        self.program.as_deref().filter(|_| !closing)
    }

    fn assigned(
        &self,
        consumer: &BaseConsumer<Self>,
        partitions: &[TopicPartition],
    ) -> Result<(), Error> {
        let mut starts = self
            .asked()
            .map_or_else(Vec::new, |program| program.assign(partitions));
        starts.retain(|start| partitions.contains(&start.partition));
        self.routing.start(consumer.client(), &starts, |list| {
            consumer.incremental_assign(list)
        })
    }

    fn revoked(
        &self,
        consumer: &BaseConsumer<Self>,
        partitions: &[TopicPartition],
    ) -> Result<(), Error> {
        if let Some(program) = self.asked() {
            program.revoke(partitions, consumer.assignment_lost());
        }
        self.routing
            .stop(partitions, |list| consumer.incremental_unassign(list))
    }
}

impl ConsumerContext for Context {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        what: RDKafkaRespErr,
        list: &mut TopicPartitionList,
    ) {
        let partitions = partitions_of(list);
        let done = match what {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                self.assigned(consumer, &partitions)
            }
            _ => self.revoked(consumer, &partitions),
        };
        if let Err(error) = done {
            self.push(EventKind::Fatal, format!("a rebalance failed: {error}"));
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        if let Err(error) = result {
            // Only a hint for lag tools is lost: the next one makes up for it.
            tracing::debug!(%error, "Kafka did not take the committed offsets");
        }
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log_line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let Some(code) = error.rdkafka_error_code() else {
            return self.push(EventKind::Other, reason.to_owned());
        };
        if self.program.is_none() && is_of_group(code) {
            return; // Without a group its coordinator is asked for, but nobody needs it.
        }
        self.push(EventKind::of(code, reason), format!("{reason} ({code})"));
    }
}

/// Whether `code` is about groups only.
fn is_of_group(code: Code) -> bool {
    matches!(
        code,
        Code::GroupAuthorizationFailed | Code::CoordinatorNotAvailable | Code::NotCoordinator
    )
}

/// One line of librdkafka's own log.
pub(crate) fn log_line(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg
        | RDKafkaLogLevel::Alert
        | RDKafkaLogLevel::Critical
        | RDKafkaLogLevel::Error => {
            tracing::error!(target: "librdkafka", facility, "{message}");
        }
        RDKafkaLogLevel::Warning => tracing::warn!(target: "librdkafka", facility, "{message}"),
        // librdkafka says each lost connection at these levels; the events carry what matters.
        _ => tracing::debug!(target: "librdkafka", facility, "{message}"),
    }
}

/// Creates a consumer of `config`.
pub(crate) fn create(
    config: &ClientConfig,
    context: Context,
) -> Result<BaseConsumer<Context>, Error> {
    Ok(config.create_with_context(context)?)
}
