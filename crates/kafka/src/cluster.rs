//! What the brokers know, asked outside any group: topics, ids, watermarks, offsets for a time.
//!
//! Which topics belong to a feed is the program's to decide: librdkafka's own patterns are another dialect.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode as Code};
use rdkafka::metadata::MetadataTopic;
use rdkafka::{Message as _, Offset, TopicPartitionList};

use crate::consumer::EventKind;
use crate::error::Error;
use crate::native;
use crate::partition::{Position, TopicPartition, list_of, list_with_offsets};
use crate::rebalance::log_line;
use crate::settings::ConsumerSettings;

/// Topics in which the broker keeps its own books.
const INTERNAL_TOPICS: [&str; 3] = [
    "__consumer_offsets",
    "__transaction_state",
    "__share_group_state",
];

/// How long after a failure the client is listened to for its reason.
const LISTEN: Duration = Duration::from_millis(200);

/// A client that asks and never consumes for anybody.
pub struct Cluster {
    client: BaseConsumer<Listener>,
    settings: ConsumerSettings,
    timeout: Duration,
}

/// A topic and how many partitions it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPartitions {
    /// The topic's name.
    pub topic: String,
    /// Its partitions are numbered from 0 to one below this.
    pub partition_count: i32,
}

/// The offsets a partition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermarks {
    /// The offset of the first message that is still there.
    pub low: i64,
    /// The offset the next message will get (of those whose transaction is over).
    pub high: i64,
}

/// What comes next in a partition, from an offset on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextRecord {
    /// A message, at this offset; below it there is none.
    At(i64),
    /// No message up to this offset, which is the partition's end: only control records, or what compaction left.
    End(i64),
}

impl Cluster {
    /// A client for the brokers of `settings`. Nothing is asked yet; every question then may take `timeout`.
    ///
    /// # Errors
    /// [`Error::Setting`], [`Error::Client`].
    pub fn new(settings: &ConsumerSettings, timeout: Duration) -> Result<Self, Error> {
        let client = settings
            .query_config()?
            .create_with_context(Listener::default())?;
        Ok(Self {
            client,
            settings: settings.clone(),
            timeout,
        })
    }

    /// All topics we may see, by name, without the broker's own.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Authentication`], [`Error::Client`].
    pub fn topics(&self) -> Result<Vec<TopicPartitions>, Error> {
        let metadata = self.client.fetch_metadata(None, self.timeout);
        let metadata = metadata.map_err(|error| self.failed(error, "listing topics"))?;
        let ours = |topic: &&MetadataTopic| !INTERNAL_TOPICS.contains(&topic.name());
        let mut topics: Vec<_> = metadata.topics().iter().filter(ours).map(counted).collect();
        topics.sort_by(|a, b| a.topic.cmp(&b.topic));
        Ok(topics)
    }

    /// One topic.
    ///
    /// # Errors
    /// As [`Self::topics`]; [`Error::UnknownTopic`], [`Error::Authorization`].
    pub fn topic(&self, name: &str) -> Result<TopicPartitions, Error> {
        let metadata = self.client.fetch_metadata(Some(name), self.timeout);
        let metadata = metadata.map_err(|error| self.failed(error, name))?;
        let topic = metadata.topics().iter().find(|topic| topic.name() == name);
        let code = topic.map_or(Code::UnknownTopic, |topic| {
            topic.error().map_or(Code::NoError, Code::from)
        });
        match topic {
            Some(topic) if code == Code::NoError => Ok(counted(topic)),
            _ => Err(self.failed(KafkaError::MetadataFetch(code), name)),
        }
    }

    /// The cluster's id; none if the broker cannot say in time.
    pub fn id(&self) -> Option<String> {
        native::cluster_id(self.client.client(), self.timeout)
    }

    /// The ids of `topics`, which change when a topic is made anew. What the broker cannot say is left out.
    pub fn topic_ids(&self, topics: &[&str]) -> BTreeMap<String, String> {
        if topics.is_empty() || !self.has_controller() {
            return BTreeMap::new();
        }
        let ids = native::topic_ids(self.client.client(), topics, self.timeout);
        ids.into_iter().collect()
    }

    /// Whether the controller is one of the brokers. librdkafka puts admin questions to it and would wait for it; the mock
    /// cluster names one that it does not have.
    fn has_controller(&self) -> bool {
        let Ok(metadata) = self.client.fetch_metadata(None, self.timeout) else {
            return false;
        };
        let controller = native::controller_id(self.client.client(), self.timeout);
        metadata
            .brokers()
            .iter()
            .any(|broker| broker.id() == controller)
    }

    /// What each partition holds, in the same order.
    ///
    /// # Errors
    /// As [`Self::topics`]; [`Error::UnknownTopic`], [`Error::Authorization`].
    pub fn watermarks(&self, partitions: &[TopicPartition]) -> Result<Vec<Watermarks>, Error> {
        let lows = self.offsets(partitions, Offset::Beginning)?;
        let highs = self.offsets(partitions, Offset::End)?;
        let pairs = lows.into_iter().zip(highs);
        Ok(pairs.map(|(low, high)| Watermarks { low, high }).collect())
    }

    /// The first offset stamped at or after `at_us` (microseconds since 1970) in each partition, in the same order; the
    /// partition's end where there is none.
    ///
    /// # Errors
    /// As [`Self::watermarks`].
    pub fn offsets_at(&self, partitions: &[TopicPartition], at_us: i64) -> Result<Vec<i64>, Error> {
        // Kafka keeps milliseconds: rounding up never lets an earlier message in.
        let at_ms = at_us.max(0).saturating_add(999) / 1000;
        self.offsets(partitions, Offset::Offset(at_ms))
    }

    /// What `group` has committed of each partition, in the same order: the hint written by
    /// [`crate::BatchConsumer::commit_offsets`]. None where it committed nothing.
    ///
    /// # Errors
    /// As [`Self::watermarks`].
    pub fn committed(
        &self,
        group: &str,
        partitions: &[TopicPartition],
    ) -> Result<Vec<Option<i64>>, Error> {
        let mut config = self.settings.query_config()?;
        config.set("group.id", group);
        let reader = config.create_with_context::<_, BaseConsumer<_>>(Listener::default())?;
        let answer = reader.committed_offsets(list_of(partitions), self.timeout);
        let answer = answer.map_err(|error| self.failed(error, &format!("group {group}")))?;
        let one = |one: &TopicPartition| {
            found_offset(&answer, one).map_err(|error| self.failed(error, &one.topic))
        };
        partitions.iter().map(one).collect()
    }

    /// What comes next in each partition from `next_offset` on, in the same order.
    ///
    /// The end offset of a partition is not proof of a message before it: transactions end in control records, and
    /// compaction takes away. Whoever waits for an end that does not come asks here, rarely: it opens a connection.
    ///
    /// # Errors
    /// As [`Self::watermarks`]; [`Error::Client`] if an offset is out of range.
    pub fn next_records(&self, positions: &[Position]) -> Result<Vec<NextRecord>, Error> {
        let partitions: Vec<_> = positions.iter().map(|one| one.partition.clone()).collect();
        // Asked before reading: what is not read up to an end that is at least as far cannot hold a message below it.
        let ends = self.watermarks(&partitions)?;
        let mut config = self.settings.consumer_config()?;
        config
            .set("enable.partition.eof", "true")
            .set("fetch.wait.max.ms", "10");
        config.remove("group.instance.id");
        let probe = config.create_with_context(Listener::default())?;
        let mut found = BTreeMap::new();
        for topic in partitions
            .iter()
            .map(|one| &one.topic)
            .collect::<BTreeSet<_>>()
        {
            let of_topic = positions.iter().filter(|one| one.partition.topic == *topic);
            found.extend(self.first_offsets(&probe, of_topic)?);
        }
        let records = positions.iter().zip(ends).map(|(position, end)| {
            match found.get(&position.partition) {
                Some(offset) => NextRecord::At(*offset),
                None => NextRecord::End(end.high.max(position.next_offset)),
            }
        });
        Ok(records.collect())
    }

    /// The first message from each of `positions`, all of one topic, on; those without any are left out.
    fn first_offsets<'a>(
        &self,
        probe: &BaseConsumer<Listener>,
        positions: impl Iterator<Item = &'a Position>,
    ) -> Result<BTreeMap<TopicPartition, i64>, Error> {
        let mut open: BTreeMap<i32, &Position> = positions
            .map(|one| (one.partition.partition, one))
            .collect();
        let starts = open.values().map(|one| (&one.partition, one.next_offset));
        probe.assign(&list_with_offsets(starts)?)?;
        let deadline = Instant::now() + self.timeout;
        let mut found = BTreeMap::new();
        while !open.is_empty() {
            match probe.poll(Duration::from_millis(50)) {
                Some(Ok(message)) => {
                    if let Some(position) = open.remove(&message.partition()) {
                        found.insert(position.partition.clone(), message.offset());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    open.remove(&partition);
                }
                Some(Err(error)) if !is_passing(&error) => {
                    return Err(self.failed(error, "reading the ends of partitions"));
                }
                _ if Instant::now() > deadline => {
                    let late = KafkaError::OffsetFetch(Code::OperationTimedOut);
                    return Err(self.failed(late, "reading the ends of partitions"));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// The offsets that the brokers find for `wanted`: a time in milliseconds, the beginning or the end.
    fn offsets(&self, partitions: &[TopicPartition], wanted: Offset) -> Result<Vec<i64>, Error> {
        if partitions.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked = list_of(partitions);
        asked.set_all_offsets(wanted)?;
        let answer = self.client.offsets_for_times(asked, self.timeout);
        let answer = answer.map_err(|error| self.failed(error, "asking for offsets"))?;
        let mut offsets = Vec::with_capacity(partitions.len());
        for one in partitions {
            let found =
                found_offset(&answer, one).map_err(|error| self.failed(error, &one.topic))?;
            offsets.push(match found {
                Some(offset) => offset,
                None => self.end_of(one)?,
            });
        }
        Ok(offsets)
    }

    fn end_of(&self, one: &TopicPartition) -> Result<i64, Error> {
        let marks = self
            .client
            .fetch_watermarks(&one.topic, one.partition, self.timeout);
        marks
            .map(|(_, high)| high)
            .map_err(|error| self.failed(error, &one.topic))
    }

    /// Names a failure, with what the client says of it.
    fn failed(&self, error: KafkaError, what: &str) -> Error {
        let deadline = Instant::now() + LISTEN;
        while Instant::now() < deadline {
            let _served = self.client.poll(Duration::from_millis(10));
        }
        self.client
            .context()
            .explain(error, &self.settings.brokers, what)
    }
}

fn counted(topic: &MetadataTopic) -> TopicPartitions {
    TopicPartitions {
        topic: topic.name().to_owned(),
        partition_count: i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX),
    }
}

/// The offset in `answer` for `one`; none if it has no message that late.
fn found_offset(answer: &TopicPartitionList, one: &TopicPartition) -> KafkaResult<Option<i64>> {
    let Some(found) = answer.find_partition(&one.topic, one.partition) else {
        return Err(KafkaError::OffsetFetch(Code::UnknownPartition));
    };
    found.error()?;
    Ok(match found.offset() {
        Offset::Offset(offset) => Some(offset),
        _ => None,
    })
}

/// Whether a client that just keeps trying may get over `error`.
fn is_passing(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(Code::BrokerTransportFailure | Code::AllBrokersDown | Code::GroupAuthorizationFailed)
    )
}

/// Keeps the last thing a client said, to explain a failure.
#[derive(Default)]
pub(crate) struct Listener {
    heard: Mutex<Option<(Code, String)>>,
}

impl Listener {
    /// Names `error`, a failed request about `what`, with what was heard.
    pub(crate) fn explain(&self, error: KafkaError, brokers: &str, what: &str) -> Error {
        let heard = self
            .heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match heard {
            Some((code, reason)) if EventKind::of(code, &reason) == EventKind::Authentication => {
                Error::Authentication {
                    brokers: brokers.to_owned(),
                    reason,
                }
            }
            heard => Error::of_request(error, brokers, what, heard.map(|(_, reason)| reason)),
        }
    }
}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log_line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        match error.rdkafka_error_code() {
            // "All brokers are down" follows every reason and has none of its own.
            None | Some(Code::AllBrokersDown) if heard.is_some() => {}
            Some(code) => *heard = Some((code, reason.to_owned())),
            None => {}
        }
    }
}

impl ConsumerContext for Listener {}
