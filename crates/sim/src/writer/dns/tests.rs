use super::*;

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn check(message: &Message, expected: &str) {
    let expected: String = expected.split_whitespace().collect();
    assert_eq!(hex(&message.octets()), expected);
}

fn message() -> Message {
    Message {
        id: 0x1234,
        flags: flag::RD,
        qname: Name::new("www.a.com"),
        qtype: rtype::A,
        answers: Vec::new(),
        authority: Vec::new(),
        edns: None,
    }
}

fn record(owner: &str, rtype: u16, data: Data) -> Resource {
    Resource {
        owner: Name::new(owner),
        rtype,
        ttl_s: 60,
        data,
    }
}

#[test]
fn a_query_with_options() {
    let edns = Edns {
        udp_octets: 1232,
        is_do: true,
        options: vec![(10, vec![1, 2]), (12, vec![])],
    };
    check(
        &Message {
            edns: Some(edns),
            ..message()
        },
        "1234 0100 0001 0000 0000 0001  03777777 0161 03636f6d 00 0001 0001
         00 0029 04d0 0000 8000 000a 000a0002 0102 000c0000",
    );
}

/// Owners, and the names in RDATA, are pointers to what stands before them, in whole or in part.
#[test]
fn names_are_compressed() {
    let answers = vec![
        record("www.a.com", rtype::CNAME, Data::Name(Name::new("b.a.com"))),
        record("b.a.com", rtype::A, Data::Address([192, 0, 2, 1].into())),
        record("a.com", rtype::MX, Data::Mx(10, Name::new("com"))),
    ];
    check(
        &Message {
            flags: flag::QR | flag::RD | flag::RA,
            answers,
            ..message()
        },
        "1234 8180 0001 0003 0000 0000  03777777 0161 03636f6d 00 0001 0001
         c00c 0005 0001 0000003c 0004 0162 c010
         c027 0001 0001 0000003c 0004 c0000201
         c010 000f 0001 0000003c 0004 000a c012",
    );
}

#[test]
fn other_data() {
    let texts = vec!["ab".to_owned(), String::new()];
    let soa = Data::Soa(Name::new("com"), Name::new("x"));
    check(
        &Message {
            qname: Name::new(""),
            answers: vec![record("", rtype::TXT, Data::Text(texts))],
            authority: vec![record("com", rtype::SOA, soa)],
            ..message()
        },
        "1234 0100 0001 0001 0001 0000  00 0001 0001
         00 0010 0001 0000003c 0004 02 6162 00
         03636f6d00 0006 0001 0000003c 0019 c020 0178 00 78c275f4 00001c20 00000384 00127500 0000012c",
    );
}
