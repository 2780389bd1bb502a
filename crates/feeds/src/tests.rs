//! The decoder as its caller sees it: outcomes, numbers of rows, and what it takes with it to another process. What single
//! messages become stands in the corpus of the integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use crate::{
    Decoder, DecoderSettings, Format, GAP_OCTETS_MAX, Notice, Notices, Outcome, StateError, Unit,
};
use tables::{
    BmpReport, Nlri, ObservedAtSource, Provenance, RejectRow, RouteRun, RowSink, SessionRow,
};

const DAY_US: i64 = 24 * 3600 * 1_000_000;
/// Time of the records below, in seconds.
const SECONDS: u32 = 1_735_689_600;

/// Rows as text, in the order in which they came.
#[derive(Debug, Default, PartialEq)]
struct Rows(Vec<String>);

impl RowSink for Rows {
    fn routes(&mut self, run: &RouteRun<'_>) {
        let Nlri::Prefixes { prefixes, .. } = run.nlri else {
            panic!("no prefixes");
        };
        let (kind, ip, item) = (run.kind.name(), run.peer.ip, run.item);
        let (time, count) = (run.observed_at, prefixes.len());
        let (at, source) = (time.at, time.source);
        self.0.push(format!(
            "{kind} {count} of {ip} from {item} at {at} {source:?}"
        ));
    }

    fn session(&mut self, row: &SessionRow<'_>) {
        self.0.push(format!("{} {}", row.kind.name(), row.item));
    }

    fn bmp_stats(&mut self, report: &BmpReport<'_>) {
        for (stat, item) in report.stats.iter().zip(report.item..) {
            self.0.push(format!("{} {item}", stat.stat_type));
        }
    }

    fn dns_message(&mut self, _: &tables::DnsMessageRow<'_>) {}

    fn dns_record(&mut self, _: &tables::DnsRecordRow<'_>) {}

    fn dns_measurement(&mut self, _: &tables::DnsMeasurementRow<'_>) {}

    fn reject(&mut self, row: &RejectRow<'_>) {
        let (reason, field, item) = (row.reason, row.field, row.item);
        self.0.push(format!(
            "reject {item}: {reason} {field} at {}",
            row.error_offset
        ));
    }
}

fn decoder(is_archive: bool) -> Decoder {
    Decoder::new(DecoderSettings {
        is_archive,
        ..DecoderSettings::new(Format::Mrt)
    })
}

fn provenance(brokered_at: Option<i64>) -> Provenance<'static> {
    Provenance {
        kafka_topic: "t",
        kafka_partition: 0,
        kafka_offset: 0,
        brokered_at,
        ingested_at: 7,
        project: "",
        collector: "",
        router: None,
        format: "mrt",
    }
}

fn decode(decoder: &mut Decoder, message: &[u8]) -> (Outcome, Rows) {
    let mut rows = Rows::default();
    let outcome = decoder.decode(message, &provenance(None), &mut rows);
    (outcome, rows)
}

fn record(record_type: u16, subtype: u16, body: &[u8]) -> Vec<u8> {
    let mut octets = SECONDS.to_be_bytes().to_vec();
    octets.extend(record_type.to_be_bytes());
    octets.extend(subtype.to_be_bytes());
    octets.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    octets.extend(body);
    octets
}

/// A BGP4MP_MESSAGE whose UPDATE withdraws so many prefixes.
fn withdrawals(count: u8) -> Vec<u8> {
    let mut body = vec![
        0xfb, 0xf4, 0x31, 0x6e, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254,
    ];
    body.extend([0xff; 16]);
    body.extend([0, 23 + 2 * count, 2, 0, 2 * count]);
    body.extend((0..count).flat_map(|network| [8, network]));
    body.extend([0, 0]);
    record(16, 1, &body)
}

/// One peer, 192.0.2.1.
fn peer_index_table() -> Vec<u8> {
    let head = [10, 0, 0, 9, 0, 0, 0, 1];
    let peer = [0, 10, 0, 0, 1, 192, 0, 2, 1, 0xfb, 0xf4];
    record(13, 1, &[&head[..], &peer].concat())
}

/// 10.0.0.0/8 by peer 0, without attributes.
fn rib() -> Vec<u8> {
    record(13, 2, &[0, 0, 0, 0, 8, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
}

const RIB_ROW: &str = "rib 1 of 192.0.2.1 from 0 at 1735689600000000 Mrt";

#[test]
fn several_records_are_numbered_through() {
    let bad = record(14, 0, &[]);
    let message = [withdrawals(2), bad.clone(), withdrawals(3), bad].concat();
    let (outcome, rows) = decode(&mut decoder(true), &message);
    assert_eq!(outcome, Outcome::Parsed);
    let expected = [
        "withdraw 2 of 192.0.2.1 from 0 at 1735689600000000 Mrt",
        "reject 0: bad_value type at 4",
        "withdraw 3 of 192.0.2.1 from 2 at 1735689600000000 Mrt",
        "reject 1: bad_value type at 4",
    ];
    assert_eq!(rows.0, expected);
}

#[test]
fn a_partial_last_record_is_one_reject() {
    let mut message = [withdrawals(1), withdrawals(2)].concat();
    message.pop();
    let (outcome, rows) = decode(&mut decoder(true), &message);
    assert_eq!(outcome, Outcome::Parsed);
    assert_eq!(rows.0.len(), 2);
    assert_eq!(rows.0[1], "reject 0: truncated record body at 12");
}

#[test]
fn outcomes() {
    let check = |message: &[u8], expected| {
        assert_eq!(decode(&mut decoder(true), message).0, expected);
    };
    check(&withdrawals(1), Outcome::Parsed);
    check(&record(14, 0, &[]), Outcome::Rejected);
    check(&[0; 5], Outcome::Rejected);
    check(&[], Outcome::Skipped("empty"));
    check(
        &record(11, 1, &[]),
        Outcome::Skipped("mrt_type_not_decoded"),
    );
    check(&peer_index_table(), Outcome::Skipped("peer_index_table"));
}

#[test]
fn times_of_a_live_feed_are_clamped_where_they_are_absurd() {
    let observed_at = i64::from(SECONDS) * 1_000_000;
    let check = |brokered_at: i64, is_archive, at: i64, source: ObservedAtSource| {
        let mut rows = Rows::default();
        let provenance = provenance(Some(brokered_at));
        decoder(is_archive).decode(&withdrawals(1), &provenance, &mut rows);
        let expected = format!("withdraw 1 of 192.0.2.1 from 0 at {at} {source:?}");
        assert_eq!(rows.0, [expected]);
    };
    let week = observed_at + 7 * DAY_US;
    check(week, false, observed_at, ObservedAtSource::Mrt);
    check(week + 1, false, week + 1, ObservedAtSource::Clamped);
    check(week + 1, true, observed_at, ObservedAtSource::Mrt);
    let hour = observed_at - 3_600_000_000;
    check(hour, false, observed_at, ObservedAtSource::Mrt);
    check(hour - 1, false, hour - 1, ObservedAtSource::Clamped);
}

#[test]
fn state_carries_the_peers_over() {
    let mut first = decoder(true);
    assert_eq!(
        (first.export_state(), first.state_version()),
        (Vec::new(), 0)
    );
    decode(&mut first, &peer_index_table());
    assert_eq!(first.state_version(), 1);
    decode(&mut first, &peer_index_table());
    assert_eq!(first.state_version(), 1, "nothing new");

    let mut second = decoder(true);
    second.load_state(&first.export_state()).unwrap();
    assert_eq!(second.export_state(), first.export_state());
    assert_eq!(decode(&mut second, &rib()), decode(&mut first, &rib()));
    assert_eq!(decode(&mut second, &rib()).1.0[0], RIB_ROW);
}

#[test]
fn state_that_cannot_be_loaded_changes_nothing() {
    let mut decoder = decoder(true);
    decode(&mut decoder, &peer_index_table());
    let state = decoder.export_state();
    let mut check = |octets: &[u8], expected| {
        assert_eq!(decoder.load_state(octets), Err(expected));
        assert_eq!(decoder.export_state(), state);
        assert_eq!(decode(&mut decoder, &rib()).1.0[0], RIB_ROW);
    };
    check(&[9], StateError::Version(9));
    check(&[1], StateError::Damaged);
    check(&state[..state.len() - 1], StateError::Damaged);
    check(&[&state[..], &[7]].concat(), StateError::Damaged);
    check(&[1, 99, 0, 0, 0, 0], StateError::Damaged);
    let text = StateError::Version(9).to_string();
    assert!(text.contains("version 9"), "{text}");
}

#[test]
fn an_empty_state_forgets() {
    let mut decoder = decoder(true);
    decode(&mut decoder, &peer_index_table());
    decoder.load_state(&[]).unwrap();
    let (outcome, rows) = decode(&mut decoder, &rib());
    assert_eq!(outcome, Outcome::Rejected);
    assert_eq!(rows.0, ["reject 0: missing peer index table at 20"]);
}

#[test]
fn a_bad_peer_index_table_leaves_the_good_one() {
    let mut decoder = decoder(true);
    decode(&mut decoder, &peer_index_table());
    let (outcome, _) = decode(&mut decoder, &record(13, 1, &[0, 0, 0, 0, 0, 0, 0, 1]));
    assert_eq!(outcome, Outcome::Rejected);
    assert_eq!(decode(&mut decoder, &rib()).1.0[0], RIB_ROW);
}

#[test]
fn units_of_a_file() {
    let whole = withdrawals(1);
    let unit = |octets: &[u8]| Format::Mrt.first_unit(octets, false);
    assert_eq!(unit(&whole), Unit::Whole(whole.len()));
    assert_eq!(
        unit(&[&whole[..], &[1, 2]].concat()),
        Unit::Whole(whole.len())
    );
    assert_eq!(unit(&whole[..whole.len() - 1]), Unit::Incomplete);
    assert_eq!(unit(&[]), Unit::Incomplete);
    assert_eq!(unit(&record(14, 0, &[])), Unit::Incomplete);
    assert_eq!(unit(&[0xff; 12]), Unit::Incomplete);
    const { assert!(GAP_OCTETS_MAX < 1_000_000) };
}

#[test]
fn damaged_units_of_a_file() {
    let unit = |octets: &[u8]| Format::Mrt.first_unit(octets, true);
    assert_eq!(unit(&record(14, 0, &[])), Unit::Whole(12));
    assert_eq!(unit(&[0xff; 12]), Unit::Gap(12));
    let before = [&[0xff; 12][..], &withdrawals(1)].concat();
    assert_eq!(unit(&before), Unit::Gap(12));
    let whole = withdrawals(1);
    assert_eq!(unit(&whole[..30]), Unit::Gap(30));
}

/// Damage costs its own octets, wherever it stands; as a message of its own it is one reject too.
#[test]
fn damage_is_one_reject_and_counted() {
    let damage = [0xff; 50];
    let (good, mut decoder) = (withdrawals(2), decoder(true));
    let message = [&good[..], &damage, &good, &damage, &good].concat();
    let (outcome, rows) = decode(&mut decoder, &message);
    assert_eq!(outcome, Outcome::Parsed);
    let expected = [
        "withdraw 2 of 192.0.2.1 from 0 at 1735689600000000 Mrt",
        "reject 0: over_limit length at 8",
        "withdraw 2 of 192.0.2.1 from 2 at 1735689600000000 Mrt",
        "reject 1: over_limit length at 8",
        "withdraw 2 of 192.0.2.1 from 4 at 1735689600000000 Mrt",
    ];
    assert_eq!(rows.0, expected);
    let count = |notices: Notices, of| notices.iter().find(|(kind, _)| *kind == of).unwrap().1;
    let notices = decoder.take_notices();
    assert_eq!(count(notices, Notice::Resynchronised), 2);
    assert_eq!(count(notices, Notice::DamagedOctets), 100);
    let (outcome, rows) = decode(&mut decoder, &damage);
    assert_eq!(
        (outcome, rows.0),
        (Outcome::Rejected, vec![expected[1].to_owned()])
    );
    let notices = decoder.take_notices();
    assert_eq!(count(notices, Notice::Resynchronised), 0);
    assert_eq!(count(notices, Notice::DamagedOctets), 50);
}

#[test]
fn formats_by_name() {
    assert_eq!(Format::by_name("mrt"), Some(Format::Mrt));
    assert_eq!(Format::by_name("MRT"), None);
}
