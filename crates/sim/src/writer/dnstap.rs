//! dnstap (<https://dnstap.info>, dnstap.pb): one protobuf message for each DNS message that is seen, or for two.

use std::net::{IpAddr, SocketAddr};

/// Types of messages: whose view it is. That of a query; the response has the next number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Towards authoritative servers.
    Resolver = 3,
    /// Towards clients.
    Client = 5,
}

/// How messages are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Udp = 1,
    Tcp = 2,
    Dot = 3,
    Doh = 4,
    Doq = 7,
}

/// HTTP/2.
const HTTP2: u64 = 2;
/// Type of a Dnstap frame that has a message; it stands at the end of it.
const MESSAGE: u64 = 1;

/// What is seen of a query and of its response.
#[derive(Clone, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) identity: &'a str,
    pub(crate) version: &'a str,
    pub(crate) role: Role,
    pub(crate) protocol: Protocol,
    /// Who asks.
    pub(crate) client: SocketAddr,
    /// Who is asked.
    pub(crate) server: SocketAddr,
    /// When the query was seen, in nanoseconds since 1970.
    pub(crate) query_ns: i64,
    /// When the response was seen; without it the frame is that of the query.
    pub(crate) response_ns: Option<i64>,
    pub(crate) query: Option<&'a [u8]>,
    pub(crate) response: Option<&'a [u8]>,
    /// The zone whose servers are asked, in wire form.
    pub(crate) query_zone: Option<&'a [u8]>,
}

impl Frame<'_> {
    /// Appends it. Returns where its Message begins, behind its length.
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> usize {
        put_octets(out, 1, self.identity.as_bytes());
        put_octets(out, 2, self.version.as_bytes());
        let mut message = Vec::with_capacity(128);
        self.write_message(&mut message);
        put_octets(out, 14, &message);
        let begin = out.len() - message.len();
        put_number(out, 15, MESSAGE);
        begin
    }

    fn write_message(&self, out: &mut Vec<u8>) {
        put_number(
            out,
            1,
            self.role as u64 + u64::from(self.response_ns.is_some()),
        );
        put_number(out, 2, if self.client.is_ipv6() { 2 } else { 1 });
        put_number(out, 3, self.protocol as u64);
        put_address(out, 4, self.client.ip());
        put_address(out, 5, self.server.ip());
        put_number(out, 6, u64::from(self.client.port()));
        put_number(out, 7, u64::from(self.server.port()));
        put_time(out, 8, self.query_ns);
        if let Some(query) = self.query {
            put_octets(out, 10, query);
        }
        if let Some(zone) = self.query_zone {
            put_octets(out, 11, zone);
        }
        if let Some(response_ns) = self.response_ns {
            put_time(out, 12, response_ns);
        }
        if let Some(response) = self.response {
            put_octets(out, 14, response);
        }
        if self.protocol == Protocol::Doh {
            put_number(out, 16, HTTP2);
        }
    }
}

fn put_address(out: &mut Vec<u8>, field: u64, address: IpAddr) {
    match address {
        IpAddr::V4(address) => put_octets(out, field, &address.octets()),
        IpAddr::V6(address) => put_octets(out, field, &address.octets()),
    }
}

/// Seconds as a number, and behind it nanoseconds in four octets, the least significant one first.
fn put_time(out: &mut Vec<u8>, field: u64, at_ns: i64) {
    put_number(out, field, at_ns.div_euclid(1_000_000_000) as u64);
    put_varint(out, (field + 1) << 3 | 5);
    out.extend_from_slice(&(at_ns.rem_euclid(1_000_000_000) as u32).to_le_bytes());
}

fn put_number(out: &mut Vec<u8>, field: u64, value: u64) {
    put_varint(out, field << 3);
    put_varint(out, value);
}

fn put_octets(out: &mut Vec<u8>, field: u64, octets: &[u8]) {
    put_varint(out, field << 3 | 2);
    put_varint(out, octets.len() as u64);
    out.extend_from_slice(octets);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_with_its_query() {
        let frame = Frame {
            identity: "r1",
            version: "v",
            role: Role::Client,
            protocol: Protocol::Doh,
            client: ([192, 0, 2, 1], 300).into(),
            server: ([192, 0, 2, 53], 443).into(),
            query_ns: 1_767_225_600_000_000_001,
            response_ns: Some(1_767_225_600_000_000_258),
            query: Some(&[1, 2]),
            response: Some(&[3]),
            query_zone: Some(&[0]),
        };
        let mut out = Vec::new();
        let begin = frame.write(&mut out);
        let hex: String = out.iter().map(|octet| format!("{octet:02x}")).collect();
        let expected = "0a 02 7231  12 01 76  72 3b
            08 06  10 01  18 04  22 04 c0000201  2a 04 c0000235  30 ac02  38 bb03
            40 80f2d6ca06  4d 01000000  52 02 0102  5a 01 00  60 80f2d6ca06  6d 02010000  72 01 03  8001 02
            78 01";
        assert_eq!(hex, expected.split_whitespace().collect::<String>());
        assert_eq!(out[begin], 8);
    }
}
