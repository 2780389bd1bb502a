//! The control thread's decisions: who reads which partition from where, when to flush, and what to do when a flush is
//! lost. It never parses, and waits only for the ledger at an assignment and for a flush at a revocation, in slices
//! between which its heart beats.
//!
//! One flush at a time, and nothing is filled meanwhile: from the hand-over until the flush is in all its tables the
//! workers take no batches.

mod assigning;
mod flushing;
mod waiting;

use crate::run::contact::Contacts;
use crate::run::messages::{Beginning, Command, PartitionPart, Report};
use crate::run::{Shared, Summary};
use anyhow::Result;
use kafka::{Cluster, Position, Rebalance, Start, TopicPartition};
use lake::{ClosedFile, Lake, Published};
use std::collections::BTreeMap;
use std::mem;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two heartbeats of the control thread while it waits.
const SLICE: Duration = Duration::from_secs(1);
/// Between two looks for an answer that comes soon.
const SLICE_SHORT: Duration = Duration::from_millis(5);
/// A revocation waits so long for the workers' parts of a flush that has not been sent.
const REVOKE_FLUSH_MAX: Duration = Duration::from_secs(20);
/// Brokers that cannot say what they hold are asked again so often.
const WATERMARK_TRIES: usize = 5;
/// A partition that stands still so long below its end is asked for what comes next.
const STANDSTILL: Duration = Duration::from_secs(2);

/// Decides; called by the main loop, and by the consumer inside its poll, on the same thread.
pub(super) struct Control {
    shared: Arc<Shared>,
    lake: Lake,
    cluster: Cluster,
    contacts: Contacts,
    state: Mutex<State>,
}

struct State {
    workers: Vec<Sender<Command>>,
    reports: Receiver<Report>,
    partitions: BTreeMap<TopicPartition, Held>,
    stage: Stage,
    wants_flush: bool,
    flushed_at: Instant,
    /// Ids of topics that the ledger does not have yet.
    new_topic_ids: BTreeMap<String, String>,
    /// Where `--until-end` ends.
    ends: Option<BTreeMap<TopicPartition, i64>>,
    moved_at: Instant,
    moved_to: i64,
    actions: Actions,
    summary: Summary,
    fatal: Option<anyhow::Error>,
}

/// A partition that is ours.
struct Held {
    worker: usize,
    feed: usize,
    /// What the next flush has to carry.
    fence: Option<String>,
    /// Whether the ledger knows where it begins.
    is_recorded: bool,
}

enum Stage {
    Idle,
    /// The workers close their files.
    Collecting {
        missing: usize,
        parts: Vec<PartitionPart>,
        files: Vec<ClosedFile>,
    },
    /// The flush has been sent.
    Publishing {
        answer: Receiver<lake::Result<Published>>,
        parts: Vec<PartitionPart>,
    },
}

/// What the main loop has to ask of the consumer.
#[derive(Default)]
pub(super) struct Actions {
    /// How far the lake is.
    pub(super) hints: Vec<Position>,
    /// Partitions that stand still and must begin elsewhere.
    pub(super) restarts: Vec<Position>,
}

impl Control {
    pub(super) fn new(
        shared: Arc<Shared>,
        lake: Lake,
        cluster: Cluster,
        contacts: Contacts,
        workers: Vec<Sender<Command>>,
        reports: Receiver<Report>,
        until_end: bool,
    ) -> Self {
        let now = Instant::now();
        let state = State {
            workers,
            reports,
            partitions: BTreeMap::new(),
            stage: Stage::Idle,
            wants_flush: false,
            flushed_at: now,
            new_topic_ids: BTreeMap::new(),
            ends: until_end.then(BTreeMap::new),
            moved_at: now,
            moved_to: 0,
            actions: Actions::default(),
            summary: Summary::default(),
            fatal: None,
        };
        Self {
            shared,
            lake,
            cluster,
            contacts,
            state: Mutex::new(state),
        }
    }

    /// One turn of the main loop: hears the workers and the committer, and flushes when it is time.
    pub(super) fn turn(&self) -> Result<Actions> {
        let mut state = self.state();
        self.hear(&mut state)?;
        if matches!(state.stage, Stage::Idle) && self.is_flush_due(&mut state) {
            self.start_flush(&mut state);
        }
        if let Some(error) = state.fatal.take() {
            return Err(error);
        }
        self.shared.set_assigned(!state.partitions.is_empty());
        Ok(mem::take(&mut state.actions))
    }

    /// Begins to read partitions: where the ledger stands, after what is pending there has been applied.
    pub(super) fn assign(&self, partitions: &[TopicPartition]) -> Result<Vec<Start>> {
        let mut state = self.state();
        self.settle(&mut state)?;
        let beginnings = self.begin(&mut state, partitions, false)?;
        let start = |beginning: &Beginning| Start {
            partition: beginning.partition.clone(),
            offset: beginning.offset,
            worker: state.partitions[&beginning.partition].worker,
        };
        Ok(beginnings.iter().map(start).collect())
    }

    /// Everything decoded goes to the lake, whatever stage it is in.
    pub(super) fn finish(&self) -> Result<Summary> {
        let mut state = self.state();
        self.settle(&mut state)?;
        self.start_flush(&mut state);
        self.settle(&mut state)?;
        if let Some(error) = state.fatal.take() {
            return Err(error);
        }
        Ok(state.summary.clone())
    }

    /// Ends the worker threads.
    pub(super) fn stop_workers(&self) {
        for worker in &self.state().workers {
            let _ = worker.send(Command::Stop);
        }
    }

    /// Partitions that are ours, with the offsets they are decoded up to and their workers.
    pub(super) fn starts(&self) -> Vec<Start> {
        let state = self.state();
        let start = |(partition, held): (&TopicPartition, &Held)| {
            let position = self.shared.progress.position(partition)?;
            Some(Start {
                partition: partition.clone(),
                offset: position.decoded,
                worker: held.worker,
            })
        };
        state.partitions.iter().filter_map(start).collect()
    }

    /// What the end offsets, seen at the start, say: is everything below them in the lake?
    pub(super) fn is_at_end(&self) -> bool {
        let state = self.state();
        let progress = &self.shared.progress;
        state.ends.as_ref().is_some_and(|ends| {
            ends.iter().all(|(partition, end)| {
                progress
                    .position(partition)
                    .is_none_or(|at| at.committed >= *end)
            }) && matches!(state.stage, Stage::Idle)
                && state.partitions.values().all(|held| held.is_recorded)
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_fatal(&self, error: anyhow::Error) {
        self.state().fatal.get_or_insert(error);
    }
}

/// The consumer asks here, inside its poll, when the group is rebalanced.
pub(super) struct Members(pub(super) Arc<Control>);

impl Rebalance for Members {
    fn assign(&self, partitions: &[TopicPartition]) -> Vec<Start> {
        metrics::counter!("corewatch_rebalances_total", "kind" => "assign").increment(1);
        if partitions.is_empty() {
            return Vec::new();
        }
        self.0.assign(partitions).unwrap_or_else(|error| {
            self.0.note_fatal(error);
            Vec::new()
        })
    }

    fn revoke(&self, partitions: &[TopicPartition], lost: bool) {
        let kind = if lost { "lost" } else { "revoke" };
        metrics::counter!("corewatch_rebalances_total", "kind" => kind).increment(1);
        tracing::info!(kind, partitions = partitions.len(), "partitions go away");
        if let Err(error) = self.0.give_up(partitions, lost) {
            self.0.note_fatal(error);
        }
    }
}

fn of_lake(partition: &TopicPartition) -> lake::TopicPartition {
    lake::TopicPartition::new(&*partition.topic, partition.partition)
}
