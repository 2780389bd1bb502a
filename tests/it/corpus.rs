//! The corpus: octets with a name for each field, and the rows that they must become.
//!
//! ```text
//! # what the case is about
//! c0000201  # octets in hexadecimal
//! | text    # as it stands here, up to the end of the line
//! +         # the next message begins
//! ---
//! outcome parsed
//! routes  kind=announce  prefix=192.0.2.0/24
//! ```
//!
//! The folder of a case is named as its format.
//!
//! Below the line stand the outcome of every message and then every row, with two blanks between its columns. A column
//! that is not named there must be null or false, unless it is one of [`COMMON`].

use crate::octets::messages_of;
use crate::support::{PROVENANCE, column, decoder_of};
use feeds::{Decoder, Format, Outcome};
use std::path::{Path, PathBuf};
use tables::{Builders, Provenance};

/// Columns that a case may leave unnamed.
const COMMON: [&str; 24] = [
    "kafka_topic",
    "kafka_partition",
    "kafka_offset",
    "item",
    "observed_at",
    "observed_at_source",
    "ingested_at",
    "format",
    "peer_ip",
    "peer_asn",
    "peer_bgp_id",
    "rib_view",
    "originated_at",
    "afi",
    "safi",
    "prefix_len",
    "ip_version",
    "prefix_start",
    "prefix_end",
    "origin_asn",
    "local_ip",
    "local_asn",
    "octets",
    "octets_count",
];

#[test]
fn every_case_becomes_the_rows_it_names() {
    let cases = Case::all();
    assert!(cases.len() >= 50, "only {} cases", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(Case::difference).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// One file of the corpus.
pub struct Case {
    pub path: PathBuf,
    format: Format,
    pub messages: Vec<Vec<u8>>,
    expected: Vec<String>,
}

impl Case {
    /// All cases, by format and name.
    pub fn all() -> Vec<Self> {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let cases = paths_in(&corpus).into_iter().flat_map(|folder| {
            let name = folder.file_name().and_then(|name| name.to_str());
            let format = name.and_then(Format::by_name);
            let format = format.unwrap_or_else(|| panic!("no format: {}", folder.display()));
            let read = move |path| Self::read(path, format);
            paths_in(&folder).into_iter().map(read)
        });
        cases.collect()
    }

    /// A decoder of its format.
    pub fn decoder(&self) -> Decoder {
        decoder_of(self.format)
    }

    fn read(path: PathBuf, format: Format) -> Self {
        let text = std::fs::read_to_string(&path).expect("a case");
        let (octets, expected) = text
            .split_once("\n---\n")
            .unwrap_or_else(|| panic!("{}: no line ---", path.display()));
        let messages =
            messages_of(octets).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let expected = expected.lines().map(str::to_owned).collect();
        Self {
            path,
            format,
            messages,
            expected,
        }
    }

    /// What is wrong with the rows; nothing if they are as they must be.
    fn difference(&self) -> Option<String> {
        let found = self.decode();
        let is_right = found.len() == self.expected.len()
            && found
                .iter()
                .zip(&self.expected)
                .all(|(found, expected)| found.is(expected));
        let lines: Vec<String> = found.iter().map(Line::text).collect();
        let name = self.path.display();
        (!is_right).then(|| {
            let (found, expected) = (lines.join("\n"), self.expected.join("\n"));
            format!("{name} gives\n{found}\ninstead of\n{expected}")
        })
    }

    fn decode(&self) -> Vec<Line> {
        let (mut decoder, mut builders) = (self.decoder(), Builders::new());
        let mut lines = Vec::new();
        for (message, kafka_offset) in self.messages.iter().zip(0..) {
            let provenance = Provenance {
                kafka_offset,
                format: self.format.name(),
                ..PROVENANCE
            };
            let outcome = decoder.decode(message, &provenance, &mut builders);
            lines.push(Line::of_outcome(outcome));
        }
        for (table, batch) in builders.finish() {
            let mut rows = vec![Line::new(table.name()); batch.num_rows()];
            for field in batch.schema().fields() {
                for (row, value) in rows.iter_mut().zip(column(&batch, field.name())) {
                    row.columns.push((field.name().clone(), value));
                }
            }
            lines.extend(rows);
        }
        lines
    }
}

/// What is in a folder, by name.
fn paths_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the corpus");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a case").path()).collect();
    paths.sort();
    paths
}

/// An outcome, or a row with all its columns.
#[derive(Clone)]
struct Line {
    head: String,
    columns: Vec<(String, String)>,
}

impl Line {
    fn new(head: &str) -> Self {
        Self {
            head: head.to_owned(),
            columns: Vec::new(),
        }
    }

    fn of_outcome(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Parsed => Self::new("outcome parsed"),
            Outcome::Rejected => Self::new("outcome rejected"),
            Outcome::Skipped(reason) => Self::new(&format!("outcome skipped {reason}")),
        }
    }

    /// Whether it is as the corpus says.
    fn is(&self, expected: &str) -> bool {
        let mut parts = expected.split("  ");
        let head = parts.next().unwrap_or_default();
        let named: Vec<(&str, &str)> = parts.filter_map(|part| part.split_once('=')).collect();
        let is_as_named = |(name, value): &(String, String)| match named
            .iter()
            .find(|(named, _)| named == name)
        {
            Some((_, expected)) => value == expected,
            None => is_absent(value) || COMMON.contains(&name.as_str()),
        };
        let is_known =
            |(named, _): &(&str, &str)| self.columns.iter().any(|(name, _)| name == named);
        self.head == head && self.columns.iter().all(is_as_named) && named.iter().all(is_known)
    }

    /// As it would stand in the corpus.
    fn text(&self) -> String {
        let worth_naming = |(name, value): &&(String, String)| {
            !is_absent(value) && !COMMON.contains(&name.as_str())
        };
        let columns = self.columns.iter().filter(worth_naming);
        let parts = columns.map(|(name, value)| format!("  {name}={value}"));
        format!("{}{}", self.head, parts.collect::<String>())
    }
}

fn is_absent(value: &str) -> bool {
    matches!(value, "-" | "false")
}
