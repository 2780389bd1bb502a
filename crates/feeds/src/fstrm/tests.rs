//! Streams in, rows, skips or the exact reject out.

use super::*;
use crate::dns::row_texts::decode;
use crate::{DecoderSettings, Format, Privacy};

const START: &[u8] = b"\0\0\0\0\0\0\0\x22\0\0\0\x02\0\0\0\x01\0\0\0\x16protobuf:dnstap.Dnstap";
const STOP: &[u8] = b"\0\0\0\0\0\0\0\x04\0\0\0\x03";
/// A response of the bare header, auth.
const DATA: &[u8] = b"\0\0\0\x14\x72\x10\x08\x02\x72\x0c\x12\x34\x81\x85\0\0\0\0\0\0\0\0\x78\x01";
const ROW: &str = "response Ingested=7 role=auth octets=12 id=4660 opcode=0 rcode=5 flags=8185 counts=[0, 0, 0, 0]";

#[track_caller]
fn check(messages: &[&[u8]], expected: &[&str]) {
    let settings = DecoderSettings {
        privacy: Privacy::Keep,
        ..DecoderSettings::new(Format::Fstrm)
    };
    assert_eq!(decode(&settings, messages), expected);
}

fn row(item: u8) -> String {
    format!("{item} {ROW}")
}

#[test]
fn a_whole_stream() {
    let stream = [START, DATA, DATA, STOP].concat();
    check(&[&stream], &["parsed", &row(0), &row(1)]);
    // STOP is missing, and START was in another message.
    check(&[&[DATA, DATA].concat()], &["parsed", &row(0), &row(1)]);
}

#[test]
fn a_frame_per_message() {
    let expected = [
        "skipped fstrm_start",
        "parsed",
        "skipped fstrm_stop",
        "skipped empty",
        &row(0),
    ];
    check(&[START, DATA, STOP, b""], &expected);
}

#[test]
fn control_frames_are_skipped_by_name() {
    let control = |number| [0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, number];
    for (number, name) in [
        (1, "skipped fstrm_accept"),
        (2, "skipped fstrm_start"),
        (3, "skipped fstrm_stop"),
        (4, "skipped fstrm_ready"),
        (5, "skipped fstrm_finish"),
        (6, "skipped fstrm_control_unknown"),
    ] {
        check(&[&control(number)], &[name]);
    }
}

#[test]
fn other_content_is_refused_with_all_that_follows() {
    let start = b"\0\0\0\0\0\0\0\x16\0\0\0\x02\0\0\0\x01\0\0\0\x0atest:hello";
    let stream = [&start[..], b"\0\0\0\x10Hello, world #0\n"].concat();
    let reject = "reject 0: unsupported content type at 20 of 50";
    check(&[&stream], &["rejected", reject]);
    // Of several types one is ours.
    let ready = [
        b"\0\0\0\0\0\0\0\x34\0\0\0\x04\0\0\0\x01\0\0\0\x0atest:hello\0\0\0\x01\0\0\0\x16",
        CONTENT_TYPE,
    ];
    check(&[&ready.concat()], &["skipped fstrm_ready"]);
    let cut = b"\0\0\0\0\0\0\0\x0a\0\0\0\x02\0\0\0\x01\0\0";
    let reject = "reject 0: truncated control field length at 16 of 18";
    check(&[cut], &["rejected", reject]);
}

#[test]
fn a_damaged_frame_costs_itself() {
    let stream = [DATA, b"\0\0\0\x02\x72\x09", DATA].concat();
    let reject = "reject 0: truncated message at 2 of 2";
    check(&[&stream], &["parsed", &row(0), reject, &row(1)]);
}

#[test]
fn a_partial_last_frame_is_one_reject() {
    for end in 1..DATA.len() {
        let part = DATA.get(..end).unwrap_or_default();
        let reject = match end {
            1..4 => format!("reject 0: truncated frame length at 0 of {end}"),
            _ => format!("reject 0: truncated frame at 4 of {end}"),
        };
        check(&[&[DATA, part].concat()], &["parsed", &row(0), &reject]);
    }
}

#[test]
fn lengths_that_are_none() {
    let rejected = |octets: &[u8], reject| check(&[octets], &["rejected", reject]);
    let pdns = b"\x00\x9c\x08\x01\x12\x10";
    rejected(
        pdns,
        "reject 0: over_limit_like_pdns frame length at 0 of 6",
    );
    rejected(
        b"\x16\x03\x01\x02",
        "reject 0: over_limit frame length at 0 of 4",
    );
    rejected(
        &[0; 9],
        "reject 0: bad_length control frame length at 4 of 9",
    );
    let long = "reject 0: over_limit control frame length at 4 of 8";
    rejected(b"\0\0\0\0\0\0\x08\x01", long);
}

#[test]
fn units() {
    let unit = |octets: &[u8]| first_unit(octets, false);
    assert_eq!(unit(&[START, DATA].concat()), Unit::Whole(START.len()));
    assert_eq!(unit(&[DATA, STOP].concat()), Unit::Whole(DATA.len()));
    assert_eq!(unit(STOP), Unit::Whole(STOP.len()));
    assert_eq!(unit(&[0, 0, 0, 9, 1]), Unit::Incomplete);
    assert_eq!(first_unit(&[0, 0, 0, 9, 1], true), Unit::Incomplete);
    assert_eq!(unit(&[0, 0x9c, 8, 1]), Unit::Damaged);
    assert_eq!(unit(&[0; 8]), Unit::Damaged);
}
