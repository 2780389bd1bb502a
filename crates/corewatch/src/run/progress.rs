//! How far every partition is decoded, and how far it is in the lake: for whoever wants to know how much is left.

use kafka::TopicPartition;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Offsets by partition.
#[derive(Debug, Default)]
pub struct Progress {
    partitions: Mutex<BTreeMap<TopicPartition, Position>>,
}

/// Where one partition stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Offset of the next message to decode.
    pub decoded: i64,
    /// Offset of the next message that is not in the lake.
    pub committed: i64,
}

impl Progress {
    /// The partition is decoded up to there.
    pub fn set(&self, partition: &TopicPartition, decoded: i64) {
        let mut partitions = self.lock();
        match partitions.get_mut(partition) {
            Some(position) => position.decoded = decoded,
            None => {
                partitions.insert(
                    partition.clone(),
                    Position {
                        decoded,
                        committed: decoded,
                    },
                );
            }
        }
    }

    /// The lake has the partition up to there.
    pub fn set_committed(&self, partition: &TopicPartition, committed: i64) {
        if let Some(position) = self.lock().get_mut(partition) {
            position.committed = committed;
        }
    }

    /// The partition is somebody else's now.
    pub fn remove(&self, partition: &TopicPartition) {
        self.lock().remove(partition);
    }

    /// Where one partition stands.
    pub fn position(&self, partition: &TopicPartition) -> Option<Position> {
        self.lock().get(partition).copied()
    }

    /// Where all stand.
    pub fn positions(&self) -> BTreeMap<TopicPartition, Position> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<TopicPartition, Position>> {
        self.partitions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
