//! `corewatch convert`: the same octets give the same rows however they are packed, and no file stops the others.

use crate::cli::Call;
use crate::program::binary;
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Octets that are no MRT, from a seed.
pub fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut octets = Vec::with_capacity(count);
    while octets.len() < count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        octets.extend(state.to_le_bytes());
    }
    octets.truncate(count);
    octets
}

/// A simulated file with some damaged messages, and what must come of it.
pub struct Recording {
    pub octets: Vec<u8>,
    pub records: u64,
    pub expected: sim::Expected,
    /// From the first to the last record.
    pub seconds: f64,
}

impl Recording {
    pub fn new(records: usize) -> Self {
        let settings = sim::Settings {
            damaged_per_million: 20_000,
            ..sim::Settings::default()
        };
        let mut octets = vec![];
        let mut expected = sim::Expected::default();
        let mut last_us = settings.start_us;
        for record in sim::Traffic::new(&settings).take(records) {
            octets.extend(record.octets);
            expected += record.expected;
            last_us = record.at_us;
        }
        Self {
            octets,
            records: records as u64,
            expected,
            seconds: (last_us - settings.start_us) as f64 / 1e6,
        }
    }

    /// Counts that every conversion of it must give.
    fn check(&self, json: &Value) {
        let rows = &json["rows"];
        assert_eq!(json["messages"], self.records);
        assert_eq!(json["octets"], self.octets.len());
        assert_eq!(rows["routes"], self.expected.routes);
        assert_eq!(rows["sessions"], self.expected.sessions);
        assert_eq!(rows["rejects"], self.expected.rejects);
        assert_eq!(json["rejects"], self.expected.rejects);
        let kinds = json["noticed"].as_object().expect("kinds of notice");
        assert_eq!(kinds.len(), feeds::Notice::ALL.len());
        check_accounts(json);
    }
}

/// Every message has one outcome, every skip and every reject a reason.
fn check_accounts(json: &Value) {
    let count = |key: &str| json[key].as_u64().unwrap_or_else(|| panic!("no {key}"));
    let sum = |key: &str| {
        let reasons = json[key].as_object().expect("reasons");
        reasons
            .values()
            .map(|count| count.as_u64().expect("a count"))
            .sum::<u64>()
    };
    assert_eq!(
        count("messages"),
        count("parsed") + count("rejected") + count("skipped")
    );
    assert_eq!(count("skipped"), sum("skipped_by_reason"));
    assert_eq!(count("rejects"), sum("rejects_by_reason"));
}

/// A folder with files, and one for what they become.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn file(&self, name: &str, octets: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, octets).expect("a file");
        path
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("out")
    }

    fn convert(&self, files: &[&Path]) -> Call {
        Call::of(self.command(files).get_args())
    }

    fn command(&self, files: &[&Path]) -> Command {
        self.command_for("mrt", files)
    }

    fn command_for(&self, format: &str, files: &[&Path]) -> Command {
        let mut command = Command::new(binary());
        command.args([
            "convert",
            "--format",
            format,
            "--json",
            "--project",
            "p",
            "--collector",
            "c",
        ]);
        command.arg("--out").arg(self.out()).args(files);
        command
    }

    /// Files of one table, in the order of their names.
    fn parquet(&self, table: &str) -> Vec<PathBuf> {
        let Ok(entries) = self.out().join(table).read_dir() else {
            return vec![];
        };
        let mut paths: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        paths
    }

    fn rows(&self, table: &str) -> Vec<RecordBatch> {
        let read = |path: PathBuf| {
            let file = File::open(path).expect("a Parquet file");
            let reader =
                ParquetRecordBatchReaderBuilder::try_new(file).and_then(|reader| reader.build());
            reader
                .expect("Parquet")
                .map(|batch| batch.expect("a batch"))
        };
        self.parquet(table).into_iter().flat_map(read).collect()
    }
}

fn column(batch: &RecordBatch, name: &str, kind: &DataType) -> arrow::array::ArrayRef {
    let column = batch
        .column_by_name(name)
        .unwrap_or_else(|| panic!("no column {name}"));
    cast(column, kind).expect("a column of that kind")
}

fn pack_gzip(octets: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    packer.write_all(octets).expect("packed");
    packer.finish().expect("packed")
}

fn pack_bzip2(octets: &[u8]) -> Vec<u8> {
    let mut packer = bzip2::write::BzEncoder::new(vec![], bzip2::Compression::fast());
    packer.write_all(octets).expect("packed");
    packer.finish().expect("packed")
}

fn pack_xz(octets: &[u8]) -> Vec<u8> {
    let mut packer = liblzma::write::XzEncoder::new(vec![], 1);
    packer.write_all(octets).expect("packed");
    packer.finish().expect("packed")
}

fn pack_zstd(octets: &[u8]) -> Vec<u8> {
    zstd::encode_all(octets, 1).expect("packed")
}

#[test]
fn however_it_is_packed_it_gives_the_same() {
    let recording = Recording::new(3_000);
    let (front, back) = recording.octets.split_at(recording.octets.len() / 3);
    type Pack = fn(&[u8]) -> Vec<u8>;
    let packings: [(&str, Pack); 5] = [
        ("plain", <[u8]>::to_vec),
        ("gzip", pack_gzip),
        ("bzip2", pack_bzip2),
        ("xz", pack_xz),
        ("zstd", pack_zstd),
    ];
    for (name, pack) in packings {
        let desk = Desk::new();
        // The name says nothing, and there are two members.
        let file = desk.file("recording", &[pack(front), pack(back)].concat());
        let call = desk.convert(&[&file]);
        assert_eq!(call.code, 0, "{name}: {}", call.stderr);
        recording.check(&call.json());
    }
}

#[test]
fn rows_say_which_record_of_which_file_they_are_of() {
    let recording = Recording::new(500);
    let desk = Desk::new();
    let call = desk.convert(&[&desk.file("updates.x", &recording.octets)]);
    let mut rows = 0;
    for batch in ["routes", "sessions", "rejects"]
        .iter()
        .flat_map(|table| desk.rows(table))
    {
        rows += batch.num_rows() as u64;
        for (name, expected) in [
            ("kafka_topic", "updates.x"),
            ("kafka_partition", "0"),
            ("project", "p"),
            ("collector", "c"),
            ("format", "mrt"),
        ] {
            let column = column(&batch, name, &DataType::Utf8);
            assert!(
                column
                    .as_string::<i32>()
                    .iter()
                    .all(|value| value == Some(expected)),
                "{name}"
            );
        }
        let offsets = column(&batch, "kafka_offset", &DataType::Int64);
        let offsets = offsets.as_primitive::<Int64Type>().values();
        assert!(offsets.is_sorted() && offsets.iter().all(|offset| (0..500).contains(offset)));
        assert_eq!(
            column(&batch, "brokered_at", &DataType::Int64).null_count(),
            batch.num_rows()
        );
    }
    assert_eq!(
        rows,
        recording.expected.data_rows() + recording.expected.rejects
    );
    let written: u64 = ["routes", "sessions", "rejects"]
        .iter()
        .flat_map(|table| desk.parquet(table))
        .map(|path| path.metadata().expect("a file").len())
        .sum();
    assert_eq!(call.json()["output_octets"], written);
}

/// A message that tells its collector is believed; what is said on the command line fills what it does not tell.
#[test]
fn messages_of_an_openbmp_collector_tell_it_themselves() {
    let settings = sim::Settings {
        damaged_per_million: 20_000,
        ..sim::Settings::default()
    };
    let (mut octets, mut expected) = (vec![], sim::Expected::default());
    for record in sim::Traffic::of_router(&settings).take(30_000) {
        octets.extend(record.octets);
        expected += record.expected;
    }
    let desk = Desk::new();
    let command = desk.command_for("openbmp", &[&desk.file("recording", &octets)]);
    let call = Call::of(command.get_args());
    assert_eq!(call.code, 0, "{}", call.stderr);
    let json = call.json();
    for (table, rows) in [
        ("routes", expected.routes),
        ("sessions", expected.sessions),
        ("bmp_stats", expected.bmp_stats),
        ("rejects", expected.rejects),
    ] {
        assert!(rows > 0, "no {table}");
        assert_eq!(json["rows"][table], rows, "{table}");
        for batch in desk.rows(table) {
            for (name, expected) in [("project", "p"), ("collector", "sim")] {
                let column = column(&batch, name, &DataType::Utf8);
                let mut values = column.as_string::<i32>().iter();
                assert!(
                    values.all(|value| value == Some(expected)),
                    "{table} {name}"
                );
            }
        }
    }
    check_accounts(&json);
}

#[test]
fn without_a_folder_it_counts_and_writes_nothing() {
    let recording = Recording::new(500);
    let desk = Desk::new();
    let file = desk.file("recording", &recording.octets);
    let call = Call::of([
        "convert",
        "--format",
        "mrt",
        "--json",
        file.to_str().expect("UTF-8"),
    ]);
    recording.check(&call.json());
    assert_eq!(call.json()["output_octets"], 0);
    assert!(!desk.out().exists());
}

/// What the decoder does that leaves no row is told too: in the summary for a person only what has happened.
#[test]
fn what_was_noticed_is_told() {
    let desk = Desk::new();
    let mut call = desk.command(&[&desk.file("long", &long_message())]);
    let json = Call::ended(call.output().expect("an end")).json();
    assert_eq!(json["noticed"]["extended_message"], 1, "{json}");
    let args: Vec<_> = call.get_args().filter(|arg| *arg != "--json").collect();
    let told = Call::of(args).stdout;
    let noticed: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("noticed"))
        .collect();
    assert_eq!(noticed.len(), 1, "{told}");
    assert!(noticed[0].starts_with("noticed extended_message"), "{told}");
}

/// A record with an UPDATE of more than 4,096 octets: 1,100 prefixes are withdrawn.
fn long_message() -> Vec<u8> {
    let withdrawn: Vec<u8> = (0..1_100_u16)
        .flat_map(|n| [vec![24, 10], n.to_be_bytes().to_vec()].concat())
        .collect();
    let octets = |count: usize| (count as u16).to_be_bytes();
    let message = [
        &[0xff; 16][..],
        &octets(23 + withdrawn.len()),
        &[2],
        &octets(withdrawn.len()),
        &withdrawn,
        &[0, 0],
    ]
    .concat();
    let session = [
        &64_500_u32.to_be_bytes()[..],
        &64_501_u32.to_be_bytes(),
        &[0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 2],
    ]
    .concat();
    let length_octets = (session.len() + message.len()) as u32;
    [
        &1_767_225_600_u32.to_be_bytes()[..],
        &[0, 16, 0, 4],
        &length_octets.to_be_bytes(),
        &session,
        &message,
    ]
    .concat()
}

#[test]
fn converting_again_replaces_and_another_file_of_the_same_name_does_not() {
    let desk = Desk::new();
    let octets = Recording::new(100).octets;
    let (one, other) = (
        desk.file("a/updates", &octets),
        desk.file("b/updates", &octets),
    );
    desk.convert(&[&one]);
    let first = desk.parquet("routes");
    desk.convert(&[&one]);
    assert_eq!(desk.parquet("routes"), first);
    desk.convert(&[&other]);
    assert_eq!(desk.parquet("routes").len(), 2 * first.len());
}

#[test]
fn what_is_not_mrt_is_said_and_nothing_panics() {
    let text = "this is a text file, not a dump\n".repeat(1000);
    let table_dump = sim::table_dump(&sim::Settings::default());
    let rib: Vec<u8> = table_dump
        .skip(1)
        .take(20)
        .flat_map(|record| record.octets)
        .collect();
    let cases: [(&str, &[u8], &str); 4] = [
        ("text.mrt", text.as_bytes(), "another format"),
        ("empty.mrt", b"", "empty"),
        ("noise.mrt", &noise(3 << 20), "another format"),
        ("no-peers.mrt", &rib, "all is rejected"),
    ];
    for (name, octets, words) in cases {
        let desk = Desk::new();
        let call = desk.convert(&[&desk.file(name, octets)]);
        assert_eq!(call.code, 1, "{name}");
        assert!(
            call.stderr.contains(name) && call.stderr.contains(words),
            "{}",
            call.stderr
        );
        assert_eq!(call.json()["octets"], octets.len(), "{name}");
        check_accounts(&call.json());
    }
}

#[test]
fn a_file_that_is_cut_off_gives_what_is_whole_and_a_reject() {
    let recording = Recording::new(500);
    let whole = recording.octets.len();
    let desk = Desk::new();
    let call = desk.convert(&[&desk.file("cut", &recording.octets[..whole - 5])]);
    assert_eq!(call.code, 0, "{}", call.stderr);
    assert_eq!(call.json()["messages"], 500);
    assert_eq!(call.json()["octets"], whole - 5);
    assert_eq!(call.json()["rejects"], recording.expected.rejects + 1);
    check_accounts(&call.json());
}

#[test]
fn packed_octets_that_are_cut_off_give_what_was_read_and_fail() {
    let recording = Recording::new(3_000);
    let packed = pack_gzip(&recording.octets);
    let desk = Desk::new();
    let call = desk.convert(&[&desk.file("cut.gz", &packed[..packed.len() / 2])]);
    assert_eq!(call.code, 1);
    assert!(
        call.stderr.contains("cut.gz") && call.stderr.contains("not the rest"),
        "{}",
        call.stderr
    );
    let messages = call.json()["messages"].as_u64().expect("a count");
    assert!((100..3_000).contains(&messages), "{messages}");
    check_accounts(&call.json());
}

#[test]
fn a_file_that_is_not_there_does_not_stop_the_others() {
    let recording = Recording::new(300);
    let desk = Desk::new();
    let file = desk.file("there", &recording.octets);
    let call = desk.convert(&[Path::new("/no/such/file.mrt"), &file]);
    assert_eq!(call.code, 1);
    assert!(call.stderr.contains("/no/such/file.mrt"), "{}", call.stderr);
    recording.check(&call.json());
}

#[test]
fn standard_input_is_a_file() {
    let recording = Recording::new(300);
    let desk = Desk::new();
    let mut child = piped(desk.command(&[Path::new("-")]));
    let packed = pack_zstd(&recording.octets);
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(&packed)
        .expect("read");
    let call = Call::ended(child.wait_with_output().expect("an end"));
    assert_eq!(call.code, 0, "{}", call.stderr);
    recording.check(&call.json());
}

#[test]
fn garbage_does_not_fill_the_memory() {
    const GARBAGE_OCTETS: usize = 256 << 20;
    // 118 MB were measured with 512 MiB of garbage: a batch of rejects holds up to 32 MiB.
    const RESIDENT_OCTETS_MAX: u64 = 160 << 20;
    let desk = Desk::new();
    let mut child = piped(desk.command(&[Path::new("-")]));
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&noise(GARBAGE_OCTETS)).expect("read");
    // All but what the pipe holds is read by now, and the process waits for more.
    let resident = resident_octets_max(&child);
    drop(stdin);
    let call = Call::ended(child.wait_with_output().expect("an end"));
    assert_eq!(
        (call.code, call.json()["octets"].as_u64()),
        (1, Some(GARBAGE_OCTETS as u64))
    );
    assert_eq!(
        call.json()["rejects"],
        GARBAGE_OCTETS / feeds::GAP_OCTETS_MAX
    );
    assert!(resident < RESIDENT_OCTETS_MAX, "{resident} octets");
}

fn piped(mut command: Command) -> Child {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().expect("corewatch starts")
}

/// The most memory that a process has had at once (VmHWM, proc(5)).
fn resident_octets_max(child: &Child) -> u64 {
    let status =
        fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a living process");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .expect("VmHWM");
    let kibibytes: u64 = line
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .expect("a number");
    kibibytes * 1024
}
