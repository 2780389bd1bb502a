//! What an audit has found, as `corewatch verify --json` prints it.

use super::records::RangeRecord;
use crate::flush::TopicPartition;
use serde::Serialize;
use std::collections::BTreeMap;

/// So many problems are told one by one; the rest is counted.
const PROBLEMS_MAX: usize = 1000;

/// The result of an audit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Nothing is damaged. Unreferenced files and pending flushes are not damage.
    pub ok: bool,
    /// What each table holds now.
    pub tables: BTreeMap<String, TableReport>,
    /// Every partition that the ledger knows.
    pub partitions: Vec<PartitionReport>,
    /// Flushes that are in the ledger and that some table still lacks: the next owner of one of their partitions brings
    /// them there.
    pub pending: Vec<String>,
    /// Data files that no table names and whose flush may still land.
    pub in_flight: Vec<String>,
    /// Data files that no table names and that never will be named.
    pub orphans: Vec<String>,
    /// What is wrong, for a person.
    pub problems: Vec<String>,
}

/// What one table holds now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Rows.
    pub rows: u64,
    /// Data files.
    pub files: u64,
    /// Octets of the data files.
    pub octets: u64,
}

/// One partition of a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PartitionReport {
    /// The topic.
    pub topic: String,
    /// Number of the partition.
    pub partition: i32,
    /// First committed offset.
    pub from: i64,
    /// Offset after the last committed one.
    pub to: i64,
    /// Messages.
    pub messages: u64,
    /// Messages that gave a row of data.
    pub parsed: u64,
    /// Messages that gave nothing but rejects.
    pub rejected: u64,
    /// Messages that gave no row.
    pub skipped: u64,
    /// Offsets without a message.
    pub holes: u64,
    /// Rows found in data tables other than `rejects`, each key once.
    pub rows: u64,
    /// Rows found in `rejects`, each key once.
    pub rejects: u64,
    /// Offsets that no range covers, and rows that the ledger counts but no table shows.
    pub missing: u64,
    /// Offsets that two ranges cover, and rows that a table shows more than once.
    pub duplicates: u64,
}

impl Report {
    /// Decides whether all is well.
    pub(super) fn finish(mut self) -> Self {
        self.ok = self.problems.is_empty();
        let more = self.problems.len().saturating_sub(PROBLEMS_MAX);
        if more > 0 {
            self.problems.truncate(PROBLEMS_MAX);
            self.problems.push(format!("and {more} more"));
        }
        self
    }
}

impl PartitionReport {
    pub(super) fn begin(at: &TopicPartition, from: i64) -> Self {
        Self {
            topic: at.topic.clone(),
            partition: at.partition,
            from,
            to: from,
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, range: &RangeRecord) {
        self.to = self.to.max(range.to);
        self.messages += range.counts.messages;
        self.parsed += range.counts.parsed;
        self.rejected += range.counts.rejected;
        self.skipped += range.counts.skipped;
        self.holes += range.counts.holes;
    }
}
