//! Octets of Frame Streams in, frames or the exact error out.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

#[track_caller]
fn control(octets: &[u8]) -> Control<'_> {
    match split_frame(octets).unwrap() {
        (Frame::Control(control), _) => control,
        (Frame::Data(_), _) => panic!("data"),
    }
}

#[test]
fn data_frames() {
    let (frame, rest) = split_frame(&[0, 0, 0, 2, 7, 8, 9]).unwrap();
    let Frame::Data(data) = frame else {
        panic!("no data");
    };
    assert_eq!(
        (data.rest(), data.offset(), rest),
        (&[7, 8][..], 4, &[9][..])
    );
}

#[test]
fn control_frames() {
    let stop = [0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 3, 0xee];
    assert_eq!(control(&stop).control_type, ControlType::STOP);
    assert_eq!(split_frame(&stop).unwrap().1, [0xee]);
    let mut fields = control(&stop).fields;
    assert_eq!(split_content_type(&mut fields), Ok(None));
}

#[test]
fn content_types_among_other_fields() {
    let ready = b"\0\0\0\0\0\0\0\x21\0\0\0\x04\0\0\0\x01\0\0\0\x01a\0\0\0\x09\0\0\0\x02xy\0\0\0\x01\0\0\0\x02bc";
    let mut fields = control(ready).fields;
    assert_eq!(split_content_type(&mut fields), Ok(Some(&b"a"[..])));
    assert_eq!(split_content_type(&mut fields), Ok(Some(&b"bc"[..])));
    assert_eq!(split_content_type(&mut fields), Ok(None));
}

#[test]
fn errors() {
    #[track_caller]
    fn check(octets: &[u8], error: ParseError) {
        assert_eq!(split_frame(octets).unwrap_err(), error);
    }
    let over_limit = |field, offset| ParseError::new(Fault::OverLimit, field, offset);
    check(&[0, 0, 0], ParseError::truncated("frame length", 0));
    check(&[0, 0, 0, 3, 1, 2], ParseError::truncated("frame", 4));
    check(&[0, 16, 0, 1], over_limit("frame length", 0));
    check(&[0, 16, 0, 0], ParseError::truncated("frame", 4));
    check(&[0; 7], ParseError::truncated("control frame length", 4));
    check(
        &[0, 0, 0, 0, 0, 0, 2, 1],
        over_limit("control frame length", 4),
    );
    check(
        &[0, 0, 0, 0, 0, 0, 2, 0],
        ParseError::truncated("control frame", 8),
    );
    check(
        &[0, 0, 0, 0, 0, 0, 0, 3],
        ParseError::bad_length("control frame length", 4),
    );
    check(&[0; 8], ParseError::bad_length("control frame length", 4));
}

#[test]
fn errors_in_fields() {
    #[track_caller]
    fn check(fields: &[u8], error: ParseError) {
        assert_eq!(split_content_type(&mut Reader::new(fields)), Err(error));
    }
    check(&[0, 0, 0], ParseError::truncated("control field type", 0));
    check(
        &[0, 0, 0, 1, 0],
        ParseError::truncated("control field length", 4),
    );
    check(
        &[0, 0, 0, 1, 0, 0, 0, 2, 7],
        ParseError::truncated("control field", 8),
    );
    let mut long = [0; 8 + 257];
    long[3] = 1;
    long[6] = 1;
    long[7] = 1;
    check(&long, ParseError::new(Fault::OverLimit, "content type", 4));
}
