//! One message as a person sees it: what Kafka says of it, and the rows that it becomes. Whatever comes from outside is
//! escaped: it must not steer a terminal.

use crate::output;
use anyhow::{Context, Result};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use feeds::Outcome;
use kafka::Message;
use tables::Table;

/// Rows shown of one message.
const ROWS_MAX: usize = 3;
/// Letters shown of one value.
const VALUE_LETTERS_MAX: usize = 160;
/// Columns that say what the head of the block says already.
const UNSHOWN: [&str; 6] = [
    "kafka_topic",
    "kafka_partition",
    "kafka_offset",
    "item",
    "brokered_at",
    "ingested_at",
];

/// A message and what has become of it.
pub(super) struct Shown<'a> {
    pub(super) message: &'a Message<'a>,
    /// Name of its format.
    pub(super) format: &'static str,
    pub(super) outcome: Outcome,
    pub(super) batches: Vec<(Table, RecordBatch)>,
}

impl Shown<'_> {
    /// A block of lines.
    ///
    /// # Errors
    /// If a column cannot be shown.
    pub(super) fn for_a_person(&self) -> Result<String> {
        let mut text = self.head();
        let mut left = ROWS_MAX;
        let mut unshown = 0;
        for (table, batch) in &self.batches {
            let rows = batch.num_rows().min(left);
            for row in 0..rows {
                text += &format!("  {}\n{}", table.name(), columns(batch, row)?);
            }
            left -= rows;
            unshown += batch.num_rows() - rows;
        }
        if unshown > 0 {
            text += &format!("  and {unshown} rows more\n");
        }
        text.push('\n');
        Ok(text)
    }

    fn head(&self) -> String {
        let Message {
            partition, offset, ..
        } = self.message;
        let at = self.message.brokered_at_us.map_or("-".to_owned(), time);
        let octets = match self.message.payload {
            Some(payload) => format!("{} octets", output::grouped(payload.len() as u64)),
            None => "null".to_owned(),
        };
        let outcome = match self.outcome {
            Outcome::Parsed => "parsed".to_owned(),
            Outcome::Rejected => "rejected".to_owned(),
            Outcome::Skipped(reason) => format!("skipped: {reason}"),
        };
        let key = self.message.key.map_or("-".to_owned(), key);
        format!(
            "partition {partition} offset {offset}  {at}  key {key}  {octets}  {}  {outcome}\n",
            self.format
        )
    }
}

/// A key as text, or in hexadecimal if it is none.
fn key(key: &[u8]) -> String {
    match std::str::from_utf8(key) {
        Ok(text) => shortened(text),
        Err(_) => shortened(&hexadecimal(key)),
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    let octets = octets.iter().take(VALUE_LETTERS_MAX);
    octets.map(|octet| format!("{octet:02x}")).collect()
}

/// Lines of the columns that have a value, flags only if they are set.
fn columns(batch: &RecordBatch, row: usize) -> Result<String> {
    let mut text = String::new();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let is_unset = *array.data_type() == DataType::Boolean && !array.as_boolean().value(row);
        if array.is_null(row) || is_unset || UNSHOWN.contains(&field.name().as_str()) {
            continue;
        }
        let value = value(array, row).with_context(|| field.name().clone())?;
        text += &format!("    {}={}\n", field.name(), shortened(&value));
    }
    Ok(text)
}

fn value(array: &dyn Array, row: usize) -> Result<String> {
    if let DataType::Timestamp(TimeUnit::Microsecond, _) = array.data_type() {
        let times = array.as_primitive::<TimestampMicrosecondType>();
        return Ok(time(times.value(row)));
    }
    let formatter = ArrayFormatter::try_new(array, &FormatOptions::default())?;
    Ok(formatter.value(row).try_to_string()?)
}

fn time(at_us: i64) -> String {
    match jiff::Timestamp::from_microsecond(at_us) {
        Ok(time) => time.to_string(),
        Err(_) => format!("{at_us} us since 1970"),
    }
}

fn shortened(text: &str) -> String {
    let letters = text.chars().count();
    if letters <= VALUE_LETTERS_MAX {
        return output::escaped(text);
    }
    let front: String = text.chars().take(VALUE_LETTERS_MAX).collect();
    format!("{}… ({letters} letters)", output::escaped(&front))
}
