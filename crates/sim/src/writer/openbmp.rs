//! The binary header, version 1.7, that an OpenBMP collector puts before BMP messages in Kafka.

use super::octets::{patch_u16, put_u16, put_u32, with_length_u16};
use std::net::Ipv4Addr;

/// The message comes from a router, whose address is one of IPv4.
const ROUTER_MESSAGE: u8 = 0x80;
const BMP_RAW: u8 = 12;

/// Who puts it there, and which router sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope<'a> {
    /// Admin id of the collector.
    pub(crate) collector: &'a str,
    pub(crate) router_hash: [u8; 16],
    pub(crate) router_ip: Ipv4Addr,
    pub(crate) group: &'a str,
}

impl Envelope<'_> {
    /// Appends the header and the BMP messages that `body` appends, taken at that time.
    pub(crate) fn write(&self, out: &mut Vec<u8>, at_us: i64, body: impl FnOnce(&mut Vec<u8>)) {
        let at = out.len();
        out.extend_from_slice(b"OBMP\x01\x07");
        put_u16(out, 0); // length of the header
        put_u32(out, 0); // length of the body
        out.extend_from_slice(&[ROUTER_MESSAGE, BMP_RAW]);
        put_u32(out, at_us.div_euclid(1_000_000) as u32);
        put_u32(out, at_us.rem_euclid(1_000_000) as u32);
        out.extend_from_slice(&[0xc0; 16]); // hash of the collector
        with_length_u16(out, |out| out.extend_from_slice(self.collector.as_bytes()));
        out.extend_from_slice(&self.router_hash);
        out.extend_from_slice(&self.router_ip.octets());
        out.extend_from_slice(&[0; 12]);
        with_length_u16(out, |out| out.extend_from_slice(self.group.as_bytes()));
        put_u32(out, 1); // rows
        let header_octets = (out.len() - at) as u16;
        patch_u16(out, at + 6, header_octets);
        let body_at = out.len();
        body(out);
        let body_octets = (out.len() - body_at) as u32;
        out[at + 8..at + 12].copy_from_slice(&body_octets.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_both_lengths() {
        let envelope = Envelope {
            collector: "c",
            router_hash: [0xaa; 16],
            router_ip: Ipv4Addr::new(192, 0, 2, 1),
            group: "gr",
        };
        let mut out = Vec::new();
        envelope.write(&mut out, 1_767_225_600_000_123, |out| out.push(3));
        let hex: String = out.iter().map(|octet| format!("{octet:02x}")).collect();
        let expected = "4f424d50 01 07 0051 00000001 80 0c 6955b900 0000007b
            c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0 0001 63 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
            c0000201 000000000000000000000000 0002 6772 00000001 03";
        assert_eq!(hex, expected.split_whitespace().collect::<String>());
    }
}
