//! Every pair of formats that one could take for each other.
#![allow(clippy::indexing_slicing)]

use super::{BLANK_OCTETS_MAX, first_unit, format_of};
use crate::{Format, PART_OCTETS_MAX, Unit};

/// An MRT record of that time, type and subtype.
fn mrt(seconds: u32, record_type: u16, subtype: u16, body: &[u8]) -> Vec<u8> {
    let mut octets = seconds.to_be_bytes().to_vec();
    octets.extend(record_type.to_be_bytes());
    octets.extend(subtype.to_be_bytes());
    octets.extend((body.len() as u32).to_be_bytes());
    octets.extend(body);
    octets
}

/// A BMP message of that version, length and type; all that follows the type is zero.
fn bmp(version: u8, octets: usize, message_type: u8) -> Vec<u8> {
    let mut message = vec![version];
    message.extend((octets as u32).to_be_bytes());
    message.push(message_type);
    message.resize(octets, 0);
    message
}

#[track_caller]
fn check(octets: &[u8], expected: Option<Format>) {
    assert_eq!(format_of(octets), expected, "{octets:02x?}");
}

#[test]
fn each_format_is_recognised() {
    check(&mrt(1_735_689_600, 16, 4, &[0; 60]), Some(Format::Mrt));
    check(&mrt(1_735_689_600, 13, 1, &[]), Some(Format::Mrt));
    check(&bmp(3, 60, 0), Some(Format::Bmp));
    check(&bmp(4, 6, 4), Some(Format::Bmp));
    check(b"OBMP\x01\x07\x00\x4e", Some(Format::OpenBmp));
    check(b"V: 1.7\nL: 3\n\nabc", Some(Format::OpenBmp));
    check(b"r_hash: 00\nv: 1\nl: 3\n\nabc", Some(Format::OpenBmp));
    check(b"R: 1\nV: 1\nT: peer\nL: 3\n\nabc", Some(Format::OpenBmp));
    check(b"{\"type\":\"pong\"}", Some(Format::RisLive));
    check(b" \r\n\t{}", Some(Format::RisLive));
}

#[test]
fn mrt_whose_time_spells_something_else() {
    let of = |seconds: &[u8; 4]| mrt(u32::from_be_bytes(*seconds), 16, 4, &[0; 60]);
    for seconds in [
        b"BZh9", b"OBMP", b"V: 1", b"v:17", b"L: 9", b"{\"ty", b" {\"t", b"PAR1",
    ] {
        check(&of(seconds), Some(Format::Mrt));
    }
    check(&mrt(u32::MAX, 16, 4, &[0xff; 60]), Some(Format::Mrt));
}

#[test]
fn mrt_and_bmp_are_told_apart_in_the_first_years() {
    for version in [3, 4] {
        // The time's last octets read as a length of 512, and the record is as long.
        let seconds = u32::from_be_bytes([version, 0, 0, 2]);
        check(&mrt(seconds, 16, 4, &[0; 600]), Some(Format::Mrt));
        check(&mrt(seconds, 12, 1, &[0; 600]), Some(Format::Mrt));
        // A length of whole 256 octets puts a zero where MRT has one.
        for message_type in 0..=6 {
            check(&bmp(version, 512, message_type), Some(Format::Bmp));
        }
        check(&bmp(version, 60, 200), Some(Format::Bmp));
    }
}

#[test]
fn what_others_begin_with_is_no_mrt() {
    // Control frame of Frame Streams, both byte orders of pcap, a DNS query, zeros.
    check(&[0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 2], None);
    check(&[0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0], None);
    check(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0], None);
    check(&[0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], None);
    check(&[0; 64], None);
}

#[test]
fn what_does_not_fit_is_not_recognised() {
    let record = mrt(1_735_689_600, 16, 4, &[0; 60]);
    check(&record[..record.len() - 1], None);
    check(&bmp(3, 60, 0)[..59], None);
    check(&bmp(5, 60, 0), None);
    check(&[3, 0, 0, 0, 5, 0], None);
    check(&[0xff; 23], None);
    check(b"", None);
    check(b" ", None);
    check(b"[{}]", None);
    check(b"Vendor: x", None);
    check(b"OBMP", None);
}

#[test]
fn units_of_a_mixed_file() {
    let record = mrt(1_735_689_600, 16, 4, &[0; 60]);
    let unit = |octets: &[u8]| first_unit(octets, false, PART_OCTETS_MAX);
    // What follows a record that shows no BGP message decides whether it is one.
    let mixed = [&record[..], b"{}\n"].concat();
    assert_eq!(unit(&mixed), Unit::Incomplete);
    assert_eq!(first_unit(&record, true, PART_OCTETS_MAX), Unit::Whole(72));
    assert_eq!(unit(b"{}\nOBMP"), Unit::Whole(3));
    assert_eq!(unit(b"\n{}\n\n"), Unit::Whole(4));
    for end in 0..record.len() {
        assert_eq!(unit(&record[..end]), Unit::Incomplete, "{end} octets");
    }
    assert_eq!(first_unit(b"{}", true, PART_OCTETS_MAX), Unit::Whole(2));
}

#[test]
fn damage_in_a_mixed_file_ends_where_a_unit_begins() {
    let check = |octets: &[u8], gap| {
        assert_eq!(first_unit(octets, true, PART_OCTETS_MAX), Unit::Gap(gap));
    };
    let state_change = [&[0; 6][..], &[0, 1], &[0; 8], &[0, 6, 0, 1]].concat();
    let records = mrt(1_735_689_600, 16, 0, &state_change).repeat(3);
    check(&[&[0xee; 99][..], &records].concat(), 99);
    // A record of no type is passed over by its length.
    let unknown = mrt(1_735_689_600, 99, 0, &[0xee; 50]);
    check(&[&unknown[..], &records].concat(), unknown.len());
    check(b"[] or half of an object\n{}\n", 24);
    check(&[0; 64], 64);
    check(&[b' '; BLANK_OCTETS_MAX + 64], BLANK_OCTETS_MAX + 64);
    check(&records[..20], 20);
    // More octets may yet tell.
    assert_eq!(
        first_unit(&[0; 64], false, PART_OCTETS_MAX),
        Unit::Incomplete
    );
}
