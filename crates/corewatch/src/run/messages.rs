//! What the control thread and the workers say to each other.

use kafka::{PartitionError, TopicPartition};
use lake::{ClosedFile, Counts};
use std::collections::BTreeMap;
use std::sync::mpsc::SyncSender;
use tables::Table;

/// From the control thread to one worker.
#[derive(Debug)]
pub(super) enum Command {
    /// Partitions begin, or begin anew where the ledger stands. Answered when nothing of before is left.
    Begin(Vec<Beginning>, SyncSender<()>),
    /// Close the files and report; then wait for `Release`, taking no batches.
    Flush,
    /// The flush is in all its tables: go on.
    Release,
    /// Drop all decoded since the last flush and begin again there; forget `gone`; with `hold` take no batches until
    /// `Release`. Answered when done.
    Rollback {
        gone: Vec<TopicPartition>,
        hold: bool,
        answer: SyncSender<()>,
    },
    /// There is nothing in the partition before that offset.
    Advance { partition: TopicPartition, to: i64 },
    /// End the thread.
    Stop,
}

/// Where a partition begins.
#[derive(Clone, Debug)]
pub(super) struct Beginning {
    pub(super) partition: TopicPartition,
    /// Number of its feed in the configuration.
    pub(super) feed: usize,
    /// Offset that the ledger has; what lies between it and `offset` is gone.
    pub(super) committed: i64,
    pub(super) offset: i64,
    pub(super) state: Vec<u8>,
    /// Whether the worker has to move the consumer there itself.
    pub(super) rewinds: bool,
}

/// From a worker to the control thread.
#[derive(Debug)]
pub(super) enum Report {
    /// Its part of the flush.
    Flushed {
        parts: Vec<PartitionPart>,
        files: Vec<ClosedFile>,
    },
    /// It holds as many octets as a flush may.
    Full,
    /// A partition cannot be read.
    Unreadable(PartitionError),
    /// It cannot go on.
    Failed(anyhow::Error),
}

/// What a flush has of one partition.
#[derive(Clone, Debug)]
pub(super) struct PartitionPart {
    pub(super) partition: TopicPartition,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) counts: Counts,
    pub(super) rows: BTreeMap<Table, u64>,
    pub(super) first_observed_at: Option<i64>,
    pub(super) last_observed_at: Option<i64>,
    /// None: as it was at `from`.
    pub(super) state: Option<Vec<u8>>,
}
