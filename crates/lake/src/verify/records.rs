//! The rows of the ledger, read back flush by flush.

use crate::error::{Result, WriteError};
use crate::flush::{Counts, TopicPartition};
use crate::ledger::FileEntry;
use arrow::array::{Array, AsArray, RecordBatch, StructArray};
use arrow::datatypes::{Int32Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::errors::ParquetError;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use tables::Table;

/// A flush, as the ledger records it.
pub(super) struct FlushRecord {
    pub(super) id: String,
    pub(super) ranges: Vec<RangeRecord>,
    pub(super) files: Vec<(Table, FileEntry)>,
}

/// One range of a flush.
pub(super) struct RangeRecord {
    pub(super) at: TopicPartition,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) counts: Counts,
    pub(super) rows: BTreeMap<Table, u64>,
}

impl FlushRecord {
    pub(super) fn files_of(&self, table: Table) -> impl Iterator<Item = &FileEntry> {
        self.files
            .iter()
            .filter(move |(of, _)| *of == table)
            .map(|(_, file)| file)
    }
}

impl RangeRecord {
    #[cfg(test)]
    pub(super) fn of(at: TopicPartition, from: i64, to: i64) -> Self {
        Self {
            at,
            from,
            to,
            counts: Counts::default(),
            rows: BTreeMap::new(),
        }
    }

    pub(super) fn contains(&self, offset: i64) -> bool {
        (self.from..self.to).contains(&offset)
    }

    /// For a person who looks for it.
    pub(super) fn describe(&self, flush: &str) -> String {
        format!(
            "{} offsets {} to {} (flush {flush})",
            self.at, self.from, self.to
        )
    }
}

/// Reads the flushes of one file of the ledger.
///
/// # Errors
/// [`WriteError::File`] and [`WriteError::Parquet`].
pub(super) fn read_flushes(path: &Path) -> Result<Vec<FlushRecord>> {
    let file = File::open(path).map_err(|e| WriteError::file("open", path, e))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
    let mut flushes = vec![];
    for batch in reader.map_err(|e| WriteError::parquet("read", path, e))? {
        if add_rows(&mut flushes, &batch?).is_none() {
            let fault = ParquetError::General("its columns are not those of the ledger".into());
            return Err(WriteError::parquet("read", path, fault));
        }
    }
    Ok(flushes)
}

fn add_rows(flushes: &mut Vec<FlushRecord>, batch: &RecordBatch) -> Option<()> {
    let rows = Rows {
        columns: StructArray::from(batch.clone()),
    };
    for row in 0..batch.num_rows() {
        let id = rows.text("flush_id", row)?;
        if flushes.last().is_none_or(|flush| flush.id != id) {
            flushes.push(FlushRecord {
                id: id.to_owned(),
                ranges: vec![],
                files: vec![],
            });
        }
        let flush = flushes.last_mut()?;
        flush.ranges.push(rows.range(row)?);
        flush.files.extend(rows.files(row)?);
    }
    Some(())
}

/// Columns by name; none if there is no such column of that type.
struct Rows {
    columns: StructArray,
}

impl Rows {
    fn text(&self, name: &str, row: usize) -> Option<&str> {
        let column = self.columns.column_by_name(name)?.as_string_opt::<i32>()?;
        Some(column.value(row))
    }

    fn long(&self, name: &str, row: usize) -> Option<i64> {
        Some(
            self.columns
                .column_by_name(name)?
                .as_primitive_opt::<Int64Type>()?
                .value(row),
        )
    }

    fn count(&self, name: &str, row: usize) -> Option<u64> {
        u64::try_from(self.long(name, row)?).ok()
    }

    fn int(&self, name: &str, row: usize) -> Option<i32> {
        Some(
            self.columns
                .column_by_name(name)?
                .as_primitive_opt::<Int32Type>()?
                .value(row),
        )
    }

    /// The structs of a list; empty where the list is null.
    fn list(&self, name: &str, row: usize) -> Option<Rows> {
        let lists = self.columns.column_by_name(name)?.as_list_opt::<i32>()?;
        let elements = if lists.is_null(row) {
            lists.values().slice(0, 0)
        } else {
            lists.value(row)
        };
        Some(Rows {
            columns: elements.as_struct_opt()?.clone(),
        })
    }

    fn range(&self, row: usize) -> Option<RangeRecord> {
        let counts = Counts {
            messages: self.count("messages", row)?,
            parsed: self.count("parsed", row)?,
            rejected: self.count("rejected", row)?,
            skipped: self.count("skipped", row)?,
            holes: self.count("holes", row)?,
            octets: self.count("octets", row)?,
        };
        let at = TopicPartition::new(
            self.text("kafka_topic", row)?,
            self.int("kafka_partition", row)?,
        );
        let (from, to) = (self.long("from_offset", row)?, self.long("to_offset", row)?);
        Some(RangeRecord {
            at,
            from,
            to,
            counts,
            rows: self.rows(row)?,
        })
    }

    fn rows(&self, row: usize) -> Option<BTreeMap<Table, u64>> {
        let list = self.list("rows", row)?;
        let count = |n| {
            Some((
                Table::by_name(list.text("table", n)?)?,
                list.count("rows", n)?,
            ))
        };
        (0..list.columns.len()).map(count).collect()
    }

    fn files(&self, row: usize) -> Option<Vec<(Table, FileEntry)>> {
        let list = self.list("files", row)?;
        let file = |n| {
            let (path, rows) = (list.text("path", n)?.to_owned(), list.count("rows", n)?);
            let crc32c = u32::try_from(list.long("crc32c", n)?).ok()?;
            let entry = FileEntry {
                path,
                rows,
                octets: list.count("octets", n)?,
                crc32c,
            };
            Some((Table::by_name(list.text("table", n)?)?, entry))
        };
        (0..list.columns.len()).map(file).collect()
    }
}
