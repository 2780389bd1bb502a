//! The views of `config/views.sql` about the DNS, in DuckDB.

use crate::support::{PROVENANCE, column, readers_python};
use crate::views::{Row, query, write};
use feeds::{Decoder, DecoderSettings, Format};
use sim::{Resolver, ResolverSettings};
use std::ffi::OsStr;
use tables::{
    Builders, DnsContent, DnsEdns, DnsExchange, DnsHeader, DnsKind, DnsMessageRow, DnsQuestion,
    DnsRecordRow, DnsRole, ObservedAt, ObservedAtSource, Provenance, RowSink, Table, Transport,
};

/// The clock that counts begins on 2026-01-01.
const T0: i64 = 1_767_225_600_000_000;

/// A message, so many milliseconds after the clock's begin. Its ID is that of its transaction.
struct Said {
    at_ms: i64,
    kind: DnsKind,
    id: u16,
    client_port: Option<u16>,
    /// What a response tells of its query.
    asked_at_ms: Option<i64>,
}

const fn query_at(at_ms: i64, id: u16) -> Said {
    Said {
        at_ms,
        kind: DnsKind::Query,
        id,
        client_port: Some(5353),
        asked_at_ms: None,
    }
}

const fn response_at(at_ms: i64, id: u16) -> Said {
    Said {
        kind: DnsKind::Response,
        ..query_at(at_ms, id)
    }
}

impl Said {
    fn write(&self, kafka_offset: i64, builders: &mut Builders) {
        self.write_as(kafka_offset, 0, builders);
    }

    fn write_as(&self, kafka_offset: i64, item: i32, builders: &mut Builders) {
        let is_response = self.kind == DnsKind::Response;
        let question = DnsQuestion {
            qname: "www.example.com",
            qname_labels: 3,
            qname_octets: 17,
            qname_mixed_case: Some(!is_response),
            registered_domain: Some("example.com"),
            public_suffix: Some("com"),
            qtype: Some(28),
            qclass: Some(1),
        };
        let edns = DnsEdns {
            udp_octets: Some(if is_response { 512 } else { 1232 }),
            ..DnsEdns::default()
        };
        builders.dns_message(&DnsMessageRow {
            provenance: &Provenance {
                kafka_offset,
                collector: "resolver",
                format: "pdns",
                ..PROVENANCE
            },
            item,
            observed_at: ObservedAt {
                at: T0 + self.at_ms * 1_000,
                source: ObservedAtSource::Query,
                reported_at: None,
            },
            exchange: &DnsExchange {
                kind: self.kind,
                query_at: self.asked_at_ms.map(|at_ms| T0 + at_ms * 1_000),
                role: Some(DnsRole::Client),
                transport: Some(Transport::Dot),
                client_ip: Some([192, 0, 2, 1].into()),
                client_port: self.client_port,
                ..DnsExchange::default()
            },
            content: &DnsContent {
                octets_count: Some(if is_response { 61 } else { 33 }),
                header: DnsHeader {
                    known: DnsHeader::ALL,
                    id: self.id,
                    rcode: if is_response { 3 } else { 0 },
                    flags: if is_response { 0x8180 } else { 0x0100 },
                    ..DnsHeader::default()
                },
                question: Some(question),
                edns: Some(edns),
                ..DnsContent::default()
            },
        });
    }
}

fn told(rows: Vec<Row>) -> Vec<String> {
    let value = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let line = |row: Row| row.into_iter().map(value).collect::<Vec<_>>().join(" ");
    rows.into_iter().map(line).collect()
}

/// ID, milliseconds of the query, milliseconds of the response, latency in nanoseconds, RCODE.
const SELECT: &str = "SELECT dns_id, epoch_ms(query_at) - 1767225600000, epoch_ms(response_at) - 1767225600000, \
    latency_ns, rcode FROM dns_transactions ORDER BY ALL";

fn check(python: &OsStr, said: &[Said], expected: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut builders = Builders::new();
    for (said, offset) in said.iter().zip(0..) {
        said.write(offset, &mut builders);
    }
    write(builders, folder.path());
    assert_eq!(told(query(python, folder.path(), SELECT)), expected);
}

#[test]
fn a_query_has_the_next_response() {
    let Some(python) = readers_python() else {
        return;
    };
    check(
        &python,
        &[
            response_at(20, 1),
            query_at(0, 1),
            query_at(7, 2),
            response_at(7, 2),
        ],
        &["1 0 20 20000000 3", "2 7 7 0 3"],
    );
    // Another transaction in between, and a port that is not known.
    let unknown = |said| Said {
        client_port: None,
        ..said
    };
    check(
        &python,
        &[
            query_at(0, 1),
            unknown(query_at(1, 1)),
            unknown(response_at(2, 1)),
            response_at(3, 1),
        ],
        &["1 0 3 3000000 3", "1 1 2 1000000 3"],
    );
}

#[test]
fn each_response_has_one_query_and_each_query_one_response() {
    let Some(python) = readers_python() else {
        return;
    };
    // A query that was repeated, and a response that was.
    check(
        &python,
        &[query_at(0, 1), query_at(1_000, 1), response_at(1_500, 1)],
        &["1 0 - - -", "1 1000 1500 500000000 3"],
    );
    check(
        &python,
        &[query_at(0, 1), response_at(10, 1), response_at(11, 1)],
        &["1 0 10 10000000 3", "1 - 11 - 3"],
    );
}

#[test]
fn who_waits_longer_than_five_seconds_stays_alone() {
    let Some(python) = readers_python() else {
        return;
    };
    check(
        &python,
        &[
            query_at(0, 1),
            response_at(5_000, 1),
            query_at(0, 2),
            response_at(5_001, 2),
        ],
        &["1 0 5000 5000000000 3", "2 0 - - -", "2 - 5001 - 3"],
    );
}

/// A server that logs only what it answers.
#[test]
fn a_response_alone_tells_when_it_was_asked() {
    let Some(python) = readers_python() else {
        return;
    };
    let alone = Said {
        asked_at_ms: Some(3),
        ..response_at(8, 1)
    };
    check(&python, &[alone], &["1 3 8 5000000 3"]);
}

/// Flags and octets of both, numbers for what carries it, times in milliseconds.
#[test]
fn entrada2_mixes_query_and_response() {
    let Some(python) = readers_python() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut builders = Builders::new();
    query_at(0, 9).write(0, &mut builders);
    response_at(20, 9).write(1, &mut builders);
    write(builders, folder.path());
    let select = r#"SELECT "time", ip_src, prot_src_port, prot, dns_qname_full, dns_domainname, dns_tld, dns_labels,
        dns_id, dns_rcode, dns_qtype, dns_rd, dns_ra, dns_req_len, dns_res_len, dns_proc_time, edns_udp, "server",
        dns_rdata FROM entrada2"#;
    let expected = "2026-01-01 00:00:00+00 192.0.2.1 5353 6 www.example.com example.com com 3 \
        9 3 28 true true 33 61 20.0 1232 resolver -";
    assert_eq!(told(query(&python, folder.path(), select)), [expected]);
}

/// Two exchanges of the same ID and name in one capture: each has its own answers.
#[test]
fn entrada2_gives_each_message_its_own_records() {
    let Some(python) = readers_python() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut builders = Builders::new();
    for (at_ms, address, item) in [(20, "192.0.2.7", 0), (900, "192.0.2.8", 1)] {
        response_at(at_ms, 9).write_as(0, item, &mut builders);
        builders.dns_record(&DnsRecordRow {
            provenance: &PROVENANCE,
            item: 0,
            observed_at: ObservedAt {
                at: T0 + at_ms * 1_000,
                source: ObservedAtSource::Response,
                reported_at: None,
            },
            section: 1,
            index: 0,
            owner: "www.example.com",
            record_type: 1,
            class: 1,
            ttl_s: Some(60),
            rdata_text: Some(address),
            rdata: None,
            qname: Some("www.example.com"),
            server_ip: None,
            dns_id: Some(9),
            message_item: item,
        });
    }
    write(builders, folder.path());
    let select = "SELECT epoch_ms(\"time\") % 1000, dns_rdata[1].data, len(dns_rdata) FROM entrada2 ORDER BY 1";
    let expected = ["20 192.0.2.7 1", "900 192.0.2.8 1"];
    assert_eq!(told(query(&python, folder.path(), select)), expected);
}

/// Rows of what a decoder makes of messages.
fn decode(format: Format, messages: &[&[u8]]) -> Builders {
    let mut decoder = Decoder::new(DecoderSettings {
        gives_dns_records: true,
        ..DecoderSettings::new(format)
    });
    let mut builders = Builders::new();
    for (message, kafka_offset) in messages.iter().zip(0..) {
        let provenance = Provenance {
            kafka_offset,
            format: format.name(),
            ..PROVENANCE
        };
        decoder.decode(message, &provenance, &mut builders);
    }
    builders
}

/// Every response finds its query, which nobody sees twice; queries that are lost stay alone, and so do those whose response is
/// still to come.
#[test]
fn transactions_of_a_resolver() {
    let Some(python) = readers_python() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let settings = ResolverSettings::default();
    let records: Vec<_> = Resolver::new(&settings).take(4_000).collect();
    let messages: Vec<_> = records.iter().map(|record| &record.octets[..]).collect();
    let batches = write(decode(Format::Dnstap, &messages), folder.path());
    let of_messages = batches
        .iter()
        .filter(|(table, _)| *table == Table::DnsMessages);
    let (mut queries, mut responses, mut with_answers) = (0, 0, 0);
    for (_, batch) in of_messages {
        for (kind, answers) in column(batch, "kind").iter().zip(column(batch, "ancount")) {
            let is_response = kind == "response";
            queries += u32::from(!is_response);
            responses += u32::from(is_response);
            with_answers += u32::from(answers != "0");
        }
    }
    assert!(queries > responses && responses > 1_500 && with_answers > 1_000);
    let select = "SELECT count(*) FILTER (query_at < response_at), count(*) FILTER (response_at IS NULL), \
        count(*) FILTER (query_at IS NULL), bool_and(latency_ns > 0) FILTER (response_at IS NOT NULL) FROM dns_transactions";
    let expected = format!("{responses} {} 0 true", queries - responses);
    assert_eq!(told(query(&python, folder.path(), select)), [expected]);
    let select = "SELECT count(*), count(dns_rdata), count(dns_res_len) FROM entrada2";
    let expected = format!("{queries} {with_answers} {responses}");
    assert_eq!(told(query(&python, folder.path(), select)), [expected]);
}

#[test]
fn measurements_are_those_of_the_data_set() {
    let Some(python) = readers_python() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let result = r#"{"fw":5080,"type":"dns","msm_id":7,"prb_id":9,"from":"192.0.2.9","timestamp":1767225600,
        "src_addr":"192.0.2.9","dst_addr":"2001:db8::53","af":6,"proto":"UDP","qbuf":"EjQBAAABAAAAAAAAB2V4YW1wbGUDY29tAAABAAE=",
        "result":{"rt":1.234,"size":45,"abuf":"EjSBgAABAAEAAAAAB2V4YW1wbGUDY29tAAABAAHADAABAAEAAAA8AATAAAIB"}}"#;
    let batches = write(decode(Format::Atlas, &[result.as_bytes()]), folder.path());
    let tables: Vec<_> = batches.iter().map(|(table, _)| *table).collect();
    assert!(tables.contains(&Table::DnsMeasurements), "{tables:?}");
    let select = "SELECT msm_id, prb_id, start_time, synth_addr, dst_addr, protoc, af, header_ID, header_ANCOUNT, size, \
        response_time, octet_length(query), octet_length(wire_message), error FROM atlas_bigquery";
    let expected =
        "7 9 2026-01-01 00:00:00+00 192.0.2.0 2001:db8::53 UDP 6 4660 1 45 1.234 29 45 -";
    assert_eq!(told(query(&python, folder.path(), select)), [expected]);
}
