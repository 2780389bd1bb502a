//! The binary header, version 1.7.

use super::{Header, ObjectType, checked_body_octets};
use crate::{ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Its first octets.
pub const MAGIC: [u8; 4] = *b"OBMP";

const MAJOR_VERSION: u8 = 1;
const IS_OF_ROUTER: u8 = 0x80;
const IS_ROUTER_IPV6: u8 = 0x40;

/// Whether the header begins here, be it cut short.
#[inline]
pub(super) fn begins(input: &[u8]) -> bool {
    match input.first_chunk() {
        Some(front) => *front == MAGIC,
        None => !input.is_empty() && MAGIC.starts_with(input),
    }
}

/// Splits the header off the front; returns it with the octets of the body that follows.
///
/// ```text
///  0 magic | u8 major, u8 minor | u16 header octets, all of this | u32 body octets | u8 flags | u8 object type
/// 14 u32 collector seconds, u32 microseconds | 16 collector hash | u16 N, N octets of collector name
///    16 router hash | 16 router address, IPv4 in the first 4 | u16 M, M octets of router group | u32 rows
/// ```
///
/// The body begins where the header's length says, so that later minor versions may append fields.
#[inline]
pub(super) fn split_header<'a>(reader: &mut Reader<'a>) -> Result<(Header<'a>, usize), ParseError> {
    let begin = *reader;
    if reader.array::<4>("magic")? != MAGIC {
        return Err(ParseError::bad_value("magic", begin.offset()));
    }
    let version_offset = reader.offset();
    let [major, _minor] = reader.array("version")?;
    if major != MAJOR_VERSION {
        return Err(ParseError::bad_value("major version", version_offset));
    }
    let length_offset = reader.offset();
    let header_octets = usize::from(reader.u16("header length")?);
    let body_offset = reader.offset();
    let body_octets = reader.u32("message length")? as usize;
    let body_octets = checked_body_octets(body_octets, body_offset)?;
    *reader = begin;
    let mut frame = reader.frame(header_octets, "header")?;
    let header = parse_fields(&mut frame)
        .map_err(|_| ParseError::bad_length("header length", length_offset))?;
    Ok((header, body_octets))
}

/// Everything that is of use to us; a header that ends before it is too short.
#[inline]
fn parse_fields<'a>(reader: &mut Reader<'a>) -> Result<Header<'a>, ParseError> {
    reader.array::<12>("magic, version, lengths")?;
    let [flags, object_type] = reader.array("flags, object type")?;
    let seconds = reader.u32("collector seconds")?;
    let microseconds = reader.u32("collector microseconds")?;
    reader.array::<16>("collector hash")?;
    let name_octets = usize::from(reader.u16("collector name length")?);
    let collector = reader.frame(name_octets, "collector name")?.rest();
    let router_hash = reader.array("router hash")?;
    let address: [u8; 16] = reader.array("router address")?;
    let router_ip = router_ip(address, flags & IS_ROUTER_IPV6 != 0);
    let at = i64::from(seconds)
        .wrapping_mul(1_000_000)
        .wrapping_add(microseconds.into());
    Ok(Header {
        is_of_router: flags & IS_OF_ROUTER != 0,
        object_type: ObjectType(object_type),
        at: (seconds != 0).then_some(at),
        collector,
        router_hash,
        router_ip: (!router_ip.is_unspecified()).then_some(router_ip),
    })
}

#[inline]
fn router_ip(address: [u8; 16], is_ipv6: bool) -> IpAddr {
    let [a, b, c, d, ..] = address;
    if is_ipv6 {
        Ipv6Addr::from(address).into()
    } else {
        Ipv4Addr::new(a, b, c, d).into()
    }
}
