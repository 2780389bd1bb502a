//! Real captures: as many messages as tshark 4.0 finds in them, and what dns-probe has written of them field by field.

use crate::support::{Decoded, column, read, shared_data};
use arrow::array::RecordBatch;
use feeds::{Decoder, DecoderSettings, Format, Privacy};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::path::Path;
use tables::Table;

/// Captures, their DNS messages on port 53 as tshark counts them (`dns.id`, quotes in ICMP left out), and our rejects.
const COUNTS: [(&str, usize, usize); 34] = [
    (
        "CZ-NIC+dns-probe/tests/test_pcaps/edns_dnssec_nsid.pcap",
        10,
        0,
    ),
    (
        "CZ-NIC+dns-probe/tests/test_pcaps/tcp_axfr_zone_transfer.pcap",
        2,
        0,
    ),
    ("CZ-NIC+dns-probe/tests/test_pcaps/udp_simple.pcap", 184, 0),
    ("DNS-OARC+PacketQ/pcap/sample-bigendian.pcap.gz", 2, 0),
    ("DNS-OARC+PacketQ/src/test/dns.pcap", 82, 0),
    ("DNS-OARC+dnscap/src/test/1qtcpnosyn.pcap", 2, 0),
    ("DNS-OARC+dnscap/src/test/1qtcppadd.pcap", 2, 0),
    ("DNS-OARC+dnscap/src/test/dnso1tcp-bighole.pcap", 41, 1),
    ("DNS-OARC+dnscap/src/test/dnso1tcp.pcap", 82, 0),
    ("DNS-OARC+dnscap/src/test/dnsotcp-many1pkt.pcap", 4, 0),
    ("DNS-OARC+dnscap/src/test/dnspad.pcap", 1, 0),
    ("DNS-OARC+dnscap/src/test/ether_padd.pcap", 0, 0),
    ("DNS-OARC+dnscap/src/test/frags.pcap", 82, 0),
    ("DNS-OARC+dnscap/src/test/icmp.pcap", 0, 0),
    (
        "DNS-OARC+dnscap/src/test/ipv6-with-ethernet-padding.pcap",
        1,
        0,
    ),
    ("DNS-OARC+dnsjit/src/test/ip6-tcp-padd.pcap", 2, 0),
    ("DNS-OARC+dnsjit/src/test/pellets.pcap", 91, 0),
    (
        "SIDN+entrada2/src/test/resources/pcap/sidnlabs-nullbyte-nl.pcap",
        4,
        0,
    ),
    (
        "SIDN+entrada2/src/test/resources/pcap/sidnlabs-tcp-stream-multiple-dns-message-request-only.pcap",
        530,
        0,
    ),
    (
        "SIDN+entrada2/src/test/resources/pcap/sidnlabs-test-dynamic-updates.pcap",
        68,
        0,
    ),
    (
        "SIDN+entrada2/src/test/resources/pcap/sidnlabs-test-ip-1-dns-response-2-ip-fragments.pcap",
        1,
        0,
    ),
    (
        "SIDN+entrada2/src/test/resources/pcap/sidnlabs-test-multiple-dns-msg-over-tcp.pcap",
        6,
        0,
    ),
    (
        "SIDN+entrada2/src/test/resources/pcap/sidnlabs-test-rcode-badvers.pcap.gz",
        6,
        0,
    ),
    // tshark finds 19: it does not find the begin of the messages of the server, which was not captured.
    (
        "SIDN+entrada2/src/test/resources/pcap/sidnlabs-test-tcp-stream-continued.pcap.gz",
        31,
        2,
    ),
    (
        "SIDN+entrada2/src/test/resources/pcap/sidnlabs-test-tcp-syn-retransmission.pcap",
        2,
        0,
    ),
    (
        "dmachard+DNS-collector/tests/testsdata/pcap/dnsdump_ip4_fragmented+udp.pcap",
        2,
        0,
    ),
    (
        "dmachard+DNS-collector/tests/testsdata/pcap/dnsdump_ip4_fragmented_query.pcap",
        2,
        0,
    ),
    (
        "dmachard+DNS-collector/tests/testsdata/pcap/dnsdump_tcp.pcap",
        10,
        0,
    ),
    (
        "dmachard+DNS-collector/tests/testsdata/pcap/dnsdump_udp_truncated+tcp_fragmented.pcap",
        4,
        0,
    ),
    ("dns-stats+compactor/test-scripts/gold.pcap.xz", 1998, 0),
    ("dns-stats+compactor/test-scripts/malformed.pcap.xz", 24, 0),
    (
        "dns-stats+compactor/test-scripts/nsd-live.raw.pcap.xz",
        20_864,
        0,
    ),
    // 76 over UDP, 9 over TCP.
    ("zeek+zeek/testing/btest/Traces/dns-edns-ecs.pcap", 85, 0),
    (
        "zeek+zeek/testing/btest/Traces/ipv6-fragmented-dns.pcap",
        5,
        1,
    ),
];

#[test]
fn as_many_messages_as_there_are() {
    let Some(data) = shared_data() else { return };
    for (path, messages, rejects) in COUNTS {
        let decoded = decode(&data.join("dns").join(path));
        let found = (
            decoded.rows(Table::DnsMessages),
            decoded.rows(Table::Rejects),
        );
        assert_eq!(found, (messages, rejects), "{path}");
    }
}

/// By kind, RCODE and version of IP, as tshark counts those on UDP.
#[test]
fn messages_of_a_busy_server() {
    let Some(data) = shared_data() else { return };
    let path = "dns/dns-stats+compactor/test-scripts/nsd-live.raw.pcap.xz";
    let rows = rows(&decode(&data.join(path)));
    let is_udp = |row: &&Row| row["transport"] == "udp";
    let mut counts = BTreeMap::<String, usize>::new();
    for row in rows.iter().filter(is_udp) {
        let rcode = if row["kind"] == "query" {
            "-"
        } else {
            &row["rcode"]
        };
        let key = format!("{} {rcode} {}", row["kind"], row["ip_version"]);
        *counts.entry(key).or_default() += 1;
    }
    let expected = [
        ("query - 4", 9188),
        ("query - 6", 1138),
        ("response 0 4", 3342),
        ("response 0 6", 421),
        ("response 1 4", 5),
        ("response 3 4", 5840),
        ("response 3 6", 717),
        ("response 4 4", 1),
    ];
    let expected = expected.map(|(key, count)| (key.to_owned(), count));
    assert_eq!(counts, BTreeMap::from(expected));
    let count = |name: &str, value: &str| {
        let is_it = |row: &&Row| row[name] == value;
        rows.iter().filter(is_udp).filter(is_it).count()
    };
    assert_eq!([count("qtype", "1"), count("qtype", "28")], [11_858, 4786]);
    let edns = ["4096", "8192", "1280", "1460", "4000", "-"];
    let edns = edns.map(|octets| count("edns_udp_octets", octets));
    assert_eq!(edns, [15_255, 1298, 327, 279, 256, 2568]);
}

/// Columns of dns-probe, ours, and whether ours is that of the query. Not `time`: theirs is when the capture was played to it.
const GOLDEN: [(&str, &str, bool); 19] = [
    ("qname", "qname", true),
    ("ttl", "ip_ttl", true),
    ("ipv", "ip_version", true),
    ("src", "client_ip", true),
    ("srcp", "client_port", true),
    ("dst", "server_ip", true),
    ("dstp", "server_port", true),
    ("dns_len", "message_octets", true),
    ("opcode", "opcode", true),
    ("qtype", "qtype", true),
    ("qclass", "qclass", true),
    ("rd", "rd", true),
    ("ra", "ra", true),
    ("labels", "qname_labels", true),
    ("edns_udp", "edns_udp_octets", true),
    ("dns_res_len", "message_octets", false),
    ("rcode", "rcode", false),
    ("aa", "aa", false),
    ("tc", "tc", false),
];

#[test]
fn as_dns_probe_has_it() {
    let Some(data) = shared_data() else { return };
    let folder = data.join("dns/CZ-NIC+dns-probe/tests");
    for (name, pairs) in [
        ("edns_dnssec_nsid", 5),
        ("tcp_axfr_zone_transfer", 1),
        ("udp_simple", 92),
    ] {
        let golden = folder.join(format!("test_parquets/base/{name}.parquet"));
        let golden = rows_of(&parquet(&golden));
        let ours = rows(&decode(&folder.join(format!("test_pcaps/{name}.pcap"))));
        assert_eq!(golden.len(), pairs, "{name}");
        for row in &golden {
            let (query, response) = (of(&ours, row, "query"), of(&ours, row, "response"));
            for (theirs, column, is_of_query) in GOLDEN {
                let found = if is_of_query { query } else { response };
                let (found, expected) = (&found[column], &row[theirs]);
                // Theirs has 0 where there is no OPT record.
                let is_same = found == expected || found == "-" && expected == "0";
                assert!(is_same, "{name}: {theirs} {expected} is {found} in {row:?}");
            }
        }
    }
}

/// Our row of the same exchange.
fn of<'a>(ours: &'a [Row], golden: &Row, kind: &str) -> &'a Row {
    let same = [
        ("id", "dns_id"),
        ("src", "client_ip"),
        ("srcp", "client_port"),
        ("dst", "server_ip"),
        ("qtype", "qtype"),
    ];
    let is_it = |row: &&Row| {
        row["kind"] == kind
            && same
                .iter()
                .all(|(theirs, ours)| golden[*theirs] == row[*ours])
    };
    ours.iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("no {kind} of {golden:?}"))
}

/// Values as text by the name of their column.
type Row = BTreeMap<String, String>;

/// Decodes a file as one message, with the addresses as they are.
fn decode(path: &Path) -> Decoded {
    let mut decoder = Decoder::new(DecoderSettings {
        privacy: Privacy::Keep,
        ..DecoderSettings::new(Format::Pcap)
    });
    Decoded::by(&mut decoder, [&read(path)[..]])
}

fn rows(decoded: &Decoded) -> Vec<Row> {
    let batches: Vec<_> = decoded.of(Table::DnsMessages).cloned().collect();
    rows_of(&batches)
}

fn rows_of(batches: &[RecordBatch]) -> Vec<Row> {
    let mut rows = Vec::new();
    for batch in batches {
        let mut more = vec![Row::new(); batch.num_rows()];
        for field in batch.schema().fields() {
            for (row, value) in more.iter_mut().zip(column(batch, field.name())) {
                row.insert(field.name().clone(), value);
            }
        }
        rows.extend(more);
    }
    rows
}

fn parquet(path: &Path) -> Vec<RecordBatch> {
    let file = std::fs::File::open(path).expect("a golden file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.build())
        .expect("Parquet");
    reader.map(|batch| batch.expect("a batch")).collect()
}
