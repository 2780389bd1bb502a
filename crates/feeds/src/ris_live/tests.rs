//! Lines of a file, limits, and whose word counts for the collector. What messages become stands in the corpus.
#![allow(clippy::unwrap_used)]

use super::{GAP_OCTETS, MESSAGE_OCTETS_MAX, first_unit};
use crate::{Decoder, DecoderSettings, Format, Outcome, Unit};
use tables::{BmpReport, Provenance, RejectRow, RouteRun, RowSink, SessionRow};

#[test]
fn a_line_is_a_unit() {
    let check = |octets: &[u8], is_end, expected| {
        assert_eq!(first_unit(octets, is_end), expected, "{octets:?}");
    };
    check(b"{}\n{}\n", false, Unit::Whole(3));
    check(b"{}\r\n{}", false, Unit::Whole(4));
    check(b"\n \r\n{}\n\n", false, Unit::Whole(7));
    check(b"{}", false, Unit::Incomplete);
    check(b"{}", true, Unit::Whole(2));
    check(b"\n\n", false, Unit::Incomplete);
    check(b"\n\n", true, Unit::Whole(2));
    check(b"", true, Unit::Incomplete);
}

#[test]
fn a_line_without_end_is_cut() {
    let mut octets = vec![b'['; MESSAGE_OCTETS_MAX];
    assert_eq!(first_unit(&octets, false), Unit::Gap(GAP_OCTETS));
    assert_eq!(first_unit(&octets, true), Unit::Gap(GAP_OCTETS));
    *octets.last_mut().unwrap() = b'\n';
    assert_eq!(first_unit(&octets, false), Unit::Whole(MESSAGE_OCTETS_MAX));
    octets.pop();
    assert_eq!(first_unit(&octets, false), Unit::Incomplete);
}

const PROVENANCE: Provenance<'static> = Provenance {
    kafka_topic: "t",
    kafka_partition: 0,
    kafka_offset: 0,
    brokered_at: None,
    ingested_at: 0,
    project: "",
    collector: "",
    router: None,
    format: "ris-live",
};

/// Rows as text: the project and collector they name, and what was refused.
#[derive(Default)]
struct Rows(Vec<String>);

impl RowSink for Rows {
    fn routes(&mut self, run: &RouteRun<'_>) {
        let Provenance {
            project, collector, ..
        } = run.provenance;
        self.0
            .push(format!("{} by {project} {collector}", run.rows()));
    }

    fn session(&mut self, row: &SessionRow<'_>) {
        self.0.push(row.kind.name().to_owned());
    }

    fn bmp_stats(&mut self, report: &BmpReport<'_>) {
        self.0.push(format!("{} statistics", report.rows()));
    }

    fn dns_message(&mut self, _: &tables::DnsMessageRow<'_>) {}

    fn dns_record(&mut self, _: &tables::DnsRecordRow<'_>) {}

    fn dns_measurement(&mut self, _: &tables::DnsMeasurementRow<'_>) {}

    fn reject(&mut self, row: &RejectRow<'_>) {
        let (reason, field) = (row.reason, row.field);
        self.0
            .push(format!("{reason} {field} at {}", row.error_offset));
    }
}

fn decode(
    settings: DecoderSettings,
    message: &[u8],
    (project, collector): (&str, &str),
) -> Vec<String> {
    let provenance = Provenance {
        project,
        collector,
        ..PROVENANCE
    };
    let (mut rows, mut decoder) = (Rows::default(), Decoder::new(settings));
    decoder.decode(message, &provenance, &mut rows);
    rows.0
}

const WITHDRAWAL: &str = r#"{"type":"ris_message","data":{"timestamp":1735689600.5,"peer":"192.0.2.1",
"peer_asn":"64500","host":"rrc01.ripe.net","type":"UPDATE","withdrawals":["203.0.113.0/24"]}}"#;

#[test]
fn the_topic_knows_the_collector_better_than_the_message_and_that_better_than_the_settings() {
    let configured = DecoderSettings {
        project: "lab".to_owned(),
        collector: "ours".to_owned(),
        ..DecoderSettings::new(Format::RisLive)
    };
    let plain = DecoderSettings::new(Format::RisLive);
    let check = |settings: &DecoderSettings, message: &str, told, expected: &str| {
        let rows = decode(settings.clone(), message.as_bytes(), told);
        assert_eq!(rows, [expected]);
    };
    check(&plain, WITHDRAWAL, ("", ""), "1 by ris rrc01");
    check(&plain, WITHDRAWAL, ("p", "c"), "1 by p c");
    check(&configured, WITHDRAWAL, ("", ""), "1 by lab rrc01");
    let without_host = WITHDRAWAL.replace("host", "guest");
    check(&configured, &without_host, ("", ""), "1 by lab ours");
}

#[test]
fn large_messages_have_a_limit_and_leave_no_trace() {
    let settings = DecoderSettings::new(Format::RisLive);
    let mut message = WITHDRAWAL.as_bytes().to_vec();
    message.resize(MESSAGE_OCTETS_MAX, b' ');
    assert_eq!(
        decode(settings.clone(), &message, ("", "")),
        ["1 by ris rrc01"]
    );
    message.push(b' ');
    let expected = format!("over_limit message at {MESSAGE_OCTETS_MAX}");
    assert_eq!(decode(settings.clone(), &message, ("", "")), [expected]);

    let mut decoder = Decoder::new(settings);
    let (mut rows, provenance) = (Rows::default(), PROVENANCE);
    message.pop();
    for text in [&message, WITHDRAWAL.as_bytes()] {
        let outcome = decoder.decode(text, &provenance, &mut rows);
        assert_eq!(outcome, Outcome::Parsed);
    }
}

#[test]
fn a_list_that_no_attribute_can_hold_is_refused() {
    let message = |field: &str, element: &str, count: usize| {
        let list = vec![element; count].join(",");
        let origin = r#""origin":"igp","announcements":[{"next_hop":"192.0.2.1","prefixes":["203.0.113.0/24"]}]"#;
        format!(
            r#"{{"type":"ris_message","data":{{"timestamp":1,"peer":"192.0.2.1","peer_asn":"64500","host":"rrc00","type":"UPDATE",{origin},"path":[64500],"{field}":[{list}]}}}}"#
        )
    };
    let check = |field: &str, element: &str, most: usize| {
        let settings = || DecoderSettings::new(Format::RisLive);
        let rows = |count| {
            decode(
                settings(),
                message(field, element, count).as_bytes(),
                ("", ""),
            )
        };
        assert_eq!(rows(most), ["1 by ris rrc00"], "{field}");
        let refused = rows(most.saturating_add(1));
        assert!(
            matches!(&refused[..], [reject, _] if reject.contains(field)),
            "{refused:?}"
        );
    };
    check("community", "[1,2]", 16_383);
}
