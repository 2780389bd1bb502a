//! Real dnstap in Frame Streams: all rows of the streams that are published, counted, and where an independent reader has
//! written down what is in them, compared field by field.

use crate::support::{Decoded, column, decoder_of, shared_data};
use feeds::{Decoder, DecoderSettings, Format, Privacy, Unit};
use std::collections::BTreeMap;
use std::path::Path;
use tables::Table;

/// Streams, and how many data frames and rows are in them.
const STREAMS: [(&str, usize, usize); 4] = [
    (
        "isc-projects+bind9/tests/dns/testdata/dnstap/dnstap.frames-1-64.fstrm",
        64,
        80,
    ),
    ("DNS-OARC+dsc/src/test/test.dnstap", 2, 2),
    (
        "dmachard+DNS-collector/tests/testsdata/dnstap/dnstap.fstrm",
        2,
        2,
    ),
    ("dns-stats+compactor/test-scripts/test.dnstap", 10, 10),
];

/// What the reader of dns-stats/compactor has written of the last one; one of its frames it holds for malformed.
const REPORT: &str = "dns-stats+compactor/test-scripts/test.dnstap.debug-dns-reportinfo";

fn stream(data: &Path, path: &str) -> Vec<u8> {
    std::fs::read(data.join("dns").join(path)).expect("a stream")
}

/// The frames of a stream.
fn units(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut units = Vec::new();
    while !rest.is_empty() {
        let Unit::Whole(octets) = Format::Fstrm.first_unit(rest, true) else {
            panic!("no frame");
        };
        let (unit, after) = rest.split_at(octets);
        units.push(unit);
        rest = after;
    }
    units
}

/// A decoder that shows addresses as they are.
fn decoder() -> Decoder {
    Decoder::new(DecoderSettings {
        privacy: Privacy::Keep,
        ..DecoderSettings::new(Format::Fstrm)
    })
}

/// Some columns of all rows of `dns_messages`.
fn lines(decoded: &Decoded, names: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    for batch in decoded.of(Table::DnsMessages) {
        let columns: Vec<Vec<String>> = names.iter().map(|name| column(batch, name)).collect();
        let line = |row: usize| {
            let values: Vec<&str> = columns.iter().map(|values| values[row].as_str()).collect();
            values.join(" ")
        };
        lines.extend((0..batch.num_rows()).map(line));
    }
    lines
}

/// How often each line occurs.
fn counted(lines: Vec<String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

#[test]
fn every_frame_is_a_row_at_least_however_the_stream_is_cut() {
    let Some(data) = shared_data() else { return };
    for (path, frames, rows) in STREAMS {
        let octets = stream(&data, path);
        let whole = Decoded::by(&mut decoder(), [&octets[..]]);
        assert_eq!(whole.rows(Table::DnsMessages), rows, "{path}");
        assert_eq!(whole.rows(Table::Rejects), 0, "{path}");
        let single = Decoded::by(&mut decoder(), units(&octets));
        assert_eq!((single.parsed, single.skipped), (frames, 2), "{path}");
        let names = [
            "observed_at",
            "kind",
            "client_ip",
            "dns_id",
            "qname",
            "parse_status",
        ];
        assert_eq!(lines(&single, &names), lines(&whole, &names), "{path}");
        let mut auto = decoder_of(Format::Auto);
        let recognised = Decoded::by(&mut auto, units(&octets));
        assert_eq!(
            (recognised.parsed, recognised.skipped),
            (frames, 2),
            "{path}"
        );
    }
}

#[test]
fn frames_of_bind_by_type_and_transport() {
    let Some(data) = shared_data() else { return };
    let octets = stream(&data, STREAMS[0].0);
    let decoded = Decoded::by(&mut decoder(), [&octets[..]]);
    let names = ["role", "kind", "companion", "transport"];
    let mut expected = BTreeMap::new();
    for transport in ["udp", "tcp"] {
        for role in ["auth", "client", "resolver", "stub"] {
            for kind in ["query", "response"] {
                expected.insert(format!("{role} {kind} false {transport}"), 4);
            }
        }
        for role in ["resolver", "stub"] {
            expected.insert(format!("{role} query true {transport}"), 4);
        }
    }
    assert_eq!(counted(lines(&decoded, &names)), expected);
    let ends = [
        "client_ip",
        "client_port",
        "server_ip",
        "server_port",
        "ip_version",
    ];
    let expected = [("10.53.0.1 2112 10.53.0.2 2112 4".to_owned(), 80)];
    assert_eq!(counted(lines(&decoded, &ends)), expected.into());
    let octets: usize = lines(&decoded, &["message_octets"])
        .iter()
        .map(|octets| octets.parse::<usize>().expect("a number"))
        .sum();
    assert_eq!(octets, 15_056);
    let latencies = lines(&decoded, &["latency_ns"]);
    let told: Vec<i64> = latencies.iter().filter_map(|it| it.parse().ok()).collect();
    assert_eq!(
        (told.len(), told.iter().sum()),
        (16, 43_203_323_621_000_i64)
    );
    let zones = counted(lines(&decoded, &["query_zone"]));
    assert_eq!(zones.get("example.com"), Some(&32), "{zones:?}");
}

#[test]
fn the_reader_of_compactor_reads_the_same() {
    let Some(data) = shared_data() else { return };
    let octets = stream(&data, STREAMS[3].0);
    let decoded = Decoded::by(&mut decoder(), [&octets[..]]);
    let names = [
        "client_ip",
        "transport",
        "client_port",
        "role",
        "kind",
        "dns_id",
        "opcode",
        "rcode",
        "aa",
        "tc",
        "rd",
        "ra",
        "ad",
        "cd",
        "qdcount",
        "ancount",
        "nscount",
        "arcount",
        "qname",
        "qtype",
        "qclass",
    ];
    let mut ours: Vec<String> = lines(&decoded, &["observed_at", "parse_status"])
        .iter()
        .zip(lines(&decoded, &names))
        .filter_map(|(seen, line)| {
            let at = seen.strip_suffix(" ok")?;
            Some(format!("{at} {line}"))
        })
        .collect();
    let report = std::fs::read_to_string(data.join("dns").join(REPORT)).expect("the report");
    let mut theirs: Vec<String> = reported(&report).collect();
    ours.sort();
    theirs.sort();
    assert_eq!(theirs.len(), 9);
    assert_eq!(ours, theirs);
}

/// The lines of a report: a time, and then a field on each line that is indented.
fn reported(report: &str) -> impl Iterator<Item = String> {
    let messages = report.split("\n2021-03-02 ").map(|text| {
        let text = text.trim_start_matches("2021-03-02 ");
        text.split("\nCONFIGURATION").next().unwrap_or_default()
    });
    messages.map(|message| {
        let fields: BTreeMap<&str, &str> = message
            .lines()
            .filter_map(|line| line.trim_start().split_once(": "))
            .collect();
        let field = |name: &str| fields.get(name).copied().unwrap_or_default().to_lowercase();
        let flags = field("Flags");
        let flag = |name: &str| flags.split(' ').any(|flag| flag == name).to_string();
        let (role, kind) = fields["Transaction type"].split_once(' ').expect("a type");
        let mut line = vec![time(message), field("Client IP"), field("Transport")];
        line.extend([field("Client port"), role.to_lowercase(), kind.to_owned()]);
        line.extend(["ID", "Opcode", "Rcode"].map(field));
        line.extend(["aa", "tc", "rd", "ra", "ad", "cd"].map(flag));
        line.extend(["QdCount", "AnCount", "NsCount", "ArCount"].map(field));
        line.extend(["Name", "Type", "Class"].map(field));
        line.join(" ")
    })
}

/// `16h21m42s0us` of 2 March 2021, in microseconds.
fn time(message: &str) -> String {
    const MIDNIGHT: u64 = 1_614_643_200;
    let clock = message.split(' ').next().unwrap_or_default();
    let numbers: Vec<u64> = clock
        .split(|character: char| !character.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    let [hours, minutes, seconds, microseconds] = numbers[..] else {
        panic!("no time: {clock}");
    };
    let seconds = MIDNIGHT + hours * 3600 + minutes * 60 + seconds;
    (seconds * 1_000_000 + microseconds).to_string()
}

#[test]
fn a_stream_of_something_else_is_refused() {
    let Some(data) = shared_data() else { return };
    let octets = stream(&data, "farsightsec+fstrm/t/program_tests/test.fstrm");
    let whole = Decoded::by(&mut decoder(), [&octets[..]]);
    assert_eq!((whole.rejected, whole.rows(Table::Rejects)), (1, 1));
    let reject = whole.of(Table::Rejects).next().expect("a reject");
    assert_eq!(column(reject, "reason"), ["unsupported"]);
    assert_eq!(column(reject, "field"), ["content type"]);
    // START and ten frames of text, each by itself; STOP.
    let single = Decoded::by(&mut decoder(), units(&octets));
    assert_eq!((single.parsed, single.rejected, single.skipped), (0, 11, 1));
}
