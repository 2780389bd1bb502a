//! Addresses of clients go through every DNS feed in every mode: unless they are kept, they are nowhere in what comes out,
//! however damaged the message is.

mod marked;

use crate::cli::Call;
use crate::mutate::CHANGES;
use crate::support::{PROVENANCE, column};
use arrow::array::RecordBatch;
use feeds::{Decoder, DecoderSettings, Format, Privacy, PrivacyKey};
use marked::Marked;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fmt::Write;
use std::fs::{self, File};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use tables::{
    BmpReport, Builders, DnsMeasurementRow, DnsMessageRow, DnsRecordRow, Provenance, RejectRow,
    RouteRun, RowSink, SessionRow,
};

/// 64 hexadecimal digits.
const KEY_DIGITS: &str = "2b7e151628aed2a6abf7158809cf4f3ca9f5ba40db214c3798f2e1c23456789a";

fn hiding() -> [Privacy; 3] {
    let mut key = [0; PrivacyKey::OCTETS];
    for (octet, at) in key.iter_mut().zip((0..).step_by(2)) {
        *octet = u8::from_str_radix(&KEY_DIGITS[at..at + 2], 16).expect("a digit");
    }
    let key = PrivacyKey::new(key).expect("two halves");
    [Privacy::Truncate, Privacy::Encrypt(key), Privacy::Drop]
}

#[test]
fn kept_addresses_are_found() {
    for marked in marked::all() {
        let seen = tables_of(&mut decoder(&marked, &Privacy::Keep, true), &marked);
        for marker in marked.markers {
            assert!(seen.holds(marker), "{} does not tell {marker}", marked.what);
        }
    }
}

#[test]
fn hidden_addresses_are_nowhere() {
    for (marked, privacy) in everything() {
        let mut decoder = decoder(&marked, &privacy, true);
        check(&mut decoder, &marked, &marked.octets);
        let seen = tables_of(&mut decoder, &marked);
        for marker in marked.markers {
            assert!(
                !seen.holds(marker),
                "{} {privacy:?} tells {marker}",
                marked.what
            );
        }
    }
}

#[test]
fn nor_in_what_becomes_of_messages_that_are_cut() {
    for (marked, privacy) in everything() {
        let mut decoder = decoder(&marked, &privacy, true);
        for end in 0..marked.octets.len() {
            check(&mut decoder, &marked, &marked.octets[..end]);
        }
    }
}

/// A record whose type is changed is another record, and its RDATA is told if it is asked for: so here it is not.
#[test]
fn nor_in_what_becomes_of_messages_with_changed_octets() {
    // Not those of which one octet makes something else: an address the name of a server (PowerDNS), the OPT record another
    // record of a message that is always kept (RIPE Atlas), a DNS message a routing message (`auto`).
    let is_told_apart = |(marked, _): &(Marked, Privacy)| {
        use Format::{DnsCollector, Dnstap, Fstrm, Pcap};
        matches!(marked.format, Dnstap | Fstrm | Pcap | DnsCollector)
    };
    for (marked, privacy) in everything().filter(is_told_apart) {
        let (mut decoder, mut changed) = (decoder(&marked, &privacy, false), marked.octets.clone());
        for place in 0..changed.len() {
            // What a policy (field 15 of dnstap's message) says that it went by (its field 4) is believed.
            if matches!(marked.octets[..place], [.., 0x7a, _, 0x20]) {
                continue;
            }
            for change in CHANGES {
                changed[place] = change(marked.octets[place]);
                check(&mut decoder, &marked, &changed);
            }
            changed[place] = marked.octets[place];
        }
    }
}

#[test]
fn nor_in_what_a_conversion_leaves_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let key_file = folder.path().join("key");
    fs::write(&key_file, KEY_DIGITS).expect("a key");
    for marked in marked::all()
        .iter()
        .filter(|marked| marked.format != Format::Auto)
    {
        for mode in ["truncate", "encrypt", "drop"] {
            let seen = converted(folder.path(), marked, mode);
            for marker in marked.markers {
                assert!(!seen.holds(marker), "{} {mode} tells {marker}", marked.what);
            }
            assert!(!seen.text.contains(&KEY_DIGITS[..8]));
        }
        let seen = converted(folder.path(), marked, "keep");
        for marker in marked.markers {
            assert!(seen.holds(marker), "{} does not tell {marker}", marked.what);
        }
    }
}

/// Every feed in every mode that hides.
fn everything() -> impl Iterator<Item = (Marked, Privacy)> {
    let in_modes = |privacy: Privacy| {
        let with = move |marked| (marked, privacy.clone());
        marked::all().into_iter().map(with)
    };
    hiding().into_iter().flat_map(in_modes)
}

fn decoder(marked: &Marked, privacy: &Privacy, tells_all: bool) -> Decoder {
    Decoder::new(DecoderSettings {
        privacy: privacy.clone(),
        is_archive: true,
        gives_dns_records: tells_all,
        keeps_dns_messages: tells_all,
        ..DecoderSettings::new(marked.format)
    })
}

/// Looks at the rows themselves: there are too many of them to build tables each time.
fn check(decoder: &mut Decoder, marked: &Marked, octets: &[u8]) {
    let mut rows = Shown::default();
    decode(decoder, marked, octets, &mut rows);
    let seen = Seen {
        text: rows.0,
        octets: Vec::new(),
    };
    for marker in marked.markers {
        assert!(
            !seen.holds(marker),
            "{} tells {marker}: {octets:02x?}\n{}",
            marked.what,
            seen.text
        );
    }
}

fn decode(decoder: &mut Decoder, marked: &Marked, octets: &[u8], sink: &mut impl RowSink) {
    let provenance = Provenance {
        format: marked.format.name(),
        ..PROVENANCE
    };
    decoder.decode(octets, &provenance, sink);
}

/// All that can be seen: as text in lower case, and as octets.
#[derive(Default)]
struct Seen {
    text: String,
    octets: Vec<u8>,
}

impl Seen {
    fn add(&mut self, batch: &RecordBatch) {
        for field in batch.schema().fields() {
            for value in column(batch, field.name()) {
                self.text += &value.to_lowercase();
                self.text.push('\n');
            }
        }
    }

    fn holds(&self, ip: IpAddr) -> bool {
        let (octets, number) = match ip {
            IpAddr::V4(ip) => (ip.octets().to_vec(), u64::from(ip.to_bits())),
            IpAddr::V6(ip) => (ip.octets().to_vec(), (ip.to_bits() >> 64) as u64),
        };
        let hexadecimal: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let list = format!("{octets:?}");
        let list = list.trim_matches(['[', ']']).to_owned();
        let texts = [ip.to_string(), number.to_string(), hexadecimal, list];
        let reversed: Vec<u8> = octets.iter().rev().copied().collect();
        let has = |wanted: &[u8]| self.octets.windows(wanted.len()).any(|some| some == wanted);
        texts
            .iter()
            .any(|text| self.text.contains(text) || has(text.as_bytes()))
            || has(&octets)
            || has(&reversed)
    }
}

/// Rows as their fields are.
#[derive(Default)]
struct Shown(String);

impl Shown {
    fn add(&mut self, row: &impl std::fmt::Debug) {
        let _ = write!(self.0, "{row:?}");
        self.0.make_ascii_lowercase();
    }
}

impl RowSink for Shown {
    fn routes(&mut self, row: &RouteRun<'_>) {
        self.add(row);
    }

    fn session(&mut self, row: &SessionRow<'_>) {
        self.add(row);
    }

    fn bmp_stats(&mut self, row: &BmpReport<'_>) {
        self.add(row);
    }

    fn dns_message(&mut self, row: &DnsMessageRow<'_>) {
        self.add(row);
    }

    fn dns_record(&mut self, row: &DnsRecordRow<'_>) {
        self.add(row);
    }

    fn dns_measurement(&mut self, row: &DnsMeasurementRow<'_>) {
        self.add(row);
    }

    fn reject(&mut self, row: &RejectRow<'_>) {
        self.add(row);
    }
}

/// Tables of what a decoder makes of a message, and what it remembers.
fn tables_of(decoder: &mut Decoder, marked: &Marked) -> Seen {
    let (mut builders, mut seen) = (Builders::new(), Seen::default());
    decode(decoder, marked, &marked.octets, &mut builders);
    for (_, batch) in builders.finish() {
        seen.add(&batch);
    }
    seen.octets = decoder.export_state();
    seen
}

/// What is in the files and the output of `corewatch convert` of a message with a damaged one behind it.
fn converted(folder: &Path, marked: &Marked, mode: &str) -> Seen {
    let (out, file) = (folder.join("out"), folder.join("messages"));
    let _ = fs::remove_dir_all(&out);
    let damaged = &marked.octets[..marked.octets.len() - 1];
    fs::write(&file, [&marked.octets, &b"\n"[..], damaged].concat()).expect("a file");
    let mut args: Vec<PathBuf> = [
        "convert",
        "--format",
        marked.format.name(),
        "--privacy",
        mode,
    ]
    .map(PathBuf::from)
    .to_vec();
    args.extend(["--dns-records", "--dns-message-raw", "--out"].map(PathBuf::from));
    args.extend([out.clone(), file]);
    if mode == "encrypt" {
        args.extend(["--key-file".into(), folder.join("key")]);
    }
    let call = Call::of(args);
    let mut seen = Seen {
        text: (call.stdout + &call.stderr).to_lowercase(),
        octets: Vec::new(),
    };
    for path in files_in(&out) {
        seen.octets.extend(fs::read(&path).expect("a file"));
        let rows = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).expect("a file"));
        for batch in rows.and_then(|rows| rows.build()).expect("Parquet") {
            seen.add(&batch.expect("rows"));
        }
    }
    seen
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files_in(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}
