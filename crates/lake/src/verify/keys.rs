//! Row keys of a flush: of which range each row is, and whether any is there twice. A key lies in a range of its flush
//! and ranges do not overlap, so what is distinct in every flush is distinct in the lake.

use super::records::RangeRecord;
use crate::error::{Result, WriteError};
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Keys in memory at a time: 64 MB. A bigger flush is read several times, a part of each range at a time.
const KEYS_MAX: u64 = 4_000_000;

/// Rows found, by range of the flush.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct KeyCounts {
    /// Different keys.
    pub(super) distinct: Vec<u64>,
    /// Rows whose key was there already.
    pub(super) doubles: Vec<u64>,
    /// Rows that are of none of the ranges.
    pub(super) strangers: u64,
}

/// Range, offset and item of a row.
type Key = (u32, i64, i32);

impl KeyCounts {
    pub(super) fn none(ranges: usize) -> Self {
        Self {
            distinct: vec![0; ranges],
            doubles: vec![0; ranges],
            strangers: 0,
        }
    }

    fn add(&mut self, mut keys: Vec<Key>) {
        keys.sort_unstable();
        let mut before = None;
        for key in keys {
            let counts = if before == Some(key) {
                &mut self.doubles
            } else {
                &mut self.distinct
            };
            counts[key.0 as usize] += 1;
            before = Some(key);
        }
    }
}

/// Reads the keys of all rows of these files.
///
/// # Errors
/// [`WriteError::File`] and [`WriteError::Parquet`].
pub(super) fn count_keys(ranges: &[RangeRecord], files: &[PathBuf]) -> Result<KeyCounts> {
    count_keys_by(ranges, files, KEYS_MAX)
}

fn count_keys_by(ranges: &[RangeRecord], files: &[PathBuf], keys_max: u64) -> Result<KeyCounts> {
    let places: HashMap<_, _> = (0u32..)
        .zip(ranges)
        .map(|(n, range)| ((range.at.topic.as_str(), range.at.partition), n))
        .collect();
    let rows = files
        .iter()
        .map(|path| rows_of(path))
        .sum::<Result<u64>>()?;
    let passes = rows.div_ceil(keys_max).max(1);
    let mut counts = KeyCounts::none(ranges.len());
    for pass in 0..passes {
        let mut keys = vec![];
        let mut strangers = 0;
        for path in files {
            read_keys(path, |topic, partition, offset, item| {
                match places
                    .get(&(topic, partition))
                    .filter(|n| ranges[**n as usize].contains(offset))
                {
                    None => strangers += 1,
                    Some(n) if pass_of(&ranges[*n as usize], offset, passes) == pass => {
                        keys.push((*n, offset, item))
                    }
                    Some(_) => {}
                }
            })?;
        }
        counts.strangers = strangers;
        counts.add(keys);
    }
    Ok(counts)
}

/// In which pass an offset of a range is counted.
fn pass_of(range: &RangeRecord, offset: i64, passes: u64) -> u64 {
    let length = u128::from(range.to.abs_diff(range.from)).max(1);
    let place = u128::from(offset.abs_diff(range.from));
    u64::try_from(place * u128::from(passes) / length).unwrap_or(0)
}

fn rows_of(path: &Path) -> Result<u64> {
    let rows = reader(path)?.metadata().file_metadata().num_rows();
    Ok(u64::try_from(rows).unwrap_or(0))
}

fn reader(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = File::open(path).map_err(|e| WriteError::file("open", path, e))?;
    ParquetRecordBatchReaderBuilder::try_new(file)
        .map_err(|e| WriteError::parquet("read the footer of", path, e))
}

fn read_keys(path: &Path, mut visit: impl FnMut(&str, i32, i64, i32)) -> Result<()> {
    let builder = reader(path)?;
    let columns = ["kafka_topic", "kafka_partition", "kafka_offset", "item"];
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
    let batches = builder
        .with_projection(mask)
        .build()
        .map_err(|e| WriteError::parquet("read", path, e))?;
    for batch in batches {
        let batch = batch?;
        if visit_keys(&batch, &mut visit).is_none() {
            let fault = parquet::errors::ParquetError::General(
                "the key columns are not what they should be".into(),
            );
            return Err(WriteError::parquet("read", path, fault));
        }
    }
    Ok(())
}

fn visit_keys(batch: &RecordBatch, visit: &mut impl FnMut(&str, i32, i64, i32)) -> Option<()> {
    let topics = cast(batch.column_by_name("kafka_topic")?, &DataType::Utf8).ok()?;
    let topics = topics.as_string_opt::<i32>()?;
    let partitions = batch
        .column_by_name("kafka_partition")?
        .as_primitive_opt::<Int32Type>()?;
    let offsets = batch
        .column_by_name("kafka_offset")?
        .as_primitive_opt::<Int64Type>()?;
    let items = batch
        .column_by_name("item")?
        .as_primitive_opt::<Int32Type>()?;
    for row in 0..batch.num_rows() {
        visit(
            topics.value(row),
            partitions.value(row),
            offsets.value(row),
            items.value(row),
        );
    }
    Some(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::WorkerFiles;
    use crate::tests::support::{at, batch};
    use tables::Table;

    /// Whatever the number of passes, the counts are the same.
    #[test]
    fn passes_see_every_row_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = WorkerFiles::plain(folder.path(), "x").unwrap();
        let key = |(offset, item)| (at(0).topic, 0, offset, item);
        let rows = [(10, 0), (10, 1), (11, 0), (19, 0), (19, 0), (20, 0)].map(key);
        files
            .write(Table::Routes, &batch(Table::Routes, &rows))
            .unwrap();
        let paths: Vec<_> = files
            .close()
            .unwrap()
            .into_iter()
            .map(|file| file.path)
            .collect();
        let ranges = [RangeRecord::of(at(0), 10, 20)];
        let expected = KeyCounts {
            distinct: vec![4],
            doubles: vec![1],
            strangers: 1,
        };
        for keys_max in [1, 2, 3, 6, 100] {
            assert_eq!(
                count_keys_by(&ranges, &paths, keys_max).unwrap(),
                expected,
                "{keys_max}"
            );
        }
    }
}
