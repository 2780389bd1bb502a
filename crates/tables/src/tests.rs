//! The contract of the tables, and the builders that are not measured in nanoseconds.
#![allow(clippy::unwrap_used)]

use super::*;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimestampMicrosecondType};
use std::net::{IpAddr, Ipv4Addr};

const PROVENANCE: Provenance<'static> = Provenance {
    kafka_topic: "t",
    kafka_partition: 3,
    kafka_offset: 4,
    brokered_at: None,
    ingested_at: 6,
    project: "",
    collector: "rrc00",
    router: None,
    format: "mrt",
};
const OBSERVED_AT: ObservedAt = ObservedAt {
    at: 5,
    source: ObservedAtSource::Mrt,
    reported_at: None,
};
const PEER: Peer<'static> = Peer {
    ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    asn: 4_200_000_000,
    bgp_id: None,
    distinguisher: None,
};

const SESSION: SessionRow<'static> =
    SessionRow::new(&PROVENANCE, OBSERVED_AT, None, SessionKind::State);

const REPORT: BmpReport<'static> = BmpReport {
    provenance: &PROVENANCE,
    item: 0,
    observed_at: OBSERVED_AT,
    router_at: None,
    peer: &PEER,
    rib_view: RibView::AdjInPre,
    stats: &[BmpStat {
        stat_type: 0,
        stat_name: None,
        family: None,
        value: None,
        value_raw: None,
    }],
};

const REJECT: RejectRow<'static> = RejectRow {
    provenance: &PROVENANCE,
    item: 0,
    observed_at: OBSERVED_AT,
    peer: None,
    reason: "truncated",
    field: "attribute length",
    disposition: Disposition::MessageDiscard,
    error_offset: 0,
    message_type: None,
    octets: &[],
    octets_count: 0,
};

/// Text of a value, `-` if it is null.
pub(crate) fn value(array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) {
        return "-".into();
    }
    match array.data_type() {
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Utf8 => array.as_string::<i32>().value(row).into(),
        DataType::Binary => format!("{:?}", array.as_binary::<i32>().value(row)),
        DataType::Timestamp(..) => array
            .as_primitive::<TimestampMicrosecondType>()
            .value(row)
            .to_string(),
        DataType::List(_) => {
            let elements = array.as_list::<i32>().value(row);
            let values = (0..elements.len()).map(|place| value(&elements, place));
            format!("[{}]", values.collect::<Vec<_>>().join(", "))
        }
        _ => {
            let dictionary = array.as_any_dictionary();
            value(dictionary.values(), dictionary.normalized_keys()[row])
        }
    }
}

fn check(batch: &RecordBatch, column: &str, expected: &[&str]) {
    let array = batch.column_by_name(column).unwrap();
    let values: Vec<String> = (0..batch.num_rows()).map(|row| value(array, row)).collect();
    assert_eq!(values, expected, "{column}");
}

/// Everything, even what does not belong together.
const FULL_SESSION: SessionRow<'static> = SessionRow {
    peer: Some(&PEER),
    kind: SessionKind::Notification,
    old_state: Some(0),
    new_state: Some(6),
    notification: Some((6, 0)),
    reason_text: Some(""),
    local_ip: Some(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
    local_asn: Some(0),
    hold_time_s: Some(0),
    direction: Some(Direction::Sent),
    sent_open: Some(&[1]),
    received_open: Some(&[4, 0]),
    capabilities: Some(&[1, 200]),
    family: Some((2, 0)),
    router_at: Some(0),
    reason_code: Some(0),
    local_port: Some(0),
    remote_port: Some(65_535),
    add_path: Some(&[(1, 1), (16_388, 71)]),
    system_name: Some(""),
    system_description: Some("a router"),
    rib_view: Some(RibView::LocRib),
    ..SESSION
};

#[test]
fn sessions() {
    let mut builder = SessionsBuilder::new();
    for row in [
        SESSION,
        FULL_SESSION,
        SessionRow {
            capabilities: Some(&[]),
            add_path: Some(&[]),
            ..SESSION
        },
    ] {
        builder.append(&row);
    }
    assert_eq!(builder.rows(), 3);
    let batch = builder.finish();
    let expected = [
        ("kafka_topic", ["t", "t", "t"]),
        ("kafka_partition", ["3", "3", "3"]),
        ("kafka_offset", ["4", "4", "4"]),
        ("project", ["-", "-", "-"]),
        ("collector", ["rrc00", "rrc00", "rrc00"]),
        ("peer_ip", ["-", "192.0.2.1", "-"]),
        ("peer_asn", ["-", "4200000000", "-"]),
        ("kind", ["state", "notification", "state"]),
        ("old_state", ["-", "0", "-"]),
        ("new_state", ["-", "6", "-"]),
        ("notification_code", ["-", "6", "-"]),
        ("notification_subcode", ["-", "0", "-"]),
        ("reason_text", ["-", "", "-"]),
        ("local_ip", ["-", "0.0.0.0", "-"]),
        ("local_asn", ["-", "0", "-"]),
        ("hold_time_s", ["-", "0", "-"]),
        ("received_open", ["-", "[4, 0]", "-"]),
        ("capabilities", ["-", "[1, 200]", "[]"]),
        ("afi", ["-", "2", "-"]),
        ("safi", ["-", "0", "-"]),
        ("local_port", ["-", "0", "-"]),
        ("remote_port", ["-", "65535", "-"]),
        ("router_at", ["-", "0", "-"]),
        ("reason_code", ["-", "0", "-"]),
        ("add_path", ["-", "[1/1, 16388/71]", "[]"]),
        ("system_name", ["-", "", "-"]),
        ("system_description", ["-", "a router", "-"]),
        ("rib_view", ["-", "loc_rib", "-"]),
        ("direction", ["-", "sent", "-"]),
        ("sent_open", ["-", "[1]", "-"]),
    ];
    for (column, expected) in expected {
        check(&batch, column, &expected);
    }
    assert_eq!((builder.rows(), builder.octets()), (0, 0));
    assert_eq!(builder.finish().num_rows(), 0);
}

#[test]
fn session_kinds() {
    let kinds = [
        (SessionKind::Up, "up"),
        (SessionKind::Down, "down"),
        (SessionKind::Initiation, "initiation"),
        (SessionKind::Termination, "termination"),
        (SessionKind::MessagesLost, "messages_lost"),
        (SessionKind::EndOfRib, "end_of_rib"),
        (SessionKind::Open, "open"),
    ];
    let mut builder = SessionsBuilder::new();
    for (kind, _) in kinds {
        builder.append(&SessionRow { kind, ..SESSION });
    }
    check(&builder.finish(), "kind", &kinds.map(|(_, name)| name));
}

/// A column that is null in one batch and not in the next, and the other way round.
#[test]
fn statistics() {
    let full = BmpReport {
        item: 1,
        router_at: Some(0),
        rib_view: RibView::LocRib,
        stats: &[BmpStat {
            stat_type: 65_531,
            stat_name: Some("loc_rib_routes"),
            family: Some((1, 0)),
            value: Some(0),
            value_raw: Some(&[]),
        }],
        ..REPORT
    };
    let large = BmpReport {
        stats: &[BmpStat {
            value: Some(1 << 63),
            value_raw: Some(&[128, 0]),
            ..REPORT.stats[0]
        }],
        ..REPORT
    };
    let mut builder = BmpStatsBuilder::new();
    for reports in [&[REPORT][..], &[REPORT, full, large]] {
        for report in reports {
            assert!(builder.append(report).is_none());
        }
        assert_eq!(builder.rows(), reports.len());
        let batch = builder.finish();
        assert_eq!((builder.rows(), builder.octets()), (0, 0));
        let expected = [
            ("kafka_topic", ["t", "t", "t"]),
            ("item", ["0", "1", "0"]),
            ("observed_at", ["5", "5", "5"]),
            ("router_at", ["-", "0", "-"]),
            ("peer_ip", ["192.0.2.1", "192.0.2.1", "192.0.2.1"]),
            ("rib_view", ["adj_in_pre", "loc_rib", "adj_in_pre"]),
            ("stat_type", ["0", "65531", "0"]),
            ("stat_name", ["-", "loc_rib_routes", "-"]),
            ("afi", ["-", "1", "-"]),
            ("safi", ["-", "0", "-"]),
            ("value", ["-", "0", "-"]),
            ("value_raw", ["-", "[]", "[128, 0]"]),
        ];
        for (column, expected) in expected {
            check(&batch, column, &expected[..reports.len()]);
        }
    }
}

/// Values of any length are counted: a report may hold one of nearly a mebibyte.
#[test]
fn batches_of_large_statistics_are_bounded() {
    let value_raw = vec![0; 1 << 20];
    let mut builders = Builders::new();
    let stats = [BmpStat {
        value_raw: Some(&value_raw),
        ..REPORT.stats[0]
    }; 33];
    builders.bmp_stats(&BmpReport {
        stats: &stats,
        ..REPORT
    });
    for stats in stats.chunks(1) {
        builders.bmp_stats(&BmpReport { stats, ..REPORT });
    }
    let full = [31, 31].map(|rows| (Table::BmpStats, rows));
    assert_eq!(sizes(builders.full()), full);
    assert_eq!(sizes(builders.finish()), [(Table::BmpStats, 4)]);
    let huge = vec![0; BATCH_OCTETS];
    for stats in [
        [stats[0]; 2],
        [BmpStat {
            value_raw: Some(&huge),
            ..stats[0]
        }; 2],
    ] {
        builders.bmp_stats(&BmpReport {
            stats: &stats,
            ..REPORT
        });
    }
    let full = [2, 1, 1].map(|rows| (Table::BmpStats, rows));
    assert_eq!(sizes(builders.full()), full);
}

#[test]
fn rejects_keep_the_first_octets_and_count_all() {
    let long = vec![7; REJECT_OCTETS_MAX + 1];
    let full = RejectRow {
        peer: Some(&PEER),
        disposition: Disposition::Kept,
        error_offset: u64::MAX,
        message_type: Some(0),
        octets: &long,
        octets_count: long.len(),
        ..REJECT
    };
    let mut builder = RejectsBuilder::new();
    builder.append(&REJECT);
    builder.append(&full);
    let batch = builder.finish();
    check(&batch, "reason", &["truncated", "truncated"]);
    check(&batch, "disposition", &["message_discard", "kept"]);
    check(&batch, "error_offset", &["0", "9223372036854775807"]);
    check(&batch, "message_type", &["-", "0"]);
    check(&batch, "peer_ip", &["-", "192.0.2.1"]);
    check(&batch, "octets_count", &["0", "65537"]);
    let octets = batch.column_by_name("octets").unwrap().as_binary::<i32>();
    assert_eq!(
        (octets.value(0).len(), octets.value(1).len()),
        (0, REJECT_OCTETS_MAX)
    );
}

fn route(kind: RouteKind, rows: usize, builders: &mut Builders) {
    let prefixes = vec![Prefix::v4(0x0a00_0000, 8); rows];
    builders.routes(&RouteRun {
        provenance: &PROVENANCE,
        item: 0,
        observed_at: OBSERVED_AT,
        router_at: None,
        originated_at: None,
        peer: &PEER,
        rib_view: RibView::Unknown,
        kind,
        afi: 1,
        safi: 1,
        nlri: Nlri::Prefixes {
            prefixes: &prefixes,
            path_ids: &[],
        },
        attributes: &PathAttributes::default(),
        is_initial_dump: false,
        add_path_inferred: false,
        error: None,
    });
}

fn sizes(batches: impl Iterator<Item = (Table, RecordBatch)>) -> Vec<(Table, usize)> {
    batches
        .map(|(table, batch)| (table, batch.num_rows()))
        .collect()
}

#[test]
fn builders_hand_out_full_batches_and_at_the_end_the_rest() {
    let mut builders = Builders::new();
    route(RouteKind::Announce, BATCH_ROWS - 1, &mut builders);
    route(RouteKind::Rib, 2, &mut builders);
    assert_eq!(sizes(builders.full()), []);
    route(RouteKind::Withdraw, 3, &mut builders);
    builders.session(&SESSION);
    builders.reject(&REJECT);
    route(RouteKind::Withdraw, 1, &mut builders);
    assert_eq!(builders.rows(Table::Routes), BATCH_ROWS + 3);
    assert_eq!(sizes(builders.full()), [(Table::Routes, BATCH_ROWS + 2)]);
    assert_eq!(sizes(builders.full()), []);
    let rest = [
        (Table::Routes, 1),
        (Table::Rib, 2),
        (Table::Sessions, 1),
        (Table::Rejects, 1),
    ];
    assert_eq!(sizes(builders.finish()), rest);
    assert_eq!(sizes(builders.finish()), []);
    assert_eq!(builders.octets(), 0);
}

/// 8,192 rejects of 64 KiB would be half a gibibyte.
#[test]
fn batches_of_large_rejects_are_bounded() {
    let octets = vec![0; REJECT_OCTETS_MAX];
    let mut builders = Builders::new();
    for _ in 0..600 {
        builders.reject(&RejectRow {
            octets: &octets,
            octets_count: octets.len(),
            ..REJECT
        });
    }
    assert_eq!(sizes(builders.full()), [(Table::Rejects, 512)]);
}

#[test]
fn every_table_has_documented_columns_and_the_schema_of_its_batches() {
    for table in Table::ALL {
        assert!(table.doc().len() > 40);
        assert_eq!(table.schema().fields().len(), table.columns().len());
        assert!(
            table.schema().field_with_name(table.time_column()).is_ok(),
            "{table:?}"
        );
        for column in table.columns() {
            assert!(
                column.doc.ends_with('.') && column.doc.len() > 8,
                "{}",
                column.name
            );
            assert!(
                !column.nullable || column.doc.contains("Null"),
                "{} does not say what null means",
                column.name
            );
        }
    }
    for (table, batch) in [
        (Table::Sessions, SessionsBuilder::new().finish()),
        (Table::BmpStats, BmpStatsBuilder::new().finish()),
        (Table::DnsMessages, DnsMessagesBuilder::new().finish()),
        (Table::DnsRecords, DnsRecordsBuilder::new().finish()),
        (
            Table::DnsMeasurements,
            DnsMeasurementsBuilder::new().finish(),
        ),
        (Table::Rejects, RejectsBuilder::new().finish()),
        (Table::Rib, RoutesBuilder::new().finish()),
    ] {
        assert_eq!(batch.schema(), table.schema());
    }
}

/// Names, types and order as other programs rely on them; `?` says that a column may be null.
fn check_columns(table: Table, expected: &str) {
    let columns = table.columns().iter().map(|column| {
        let optional = if column.nullable { "?" } else { "" };
        format!("{} {}{optional}", column.name, kind(column.kind))
    });
    let columns: Vec<String> = columns.collect();
    let expected: Vec<&str> = expected.split(';').map(str::trim).collect();
    assert_eq!(columns, expected, "{table:?}");
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::List(element) => format!("[{}]", self::kind(*element)),
        Kind::Struct(columns) => {
            let fields = columns
                .iter()
                .map(|column| format!("{} {}", column.name, self::kind(column.kind)));
            format!("<{}>", fields.collect::<Vec<_>>().join(", "))
        }
        scalar => format!("{scalar:?}"),
    }
}

const COMMON: &str = "kafka_topic Dict; kafka_partition Int; kafka_offset Long; item Int; observed_at Timestamp; \
    brokered_at Timestamp?; ingested_at Timestamp; reported_at Timestamp?; project Dict?; collector Dict?; \
    router Dict?; format Dict";
const PEER_COLUMNS: &str =
    "peer_ip Dict?; peer_bgp_id Dict?; peer_asn Long?; peer_distinguisher Dict?";

#[test]
fn columns_of_routes_rib_and_other_routes() {
    let own = "rib_view Dict; kind Dict; afi Int; safi Int; prefix Text?; prefix_len Int?; ip_version Int?; \
        prefix_start Long?; prefix_end Long?; path_id Long?; rd Text?; labels [Int]?; nlri_raw Binary?; \
        next_hop Dict?; next_hop_link_local Dict?; as_path [Long]?; as_path_text Dict?; origin_asn Long?; \
        origin Dict?; med Long?; local_pref Long?; aggregator_asn Long?; only_to_customer Long?; aigp Long?; \
        atomic_aggregate Boolean; aggregator_ip Dict?; originator_id Dict?; cluster_list [Dict]?; \
        communities [Long]?; large_communities [<global Long, local1 Long, local2 Long>]?; \
        ext_communities [Fixed(8)]?; ipv6_ext_communities [Fixed(20)]?; attributes_raw Binary?; \
        is_initial_dump Boolean; add_path_inferred Boolean; as_width_inferred Boolean; error Dict?; \
        stripped_asn Long?";
    let seen = "observed_at_source Dict; router_at Timestamp?; originated_at Timestamp?";
    for table in [Table::Routes, Table::Rib, Table::OtherRoutes] {
        check_columns(table, &[COMMON, seen, PEER_COLUMNS, own].join(";"));
    }
}

#[test]
fn columns_of_sessions() {
    let own = "kind Dict; old_state Int?; new_state Int?; reason_code Int?; notification_code Int?; \
        notification_subcode Int?; reason_text Text?; direction Dict?; local_ip Dict?; local_asn Long?; \
        hold_time_s Long?; local_port Int?; remote_port Int?; sent_open Binary?; received_open Binary?; \
        capabilities [Int]?; add_path [Text]?; afi Int?; safi Int?; system_name Text?; system_description Text?; \
        rib_view Dict?";
    check_columns(
        Table::Sessions,
        &[COMMON, "router_at Timestamp?", PEER_COLUMNS, own].join(";"),
    );
}

#[test]
fn columns_of_statistics() {
    let own = "rib_view Dict; stat_type Int; stat_name Dict?; afi Int?; safi Int?; value Long?; value_raw Binary?";
    check_columns(
        Table::BmpStats,
        &[COMMON, "router_at Timestamp?", PEER_COLUMNS, own].join(";"),
    );
}

/// The columns before and behind those that only `dns_messages` has.
const DNS_HEADER: &str = "message_octets Int?; dns_id Int?; opcode Int?; rcode Int?";
const DNS_MESSAGE: &str = "aa Boolean?; tc Boolean?; rd Boolean?; ra Boolean?; z Boolean?; ad Boolean?; cd Boolean?; \
    qdcount Int?; ancount Int?; nscount Int?; arcount Int?; qname Text?; qname_labels Int?; qname_octets Int?; \
    qname_mixed_case Boolean?; registered_domain Dict?; public_suffix Dict?; qtype Int?; qclass Int?; \
    edns_udp_octets Int?; edns_version Int?; edns_flags Int?; edns_do Boolean?; edns_options [Int]?; edns_ede [Int]?; \
    edns_ede_text Text?; edns_nsid Text?; edns_ecs Text?; edns_ecs_scope Int?; answer_ttl_min_s Long?; \
    answer_addresses [Text]?; answer_cnames [Text]?";

#[test]
fn columns_of_dns_messages() {
    let exchange = "observed_at_source Dict; query_at Timestamp?; response_at Timestamp?; latency_ns Long?; kind Dict; \
        role Dict?; companion Boolean; ip_version Int?; transport Dict?; http_version Int?; client_ip Dict?; \
        server_ip Dict?; client_ip_int Long?; server_ip_int Long?; client_port Int?; server_port Int?; ip_ttl Int?";
    let policy = "query_zone Dict?; policy_type Dict?; policy_action Dict?; policy_match Dict?; policy_rule Dict?; \
        policy_value Dict?; trailing_octets Int?; parse_status Dict; error_offset Int?; message_raw Binary?";
    let common = COMMON.replace("router Dict?; ", "");
    let own = [
        exchange,
        DNS_HEADER,
        "network_error Boolean?",
        DNS_MESSAGE,
        policy,
    ];
    check_columns(
        Table::DnsMessages,
        &[&common, own.join(";").as_str()].join(";"),
    );
}

#[test]
fn columns_of_dns_records() {
    let common = COMMON.replace("router Dict?; ", "");
    let own = "section Int; index Int; owner Text; type Int; class Int; ttl_s Long?; rdata_text Text?; rdata Binary?; \
        qname Text?; server_ip Dict?; dns_id Int?; message_item Int";
    check_columns(Table::DnsRecords, &[&common, own].join(";"));
}

#[test]
fn columns_of_dns_measurements() {
    let own = "observed_at_source Dict; msm_id Long?; prb_id Long?; group_id Long?; msm_name Dict?; firmware Dict?; \
        tls_version Dict?; stored_at Timestamp?; clock_sync_age_s Int?; probe_ip Dict?; source_ip Dict?; \
        server_ip Dict?; server_name Dict?; server_port Int?; ip_version Int?; ip_ttl Int?; retry Int?; subid Int?; \
        submax Int?; transport Dict?; rtt_us Long?; rtt_after_connect_us Long?; error_kind Dict?; error_text Text?; \
        timeout_ms Int?; cookie_mismatch Boolean?; server_instance Dict?; answers_json Text?; query_raw Binary?";
    let end = "trailing_octets Int?; parse_status Dict?; error_offset Int?; message_raw Binary?";
    let common = COMMON.replace("router Dict?; ", "");
    check_columns(
        Table::DnsMeasurements,
        &[&common, own, DNS_HEADER, DNS_MESSAGE, end].join(";"),
    );
}

#[test]
fn columns_of_rejects() {
    let own = "reason Dict; field Dict; disposition Dict; error_offset Long; message_type Int?; octets Binary?; \
        octets_count Long";
    check_columns(Table::Rejects, &[COMMON, PEER_COLUMNS, own].join(";"));
}

#[test]
fn columns_of_the_ledger() {
    check_columns(
        Table::IngestLog,
        "kafka_topic Text; kafka_partition Int; from_offset Long; to_offset Long; messages Long; parsed Long; \
        rejected Long; skipped Long; holes Long; octets Long; rows [<table Text, rows Long>]; \
        files [<table Text, path Text, rows Long, octets Long, crc32c Long>]?; first_observed_at Timestamp?; \
        last_observed_at Timestamp?; flush_id Text; worker Text; version Text; config_sha256 Text; \
        committed_at Timestamp",
    );
}
