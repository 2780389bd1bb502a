//! Octets of captures and packets.

/// Seconds of the first packet.
pub(super) const BEGAN_S: u32 = 1_700_000_000;

/// A query, or a response, with that ID and without a question.
pub(super) fn message(id: u16, is_response: bool) -> Vec<u8> {
    let [high, low] = id.to_be_bytes();
    let flags = if is_response { 0x80 } else { 0 };
    vec![high, low, flags, 0, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// A message with its length in front.
pub(super) fn on_tcp(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap();
    [&length.to_be_bytes()[..], message].concat()
}

/// The file header of pcap, for raw IP.
pub(super) fn file_header(link_type: u32) -> Vec<u8> {
    let mut octets = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
    octets.extend([0; 8]);
    octets.extend(65_535_u32.to_le_bytes());
    octets.extend(link_type.to_le_bytes());
    octets
}

/// A packet record of pcap, so many milliseconds after the first.
pub(super) fn record(ms: u32, packet: &[u8], original: usize) -> Vec<u8> {
    let captured = u32::try_from(packet.len()).unwrap();
    let original = u32::try_from(original).unwrap();
    let words = [BEGAN_S + ms / 1000, ms % 1000 * 1000, captured, original];
    let words = words.into_iter().flat_map(u32::to_le_bytes);
    words.chain(packet.iter().copied()).collect()
}

/// A capture of raw IP.
pub(super) fn pcap(packets: &[Vec<u8>]) -> Vec<u8> {
    let mut octets = file_header(101);
    for (packet, ms) in packets.iter().zip(0..) {
        octets.extend(record(ms, packet, packet.len()));
    }
    octets
}

/// An IPv4 packet from 192.0.2.`from` to 192.0.2.`to`; `flags` has the fragment offset too.
pub(super) fn ipv4(from: u8, to: u8, protocol: u8, flags: u16, carried: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(carried.len() + 20).unwrap().to_be_bytes();
    let [flags_high, flags_low] = flags.to_be_bytes();
    let mut octets = vec![
        0x45, 0, high, low, 0, 9, flags_high, flags_low, 61, protocol, 0, 0,
    ];
    octets.extend([192, 0, 2, from, 192, 0, 2, to]);
    octets.extend(carried);
    octets
}

/// A UDP datagram.
pub(super) fn udp(from: u16, to: u16, carried: &[u8]) -> Vec<u8> {
    let length = u16::try_from(carried.len() + 8).unwrap();
    let words = [from, to, length, 0].into_iter().flat_map(u16::to_be_bytes);
    words.chain(carried.iter().copied()).collect()
}

/// A query from 192.0.2.1 to 192.0.2.2 on UDP.
pub(super) fn query(id: u16) -> Vec<u8> {
    ipv4(1, 2, 17, 0, &udp(4000, 53, &message(id, false)))
}

pub(super) const FIN: u8 = 1;
pub(super) const SYN: u8 = 2;
pub(super) const ACK: u8 = 16;

/// A segment from 192.0.2.1 to the server 192.0.2.2.
pub(super) fn segment(sequence: u32, flags: u8, data: &[u8]) -> Vec<u8> {
    segment_from(4000, sequence, flags, data)
}

pub(super) fn segment_from(port: u16, sequence: u32, flags: u8, data: &[u8]) -> Vec<u8> {
    let mut octets = [port.to_be_bytes(), 53_u16.to_be_bytes()].concat();
    octets.extend(sequence.to_be_bytes());
    octets.extend([0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0]);
    octets.extend(data);
    ipv4(1, 2, 6, 0, &octets)
}

/// A block of pcapng.
pub(super) fn block(block_type: u32, body: &[u8]) -> Vec<u8> {
    let padding = vec![0; body.len().wrapping_neg() & 3];
    let total = u32::try_from(body.len() + padding.len() + 12).unwrap();
    let front = [block_type.to_le_bytes(), total.to_le_bytes()].concat();
    [&front, body, &padding, &total.to_le_bytes()].concat()
}

/// A section header.
pub(super) fn section() -> Vec<u8> {
    let mut body = vec![0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0];
    body.extend([0xff; 8]);
    block(0x0a0d_0d0a, &body)
}

/// An interface description.
pub(super) fn interface(link_type: u8) -> Vec<u8> {
    block(1, &[link_type, 0, 0, 0, 0, 0, 0, 0])
}

/// An enhanced packet at a time in microseconds.
pub(super) fn enhanced(interface: u32, at: u64, packet: &[u8]) -> Vec<u8> {
    let length = u32::try_from(packet.len()).unwrap();
    let (high, low) = ((at >> 32) as u32, at as u32);
    let words = [interface, high, low, length, length];
    let words: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    block(6, &[&words, packet].concat())
}
