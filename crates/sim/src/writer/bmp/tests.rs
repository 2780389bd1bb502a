use super::*;
use std::net::Ipv6Addr;

const ENDS: Ends = Ends {
    peer_asn: 200_000,
    peer_ip: IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)),
    local_asn: 64_496,
    local_ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    width: AsWidth::Four,
};

#[track_caller]
fn check(ends: &Ends, write: impl FnOnce(&mut Vec<u8>, &About<'_>), expected: &str) {
    let about = About {
        ends,
        bgp_id: Ipv4Addr::new(198, 51, 100, 9),
        at_us: 1_767_225_600_000_123,
    };
    let mut out = Vec::new();
    write(&mut out, &about);
    let hex: String = out.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(hex, expected.split_whitespace().collect::<String>());
}

#[test]
fn an_initiation_describes_the_router() {
    check(
        &ENDS,
        |out, _| initiation(out, "r1", "sim"),
        "03 00000013 04 0001 0003 73696d 0002 0002 7231",
    );
}

#[test]
fn a_route_monitoring_has_a_peer() {
    check(
        &ENDS,
        |out, about| route_monitoring(out, about, &[0xaa]),
        "03 00000031 00 00 00 0000000000000000 000000000000000000000000c6336401 00030d40 c6336409 6955b900 0000007b aa",
    );
}

#[test]
fn flags_tell_ipv6_and_two_octets() {
    let ends = Ends {
        peer_asn: 64_500,
        peer_ip: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
        width: AsWidth::Two,
        ..ENDS
    };
    check(
        &ends,
        |out, about| route_monitoring(out, about, &[]),
        "03 00000030 00 00 a0 0000000000000000 20010db8000000000000000000000001 0000fbf4 c6336409 6955b900 0000007b",
    );
}

#[test]
fn a_session_begins_and_ends() {
    check(
        &ENDS,
        |out, about| peer_up(out, about, &[0xaa], &[0xbb]),
        "03 00000046 03 00 00 0000000000000000 000000000000000000000000c6336401 00030d40 c6336409 6955b900 0000007b
         000000000000000000000000c0000201 00b3 e409 aa bb",
    );
    check(
        &ENDS,
        |out, about| peer_down(out, about, &[0xcc]),
        "03 00000032 02 00 00 0000000000000000 000000000000000000000000c6336401 00030d40 c6336409 6955b900 0000007b
         03 cc",
    );
}

#[test]
fn a_report_has_a_counter_and_two_gauges() {
    let report = Statistics {
        family: Family::V4,
        refused: 5,
        routes: 258,
    };
    check(
        &ENDS,
        |out, about| statistics(out, about, &report),
        "03 00000057 01 00 00 0000000000000000 000000000000000000000000c6336401 00030d40 c6336409 6955b900 0000007b
         00000003 0000 0004 00000005 0007 0008 0000000000000102 0009 000b 0001 01 0000000000000102",
    );
}
