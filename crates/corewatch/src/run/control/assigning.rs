//! Assignments: where partitions begin, and what happens to their rows when they go away.

use super::{
    Control, Held, REVOKE_FLUSH_MAX, SLICE, SLICE_SHORT, Stage, State, WATERMARK_TRIES, of_lake,
};
use crate::config::OnGap;
use crate::run::contact::{begin_at, check_topic_id};
use crate::run::messages::{Beginning, Command};
use anyhow::{Context, Result, anyhow};
use kafka::{PartitionError, PartitionFault, Position, TopicPartition, Watermarks};
use lake::ClosedFile;
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::time::Instant;

impl Control {
    /// Loads the ledger, applies what is pending, checks that Kafka has what the ledger expects, and tells the workers.
    pub(super) fn begin(
        &self,
        state: &mut State,
        partitions: &[TopicPartition],
        rewinds: bool,
    ) -> Result<Vec<Beginning>> {
        let at: Vec<lake::TopicPartition> = partitions.iter().map(of_lake).collect();
        let lake = self.lake.clone();
        let assigned = self
            .wait(async move { lake.assign(&at).await })?
            .context("cannot read the ledger")?;
        self.check_topic_ids(state, partitions)?;
        let marks = self.watermarks(partitions)?;
        let mut beginnings = Vec::new();
        for ((partition, assigned), marks) in partitions.iter().zip(assigned).zip(marks) {
            let Some(feed) = self.shared.config.feed_of(&partition.topic) else {
                continue;
            };
            let settings = &self.shared.config.feeds[feed];
            let first = match assigned.offset {
                Some(offset) => offset,
                None => {
                    let one = std::slice::from_ref(partition);
                    self.contacts
                        .first_offsets(&self.cluster, feed, settings, one)?
                        .first()
                        .copied()
                        .unwrap_or(marks.low)
                }
            };
            let offset = begin_at(partition, first, marks, settings.on_gap)?;
            if let Some(ends) = &mut state.ends {
                ends.entry(partition.clone()).or_insert(marks.high);
            }
            let worker = match state.partitions.get(partition) {
                Some(held) => held.worker,
                None => least_loaded(state),
            };
            let is_recorded = assigned.fence.is_some();
            state.partitions.insert(
                partition.clone(),
                Held {
                    worker,
                    feed,
                    fence: assigned.fence,
                    is_recorded,
                },
            );
            beginnings.push(Beginning {
                partition: partition.clone(),
                feed,
                committed: first,
                offset,
                state: assigned.state.unwrap_or_default(),
                rewinds,
            });
            tracing::info!(%partition, offset, end = marks.high, worker, "assigned");
        }
        self.tell_beginnings(state, &beginnings)?;
        for beginning in &beginnings {
            self.shared
                .progress
                .set_committed(&beginning.partition, beginning.committed);
        }
        Ok(beginnings)
    }

    /// What Kafka holds of partitions. A broker that changes hands, as they do in a rebalance, is waited for.
    pub(super) fn watermarks(&self, partitions: &[TopicPartition]) -> Result<Vec<Watermarks>> {
        let mut tries = 0;
        loop {
            self.shared.watchdog.beat_control();
            match self.cluster.watermarks(partitions) {
                Err(error) if tries < WATERMARK_TRIES => {
                    tracing::warn!(%error, "cannot ask what the brokers hold: trying again");
                    tries += 1;
                    std::thread::sleep(SLICE);
                }
                answer => return Ok(answer?),
            }
        }
    }

    pub(super) fn tell_beginnings(&self, state: &State, beginnings: &[Beginning]) -> Result<()> {
        let mut by_worker: BTreeMap<usize, Vec<Beginning>> = BTreeMap::new();
        for beginning in beginnings {
            by_worker
                .entry(state.partitions[&beginning.partition].worker)
                .or_default()
                .push(beginning.clone());
        }
        for (worker, beginnings) in by_worker {
            self.command(state, worker, |answer| Command::Begin(beginnings, answer))?;
        }
        Ok(())
    }

    /// A topic made anew is refused; the id of a new one goes into the ledger with the next flush.
    pub(super) fn check_topic_ids(
        &self,
        state: &mut State,
        partitions: &[TopicPartition],
    ) -> Result<()> {
        let topics: BTreeSet<&str> = partitions
            .iter()
            .map(|partition| &*partition.topic)
            .collect();
        for (topic, found) in self.contacts.topic_ids(&self.cluster, &topics) {
            let (lake, name) = (self.lake.clone(), topic.clone());
            let recorded = self
                .wait(async move { lake.topic_id(&name).await })?
                .context("cannot read the ledger")?;
            check_topic_id(&topic, recorded.as_deref(), &found)?;
            if recorded.is_none() {
                state.new_topic_ids.insert(topic, found);
            }
        }
        Ok(())
    }

    /// Partitions go away: what is decoded of them is published first, if they are still ours and the workers can.
    pub(super) fn give_up(&self, partitions: &[TopicPartition], is_lost: bool) -> Result<()> {
        let mut state = self.state();
        // A flush that has been sent is never cut: its outcome is waited for.
        if matches!(state.stage, Stage::Publishing { .. }) {
            self.settle(&mut state)?;
        }
        if !is_lost {
            if matches!(state.stage, Stage::Idle) {
                self.start_flush(&mut state);
            }
            self.settle_before_revocation(&mut state)?;
        }
        self.roll_back(&mut state, partitions, false)?;
        for partition in partitions {
            state.partitions.remove(partition);
            self.shared.progress.remove(partition);
            if let Some(ends) = &mut state.ends {
                ends.remove(partition);
            }
        }
        Ok(())
    }

    pub(super) fn settle_before_revocation(&self, state: &mut State) -> Result<()> {
        let since = Instant::now();
        while matches!(state.stage, Stage::Collecting { .. }) && since.elapsed() < REVOKE_FLUSH_MAX
        {
            self.shared.watchdog.beat_control();
            std::thread::sleep(SLICE_SHORT);
            self.hear(state)?;
        }
        if matches!(state.stage, Stage::Collecting { .. }) {
            tracing::warn!(
                "the workers were too slow to flush before a rebalance: the rows are decoded again"
            );
            return Ok(());
        }
        self.settle(state)
    }

    /// Everything that was not sent is dropped, and decoded again from the last flush on.
    pub(super) fn roll_back(
        &self,
        state: &mut State,
        gone: &[TopicPartition],
        hold: bool,
    ) -> Result<()> {
        for worker in 0..state.workers.len() {
            self.command(state, worker, |answer| Command::Rollback {
                gone: gone.to_vec(),
                hold,
                answer,
            })?;
        }
        if let Stage::Collecting { files, .. } = mem::replace(&mut state.stage, Stage::Idle) {
            // Reports of the flush that is given up here must not be taken for those of the next one.
            self.hear(state)?;
            files.iter().for_each(remove_from_spool);
            self.shared.metrics.pending.set(0.0);
        }
        Ok(())
    }

    pub(super) fn take_unreadable(&self, state: &mut State, error: &PartitionError) -> Result<()> {
        let partition = &error.partition;
        tracing::warn!(%partition, fault = ?error.fault, reason = %error.reason, "a partition cannot be read");
        let Some(held) = state.partitions.get(partition) else {
            return Ok(());
        };
        if error.fault != PartitionFault::OffsetOutOfRange {
            return Ok(());
        }
        let at = self
            .shared
            .progress
            .position(partition)
            .map_or(0, |at| at.decoded);
        let marks = self.cluster.watermarks(std::slice::from_ref(partition))?;
        let marks = marks
            .first()
            .copied()
            .ok_or_else(|| anyhow!("{partition}: no offsets"))?;
        let on_gap: OnGap = self.shared.config.feeds[held.feed].on_gap;
        let to = begin_at(partition, at, marks, on_gap)?;
        let _ = state.workers[held.worker].send(Command::Advance {
            partition: partition.clone(),
            to,
        });
        state.actions.restarts.push(Position {
            partition: partition.clone(),
            next_offset: to,
        });
        Ok(())
    }
}

/// A closed file of a flush that was never sent. If it stays, the next start clears the spool.
fn remove_from_spool(file: &ClosedFile) {
    if let Err(error) = std::fs::remove_file(&file.path) {
        tracing::debug!(%error, path = %file.path.display(), "a file stays in the spool");
    }
}

/// The worker with the fewest partitions.
fn least_loaded(state: &State) -> usize {
    let mut counts = vec![0_usize; state.workers.len()];
    for held in state.partitions.values() {
        counts[held.worker] += 1;
    }
    counts
        .iter()
        .enumerate()
        .min_by_key(|(_, count)| **count)
        .map_or(0, |(worker, _)| worker)
}
