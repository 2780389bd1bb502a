//! Segments, in every order, and holes.

use super::made::*;
use super::*;

/// Three messages with their lengths.
fn three() -> Vec<u8> {
    [1, 2, 3].map(|id| on_tcp(&message(id, false))).concat()
}

#[test]
fn however_messages_lie_in_segments() {
    let data = three();
    for octets in 1..=data.len() {
        let mut packets = vec![segment(99, SYN, &[])];
        let mut sequence = 100;
        for chunk in data.chunks(octets) {
            packets.push(segment(sequence, ACK, chunk));
            sequence += u32::try_from(chunk.len()).unwrap();
        }
        packets.push(segment(sequence, FIN | ACK, &[]));
        let given = decode_packets(&packets);
        assert_eq!(given.ids(), [1, 2, 3], "{octets} octets each");
        assert!(given.rejects.is_empty(), "{octets} octets each");
    }
}

#[test]
fn segments_out_of_order_and_again() {
    let data = three();
    let part = |begin: usize, end: usize| {
        let sequence = u32::MAX - 5 + u32::try_from(begin).unwrap();
        segment(sequence.wrapping_add(0), ACK, &data[begin..end])
    };
    let wrapping = |begin: usize, end: usize| {
        let sequence = (u32::MAX - 5).wrapping_add(u32::try_from(begin).unwrap());
        segment(sequence, ACK, &data[begin..end])
    };
    let syn = segment(u32::MAX - 6, SYN, &[]);
    let packets = [
        syn.clone(),
        wrapping(20, 30),
        wrapping(10, 25),
        syn,
        part(0, 5),
        wrapping(3, 12),
        part(0, 5),
        wrapping(35, 42),
        wrapping(28, 42),
        wrapping(0, 42),
    ];
    let given = decode_packets(&packets);
    assert_eq!(given.ids(), [1, 2, 3]);
    assert!(given.rejects.is_empty(), "{:?}", given.rejects);
    let expected = "query tcp 192.0.2.1#4000 192.0.2.2#53 id=3 at=1700000000008000 ttl=61 ok";
    assert_eq!(given.messages[2], expected);
}

#[test]
fn of_octets_that_overlap_the_first_count() {
    let (data, other) = (three(), on_tcp(&message(99, false)));
    let packets = [
        segment(99, SYN, &[]),
        segment(102, ACK, &data[2..]),
        segment(100, ACK, &other),
    ];
    assert_eq!(decode_packets(&packets).ids(), [1, 2, 3]);
}

#[test]
fn data_on_syn() {
    let data = three();
    let packets = [
        segment(99, SYN, &data[..20]),
        segment(120, ACK, &data[20..]),
    ];
    assert_eq!(decode_packets(&packets).ids(), [1, 2, 3]);
}

#[test]
fn a_stream_whose_begin_was_not_captured() {
    let data = three();
    let packets = [
        segment(80, ACK, &[0xff; 20]),
        segment(100, ACK, &data[..14]),
        segment(128, ACK, &data[28..]),
        segment(114, ACK, &data[14..28]),
    ];
    let given = decode_packets(&packets);
    assert_eq!(given.ids(), [1, 2, 3]);
    assert_eq!(given.reasons(), [("tcp_gap", "TCP stream", 20)]);
    // What lies before the begin is read when it comes late.
    let packets = [
        segment(114, ACK, &data[14..]),
        segment(100, ACK, &data[..14]),
    ];
    let given = decode_packets(&packets);
    assert_eq!(given.ids(), [2, 3, 1]);
    assert!(given.rejects.is_empty());
}

#[test]
fn holes_are_refused_and_what_is_behind_them_is_read() {
    let data = three();
    let packets = [
        segment(99, SYN, &[]),
        segment(100, ACK, &data[..10]),
        segment(114, ACK, &data[14..28]),
        segment(130, ACK, &data[30..]),
    ];
    let given = decode_packets(&packets);
    assert_eq!(given.ids(), [2]);
    let expected = [("tcp_gap", "TCP stream", 10), ("tcp_gap", "TCP stream", 12)];
    assert_eq!(given.reasons(), expected);
    assert_eq!(given.rejects[0].3, data[..10]);
    assert_eq!(given.rejects[1].3, data[30..]);
}

#[test]
fn a_new_connection_with_the_same_ports() {
    let packets = [
        segment(99, SYN, &[]),
        segment(100, ACK, &on_tcp(&message(1, false))),
        segment(114, ACK, &[0]),
        segment(5000, SYN, &[]),
        segment(5001, ACK, &on_tcp(&message(2, false))),
    ];
    let given = decode_packets(&packets);
    assert_eq!(given.ids(), [1, 2]);
    assert_eq!(given.reasons(), [("tcp_gap", "TCP stream", 1)]);
}

#[test]
fn empty_messages_are_counted() {
    let data = [&[0, 0][..], &on_tcp(&message(1, false)), &[0, 0]].concat();
    let packets = [segment(99, SYN, &[]), segment(100, ACK, &data)];
    assert_eq!(decode_packets(&packets).ids(), [1]);
    assert_eq!(noticed(&pcap(&packets), Notice::TcpMessageEmpty), 2);
}

#[test]
fn what_is_too_far_ahead_is_behind_a_hole() {
    let data = on_tcp(&message(2, false));
    let packets = [
        segment(99, SYN, &[]),
        segment(100, ACK, &[0, 50, 1]),
        segment(900_000, ACK, &data),
        segment(900_014, ACK, &data),
    ];
    let given = decode_packets(&packets);
    assert_eq!(given.ids(), [2, 2]);
    assert_eq!(given.reasons(), [("tcp_gap", "TCP stream", 3)]);
}

/// Behind a hole that was given up, segments from the middle of a message are none of their own.
#[test]
fn what_follows_a_hole_is_read_from_where_a_message_begins() {
    let mut long = message(2, false);
    long.resize(300, 0);
    let long = on_tcp(&long);
    let mut packets = vec![
        segment(99, SYN, &[]),
        segment(100, ACK, &[0, 50, 1]),
        segment(900_100, ACK, &long[100..200]),
        segment(900_200, ACK, &long[200..]),
    ];
    let behind = 900_000 + u32::try_from(long.len()).unwrap();
    packets.push(segment(behind, ACK, &on_tcp(&message(3, false))));
    let given = decode_packets(&packets);
    assert_eq!(given.ids(), [3]);
    let gap = |octets| ("tcp_gap", "TCP stream", octets);
    assert_eq!(given.reasons(), [gap(3), gap(100), gap(102)]);
}

/// A stream far longer than what is kept of it, of long messages with their segments in pairs the wrong way round.
#[test]
fn a_long_stream() {
    let mut long = message(5, true);
    long.resize(60_000, 0);
    let data = on_tcp(&long).repeat(20);
    let mut packets: Vec<Vec<u8>> = data
        .chunks(1400)
        .zip((1000_u32..).step_by(1400))
        .map(|(chunk, sequence)| segment(sequence, ACK, chunk))
        .collect();
    packets.chunks_mut(2).for_each(<[Vec<u8>]>::reverse);
    packets.insert(0, segment(999, SYN, &[]));
    let given = decode_packets(&packets);
    assert_eq!(given.ids(), [5; 20]);
    assert!(given.rejects.is_empty());
}

/// The oldest of too many goes, and what it held is refused.
#[test]
fn the_oldest_goes_when_there_are_too_many() {
    let mut packets = Vec::new();
    for port in 4000..4000 + 1025 {
        packets.push(segment_from(port, 99, SYN, &[]));
        packets.push(segment_from(port, 100, ACK, &[0, 12, 9]));
    }
    let given = decode_packets(&packets);
    assert_eq!(given.rejects.len(), 1025);
    packets.push(segment_from(4000, 103, ACK, &message(7, false)[1..]));
    packets.push(segment_from(5024, 103, ACK, &message(7, false)[1..]));
    assert_eq!(decode_packets(&packets).messages.len(), 1);
}

/// Single octets far ahead, and single octets in order.
#[test]
fn hostile_segments_cost_little() {
    let mut packets = vec![segment(99, SYN, &[])];
    for number in 0..30_000_u32 {
        packets.push(segment(100 + number, ACK, &[0xff]));
        packets.push(segment(
            100 + number + 60_000 + number % 999 * 60,
            ACK,
            &[1],
        ));
    }
    let began = std::time::Instant::now();
    decode_packets(&packets);
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}
