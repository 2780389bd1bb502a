//! What results become: every form and every quirk that a probe or the platform is known for.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use crate::dns::written::decode;
use crate::{DecoderSettings, Format, Outcome, Privacy};

/// Query: ID 0x1234, RD, `www.example`, A, IN.
const QBUF: &str = "EjQBAAABAAAAAAAAA3d3dwdleGFtcGxlAAABAAE=";
/// Response to it: AA, RD, A 192.0.2.80 with TTL 300.
const ABUF: &str = "EjSFAAABAAEAAAAAA3d3dwdleGFtcGxlAAABAAHADAABAAEAAAEsAATAAAJQ";

#[track_caller]
fn check_with(privacy: Privacy, message: &str, outcome: Outcome, expected: &[&str]) {
    let settings = DecoderSettings {
        privacy,
        ..DecoderSettings::new(Format::Atlas)
    };
    let (found, rows) = decode(settings, message.as_bytes());
    assert_eq!(
        (
            found,
            rows.iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .as_slice()
        ),
        (outcome, expected)
    );
}

/// Results become these rows.
#[track_caller]
fn check(message: &str, expected: &[&str]) {
    check_with(Privacy::Keep, message, Outcome::Parsed, expected);
}

#[track_caller]
fn check_rejected(message: &str, expected: &[&str]) {
    check_with(Privacy::Keep, message, Outcome::Rejected, expected);
}

const CONTENT: &str = "octets=45 id=4660 opcode=0 rcode=0 aa=true tc=false rd=true ra=false ad=false cd=false \
    qd=1 an=1 ns=0 ar=0 qname=www.example qtype=1 qclass=1 ttl_min=300 addresses=[192.0.2.80] raw=45";

#[test]
fn a_result_of_the_platform() {
    let message = format!(
        r#"{{"fw":5080,"mver":"2.6.2","lts":12,"dst_name":"ns.example","dst_addr":"192.0.2.53","dst_port":"53","af":4,
        "src_addr":"198.51.100.9","proto":"UDP","ttl":55,"retry":1,"qbuf":"{QBUF}","result":{{"rt":38.576999999999998,
        "size":45,"abuf":"{ABUF}","ID":1,"ANCOUNT":2,"QDCOUNT":3,"NSCOUNT":4,"ARCOUNT":5}},"msm_id":10001,"prb_id":6012,
        "timestamp":1735689600,"msm_name":"Tdig","from":"203.0.113.7","type":"dns","group_id":10000,
        "stored_timestamp":1735689661}}"#
    );
    check(
        &message,
        &[&format!(
            "measurement 0 at=1735689600000000 msm=10001 prb=6012 group=10000 name=Tdig fw=5080 stored=1735689661000000 \
             lts=12 probe=203.0.113.7 source=198.51.100.9 server=192.0.2.53 server_name=ns.example port=53 ip=4 ttl=55 retry=1 \
             transport=udp rtt=38577 query=29 {CONTENT}"
        )],
    );
}
