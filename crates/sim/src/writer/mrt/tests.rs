use super::*;

#[track_caller]
fn check(write: impl FnOnce(&mut Vec<u8>), expected: &str) {
    let mut out = Vec::new();
    write(&mut out);
    let hex: String = out.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(hex, expected.split_whitespace().collect::<String>());
}

const AT_US: i64 = 1_767_225_600_000_123; // 0x6955b900 seconds, 123 microseconds
const AT_S: u32 = 0x6955_b900;
const V4: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
const COLLECTOR: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

fn ends(width: AsWidth) -> Ends {
    Ends {
        peer_asn: 200_000,
        peer_ip: V4,
        local_asn: 64_496,
        local_ip: COLLECTOR,
        width,
    }
}

#[test]
fn message_as4_has_microseconds() {
    check(
        |out| message(out, AT_US, &ends(AsWidth::Four), bgp::keepalive),
        "6955b900 0011 0004 0000002b 0000007b 00030d40 0000fbf0 0000 0001 c6336401 c0000201
         ffffffffffffffffffffffffffffffff 0013 04",
    );
}

#[test]
fn message_with_two_octets() {
    check(
        |out| message(out, AT_US, &ends(AsWidth::Two), bgp::keepalive),
        "6955b900 0011 0001 00000027 0000007b 5ba0 fbf0 0000 0001 c6336401 c0000201
         ffffffffffffffffffffffffffffffff 0013 04",
    );
}

#[test]
fn state_changes_of_both_widths() {
    check(
        |out| state_change(out, AT_US, &ends(AsWidth::Four), 6, 1),
        "6955b900 0011 0005 0000001c 0000007b 00030d40 0000fbf0 0000 0001 c6336401 c0000201 0006 0001",
    );
    check(
        |out| state_change(out, AT_US, &ends(AsWidth::Two), 6, 1),
        "6955b900 0011 0000 00000018 0000007b 5ba0 fbf0 0000 0001 c6336401 c0000201 0006 0001",
    );
}

#[test]
fn peer_index_table_of_both_families() {
    let v6 = "2001:db8::2".parse().unwrap_or(V4);
    let peer = |ip, asn| IndexedPeer {
        bgp_id: Ipv4Addr::new(1, 2, 3, 4),
        ip,
        asn,
    };
    let peers = [peer(V4, 1201), peer(v6, 200_000)];
    check(
        |out| {
            peer_index_table(
                out,
                AT_S,
                Ipv4Addr::new(192, 0, 2, 1),
                "v",
                peers.into_iter(),
            )
        },
        "6955b900 000d 0001 0000002f c0000201 0001 76 0002
         02 01020304 c6336401 000004b1
         03 01020304 20010db8000000000000000000000002 00030d40",
    );
}

#[test]
fn rib_entries_abbreviate_mp_reach() {
    let attributes = Attributes {
        as_path: vec![1201],
        next_hop: "2001:db8::2".parse().unwrap_or(V4),
        ..crate::route::blank()
    };
    let write = |out: &mut Vec<u8>| {
        rib(
            out,
            AT_S,
            7,
            Family::V6,
            &Prefix::v6(0x2a00_0001 << 96, 32),
            |out| {
                rib_entry(out, 3, AT_S - 1, &attributes);
                1
            },
        );
    };
    check(
        write,
        "6955b900 000d 0004 00000034 00000007 20 2a000001 0001
         0003 6955b8ff 0021
         40 01 01 00
         40 02 06 02 01 000004b1
         80 0e 11 10 20010db8000000000000000000000002",
    );
    let v4 = Attributes {
        next_hop: V4,
        ..attributes
    };
    check(
        |out| {
            rib(
                out,
                AT_S,
                8,
                Family::V4,
                &Prefix::v4(0x1000_0000, 20),
                |out| {
                    rib_entry(out, 0, AT_S, &v4);
                    1
                },
            );
        },
        "6955b900 000d 0002 00000026 00000008 14 100000 0001
         0000 6955b900 0014
         40 01 01 00
         40 02 06 02 01 000004b1
         40 03 04 c6336401",
    );
}
