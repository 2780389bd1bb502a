//! DNS messages of the real captures: pcap and pcapng read as far as it takes, files that are a message each, and base64.
//! Fragments are left out, and on TCP all but segments that are whole messages.

use crate::support::read;
use std::path::{Path, PathBuf};

/// Every DNS message of a folder, its folders and its captures, with the name of the file.
pub fn messages_of(folder: &Path) -> Vec<(PathBuf, Vec<Vec<u8>>)> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(messages_of(&path));
        } else if let Some(messages) = messages_in(&path) {
            found.push((path, messages));
        }
    }
    found
}

/// Those of a capture, or of a file in a folder of files that are a message each; none for other files.
fn messages_in(path: &Path) -> Option<Vec<Vec<u8>>> {
    let folder = path.parent()?.to_string_lossy().into_owned();
    if [
        "dns_message_parse.in",
        "dns_message_checksig.in",
        "raw-dns-packets",
    ]
    .iter()
    .any(|end| folder.ends_with(end))
        || path.ends_with("check/sample-seed.pkt")
    {
        return Some(vec![std::fs::read(path).expect("a message")]);
    }
    let octets = decompressed(path)?;
    let packets = match octets.first_chunk::<4>()? {
        [0x0a, 0x0d, 0x0d, 0x0a] => pcapng_packets(&octets),
        [0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1] => pcap_packets(&octets, Order::Little),
        [0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d] => pcap_packets(&octets, Order::Big),
        _ => return None,
    };
    let mut messages = Vec::new();
    for (link, packet) in packets {
        messages.extend(message_in(link, packet).unwrap_or_default());
    }
    Some(messages)
}

/// A file that may be a capture, by what its name ends in.
fn decompressed(path: &Path) -> Option<Vec<u8>> {
    let end = path.extension()?.to_str()?;
    ["pcap", "pcapng", "gz", "xz", "zst"]
        .contains(&end)
        .then(|| read(path))
}

/// How numbers stand in a capture.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, octets: &[u8], at: usize) -> Option<u16> {
        let octets = *octets.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(octets),
            Self::Big => u16::from_be_bytes(octets),
        })
    }

    fn u32(self, octets: &[u8], at: usize) -> Option<usize> {
        let octets = *octets.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(octets),
            Self::Big => u32::from_be_bytes(octets),
        } as usize)
    }
}

/// Packets, each with its link type.
type Packets<'a> = Vec<(u16, &'a [u8])>;

fn pcap_packets(capture: &[u8], order: Order) -> Packets<'_> {
    let link = order.u16(capture, if matches!(order, Order::Big) { 22 } else { 20 });
    let (mut packets, mut at) = (Vec::new(), 24);
    while let Some(octets) = order.u32(capture, at + 8)
        && let Some(packet) = capture.get(at + 16..at + 16 + octets)
    {
        packets.push((link.unwrap_or_default(), packet));
        at += 16 + octets;
    }
    packets
}

fn pcapng_packets(capture: &[u8]) -> Packets<'_> {
    let order = if capture.get(8) == Some(&0x4d) {
        Order::Little
    } else {
        Order::Big
    };
    let (mut packets, mut links, mut at) = (Vec::new(), Vec::new(), 0);
    while let (Some(kind), Some(octets @ 12..)) =
        (order.u32(capture, at), order.u32(capture, at + 4))
    {
        match kind {
            1 => links.extend(order.u16(capture, at + 8)),
            6 => packets.extend(enhanced_packet(&capture[at..], order, &links)),
            _ => (),
        }
        at += octets;
    }
    packets
}

fn enhanced_packet<'a>(block: &'a [u8], order: Order, links: &[u16]) -> Option<(u16, &'a [u8])> {
    let link = links.get(order.u32(block, 8)?)?;
    let octets = order.u32(block, 20)?;
    Some((*link, block.get(28..28 + octets)?))
}

/// The messages of a packet from or to port 53.
fn message_in(link: u16, packet: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (protocol, payload) = ip_payload(ip_packet(link, packet)?)?;
    let ports = [Order::Big.u16(payload, 0)?, Order::Big.u16(payload, 2)?];
    if !ports.contains(&53) {
        return None;
    }
    match protocol {
        17 => {
            let octets = usize::from(Order::Big.u16(payload, 4)?);
            Some(vec![payload.get(8..octets)?.to_vec()])
        }
        6 => Some(segment_messages(
            payload.get(usize::from(payload.get(12)? >> 4) * 4..)?,
        )),
        _ => None,
    }
}

/// The messages that a segment consists of.
fn segment_messages(mut segment: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while let Ok((message, rest)) = wire::dns::split_tcp_message(segment) {
        messages.push(message.to_vec());
        segment = rest;
    }
    if segment.is_empty() {
        messages
    } else {
        Vec::new()
    }
}

fn ip_packet(link: u16, packet: &[u8]) -> Option<&[u8]> {
    match link {
        0 | 108 => packet.get(4..),
        1 => {
            let mut at = 12;
            while matches!(Order::Big.u16(packet, at)?, 0x8100 | 0x88a8) {
                at += 4;
            }
            packet.get(at + 2..)
        }
        113 => packet.get(16..),
        276 => packet.get(20..),
        _ => Some(packet),
    }
}

/// Protocol and payload of a packet that is no fragment and has no extension headers.
fn ip_payload(packet: &[u8]) -> Option<(u8, &[u8])> {
    match packet.first()? >> 4 {
        4 if Order::Big.u16(packet, 6)? & 0x3fff == 0 => {
            let total = usize::from(Order::Big.u16(packet, 2)?);
            let begin = usize::from(packet[0] & 15) * 4;
            Some((*packet.get(9)?, packet.get(begin..total)?))
        }
        6 => {
            let octets = usize::from(Order::Big.u16(packet, 4)?);
            Some((*packet.get(6)?, packet.get(40..40 + octets)?))
        }
        _ => None,
    }
}

/// The octets of base64 with padding.
pub fn of_base64(text: &str) -> Vec<u8> {
    let digit = |octet: u8| match octet {
        b'A'..=b'Z' => octet - b'A',
        b'a'..=b'z' => octet - b'a' + 26,
        b'0'..=b'9' => octet - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("{octet} is no digit of base64"),
    };
    let digits: Vec<_> = text
        .trim_end_matches('=')
        .bytes()
        .map(|octet| u32::from(digit(octet)))
        .collect();
    let mut octets = Vec::new();
    for group in digits.chunks(4) {
        let number = group.iter().fold(0, |number, digit| number << 6 | digit);
        let whole = (number << (6 * (4 - group.len()))).to_be_bytes();
        octets.extend(&whole[1..group.len()]);
    }
    octets
}
