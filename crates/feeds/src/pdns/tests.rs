//! PBDNSMessages in, rows or the exact reject out.
#![allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::*;
use crate::dns::row_texts::decode;
use crate::{DecoderSettings, Format, Privacy};

/// A field with octets.
fn field(number: u8, octets: &[u8]) -> Vec<u8> {
    let tag = [number << 3 | 2, 1];
    let tag: &[u8] = if number < 16 {
        &tag[..1]
    } else {
        &[number << 3 | 0x82, number >> 4]
    };
    let length = [octets.len() as u8 | 0x80, (octets.len() >> 7) as u8];
    [tag, &length, octets].concat()
}

/// Seconds 1735689600 + more, and microseconds.
fn time(number: u8, more: u8, microseconds: u8) -> Vec<u8> {
    vec![
        number << 3,
        0x80 | more,
        0x8b,
        0xd2,
        0xbb,
        0x06,
        (number + 1) << 3,
        microseconds,
    ]
}

fn question() -> Vec<u8> {
    field(
        12,
        &[&field(1, b"A.Example.")[..], &[0x10, 28, 0x18, 1]].concat(),
    )
}

fn record(name: &[u8], record_type: u8, ttl: &[u8], rdata: &[u8]) -> Vec<u8> {
    let head = [
        &field(1, name)[..],
        &[0x10, record_type, 0x18, 1, 0x20],
        ttl,
    ]
    .concat();
    field(2, &[head, field(5, rdata)].concat())
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u16).to_be_bytes(), message].concat()
}

fn settings() -> DecoderSettings {
    DecoderSettings {
        privacy: Privacy::Keep,
        ..DecoderSettings::new(Format::Pdns)
    }
}

#[track_caller]
fn check(payload: &[u8], expected: &[&str]) {
    assert_eq!(decode(&settings(), &[payload]), expected);
}

fn query() -> Vec<u8> {
    [
        &[8, 1][..],
        &field(2, &[7; 16]),
        &field(3, b"rec1"),
        &[0x20, 1, 0x28, 4],
        &field(6, &[192, 0, 2, 1]),
        &field(7, &[198, 51, 100, 2]),
        &[0x40, 60],
        &time(9, 1, 5),
        &[0x58, 0xd2, 0x09],
        &question(),
        &field(14, &[203, 0, 113, 128]),
        &field(15, b"a person"),
        &field(17, b"a device"),
        &field(19, b"its name"),
        &[0xa0, 1, 0x81, 8, 0xa8, 1, 53, 0xc0, 1, 2],
        // RD and CD; EDNS with DO: octets 01 10 and 00 00 80 00 in memory.
        &[0xe0, 1, 0x81, 0x20, 0xe8, 1, 0x80, 0x80, 0x80, 4],
    ]
    .concat()
}

#[test]
fn a_query() {
    let row = "0 query Query=1735689601000005 collector=rec1 query_at=1735689601000005 role=client ip=4 by=doh http=2 \
               client=192.0.2.1 client_port=1025 server=198.51.100.2 server_port=53 \
               octets=60 id=1234 opcode=0 rcode=0 flags=0110 qname=a.example registered=a.example qtype=28 qclass=1 \
               edns_version=0 edns_flags=32768 ecs=203.0.113.128";
    check(&query(), &["parsed", row]);
    let private = DecoderSettings::new(Format::Pdns);
    let row = row
        .replace("192.0.2.1 ", "192.0.2.0 ")
        .replace("113.128", "113.0");
    assert_eq!(decode(&private, &[&query()]), ["parsed", &row]);
    let dropped = DecoderSettings {
        privacy: Privacy::Drop,
        ..private
    };
    let row = row
        .replace("client=192.0.2.0 ", "")
        .replace(" ecs=203.0.113.0", "");
    assert_eq!(decode(&dropped, &[&query()]), ["parsed", &row]);
}

fn response() -> Vec<u8> {
    let answers = [
        &[8, 0][..],
        &record(b"A.example.", 5, &[0xac, 2], b"B.example."),
        &record(
            b"b.example.",
            28,
            &[60],
            &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
        ),
        &record(
            b"b.example.",
            1,
            &[0xff, 0xff, 0xff, 0xff, 0x0f],
            &[192, 0, 2, 9],
        ),
        &record(b"b.example.", 16, &[60], b"\"text\""),
        &time(5, 0, 1),
    ]
    .concat();
    let head = [&[8, 2][..], &time(9, 1, 5), &question(), &[0x58, 7]].concat();
    [
        head,
        field(13, &answers),
        vec![0xf8, 1, 15],
        field(32, b"Blocked"),
    ]
    .concat()
}

const RESPONSE: &str = "0 response Response=1735689601000005 query_at=1735689600000001 response_at=1735689601000005 \
                        latency=1000004000 role=client network_error=false id=7 rcode=0 qname=a.example registered=a.example \
                        qtype=28 qclass=1 ede=[15] ede_text=Blocked ttl=0 addresses=[2001:db8::9, 192.0.2.9] cnames=[\"b.example\"]";

#[test]
fn a_response() {
    check(&response(), &["parsed", RESPONSE]);
}

#[test]
fn records_where_they_are_asked_for() {
    let settings = DecoderSettings {
        gives_dns_records: true,
        ..settings()
    };
    let ipv6 = "[32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]";
    let records = [
        "owner=a.example type=5 class=1 ttl=300 text=b.example".to_owned(),
        format!("owner=b.example type=28 class=1 ttl=60 text=2001:db8::9 rdata={ipv6}"),
        "owner=b.example type=1 class=1 ttl=4294967295 text=192.0.2.9 rdata=[192, 0, 2, 9]"
            .to_owned(),
        "owner=b.example type=16 class=1 ttl=60 text=\"text\"".to_owned(),
    ];
    let records = records.iter().zip(0..).map(|(record, index)| {
        format!("record {index} at=1735689601000005 section=1 index={index} {record} qname=a.example id=7")
    });
    let expected: Vec<String> = ["parsed".to_owned(), RESPONSE.to_owned()]
        .into_iter()
        .chain(records)
        .collect();
    assert_eq!(decode(&settings, &[&response()]), expected);
}

#[test]
fn records_that_are_none_are_refused() {
    let settings = DecoderSettings {
        gives_dns_records: true,
        ..settings()
    };
    let answers = [
        record(b"", 1, &[1], &[192, 0, 2, 9]),
        field(2, &field(1, b"a.")),
        record(b"a.", 1, &[2], &[1, 2, 3]),
    ];
    let message = [&[8, 2][..], &field(13, &answers.concat())].concat();
    let row = "0 response Ingested=7 role=client ttl=1 addresses=[192.0.2.9]";
    let record = "record 0 at=7 section=1 index=2 owner=a type=1 class=1 ttl=2 rdata=[1, 2, 3]";
    let nameless = "reject 0: bad_value record name at 0 of 0";
    let typeless = "reject 1: missing record type at 0 of 2";
    let expected = ["parsed", row, nameless, typeless, record];
    assert_eq!(decode(&settings, &[&message]), expected);
}

#[test]
fn errors_of_the_network_are_no_rcode() {
    let message =
        |flags: &[u8]| [&[8, 4, 0x58, 7][..], &field(13, &[8, 0x80, 0x80, 4]), flags].concat();
    let row = "0 response Ingested=7 role=resolver network_error=true id=7";
    check(&message(&[]), &["parsed", row]);
    check(&message(&[0xe0, 1, 0x01]), &["parsed", row]);
    // A number of neither kind.
    let odd = [&[8, 4][..], &field(13, &[8, 0x81, 0x80, 4])].concat();
    check(
        &odd,
        &[
            "parsed",
            "0 response Ingested=7 role=resolver network_error=false",
        ],
    );
}

#[test]
fn flags_stand_as_in_memory() {
    // QR, AA, RA and NXDOMAIN: octets 84 83.
    let message = [8, 2, 0xe0, 1, 0x84, 0x87, 2];
    check(
        &message,
        &[
            "parsed",
            "0 response Ingested=7 role=client opcode=0 rcode=3 flags=8483",
        ],
    );
    // The authoritative server tells nothing but VERSION.
    let row = "0 query Ingested=7 role=client edns_version=0";
    check(&[8, 1, 0xe8, 1, 0], &["parsed", row]);
}

#[test]
fn policies_in_the_words_of_dnstap() {
    let policy = [
        &field(3, b"zone")[..],
        &[0x38, 3],
        &field(8, b"32.1.2.0.192.rpz-client-ip"),
        &field(9, b"192.0.2.1"),
        &[0x50, 3],
    ];
    let message = [&[8, 2][..], &field(13, &policy.concat())].concat();
    let row = "0 response Ingested=7 role=client policy_type=zone action=NXDOMAIN match=CLIENT_IP";
    let original = " rule=32.1.2.0.192.rpz-client-ip value=192.0.2.1";
    check(&message, &["parsed", &[row, original].concat()]);
    let private = decode(&DecoderSettings::new(Format::Pdns), &[&message]);
    assert_eq!(private, ["parsed", row]);
    // No policy.
    let message = [&[8, 2][..], &field(13, &[0x38, 1, 0x50, 1])].concat();
    check(&message, &["parsed", "0 response Ingested=7 role=client"]);
}

#[test]
fn one_or_many_with_their_lengths_or_one_without() {
    let bare = [8, 1, 0x58, 7];
    let row = |item| format!("{item} query Ingested=7 role=client id=7");
    check(&bare, &["parsed", &row(0)]);
    check(&framed(&bare), &["parsed", &row(0)]);
    check(&framed(&bare).repeat(2), &["parsed", &row(0), &row(1)]);
    // Its type is not the first field.
    check(&[0x58, 7, 8, 1], &["parsed", &row(0)]);
    // A length that is written as a type.
    let mut long = [8, 1, 0x58, 7, 0x12, 0xfa, 0x0f].to_vec();
    long.resize(0x801, 0);
    check(&framed(&long), &["parsed", &row(0)]);
    check(&long, &["parsed", &row(0)]);
}

#[test]
fn what_is_no_dns_message() {
    check(b"", &["skipped empty"]);
    check(&[8, 5], &["skipped pdns_internal"]);
    check(&framed(&[8, 9]), &["skipped pdns_type_unknown"]);
}

#[test]
fn envelopes_that_are_broken() {
    let bare = [8, 1, 0x58, 7];
    let row = "0 query Ingested=7 role=client id=7";
    check(
        &framed(&[0x58, 7]),
        &["rejected", "reject 0: missing type at 2 of 2"],
    );
    check(
        &[8, 1, 0x58],
        &["rejected", "reject 0: truncated id at 3 of 3"],
    );
    let bad_good = [framed(&[8, 1, 0x5b]), framed(&bare)].concat();
    check(
        &bad_good,
        &["parsed", "reject 0: bad_value wire type at 3 of 3", row],
    );
    for end in 1..6 {
        let payload = [&framed(&bare)[..], &framed(&bare)[..end]].concat();
        let reject = match end {
            1 => "reject 0: truncated message length at 0 of 1".to_owned(),
            _ => format!("reject 0: truncated message at 2 of {end}"),
        };
        check(&payload, &["parsed", row, &reject]);
    }
    check(
        &[0; 99],
        &["rejected", "reject 0: bad_length message length at 0 of 99"],
    );
}

#[test]
fn units() {
    let bare = [8, 1, 0x58, 7];
    let unit = |octets: &[u8]| first_unit(octets, false);
    assert_eq!(unit(&framed(&bare).repeat(2)), Unit::Whole(6));
    assert_eq!(unit(&[0, 4, 8, 1, 0x58]), Unit::Incomplete);
    assert_eq!(unit(&[8, 1]), Unit::Incomplete);
    assert_eq!(unit(&bare), Unit::Incomplete);
    assert_eq!(first_unit(&bare, true), Unit::Whole(4));
    assert_eq!(first_unit(&[8, 1], true), Unit::Whole(2));
    let long = [&bare[..], &vec![0; BARE_OCTETS_MAX]].concat();
    assert_eq!(first_unit(&long, true), Unit::Damaged);
    assert_eq!(unit(&long), Unit::Damaged);
    assert_eq!(unit(&[0, 0, 8]), Unit::Damaged);
}
