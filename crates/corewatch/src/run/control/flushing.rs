//! Flushes: when one is due, how its parts come together, and what its answer means. One at a time.

use super::{Control, Held, SLICE_SHORT, STANDSTILL, Stage, State, of_lake};
use crate::clock::now_us;
use crate::run::messages::{Command, PartitionPart, Report};
use anyhow::{Context, Result, bail};
use kafka::{NextRecord, Position, TopicPartition};
use lake::{ClosedFile, FlushParts, Lake, Published, RangePart};
use std::collections::BTreeMap;
use std::mem;
use std::sync::mpsc::{TryRecvError, channel};
use std::time::Instant;

impl Control {
    pub(super) fn is_flush_due(&self, state: &mut State) -> bool {
        let positions = self.shared.progress.positions();
        let decoded: i64 = positions.values().map(|at| at.decoded).sum();
        if decoded != state.moved_to {
            (state.moved_to, state.moved_at) = (decoded, Instant::now());
        }
        // Asked first: it also moves partitions on whose end is nothing but control records.
        let has_decoded_all = self.has_decoded_all(state);
        let has_news = positions.values().any(|at| at.decoded > at.committed)
            || state.partitions.values().any(|held| !held.is_recorded);
        if !has_news {
            return false;
        }
        let is_old = state.flushed_at.elapsed() >= self.shared.config.lake.flush_age;
        is_old || state.wants_flush || has_decoded_all
    }

    /// Whether `--until-end` has nothing left to decode. Asks Kafka what comes next where a partition stands still: its
    /// end may be control records, which are never delivered.
    pub(super) fn has_decoded_all(&self, state: &mut State) -> bool {
        let Some(ends) = &state.ends else {
            return false;
        };
        let progress = &self.shared.progress;
        let behind: Vec<Position> = ends
            .iter()
            .filter_map(|(partition, end)| Some((partition, end, progress.position(partition)?)))
            .filter(|(_, end, at)| at.decoded < **end)
            .map(|(partition, _, at)| Position {
                partition: partition.clone(),
                next_offset: at.decoded,
            })
            .collect();
        if !behind.is_empty() && state.moved_at.elapsed() >= STANDSTILL {
            self.advance_over_holes(state, &behind);
            state.moved_at = Instant::now();
        }
        behind.is_empty()
    }

    pub(super) fn advance_over_holes(&self, state: &State, behind: &[Position]) {
        let next = match self.cluster.next_records(behind) {
            Ok(next) => next,
            Err(error) => return tracing::warn!(%error, "cannot ask what comes next"),
        };
        for (position, next) in behind.iter().zip(next) {
            if let (NextRecord::End(to), Some(held)) =
                (next, state.partitions.get(&position.partition))
            {
                let partition = position.partition.clone();
                let _ = state.workers[held.worker].send(Command::Advance { partition, to });
            }
        }
    }

    pub(super) fn start_flush(&self, state: &mut State) {
        for worker in &state.workers {
            let _ = worker.send(Command::Flush);
        }
        state.wants_flush = false;
        state.stage = Stage::Collecting {
            missing: state.workers.len(),
            parts: Vec::new(),
            files: Vec::new(),
        };
        self.shared.metrics.pending.set(1.0);
    }

    /// Takes what the workers and the committer have to say.
    pub(super) fn hear(&self, state: &mut State) -> Result<()> {
        loop {
            match state.reports.try_recv() {
                Ok(report) => self.take_report(state, report)?,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => bail!("all workers have ended"),
            }
        }
        if let Stage::Publishing { answer, .. } = &state.stage
            && let Ok(published) = answer.try_recv()
        {
            self.take_answer(state, published)?;
        }
        Ok(())
    }

    pub(super) fn take_report(&self, state: &mut State, report: Report) -> Result<()> {
        match report {
            Report::Full => state.wants_flush = true,
            Report::Failed(error) => return Err(error),
            Report::Unreadable(error) => self.take_unreadable(state, &error)?,
            Report::Flushed {
                parts: more,
                files: more_files,
            } => {
                if let Stage::Collecting {
                    missing,
                    parts,
                    files,
                } = &mut state.stage
                {
                    *missing -= 1;
                    parts.extend(more);
                    files.extend(more_files);
                    if *missing == 0 {
                        self.publish(state);
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends a flush whose parts are all there.
    pub(super) fn publish(&self, state: &mut State) {
        let Stage::Collecting { parts, files, .. } = mem::replace(&mut state.stage, Stage::Idle)
        else {
            return;
        };
        let parts: Vec<PartitionPart> = parts
            .into_iter()
            .filter(|part| {
                let held = state.partitions.get(&part.partition);
                held.is_some_and(|held| part.to > part.from || !held.is_recorded)
            })
            .collect();
        if parts.is_empty() {
            return self.release(state);
        }
        let ranges = parts
            .iter()
            .map(|part| range_part(part, &state.partitions[&part.partition]))
            .collect();
        let (lake, topic_ids) = (self.lake.clone(), state.new_topic_ids.clone());
        let (sender, answer) = channel();
        self.shared.runtime.spawn(async move {
            let published = publish(&lake, ranges, files, topic_ids).await;
            let _ = sender.send(published);
        });
        state.stage = Stage::Publishing { answer, parts };
    }

    pub(super) fn take_answer(
        &self,
        state: &mut State,
        published: lake::Result<Published>,
    ) -> Result<()> {
        let Stage::Publishing { parts, .. } = mem::replace(&mut state.stage, Stage::Idle) else {
            return Ok(());
        };
        match published.context("cannot publish a flush")? {
            Published::Landed { mut fences } => {
                for part in &parts {
                    let fence = fences.remove(&of_lake(&part.partition));
                    self.land(state, part, fence);
                }
                state.new_topic_ids.clear();
                state.summary.commits += 1;
                self.shared.metrics.committed.increment(1);
                self.shared.metrics.last_commit.set(now_us() as f64 / 1e6);
                self.release(state);
                Ok(())
            }
            Published::Lost => {
                self.shared.metrics.fenced.increment(1);
                tracing::warn!(
                    "a flush was lost: somebody else has published from one of its partitions; going back to the ledger"
                );
                self.begin_again(state)
            }
        }
    }

    pub(super) fn land(&self, state: &mut State, part: &PartitionPart, fence: Option<String>) {
        state.summary.add(part);
        self.shared.progress.set_committed(&part.partition, part.to);
        state.actions.hints.push(Position {
            partition: part.partition.clone(),
            next_offset: part.to,
        });
        if let Some(held) = state.partitions.get_mut(&part.partition) {
            held.fence = fence;
            held.is_recorded = true;
        }
        tracing::info!(
            partition = %part.partition, from = part.from, to = part.to, messages = part.counts.messages, "committed"
        );
    }

    pub(super) fn release(&self, state: &mut State) {
        state.flushed_at = Instant::now();
        self.shared.metrics.pending.set(0.0);
        for worker in &state.workers {
            let _ = worker.send(Command::Release);
        }
    }

    /// A flush was lost: everything of ours begins again where the ledger stands now. The workers are held meanwhile: a
    /// row decoded from the old place must not be among those of the new one.
    pub(super) fn begin_again(&self, state: &mut State) -> Result<()> {
        self.roll_back(state, &[], true)?;
        let ours: Vec<TopicPartition> = state.partitions.keys().cloned().collect();
        self.begin(state, &ours, true)?;
        self.release(state);
        Ok(())
    }

    /// Waits until no flush is on its way.
    pub(super) fn settle(&self, state: &mut State) -> Result<()> {
        while !matches!(state.stage, Stage::Idle) {
            self.shared.watchdog.beat_control();
            std::thread::sleep(SLICE_SHORT);
            self.hear(state)?;
        }
        Ok(())
    }
}

async fn publish(
    lake: &Lake,
    ranges: Vec<RangePart>,
    files: Vec<ClosedFile>,
    topic_ids: BTreeMap<String, String>,
) -> lake::Result<Published> {
    let ticket = lake.begin_flush().await?;
    lake.publish(FlushParts {
        ticket,
        ranges,
        files,
        topic_ids,
        committed_at: now_us(),
    })
    .await
}

fn range_part(part: &PartitionPart, held: &Held) -> RangePart {
    RangePart {
        at: of_lake(&part.partition),
        from: part.from,
        to: part.to,
        fence: held.fence.clone(),
        counts: part.counts,
        rows: part.rows.clone(),
        first_observed_at: part.first_observed_at,
        last_observed_at: part.last_observed_at,
        state: part.state.clone(),
    }
}
