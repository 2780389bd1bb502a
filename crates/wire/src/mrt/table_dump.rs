//! TABLE_DUMP: one route of one peer per record (RFC 6396, section 4.2). ASNs have two octets.

use crate::bgp::{Afi, AsnWidth, IpPrefix};
use crate::mrt::SUBTYPE_OFFSET;
use crate::{ParseError, Reader};
use core::net::IpAddr;

/// One route.
///
/// ```text
/// u16 view | u16 sequence | prefix (4 or 16) | u8 length | u8 status | u32 originated | peer (4 or 16) | u16 AS
/// | u16 attribute length | attributes
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
    /// Path attributes.
    pub attributes: Reader<'a>,
}

/// Splits the first route off a record's body; its subtype is the address family.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated); [`Fault::BadValue`](crate::Fault::BadValue) for a subtype that is
/// no address family, [`Fault::BadLength`](crate::Fault::BadLength) for a prefix longer than an address.
#[inline]
pub fn split_route(body: Reader<'_>, subtype: u16) -> Result<(Route<'_>, Reader<'_>), ParseError> {
    let mut reader = body;
    reader.u16("view number")?;
    reader.u16("sequence number")?;
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
