//! What the properties of the ledger and of the data tables say: names and values, written and read. Commits nothing.

use crate::error::{Result, WriteError};
use crate::flush::TopicPartition;
use iceberg::table::Table as Loaded;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tables::Table;

const OFFSET: &str = "corewatch.offset.";
const STATE: &str = "corewatch.state.";
const TOPIC: &str = "corewatch.topic.";
const PENDING: &str = "corewatch.pending.";
const APPLIED: &str = "corewatch.ingest_log.offset.";
const GENERATION: &str = "corewatch.generation";

pub(crate) fn offset_key(at: &TopicPartition) -> String {
    format!("{OFFSET}{at}")
}

pub(crate) fn state_key(at: &TopicPartition) -> String {
    format!("{STATE}{at}")
}

pub(crate) fn topic_key(topic: &str) -> String {
    format!("{TOPIC}{topic}")
}

pub(crate) fn pending_key(flush: &str) -> String {
    format!("{PENDING}{flush}")
}

/// In a data table: the next offset that is applied there.
pub(crate) fn applied_key(at: &TopicPartition) -> String {
    format!("{APPLIED}{at}")
}

/// Value of an offset property of the ledger. It never repeats, so it is the fence as well.
pub(crate) fn fence(next_offset: i64, flush: &str) -> String {
    format!("{next_offset}/{flush}")
}

/// The number in a fence.
pub(crate) fn offset_of(fence: &str) -> Option<i64> {
    fence.split_once('/')?.0.parse().ok()
}

/// A property of a loaded table.
pub(crate) fn property<'a>(table: &'a Loaded, key: &str) -> Option<&'a str> {
    table.metadata().properties().get(key).map(String::as_str)
}

/// Number of the last removal of orphans; 0 before the first.
pub(crate) fn generation(table: &Loaded) -> Result<u64> {
    match property(table, GENERATION) {
        None => Ok(0),
        Some(value) => value.parse().map_err(|_| bad(table, GENERATION, value)),
    }
}

/// Next offset of a partition by the ledger.
pub(crate) fn ledger_offset(ledger: &Loaded, at: &TopicPartition) -> Result<Option<i64>> {
    let key = offset_key(at);
    let Some(value) = property(ledger, &key) else {
        return Ok(None);
    };
    offset_of(value)
        .map(Some)
        .ok_or_else(|| bad(ledger, &key, value))
}

/// Next offsets of all partitions that the ledger knows.
pub(crate) fn offsets(ledger: &Loaded) -> Result<BTreeMap<TopicPartition, i64>> {
    let number = |(at, value): (TopicPartition, String)| match offset_of(&value) {
        Some(offset) => Ok((at, offset)),
        None => Err(bad(ledger, &offset_key(&at), &value)),
    };
    partitions(ledger, OFFSET)?
        .into_iter()
        .map(number)
        .collect()
}

/// Next offsets of all partitions that a data table has rows of.
pub(crate) fn applied_offsets(table: &Loaded) -> Result<BTreeMap<TopicPartition, i64>> {
    let number = |(at, value): (TopicPartition, String)| {
        let offset = value
            .parse()
            .map_err(|_| bad(table, &applied_key(&at), &value))?;
        Ok((at, offset))
    };
    partitions(table, APPLIED)?
        .into_iter()
        .map(number)
        .collect()
}

fn partitions(table: &Loaded, prefix: &str) -> Result<BTreeMap<TopicPartition, String>> {
    let mut found = BTreeMap::new();
    for (key, value) in table.metadata().properties() {
        let Some(name) = key.strip_prefix(prefix) else {
            continue;
        };
        let at = TopicPartition::parse(name).ok_or_else(|| bad(table, key, value))?;
        found.insert(at, value.clone());
    }
    Ok(found)
}

/// A flush that is in the ledger and perhaps not in all tables yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// Its ranges that are not empty.
    pub(crate) ranges: Vec<PendingRange>,
    /// Its files by name of the table; only tables with files.
    pub(crate) files: BTreeMap<String, Vec<FileEntry>>,
}

/// A range of offsets: `from` is the first, `to` follows the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PendingRange {
    #[serde(flatten)]
    pub(crate) at: TopicPartition,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// A data file as the ledger names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileEntry {
    pub(crate) path: String,
    pub(crate) rows: u64,
    pub(crate) octets: u64,
    pub(crate) crc32c: u32,
}

/// All pending flushes by id.
pub(crate) fn pendings(ledger: &Loaded) -> Result<BTreeMap<String, Pending>> {
    let mut found = BTreeMap::new();
    for (key, value) in ledger.metadata().properties() {
        let Some(flush) = key.strip_prefix(PENDING) else {
            continue;
        };
        let pending = serde_json::from_str(value).map_err(|_| bad(ledger, key, value))?;
        found.insert(flush.to_owned(), pending);
    }
    Ok(found)
}

/// Where a data table stands relative to a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// The table has none of it.
    Ready,
    /// The table has it.
    Applied,
    /// The table has some of it: a bug.
    Torn,
}

/// Where `table` stands relative to a flush of these ranges.
pub(crate) fn position(table: &Loaded, ranges: &[PendingRange]) -> Result<Position> {
    let (mut before, mut after) = (true, true);
    for range in ranges {
        let at = applied_offset(table, &range.at)?;
        before &= at.is_none_or(|at| at <= range.from);
        after &= at.is_some_and(|at| at >= range.to);
    }
    Ok(match (before, after) {
        (true, _) => Position::Ready,
        (false, true) => Position::Applied,
        (false, false) => Position::Torn,
    })
}

fn applied_offset(table: &Loaded, at: &TopicPartition) -> Result<Option<i64>> {
    let key = applied_key(at);
    let Some(value) = property(table, &key) else {
        return Ok(None);
    };
    value.parse().map(Some).map_err(|_| bad(table, &key, value))
}

fn bad(table: &Loaded, key: &str, value: &str) -> WriteError {
    WriteError::BadProperty {
        table: table.identifier().name().to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

/// Tables of a pending flush that this version knows, in the order in which they are published.
///
/// # Errors
/// [`WriteError::BadFlush`] if it names a table that this version does not have.
pub(crate) fn tables_of<'a>(
    flush: &str,
    pending: &'a Pending,
) -> Result<Vec<(Table, &'a [FileEntry])>> {
    let known = |(name, files): (&String, &'a Vec<FileEntry>)| match Table::by_name(name) {
        Some(table) => Ok((table, files.as_slice())),
        None => {
            let fault = format!(
                "it has rows of table {name}, which this version does not know; use the newer version"
            );
            Err(WriteError::BadFlush {
                flush: flush.to_owned(),
                fault,
            })
        }
    };
    let mut tables = pending
        .files
        .iter()
        .map(known)
        .collect::<Result<Vec<_>>>()?;
    tables.sort_by_key(|(table, _)| *table);
    Ok(tables)
}
