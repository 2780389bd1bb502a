//! What the tests of the decoder share: messages in, rows as text out, and where real captures lie.

use arrow::array::{Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use feeds::{Decoder, DecoderSettings, Format, Outcome, Unit};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tables::{Builders, Provenance, Table};

/// Where a message comes from that comes from a test.
pub const PROVENANCE: Provenance<'static> = Provenance {
    kafka_topic: "it",
    kafka_partition: 0,
    kafka_offset: 0,
    brokered_at: None,
    ingested_at: 0,
    project: "",
    collector: "",
    router: None,
    format: "mrt",
};

/// A decoder of archived MRT.
pub fn decoder() -> Decoder {
    decoder_of(Format::Mrt)
}

/// A decoder with the defaults of a format.
pub fn decoder_of(format: Format) -> Decoder {
    Decoder::new(DecoderSettings::new(format))
}

/// What became of some messages.
#[derive(Default)]
pub struct Decoded {
    pub parsed: usize,
    pub rejected: usize,
    pub skipped: usize,
    /// Why the last message that was skipped was skipped.
    pub skipped_because: &'static str,
    pub batches: Vec<(Table, RecordBatch)>,
}

impl Decoded {
    /// Decodes messages of MRT, in order, by one decoder.
    pub fn new<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::by(&mut decoder(), messages)
    }

    /// Decodes messages, in order.
    pub fn by<'a>(decoder: &mut Decoder, messages: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut builders = Builders::new();
        let mut decoded = Self::default();
        for (message, kafka_offset) in messages.into_iter().zip(0..) {
            let provenance = Provenance {
                kafka_offset,
                ..PROVENANCE
            };
            match decoder.decode(message, &provenance, &mut builders) {
                Outcome::Parsed => decoded.parsed += 1,
                Outcome::Rejected => decoded.rejected += 1,
                Outcome::Skipped(reason) => {
                    decoded.skipped += 1;
                    decoded.skipped_because = reason;
                }
            }
            decoded.batches.extend(builders.full());
        }
        decoded.batches.extend(builders.finish());
        decoded
    }

    /// Number of rows of a table.
    pub fn rows(&self, table: Table) -> usize {
        self.of(table).map(RecordBatch::num_rows).sum()
    }

    /// The batches of a table.
    pub fn of(&self, table: Table) -> impl Iterator<Item = &RecordBatch> {
        self.batches
            .iter()
            .filter_map(move |(of, batch)| (*of == table).then_some(batch))
    }
}

/// The values of a column as text: times as microseconds, `-` for null.
pub fn column(batch: &RecordBatch, name: &str) -> Vec<String> {
    let array = batch
        .column_by_name(name)
        .unwrap_or_else(|| panic!("no column {name}"));
    let plain = match array.data_type() {
        DataType::Timestamp(..) => cast(array, &DataType::Int64),
        DataType::Dictionary(..) => cast(array, &DataType::Utf8),
        _ => Ok(array.clone()),
    };
    let plain = plain.expect("a plain array");
    let options = FormatOptions::default().with_null("-");
    let values = ArrayFormatter::try_new(&plain, &options).expect("a formatter");
    (0..plain.len())
        .map(|row| values.value(row).to_string())
        .collect()
}

/// The records of an MRT file, with the damage between them, as files are cut.
pub fn records(file: &[u8]) -> Vec<&[u8]> {
    cut(file).into_iter().map(|(unit, _)| unit).collect()
}

/// The records of an MRT file without the damage between them.
pub fn intact_records(file: &[u8]) -> Vec<&[u8]> {
    let is_whole = |&(unit, is_whole): &(_, bool)| is_whole.then_some(unit);
    cut(file).iter().filter_map(is_whole).collect()
}

fn cut(file: &[u8]) -> Vec<(&[u8], bool)> {
    let (mut units, mut rest) = (Vec::new(), file);
    while !rest.is_empty() {
        let (octets, is_whole) = match Format::Mrt.first_unit(rest, true) {
            Unit::Whole(octets) | Unit::Part { octets, .. } => (octets, true),
            Unit::Gap(octets) => (octets, false),
            Unit::Incomplete | Unit::Damaged => (rest.len(), false),
        };
        let (unit, after) = rest.split_at(octets);
        units.push((unit, is_whole));
        rest = after;
    }
    units
}

/// The folder of real captures. None if there is none, which is said on stderr, past the test's captured output.
///
/// # Panics
/// If `COREWATCH_SHARED_DATA` names a folder that does not exist.
pub fn shared_data() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("COREWATCH_SHARED_DATA") {
        let folder = PathBuf::from(named);
        assert!(
            folder.is_dir(),
            "COREWATCH_SHARED_DATA names no folder: {}",
            folder.display()
        );
        return Some(folder);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    let _ = writeln!(
        std::io::stderr(),
        "skipped: shared data absent (set COREWATCH_SHARED_DATA)"
    );
    None
}

/// The Python with other readers of our tables. None if there is none, which is said.
///
/// # Panics
/// If there must be one: where there is a broker, `cargo xtask test` has set up the readers too.
pub fn readers_python() -> Option<OsString> {
    let python = std::env::var_os("COREWATCH_READERS_PYTHON");
    if python.is_none() {
        assert!(
            std::env::var_os("COREWATCH_REQUIRE_BROKER").is_none(),
            "COREWATCH_READERS_PYTHON is not set"
        );
        println!("skipped: no readers (run `cargo xtask test`, or set COREWATCH_READERS_PYTHON)");
    }
    python
}

/// A file, decompressed by what its name ends in.
pub fn read(path: &Path) -> Vec<u8> {
    let packed = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut octets = Vec::new();
    match path.extension().and_then(|end| end.to_str()) {
        Some("gz") => flate2::read::MultiGzDecoder::new(&packed[..]).read_to_end(&mut octets),
        Some("bz2") => bzip2::read::MultiBzDecoder::new(&packed[..]).read_to_end(&mut octets),
        Some("xz") => liblzma::read::XzDecoder::new(&packed[..]).read_to_end(&mut octets),
        Some("zst") => zstd::stream::copy_decode(&packed[..], &mut octets).map(|()| octets.len()),
        _ => return packed,
    }
    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    octets
}
