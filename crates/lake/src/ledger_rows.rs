//! The rows of table `ingest_log` that record a flush, one for each of its ranges: for people, and for `verify`.

use crate::LakeSettings;
use crate::error::Result;
use crate::flush::{FlushParts, RangePart};
use crate::publish::Files;
use arrow::array::{
    Array, ArrayRef, Int32Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields};
use arrow::error::ArrowError;
use std::sync::Arc;
use tables::Table;

/// The rows of a flush; the first of them lists its files.
pub(crate) fn ledger_rows(
    parts: &FlushParts,
    files: &Files,
    settings: &LakeSettings,
) -> Result<RecordBatch> {
    let schema = Table::IngestLog.schema();
    let rows = Rows {
        parts,
        files,
        settings,
    };
    let columns = schema
        .fields()
        .iter()
        .map(|field| rows.column(field))
        .collect::<std::result::Result<_, _>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

struct Rows<'a> {
    parts: &'a FlushParts,
    files: &'a Files,
    settings: &'a LakeSettings,
}

impl Rows<'_> {
    fn column(&self, field: &Field) -> std::result::Result<ArrayRef, ArrowError> {
        let array: ArrayRef = match field.name().as_str() {
            "kafka_topic" => self.texts(|range| &range.at.topic),
            "kafka_partition" => Arc::new(Int32Array::from_iter_values(
                self.ranges().map(|r| r.at.partition),
            )),
            "from_offset" => self.longs(|range| range.from),
            "to_offset" => self.longs(|range| range.to),
            "messages" => self.longs(|range| long(range.counts.messages)),
            "parsed" => self.longs(|range| long(range.counts.parsed)),
            "rejected" => self.longs(|range| long(range.counts.rejected)),
            "skipped" => self.longs(|range| long(range.counts.skipped)),
            "holes" => self.longs(|range| long(range.counts.holes)),
            "octets" => self.longs(|range| long(range.counts.octets)),
            "rows" => self.row_counts(field)?,
            "files" => self.file_entries(field)?,
            "first_observed_at" => self.times(|range| range.first_observed_at),
            "last_observed_at" => self.times(|range| range.last_observed_at),
            "flush_id" => self.texts(|_| &self.parts.ticket.id),
            "worker" => self.texts(|_| &self.settings.worker_name),
            "version" => self.texts(|_| &self.settings.version),
            "config_sha256" => self.texts(|_| &self.settings.config_sha256),
            "committed_at" => self.times(|_| Some(self.parts.committed_at)),
            _ => new_null_array(field.data_type(), self.parts.ranges.len()),
        };
        // Dictionaries, where the table wants them.
        if array.data_type() == field.data_type() {
            Ok(array)
        } else {
            cast(&array, field.data_type())
        }
    }

    fn ranges(&self) -> impl Iterator<Item = &RangePart> {
        self.parts.ranges.iter()
    }

    fn texts<'b>(&'b self, text: impl Fn(&'b RangePart) -> &'b String) -> ArrayRef {
        Arc::new(StringArray::from_iter_values(
            self.parts.ranges.iter().map(text),
        ))
    }

    fn longs(&self, number: impl Fn(&RangePart) -> i64) -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(self.ranges().map(number)))
    }

    fn times(&self, time: impl Fn(&RangePart) -> Option<i64>) -> ArrayRef {
        Arc::new(
            self.ranges()
                .map(time)
                .collect::<TimestampMicrosecondArray>()
                .with_timezone("+00:00"),
        )
    }

    fn row_counts(&self, field: &Field) -> std::result::Result<ArrayRef, ArrowError> {
        let counts: Vec<_> = self.ranges().flat_map(counted).collect();
        let column = |name: &str| -> ArrayRef {
            match name {
                "table" => texts(counts.iter().map(|(table, _)| table.name())),
                _ => longs(counts.iter().map(|(_, rows)| **rows)),
            }
        };
        list_of_structs(
            field,
            self.ranges().map(|range| counted(range).count()),
            column,
        )
    }

    fn file_entries(&self, field: &Field) -> std::result::Result<ArrayRef, ArrowError> {
        let tables = self.files.iter();
        let entries: Vec<_> = tables
            .flat_map(|(table, files)| files.iter().map(move |file| (table, file)))
            .collect();
        let column = |name: &str| -> ArrayRef {
            match name {
                "table" => texts(entries.iter().map(|(table, _)| table.as_str())),
                "path" => texts(entries.iter().map(|(_, file)| file.path.as_str())),
                "rows" => longs(entries.iter().map(|(_, file)| file.rows)),
                "octets" => longs(entries.iter().map(|(_, file)| file.octets)),
                _ => longs(entries.iter().map(|(_, file)| u64::from(file.crc32c))),
            }
        };
        let lengths =
            (0..self.parts.ranges.len()).map(|row| if row == 0 { entries.len() } else { 0 });
        list_of_structs(field, lengths, column)
    }
}

/// Tables that a range has rows of.
fn counted(range: &RangePart) -> impl Iterator<Item = (&Table, &u64)> {
    range.rows.iter().filter(|(_, rows)| **rows > 0)
}

fn texts<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn longs(values: impl Iterator<Item = u64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values.map(long)))
}

/// A list column whose elements are structs; `column` makes one field of all elements.
fn list_of_structs(
    field: &Field,
    lengths: impl Iterator<Item = usize>,
    column: impl Fn(&str) -> ArrayRef,
) -> std::result::Result<ArrayRef, ArrowError> {
    let DataType::List(element) = field.data_type() else {
        return Err(no_list(field));
    };
    let DataType::Struct(fields) = element.data_type() else {
        return Err(no_list(field));
    };
    let columns = typed(fields, column)?;
    let structs = StructArray::try_new(fields.clone(), columns, None)?;
    let list = ListArray::try_new(
        element.clone(),
        OffsetBuffer::from_lengths(lengths),
        Arc::new(structs),
        None,
    )?;
    Ok(Arc::new(list))
}

fn typed(
    fields: &Fields,
    column: impl Fn(&str) -> ArrayRef,
) -> std::result::Result<Vec<ArrayRef>, ArrowError> {
    fields
        .iter()
        .map(|field| cast(&column(field.name()), field.data_type()))
        .collect()
}

fn no_list(field: &Field) -> ArrowError {
    ArrowError::SchemaError(format!(
        "column {} of the ledger is no list of structs",
        field.name()
    ))
}

/// Counts never come near the limit; a column cannot hold more.
fn long(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
