//! TABLE_DUMP: one route of one peer per record (RFC 6396, section 4.2). ASNs have two octets.
//!
//! The first collectors put many routes behind one view and sequence.

use crate::bgp::{Afi, AsnWidth, IpPrefix};
use crate::mrt::SUBTYPE_OFFSET;
use crate::{ParseError, Reader};
use core::net::IpAddr;

/// One route.
///
/// ```text
/// prefix (4 or 16) | u8 length | u8 status | u32 originated | peer (4 or 16) | u16 AS | u16 attribute length | attributes
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    /// Destination.
    pub prefix: IpPrefix,
    /// When the route was learned, seconds since 1970.
    pub originated_s: u32,
    /// Address of the peer.
    pub peer_ip: IpAddr,
    /// ASN of the peer.
    pub peer_asn: u32,
    /// Path attributes. The route ends with them.
    pub attributes: Reader<'a>,
}

/// Splits view and sequence off a record's body; routes follow.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated).
#[inline]
pub fn split_head(body: Reader<'_>) -> Result<Reader<'_>, ParseError> {
    let mut reader = body;
    reader.u16("view number")?;
    reader.u16("sequence number")?;
    Ok(reader)
}

/// Splits the next route off; the record's subtype is the address family.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated); [`Fault::BadValue`](crate::Fault::BadValue) for a subtype that is
/// no address family, [`Fault::BadLength`](crate::Fault::BadLength) for a prefix longer than an address.
#[inline]
pub fn split_route(
    routes: Reader<'_>,
    subtype: u16,
) -> Result<(Route<'_>, Reader<'_>), ParseError> {
    let mut reader = routes;
    let afi = Afi(subtype);
    let address = afi.read_address(&mut reader, "prefix", SUBTYPE_OFFSET)?;
    let length_offset = reader.offset();
    let length = reader.u8("prefix length")?;
    let prefix = IpPrefix::new(address, length)
        .ok_or(ParseError::bad_length("prefix length", length_offset))?;
    reader.u8("status")?;
    let originated_s = reader.u32("originated time")?;
    let peer_ip = afi.read_address(&mut reader, "peer IP address", SUBTYPE_OFFSET)?;
    let peer_asn = AsnWidth::Two.read(&mut reader, "peer AS")?;
    let attribute_octets = reader.u16("attribute length")?;
    let attributes = reader.frame(usize::from(attribute_octets), "attributes")?;
    Ok((
        Route {
            prefix,
            originated_s,
            peer_ip,
            peer_asn,
            attributes,
        },
        reader,
    ))
}
