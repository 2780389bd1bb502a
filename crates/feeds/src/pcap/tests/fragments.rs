//! Fragments, in every order, and what never gets complete.

use super::made::*;
use super::*;

/// The datagram of a response with trailing octets, cut into fragments of IPv4 of 16 octets.
fn fragments(id: u16, to: u8) -> Vec<Vec<u8>> {
    let mut message = message(id, true);
    message.extend([0; 20]);
    let datagram = udp(53, 4000, &message);
    let chunks = datagram.chunks(16);
    let last = chunks.len() - 1;
    let fragment = |(place, chunk): (usize, &[u8])| {
        let more = if place < last { 0x2000 } else { 0 };
        let offset = u16::try_from(place * 2).unwrap();
        ipv4(1, to, 17, more + offset, chunk)
    };
    chunks.enumerate().map(fragment).collect()
}

#[test]
fn in_every_order_and_twice() {
    let [a, b, c] = fragments(7, 2).try_into().unwrap();
    let orders = [
        [&a, &b, &c],
        [&a, &c, &b],
        [&b, &a, &c],
        [&b, &c, &a],
        [&c, &a, &b],
        [&c, &b, &a],
    ];
    for order in orders {
        let packets: Vec<Vec<u8>> = order.into_iter().cloned().collect();
        let given = decode_packets(&packets);
        // Seen when the last one was.
        let expected =
            "response udp 192.0.2.2#4000 192.0.2.1#53 id=7 at=1700000000002000 ttl=61 ok";
        assert_eq!(given.messages, [expected]);
        assert!(given.rejects.is_empty());
    }
    let twice = [a.clone(), a, b.clone(), b, c].map(|packet| packet);
    assert_eq!(decode_packets(&twice).ids(), [7]);
}

#[test]
fn of_octets_that_overlap_the_first_count() {
    let mut packets = fragments(7, 2);
    let mut other = fragments(9, 2).remove(0);
    other[20..24].copy_from_slice(&[0, 53, 0, 99]);
    packets.insert(1, other);
    let given = decode_packets(&packets);
    assert_eq!(given.ids(), [7]);
    assert!(given.messages[0].contains("#4000"), "{given:?}");
}

#[test]
fn what_stays_incomplete_is_refused() {
    let [a, b, c] = fragments(7, 2).try_into().unwrap();
    let check = |packets: &[&Vec<u8>], octets: &[u8]| {
        let packets: Vec<Vec<u8>> = packets.iter().map(|packet| (*packet).clone()).collect();
        let (outcome, given) = decode(&pcap(&packets));
        assert_eq!(outcome, Outcome::Rejected);
        let offset = octets.len() as u64;
        assert_eq!(given.reasons(), [("ip_fragment", "fragment", offset)]);
        assert_eq!(given.rejects[0].3, octets);
    };
    check(&[&a, &c], &a[20..]);
    check(&[&a, &b], &[&a[20..], &b[20..]].concat());
    check(&[&b, &c], &[&b[20..], &c[20..]].concat());
    // The first one shows that it is no DNS.
    let mut other = a;
    other[20..22].copy_from_slice(&[0, 80]);
    let file = pcap(&[b, other]);
    assert_eq!(decode(&file).0, Outcome::Skipped("no_dns"));
    assert_eq!(noticed(&file, Notice::PacketNotDns), 1);
}

#[test]
fn fragments_of_other_protocols_are_no_dns() {
    let file = pcap(&[ipv4(1, 2, 1, 0x2000, &[0; 16])]);
    assert_eq!(decode(&file).0, Outcome::Skipped("no_dns"));
}

#[test]
fn a_fragment_beyond_the_end_of_any_packet_is_refused() {
    let packet = ipv4(1, 2, 17, 0x1fff, &[0; 16]);
    let given = decode_packets(&[packet]);
    assert_eq!(given.reasons(), [("over_limit", "fragment", 20)]);
}

#[test]
fn ipv6_with_options_in_the_fragments() {
    let datagram = udp(53, 4000, &message(7, true));
    let whole = [&[17, 0, 1, 4, 0, 0, 0, 0][..], &datagram].concat();
    let (first, second) = whole.split_at(16);
    let packet = |offset: u8, part: &[u8]| {
        let length = u8::try_from(part.len() + 8).unwrap();
        let mut octets = vec![0x60, 0, 0, 0, 0, length, 44, 60];
        octets.extend([0x20; 32]);
        octets.extend([60, 0, 0, offset, 0, 0, 0, 5]);
        octets.extend(part);
        octets
    };
    let given = decode_packets(&[packet(1, first), packet(16, second)]);
    assert_eq!(given.ids(), [7]);
}

/// More than can be put together at a time: the oldest is refused, and the others are not hurt.
#[test]
fn the_oldest_goes_when_there_are_too_many() {
    let of = |number: u16| {
        let [a, b, c] = fragments(number, 2).try_into().unwrap();
        [a, b, c].map(|mut packet: Vec<u8>| {
            packet[4..6].copy_from_slice(&number.to_be_bytes());
            packet
        })
    };
    let firsts = (0..1025).map(|number| of(number)[0].clone());
    let others = (1..1025).flat_map(|number| of(number)[1..].to_vec());
    let given = decode_packets(&firsts.chain(others).collect::<Vec<_>>());
    assert_eq!(given.messages.len(), 1024);
    assert_eq!(given.reasons(), [("ip_fragment", "fragment", 16)]);
}

/// Each of many small pieces costs little, however they lie.
#[test]
fn hostile_fragments_cost_little() {
    let packets: Vec<Vec<u8>> = (0..60_000_u32)
        .map(|number| {
            let offset = u16::try_from(number * 2 % 8190).unwrap();
            let mut packet = ipv4(1, 2, 17, 0x2000 + offset, &[1; 8]);
            packet[4] = (number % 7) as u8;
            packet
        })
        .collect();
    let began = std::time::Instant::now();
    let given = decode_packets(&packets);
    assert!(given.messages.is_empty());
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}
