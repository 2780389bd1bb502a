//! One message for each DNS feed, with addresses of clients wherever the format has room for them.

use feeds::Format;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who asks.
pub const CLIENT_IPV4: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 177);
pub const CLIENT_IPV6: Ipv6Addr = Ipv6Addr::new(
    0x2001, 0xdb8, 0x5a5a, 0x7177, 0x1b2c, 0x3d4e, 0x5f60, 0x7182,
);
/// For whom a resolver asks.
const SUBNET_IPV4: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 199);
const SUBNET_IPV6: Ipv6Addr = Ipv6Addr::new(
    0x2001, 0xdb8, 0x6b6b, 0x8288, 0x2c3d, 0x4e5f, 0x6071, 0x8293,
);
/// Who answers.
const SERVER_IPV4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 53);
const SERVER_IPV6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x53, 0, 0, 0, 0, 0x53);
/// 2026-01-01.
const SECONDS: u32 = 1_767_225_600;

/// A Kafka message, and the addresses in it that nobody may find.
pub struct Marked {
    pub format: Format,
    pub what: &'static str,
    pub octets: Vec<u8>,
    pub markers: [IpAddr; 2],
}

/// A client that asks a server on behalf of another.
#[derive(Clone, Copy)]
struct Exchange {
    client: IpAddr,
    server: IpAddr,
    subnet: IpAddr,
}

const EXCHANGES: [Exchange; 2] = [
    Exchange {
        client: IpAddr::V4(CLIENT_IPV4),
        server: IpAddr::V4(SERVER_IPV4),
        subnet: IpAddr::V6(SUBNET_IPV6),
    },
    Exchange {
        client: IpAddr::V6(CLIENT_IPV6),
        server: IpAddr::V6(SERVER_IPV6),
        subnet: IpAddr::V4(SUBNET_IPV4),
    },
];

/// Writes the message of an exchange.
type Written = fn(Exchange) -> Vec<u8>;

/// Messages of every DNS feed, over both versions of IP.
pub fn all() -> Vec<Marked> {
    let feeds: [(Format, &str, Written); 8] = [
        (Format::Dnstap, "dnstap", dnstap),
        (Format::Fstrm, "fstrm", fstrm),
        (Format::Pdns, "pdns", pdns),
        (Format::Atlas, "atlas", atlas),
        (Format::Pcap, "pcap", pcap),
        (Format::Auto, "auto", fstrm),
        (Format::DnsCollector, "dns-collector json", |it| {
            collector(it, false)
        }),
        (Format::DnsCollector, "dns-collector payload", |it| {
            collector(it, true)
        }),
    ];
    let of = |exchange: Exchange| {
        feeds.map(|(format, what, octets)| Marked {
            format,
            what,
            octets: octets(exchange),
            markers: [exchange.client, exchange.subnet],
        })
    };
    EXCHANGES.into_iter().flat_map(of).collect()
}

fn octets_of(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

/// A DNS message with a Client Subnet of a single address.
fn message(subnet: IpAddr, is_response: bool) -> Vec<u8> {
    let address = octets_of(subnet);
    let (family, bits) = if subnet.is_ipv4() { (1, 32) } else { (2, 128) };
    let subnet = [
        &[0, 8, 0, address.len() as u8 + 4, 0, family, bits, 0],
        &address[..],
    ]
    .concat();
    let cookie = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
    let options = [&cookie[..], &subnet].concat();
    let (flags, answers) = if is_response { (0x84, 1) } else { (0x01, 0) };
    let header = [0xab, 0xcd, flags, 0, 0, 1, 0, answers, 0, 0, 0, 1];
    let question = b"\x03www\x07example\x03com\0\0\x01\0\x01";
    let answer = b"\xc0\x0c\0\x01\0\x01\0\0\x01\x2c\0\x04\xc0\0\x02\x07";
    let answer = if is_response { &answer[..] } else { &[] };
    let opt = [0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, options.len() as u8];
    [&header[..], question, answer, &opt, &options].concat()
}

/// Field of protobuf: octets.
fn field(number: u8, octets: &[u8]) -> Vec<u8> {
    let tag = u32::from(number) << 3 | 2;
    [varint(tag), varint(octets.len() as u32), octets.to_vec()].concat()
}

/// Field of protobuf: a number.
fn number(number: u8, value: u32) -> Vec<u8> {
    [varint(u32::from(number) << 3), varint(value)].concat()
}

fn varint(mut value: u32) -> Vec<u8> {
    let mut octets = Vec::new();
    while value > 0x7f {
        octets.push(value as u8 | 0x80);
        value >>= 7;
    }
    octets.push(value as u8);
    octets
}

fn dnstap(exchange: Exchange) -> Vec<u8> {
    let family = if exchange.client.is_ipv4() { 1 } else { 2 };
    let policy = [
        number(4, 2),
        field(5, exchange.client.to_string().as_bytes()),
    ]
    .concat();
    let message = [
        number(1, 6),
        number(2, family),
        number(3, 1),
        field(4, &octets_of(exchange.client)),
        field(5, &octets_of(exchange.server)),
        number(6, 5300),
        number(7, 53),
        number(8, SECONDS),
        field(10, &message(exchange.subnet, false)),
        number(12, SECONDS),
        field(14, &message(exchange.subnet, true)),
        field(15, &policy),
    ];
    let parts = [
        field(1, b"ns1"),
        field(2, b"1.0"),
        field(14, &message.concat()),
        number(15, 1),
    ];
    parts.concat()
}

fn fstrm(exchange: Exchange) -> Vec<u8> {
    let u32 = |number: usize| (number as u32).to_be_bytes().to_vec();
    let content = b"protobuf:dnstap.Dnstap";
    let start = [u32(2), u32(1), u32(content.len()), content.to_vec()].concat();
    let frame = dnstap(exchange);
    [
        u32(0),
        u32(start.len()),
        start,
        u32(frame.len()),
        frame,
        u32(0),
        u32(4),
        u32(3),
    ]
    .concat()
}

fn pdns(exchange: Exchange) -> Vec<u8> {
    let client = exchange.client.to_string();
    let question = [field(1, b"www.example.com."), number(2, 1), number(3, 1)].concat();
    let policy = [
        field(3, b"rpz"),
        field(8, client.as_bytes()),
        field(9, client.as_bytes()),
        number(10, 1),
    ];
    let response = [&[number(1, 0)][..], &policy].concat().concat();
    [
        number(1, 2),
        field(2, &[7; 16]),
        field(3, b"ns1"),
        number(4, if exchange.client.is_ipv4() { 1 } else { 2 }),
        number(5, 1),
        field(6, &octets_of(exchange.client)),
        field(7, &octets_of(exchange.server)),
        number(8, 64),
        number(9, SECONDS),
        number(11, 0xabcd),
        field(12, &question),
        field(13, &response),
        field(14, &octets_of(exchange.subnet)),
        field(15, client.as_bytes()),
        field(17, &octets_of(exchange.client)),
        field(19, client.as_bytes()),
        number(20, 5300),
        number(21, 53),
    ]
    .concat()
}

/// With the message itself, or with what DNS-collector has read in it.
fn collector(exchange: Exchange, has_payload: bool) -> Vec<u8> {
    let Exchange {
        client,
        server,
        subnet,
    } = exchange;
    let (family, bits) = if client.is_ipv4() {
        ("IPv4", 128)
    } else {
        ("IPv6", 32)
    };
    let mut text = format!(
        r#"{{"dnstap":{{"operation":"CLIENT_RESPONSE","identity":"ns1","timestamp-rfc3339ns":"2026-01-01T00:00:00.5Z","policy-match":"CLIENT_IP","policy-value":"{client}"}},"network":{{"family":"{family}","protocol":"UDP","query-ip":"{client}","query-port":"5300","response-ip":"{server}","response-port":"53"}},"dns":{{"length":64,"id":7,"opcode":0,"rcode":"NOERROR","qname":"www.example.com","qtype":"A"}},"edns":{{"udp-size":1232,"options":[{{"code":8,"name":"CSUBNET","data":"{subnet}/{bits}"}}]}}"#
    );
    if has_payload {
        let payload = base64(&message(subnet, true));
        text += &format!(r#","extracted":{{"dns_payload":"{payload}"}}"#);
    }
    (text + "}").into_bytes()
}

fn atlas(exchange: Exchange) -> Vec<u8> {
    let Exchange {
        client,
        server,
        subnet,
    } = exchange;
    let (query, response) = (message(subnet, false), message(subnet, true));
    let (asked, answered) = (base64(&query), base64(&response));
    let (af, octets) = (if client.is_ipv4() { 4 } else { 6 }, response.len());
    format!(
        r#"{{"fw":5080,"lts":9,"from":"{client}","msm_id":10,"prb_id":3,"timestamp":{SECONDS},"type":"dns","dst_addr":"{server}","src_addr":"{client}","af":{af},"proto":"UDP","qbuf":"{asked}","result":{{"rt":1.25,"size":{octets},"abuf":"{answered}","ID":43981}}}}"#
    )
    .into_bytes()
}

/// A capture of Ethernet frames: a query and its response.
fn pcap(exchange: Exchange) -> Vec<u8> {
    let mut octets = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0];
    octets.extend([0; 8]);
    octets.extend([0, 0, 4, 0, 1, 0, 0, 0]);
    for is_response in [false, true] {
        let frame = frame(exchange, is_response);
        for number in [SECONDS, 0, frame.len() as u32, frame.len() as u32] {
            octets.extend(number.to_le_bytes());
        }
        octets.extend(frame);
    }
    octets
}

fn frame(exchange: Exchange, is_response: bool) -> Vec<u8> {
    let message = message(exchange.subnet, is_response);
    let u16 = |number: usize| (number as u16).to_be_bytes();
    let mut ends = [(exchange.client, 5300), (exchange.server, 53)];
    if is_response {
        ends.reverse();
    }
    let ports = ends.map(|(_, port)| u16(port)).concat();
    let udp = [&ports[..], &u16(message.len() + 8), &[0, 0], &message].concat();
    let addresses = ends.map(|(ip, _)| octets_of(ip)).concat();
    let (ether_type, ip) = if exchange.client.is_ipv4() {
        let length = u16(udp.len() + 20);
        let head = [0x45, 0, length[0], length[1], 0, 1, 0, 0, 64, 17, 0, 0];
        ([0x08, 0x00], head.to_vec())
    } else {
        let length = u16(udp.len());
        (
            [0x86, 0xdd],
            vec![0x60, 0, 0, 0, length[0], length[1], 17, 64],
        )
    };
    [&[2; 12][..], &ether_type, &ip, &addresses, &udp].concat()
}

fn base64(octets: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let of_chunk = |chunk: &[u8]| {
        let mut three = [0; 4];
        three[1..=chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes(three);
        let letter = |at: u32| char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]);
        let letters = (0..4).map(|at| {
            if at as usize <= chunk.len() {
                letter(at)
            } else {
                '='
            }
        });
        letters.collect::<String>()
    };
    octets.chunks(3).map(of_chunk).collect()
}
