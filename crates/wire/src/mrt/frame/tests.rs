//! Good and damaged octets in, lengths of records and gaps out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::*;

extern crate std;
use std::time::{Duration, Instant};
use std::vec::Vec;

const SECONDS: u32 = 1_735_689_600;
/// Neither a header nor a part of one.
const NOISE: [u8; 32] = *b"\xf3\x9c this is no record, not a part";

fn record_at(seconds: u32, record_type: u16, subtype: u16, body: &[u8]) -> Vec<u8> {
    let mut octets = seconds.to_be_bytes().to_vec();
    octets.extend(record_type.to_be_bytes());
    octets.extend(subtype.to_be_bytes());
    octets.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
    octets.extend(body);
    octets
}

fn record(record_type: u16, subtype: u16, body: &[u8]) -> Vec<u8> {
    record_at(SECONDS, record_type, subtype, body)
}

/// BGP4MP with a KEEPALIVE: proves itself.
fn keepalive() -> Vec<u8> {
    let mut body = Vec::from([
        0xfb, 0xf4, 0x31, 0x6e, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254,
    ]);
    body.extend([0xff; 16]);
    body.extend([0, 19, 4]);
    record(16, 1, &body)
}

/// An UPDATE of type 5 that withdraws so many prefixes.
fn early_update(count: u8) -> Vec<u8> {
    let mut body = Vec::from([0xfb, 0xf4, 192, 0, 2, 1, 0x31, 0x6e, 192, 0, 2, 254]);
    body.extend([0, 2 * count]);
    body.extend((0..count).flat_map(|network| [8, network]));
    body.extend([0, 0]);
    record(5, 1, &body)
}

/// TABLE_DUMP with so many routes behind one view and sequence. If it is a batch, those are not counted.
fn table_dump(routes: usize, is_batch: bool) -> Vec<u8> {
    let route = [
        203, 0, 113, 0, 24, 1, 0, 0, 0, 9, 192, 0, 2, 1, 0xfb, 0xf4, 0, 4, 7, 8, 9, 10,
    ];
    let mut octets = record(12, 1, &[&[0, 0, 0, 1][..], &route.repeat(routes)].concat());
    octets[11] -= if is_batch { 4 } else { 0 };
    octets
}

/// RIB of TABLE_DUMP_V2 with one entry.
fn rib() -> Vec<u8> {
    record(13, 2, &[0, 0, 0, 0, 8, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// PEER_INDEX_TABLE without peers: proves nothing.
fn peers() -> Vec<u8> {
    record(13, 1, &[192, 0, 2, 9, 0, 0, 0, 0])
}

/// Length of each record; of a gap with a minus, and why it is one.
fn frames(input: &[u8]) -> Vec<(isize, &'static str)> {
    let (mut rest, mut found) = (input, Vec::new());
    while !rest.is_empty() {
        let octets = match split_frame(rest, true) {
            Frame::Record(record) => {
                found.push((isize::try_from(record.octets.len()).unwrap(), ""));
                record.octets.len()
            }
            Frame::Gap { octets, error } => {
                found.push((-isize::try_from(octets).unwrap(), error.field));
                octets
            }
            Frame::Incomplete => panic!("incomplete at the end"),
        };
        rest = &rest[octets..];
    }
    found
}

fn check(parts: &[&[u8]], expected: &[(isize, &str)]) {
    assert_eq!(frames(&parts.concat()), expected);
}

fn whole(octets: &[u8]) -> (isize, &'static str) {
    (isize::try_from(octets.len()).unwrap(), "")
}

#[test]
fn good_records() {
    let (a, b, c, d) = (keepalive(), early_update(2), rib(), table_dump(1, false));
    check(
        &[&a, &b, &c, &d, &a],
        &[whole(&a), whole(&b), whole(&c), whole(&d), whole(&a)],
    );
}

#[test]
fn a_record_that_proves_itself_needs_nothing_behind_it() {
    for octets in [keepalive(), table_dump(1, false), rib(), early_update(3)] {
        let frame = split_frame(&octets, false);
        assert!(matches!(frame, Frame::Record(record) if record.octets.len() == octets.len()));
    }
    assert!(matches!(split_frame(&peers(), false), Frame::Incomplete));
}

#[test]
fn octets_that_no_length_covers() {
    let a = keepalive();
    check(
        &[&a, &NOISE, &a, &NOISE],
        &[whole(&a), (-32, "length"), whole(&a), (-32, "length")],
    );
    let b = early_update(1);
    check(
        &[&b, &NOISE, &b, &b, &b],
        &[whole(&b), (-32, "length"), whole(&b), whole(&b), whole(&b)],
    );
}

/// The writer was interrupted after ten octets of a header: its length is the next record's time.
#[test]
fn a_header_that_is_cut_off() {
    let (a, b) = (keepalive(), early_update(2));
    let cut = &b[..10];
    check(
        &[&a, cut, &b, &b, &b],
        &[
            whole(&a),
            (-10, "record body"),
            whole(&b),
            whole(&b),
            whole(&b),
        ],
    );
}

/// A length that takes in the records behind costs its own record only.
#[test]
fn a_length_that_is_too_large() {
    let mut bad = rib();
    bad[11] += 40;
    let (a, b) = (keepalive(), rib());
    check(
        &[&bad, &b, &b, &b, &a],
        &[
            (-isize::try_from(bad.len()).unwrap(), "length"),
            whole(&b),
            whole(&b),
            whole(&b),
            whole(&a),
        ],
    );
}

/// Even if it ends where one of them does.
#[test]
fn a_length_that_happens_to_end_with_a_record() {
    for (mut bad, good) in [
        (rib(), rib()),
        (early_update(1), early_update(2)),
        (table_dump(1, false), table_dump(1, false)),
    ] {
        let begin = -isize::try_from(bad.len()).unwrap();
        bad[11] += u8::try_from(2 * good.len()).unwrap();
        check(
            &[&bad, &good, &good, &good],
            &[(begin, "length"), whole(&good), whole(&good), whole(&good)],
        );
    }
}

#[test]
fn a_bad_record_whose_length_is_right_is_one_by_itself() {
    let mut marker = keepalive();
    marker[12 + 16] = 0;
    let (a, unknown) = (keepalive(), record(14, 0, &[1, 2, 3]));
    check(&[&marker, &a], &[whole(&marker), whole(&a)]);
    check(
        &[&unknown, &unknown, &marker, &a],
        &[whole(&unknown), whole(&unknown), whole(&marker), whole(&a)],
    );
    check(&[&marker], &[whole(&marker)]);
}

#[test]
fn the_end_of_a_file() {
    let a = keepalive();
    let cut = &a[..a.len() - 1];
    check(&[&a, cut], &[whole(&a), (-46, "record body")]);
    check(&[&a, &a[..5]], &[whole(&a), (-5, "type")]);
    // One record is enough if the file ends with it.
    check(&[&NOISE, &a], &[(-32, "length"), whole(&a)]);
    // The last one may be cut off, if there are enough before it.
    check(
        &[&NOISE, &a, &a, cut],
        &[(-32, "length"), whole(&a), whole(&a), (-46, "record body")],
    );
    let unknown = record(14, 0, &[1, 2, 3]);
    check(
        &[&unknown, &unknown[..13]],
        &[whole(&unknown), (-13, "record body")],
    );
}

#[test]
fn batches_do_not_count_view_and_sequence() {
    let (one, three) = (table_dump(1, true), table_dump(3, true));
    check(
        &[&three, &one, &three],
        &[whole(&three), whole(&one), whole(&three)],
    );
    let next = keepalive();
    check(&[&three, &next], &[whole(&three), whole(&next)]);
    // Routes up to its end prove one without what follows.
    check(&[&three, &NOISE], &[whole(&three), (-32, "length")]);
    // One that does count them, whatever is in it.
    let counted = table_dump(2, false);
    // A length that takes in others and ends like that of a batch.
    let mut bad = table_dump(1, false);
    bad[11] += u8::try_from(2 * counted.len() - 4).unwrap();
    check(
        &[&bad, &counted, &counted, &counted, &next],
        &[
            (-isize::try_from(bad.len()).unwrap(), "length"),
            whole(&counted),
            whole(&counted),
            whole(&counted),
            whole(&next),
        ],
    );
    check(&[&counted, &counted], &[whole(&counted), whole(&counted)]);
    assert!(matches!(split_frame(&three, false), Frame::Incomplete));
    check(
        &[&NOISE, &three, &three, &three],
        &[(-32, "length"), whole(&three), whole(&three), whole(&three)],
    );
}

#[test]
fn zeros_are_one_gap() {
    let (a, zeros) = (keepalive(), [0; 5000]);
    check(
        &[&a, &zeros, &a, &a, &a],
        &[whole(&a), (-5000, "type"), whole(&a), whole(&a), whole(&a)],
    );
}

#[test]
fn a_long_gap_goes_in_pieces() {
    let (a, noise) = (keepalive(), NOISE.repeat(SCAN_OCTETS_MAX / 32 + 1));
    let piece = isize::try_from(SCAN_OCTETS_MAX).unwrap();
    check(
        &[&noise, &a, &a, &a],
        &[
            (-piece, "length"),
            (-32, "length"),
            whole(&a),
            whole(&a),
            whole(&a),
        ],
    );
}

#[test]
fn damage_waits_for_enough_octets() {
    let a = keepalive();
    let octets = [&NOISE[..], &a, &a, &a].concat();
    assert!(matches!(split_frame(&octets, false), Frame::Incomplete));
    let more = [octets, NOISE.repeat(WINDOW_OCTETS / 32)].concat();
    assert!(matches!(
        split_frame(&more, false),
        Frame::Gap { octets: 32, .. }
    ));
}

/// Octets that are made to be searched again and again.
#[test]
fn hostile_octets_take_linear_time() {
    let (far, weak) = (record_at(7, 14, 0, &[]), peers());
    let (unseen, unseen_far) = (record(11, 0, &[]), record_at(7, 11, 0, &[]));
    let (bad, state) = (
        record(14, 0, &[]),
        record(5, 3, &[0, 1, 192, 0, 2, 1, 0, 1, 0, 2]),
    );
    let far_state = record_at(7, 5, 3, &[0, 1, 192, 0, 2, 1, 0, 1, 0, 2]);
    let empty_rib = record(13, 2, &[0, 0, 0, 0, 0, 0, 0]);
    let huge = record(13, 2, &[0xff; 8]);
    let octets = 4 * SCAN_OCTETS_MAX;
    for pattern in [
        [&weak[..], &far].concat(),
        [&weak[..], &far, &NOISE].concat(),
        [&far[..], &weak, &NOISE].concat(),
        [&empty_rib[..], &NOISE[..12]].concat(),
        [&weak[..], &far, &far_state].concat(),
        [&weak[..], &unseen_far, &state, &bad].concat(),
        [&unseen[..], &unseen_far].concat(),
        [&unseen[..], &unseen_far, &weak].concat(),
        [&table_dump(3, false)[..], &far, &far_state].concat(),
        table_dump(3, false)[..70].to_vec(),
        huge,
        NOISE.to_vec(),
        Vec::from([0, 13, 0]),
    ] {
        let hostile = pattern.repeat(octets / pattern.len());
        let began = Instant::now();
        let found: isize = frames(&hostile)
            .iter()
            .map(|(octets, _)| octets.abs())
            .sum();
        assert_eq!(usize::try_from(found), Ok(hostile.len()));
        assert!(began.elapsed() < Duration::from_secs(10), "{pattern:02x?}");
    }
}

/// What fuzzing has found: a record whose body is bad spoke for the one before it as long as only its header was read.
#[test]
fn how_much_is_read_does_not_decide() {
    let bad = record(12, 1, &[99; 38]);
    // A prefix of its second route has 99 bits: no batch to the end.
    let mut first = table_dump(2, true);
    first[42] = 99;
    let input = [&first[..], &bad, &NOISE].concat();
    let Frame::Record(whole) = split_frame(&input, true) else {
        panic!("no record");
    };
    for end in 0..input.len() {
        match split_frame(&input[..end], false) {
            Frame::Incomplete => {}
            Frame::Record(record) => assert_eq!(record.octets, whole.octets, "{end}"),
            Frame::Gap { octets, .. } => panic!("a gap of {octets} with {end}"),
        }
    }
}
