//! The names of things: a partition, an offset in it, and where to begin.

use std::fmt;
use std::sync::Arc;

use rdkafka::{Offset, TopicPartitionList};

use crate::error::Error;

/// One partition of one topic. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// Names partition `partition` of `topic`.
    pub fn new(topic: impl Into<Arc<str>>, partition: i32) -> Self {
        Self {
            topic: topic.into(),
            partition,
        }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}[{}]", self.topic, self.partition)
    }
}

/// A partition and the offset of the next message wanted from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The partition.
    pub partition: TopicPartition,
    /// The offset that comes next: one more than the last message done.
    pub next_offset: i64,
}

/// Where to begin an assigned partition, and which worker gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The partition.
    pub partition: TopicPartition,
    /// The first offset wanted: an absolute one, never "earliest" or "latest" (ask [`crate::Cluster`] for those).
    pub offset: i64,
    /// The worker whose [`crate::WorkerQueue`] gets its messages, from 0; beyond the last it begins at the first again.
    pub worker: usize,
}

/// librdkafka's list of `partitions`, without offsets.
pub(crate) fn list_of<'a>(
    partitions: impl IntoIterator<Item = &'a TopicPartition>,
) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for one in partitions {
        list.add_partition(&one.topic, one.partition);
    }
    list
}

/// librdkafka's list of partitions with an offset each.
///
/// # Errors
/// [`Error::Client`] if an offset is none that librdkafka takes.
pub(crate) fn list_with_offsets<'a>(
    positions: impl IntoIterator<Item = (&'a TopicPartition, i64)>,
) -> Result<TopicPartitionList, Error> {
    let mut list = TopicPartitionList::new();
    for (one, offset) in positions {
        list.add_partition_offset(&one.topic, one.partition, Offset::Offset(offset))?;
    }
    Ok(list)
}

/// The partitions of librdkafka's `list`.
pub(crate) fn partitions_of(list: &TopicPartitionList) -> Vec<TopicPartition> {
    let named = |one: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
        TopicPartition::new(one.topic(), one.partition())
    };
    list.elements().iter().map(named).collect()
}
