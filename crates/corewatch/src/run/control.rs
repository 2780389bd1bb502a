//! The control thread's decisions: who reads which partition from where, when to flush, and what to do when a flush is
//! lost. It never parses, and waits only for the ledger at an assignment and for a flush at a revocation, in slices
//! between which its heart beats.
//!
//! One flush at a time, and nothing is filled meanwhile: from the hand-over until the flush is in all its tables the
//! workers take no batches.

use crate::clock::now_us;
use crate::config::OnGap;
use crate::run::contact::{Contacts, begin_at, check_topic_id};
use crate::run::messages::{Beginning, Command, PartitionPart, Report};
use crate::run::{Shared, Summary};
use anyhow::{Context, Result, anyhow, bail};
use kafka::{
    Cluster, NextRecord, PartitionError, PartitionFault, Position, Rebalance, Start, TopicPartition,
};
use lake::{ClosedFile, FlushParts, Lake, Published, RangePart};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::mem;
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, channel, sync_channel,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two heartbeats of the control thread while it waits.
const SLICE: Duration = Duration::from_secs(1);
/// A revocation waits so long for the workers' parts of a flush that has not been sent.
const REVOKE_FLUSH_MAX: Duration = Duration::from_secs(20);
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

    // ---- flushes

    fn is_flush_due(&self, state: &mut State) -> bool {
        let positions = self.shared.progress.positions();
        let decoded: i64 = positions.values().map(|at| at.decoded).sum();
        if decoded != state.moved_to {
            (state.moved_to, state.moved_at) = (decoded, Instant::now());
        }
        let has_news = positions.values().any(|at| at.decoded > at.committed)
            || state.partitions.values().any(|held| !held.is_recorded);
        if !has_news {
            return false;
        }
        let is_old = state.flushed_at.elapsed() >= self.shared.config.lake.flush_age;
        is_old || state.wants_flush || self.has_decoded_all(state)
    }

    /// Whether `--until-end` has nothing left to decode. Asks Kafka what comes next where a partition stands still: its
    /// end may be control records, which are never delivered.
    fn has_decoded_all(&self, state: &mut State) -> bool {
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

    fn advance_over_holes(&self, state: &State, behind: &[Position]) {
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

    fn start_flush(&self, state: &mut State) {
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
    fn hear(&self, state: &mut State) -> Result<()> {
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

    fn take_report(&self, state: &mut State, report: Report) -> Result<()> {
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
    fn publish(&self, state: &mut State) {
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

    fn take_answer(&self, state: &mut State, published: lake::Result<Published>) -> Result<()> {
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

    fn land(&self, state: &mut State, part: &PartitionPart, fence: Option<String>) {
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

    fn release(&self, state: &mut State) {
        state.flushed_at = Instant::now();
        self.shared.metrics.pending.set(0.0);
        for worker in &state.workers {
            let _ = worker.send(Command::Release);
        }
    }

    /// A flush was lost: everything of ours begins again where the ledger stands now. The workers are held meanwhile: a
    /// row decoded from the old place must not be among those of the new one.
    fn begin_again(&self, state: &mut State) -> Result<()> {
        self.roll_back(state, &[], true)?;
        let ours: Vec<TopicPartition> = state.partitions.keys().cloned().collect();
        self.begin(state, &ours, true)?;
        self.release(state);
        Ok(())
    }

    /// Waits until no flush is on its way.
    fn settle(&self, state: &mut State) -> Result<()> {
        while !matches!(state.stage, Stage::Idle) {
            self.shared.watchdog.beat_control();
            std::thread::sleep(Duration::from_millis(5));
            self.hear(state)?;
        }
        Ok(())
    }

    // ---- assignments

    /// Loads the ledger, applies what is pending, checks that Kafka has what the ledger expects, and tells the workers.
    fn begin(
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
        let marks = self.cluster.watermarks(partitions)?;
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

    fn tell_beginnings(&self, state: &State, beginnings: &[Beginning]) -> Result<()> {
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
    fn check_topic_ids(&self, state: &mut State, partitions: &[TopicPartition]) -> Result<()> {
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
    fn give_up(&self, partitions: &[TopicPartition], is_lost: bool) -> Result<()> {
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

    fn settle_before_revocation(&self, state: &mut State) -> Result<()> {
        let since = Instant::now();
        while matches!(state.stage, Stage::Collecting { .. }) && since.elapsed() < REVOKE_FLUSH_MAX
        {
            self.shared.watchdog.beat_control();
            std::thread::sleep(Duration::from_millis(5));
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
    fn roll_back(&self, state: &mut State, gone: &[TopicPartition], hold: bool) -> Result<()> {
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

    // ---- troubles

    fn take_unreadable(&self, state: &mut State, error: &PartitionError) -> Result<()> {
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

    // ---- waiting

    /// Gives a worker a command and waits for its answer.
    fn command(
        &self,
        state: &State,
        worker: usize,
        command: impl FnOnce(SyncSender<()>) -> Command,
    ) -> Result<()> {
        let (answer, done) = sync_channel(1);
        let _ = state.workers[worker].send(command(answer));
        loop {
            match done.recv_timeout(SLICE) {
                Ok(()) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => self.shared.watchdog.beat_control(),
                Err(RecvTimeoutError::Disconnected) => return Err(self.why_it_ended(state, worker)),
            }
        }
    }

    fn why_it_ended(&self, state: &State, worker: usize) -> anyhow::Error {
        let failed = state.reports.try_iter().find_map(|report| match report {
            Report::Failed(error) => Some(error),
            _ => None,
        });
        failed.unwrap_or_else(|| anyhow!("worker {worker} has ended"))
    }

    /// Runs a future on the control plane; the heart beats meanwhile.
    fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<T> {
        let (sender, answer) = channel();
        self.shared.runtime.spawn(async move {
            let _ = sender.send(future.await);
        });
        loop {
            match answer.recv_timeout(SLICE) {
                Ok(value) => return Ok(value),
                Err(RecvTimeoutError::Timeout) => self.shared.watchdog.beat_control(),
                Err(RecvTimeoutError::Disconnected) => bail!("the control plane has ended"),
            }
        }
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

fn of_lake(partition: &TopicPartition) -> lake::TopicPartition {
    lake::TopicPartition::new(&*partition.topic, partition.partition)
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
