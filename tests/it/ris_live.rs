//! Real messages of RIS Live: all are accounted for, and where the BGP message stands beside the JSON, both tell the same.

use crate::support::{PROVENANCE, column, decoder_of, shared_data};
use feeds::{Format, Outcome};
use tables::{Builders, Provenance, Table};

/// What the JSON has of a route. It is seen to leave out a MED of 0.
const COLUMNS: [&str; 8] = [
    "kind",
    "prefix",
    "next_hop",
    "next_hop_link_local",
    "as_path",
    "origin",
    "communities",
    "collector",
];

#[test]
fn every_message_of_a_real_stream_is_accounted_for() {
    let Some(data) = shared_data() else { return };
    let path = data.join("bgp/InetIntel+libbgpstream/test/ris-live-stream.json");
    let stream = std::fs::read(path).expect("the stream");
    let outcomes: Vec<_> = lines(&stream).map(|line| decode(line).0).collect();
    let expected = [
        Outcome::Parsed,
        Outcome::Parsed,
        Outcome::Rejected,
        Outcome::Parsed,
        Outcome::Parsed,
        Outcome::Skipped("keepalive"),
        Outcome::Rejected,
    ];
    assert_eq!(outcomes, expected);
}

#[test]
fn the_bgp_message_and_the_json_tell_the_same() {
    let Some(data) = shared_data() else { return };
    let mut compared = 0;
    for path in [
        "bgp/InetIntel+libbgpstream/test/ris-live-stream.json",
        "bgp/bgpkit+bgpkit-parser/obmp_bmp_hex/rislive_rislive_mod.rs.jsonl",
        "bgp/bgpkit+bgpkit-parser/obmp_bmp_hex/rislive_server_raw_bytes.rs.jsonl",
    ] {
        let stream = std::fs::read_to_string(data.join(path)).expect("the stream");
        for line in stream.lines().filter(|line| line.contains("\"UPDATE\"")) {
            let without = line.replace("\"raw\"", "\"no raw\"");
            let (with, without_raw) = (decode(line.as_bytes()), decode(without.as_bytes()));
            if line != without && with.0 == Outcome::Parsed {
                assert_eq!(with, without_raw, "{line}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 3, "messages with both");
}

fn lines(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    stream
        .split(|octet| *octet == b'\n')
        .filter(|line| !line.is_empty())
}

/// What becomes of a message, and its routes.
fn decode(message: &[u8]) -> (Outcome, Vec<Vec<String>>) {
    let (mut decoder, mut builders) = (decoder_of(Format::RisLive), Builders::new());
    let provenance = Provenance {
        format: "ris-live",
        ..PROVENANCE
    };
    let outcome = decoder.decode(message, &provenance, &mut builders);
    let batches = builders.finish();
    let routes = batches
        .filter(|(table, _)| *table == Table::Routes)
        .flat_map(|(_, batch)| COLUMNS.map(|name| column(&batch, name)));
    (outcome, routes.collect())
}
