//! Path attributes (RFC 4271, section 4.3): cuts one off the front, and reads those whose value has a form of its own.

use crate::bgp::AsnWidth;
use crate::{ParseError, Reader};
use core::net::Ipv4Addr;

/// Code of a path attribute (IANA, BGP Path Attributes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeCode(pub u8);

impl AttributeCode {
    /// ORIGIN (RFC 4271).
    pub const ORIGIN: Self = Self(1);
    /// AS_PATH (RFC 4271).
    pub const AS_PATH: Self = Self(2);
    /// NEXT_HOP (RFC 4271).
    pub const NEXT_HOP: Self = Self(3);
    /// MULTI_EXIT_DISC (RFC 4271).
    pub const MULTI_EXIT_DISC: Self = Self(4);
    /// LOCAL_PREF (RFC 4271).
    pub const LOCAL_PREF: Self = Self(5);
    /// ATOMIC_AGGREGATE (RFC 4271).
    pub const ATOMIC_AGGREGATE: Self = Self(6);
    /// AGGREGATOR (RFC 4271).
    pub const AGGREGATOR: Self = Self(7);
    /// COMMUNITIES (RFC 1997).
    pub const COMMUNITIES: Self = Self(8);
    /// ORIGINATOR_ID (RFC 4456).
    pub const ORIGINATOR_ID: Self = Self(9);
    /// CLUSTER_LIST (RFC 4456).
    pub const CLUSTER_LIST: Self = Self(10);
    /// MP_REACH_NLRI (RFC 4760).
    pub const MP_REACH_NLRI: Self = Self(14);
    /// MP_UNREACH_NLRI (RFC 4760).
    pub const MP_UNREACH_NLRI: Self = Self(15);
    /// EXTENDED COMMUNITIES (RFC 4360).
    pub const EXTENDED_COMMUNITIES: Self = Self(16);
    /// AS4_PATH (RFC 6793).
    pub const AS4_PATH: Self = Self(17);
    /// AS4_AGGREGATOR (RFC 6793).
    pub const AS4_AGGREGATOR: Self = Self(18);
    /// PMSI_TUNNEL (RFC 6514).
    pub const PMSI_TUNNEL: Self = Self(22);
    /// IPv6 address specific extended communities (RFC 5701).
    pub const IPV6_EXTENDED_COMMUNITIES: Self = Self(25);
    /// AIGP (RFC 7311).
    pub const AIGP: Self = Self(26);
    /// LARGE_COMMUNITY (RFC 8092).
    pub const LARGE_COMMUNITY: Self = Self(32);
    /// BGPsec_PATH (RFC 8205), which replaces AS_PATH.
    pub const BGPSEC_PATH: Self = Self(33);
    /// ONLY_TO_CUSTOMER (RFC 9234).
    pub const ONLY_TO_CUSTOMER: Self = Self(35);
}

/// Flags of a path attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeFlags(pub u8);

impl AttributeFlags {
    /// Well-known: neither optional, and so transitive.
    pub const WELL_KNOWN: u8 = 0x40;
    /// Optional, not transitive.
    pub const OPTIONAL: u8 = 0x80;
    /// Optional and transitive.
    pub const OPTIONAL_TRANSITIVE: u8 = 0xc0;
    const EXTENDED_LENGTH: u8 = 0x10;

    /// The two bits that an attribute's definition fixes.
    #[inline]
    pub const fn category(self) -> u8 {
        self.0 & 0xc0
    }
}

/// One attribute, cut by its length.
///
/// ```text
/// u8 flags | u8 code | length (u8, or u16 with the extended length flag) | value
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// Its flags.
    pub flags: AttributeFlags,
    /// What it is.
    pub code: AttributeCode,
    /// Its value.
    pub value: Reader<'a>,
    /// All of it, with flags, code and length.
    pub octets: &'a [u8],
}

/// Splits one attribute off the front.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated) if it goes past the end of the block.
#[inline]
pub fn split_attribute<'a>(reader: &mut Reader<'a>) -> Result<Attribute<'a>, ParseError> {
    let whole = *reader;
    let [flags, code] = reader.array("attribute header")?;
    let flags = AttributeFlags(flags);
    let value_octets = if flags.0 & AttributeFlags::EXTENDED_LENGTH == 0 {
        usize::from(reader.u8("attribute length")?)
    } else {
        usize::from(reader.u16("attribute length")?)
    };
    let value = reader.frame(value_octets, "attribute value")?;
    let octets = reader.offset().wrapping_sub(whole.offset());
    Ok(Attribute {
        flags,
        code: AttributeCode(code),
        value,
        octets: whole.rest().get(..octets).unwrap_or_default(),
    })
}

/// ORIGIN: 0 IGP, 1 EGP, 2 INCOMPLETE (RFC 4271, section 5.1.1).
///
/// # Errors
/// [`Fault::BadLength`](crate::Fault::BadLength), [`Fault::BadValue`](crate::Fault::BadValue).
#[inline]
pub fn parse_origin(value: Reader<'_>) -> Result<u8, ParseError> {
    match *value.rest() {
        [origin @ 0..=2] => Ok(origin),
        [_] => Err(ParseError::bad_value("ORIGIN", value.offset())),
        _ => Err(ParseError::bad_length("ORIGIN", value.offset())),
    }
}

/// AGGREGATOR: an ASN of either width, then an address (RFC 4271, section 5.1.7; RFC 6793, section 3).
///
/// # Errors
/// [`Fault::BadLength`](crate::Fault::BadLength) for anything but 6 or 8 octets.
#[inline]
pub fn parse_aggregator(value: Reader<'_>) -> Result<(u32, Ipv4Addr), ParseError> {
    let width = match value.len() {
        6 => AsnWidth::Two,
        8 => AsnWidth::Four,
        _ => return Err(ParseError::bad_length("AGGREGATOR", value.offset())),
    };
    let mut reader = value;
    let asn = width.read(&mut reader, "AGGREGATOR")?;
    Ok((asn, Ipv4Addr::from(reader.u32("AGGREGATOR")?)))
}

/// AIGP: the metric of its first AIGP TLV (RFC 7311, section 3): u8 type 1 | u16 length 11 | u64 metric.
///
/// # Errors
/// [`Fault::BadLength`](crate::Fault::BadLength) if the TLVs do not add up or there is no metric.
pub fn parse_aigp(value: Reader<'_>) -> Result<u64, ParseError> {
    let bad = ParseError::bad_length("AIGP", value.offset());
    let mut reader = value;
    let mut metric = None;
    while !reader.is_empty() {
        let tlv_type = reader.u8("AIGP").map_err(|_| bad)?;
        let tlv_octets = usize::from(reader.u16("AIGP").map_err(|_| bad)?);
        let mut content = reader
            .frame(tlv_octets.checked_sub(3).ok_or(bad)?, "AIGP")
            .map_err(|_| bad)?;
        if tlv_type == 1 && metric.is_none() {
            metric = Some(u64::from_be_bytes(content.array("AIGP").map_err(|_| bad)?));
            content.finish("AIGP").map_err(|_| bad)?;
        }
    }
    metric.ok_or(bad)
}

/// PMSI_TUNNEL: u8 flags | u8 tunnel type | label (3) | tunnel identifier (RFC 6514, section 5). Tunnel types are many; of
/// the identifier only that of ingress replication (an address) and that of no tunnel at all (none) are known to us.
///
/// # Errors
/// [`Fault::BadLength`](crate::Fault::BadLength).
pub fn check_pmsi_tunnel(value: Reader<'_>) -> Result<(), ParseError> {
    match value.rest() {
        [_, 0, _, _, _] | [_, 1..=5 | 7.., _, _, _, ..] => Ok(()),
        [_, 6, _, _, _, identifier @ ..] if matches!(identifier.len(), 4 | 16) => Ok(()),
        _ => Err(ParseError::bad_length("PMSI_TUNNEL", value.offset())),
    }
}
