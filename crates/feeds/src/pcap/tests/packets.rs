//! Single packets, and files that are damaged.

use super::made::*;
use super::*;

/// The packets of raw IP give these rejects, and no row.
fn check_refused(packet: &[u8], original: usize, expected: (&'static str, &'static str, u64)) {
    let file = [file_header(101), record(0, packet, original)].concat();
    let (outcome, given) = decode(&file);
    assert_eq!(outcome, Outcome::Rejected);
    assert_eq!(given.reasons(), [expected]);
    assert_eq!(given.rejects[0].3, packet);
}

#[test]
fn who_asks_whom() {
    let udp = |from, to, is_response| ipv4(1, 2, 17, 0, &udp(from, to, &message(7, is_response)));
    let cases = [
        (
            udp(4000, 53, false),
            "query udp 192.0.2.1#4000 192.0.2.2#53",
        ),
        (
            udp(53, 4000, true),
            "response udp 192.0.2.2#4000 192.0.2.1#53",
        ),
        (udp(53, 53, false), "query udp 192.0.2.1#53 192.0.2.2#53"),
        (udp(53, 53, true), "response udp 192.0.2.2#53 192.0.2.1#53"),
        // Whoever has the port of DNS is the server, whatever QR says.
        (
            udp(4000, 53, true),
            "response udp 192.0.2.1#4000 192.0.2.2#53",
        ),
        (
            udp(53, 4000, false),
            "query udp 192.0.2.2#4000 192.0.2.1#53",
        ),
    ];
    for (packet, expected) in cases {
        let given = decode_packets(&[packet]);
        let expected = format!("{expected} id=7 at=1700000000000000 ttl=61 ok");
        assert_eq!(given.messages, [expected]);
    }
}

#[test]
fn ports_are_those_of_the_settings() {
    let mut decoder = Decoder::new(DecoderSettings {
        dns_ports: vec![5353, 5300],
        ..DecoderSettings::new(Format::Pcap)
    });
    let other = ipv4(1, 2, 17, 0, &udp(4000, 5300, &message(8, false)));
    let (_, given) = decode_by(&mut decoder, &pcap(&[query(7), other]));
    assert_eq!(given.ids(), [8]);
    let not_dns = decoder.take_notices();
    let not_dns = not_dns
        .iter()
        .find(|(kind, _)| *kind == Notice::PacketNotDns);
    assert_eq!(not_dns, Some((Notice::PacketNotDns, 1)));
}

#[test]
fn what_is_no_dns_is_counted() {
    let icmp = ipv4(
        2,
        1,
        1,
        0,
        &[&[3, 3, 0, 0, 0, 0, 0, 0][..], &query(7)].concat(),
    );
    let empty = ipv4(1, 2, 17, 0, &udp(4000, 53, &[]));
    let others = ipv4(1, 2, 17, 0, &udp(4000, 54, &[1]));
    let file = pcap(&[icmp, empty, others]);
    assert_eq!(decode(&file).0, Outcome::Skipped("no_dns"));
    assert_eq!(noticed(&file, Notice::PacketNotDns), 3);
    let arp = [&[0; 12][..], &[8, 6], &[0; 28]].concat();
    let file = [file_header(1), record(0, &arp, arp.len())].concat();
    assert_eq!(decode(&file).0, Outcome::Skipped("no_dns"));
    assert_eq!(noticed(&file, Notice::PacketNotIp), 1);
    assert_eq!(decode(&file_header(1)).0, Outcome::Skipped("no_dns"));
    assert_eq!(decode(&[]).0, Outcome::Skipped("empty"));
}

#[test]
fn a_packet_that_was_captured_short_is_a_row() {
    let packet = query(7);
    let file = [file_header(101), record(0, &packet[..35], packet.len())].concat();
    let given = decode(&file).1;
    assert!(given.messages[0].ends_with(" cut"), "{given:?}");
    let at_header = &packet[..28];
    check_refused(at_header, packet.len(), ("truncated", "DNS message", 28));
    check_refused(
        &packet[..22],
        packet.len(),
        ("truncated", "destination port", 22),
    );
    check_refused(&packet[..3], packet.len(), ("truncated", "IPv4 header", 0));
}

#[test]
fn packets_that_may_be_dns_and_are_broken() {
    let packet = query(7);
    let short = &packet[..39];
    check_refused(short, 39, ("bad_length", "IP length", 0));
    let mut long = packet.clone();
    long[25] = 200;
    check_refused(&long, 40, ("bad_length", "UDP length", 24));
    let mut header = segment(1, ACK, &[]);
    header[32] = 0x40;
    check_refused(&header, 40, ("bad_length", "TCP header length", 32));
    check_refused(&[0x15; 40], 40, ("bad_value", "IP version", 0));
    // The same faults on other ports are no DNS.
    long[22..24].copy_from_slice(&[0, 54]);
    assert_eq!(decode(&pcap(&[long])).0, Outcome::Skipped("no_dns"));
}

#[test]
fn a_link_type_that_is_not_known_is_refused_once() {
    let packet = query(7);
    let one = record(0, &packet, packet.len());
    let file = [file_header(105), one.clone(), one].concat();
    let (outcome, given) = decode(&file);
    assert_eq!(outcome, Outcome::Rejected);
    assert_eq!(given.reasons(), [("unsupported", "link type", 0)]);
    assert_eq!(noticed(&file, Notice::PacketNotIp), 2);
}

#[test]
fn damage_goes_to_the_end_and_what_is_before_it_counts() {
    let mut file = pcap(&[query(7), query(8), query(9)]);
    let second = 24 + 16 + 40;
    file[second + 8..second + 12].fill(0xff);
    let given = decode(&file).1;
    assert_eq!(given.ids(), [7]);
    assert_eq!(given.reasons(), [("over_limit", "captured length", 8)]);
    assert_eq!(given.rejects[0].3, file[second..]);
    let cut = &pcap(&[query(7), query(8)])[..second + 30];
    let given = decode(cut).1;
    assert_eq!(given.ids(), [7]);
    assert_eq!(given.reasons(), [("truncated", "packet", 16)]);
    assert_eq!(given.rejects[0].3.len(), 30);
}

#[test]
fn files_that_are_none() {
    for (packed, packing) in PACKED_FRONTS {
        let (outcome, given) = decode(packed);
        assert_eq!(outcome, Outcome::Rejected);
        assert_eq!(given.reasons(), [("unsupported_blob", packing, 0)]);
    }
    let (_, given) = decode(b"text, not packets");
    assert_eq!(given.reasons(), [("bad_value", "magic", 0)]);
    let (_, given) = decode(&file_header(1)[..23]);
    assert_eq!(given.reasons(), [("truncated", "link type", 20)]);
}

const PACKED_FRONTS: [(&[u8], &str); 3] = [
    (b"\x04\x22\x4d\x18\x64\x40", "lz4"),
    (b"\x1f\x8b\x08\0", "gzip"),
    (b"\x28\xb5\x2f\xfd\0", "zstd"),
];

#[test]
fn sections_and_interfaces() {
    let ethernet = [&[0; 12][..], &[8, 0], &query(2)].concat();
    let file = [
        section(),
        interface(101),
        enhanced(0, 5, &query(1)),
        interface(1),
        enhanced(1, 6, &ethernet),
        // A simple packet has no time: the broker's counts.
        block(3, &[&40_u32.to_le_bytes()[..], &query(3)].concat()),
        section(),
        interface(1),
        enhanced(0, 7, &ethernet),
        enhanced(1, 8, &query(4)),
        enhanced(0, 9, &ethernet),
    ];
    let given = decode(&file.concat()).1;
    assert_eq!(given.ids(), [1, 2, 3, 2, 2]);
    assert_eq!(given.reasons(), [("bad_value", "interface ID", 8)]);
    let times = given
        .messages
        .iter()
        .map(|message| message.split("at=").nth(1).unwrap());
    let times: Vec<&str> = times.map(|rest| rest.split(' ').next().unwrap()).collect();
    assert_eq!(times, ["5", "6", "77", "7", "9"]);
}

#[test]
fn a_damaged_block_is_refused_alone_if_its_length_is_right() {
    let mut bad = enhanced(0, 5, &query(1));
    bad[20] = 200;
    let options = block(1, &[101, 0, 0, 0, 0, 0, 0, 0, 2, 0, 9, 0]);
    let file = [section(), options, bad, enhanced(0, 5, &query(2))];
    let given = decode(&file.concat()).1;
    assert_eq!(given.ids(), [2]);
    let expected = [
        ("truncated", "option value", 20),
        ("truncated", "packet", 28),
    ];
    assert_eq!(given.reasons(), expected);
    let mut file = [section(), interface(101), enhanced(0, 5, &query(2))].concat();
    let end = file.len();
    file.extend([6, 0, 0, 0, 13, 0, 0, 0]);
    let given = decode(&file).1;
    assert_eq!(given.ids(), [2]);
    assert_eq!(given.reasons(), [("bad_length", "block total length", 4)]);
    assert_eq!(given.rejects[0].3, file[end..]);
}
