//! What was decoded once takes no more memory when it comes again: every buffer is used for the next message, too. The arrays
//! of a batch are given away, so batches are handed over outside of what is counted.
#![allow(clippy::unwrap_used)]

use allocation_counter::measure;
use feeds::{Decoder, DecoderSettings, Format, Privacy};
use sim::{Record, Resolver, ResolverSettings, frame_stream};
use tables::{Builders, Provenance};

/// So many frames give fewer rows than a batch has, of records too.
const FRAMES: usize = 1_500;

/// Frames of a resolver, some of them with damaged messages.
fn frames() -> Vec<Record> {
    let settings = ResolverSettings {
        damaged_per_million: 5_000,
        ..ResolverSettings::default()
    };
    let frames = Resolver::new(&settings).take(FRAMES);
    // Rejects are rare and use Arrow's own builders, which keep nothing.
    frames.filter(|frame| frame.expected.rejects == 0).collect()
}

fn decode<'a>(
    decoder: &mut Decoder,
    messages: impl IntoIterator<Item = &'a [u8]>,
    builders: &mut Builders,
) {
    for (kafka_offset, message) in (0..).zip(messages) {
        let provenance = Provenance {
            kafka_topic: "t",
            kafka_partition: 0,
            kafka_offset,
            brokered_at: None,
            ingested_at: 0,
            project: "",
            collector: "",
            router: None,
            format: "dnstap",
        };
        decoder.decode(message, &provenance, builders);
    }
}

#[track_caller]
fn check(settings: DecoderSettings, messages: &[&[u8]]) {
    let (mut decoder, mut builders) = (Decoder::new(settings), Builders::new());
    let messages = || messages.iter().copied();
    let first = measure(|| decode(&mut decoder, messages(), &mut builders));
    assert!(first.count_total > 0, "nothing is counted");
    assert_ne!(builders.finish().count(), 0);
    let second = measure(|| decode(&mut decoder, messages(), &mut builders));
    assert_eq!(second.count_total, 0);
    let rows: usize = builders.finish().map(|(_, batch)| batch.num_rows()).sum();
    assert!(rows >= messages().len(), "{rows} rows");
}

#[test]
fn frames_that_come_again_allocate_nothing() {
    let frames = frames();
    let messages: Vec<&[u8]> = frames.iter().map(|frame| &frame.octets[..]).collect();
    check(DecoderSettings::new(Format::Dnstap), &messages);
    let stream = frame_stream(&frames);
    check(DecoderSettings::new(Format::Fstrm), &[&stream]);
}

#[test]
fn records_and_messages_that_are_kept_allocate_nothing() {
    let frames: Vec<_> = frames().into_iter().take(400).collect();
    let messages: Vec<&[u8]> = frames.iter().map(|frame| &frame.octets[..]).collect();
    for privacy in [Privacy::Keep, Privacy::Truncate, Privacy::Drop] {
        let settings = DecoderSettings {
            privacy,
            gives_dns_records: true,
            keeps_dns_messages: true,
            ..DecoderSettings::new(Format::Dnstap)
        };
        check(settings, &messages);
    }
}
