//! Every pair of formats that one could take for each other.
#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::{BLANK_OCTETS_MAX, Front, find, format_of};
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

/// Cuts the first unit of a file.
fn first_unit(octets: &[u8], is_end: bool) -> Unit {
    super::first_unit(octets, is_end, PART_OCTETS_MAX)
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
    check(STOP, Some(Format::Fstrm));
    check(
        &[0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0],
        Some(Format::Pcap),
    );
    check(
        &[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0],
        Some(Format::Pcap),
    );
    check(&[0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0], None);
    check(&[0; 64], None);
}

const STOP: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 3];
/// Identity "ns1", a message of type 1, type MESSAGE.
const DNSTAP: &[u8] = b"\x0a\x03ns1\x72\x02\x08\x01\x78\x01";
/// Type, message id, id.
const PDNS: &[u8] = b"\x08\x01\x12\x02ab\x58\x07";

/// Behind a length of `N` octets.
fn framed<const N: usize>(octets: &[u8]) -> Vec<u8> {
    let length = (octets.len() as u64).to_be_bytes();
    [&length[8 - N..], octets].concat()
}

/// A dnstap frame whose identity has so many octets.
fn dnstap_of(identity: &[u8]) -> Vec<u8> {
    [&[0x0a, identity.len() as u8], identity, &DNSTAP[5..]].concat()
}

#[test]
fn each_dns_format_is_recognised() {
    check(DNSTAP, Some(Format::Dnstap));
    for front in [&[0x12, 0][..], &[0x1a, 1, b'x'], &[], &[0x78, 1]] {
        check(&[front, &DNSTAP[5..]].concat(), Some(Format::Dnstap));
    }
    check(&[DNSTAP, &[0x20, 1]].concat(), Some(Format::Dnstap));
    check(&framed::<4>(DNSTAP), Some(Format::Fstrm));
    check(
        &[&framed::<4>(DNSTAP)[..], &[0, 0]].concat(),
        Some(Format::Fstrm),
    );
    check(&[STOP, b"anything"].concat(), Some(Format::Fstrm));
    check(PDNS, Some(Format::Pdns));
    check(&framed::<2>(PDNS), Some(Format::Pdns));
    check(&framed::<2>(PDNS).repeat(3), Some(Format::Pdns));
    check(&[0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0], Some(Format::Pcap));
    check(&[0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4], Some(Format::Pcap));
    for magic in [[0x1a, 0x2b, 0x3c, 0x4d], [0x4d, 0x3c, 0x2b, 0x1a]] {
        let header = [&[0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0x1c], &magic[..]].concat();
        check(&header, Some(Format::Pcap));
    }
}

#[test]
fn json_is_told_apart_by_its_keys() {
    let check = |text: &str, expected| check(text.as_bytes(), expected);
    let atlas = Some(Format::Atlas);
    check(r#"{"fw":4790,"type":"dns"}"#, atlas);
    check(r#"[{"from":"192.0.2.1","msm_id":1}]"#, atlas);
    check("\n [\n{ \"resultset\" : [] }]", atlas);
    check("RESULT { \"id\":\"1\"", atlas);
    let collector = Some(Format::DnsCollector);
    check(r#"{"dns.flags.aa":false}"#, collector);
    check(r#"{"network.family":"IPv4"}"#, collector);
    check(r#"{"dnstap.operation":"CLIENT_QUERY"}"#, collector);
    check(r#"{"network":{"family":"IPv4"},"dns":{"id":1}}"#, collector);
    check(
        r#"{"dns":{"id":1},"network" : {"family":"IPv4"}}"#,
        collector,
    );
    check(r#"{"dnstap":{"operation":"X"}}"#, collector);
    let ris_live = Some(Format::RisLive);
    check(r#"{"type":"ris_message","data":{"fw":1}}"#, ris_live);
    check(
        r#"{"data":{"timestamp":1,"type":"UPDATE"},"type":"ris_message"}"#,
        ris_live,
    );
    // Neither values nor parts of strings are keys.
    check(r#"{"a":"prb_id","b":"\",\"fw\":1"}"#, ris_live);
    check(r#"{"dns":"x","network":{}}"#, ris_live);
    check(r#"{"dnstap":"x"}"#, ris_live);
    check(r#"["fw"]"#, None);
    check(r#"[{"dns.id":1}]"#, None);
    check("RESULT", None);
}

#[test]
fn keys_are_looked_for_near_the_begin() {
    let of = |blank: usize| format!("{{\"a\":\"{}\",\"fw\":1}}", "x".repeat(blank)).into_bytes();
    check(&of(4_000), Some(Format::Atlas));
    check(&of(5_000), Some(Format::RisLive));
    check(br#"{"never ends \"#, Some(Format::RisLive));
}

#[test]
fn mrt_whose_time_spells_a_signature_of_dns() {
    for seconds in [
        b"\x00\x00\x00\x0b",
        b"\x0a\x03ns",
        b"\x72\x02\x08\x01",
        b"\x08\x01\x58\x07",
        b"\x00\x08\x08\x01",
        b"\x0a\x0d\x0d\x0a",
        b"\xd4\xc3\xb2\xa1",
        b"\xa1\xb2\xc3\xd4",
        b"\x4d\x3c\xb2\xa1",
        b"\xa1\xb2\x3c\x4d",
        b"RESU",
        b"[{\"f",
        b"\x1f\x8b\x08\x00",
        b"\x28\xb5\x2f\xfd",
        b"\xfd7zX",
        b"\x83eC-",
        b"\x9feC-",
        b"\x83hDN",
        // Lengths of messages of PowerDNS, today.
        b"\x67\x74\x08\x01",
        b"\x68\x00\x08\x02",
    ] {
        let record = mrt(u32::from_be_bytes(*seconds), 16, 4, &[0x08; 60]);
        check(&record, Some(Format::Mrt));
        check(&record.repeat(1000), Some(Format::Mrt));
        let file = Front {
            octets: &record[..40],
            is_open: true,
            is_file: true,
        };
        assert_eq!(find(&file), Some(Format::Mrt), "{seconds:x?}");
    }
    check(&mrt(0, 16, 4, &[0; 60]), Some(Format::Mrt));
}

#[test]
fn bmp_and_pdns_are_told_apart() {
    for version in [3, 4] {
        // A message of 768 or 1,024 octets, most of them its id; with many behind it BMP would fit, too.
        let octets = usize::from(version) * 256;
        let id_octets = octets - PDNS.len() - 3;
        let length = [0x80 | (id_octets as u8 & 0x7f), (id_octets >> 7) as u8];
        let message = [PDNS, &[0x12], &length, &vec![7; id_octets]].concat();
        let framed = framed::<2>(&message);
        check(&framed, Some(Format::Pdns));
        check(&framed.repeat(900), Some(Format::Pdns));
        assert_eq!(
            first_unit(&framed.repeat(2), false),
            Unit::Whole(framed.len())
        );
        // And the other way round: a length of BMP that reads as a type.
        check(&bmp(version, 0x0008_0100, 0), Some(Format::Bmp));
    }
}

#[test]
fn dnstap_and_texts_and_pcapng_begin_with_a_line_feed() {
    // Identities of 123 and 91 octets: their length reads as a brace.
    check(&dnstap_of(&[b'n'; 123]), Some(Format::Dnstap));
    check(&dnstap_of(&[b'n'; 91]), Some(Format::Dnstap));
    check(b"\n{\"type\":\"pong\"}", Some(Format::RisLive));
    check(b"\n[{\"fw\":1}]", Some(Format::Atlas));
    assert_eq!(first_unit(b"\n{}\n", false), Unit::Whole(4));
    // An identity of 13 octets that begins as pcapng does.
    check(&dnstap_of(b"\x0d\x0aabcdefghijk"), Some(Format::Dnstap));
    // Fields of OpenBMP's text header begin like a message of 95 octets.
    check(b"r_hash: 00\nv: 1\nl: 3\n\nabc", Some(Format::OpenBmp));
    let message = [&[0x72, 95][..], &[0x20; 95], &[0x78, 1]].concat();
    check(&message, Some(Format::Dnstap));
}

#[test]
fn frames_and_what_is_in_them_are_told_apart() {
    // A frame of 2,561 octets: 00 00 0a 01; messages of PowerDNS of as many: 0a 01.
    let long = dnstap_of(&[b'n'; 10]);
    check(&framed::<4>(&long), Some(Format::Fstrm));
    // What PowerDNS sends to a port of dnstap is not Frame Streams.
    check(&framed::<4>(PDNS), None);
    check(&framed::<2>(DNSTAP), None);
    // A list of PowerDNS messages begins as dnstap does.
    check(&[&[0x0a, PDNS.len() as u8], PDNS].concat(), None);
    // Another type of frame, and octets behind it.
    check(&[&DNSTAP[..10], &[2]].concat(), None);
    check(&[DNSTAP, &[0]].concat(), None);
    check(&DNSTAP[..9], None);
    check(&framed::<4>(DNSTAP)[..14], None);
    check(&framed::<2>(PDNS)[..9], None);
    check(&STOP[..11], None);
}

#[test]
fn files_of_dns_that_go_on() {
    let unit = |octets: &[u8]| first_unit(octets, false);
    let frames = [STOP, &framed::<4>(DNSTAP)].concat();
    assert_eq!(unit(&frames), Unit::Whole(STOP.len()));
    assert_eq!(unit(&frames[STOP.len()..]), Unit::Whole(15));
    for end in 0..frames.len() {
        let expected = if end < STOP.len() {
            Unit::Incomplete
        } else {
            Unit::Whole(STOP.len())
        };
        assert_eq!(unit(&frames[..end]), expected, "{end} octets");
    }
    // A frame whose begin alone is there, and one that is the whole file.
    let long = framed::<4>(&dnstap_of(&[b'n'; 100]));
    assert_eq!(unit(&long[..60]), Unit::Incomplete);
    assert_eq!(unit(&DNSTAP[..9]), Unit::Incomplete);
    assert_eq!(first_unit(DNSTAP, true), Unit::Whole(DNSTAP.len()));
    let messages = framed::<2>(&PDNS.repeat(9)).repeat(2);
    assert_eq!(unit(&messages), Unit::Whole(messages.len() / 2));
    assert_eq!(unit(&messages[..30]), Unit::Incomplete);
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
    let unit = |octets: &[u8]| first_unit(octets, false);
    // What follows a record that shows no BGP message decides whether it is one.
    let mixed = [&record[..], b"{}\n"].concat();
    assert_eq!(unit(&mixed), Unit::Incomplete);
    assert_eq!(first_unit(&record, true), Unit::Whole(72));
    assert_eq!(unit(b"{}\nOBMP"), Unit::Whole(3));
    assert_eq!(unit(b"\n{}\n\n"), Unit::Whole(4));
    for end in 0..record.len() {
        assert_eq!(unit(&record[..end]), Unit::Incomplete, "{end} octets");
    }
    assert_eq!(first_unit(b"{}", true), Unit::Whole(2));
}

#[test]
fn damage_in_a_mixed_file_ends_where_a_unit_begins() {
    let check = |octets: &[u8], gap| {
        assert_eq!(first_unit(octets, true), Unit::Gap(gap));
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
    assert_eq!(first_unit(&[0; 64], false), Unit::Incomplete);
}
