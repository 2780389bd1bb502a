//! Every column against the slow reference, whatever stands beside it.

use super::*;
use crate::dns::tests::{
    OBSERVED_AT, PROVENANCE, PROVENANCES, TIMES, check_batch, contents, end_row, header_row, many,
    message_row, octets, seen_row, text,
};
use crate::{BATCH_OCTETS, Builders, ParseStatus, RowSink};
use std::net::Ipv4Addr;

/// Nothing is known but `content`.
fn empty<'a>(content: &'a DnsContent<'a>) -> DnsMeasurementRow<'a> {
    DnsMeasurementRow {
        provenance: &PROVENANCE,
        item: 0,
        observed_at: OBSERVED_AT,
        msm_id: None,
        prb_id: None,
        group_id: None,
        msm_name: None,
        firmware: None,
        tls_version: None,
        stored_at: None,
        clock_sync_age_s: None,
        probe_ip: None,
        source_ip: None,
        server_ip: None,
        server_name: None,
        server_port: None,
        ip_version: None,
        ip_ttl: None,
        retry: None,
        subid: None,
        submax: None,
        transport: None,
        rtt_us: None,
        rtt_after_connect_us: None,
        error_kind: None,
        error_text: None,
        timeout_ms: None,
        cookie_mismatch: None,
        server_instance: None,
        answers_json: None,
        query_raw: None,
        content,
    }
}

/// Everything is known, each with a value of its own.
fn full<'a>(content: &'a DnsContent<'a>) -> DnsMeasurementRow<'a> {
    DnsMeasurementRow {
        msm_id: Some(i64::MAX),
        prb_id: Some(2),
        group_id: Some(3),
        msm_name: Some("Tdig"),
        firmware: Some("5080"),
        tls_version: Some("TLSv1.3"),
        stored_at: Some(4),
        clock_sync_age_s: Some(-5),
        probe_ip: Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))),
        source_ip: Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))),
        server_ip: Some(IpAddr::V4(Ipv4Addr::new(193, 0, 14, 129))),
        server_name: Some("k.root-servers.net"),
        server_port: Some(65_535),
        ip_version: Some(4),
        ip_ttl: Some(255),
        retry: Some(6),
        subid: Some(7),
        submax: Some(8),
        transport: Some(Transport::Tls),
        rtt_us: Some(9),
        rtt_after_connect_us: Some(10),
        error_kind: Some("timeout"),
        error_text: Some("{}"),
        timeout_ms: Some(5000),
        cookie_mismatch: Some(false),
        server_instance: Some("ns1.de-fra"),
        answers_json: Some("[]"),
        query_raw: Some(&[1, 2]),
        ..empty(content)
    }
}

fn expected(row: &DnsMeasurementRow<'_>) -> Vec<String> {
    let mut values = seen_row(row.provenance, row.item, row.observed_at);
    values.extend([
        row.observed_at.source.name().into(),
        text(row.msm_id),
        text(row.prb_id),
        text(row.group_id),
        text(row.msm_name),
        text(row.firmware),
        text(row.tls_version),
        text(row.stored_at),
        text(row.clock_sync_age_s),
        text(row.probe_ip),
        text(row.source_ip),
        text(row.server_ip),
        text(row.server_name),
        text(row.server_port),
        text(row.ip_version),
        text(row.ip_ttl),
        text(row.retry),
        text(row.subid),
        text(row.submax),
        text(row.transport.map(Transport::name)),
        text(row.rtt_us),
        text(row.rtt_after_connect_us),
        text(row.error_kind),
        text(row.error_text),
        text(row.timeout_ms),
        text(row.cookie_mismatch),
        text(row.server_instance),
        text(row.answers_json),
        octets(row.query_raw),
    ]);
    values.extend(header_row(row.content));
    values.extend(message_row(row.content));
    let status = Some(row.content.parse_status);
    let is_read = row.content.raw.is_some() || row.content.parse_status != ParseStatus::Ok;
    values.extend(end_row(row.content, status.filter(|_| is_read)));
    values
}

#[test]
fn every_value_whatever_stands_beside_it() {
    let contents = contents();
    let rows: Vec<_> = many(contents.len())
        .zip(0..)
        .map(|(kind, item)| DnsMeasurementRow {
            provenance: &PROVENANCES[kind / 3 % PROVENANCES.len()],
            item,
            observed_at: TIMES[kind / 2 % TIMES.len()],
            ..[empty, full][kind % 2](&contents[kind])
        })
        .collect();
    let mut builder = DnsMeasurementsBuilder::new();
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
fn batches_of_large_measurements_are_bounded() {
    let raw = vec![0; 65_535];
    let content = DnsContent {
        raw: Some(&raw),
        ..DnsContent::default()
    };
    let mut builders = Builders::new();
    for _ in 0..600 {
        builders.dns_measurement(&empty(&content));
    }
    let full: Vec<_> = builders.full().map(|(_, batch)| batch.num_rows()).collect();
    assert_eq!(full, [BATCH_OCTETS / 65_919 + 1]);
}
