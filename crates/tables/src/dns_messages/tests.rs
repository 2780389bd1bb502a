//! Every column against the slow reference, whatever stands beside it.

use super::*;
use crate::dns::tests::{
    OBSERVED_AT, PROVENANCE, PROVENANCES, TIMES, check_batch, contents, end_row, header_row, many,
    message_row, seen_row, text,
};
use crate::{BATCH_OCTETS, BATCH_ROWS, Builders, DnsQuestion, RowSink, Table};
use arrow::array::{Array, AsArray};
use std::net::Ipv4Addr;

const POLICY: DnsPolicy<'static> = DnsPolicy {
    policy_type: Some("RPZ"),
    action: Some("NXDOMAIN"),
    matched: Some("QNAME"),
    rule: Some(""),
    value: Some("ff00"),
};

const FULL: DnsExchange<'static> = DnsExchange {
    query_at: Some(0),
    response_at: Some(-1),
    latency_ns: Some(i64::MIN),
    kind: DnsKind::Response,
    role: Some(DnsRole::Auth),
    is_companion: true,
    ip_version: Some(6),
    transport: Some(Transport::Doq),
    http_version: Some(3),
    client_ip: Some(IpAddr::V4(Ipv4Addr::new(255, 0, 2, 1))),
    server_ip: Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
    client_port: Some(65_535),
    server_port: Some(0),
    ip_ttl: Some(255),
    network_error: Some(true),
    query_zone: Some("example"),
    policy: Some(&POLICY),
};

const CHANGES: [fn(&mut DnsExchange<'static>); 12] = [
    |exchange| (exchange.query_at, exchange.response_at) = (None, None),
    |exchange| (exchange.latency_ns, exchange.is_companion) = (None, false),
    |exchange| (exchange.ip_version, exchange.http_version) = (None, None),
    |exchange| (exchange.role, exchange.transport) = (None, None),
    |exchange| exchange.client_ip = None,
    |exchange| exchange.server_ip = None,
    |exchange| (exchange.client_port, exchange.ip_ttl) = (None, None),
    |exchange| exchange.server_port = None,
    |exchange| exchange.network_error = Some(false),
    |exchange| exchange.query_zone = None,
    |exchange| exchange.policy = None,
    |exchange| {
        exchange.policy = Some(&DnsPolicy {
            policy_type: None,
            action: None,
            matched: None,
            rule: None,
            value: None,
        })
    },
];

/// Exchanges of all kinds: nothing, everything, everything but one thing, and every name and address.
fn exchanges() -> Vec<DnsExchange<'static>> {
    let mut all = vec![DnsExchange::default(), FULL];
    for change in CHANGES {
        let mut changed = FULL;
        change(&mut changed);
        all.push(changed);
    }
    let roles = DnsRole::ALL.map(|role| DnsExchange {
        role: Some(role),
        ..FULL
    });
    let transports = Transport::ALL.map(|transport| DnsExchange {
        transport: Some(transport),
        ..FULL
    });
    let addresses = ["2001:db8::1", "ffff::", "::ffff:192.0.2.1", "192.0.2.1"];
    let addresses = addresses.map(|address| DnsExchange {
        client_ip: address.parse().ok(),
        server_ip: address.parse().ok(),
        ..FULL
    });
    all.extend(roles.into_iter().chain(transports).chain(addresses));
    all
}

fn number(ip: IpAddr) -> i64 {
    match ip {
        IpAddr::V4(v4) => u32::from(v4).into(),
        IpAddr::V6(v6) => i64::from_be_bytes(v6.octets()[..8].try_into().unwrap_or_default()),
    }
}

fn expected(row: &DnsMessageRow<'_>) -> Vec<String> {
    let of = row.exchange;
    let mut values = seen_row(row.provenance, row.item, row.observed_at);
    values.extend([
        row.observed_at.source.name().into(),
        text(of.query_at),
        text(of.response_at),
        text(of.latency_ns),
        of.kind.name().into(),
        text(of.role.map(DnsRole::name)),
        of.is_companion.to_string(),
        text(of.ip_version),
        text(of.transport.map(Transport::name)),
        text(of.http_version),
        text(of.client_ip),
        text(of.server_ip),
        text(of.client_ip.map(number)),
        text(of.server_ip.map(number)),
        text(of.client_port),
        text(of.server_port),
        text(of.ip_ttl),
    ]);
    values.extend(header_row(row.content));
    values.push(text(of.network_error));
    values.extend(message_row(row.content));
    let policy = of.policy.copied().unwrap_or_default();
    values.extend([
        text(of.query_zone),
        text(policy.policy_type),
        text(policy.action),
        text(policy.matched),
        text(policy.rule),
        text(policy.value),
    ]);
    values.extend(end_row(row.content, Some(row.content.parse_status)));
    values
}

#[test]
fn every_value_whatever_stands_beside_it() {
    let (exchanges, contents) = (exchanges(), contents());
    let rows: Vec<_> = many(contents.len())
        .zip(0..)
        .map(|(kind, item)| DnsMessageRow {
            provenance: &PROVENANCES[kind / 3 % PROVENANCES.len()],
            item,
            observed_at: TIMES[kind / 2 % TIMES.len()],
            exchange: &exchanges[kind % exchanges.len()],
            content: &contents[kind],
        })
        .collect();
    let mut builder = DnsMessagesBuilder::new();
    // Batches of any length, and each begins anew.
    for rows in [
        &rows[..1],
        &rows,
        &rows[..64],
        &rows[64..200],
        &[],
        &rows[200..],
    ] {
        for row in rows {
            builder.append(row);
        }
        assert_eq!(builder.rows(), rows.len());
        let expected: Vec<_> = rows.iter().map(expected).collect();
        check_batch(&builder.finish(), &expected);
        assert_eq!((builder.rows(), builder.octets()), (0, 0));
    }
}

fn push(builders: &mut Builders, exchange: &DnsExchange<'_>, content: &DnsContent<'_>) {
    builders.dns_message(&DnsMessageRow {
        provenance: &PROVENANCE,
        item: 0,
        observed_at: OBSERVED_AT,
        exchange,
        content,
    });
}

/// More addresses and names than a dictionary may hold: keys after it was reset mean the new ones.
#[test]
fn dictionaries_start_anew() {
    let mut builders = Builders::new();
    let rows = 2 * 16_384 + 2 * BATCH_ROWS;
    let name = |row: usize| format!("d{row}.example");
    for row in 0..rows {
        let (address, name) = (Ipv4Addr::from_bits(row as u32), name(row));
        let exchange = DnsExchange {
            client_ip: Some(address.into()),
            ..DnsExchange::default()
        };
        let question = DnsQuestion {
            qname: &name,
            qname_labels: 2,
            qname_octets: 0,
            qname_mixed_case: None,
            registered_domain: Some(&name),
            public_suffix: Some("example"),
            qtype: None,
            qclass: None,
        };
        let content = DnsContent {
            question: Some(question),
            ..DnsContent::default()
        };
        push(&mut builders, &exchange, &content);
    }
    let batches: Vec<_> = builders.full().collect();
    let mut found = 0;
    for (table, batch) in &batches {
        assert_eq!(*table, Table::DnsMessages);
        let of = |name| crate::tests::value(&batch[name], 0);
        assert_eq!(
            of("client_ip"),
            Ipv4Addr::from_bits(found as u32).to_string()
        );
        assert_eq!(of("registered_domain"), name(found));
        let domains = batch["registered_domain"].as_any_dictionary();
        assert!(domains.values().len() <= 16_384 + BATCH_ROWS);
        assert!(
            domains.values().as_string::<i32>().len() >= domains.normalized_keys()[BATCH_ROWS - 1]
        );
        found += batch.num_rows();
    }
    assert_eq!(found, rows);
}

/// 8,192 messages of 64 KiB would be half a gibibyte; lists count too.
#[test]
fn batches_of_large_messages_are_bounded() {
    let raw = vec![0; 65_535];
    let addresses = vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED); 4096];
    let large = DnsContent {
        raw: Some(&raw),
        ..DnsContent::default()
    };
    let long = DnsContent {
        answer_addresses: &addresses,
        ..DnsContent::default()
    };
    for (content, row_octets) in [(large, 65_535), (long, 4096 * 44)] {
        let mut builders = Builders::new();
        for _ in 0..600 {
            push(&mut builders, &FULL, &content);
        }
        let full: Vec<_> = builders.full().map(|(_, batch)| batch.num_rows()).collect();
        let rows = BATCH_OCTETS / row_octets;
        assert!(
            !full.is_empty() && full.iter().all(|batch| (rows - 8..=rows).contains(batch)),
            "{full:?}"
        );
    }
}
