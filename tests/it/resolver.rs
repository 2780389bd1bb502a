//! What the simulated resolver says it must become, and what comes of it.

use crate::support::{Decoded, column, decoder_of};
use feeds::Format;
use sim::{Expected, Record, Resolver, ResolverSettings, frame_stream};
use tables::Table;

const FRAMES: usize = 30_000;

fn damaged(frames: usize) -> (Vec<Record>, Expected) {
    let settings = ResolverSettings {
        damaged_per_million: 20_000,
        ..ResolverSettings::default()
    };
    let records: Vec<_> = Resolver::new(&settings).take(frames).collect();
    let mut expected = Expected::default();
    records
        .iter()
        .for_each(|record| expected += record.expected);
    (records, expected)
}

/// The values of a column, in all rows of a table.
fn values(decoded: &Decoded, table: Table, name: &str) -> Vec<String> {
    let batches = decoded.of(table);
    batches.flat_map(|batch| column(batch, name)).collect()
}

fn count(values: &[String], wanted: &str) -> u64 {
    values.iter().filter(|value| *value == wanted).count() as u64
}

#[test]
fn rows_and_rejects_are_as_many_as_simulated() {
    let (records, expected) = damaged(FRAMES);
    let messages = records.iter().map(|record| &record.octets[..]);
    let decoded = Decoded::by(&mut decoder_of(Format::Dnstap), messages);
    let statuses = values(&decoded, Table::DnsMessages, "parse_status");
    assert_eq!(statuses.len() as u64, expected.dns_messages);
    let damaged = expected.dns_messages - count(&statuses, "ok");
    assert_eq!(damaged, expected.dns_damaged);
    assert_eq!(decoded.rows(Table::Rejects) as u64, expected.rejects);
    assert!(damaged > 100 && expected.rejects > 200, "{expected:?}");
    assert_eq!(decoded.skipped, 0, "{}", decoded.skipped_because);
    let companions = values(&decoded, Table::DnsMessages, "companion");
    let of_two = records
        .iter()
        .filter(|record| record.expected.dns_messages == 2);
    assert_eq!(count(&companions, "true"), of_two.count() as u64);
    for (name, wanted) in [
        ("registered_domain", 500),
        ("edns_ecs", 7),
        ("answer_cnames", 20),
    ] {
        let mut distinct = values(&decoded, Table::DnsMessages, name);
        distinct.sort_unstable();
        distinct.dedup();
        assert!(distinct.len() >= wanted, "{name}: {distinct:?}");
    }
}

/// In one message with two control frames around all: a frame that is damaged does not harm the others.
#[test]
fn a_stream_of_frames_gives_the_same_rows() {
    let (records, expected) = damaged(2_000);
    let stream = frame_stream(&records);
    let decoded = Decoded::by(&mut decoder_of(Format::Fstrm), [&stream[..]]);
    let statuses = values(&decoded, Table::DnsMessages, "parse_status");
    assert_eq!(statuses.len() as u64, expected.dns_messages);
    assert_eq!(decoded.rows(Table::Rejects) as u64, expected.rejects);
    assert!(expected.rejects > 0 && expected.dns_damaged > 0);
}
