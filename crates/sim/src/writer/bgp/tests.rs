use super::*;

#[track_caller]
fn check(write: impl FnOnce(&mut Vec<u8>), expected: &str) {
    let mut out = Vec::new();
    write(&mut out);
    assert_eq!(hex(&out), expected.split_whitespace().collect::<String>());
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

const MARKER: &str = "ffffffffffffffffffffffffffffffff";

fn route(next_hop: &str) -> Attributes {
    Attributes {
        next_hop: next_hop
            .parse()
            .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        as_path: vec![1201, 200_000],
        ..crate::route::blank()
    }
}

fn v4(width: AsWidth) -> Update<'static> {
    let attributes = Box::leak(Box::new(Attributes {
        origin: 2,
        as_set: vec![70_000],
        med: Some(10),
        atomic_aggregate: Some(&[]),
        aggregator: Some((200_000, Ipv4Addr::new(203, 0, 113, 9))),
        communities: vec![1201 << 16 | 100],
        large_communities: vec![[200_000, 0, 3]],
        only_to_customer: Some(1201),
        ..route("198.51.100.1")
    }));
    const WITHDRAWN: [Prefix; 1] = [Prefix::v4(0x1000_0000, 20)];
    const ANNOUNCED: [Prefix; 2] = [Prefix::v4(0x1001_0000, 16), Prefix::v4(0x1002_0300, 24)];
    Update {
        family: Family::V4,
        withdrawn: &WITHDRAWN,
        announced: &ANNOUNCED,
        attributes,
        width,
    }
}

#[test]
fn keepalive_is_a_header() {
    check(keepalive, &format!("{MARKER} 0013 04"));
}

#[test]
fn end_of_rib_is_empty_or_an_empty_mp_unreach() {
    check(
        |out| end_of_rib(out, Family::V4),
        &format!("{MARKER} 0017 02 0000 0000"),
    );
    let v6 = format!("{MARKER} 001d 02 0000 0006 800f03 0002 01");
    check(|out| end_of_rib(out, Family::V6), &v6);
}

#[test]
fn notification_has_a_shutdown_communication() {
    check(
        |out| notification(out, 6, 4, "go"),
        &format!("{MARKER} 0018 03 06 04 02 676f"),
    );
    check(
        |out| notification(out, 4, 0, ""),
        &format!("{MARKER} 0015 03 04 00"),
    );
}

#[test]
fn open_has_as_trans_where_the_as_number_does_not_fit() {
    let id = Ipv4Addr::new(198, 51, 100, 1);
    check(
        |out| open(out, 200_000, AsWidth::Four, 90, id, Family::V6),
        &format!(
            "{MARKER} 0037 01 04 5ba0 005a c6336401 1a 0206 0104 00020001 0202 0200 0204 4002 0078 0206 4104 00030d40"
        ),
    );
    check(
        |out| open(out, 1201, AsWidth::Two, 90, id, Family::V4),
        &format!(
            "{MARKER} 002f 01 04 04b1 005a c6336401 12 0206 0104 00010001 0202 0200 0204 4002 0078"
        ),
    );
}

#[test]
fn update_with_four_octets() {
    check(
        |out| update(out, &v4(AsWidth::Four)),
        &format!(
            "{MARKER} 0072 02 0004 14100000 0050
             40 01 01 02
             40 02 10 02 02 000004b1 00030d40 01 01 00011170
             40 03 04 c6336401
             80 04 04 0000000a
             40 06 00
             c0 07 08 00030d40 cb007109
             c0 08 04 04b10064
             c0 20 0c 00030d40 00000000 00000003
             c0 23 04 000004b1
             10 1001 18 100203"
        ),
    );
}

#[test]
fn update_with_two_octets_has_as4_path_and_as4_aggregator() {
    check(
        |out| update(out, &v4(AsWidth::Two)),
        &format!(
            "{MARKER} 0088 02 0004 14100000 0066
             40 01 01 02
             40 02 0a 02 02 04b1 5ba0 01 01 5ba0
             40 03 04 c6336401
             80 04 04 0000000a
             40 06 00
             c0 07 06 5ba0 cb007109
             c0 08 04 04b10064
             c0 11 10 02 02 000004b1 00030d40 01 01 00011170
             c0 12 08 00030d40 cb007109
             c0 20 0c 00030d40 00000000 00000003
             c0 23 04 000004b1
             10 1001 18 100203"
        ),
    );
}

#[test]
fn two_octets_suffice_without_as4_path() {
    let attributes = Attributes {
        as_path: vec![1201, 11_004],
        ..route("198.51.100.1")
    };
    let update_of_it = Update {
        withdrawn: &[],
        attributes: &attributes,
        ..v4(AsWidth::Two)
    };
    check(
        |out| update(out, &update_of_it),
        &format!(
            "{MARKER} 0032 02 0000 0014 40 01 01 00 40 02 06 02 02 04b1 2afc 40 03 04 c6336401 10 1001 18 100203"
        ),
    );
}

#[test]
fn withdrawal_has_no_attributes() {
    let withdrawal = Update {
        announced: &[],
        ..v4(AsWidth::Four)
    };
    check(
        |out| update(out, &withdrawal),
        &format!("{MARKER} 001b 02 0004 14100000 0000"),
    );
}

#[test]
fn v6_goes_into_multiprotocol_attributes() {
    let attributes = Attributes {
        next_hop_link_local: Some(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2)),
        ..route("2001:db8::2")
    };
    let v6 = Update {
        family: Family::V6,
        withdrawn: &[Prefix::v6(0x2a00_0001 << 96, 32)],
        announced: &[Prefix::v6(0x2a00_0002_0001 << 80, 48)],
        attributes: &attributes,
        width: AsWidth::Four,
    };
    check(
        |out| update(out, &v6),
        &format!(
            "{MARKER} 0062 02 0000 004b
             40 01 01 00
             40 02 0a 02 02 000004b1 00030d40
             80 0e 2c 0002 01 20 20010db8000000000000000000000002 fe800000000000000000000000000002 00 30 2a0000020001
             80 0f 08 0002 01 20 2a000001"
        ),
    );
}

#[test]
fn long_attributes_have_long_lengths() {
    let prefixes = [Prefix::v6(0x2a00_0002_0001 << 80, 48); 40];
    let attributes = route("2001:db8::2");
    let v6 = Update {
        family: Family::V6,
        withdrawn: &[],
        announced: &prefixes,
        attributes: &attributes,
        width: AsWidth::Four,
    };
    let mut out = Vec::new();
    update(&mut out, &v6);
    let reach = hex(&out[19 + 4 + 4 + 13..]);
    assert!(reach.starts_with("900e012d00020110"), "{reach}"); // 5 + 16 + 40 × 7 = 301
}
