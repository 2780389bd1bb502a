//! The audit: reads the tables themselves, not what processes say of them, and holds them against the ledger.
//!
//! It goes flush by flush, so that its memory depends on neither rows nor files read: it keeps some forty octets for
//! each referenced file, one line for each partition, and the row keys of one flush.

mod content;
mod files;
mod keys;
mod records;
mod report;

pub use report::{PartitionReport, Report, TableReport};

use crate::catalog::Tables;
use crate::error::{Result, WriteError};
use crate::flush::TopicPartition;
use crate::ledger::{self, FileEntry, Pending, Position, pendings, position};
use crate::local::path_of;
use crate::{Lake, LakeSettings};
use content::check_content;
use files::{FileIndex, ledger_files, named_paths, unreferenced};
use iceberg::table::Table as Loaded;
use keys::{KeyCounts, count_keys};
use records::{FlushRecord, RangeRecord, read_flushes};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;
use tables::Table;

/// Tries to see all tables between two commits to the ledger.
const SNAPSHOT_TRIES: usize = 100;
const SNAPSHOT_WAIT: Duration = Duration::from_millis(50);

impl Lake {
    /// Audits this namespace. Others may write meanwhile. Reads every data file, on the calling task.
    ///
    /// # Errors
    /// What keeps it from reading at all. Damage is no error: it is in the report.
    pub async fn verify(&self) -> Result<Report> {
        audit(&self.shared.tables).await
    }
}

/// Audits a namespace of a lake without opening it for writing; creates nothing. As [`Lake::verify`].
///
/// # Errors
/// [`WriteError::NoLake`] if there is no such catalog, or no such namespace in it.
pub async fn verify(settings: LakeSettings) -> Result<Report> {
    let tables = Tables::open(&settings.absolute()?, false).await?;
    tables.require_ledger().await?;
    audit(&tables).await
}

/// The data files that the tables of a namespace hold now, for readers of plain Parquet: a glob over the folder would
/// also find files that are not committed.
///
/// # Errors
/// As [`verify`].
pub async fn data_files(settings: LakeSettings) -> Result<BTreeMap<Table, Vec<PathBuf>>> {
    let tables = Tables::open(&settings.absolute()?, false).await?;
    tables.require_ledger().await?;
    let mut files = BTreeMap::new();
    for (table, loaded) in tables.load_existing().await? {
        files.insert(table, named_paths(&loaded).await?);
    }
    Ok(files)
}

async fn audit(tables: &Tables) -> Result<Report> {
    let loaded = load_together(tables).await?;
    let mut audit = Audit::new(loaded).await?;
    for file in ledger_files(&audit.loaded[&Table::IngestLog]).await? {
        for flush in audit.read_ledger_file(&file)? {
            audit.check_flush(&flush);
        }
    }
    audit.check_offsets()?;
    audit.check_strangers().await?;
    audit.list_unreferenced()?;
    Ok(audit.report.finish())
}

/// All tables that are there, as they are while the ledger stands still: then no table can be ahead of it by honest means.
async fn load_together(tables: &Tables) -> Result<BTreeMap<Table, Loaded>> {
    let mut tries = 0;
    loop {
        let mut loaded = tables.load_existing().await?;
        let ledger = tables.load(Table::IngestLog).await?;
        let stood_still =
            loaded[&Table::IngestLog].metadata_location() == ledger.metadata_location();
        if stood_still || tries == SNAPSHOT_TRIES {
            loaded.insert(Table::IngestLog, ledger);
            return Ok(loaded);
        }
        tries += 1;
        tokio::time::sleep(SNAPSHOT_WAIT).await;
    }
}

struct Audit {
    loaded: BTreeMap<Table, Loaded>,
    index: FileIndex,
    pendings: BTreeMap<String, Pending>,
    report: Report,
    partitions: BTreeMap<TopicPartition, Partition>,
}

/// One partition, as far as the ledger has been read.
struct Partition {
    report: PartitionReport,
    last_flush: String,
}

impl Audit {
    async fn new(loaded: BTreeMap<Table, Loaded>) -> Result<Self> {
        let pendings = pendings(&loaded[&Table::IngestLog])?;
        let mut report = Report::default();
        let mut index = FileIndex::default();
        for (table, loaded) in &loaded {
            let totals = index.add_table(loaded).await?;
            report.tables.insert(table.name().to_owned(), totals);
        }
        let mut audit = Self {
            loaded,
            index,
            pendings,
            report,
            partitions: BTreeMap::new(),
        };
        audit.list_pendings()?;
        Ok(audit)
    }

    fn list_pendings(&mut self) -> Result<()> {
        for (flush, pending) in &self.pendings {
            let mut is_lacking = false;
            for table in pending.files.keys().filter_map(|name| Table::by_name(name)) {
                let Some(loaded) = self.loaded.get(&table) else {
                    continue;
                };
                let position = position(loaded, &pending.ranges)?;
                is_lacking |= position != Position::Applied;
                if position == Position::Torn {
                    let name = table.name();
                    self.report
                        .problems
                        .push(format!("table {name} holds flush {flush} in part"));
                }
            }
            if is_lacking {
                self.report.pending.push(flush.clone());
            }
        }
        Ok(())
    }

    fn read_ledger_file(&mut self, file: &FileEntry) -> Result<Vec<FlushRecord>> {
        self.index.see(&file.path);
        let path = path_of(&file.path);
        let read = read_flushes(&path).and_then(|flushes| {
            let octets = path
                .metadata()
                .map_err(|e| WriteError::file("look at", &path, e))?
                .len();
            Ok((flushes, octets))
        });
        match read {
            Ok((flushes, octets)) if octets == file.octets => Ok(flushes),
            Ok((flushes, octets)) => {
                self.problem(format!(
                    "{}: {octets} octets, but the table says {}",
                    file.path, file.octets
                ));
                Ok(flushes)
            }
            Err(error) => {
                self.problem(format!("the ledger cannot be read whole: {error}"));
                Ok(vec![])
            }
        }
    }

    fn problem(&mut self, text: String) {
        self.report.problems.push(text);
    }

    fn check_flush(&mut self, flush: &FlushRecord) {
        for range in &flush.ranges {
            self.check_range(flush, range);
        }
        for table in Table::DATA {
            self.check_table(flush, table);
        }
    }

    /// Contiguous with the range before, and its messages add up.
    fn check_range(&mut self, flush: &FlushRecord, range: &RangeRecord) {
        let partition = self
            .partitions
            .entry(range.at.clone())
            .or_insert_with(|| Partition::begin(range));
        let report = &mut partition.report;
        let (before, gap) = (report.to, range.from - report.to);
        report.add(range);
        partition.last_flush.clone_from(&flush.id);
        let place = range.describe(&flush.id);
        if gap != 0 {
            report.missing += gap.max(0).unsigned_abs();
            report.duplicates += gap.min(0).unsigned_abs();
            self.problem(format!(
                "{place}: begins at {}, but the range before ended at {before}",
                range.from
            ));
        }
        let counts = &range.counts;
        if counts.messages != counts.parsed + counts.rejected + counts.skipped {
            self.problem(format!(
                "{place}: parsed, rejected and skipped messages are not all {} messages",
                counts.messages
            ));
        }
        if i128::from(range.to) - i128::from(range.from)
            != i128::from(counts.messages) + i128::from(counts.holes)
        {
            self.problem(format!("{place}: messages and holes do not fill the range"));
        }
    }

    fn check_table(&mut self, flush: &FlushRecord, table: Table) {
        let readable: Vec<PathBuf> = flush
            .files_of(table)
            .filter_map(|file| self.check_file(flush, table, file))
            .collect();
        let counts = match count_keys(&flush.ranges, &readable) {
            Ok(counts) => counts,
            Err(error) => {
                self.problem(format!(
                    "flush {}, table {}: {error}",
                    flush.id,
                    table.name()
                ));
                KeyCounts::none(flush.ranges.len())
            }
        };
        if counts.strangers > 0 {
            let (flush, table, rows) = (&flush.id, table.name(), counts.strangers);
            self.problem(format!(
                "flush {flush}, table {table}: {rows} rows are of no range of the flush"
            ));
        }
        for (n, range) in flush.ranges.iter().enumerate() {
            self.check_rows(flush, table, range, counts.distinct[n], counts.doubles[n]);
        }
    }

    /// A file of a flush: in its table once (or not yet, if that is pending), and what the ledger says it is. Its path
    /// if its rows count.
    fn check_file(
        &mut self,
        flush: &FlushRecord,
        table: Table,
        file: &FileEntry,
    ) -> Option<PathBuf> {
        let place = format!("{} of flush {}", file.path, flush.id);
        let references = self.index.see(&file.path);
        if references.rows.is_some_and(|rows| rows != file.rows) {
            self.problem(format!(
                "{place}: table {} and the ledger differ about its rows",
                table.name()
            ));
        }
        if references.count == 0 && !self.is_awaited(flush, table) {
            self.problem(format!("{place}: table {} does not name it", table.name()));
            return None;
        }
        if references.count > 1 {
            self.problem(format!(
                "{place}: table {} names it {} times",
                table.name(),
                references.count
            ));
        }
        let path = path_of(&file.path);
        match check_content(&path, file) {
            Ok(()) => {}
            Err(fault) => self.problem(format!("{place}: {fault}")),
        }
        if references.count > 1 {
            self.count_doubles(flush, &path, u64::from(references.count - 1));
        }
        path.is_file().then_some(path)
    }

    /// A file that its table names several times shows its rows as often.
    fn count_doubles(&mut self, flush: &FlushRecord, path: &PathBuf, times: u64) {
        let Ok(counts) = count_keys(&flush.ranges, std::slice::from_ref(path)) else {
            return;
        };
        for (range, rows) in flush.ranges.iter().zip(counts.distinct) {
            if let Some(partition) = self.partitions.get_mut(&range.at) {
                partition.report.duplicates += rows * times;
            }
        }
    }

    fn is_awaited(&mut self, flush: &FlushRecord, table: Table) -> bool {
        let Some(pending) = self.pendings.get(&flush.id) else {
            return false;
        };
        let Some(loaded) = self.loaded.get(&table) else {
            return false;
        };
        let position = position(loaded, &pending.ranges);
        pending.files.contains_key(table.name()) && matches!(position, Ok(Position::Ready))
    }

    fn check_rows(
        &mut self,
        flush: &FlushRecord,
        table: Table,
        range: &RangeRecord,
        distinct: u64,
        doubles: u64,
    ) {
        let expected = range.rows.get(&table).copied().unwrap_or(0);
        if let Some(partition) = self.partitions.get_mut(&range.at) {
            let report = &mut partition.report;
            let total = if table == Table::Rejects {
                &mut report.rejects
            } else {
                &mut report.rows
            };
            *total += distinct;
            report.missing += expected.saturating_sub(distinct);
            report.duplicates += doubles;
        }
        let place = format!("{}, table {}", range.describe(&flush.id), table.name());
        if distinct != expected {
            self.problem(format!(
                "{place}: {distinct} rows, but the ledger says {expected}"
            ));
        }
        if doubles > 0 {
            self.problem(format!("{place}: {doubles} rows are there more than once"));
        }
    }

    /// The ledger's properties say what its rows say, and no table is ahead.
    fn check_offsets(&mut self) -> Result<()> {
        let ledger = &self.loaded[&Table::IngestLog];
        let mut problems = vec![];
        let recorded = ledger::offsets(ledger)?;
        for at in recorded
            .keys()
            .chain(self.partitions.keys())
            .collect::<BTreeSet<_>>()
        {
            let property = ledger::property(ledger, &ledger::offset_key(at));
            let rows = self
                .partitions
                .get(at)
                .map(|p| ledger::fence(p.report.to, &p.last_flush));
            if property != rows.as_deref() {
                problems.push(format!(
                    "{at}: the ledger's offset is {property:?}, but its rows end at {rows:?}"
                ));
            }
        }
        let tables = self
            .loaded
            .iter()
            .filter(|(table, _)| **table != Table::IngestLog);
        for (table, loaded) in tables {
            for (at, applied) in ledger::applied_offsets(loaded)? {
                let end = recorded.get(&at).copied();
                if end.is_none_or(|end| applied > end) {
                    let name = table.name();
                    problems.push(format!(
                        "{at}: table {name} is at {applied}, ahead of the ledger at {end:?}"
                    ));
                }
            }
        }
        self.report.problems.extend(problems);
        let partitions = std::mem::take(&mut self.partitions).into_values();
        self.report.partitions = partitions.map(|partition| partition.report).collect();
        Ok(())
    }

    /// Files that a table names and the ledger does not.
    async fn check_strangers(&mut self) -> Result<()> {
        for (table, loaded) in &self.loaded {
            for path in self.index.unseen(loaded).await? {
                self.report.problems.push(format!(
                    "{path}: table {} names it, but the ledger does not",
                    table.name()
                ));
            }
        }
        Ok(())
    }

    fn list_unreferenced(&mut self) -> Result<()> {
        let generation = ledger::generation(&self.loaded[&Table::IngestLog])?;
        let files = self
            .pendings
            .values()
            .flat_map(|pending| pending.files.values().flatten());
        let awaited: BTreeSet<PathBuf> = files.map(|file| path_of(&file.path)).collect();
        for loaded in self.loaded.values() {
            for (path, born) in unreferenced(loaded, &self.index, &awaited)? {
                // A flush lands while its generation is at most one behind.
                let may_land = born.is_some_and(|born| born + 1 >= generation);
                let list = if may_land {
                    &mut self.report.in_flight
                } else {
                    &mut self.report.orphans
                };
                list.push(path.display().to_string());
            }
        }
        Ok(())
    }
}

impl Partition {
    fn begin(range: &RangeRecord) -> Self {
        Self {
            report: PartitionReport::begin(&range.at, range.from),
            last_flush: String::new(),
        }
    }
}
