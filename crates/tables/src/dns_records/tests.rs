//! Every column against what it ought to hold, whatever stands beside it.

use super::*;
use crate::dns::tests::{
    OBSERVED_AT, PROVENANCE, PROVENANCES, TIMES, check_batch, many, octets, seen_row, text,
};
use crate::{BATCH_OCTETS, Builders, RowSink};
use std::net::Ipv6Addr;

const RECORD: DnsRecordRow<'static> = DnsRecordRow {
    provenance: &PROVENANCE,
    item: 0,
    observed_at: OBSERVED_AT,
    section: 3,
    index: 65_535,
    owner: ".",
    record_type: 65_280,
    class: 65_535,
    ttl_s: Some(u32::MAX),
    rdata_text: Some("\\# 1 ff"),
    rdata: Some(&[255]),
    qname: Some("example"),
    server_ip: Some(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    dns_id: Some(65_535),
    message_item: 3,
};

const QUESTION: DnsRecordRow<'static> = DnsRecordRow {
    section: 0,
    index: 0,
    owner: "example",
    record_type: 0,
    class: 0,
    ttl_s: None,
    rdata_text: None,
    rdata: None,
    qname: None,
    server_ip: None,
    dns_id: None,
    message_item: 0,
    ..RECORD
};

fn kinds() -> [DnsRecordRow<'static>; 9] {
    let mut all = [RECORD; 9];
    all[0] = QUESTION;
    all[2].ttl_s = Some(0);
    all[3].ttl_s = None;
    all[4].rdata_text = None;
    all[4].rdata = Some(&[]);
    (all[5].rdata_text, all[5].owner) = (Some(""), "");
    all[6].qname = None;
    all[7].server_ip = None;
    all[8].dns_id = None;
    all
}

fn expected(row: &DnsRecordRow<'_>) -> Vec<String> {
    let mut values = seen_row(row.provenance, row.item, row.observed_at);
    values.extend([
        row.section.to_string(),
        row.index.to_string(),
        row.owner.into(),
        row.record_type.to_string(),
        row.class.to_string(),
        text(row.ttl_s),
        text(row.rdata_text),
        octets(row.rdata),
        text(row.qname),
        text(row.server_ip),
        text(row.dns_id),
        row.message_item.to_string(),
    ]);
    values
}

#[test]
fn every_value_whatever_stands_beside_it() {
    let kinds = kinds();
    let rows: Vec<_> = many(kinds.len())
        .zip(0..)
        .map(|(kind, item)| DnsRecordRow {
            provenance: &PROVENANCES[kind % PROVENANCES.len()],
            item,
            observed_at: TIMES[kind % TIMES.len()],
            ..kinds[kind]
        })
        .collect();
    let mut builder = DnsRecordsBuilder::new();
    for rows in [&rows[..1], &rows, &rows[..64], &rows[64..]] {
        for row in rows {
            builder.append(row);
        }
        assert_eq!(builder.rows(), rows.len());
        let expected: Vec<_> = rows.iter().map(expected).collect();
        check_batch(&builder.finish(), &expected);
        assert_eq!((builder.rows(), builder.octets()), (0, 0));
    }
}

#[test]
fn batches_of_large_records_are_bounded() {
    let rdata = vec![0; 65_535];
    let mut builders = Builders::new();
    for _ in 0..600 {
        builders.dns_record(&DnsRecordRow {
            rdata: Some(&rdata),
            ..RECORD
        });
    }
    let full: Vec<_> = builders.full().map(|(_, batch)| batch.num_rows()).collect();
    assert_eq!(full, [BATCH_OCTETS / 65_640 + 1]);
}
