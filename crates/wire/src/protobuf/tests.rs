//! Octets in, fields or the exact error out.
#![allow(clippy::unwrap_used)]

use super::*;

fn fields(octets: &[u8]) -> Fields<'_> {
    Fields::new(Reader::new(octets))
}

#[test]
fn tags() {
    let tag = |octets: &[u8]| fields(octets).next_tag();
    assert_eq!(tag(&[]), Ok(None));
    assert_eq!(tag(&[0x08]), Ok(Some(Tag::varint(1))));
    assert_eq!(tag(&[0x7a]), Ok(Some(Tag::octets(15))));
    assert_eq!(tag(&[0x80, 0x01]), Ok(Some(Tag::varint(16))));
    assert_eq!(tag(&[0x88, 0x00]), Ok(Some(Tag::varint(1))));
    let largest = [0xf8, 0xff, 0xff, 0xff, 0x0f];
    assert_eq!(tag(&largest), Ok(Some(Tag::varint((1 << 29) - 1))));
    for bad in [
        &[0][..],
        &[7],
        &[0x80, 0x00],
        &[0xf8, 0xff, 0xff, 0xff, 0x1f],
    ] {
        assert_eq!(tag(bad), Err(ParseError::bad_value("tag", 0)), "{bad:x?}");
    }
    assert_eq!(tag(&[0x80]), Err(ParseError::truncated("tag", 0)));
}

#[test]
fn varints() {
    let varint = |octets: &[u8]| fields(octets).varint("n");
    assert_eq!(varint(&[0x00]), Ok(0));
    assert_eq!(varint(&[0x7f]), Ok(127));
    assert_eq!(varint(&[0x96, 0x01]), Ok(150));
    assert_eq!(varint(&[0x81, 0x80, 0x00]), Ok(1));
    let mut ten = [0xff; 10];
    ten[9] = 0x01;
    assert_eq!(varint(&ten), Ok(u64::MAX));
    // Bits that do not fit are lost.
    ten[9] = 0x7f;
    assert_eq!(varint(&ten), Ok(u64::MAX));
    assert_eq!(fields(&ten).varint_u32("n"), Ok(u32::MAX));
    assert_eq!(varint(&[]), Err(ParseError::truncated("n", 0)));
    assert_eq!(varint(&[0xff; 9]), Err(ParseError::truncated("n", 0)));
    let over_limit = ParseError::new(Fault::OverLimit, "n", 0);
    assert_eq!(varint(&[0xff; 10]), Err(over_limit));
    assert_eq!(varint(&[0x80; 11]), Err(over_limit));
}

#[test]
fn octets_keep_counting() {
    let mut fields = fields(&[0x03, 1, 2, 3, 0x08]);
    let inner = fields.octets("inner").unwrap();
    assert_eq!((inner.rest(), inner.offset()), (&[1, 2, 3][..], 1));
    assert_eq!(
        (fields.offset(), fields.next_tag()),
        (4, Ok(Some(Tag::varint(1))))
    );
}

#[test]
fn values_that_do_not_fit() {
    let octets = |octets: &[u8]| fields(octets).octets("o").map(|reader| reader.len());
    assert_eq!(octets(&[0x02, 1]), Err(ParseError::truncated("o", 1)));
    let mut huge = [0xff; 10];
    huge[9] = 0x01;
    assert_eq!(octets(&huge), Err(ParseError::truncated("o", 10)));
    assert_eq!(
        fields(&[1, 2, 3]).fixed32("f"),
        Err(ParseError::truncated("f", 0))
    );
    assert_eq!(fields(&[1, 2, 3, 4]).fixed32("f"), Ok(0x0403_0201));
}

#[test]
fn unknown_fields_are_skipped_by_wire_type() {
    #[track_caller]
    fn check(octets: &[u8], expected: Result<usize, ParseError>) {
        let mut fields = fields(octets);
        let tag = fields.next_tag().unwrap().unwrap();
        assert_eq!(fields.skip(tag).map(|()| fields.offset()), expected);
    }
    check(&[0x08, 0x96, 0x01, 0xee], Ok(3));
    check(&[0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0xee], Ok(9));
    check(&[0x0a, 2, 1, 2, 0xee], Ok(4));
    check(&[0x0d, 1, 2, 3, 4, 0xee], Ok(5));
    check(
        &[0x08, 0x96],
        Err(ParseError::truncated("unknown field", 1)),
    );
    check(&[0x09, 1], Err(ParseError::truncated("unknown field", 1)));
    check(
        &[0x0a, 2, 1],
        Err(ParseError::truncated("unknown field", 2)),
    );
    check(&[0x0d, 1], Err(ParseError::truncated("unknown field", 1)));
    for group in [0x0b, 0x0c, 0x0e, 0x0f] {
        check(&[group, 0], Err(ParseError::bad_value("wire type", 1)));
    }
}
