//! Real captures through our decoder and through independent ones, which must agree row by row: bgpkit-parser, and the
//! text that RIPE NCC's bgpdump gives. Where they do not, the difference stands here with what settles it.

use crate::support::{Decoded, column, intact_records, read, records, shared_data};
use arrow::array::RecordBatch;
use bgpkit_parser::BgpkitParser;
use bgpkit_parser::models::{
    AsPath, AsPathSegment, Asn, BgpElem, Community, ElemType, MetaCommunity,
};
use std::path::Path;
use tables::Table;

/// Captures of which we give another number of rows than bgpkit: the end of the path, our rows, why.
const OTHER_COUNTS: [(&str, usize, &str); 3] = [
    (
        "updates.nlri_mask_trailing_bits.gz",
        1,
        "the prefix before the unreadable one is kept; RFC 7606, section 3, leaves an observer nothing better",
    ),
    (
        "openbgpd_rib_table-mp",
        31,
        "BGP4MP_ENTRY (RFC 6396, appendix B.2.6) is decoded; the same table stands in openbgpd_rib_table",
    ),
    (
        "rrc00/2000.03/updates.20000325.0345.gz",
        5378,
        "bgpkit ends at the first damaged record; 5,378 prefixes stand in the 2,580 records around the two gaps",
    ),
];

/// Captures whose rows differ from bgpkit's: rows only we have, rows only bgpkit has, why.
const OTHER_ROWS: [(&str, usize, usize, &str); 3] = [
    (
        "Query-farm+vgi-bgp/data/rib.mrt",
        3,
        3,
        "an AS4_PATH without AS_PATH: there is nothing to merge it with (RFC 6793, section 4.2.3)",
    ),
    (
        "Query-farm+vgi-bgp/data/updates.mrt",
        2,
        2,
        "AS_PATH missing, NEXT_HOP of 16 octets: treated as withdrawn (RFC 7606, sections 3 d and 7.3)",
    ),
    ("updates.nlri_mask_trailing_bits.gz", 1, 0, "as above"),
];

/// Captures whose lines differ from bgpdump's: how many, why.
const OTHER_LINES: [(&str, usize, &str); 1] = [(
    "bview.ipv4_unicast_add_path",
    2,
    "routes without any attribute: absent is null here, bgpdump prints INCOMPLETE and 255.255.255.255; RFC 6396, \
     section 4.3.4, has the attributes as they came",
)];

/// So many records of each capture are compared row by row.
const RECORDS_MAX: usize = 100_000;

#[test]
fn every_capture_gives_as_many_rows_as_others_count() {
    let Some(folder) = shared_data() else { return };
    let list = std::fs::read_to_string(folder.join("FILES.tsv")).expect("the list of files");
    let mut captures = 0;
    for line in list.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [path, _, _, _, "MRT", _, counts, ..] = fields[..] else {
            continue;
        };
        captures += 1;
        let octets = read(&folder.join(path));
        let decoded = Decoded::new(records(&octets));
        let expected = OTHER_COUNTS
            .iter()
            .find(|(end, ..)| path.ends_with(end))
            .map_or_else(|| elems(counts), |(_, rows, _)| *rows);
        let rows = decoded.rows(Table::Routes) + decoded.rows(Table::Rib);
        assert_eq!(rows, expected, "{path}: {counts}");
        check_outcomes(path, &octets, &decoded);
    }
    assert!(captures >= 30, "{captures} captures in FILES.tsv");
}

/// "…; bgpkit 12 elems; …"
fn elems(counts: &str) -> usize {
    let after = counts.split("bgpkit ").nth(1).expect("bgpkit's count");
    let count = after.split(' ').next().expect("a count");
    count.parse().expect("a number")
}

fn check_outcomes(path: &str, octets: &[u8], decoded: &Decoded) {
    let messages = records(octets).len();
    let outcomes = decoded.parsed + decoded.rejected + decoded.skipped;
    assert_eq!(messages, outcomes, "{path}");
    assert!(
        decoded.rejected <= decoded.rows(Table::Rejects),
        "{path}: rejected without a reject"
    );
}

#[test]
fn rows_are_those_of_bgpkit() {
    let Some(folder) = shared_data() else { return };
    for path in [
        "bgp/CAIDA+libbgpstream/test/ris.rrc06.updates.1427846400.gz",
        "bgp/DevQps+bgp-rs/res/mrt/updates.20190101.0000.gz",
        "bgp/DevQps+mrt-rs/res/bird-mrtdump_bgp",
        "bgp/DevQps+mrt-rs/res/bird-mrtdump_rib",
        "bgp/DevQps+mrt-rs/res/bird6_bgp",
        "bgp/DevQps+mrt-rs/res/openbgpd_bgp",
        "bgp/DevQps+mrt-rs/res/openbgpd_rib_table",
        "bgp/DevQps+mrt-rs/res/openbgpd_rib_table-v2",
        "bgp/DevQps+mrt-rs/res/quagga_bgp",
        "bgp/Query-farm+vgi-bgp/data/rib.mrt",
        "bgp/Query-farm+vgi-bgp/data/updates.mrt",
        "bgp/RIPE-NCC+bgpdump/test_data/bview.20020722.2337.gz",
        "bgp/RIPE-NCC+bgpdump/test_data/bview.64k_stream_overflow.gz",
        "bgp/RIPE-NCC+bgpdump/test_data/bview.ipv4_unicast_add_path.gz",
        "bgp/RIPE-NCC+bgpdump/test_data/updates.20020722.2238.gz",
        "bgp/RIPE-NCC+bgpdump/test_data/updates.20070211.0141.gz",
        "bgp/RIPE-NCC+bgpdump/test_data/updates.20071015.1505.gz",
        "bgp/RIPE-NCC+bgpdump/test_data/updates.et-header.2015.gz",
        "bgp/RIPE-NCC+bgpdump/test_data/updates.long_withdrawal.gz",
        "bgp/RIPE-NCC+bgpdump/test_data/updates.nlri_mask_trailing_bits.gz",
        "bgp/_derived/bview.20100701.0759.part1.mrt.gz",
        "bgp/bgpfix+bgpipe/test/integration/testdata/sample.mrt",
        "bgp/bgpkit+bgpkit-parser/tests/fixtures/ripe/rrc00/1999.09/updates.19990903.1041.gz",
        "bgp/bgpkit+bgpkit-parser/tests/fixtures/ripe/rrc00/2000.01/bview.20000111.0032.gz",
        "bgp/bgpkit+bgpkit-parser/tests/fixtures/ripe/rrc00/2000.01/updates.20000102.2014.gz",
        "bgp/bgpkit+bgpkit-parser/tests/fixtures/ripe/rrc00/2000.03/updates.20000325.0345.gz",
        "bgp/bgpkit+bgpkit-parser/tests/fixtures/ripe/rrc01/2000.11/updates.20001104.0124.gz",
        "bgp/bgpkit+bgpkit-parser/tests/fixtures/ripe/rrc15/2010.02/updates.20100227.1600.gz",
        "bgp/faucetsdn+ryu/ryu/tests/packet_data/mrt/rib.20161101.0000_pick.bz2",
    ] {
        compare_with_bgpkit(&folder, path);
    }
}

fn compare_with_bgpkit(folder: &Path, path: &str) {
    let octets = read(&folder.join(path));
    // bgpkit finds no way out of damage.
    let records = intact_records(&octets);
    let records = &records[..records.len().min(RECORDS_MAX)];
    let ours = elems_of(records);
    let theirs = their_elems(&records.concat());
    let (only_ours, only_theirs) = differences(ours, theirs);
    let expected = OTHER_ROWS
        .iter()
        .find(|(end, ..)| path.ends_with(end))
        .map_or((0, 0), |(_, ours, theirs, _)| (*ours, *theirs));
    assert_eq!(
        (only_ours.len(), only_theirs.len()),
        expected,
        "{path}: {:?} instead of {:?}",
        only_ours.first(),
        only_theirs.first()
    );
}

fn elems_of(records: &[&[u8]]) -> Vec<String> {
    let decoded = Decoded::new(records.iter().copied());
    let batches = decoded.of(Table::Routes).chain(decoded.of(Table::Rib));
    batches.flat_map(elem_rows).collect()
}

fn their_elems(octets: &[u8]) -> Vec<String> {
    let parser = BgpkitParser::from_reader(octets).disable_warnings();
    parser
        .into_elem_iter()
        .map(|elem| their_row(&elem))
        .collect()
}

/// bgpkit reads no BGP4MP_ENTRY, but OpenBGPD has written the same table as TABLE_DUMP too, at another time. That has no
/// place for a peer of another version than the route.
#[test]
fn entries_are_the_routes_of_the_same_table() {
    let Some(folder) = shared_data() else { return };
    let folder = folder.join("bgp/DevQps+mrt-rs/res");
    let entries = read(&folder.join("openbgpd_rib_table-mp"));
    let table = read(&folder.join("openbgpd_rib_table"));
    let comparable = |elem: &String| {
        let mut fields: Vec<&str> = elem.split('|').collect();
        let is_ipv6 = fields[4].contains(':');
        fields.drain(1..if is_ipv6 { 3 } else { 2 });
        fields.join("|")
    };
    let ours = elems_of(&records(&entries));
    assert_eq!(ours.len(), 31);
    let theirs = their_elems(&table).iter().map(comparable).collect();
    let (only_ours, only_theirs) = differences(ours.iter().map(comparable).collect(), theirs);
    assert_eq!((only_ours, only_theirs), (vec![], vec![]));
}

/// The rows of a batch as [`their_row`] writes an element.
fn elem_rows(batch: &RecordBatch) -> Vec<String> {
    let is_rib = column(batch, "kind")[0] == "rib";
    rows(&[
        kinds(batch, "A"),
        // bgpkit gives a dump's route the time when it was learned, and drops its path identifier.
        column(
            batch,
            if is_rib {
                "originated_at"
            } else {
                "observed_at"
            },
        ),
        column(batch, "peer_ip"),
        column(batch, "peer_asn"),
        column(batch, "prefix"),
        if is_rib {
            vec!["-".to_owned(); batch.num_rows()]
        } else {
            column(batch, "path_id")
        },
        paths(batch),
        column(batch, "origin"),
        column(batch, "next_hop"),
        null_as_zero(batch, "local_pref"),
        null_as_zero(batch, "med"),
        column(batch, "communities"),
        column(batch, "large_communities"),
        column(batch, "atomic_aggregate"),
        column(batch, "aggregator_asn"),
        column(batch, "aggregator_ip"),
        column(batch, "only_to_customer"),
    ])
}

#[test]
fn lines_are_those_of_bgpdump() {
    let Some(folder) = shared_data() else { return };
    for (capture, marks) in [
        ("bview.20020722.2337", ["TABLE_DUMP", "TABLE_DUMP"]),
        ("bview.64k_stream_overflow", ["TABLE_DUMP2", "TABLE_DUMP2"]),
        (
            "bview.ipv4_unicast_add_path",
            ["TABLE_DUMP2", "TABLE_DUMP2_AP"],
        ),
        ("updates.20020722.2238", ["BGP4MP", "BGP4MP"]),
        ("updates.20070211.0141", ["BGP4MP", "BGP4MP"]),
        ("updates.20071015.1505", ["BGP4MP", "BGP4MP"]),
        ("updates.et-header.2015", ["BGP4MP_ET", "BGP4MP_ET"]),
        ("updates.long_withdrawal", ["BGP4MP", "BGP4MP"]),
        ("updates.nlri_mask_trailing_bits", ["BGP4MP", "BGP4MP"]),
    ] {
        let tests = folder.join("bgp/RIPE-NCC+bgpdump");
        let octets = read(&tests.join(format!("test_data/{capture}.gz")));
        let text = read(&tests.join(format!("test_expect/{capture}.gz.bgp.gz")));
        compare_with_bgpdump(capture, &octets, &text, marks);
    }
    let derived = folder.join("bgp/_derived");
    let octets = read(&derived.join("bview.20100701.0759.part1.mrt.gz"));
    let text = read(&derived.join("bview.20100701.0759.part1.bgpdump-m.txt.gz"));
    compare_with_bgpdump("bview.20100701.0759", &octets, &text, ["TABLE_DUMP2"; 2]);
}

/// Line for line, in their order.
fn compare_with_bgpdump(capture: &str, octets: &[u8], text: &[u8], marks: [&str; 2]) {
    let decoded = Decoded::new(records(octets));
    let ours = lines(&decoded, marks);
    let text = std::str::from_utf8(text).expect("text");
    let theirs: Vec<&str> = text.lines().collect();
    assert_eq!(ours.len(), theirs.len(), "{capture}");
    let pairs = ours.iter().zip(theirs);
    let other: Vec<_> = pairs.filter(|(our, their)| our != their).collect();
    let expected = OTHER_LINES
        .iter()
        .find(|(of, ..)| *of == capture)
        .map_or(0, |(_, lines, _)| *lines);
    assert_eq!(other.len(), expected, "{capture}: {:?}", other.first());
}

/// All routes and changes of state as `bgpdump -m` writes them, in the order of their messages.
fn lines(decoded: &Decoded, marks: [&str; 2]) -> Vec<String> {
    let numbered = |batch, lines: Vec<String>| {
        let offsets = column(batch, "kafka_offset").into_iter();
        let offsets = offsets.map(|offset| offset.parse::<u64>().expect("an offset"));
        offsets.zip(lines).collect::<Vec<_>>()
    };
    let batches = decoded.of(Table::Routes).chain(decoded.of(Table::Rib));
    let routes = batches.flat_map(|batch| numbered(batch, route_lines(batch, marks)));
    let batches = decoded.of(Table::Sessions);
    let states = batches.flat_map(|batch| numbered(batch, state_lines(batch, marks[0])));
    let states = states.filter(|(_, line)| line.contains("|STATE|"));
    let mut lines: Vec<_> = routes.chain(states).collect();
    lines.sort_by_key(|(offset, _)| *offset);
    lines.into_iter().map(|(_, line)| line).collect()
}

fn route_lines(batch: &RecordBatch, [mark, mark_with_path_id]: [&str; 2]) -> Vec<String> {
    let is_rib = column(batch, "kind")[0] == "rib";
    let path_ids = column(batch, "path_id");
    let marks = path_ids.iter().map(|path_id| match path_id.as_str() {
        "-" => mark.to_owned(),
        _ => mark_with_path_id.to_owned(),
    });
    let prefixes = column(batch, "prefix");
    let prefixes = prefixes
        .iter()
        .zip(&path_ids)
        .map(|(prefix, path_id)| match path_id.as_str() {
            "-" => prefix.clone(),
            path_id => format!("{prefix}|{path_id}"),
        });
    let head = rows(&[
        marks.collect(),
        times(batch, mark),
        kinds(batch, if is_rib { "B" } else { "A" }),
        column(batch, "peer_ip"),
        column(batch, "peer_asn"),
        prefixes.collect(),
    ]);
    let attributes = rows(&[
        paths(batch),
        upper(&column(batch, "origin")),
        column(batch, "next_hop"),
        null_as_zero(batch, "local_pref"),
        null_as_zero(batch, "med"),
        communities(batch),
        aggregates(batch),
        aggregators(batch),
    ]);
    let kinds = column(batch, "kind");
    let lines = head.iter().zip(attributes).zip(kinds);
    lines
        .map(|((head, attributes), kind)| match kind.as_str() {
            "withdraw" => head.clone(),
            _ => format!("{head}|{attributes}|"),
        })
        .collect()
}

/// Other events too, which bgpdump does not write.
fn state_lines(batch: &RecordBatch, mark: &str) -> Vec<String> {
    let rows_count = batch.num_rows();
    rows(&[
        vec![mark.to_owned(); rows_count],
        times(batch, mark),
        upper(&column(batch, "kind")),
        column(batch, "peer_ip"),
        column(batch, "peer_asn"),
        column(batch, "old_state"),
        column(batch, "new_state"),
    ])
}

/// Seconds, with microseconds where records have them.
fn times(batch: &RecordBatch, mark: &str) -> Vec<String> {
    let times = column(batch, "observed_at");
    let write = |time: &String| match time.split_at(time.len() - 6) {
        (seconds, microseconds) if mark.ends_with("_ET") => format!("{seconds}.{microseconds}"),
        (seconds, _) => seconds.to_owned(),
    };
    times.iter().map(write).collect()
}

fn aggregators(batch: &RecordBatch) -> Vec<String> {
    let asns = column(batch, "aggregator_asn");
    let pairs = asns.iter().zip(column(batch, "aggregator_ip"));
    pairs
        .map(|(asn, ip)| format!("{asn} {ip}").replace("- -", ""))
        .collect()
}

fn upper(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| text.to_uppercase()).collect()
}

fn aggregates(batch: &RecordBatch) -> Vec<String> {
    let is_aggregate = column(batch, "atomic_aggregate");
    let mark = |is: &String| if is == "true" { "AG" } else { "NAG" }.to_owned();
    is_aggregate.iter().map(mark).collect()
}

/// "[4259840400, 4294967041]" as "65000:400 no-export".
fn communities(batch: &RecordBatch) -> Vec<String> {
    let write = |community: &str| match community.parse::<u32>().ok()? {
        0xffff_ff01 => Some("no-export".to_owned()),
        0xffff_ff02 => Some("no-advertise".to_owned()),
        0xffff_ff03 => Some("local-AS".to_owned()),
        other => Some(format!("{}:{}", other >> 16, other & 0xffff)),
    };
    let lists = column(batch, "communities");
    lists
        .iter()
        .map(|list| {
            let parts = list.trim_matches(['[', ']']).split(", ");
            parts.filter_map(write).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn rows(columns: &[Vec<String>]) -> Vec<String> {
    let count = columns.first().map_or(0, Vec::len);
    (0..count)
        .map(|row| {
            let fields: Vec<&str> = columns.iter().map(|column| column[row].as_str()).collect();
            fields.join("|")
        })
        .collect()
}

fn kinds(batch: &RecordBatch, announced: &str) -> Vec<String> {
    let kind = |kind: &String| if kind == "withdraw" { "W" } else { announced }.to_owned();
    column(batch, "kind").iter().map(kind).collect()
}

/// Both others print 0 for an announcement without the attribute.
fn null_as_zero(batch: &RecordBatch, name: &str) -> Vec<String> {
    let kinds = column(batch, "kind");
    let value = |(value, kind): (&String, &String)| match (value.as_str(), kind.as_str()) {
        ("-", "announce" | "rib") => "0".to_owned(),
        (value, _) => value.to_owned(),
    };
    column(batch, name).iter().zip(&kinds).map(value).collect()
}

/// Paths with their sets, as people write them.
fn paths(batch: &RecordBatch) -> Vec<String> {
    let asns = column(batch, "as_path");
    let texts = column(batch, "as_path_text");
    let path = |(asns, text): (&String, &String)| match text.as_str() {
        "-" => asns.trim_matches(['[', ']']).replace(',', ""),
        text => text.to_owned(),
    };
    asns.iter().zip(&texts).map(path).collect()
}

fn their_row(elem: &BgpElem) -> String {
    let communities = elem.communities.as_deref().unwrap_or_default();
    let plain: Vec<u32> = communities.iter().filter_map(plain).collect();
    let large: Vec<String> = communities.iter().filter_map(large).collect();
    let fields = [
        if elem.elem_type == ElemType::ANNOUNCE {
            "A"
        } else {
            "W"
        }
        .to_owned(),
        format!("{:.0}", elem.timestamp * 1e6),
        elem.peer_ip.to_string(),
        elem.peer_asn.to_u32().to_string(),
        elem.prefix.prefix.trunc().to_string(),
        text(elem.prefix.path_id),
        elem.as_path.as_ref().map_or("-".to_owned(), path),
        elem.origin
            .map_or("-".to_owned(), |origin| origin.to_string().to_lowercase()),
        text(elem.next_hop),
        text(elem.local_pref),
        text(elem.med),
        if plain.is_empty() {
            "-".to_owned()
        } else {
            format!("{plain:?}")
        },
        if large.is_empty() {
            "-".to_owned()
        } else {
            format!("[{}]", large.join(", "))
        },
        elem.atomic.to_string(),
        text(elem.aggr_asn.map(|asn| asn.to_u32())),
        text(elem.aggr_ip),
        text(elem.only_to_customer.map(|asn| asn.to_u32())),
    ];
    fields.join("|")
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or("-".to_owned(), |value| value.to_string())
}

fn path(path: &AsPath) -> String {
    let asns = |asns: &[Asn], between: &str| {
        let asns: Vec<String> = asns.iter().map(|asn| asn.to_u32().to_string()).collect();
        asns.join(between)
    };
    let segments: Vec<String> = path
        .segments
        .iter()
        .map(|segment| match segment {
            AsPathSegment::AsSequence(of) => asns(of, " "),
            AsPathSegment::AsSet(of) => format!("{{{}}}", asns(of, ",")),
            AsPathSegment::ConfedSequence(of) => format!("({})", asns(of, " ")),
            AsPathSegment::ConfedSet(of) => format!("[{}]", asns(of, ",")),
        })
        .collect();
    segments.join(" ")
}

fn plain(community: &MetaCommunity) -> Option<u32> {
    let MetaCommunity::Plain(community) = community else {
        return None;
    };
    Some(match community {
        Community::NoExport => 0xffff_ff01,
        Community::NoAdvertise => 0xffff_ff02,
        Community::NoExportSubConfed => 0xffff_ff03,
        Community::Custom(asn, value) => asn.to_u32() << 16 | u32::from(*value),
    })
}

fn large(community: &MetaCommunity) -> Option<String> {
    let MetaCommunity::Large(large) = community else {
        return None;
    };
    let [local1, local2] = large.local_data;
    let global = large.global_admin;
    Some(format!(
        "{{global: {global}, local1: {local1}, local2: {local2}}}"
    ))
}

/// What is only in the one and only in the other, each as often as it is there more often.
fn differences(ours: Vec<String>, theirs: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut only_ours, mut only_theirs) = (Vec::new(), Vec::new());
    let sorted = |mut rows: Vec<String>| {
        rows.sort_unstable();
        rows.into_iter().peekable()
    };
    let (mut ours, mut theirs) = (sorted(ours), sorted(theirs));
    loop {
        match (ours.peek(), theirs.peek()) {
            (None, None) => return (only_ours, only_theirs),
            (Some(our), Some(their)) if our == their => {
                ours.next();
                theirs.next();
            }
            (Some(our), their) if their.is_none_or(|their| our < their) => {
                only_ours.extend(ours.next())
            }
            _ => only_theirs.extend(theirs.next()),
        }
    }
}
