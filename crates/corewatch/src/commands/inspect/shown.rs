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
use wire::dns::RecordType;

/// Rows shown of one message, the second and later ones as far as they differ from the one before.
const ROWS_MAX: usize = 3;
/// Letters shown of one value.
const VALUE_LETTERS_MAX: usize = 160;
/// Columns that say what the head of the block says already, or another column as text.
const UNSHOWN: [&str; 8] = [
    "kafka_topic",
    "kafka_partition",
    "kafka_offset",
    "item",
    "brokered_at",
    "ingested_at",
    "client_ip_int",
    "server_ip_int",
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
            let mut before = Columns::new();
            for row in 0..rows {
                let columns = columns(batch, row)?;
                text += &format!("  {}\n{}", table.name(), differing(&columns, &before));
                before = columns;
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

/// Columns that have a value, flags only if they are set.
type Columns = Vec<(String, String)>;

fn columns(batch: &RecordBatch, row: usize) -> Result<Columns> {
    let mut columns = Columns::new();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let is_unset = *array.data_type() == DataType::Boolean && !array.as_boolean().value(row);
        if array.is_null(row) || is_unset || UNSHOWN.contains(&field.name().as_str()) {
            continue;
        }
        let value = value(array, row).with_context(|| field.name().clone())?;
        let value = named(field.name(), shortened(&value));
        columns.push((field.name().clone(), value));
    }
    Ok(columns)
}

/// A number of the DNS with its name, where it has one.
fn named(column: &str, value: String) -> String {
    let name = match (column, value.parse()) {
        ("qtype" | "type", Ok(number)) => RecordType(number).name(),
        ("rcode", Ok(number)) => rcode_name(number),
        _ => None,
    };
    name.map_or(value.clone(), |name| format!("{value} ({name})"))
}

/// IANA, DNS RCODEs.
fn rcode_name(rcode: u16) -> Option<&'static str> {
    Some(match rcode {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        16 => "BADVERS",
        23 => "BADCOOKIE",
        _ => return None,
    })
}

/// Lines of the columns that are not as in the row before; `-` where they have no value any more.
fn differing(columns: &Columns, before: &Columns) -> String {
    let changed = columns.iter().filter(|column| !before.contains(column));
    let is_gone = |column: &&(String, String)| !columns.iter().any(|(name, _)| *name == column.0);
    let gone = before.iter().filter(is_gone);
    let lines = changed
        .map(|(name, value)| format!("    {name}={value}\n"))
        .chain(gone.map(|(name, _)| format!("    {name}=-\n")));
    lines.collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_row_shows_what_differs() {
        let columns = |columns: &[(&str, &str)]| -> Columns {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            columns.iter().map(owned).collect()
        };
        let first = columns(&[
            ("kind", "announce"),
            ("prefix", "192.0.2.0/24"),
            ("med", "5"),
        ]);
        let second = columns(&[("kind", "announce"), ("prefix", "192.0.3.0/24")]);
        let all = "    kind=announce\n    prefix=192.0.2.0/24\n    med=5\n";
        assert_eq!(differing(&first, &Columns::new()), all);
        assert_eq!(
            differing(&second, &first),
            "    prefix=192.0.3.0/24\n    med=-\n"
        );
    }

    #[test]
    fn numbers_of_the_dns_have_their_names() {
        let check = |column, value: &str, expected: &str| {
            assert_eq!(named(column, value.to_owned()), expected);
        };
        check("qtype", "28", "28 (AAAA)");
        check("type", "65280", "65280");
        check("rcode", "3", "3 (NXDOMAIN)");
        check("rcode", "4095", "4095");
        check("qclass", "1", "1");
    }

    #[test]
    fn what_is_long_is_cut_and_what_steers_a_terminal_is_written_out() {
        assert_eq!(shortened("\u{1b}c"), "\\u{1b}c");
        let long = shortened(&"é".repeat(200));
        assert_eq!(long, format!("{}… (200 letters)", "é".repeat(160)));
        assert_eq!(key(&[0xff, 0]), "ff00");
    }
}
