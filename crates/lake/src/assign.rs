//! What a process does when partitions become its own: it reads where they stand and what the decoder knew, and applies
//! the flushes of theirs that somebody has left pending. It commits nothing of its own.

use crate::Lake;
use crate::apply::apply;
use crate::error::{Result, WriteError};
use crate::flush::{Assigned, TopicPartition};
use crate::ledger::{ledger_offset, offset_key, pendings, property, state_key};
use crate::local::path_of;
use crate::retry::until_done;
use crate::steps::{ASSIGNED, STATE_READ};
use iceberg::table::Table as Loaded;
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;
use tables::Table;

/// Tries to find a state whose file is gone, before it is called damage: its partition may move on meanwhile.
const STATE_TRIES: usize = 50;
const STATE_WAIT: Duration = Duration::from_millis(100);

impl Lake {
    /// Reads where `partitions` begin, and brings all tables to where the ledger is for them.
    ///
    /// Waits for a flush that is under way, and waits out what passes by itself.
    ///
    /// # Errors
    /// [`WriteError::Damaged`] if a file that the ledger names is gone; [`WriteError::BadProperty`],
    /// [`WriteError::Torn`].
    pub async fn assign(&self, partitions: &[TopicPartition]) -> Result<Vec<Assigned>> {
        let mut done = self.shared.done.lock().await;
        let (ledger, assigned) = self.read_partitions(partitions).await?;
        self.shared.steps.reach(STATE_READ);
        let wanted: BTreeSet<_> = partitions.iter().collect();
        // In any order: a flush reaches the ledger only when its process has seen every pending of its partitions
        // applied, so of two that share a partition at most the later is still to apply.
        for (flush, pending) in pendings(&ledger)? {
            let is_ours = pending
                .ranges
                .iter()
                .any(|range| wanted.contains(&range.at));
            if is_ours && !done.contains(&flush) {
                tracing::info!(%flush, "applying a flush that was left pending");
                apply(&self.shared.tables, &self.shared.steps, &flush, &pending).await?;
                done.insert(flush);
            }
        }
        self.shared.steps.reach(ASSIGNED);
        Ok(assigned)
    }

    /// Offsets and states of one version of the ledger.
    async fn read_partitions(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<(Loaded, Vec<Assigned>)> {
        let mut tries = 0;
        loop {
            let ledger = until_done(|| self.shared.tables.load(Table::IngestLog)).await?;
            let read = partitions
                .iter()
                .map(|at| read_partition(&ledger, at))
                .collect::<Result<Vec<_>>>();
            match read {
                Ok(assigned) => return Ok((ledger, assigned)),
                Err(WriteError::Damaged { .. }) if tries < STATE_TRIES => tries += 1,
                Err(error) if error.is_retryable() => tracing::warn!(%error, "trying again"),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(STATE_WAIT).await;
        }
    }
}

fn read_partition(ledger: &Loaded, at: &TopicPartition) -> Result<Assigned> {
    let fence = property(ledger, &offset_key(at)).map(str::to_owned);
    let offset = ledger_offset(ledger, at)?;
    let state = property(ledger, &state_key(at))
        .map(|location| read_state(location, at))
        .transpose()?;
    Ok(Assigned {
        at: at.clone(),
        fence,
        offset,
        state,
    })
}

fn read_state(location: &str, at: &TopicPartition) -> Result<Vec<u8>> {
    let path = path_of(location);
    let damaged = |fault: String| WriteError::Damaged {
        path: location.to_owned(),
        named_by: format!("the decoder state of {at}"),
        fault,
    };
    let packed = match fs::read(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(damaged("it does not exist".into()));
        }
        other => other.map_err(|e| WriteError::file("read", &path, e))?,
    };
    zstd::decode_all(packed.as_slice()).map_err(|e| damaged(format!("it is not zstd: {e}")))
}
