//! Real BMP, bare and behind headers of OpenBMP: every message is cut and none is refused without a reason that is named
//! here. A stream that is joined in the middle differs from the whole one only where its rows say so.

use crate::support::{Decoded, PROVENANCE, column, decoder_of, read, shared_data};
use arrow::array::RecordBatch;
use feeds::{Format, Unit};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use tables::{Builders, Provenance, Table};
use wire::bmp::{MessageType, split_message};

/// Ends inside of a message, because the capture does: a reject of the last whole one.
const CUT_SHORT: &str = "202-BMP-CISCO-HUAWEI-multiple-sources_traffic-02";

#[test]
fn real_streams_are_decoded_without_a_reject() {
    let Some(data) = shared_data() else { return };
    let listed = listed_counts(&data);
    let streams = streams(&data);
    assert!(streams.len() >= 58, "only {} streams", streams.len());
    for path in streams {
        let file = read(&path);
        let name = path
            .strip_prefix(&data)
            .expect("below")
            .display()
            .to_string();
        let units = units(Format::Bmp, &file);
        let is_cut_short = usize::from(name.contains(CUT_SHORT));
        let counts = counts_of(&units);
        assert_eq!(Some(&counts), listed.get(&name), "{name}");
        let decoded = Decoded::by(&mut decoder_of(Format::Bmp), units.iter().copied());
        let outcomes = (decoded.parsed, decoded.rejected, decoded.skipped);
        assert_eq!(outcomes, (counts.values().sum(), 0, 0), "{name}");
        let rejects = decoded.rows(Table::Rejects);
        assert_eq!(rejects, is_cut_short, "{name}: {:?}", reasons(&decoded));
        let kinds = session_kinds(&decoded);
        for (kind, listed) in [
            ("up", "peer up"),
            ("down", "peer down"),
            ("initiation", "initiation"),
        ] {
            assert_eq!(kinds.get(kind), counts.get(listed), "{name}: {kind}");
        }
    }
}

#[test]
fn all_real_messages_together() {
    let Some(data) = shared_data() else { return };
    let file = read(&data.join("bgp/_derived/all.bmp.gz"));
    let units = units(Format::Bmp, &file);
    let expected = [
        ("route monitoring", 8316),
        ("statistics", 3731),
        ("peer down", 5),
        ("peer up", 449),
        ("initiation", 23),
    ];
    let expected = expected.map(|(name, count)| (name.to_owned(), count));
    assert_eq!(counts_of(&units), BTreeMap::from(expected));
    let decoded = Decoded::by(&mut decoder_of(Format::Bmp), units);
    assert_eq!(
        (decoded.parsed, decoded.rejected, decoded.skipped),
        (12_524, 0, 0)
    );
    assert_eq!(decoded.rows(Table::BmpStats), 89_106);
}

#[test]
fn malformed_streams_are_refused() {
    let Some(data) = shared_data() else { return };
    let folder = data.join("bgp/downwithbgp+bmpwatch/tests/fixtures/malformed");
    for name in ["bad-version.rawbmp", "truncated-common-header.rawbmp"] {
        let file = read(&folder.join(name));
        let decoded = Decoded::by(&mut decoder_of(Format::Bmp), [&file[..]]);
        assert_eq!((decoded.parsed, decoded.rejected), (0, 1), "{name}");
    }
}

/// Made by hand: the OPENs of the Peer Up are none, and the Peer Down ends before its event.
#[test]
fn a_session_begins_and_ends_however_little_is_told() {
    let Some(data) = shared_data() else { return };
    let folder = data.join("bgp/downwithbgp+bmpwatch/tests/fixtures");
    for (name, kinds, rejects) in [
        ("init-term-tlvs.rawbmp", ["initiation", "termination"], 0),
        ("peer-up-down.rawbmp", ["down", "up"], 2),
    ] {
        let file = read(&folder.join(name));
        let units = units(Format::Bmp, &file);
        let decoded = Decoded::by(&mut decoder_of(Format::Bmp), units);
        assert_eq!(
            (decoded.parsed, decoded.rows(Table::Rejects)),
            (2, rejects),
            "{name}"
        );
        assert!(session_kinds(&decoded).keys().eq(&kinds), "{name}");
    }
}

/// Two of RouteViews. A stray octet ends them, and the clocks of both routers are off.
#[test]
fn real_openbmp_messages() {
    let Some(data) = shared_data() else { return };
    let folder = data.join("bgp/bgpkit+bgpkit-parser/obmp_bmp_hex");
    for (name, table, expected) in [
        (
            "004.obmp.bin",
            Table::Sessions,
            ["is-cc-bmp1", "128.223.51.105", "1636088258", "down"],
        ),
        (
            "005.obmp.bin",
            Table::Routes,
            ["is-ah-bmp1", "195.66.241.146", "1636335955", "announce"],
        ),
    ] {
        let file = read(&folder.join(name));
        let units = units(Format::OpenBmp, &file);
        assert_eq!(units.len(), 1, "{name}");
        let decoded = Decoded::by(&mut decoder_of(Format::OpenBmp), units);
        assert_eq!((decoded.parsed, decoded.rejected), (1, 0), "{name}");
        let [batch] = decoded.of(table).collect::<Vec<_>>()[..] else {
            panic!("{name}: one batch");
        };
        let [collector, router, second, kind] = expected;
        assert_eq!(column(batch, "collector"), [collector]);
        assert_eq!(column(batch, "router"), [router]);
        assert_eq!(column(batch, "kind"), [kind]);
        assert_eq!(column(batch, "observed_at")[0][..10], *second);
        assert_ne!(column(batch, "router_at"), ["-"]);
    }
}

/// What bare messages become does not depend on the envelope that they came in.
#[test]
fn openbmp_gives_the_rows_of_bare_messages() {
    let Some(data) = shared_data() else { return };
    let file = read(&data.join("bgp/_derived/all.bmp.gz"));
    let bare = units(Format::Bmp, &file);
    let wrapped: Vec<Vec<u8>> = bare.iter().map(|message| in_openbmp(message)).collect();
    let wrapped: Vec<&[u8]> = wrapped.iter().map(Vec::as_slice).collect();
    let places = 0..bare.len();
    let bare = readings(Format::Bmp, &bare, places.clone(), true);
    assert_eq!(readings(Format::OpenBmp, &wrapped, places, true), bare);
}

/// Of 10,683 routes none is read otherwise, from wherever on; without any memory either.
#[test]
fn a_stream_that_is_joined_in_the_middle_says_where_it_differs() {
    let Some(data) = shared_data() else { return };
    let file = read(&data.join("bgp/_derived/all.bmp.gz"));
    let messages = units(Format::Bmp, &file);
    let whole = readings(Format::Bmp, &messages, 0..messages.len(), true);
    assert_eq!(whole.len(), 10_683);
    // VPN routes with path identifiers, of a peer whose Peer Up the captures do not have.
    let has_path_id = |one: &&Reading| one.values[PATH_ID] != "-";
    assert_eq!(whole.values().filter(has_path_id).count(), 200);
    for first in (0..messages.len()).step_by(1500) {
        let places = first..messages.len();
        let joined = readings(Format::Bmp, &messages, places, true);
        check_joined(&whole, &joined);
    }
    let places = 0..messages.len();
    check_joined(&whole, &readings(Format::Bmp, &messages, places, false));
}

#[track_caller]
fn check_joined(whole: &HashMap<Key, Reading>, joined: &HashMap<Key, Reading>) {
    for (key, reading) in joined {
        let is_as_expected = whole
            .get(key)
            .is_some_and(|one| one.values == reading.values);
        assert!(
            is_as_expected || reading.is_inferred,
            "{key:?}: {reading:?} instead of {:?}",
            whole.get(key)
        );
    }
}

/// What is carried over to another process leaves no trace: every row is the same, flags and all.
#[test]
fn a_stream_goes_on_with_saved_state() {
    let Some(data) = shared_data() else { return };
    let file = read(&data.join("bgp/_derived/all.bmp.gz"));
    let messages = units(Format::Bmp, &file);
    let whole = Decoded::by(&mut decoder_of(Format::Bmp), messages.iter().copied());
    let mut state = Vec::new();
    let mut batches = Vec::new();
    for part in messages.chunks(700) {
        let mut decoder = decoder_of(Format::Bmp);
        decoder.load_state(&state).expect("a state of ours");
        let decoded = Decoded::by(&mut decoder, part.iter().copied());
        batches.extend(decoded.batches);
        state = decoder.export_state();
        let mut loaded = decoder_of(Format::Bmp);
        loaded.load_state(&state).expect("a state of ours");
        assert_eq!(loaded.export_state(), state);
    }
    let parts = Decoded {
        batches,
        ..Decoded::default()
    };
    for table in [Table::Routes, Table::OtherRoutes, Table::Sessions] {
        for name in [
            "kind",
            "is_initial_dump",
            "add_path_inferred",
            "path_id",
            "prefix",
        ] {
            let all = |decoded: &Decoded| -> Vec<String> {
                let has = |batch: &&RecordBatch| batch.column_by_name(name).is_some();
                decoded
                    .of(table)
                    .filter(has)
                    .flat_map(|batch| column(batch, name))
                    .collect()
            };
            assert_eq!(all(&parts), all(&whole), "{} {name}", table.name());
        }
    }
}

/// What a route says: everything that is read from NLRI and AS_PATH.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reading {
    values: Vec<String>,
    is_inferred: bool,
}

type Key = (&'static str, i64, i64);

/// What of a route is compared.
const VALUES: [&str; 9] = [
    "kind", "prefix", "path_id", "rd", "labels", "nlri_raw", "as_path", "next_hop", "rib_view",
];
/// Place of the path identifier among them.
const PATH_ID: usize = 2;

/// Routes of some of the messages, by one decoder, or each by one that knows nothing.
fn readings(
    format: Format,
    messages: &[&[u8]],
    places: Range<usize>,
    has_memory: bool,
) -> HashMap<Key, Reading> {
    let (mut decoder, mut builders) = (decoder_of(format), Builders::new());
    let mut batches = Vec::new();
    for place in places {
        let provenance = Provenance {
            kafka_offset: place as i64,
            ..PROVENANCE
        };
        if !has_memory {
            decoder = decoder_of(format);
        }
        decoder.decode(messages[place], &provenance, &mut builders);
        batches.extend(builders.full());
    }
    batches.extend(builders.finish());
    let mut readings = HashMap::new();
    for (table, batch) in &batches {
        if !matches!(table, Table::Routes | Table::OtherRoutes) {
            continue;
        }
        let values = VALUES.map(|name| column(batch, name));
        let numbers = ["kafka_offset", "item"].map(|name| column(batch, name));
        let inferred = column(batch, "add_path_inferred");
        for row in 0..batch.num_rows() {
            let number = |of: usize| numbers[of][row].parse().expect("a number");
            let reading = Reading {
                values: values.iter().map(|column| column[row].clone()).collect(),
                is_inferred: inferred[row] == "true",
            };
            readings.insert((table.name(), number(0), number(1)), reading);
        }
    }
    readings
}

/// A message behind a header of OpenBMP.
fn in_openbmp(message: &[u8]) -> Vec<u8> {
    let mut octets = b"OBMP\x01\x07\x00\x4e".to_vec();
    octets.extend(u32::try_from(message.len()).expect("short").to_be_bytes());
    octets.extend([0x80, 12]);
    octets.resize(78, 0);
    octets.extend(message);
    octets
}

/// The units of a file, and what is left over as another.
fn units(format: Format, file: &[u8]) -> Vec<&[u8]> {
    let (mut units, mut rest) = (Vec::new(), file);
    while let Unit::Whole(octets) = format.first_unit(rest, true) {
        let (unit, after) = rest.split_at(octets);
        units.push(unit);
        rest = after;
    }
    if !rest.is_empty() {
        units.push(rest);
    }
    units
}

/// Messages by type, as the list of the shared data calls them.
fn counts_of(units: &[&[u8]]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for unit in units {
        let Ok((message, _)) = split_message(unit) else {
            continue;
        };
        let name = match message.message_type {
            MessageType::ROUTE_MONITORING => "route monitoring",
            MessageType::STATISTICS_REPORT => "statistics",
            MessageType::PEER_DOWN => "peer down",
            MessageType::PEER_UP => "peer up",
            MessageType::INITIATION => "initiation",
            other => panic!("type {other:?}"),
        };
        *counts.entry(name.to_owned()).or_default() += 1;
    }
    counts
}

/// Messages by type of every stream in FILES.tsv: `3 messages (peer up 2, initiation 1)`.
fn listed_counts(data: &Path) -> HashMap<String, BTreeMap<String, usize>> {
    let list = std::fs::read_to_string(data.join("FILES.tsv")).expect("FILES.tsv");
    let counts_of = |line: &str| {
        let mut fields = line.split('\t');
        let (path, counts) = (fields.next()?, fields.nth(5)?);
        let (_, counts) = counts.split_once('(')?;
        let (counts, _) = counts.split_once(')')?;
        let count = |one: &str| {
            let (name, count) = one.rsplit_once(' ')?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        let counts = counts.split(", ").filter_map(count).collect();
        Some((path.to_owned(), counts))
    };
    list.lines().filter_map(counts_of).collect()
}

fn streams(data: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data.join("bgp/_derived/streams")).expect("streams");
    let paths = entries.map(|entry| entry.expect("a stream").path());
    let is_bmp = |path: &PathBuf| path.extension().is_some_and(|end| end == "bmp");
    paths.filter(is_bmp).collect()
}

fn session_kinds(decoded: &Decoded) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for kind in decoded
        .of(Table::Sessions)
        .flat_map(|batch| column(batch, "kind"))
    {
        *kinds.entry(kind).or_default() += 1;
    }
    kinds
}

fn reasons(decoded: &Decoded) -> BTreeMap<(String, String), usize> {
    let mut reasons = BTreeMap::new();
    for batch in decoded.of(Table::Rejects) {
        let fields = column(batch, "field");
        for reason in column(batch, "reason").into_iter().zip(fields) {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    reasons
}
