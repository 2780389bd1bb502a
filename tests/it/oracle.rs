//! Real captures through our decoder and through independent ones, which must agree row by row: bgpkit-parser, and the
//! text that RIPE NCC's bgpdump gives. Where they do not, the difference stands here with what settles it.

use crate::support::{Decoded, column, read, records, shared_data};
use arrow::array::RecordBatch;
use bgpkit_parser::BgpkitParser;
use bgpkit_parser::models::{
    AsPath, AsPathSegment, Asn, BgpElem, Community, ElemType, MetaCommunity,
};
use std::path::Path;
use tables::Table;

/// Captures of which we give another number of rows than bgpkit: the end of the path, our rows, why.
const OTHER_COUNTS: [(&str, usize, &str); 5] = [
    (
        "updates.nlri_mask_trailing_bits.gz",
        1,
        "the prefix before the unreadable one is kept; RFC 7606, section 3, leaves an observer nothing better",
    ),
    (
        "rrc00/1999.09/updates.19990903.1041.gz",
        0,
        "MRT type 5 (RFC 6396, appendix A) is not decoded",
    ),
    (
        "rrc00/2000.01/updates.20000102.2014.gz",
        0,
        "MRT type 5 is not decoded",
    ),
    (
        "rrc00/2000.03/updates.20000325.0345.gz",
        0,
        "MRT type 5 is not decoded",
    ),
    (
        "rrc00/2000.01/bview.20000111.0032.gz",
        1,
        "many routes in one TABLE_DUMP record, whose length is wrong: RFC 6396, section 4.2, has one",
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

/// Captures whose rows differ from bgpdump's text: rows only we have, rows only bgpdump has, why.
const OTHER_TEXT: [(&str, usize, usize, &str); 1] = [(
    "bview.ipv4_unicast_add_path",
    2,
    2,
    "routes without any attribute: absent is null here, bgpdump prints INCOMPLETE and 255.255.255.255; RFC 6396, \
     section 4.3.4, has the attributes as they came",
)];

/// So many records of each capture are compared row by row.
const RECORDS_MAX: usize = 10_000;

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
        "bgp/bgpkit+bgpkit-parser/tests/fixtures/ripe/rrc01/2000.11/updates.20001104.0124.gz",
        "bgp/bgpkit+bgpkit-parser/tests/fixtures/ripe/rrc15/2010.02/updates.20100227.1600.gz",
        "bgp/faucetsdn+ryu/ryu/tests/packet_data/mrt/rib.20161101.0000_pick.bz2",
    ] {
        compare_with_bgpkit(&folder, path);
    }
}

fn compare_with_bgpkit(folder: &Path, path: &str) {
    let octets = read(&folder.join(path));
    let records = records(&octets);
    let records = &records[..records.len().min(RECORDS_MAX)];
    let ours = Decoded::new(records.iter().copied());
    let batches = ours.of(Table::Routes).chain(ours.of(Table::Rib));
    let ours = batches.flat_map(elem_rows).collect();
    let theirs = BgpkitParser::from_reader(&records.concat()[..])
        .disable_warnings()
        .into_elem_iter()
        .map(|elem| their_row(&elem))
        .collect();
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
fn rows_are_those_of_bgpdump() {
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

fn compare_with_bgpdump(capture: &str, octets: &[u8], text: &[u8], marks: [&str; 2]) {
    let decoded = Decoded::new(records(octets));
    let batches = decoded.of(Table::Routes).chain(decoded.of(Table::Rib));
    let ours = batches.flat_map(|batch| text_rows(batch, marks)).collect();
    let text = std::str::from_utf8(text).expect("text");
    let theirs = text
        .lines()
        .filter(|line| !line.contains("|STATE|"))
        .map(|line| line.trim_end_matches('|').to_owned())
        .collect();
    let (only_ours, only_theirs) = differences(ours, theirs);
    let expected = OTHER_TEXT
        .iter()
        .find(|(other, ..)| *other == capture)
        .map_or((0, 0), |(_, ours, theirs, _)| (*ours, *theirs));
    assert_eq!(
        (only_ours.len(), only_theirs.len()),
        expected,
        "{capture}: {:?} instead of {:?}",
        only_ours.first(),
        only_theirs.first()
    );
}

/// The rows of a batch as bgpdump writes them, without the bars at the end.
fn text_rows(batch: &RecordBatch, [mark, mark_with_path_id]: [&str; 2]) -> Vec<String> {
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
    let times = column(batch, "observed_at");
    let times = times
        .iter()
        .map(|time| match time.split_at(time.len() - 6) {
            (seconds, microseconds) if mark.ends_with("_ET") => format!("{seconds}.{microseconds}"),
            (seconds, _) => seconds.to_owned(),
        });
    let aggregators = column(batch, "aggregator_asn");
    let aggregators = aggregators.iter().zip(column(batch, "aggregator_ip"));
    let aggregators = aggregators.map(|(asn, ip)| format!("{asn} {ip}").replace("- -", ""));
    let rows = rows(&[
        marks.collect(),
        times.collect(),
        kinds(batch, if is_rib { "B" } else { "A" }),
        column(batch, "peer_ip"),
        column(batch, "peer_asn"),
        prefixes.collect(),
        paths(batch),
        upper(&column(batch, "origin")),
        column(batch, "next_hop"),
        null_as_zero(batch, "local_pref"),
        null_as_zero(batch, "med"),
        communities(batch),
        aggregates(batch),
        aggregators.collect(),
    ]);
    rows.into_iter()
        .map(|row| {
            row.trim_end_matches("|-|-|-|-|-||NAG|")
                .trim_end_matches('|')
                .to_owned()
        })
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
