//! Texts, times, notices, and where files are cut. What single messages become stands in the corpus of the integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::texts::Cache;
use crate::{Decoder, DecoderSettings, Format, Notice, Outcome, Unit};
use tables::BmpReport;
use tables::{ObservedAt, ObservedAtSource, Provenance, RejectRow, RouteRun, RowSink, SessionRow};

#[test]
fn a_text_is_written_once() {
    let mut cache = Cache::default();
    for round in 0..3 {
        for value in 0..10 {
            let text = cache.text(value, |value: u32| {
                assert_eq!(round, 0, "{value} again");
                value.to_string()
            });
            assert_eq!(text, value.to_string());
        }
    }
    // Memory is bounded, and texts stay right.
    for value in 0..10_000 {
        assert_eq!(
            cache.text(value, |value| value.to_string()),
            value.to_string()
        );
    }
    assert!(cache.len() <= 4096);
}

const BARE: [u8; 6] = [3, 0, 0, 0, 6, 99];

/// A header of OpenBMP without fields of variable length, before a BMP message.
fn openbmp() -> Vec<u8> {
    let mut octets = b"OBMP\x01\x07".to_vec();
    octets.extend([0, 78, 0, 0, 0, 6, 0x80, 12]);
    octets.resize(78, 0);
    octets.extend(BARE);
    octets
}

#[test]
fn files_are_cut() {
    for format in [Format::Bmp, Format::OpenBmp] {
        let check = |octets: &[u8], is_end, expected| {
            assert_eq!(format.first_unit(octets, is_end), expected);
        };
        check(&BARE, true, Unit::Whole(6));
        check(&[&BARE[..], &BARE].concat(), true, Unit::Whole(6));
        // What follows may be cut short, which is not seen yet.
        check(&BARE, false, Unit::Incomplete);
        check(&[&BARE[..], b"V"].concat(), false, Unit::Incomplete);
        check(&BARE[..4], true, Unit::Incomplete);
        check(b"\n", true, Unit::Damaged);
        let unit = openbmp();
        let followed = |by: &[u8]| [&unit[..], by].concat();
        check(&unit, true, Unit::Whole(84));
        check(&followed(&unit), false, Unit::Whole(84));
        check(&followed(&BARE.repeat(3)), false, Unit::Whole(84));
        // What is cut short at the end goes with what is whole.
        check(&[&BARE[..], &BARE[..4]].concat(), false, Unit::Incomplete);
        check(&[&BARE[..], &BARE[..4]].concat(), true, Unit::Whole(10));
        check(&[&BARE[..], b"OBXP"].concat(), true, Unit::Whole(6));
        check(&followed(b"OB"), false, Unit::Incomplete);
        check(&followed(b"OB"), true, Unit::Whole(86));
        // Stray octets belong to the unit before them, as far as that can be known.
        check(&unit, false, Unit::Incomplete);
        check(&followed(b"\n"), false, Unit::Incomplete);
        check(&followed(b"\n"), true, Unit::Whole(85));
        check(
            &followed(&[&[10][..], &unit].concat()),
            false,
            Unit::Whole(85),
        );
        check(&followed(&[10; 17]), true, Unit::Whole(84));
        // Until the last place is seen at which the next one may begin.
        let cut = followed(&[&[10; 16][..], &unit[..3]].concat());
        check(&cut, false, Unit::Incomplete);
        check(&cut, true, Unit::Whole(84));
        check(&followed(&[10; 20]), false, Unit::Whole(84));
        check(&unit[..83], false, Unit::Incomplete);
        check(&[&unit[..4], &[2, 7]].concat(), false, Unit::Damaged);
    }
}

/// Times and names of the last row.
#[derive(Debug, Default, PartialEq)]
struct Last {
    observed_at: Option<ObservedAt>,
    router_at: Option<i64>,
    names: [String; 2],
}

impl Last {
    fn take(&mut self, provenance: &Provenance<'_>, at: ObservedAt, router_at: Option<i64>) {
        *self = Self {
            observed_at: Some(at),
            router_at,
            names: [provenance.project.into(), provenance.collector.into()],
        };
    }
}

impl RowSink for Last {
    fn routes(&mut self, run: &RouteRun<'_>) {
        self.take(run.provenance, run.observed_at, run.router_at);
    }

    fn session(&mut self, row: &SessionRow<'_>) {
        self.take(row.provenance, row.observed_at, row.router_at);
    }

    fn bmp_stats(&mut self, report: &BmpReport<'_>) {
        self.take(report.provenance, report.observed_at, report.router_at);
    }

    fn dns_message(&mut self, _: &tables::DnsMessageRow<'_>) {}

    fn dns_record(&mut self, _: &tables::DnsRecordRow<'_>) {}

    fn dns_measurement(&mut self, _: &tables::DnsMeasurementRow<'_>) {}

    fn reject(&mut self, row: &RejectRow<'_>) {
        self.take(row.provenance, row.observed_at, None);
    }
}

/// A Peer Down of so many seconds since 1970.
fn peer_down(seconds: u32) -> Vec<u8> {
    let mut octets = vec![3, 0, 0, 0, 49, 2];
    octets.resize(40, 0);
    octets.extend(seconds.to_be_bytes());
    octets.resize(48, 0);
    octets.push(4);
    octets
}

const SECONDS: u32 = 1_735_689_600;
const NOW: i64 = SECONDS as i64 * 1_000_000;
const HOUR: u32 = 3600;

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
        format: "bmp",
    }
}

#[test]
fn the_clock_of_a_router_counts_if_it_is_near() {
    use ObservedAtSource::{Broker, Ingested, PerPeer};
    let check = |is_archive, brokered_at, seconds: u32, expected, replaced| {
        let mut decoder = Decoder::new(DecoderSettings {
            is_archive,
            ..DecoderSettings::new(Format::Bmp)
        });
        let mut last = Last::default();
        let message = peer_down(seconds);
        let outcome = decoder.decode(&message, &provenance(brokered_at), &mut last);
        assert_eq!(outcome, Outcome::Parsed);
        let (at, source) = expected;
        let own = i64::from(seconds) * 1_000_000;
        let observed_at = last.observed_at.unwrap();
        assert_eq!((observed_at.at, observed_at.source), (at, source));
        let expected = (own != 0 && own != at).then_some(own);
        assert_eq!(last.router_at, expected);
        let mut notices = decoder.take_notices();
        let count = notices
            .iter()
            .find(|(notice, _)| *notice == Notice::TimeReplaced);
        assert_eq!(count.unwrap().1, replaced);
        notices = decoder.take_notices();
        assert!(notices.iter().all(|(_, count)| count == 0));
    };
    let own = |seconds: u32| (i64::from(seconds) * 1_000_000, PerPeer);
    for near in [SECONDS - HOUR, SECONDS, SECONDS + HOUR] {
        check(false, Some(NOW), near, own(near), 0);
    }
    for far in [1, SECONDS - HOUR - 1, SECONDS + HOUR + 1, u32::MAX] {
        check(false, Some(NOW), far, (NOW, Broker), 1);
        // Kafka's time says nothing of an archive, and a file has none.
        check(true, Some(NOW), far, own(far), 0);
        check(false, None, far, own(far), 0);
    }
    check(false, Some(NOW), 0, (NOW, Broker), 0);
    check(false, None, 0, (7, Ingested), 0);
}

#[test]
fn names_come_from_the_settings_where_nobody_tells() {
    let mut decoder = Decoder::new(DecoderSettings {
        project: "p".to_owned(),
        collector: "c".to_owned(),
        ..DecoderSettings::new(Format::Bmp)
    });
    let mut check = |told: Provenance<'_>, expected: [&str; 2]| {
        let mut last = Last::default();
        decoder.decode(&peer_down(1), &told, &mut last);
        assert_eq!(last.names, expected);
    };
    let told = provenance(None);
    check(told, ["p", "c"]);
    check(
        Provenance {
            project: "q",
            ..told
        },
        ["q", "c"],
    );
    let collector = "d";
    check(Provenance { collector, ..told }, ["p", "d"]);
}

#[test]
fn notices() {
    let mut decoder = Decoder::new(DecoderSettings::new(Format::OpenBmp));
    let mut count = |message: &[u8], expected| {
        decoder.decode(message, &provenance(None), &mut Last::default());
        let notices = decoder.take_notices();
        let noticed: Vec<_> = notices.iter().filter(|(_, count)| *count != 0).collect();
        assert_eq!(noticed, expected);
    };
    let stray = [&openbmp()[..], b"\n\n"].concat();
    count(&stray, vec![(Notice::DamagedOctets, 2)]);

    // Route Monitoring of a KEEPALIVE that is too long even to be an UPDATE.
    let mut octets = vec![3, 0, 0, 0x10, 49, 0];
    octets.resize(48, 0);
    octets.extend([0xff; 16]);
    octets.extend([0x10, 1, 4]);
    octets.resize(0x1000 + 49, 0);
    count(&octets, vec![(Notice::ExtendedMessage, 1)]);
}

#[test]
fn messages_behind_one_are_never_taken_for_tlvs() {
    // Markers read as a TLV of 65,535 octets, and so many follow.
    let keepalive = |octets: u16| {
        let mut message = vec![0xff; 16];
        message.extend(octets.to_be_bytes());
        message.push(4);
        message.resize(octets.into(), 0);
        message
    };
    let behind = [keepalive(4097).repeat(15), keepalive(4084)].concat();
    assert_eq!(behind.len(), 65_535 + 4);
    let mut octets = vec![3];
    octets.extend((48 + 19 + behind.len() as u32).to_be_bytes());
    octets.resize(48, 0);
    octets.extend([keepalive(19), behind].concat());
    let mut decoder = Decoder::new(DecoderSettings::new(Format::Bmp));
    decoder.decode(&octets, &provenance(None), &mut Last::default());
    let notices = decoder.take_notices();
    let extended = notices
        .iter()
        .find(|(notice, _)| *notice == Notice::ExtendedMessage);
    assert_eq!(extended.unwrap().1, 15);
}
