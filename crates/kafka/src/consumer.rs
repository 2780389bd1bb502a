//! The control thread's end of the consumer: membership, assignments, events, hints.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rdkafka::Message as _;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::RDKafkaErrorCode as Code;

use crate::error::{Error, is_authorization};
use crate::partition::{Position, Start, TopicPartition, list_with_offsets};
use crate::queue::WorkerQueue;
use crate::rebalance::{Context, Rebalance, Routing, create};
use crate::settings::ConsumerSettings;

/// A consumer whose partitions are spread over worker threads.
///
/// It leaves its group when it and all its [`WorkerQueue`]s are dropped. From the moment it is dropped itself, the
/// program is asked no more: flush first.
pub struct BatchConsumer {
    shared: Arc<Shared>,
    in_group: bool,
}

/// News from the client, found by [`BatchConsumer::poll`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What it means.
    pub kind: EventKind,
    /// librdkafka's words, with the broker's name where there is one.
    pub reason: String,
}

/// What an event means. librdkafka itself retries all but the first for ever: the program decides when to give up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The consumer is dead (its static member's id was taken, say): end the process.
    Fatal,
    /// The broker refuses our credentials or certificate, or we refuse its.
    Authentication,
    /// We lack a right, on a topic or on the group. Said once.
    Authorization,
    /// A subscribed topic is not there. Said once.
    UnknownTopic,
    /// A broker cannot be reached, or went away. Said again with every few attempts; idle connections end that way too.
    BrokerDown,
    /// No broker can be reached. Not always said: after a while without messages [`crate::Cluster`] knows better.
    AllBrokersDown,
    /// Anything else.
    Other,
}

impl BatchConsumer {
    /// A member of the group in `settings`, with one queue for each of `workers` threads. It joins with
    /// [`Self::subscribe`]; `rebalance` is asked during [`Self::poll`].
    ///
    /// # Errors
    /// [`Error::Setting`] for a setting that cannot be, also if no group is named; [`Error::Client`] for what librdkafka
    /// refuses. Brokers are not asked yet.
    pub fn join(
        settings: &ConsumerSettings,
        workers: usize,
        batch_messages_max: usize,
        rebalance: impl Rebalance + 'static,
    ) -> Result<(Self, Vec<WorkerQueue>), Error> {
        if settings.group().is_none() {
            return Err(Error::Setting {
                key: "group.id".to_owned(),
                reason: "is empty: name a group, or assign partitions by hand".to_owned(),
            });
        }
        Self::create(
            settings,
            workers,
            batch_messages_max,
            Some(Box::new(rebalance)),
        )
    }

    /// A consumer outside any group: its partitions are given by [`Self::assign_all`], nothing is ever committed.
    ///
    /// # Errors
    /// As [`Self::join`], but for the group.
    pub fn alone(
        settings: &ConsumerSettings,
        workers: usize,
        batch_messages_max: usize,
    ) -> Result<(Self, Vec<WorkerQueue>), Error> {
        let settings = ConsumerSettings {
            group_id: None,
            ..settings.clone()
        };
        Self::create(&settings, workers, batch_messages_max, None)
    }

    fn create(
        settings: &ConsumerSettings,
        workers: usize,
        batch_messages_max: usize,
        rebalance: Option<Box<dyn Rebalance>>,
    ) -> Result<(Self, Vec<WorkerQueue>), Error> {
        let in_group = rebalance.is_some();
        let routing = Arc::new(Routing::new(workers));
        let context = Context::new(Arc::clone(&routing), rebalance);
        let consumer = create(&settings.consumer_config()?, context)?;
        let shared = Arc::new(Shared { consumer });
        // SAFETY: `Shared` closes the routing before it drops the client.
        unsafe { routing.open(shared.consumer.client()) }?;
        let queue = |worker| WorkerQueue::new(worker, batch_messages_max, Arc::clone(&shared));
        let queues = (0..routing.intakes.len()).map(queue).collect();
        Ok((Self { shared, in_group }, queues))
    }

    /// Subscribes to exactly `topics`, by name; call it again when new ones appear. With none the member leaves.
    ///
    /// # Errors
    /// [`Error::Client`].
    pub fn subscribe(&self, topics: &[&str]) -> Result<(), Error> {
        if topics.is_empty() {
            self.shared.consumer.unsubscribe();
            return Ok(());
        }
        Ok(self.shared.consumer.subscribe(topics)?)
    }

    /// Consumes exactly the partitions of `starts`, without a group.
    ///
    /// # Errors
    /// [`Error::Client`].
    pub fn assign_all(&self, starts: &[Start]) -> Result<(), Error> {
        let consumer = &self.shared.consumer;
        self.shared
            .routing()
            .start(consumer.client(), starts, |list| consumer.assign(list))
    }

    /// Begins assigned partitions anew at another offset, with the same worker: the way out of
    /// [`crate::PartitionFault::OffsetOutOfRange`]. For all else [`WorkerQueue::rewind`] is cheaper. A partition that is
    /// not ours any more is passed over.
    ///
    /// # Errors
    /// [`Error::Client`].
    pub fn restart(&self, positions: &[Position]) -> Result<(), Error> {
        let routing = self.shared.routing();
        let starts: Vec<Start> = positions
            .iter()
            .filter_map(|one| restarted(routing, one))
            .collect();
        let partitions: Vec<TopicPartition> =
            starts.iter().map(|one| one.partition.clone()).collect();
        let consumer = &self.shared.consumer;
        routing.stop(&partitions, |list| consumer.incremental_unassign(list))?;
        routing.start(consumer.client(), &starts, |list| {
            consumer.incremental_assign(list)
        })
    }

    /// Serves the client for up to `timeout`: rebalances run in here. Call it all the time, from one thread; 50 ms are
    /// sensible.
    pub fn poll(&self, timeout: Duration) -> Vec<Event> {
        let consumer = &self.shared.consumer;
        let context = consumer.context();
        if let Some(Ok(stray)) = consumer.poll(timeout) {
            let place = TopicPartition::new(stray.topic(), stray.partition());
            let reason = format!(
                "{place} was not forwarded to a worker: offset {}",
                stray.offset()
            );
            context.push(EventKind::Fatal, reason);
        }
        if let Some((code, reason)) = consumer.client().fatal_error() {
            context.push(EventKind::Fatal, format!("{reason} ({code})"));
        }
        context.routing.settle(consumer.client());
        context.take_events()
    }

    /// Tells Kafka how far the lake is, as a hint for lag tools: returns at once, a failure is only logged. Nothing happens
    /// without a group.
    pub fn commit_offsets(&self, positions: &[Position]) {
        if !self.in_group || positions.is_empty() {
            return;
        }
        let wanted = positions
            .iter()
            .map(|one| (&one.partition, one.next_offset));
        let done = list_with_offsets(wanted)
            .and_then(|list| Ok(self.shared.consumer.commit(&list, CommitMode::Async)?));
        if let Err(error) = done {
            tracing::debug!(%error, "Kafka did not take the committed offsets");
        }
    }
}

impl Drop for BatchConsumer {
    fn drop(&mut self) {
        self.shared
            .consumer
            .context()
            .closing
            .store(true, Ordering::SeqCst);
    }
}

impl EventKind {
    /// Classifies an error of the client.
    pub(crate) fn of(code: Code, reason: &str) -> Self {
        match code {
            Code::Fatal => Self::Fatal,
            Code::Authentication | Code::SaslAuthenticationFailed | Code::SSL => {
                Self::Authentication
            }
            // A broker that refuses our certificate just closes: librdkafka calls that a transport failure.
            Code::BrokerTransportFailure if reason.contains("SSL alert") => Self::Authentication,
            code if is_authorization(code) => Self::Authorization,
            Code::UnknownTopic | Code::UnknownTopicOrPartition => Self::UnknownTopic,
            Code::AllBrokersDown => Self::AllBrokersDown,
            Code::BrokerTransportFailure | Code::Resolve | Code::OperationTimedOut => {
                Self::BrokerDown
            }
            _ => Self::Other,
        }
    }
}

fn restarted(routing: &Routing, position: &Position) -> Option<Start> {
    Some(Start {
        partition: position.partition.clone(),
        offset: position.next_offset,
        worker: routing.worker_of(&position.partition)?,
    })
}

/// What the control thread and the workers share. The last of them to go closes it: first the workers' queues, then the
/// client.
pub(crate) struct Shared {
    consumer: BaseConsumer<Context>,
}

impl Shared {
    pub(crate) fn consumer(&self) -> &BaseConsumer<Context> {
        &self.consumer
    }

    pub(crate) fn routing(&self) -> &Routing {
        &self.consumer.context().routing
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.consumer
            .context()
            .closing
            .store(true, Ordering::SeqCst);
        self.routing().close();
    }
}
