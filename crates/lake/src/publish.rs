//! A flush: everything it names is put in place, one commit to the ledger decides, the data tables follow.

use crate::Lake;
use crate::apply::apply;
use crate::data_file::data_file;
use crate::error::{Result, WriteError};
use crate::fence::{Change, CommitSteps, Condition, commit};
use crate::flush::{FlushParts, FlushTicket, Published, TopicPartition};
use crate::ledger::{self, FileEntry, Pending, PendingRange};
use crate::retry::{Backoff, until_done};
use crate::steps::{BEFORE_HINT, SPOOLED};
use crate::upload::Uploaded;
use iceberg::table::Table as Loaded;
use std::collections::{BTreeMap, BTreeSet};
use tables::Table;

impl Lake {
    /// Begins a flush. To be called before the workers close their files: whatever is named by it is safe from the
    /// removal of orphans, until two removals have passed.
    ///
    /// # Errors
    /// [`WriteError::BadProperty`]; what passes by itself is waited out.
    pub async fn begin_flush(&self) -> Result<FlushTicket> {
        let ledger = until_done(|| self.shared.tables.load(Table::IngestLog)).await?;
        let generation = ledger::generation(&ledger)?;
        Ok(FlushTicket {
            id: uuid::Uuid::now_v7().simple().to_string(),
            generation,
        })
    }

    /// Publishes a flush and returns when all tables have it. One flush at a time; an assignment waits for it as well.
    ///
    /// What passes by itself is waited out for as long as it takes. Do not drop the future while the process lives on:
    /// nobody would know whether the flush has landed.
    ///
    /// # Errors
    /// [`WriteError::BadFlush`] if the parts contradict each other: nothing has been sent.
    /// [`WriteError::Damaged`], [`WriteError::Torn`] and [`WriteError::BadProperty`]: the lake needs a person.
    pub async fn publish(&self, parts: FlushParts) -> Result<Published> {
        check(&parts)?;
        let mut done = self.shared.done.lock().await;
        self.shared.steps.reach(SPOOLED);
        let uploaded = self.upload(&parts).await?;
        let flush = Flush::new(parts, uploaded);
        if self.commit_ledger(&flush, &mut done).await? == Outcome::Lost {
            tracing::warn!(flush = %flush.id(), "lost: another process has published from one of its partitions");
            return Ok(Published::Lost);
        }
        if !flush.pending.files.is_empty() {
            apply(
                &self.shared.tables,
                &self.shared.steps,
                flush.id(),
                &flush.pending,
            )
            .await?;
            done.insert(flush.id().to_owned());
        }
        self.shared.steps.reach(BEFORE_HINT);
        Ok(Published::Landed {
            fences: flush.fences,
        })
    }

    /// Publishes to the ledger and dies, so to say: whether the flush is in the ledger, and in no table.
    #[cfg(test)]
    pub(crate) async fn commit_only(
        &self,
        parts: FlushParts,
        uploaded: Uploaded,
        done: &mut BTreeSet<String>,
    ) -> Result<bool> {
        let flush = Flush::new(parts, uploaded);
        Ok(self.commit_ledger(&flush, done).await? == Outcome::Landed)
    }

    /// The only place that interprets a commit to the ledger, and it never asks the answer: refused, failed, timed out
    /// or done, only the ledger itself says whether the flush is in it. (The SQL catalog answers "done" even where its
    /// database has failed to commit.)
    async fn commit_ledger(&self, flush: &Flush, done: &mut BTreeSet<String>) -> Result<Outcome> {
        let mut backoff = Backoff::new();
        let mut failed = None;
        loop {
            let ledger = until_done(|| self.shared.tables.load(Table::IngestLog)).await?;
            match flush.outcome(&ledger)? {
                Outcome::Open => {}
                decided => return Ok(decided),
            }
            if let Some(error) = failed
                .take_if(|error: &mut WriteError| !error.is_retryable() && !error.is_refusal())
            {
                return Err(error);
            }
            done.retain(|id| ledger::property(&ledger, &ledger::pending_key(id)).is_some());
            failed = self.try_ledger(flush, &ledger, done).await.err();
            if let Some(error) = &failed {
                backoff.wait(error).await;
            }
        }
    }

    async fn try_ledger(
        &self,
        flush: &Flush,
        ledger: &Loaded,
        done: &BTreeSet<String>,
    ) -> Result<()> {
        let own = data_file(
            Table::IngestLog,
            ledger,
            &flush.uploaded.ledger_file,
            flush.id(),
        )?;
        let change = Change {
            files: vec![own],
            set: flush.properties()?,
            remove: done.iter().map(|id| ledger::pending_key(id)).collect(),
            flush: flush.id().to_owned(),
            ..Change::default()
        };
        let committed = commit(
            &self.shared.tables.catalog,
            ledger,
            change,
            flush.condition(),
            &self.shared.steps,
            CommitSteps::LEDGER,
        );
        committed
            .await
            .map_err(|e| WriteError::catalog("commit a flush to the ledger", e))
    }
}

/// What the ledger says about a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is in the ledger.
    Landed,
    /// It is not, and may still be committed.
    Open,
    /// It is not and never will be.
    Lost,
}

/// A flush whose files are all in place.
struct Flush {
    parts: FlushParts,
    uploaded: Uploaded,
    /// The properties that this flush sets, which are also the fences of the next one.
    fences: BTreeMap<TopicPartition, String>,
    /// What the ledger must still say.
    expected: BTreeMap<TopicPartition, Option<String>>,
    pending: Pending,
}

impl Flush {
    fn new(parts: FlushParts, uploaded: Uploaded) -> Self {
        let fences = parts
            .ranges
            .iter()
            .map(|r| (r.at.clone(), ledger::fence(r.to, &parts.ticket.id)))
            .collect();
        let expected = parts
            .ranges
            .iter()
            .map(|range| (range.at.clone(), range.fence.clone()))
            .collect();
        let moved = parts.ranges.iter().filter(|range| range.from < range.to);
        let ranges = moved
            .map(|r| PendingRange {
                at: r.at.clone(),
                from: r.from,
                to: r.to,
            })
            .collect();
        let pending = Pending {
            ranges,
            files: uploaded.files.clone(),
        };
        Self {
            parts,
            uploaded,
            fences,
            expected,
            pending,
        }
    }

    fn id(&self) -> &str {
        &self.parts.ticket.id
    }

    fn outcome(&self, ledger: &Loaded) -> Result<Outcome> {
        let says = |at: &TopicPartition| {
            ledger::property(ledger, &ledger::offset_key(at)).map(str::to_owned)
        };
        // One is enough: others may have gone on from some of its partitions.
        if self
            .fences
            .iter()
            .any(|(at, fence)| says(at).as_ref() == Some(fence))
        {
            return Ok(Outcome::Landed);
        }
        let holds = holds(ledger, &self.expected, self.parts.ticket.generation)?;
        Ok(if holds { Outcome::Open } else { Outcome::Lost })
    }

    fn condition(&self) -> Condition {
        let (expected, generation) = (self.expected.clone(), self.parts.ticket.generation);
        Box::new(move |ledger| match holds(ledger, &expected, generation) {
            Ok(true) => Ok(()),
            Ok(false) => Err("the ledger has moved on".into()),
            Err(error) => Err(error.to_string()),
        })
    }

    fn properties(&self) -> Result<Vec<(String, String)>> {
        let mut set: Vec<_> = self
            .fences
            .iter()
            .map(|(at, fence)| (ledger::offset_key(at), fence.clone()))
            .collect();
        set.extend(
            self.uploaded
                .states
                .iter()
                .map(|(at, location)| (ledger::state_key(at), location.clone())),
        );
        set.extend(
            self.parts
                .topic_ids
                .iter()
                .map(|(topic, id)| (ledger::topic_key(topic), id.clone())),
        );
        if !self.pending.files.is_empty() {
            let text =
                serde_json::to_string(&self.pending).map_err(|e| bad(self.id(), e.to_string()))?;
            set.push((ledger::pending_key(self.id()), text));
        }
        Ok(set)
    }
}

/// The fence of the ledger: every partition stands where the flush believes it does, and no removal of orphans can have
/// taken its files.
fn holds(
    ledger: &Loaded,
    expected: &BTreeMap<TopicPartition, Option<String>>,
    generation: u64,
) -> Result<bool> {
    let stands = expected
        .iter()
        .all(|(at, fence)| ledger::property(ledger, &ledger::offset_key(at)) == fence.as_deref());
    Ok(stands && ledger::generation(ledger)? <= generation + 1)
}

/// Refuses, before anything is sent, what no ledger could make sense of.
fn check(parts: &FlushParts) -> Result<()> {
    let flush = &parts.ticket.id;
    let mut seen = BTreeSet::new();
    if parts.ranges.is_empty() {
        return Err(bad(flush, "it has no range".into()));
    }
    for range in &parts.ranges {
        let (at, counts) = (&range.at, &range.counts);
        if !seen.insert(at) {
            return Err(bad(flush, format!("{at} is in it twice")));
        }
        if range
            .fence
            .as_deref()
            .is_some_and(|fence| ledger::offset_of(fence) != Some(range.from))
        {
            return Err(bad(
                flush,
                format!(
                    "{at} begins at {}, but its fence is {:?}",
                    range.from, range.fence
                ),
            ));
        }
        let length = counts.messages + counts.holes;
        if range
            .to
            .checked_sub(range.from)
            .and_then(|length| u64::try_from(length).ok())
            != Some(length)
        {
            return Err(bad(
                flush,
                format!(
                    "{at} from {} to {} does not hold {length} offsets",
                    range.from, range.to
                ),
            ));
        }
        if counts.messages != counts.parsed + counts.rejected + counts.skipped {
            return Err(bad(
                flush,
                format!("{at}: outcomes do not add up: {counts:?}"),
            ));
        }
    }
    check_rows(parts)
}

fn check_rows(parts: &FlushParts) -> Result<()> {
    for table in Table::DATA {
        let counted: u64 = parts
            .ranges
            .iter()
            .filter_map(|range| range.rows.get(&table))
            .sum();
        let written: u64 = parts
            .files
            .iter()
            .filter(|file| file.table == table)
            .map(|file| file.rows)
            .sum();
        if counted != written {
            let fault = format!(
                "{counted} rows of {} were counted, but {written} written",
                table.name()
            );
            return Err(bad(&parts.ticket.id, fault));
        }
    }
    Ok(())
}

pub(crate) fn bad(flush: &str, fault: String) -> WriteError {
    WriteError::BadFlush {
        flush: flush.to_owned(),
        fault,
    }
}

/// Entries of files by table, as a pending flush lists them.
pub(crate) type Files = BTreeMap<String, Vec<FileEntry>>;
