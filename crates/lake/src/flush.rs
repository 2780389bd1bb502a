//! What passes between the program and the lake at an assignment and at a flush.

use crate::writer::ClosedFile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use tables::Table;

/// A partition of a Kafka topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TopicPartition {
    /// The topic.
    pub topic: String,
    /// Number of the partition.
    pub partition: i32,
}

impl TopicPartition {
    /// Partition `partition` of `topic`.
    pub fn new(topic: impl Into<String>, partition: i32) -> Self {
        Self {
            topic: topic.into(),
            partition,
        }
    }

    /// Reads what `Display` writes. Topics contain dots, so the last one counts.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (topic, partition) = text.rsplit_once('.')?;
        Some(Self::new(topic, partition.parse().ok()?))
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.topic, self.partition)
    }
}

/// Where a partition begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The partition.
    pub at: TopicPartition,
    /// The ledger's word for it, which the next flush has to carry; none: the ledger does not know the partition.
    pub fence: Option<String>,
    /// Next offset to consume; none: by the feed's policy.
    pub offset: Option<i64>,
    /// State of the decoder at that offset; none: empty.
    pub state: Option<Vec<u8>>,
}

/// Permission to name the files of one flush.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlushTicket {
    /// Id of the flush, unique for ever.
    pub id: String,
    /// Generation of the ledger when the flush began: files of an old generation may have been removed.
    pub generation: u64,
}

/// Outcomes of the messages of a range: `messages = parsed + rejected + skipped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages in the range.
    pub messages: u64,
    /// Messages that gave a row of data.
    pub parsed: u64,
    /// Messages that gave nothing but rejects.
    pub rejected: u64,
    /// Messages that gave no row.
    pub skipped: u64,
    /// Offsets without a message: control records, compacted or lost ones.
    pub holes: u64,
    /// Octets of the messages' payloads.
    pub octets: u64,
}

/// One partition's part of a flush. An empty range commits where the partition begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangePart {
    /// The partition.
    pub at: TopicPartition,
    /// First offset.
    pub from: i64,
    /// Offset after the last.
    pub to: i64,
    /// From the assignment, or from the flush before in the same assignment.
    pub fence: Option<String>,
    /// Outcomes of its messages.
    pub counts: Counts,
    /// Rows that they gave, by table.
    pub rows: BTreeMap<Table, u64>,
    /// Earliest observation, UTC microseconds since 1970.
    pub first_observed_at: Option<i64>,
    /// Latest observation.
    pub last_observed_at: Option<i64>,
    /// State of the decoder at `to`; none: it has not changed.
    pub state: Option<Vec<u8>>,
}

/// All that is published at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlushParts {
    /// From [`crate::Lake::begin_flush`].
    pub ticket: FlushTicket,
    /// The partitions, each once.
    pub ranges: Vec<RangePart>,
    /// Closed files of all workers.
    pub files: Vec<ClosedFile>,
    /// Cluster id and topic id of topics at first contact.
    pub topic_ids: BTreeMap<String, String>,
    /// The time to record, UTC microseconds since 1970: this crate reads no clock.
    pub committed_at: i64,
}

/// What became of a flush.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// It is in the ledger and in all its tables.
    Landed {
        /// What the next flush of each partition has to carry.
        fences: BTreeMap<TopicPartition, String>,
    },
    /// Somebody else has published from one of its partitions: drop what was decoded, assign again, go on from there.
    Lost,
}
