//! What the decoder of BGP remembers, counts and changes: path identifiers, widths of ASNs, the ASN of a collector.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use crate::{Decoder, DecoderSettings, Format, Notice};
use tables::{AsPath, BmpReport, Nlri, Provenance, RejectRow, RouteRun, RowSink, SessionRow};

const PROVENANCE: Provenance<'static> = Provenance {
    kafka_topic: "t",
    kafka_partition: 0,
    kafka_offset: 0,
    brokered_at: None,
    ingested_at: 7,
    project: "",
    collector: "",
    router: None,
    format: "mrt",
};

fn decoder(strips_collector_asn: bool) -> Decoder {
    Decoder::new(DecoderSettings {
        strips_collector_asn,
        ..DecoderSettings::new(Format::Mrt)
    })
}

/// A BGP4MP_MESSAGE_AS4 of AS 64500 whose UPDATE has an AS_PATH, and NLRI.
fn announcement(as_path: &[u8], nlri: &[u8]) -> Vec<u8> {
    let mut body = vec![
        0, 0, 0xfb, 0xf4, 0, 0, 0x31, 0x6e, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254,
    ];
    let attributes = [
        &[0x40, 1, 1, 0, 0x40, 3, 4, 192, 0, 2, 1][..],
        &[0x40, 2, as_path.len() as u8],
        as_path,
    ]
    .concat();
    body.extend([0xff; 16]);
    body.extend([0, 23 + (attributes.len() + nlri.len()) as u8, 2, 0, 0, 0]);
    body.push(attributes.len() as u8);
    body.extend(attributes);
    body.extend(nlri);
    let header = [
        0x67,
        0x74,
        0x85,
        0x80,
        0,
        16,
        0,
        4,
        0,
        0,
        0,
        body.len() as u8,
    ];
    [&header[..], &body].concat()
}

/// The AS_PATH of an announcement, and the ASN that was stripped from it.
#[derive(Debug, Default)]
struct Paths(Vec<(Vec<u8>, Option<u32>)>);

impl RowSink for Paths {
    fn routes(&mut self, run: &RouteRun<'_>) {
        let path = match run.attributes.as_path {
            Some(AsPath::Sequence(path) | AsPath::Segments(path)) => path.to_vec(),
            None => Vec::new(),
        };
        self.0.push((path, run.attributes.stripped_asn));
    }

    fn session(&mut self, _: &SessionRow<'_>) {}

    fn bmp_stats(&mut self, _: &BmpReport<'_>) {}

    fn dns_message(&mut self, _: &tables::DnsMessageRow<'_>) {}

    fn dns_record(&mut self, _: &tables::DnsRecordRow<'_>) {}

    fn dns_measurement(&mut self, _: &tables::DnsMeasurementRow<'_>) {}

    fn reject(&mut self, _: &RejectRow<'_>) {}
}

#[test]
fn the_asn_of_a_collector_is_stripped_before_that_of_the_peer() {
    let check = |strips_collector_asn, as_path: &[u8], expected: &[u8], stripped| {
        let mut decoder = decoder(strips_collector_asn);
        let mut paths = Paths::default();
        let message = announcement(as_path, &[8, 10]);
        decoder.decode(&message, &PROVENANCE, &mut paths);
        assert_eq!(paths.0, [(expected.to_vec(), stripped)]);
    };
    let (collector, peer, other) = ([0, 0, 0x19, 0x2f], [0, 0, 0xfb, 0xf4], [0, 0, 0xfb, 0xf5]);
    let with_both = [&[2, 3][..], &collector, &peer, &other].concat();
    check(true, &with_both, &with_both[6..], Some(6447));
    check(false, &with_both, &with_both[2..], None);
    // The peer is there twice, or the second is another: nothing to strip.
    let peer_first = [&[2, 3][..], &peer, &peer, &other].concat();
    check(true, &peer_first, &peer_first[2..], None);
    let other_second = [&[2, 3][..], &collector, &other, &peer].concat();
    check(true, &other_second, &other_second[2..], None);
    check(true, &[], &[], None);
    // Before a set the first segment is one shorter; a set in front is left alone.
    let set = [&[1, 1][..], &other].concat();
    let sequence = [&[2, 2][..], &collector, &peer, &set].concat();
    let stripped = [&[2, 1][..], &peer, &set].concat();
    check(true, &sequence, &stripped, Some(6447));
    let set_first = [&[1, 2][..], &collector, &peer, &[2, 1], &other].concat();
    check(true, &set_first, &set_first, None);
}

/// Prefixes of a message, and how many path identifiers they have.
#[derive(Debug, Default)]
struct Nlris(Vec<(usize, usize)>);

impl RowSink for Nlris {
    fn routes(&mut self, run: &RouteRun<'_>) {
        if let Nlri::Prefixes { prefixes, path_ids } = run.nlri {
            self.0.push((prefixes.len(), path_ids.len()));
        }
    }

    fn session(&mut self, _: &SessionRow<'_>) {}

    fn bmp_stats(&mut self, _: &BmpReport<'_>) {}

    fn dns_message(&mut self, _: &tables::DnsMessageRow<'_>) {}

    fn dns_record(&mut self, _: &tables::DnsRecordRow<'_>) {}

    fn dns_measurement(&mut self, _: &tables::DnsMeasurementRow<'_>) {}

    fn reject(&mut self, _: &RejectRow<'_>) {}
}

#[test]
fn what_was_learned_of_path_identifiers_is_counted_and_carried_over() {
    let as_path = [2, 1, 0, 0, 0xfb, 0xf4];
    let hidden = announcement(&as_path, &[0, 0, 0, 1, 24, 203, 0, 113]);
    let ambiguous = announcement(&as_path, &[24, 198, 51, 100, 24, 203, 0, 113]);
    let read = |decoder: &mut Decoder, message: &[u8]| {
        let mut nlris = Nlris::default();
        decoder.decode(message, &PROVENANCE, &mut nlris);
        nlris.0
    };
    let count = |decoder: &mut Decoder, notice| {
        let notices = decoder.take_notices();
        let found = notices.iter().find(|(one, _)| *one == notice);
        found.map_or(0, |(_, count)| count)
    };
    let mut first = decoder(false);
    for _ in 0..2 {
        assert_eq!(read(&mut first, &hidden), [(1, 1)]);
        assert_eq!(read(&mut first, &ambiguous), [(2, 0)]);
    }
    assert_eq!(count(&mut first, Notice::PathIdsInferred), 2);
    read(&mut first, &hidden);
    assert_eq!(count(&mut first, Notice::PathIdsLearned), 1);

    let mut second = decoder(false);
    second.load_state(&first.export_state()).unwrap();
    assert_eq!(read(&mut second, &ambiguous), [(1, 1)]);
    assert_eq!(count(&mut second, Notice::PathIdsInferred), 1);
    let version = second.state_version();
    assert_eq!(read(&mut second, &hidden), [(1, 1)]);
    assert_eq!(second.state_version(), version, "nothing new");
}

#[test]
fn inferred_widths_are_counted() {
    let mut decoder = decoder(false);
    let message = announcement(&[2, 2, 0xfb, 0xf4, 0xfb, 0xf5], &[8, 10]);
    decoder.decode(&message, &PROVENANCE, &mut Nlris::default());
    let notices = decoder.take_notices();
    let noticed: Vec<_> = notices.iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(noticed, [(Notice::AsWidthInferred, 1)]);
}
