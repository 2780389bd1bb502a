//! What dnstap and PowerDNS protobuf write and number alike.

use std::fmt::Write;
use std::net::IpAddr;
use tables::Transport;

/// An address of 4 or 16 octets; those of other lengths are none.
#[inline]
pub(crate) fn address(octets: Option<&[u8]>) -> Option<IpAddr> {
    let octets = octets?;
    let ipv4 = <[u8; 4]>::try_from(octets).ok().map(IpAddr::from);
    ipv4.or_else(|| <[u8; 16]>::try_from(octets).ok().map(IpAddr::from))
}

/// As the family says, or else as an address shows.
#[inline]
pub(crate) fn ip_version(family: Option<u32>, addresses: [Option<IpAddr>; 2]) -> Option<u8> {
    match family {
        Some(1) => Some(4),
        Some(2) => Some(6),
        _ => {
            let [client, server] = addresses;
            let address = client.or(server)?;
            Some(if address.is_ipv4() { 4 } else { 6 })
        }
    }
}

/// Unknown ones are none.
#[inline]
pub(crate) fn transport(protocol: Option<u32>) -> Option<Transport> {
    match protocol? {
        1 => Some(Transport::Udp),
        2 => Some(Transport::Tcp),
        3 => Some(Transport::Dot),
        4 => Some(Transport::Doh),
        5 => Some(Transport::DnscryptUdp),
        6 => Some(Transport::DnscryptTcp),
        7 => Some(Transport::Doq),
        _ => None,
    }
}

/// Unknown ones are none.
#[inline]
pub(crate) fn http_version(version: Option<u32>) -> Option<u8> {
    u8::try_from(version?).ok().filter(|it| matches!(it, 1..=3))
}

/// An integer of 16 bits, and not what does not fit.
#[inline]
pub(crate) fn narrow(number: Option<u32>) -> Option<u16> {
    number.and_then(|number| number.try_into().ok())
}

/// UTF-8 without control characters; empty if it is something else.
#[inline]
pub(crate) fn printable(octets: Option<&[u8]>) -> &str {
    let text = std::str::from_utf8(octets.unwrap_or_default()).unwrap_or_default();
    let is_plain = text.bytes().all(|octet| matches!(octet, b' '..=b'~'));
    if is_plain || !text.chars().any(char::is_control) {
        text
    } else {
        ""
    }
}

/// Printable text as it is, other octets in hexadecimal.
pub(crate) fn printable_or_hex<'a>(octets: &'a [u8], hex: &'a mut String) -> &'a str {
    let text = printable(Some(octets));
    if text.len() == octets.len() {
        return text;
    }
    hex.clear();
    for octet in octets {
        // A String takes whatever it is given.
        let _ = write!(hex, "{octet:02x}");
    }
    hex
}
