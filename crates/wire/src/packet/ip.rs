//! IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers.

use super::Carried;
use crate::{ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Octets of an IPv4 header without options.
const IPV4_HEADER_OCTETS: usize = 20;

/// Protocol, or Next Header (IANA, Protocol Numbers).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol(pub u8);

impl Protocol {
    /// TCP.
    pub const TCP: Self = Self(6);
    /// UDP.
    pub const UDP: Self = Self(17);
    /// Hop-by-Hop Options.
    const HOP_BY_HOP: Self = Self(0);
    /// Routing.
    const ROUTING: Self = Self(43);
    /// Fragment.
    const FRAGMENT: Self = Self(44);
    /// Authentication Header (RFC 4302).
    const AUTHENTICATION: Self = Self(51);
    /// Destination Options.
    const DESTINATION: Self = Self(60);
    /// Mobility (RFC 6275).
    const MOBILITY: Self = Self(135);
    /// Host Identity Protocol (RFC 7401).
    const HIP: Self = Self(139);
    /// Shim6 (RFC 5533).
    const SHIM6: Self = Self(140);

    /// Whether it is an extension header of IPv6, with something behind it.
    const fn is_extension(self) -> bool {
        matches!(
            self,
            Self::HOP_BY_HOP
                | Self::ROUTING
                | Self::FRAGMENT
                | Self::AUTHENTICATION
                | Self::DESTINATION
                | Self::MOBILITY
                | Self::HIP
                | Self::SHIM6
        )
    }

    /// Whether what begins with it may be UDP or TCP.
    #[inline]
    pub const fn may_have_ports(self) -> bool {
        matches!(self, Self::UDP | Self::TCP) || self.is_extension()
    }
}

/// One packet, or a fragment of one.
#[derive(Clone, Copy, Debug)]
pub struct IpPacket<'a> {
    /// Who sent it.
    pub source: IpAddr,
    /// Whom to.
    pub destination: IpAddr,
    /// TTL, or hop limit.
    pub ttl: u8,
    /// What it carries; of a later fragment, what the first one begins with.
    pub protocol: Protocol,
    /// Which part of a packet it is; none if it is whole.
    pub fragment: Option<Fragment>,
    /// What it carries.
    pub carried: Carried<'a>,
}

/// A part of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Identification.
    pub id: u32,
    /// Where it belongs, in octets.
    pub offset: usize,
    /// Whether more follow behind it.
    pub has_more: bool,
}

impl<'a> IpPacket<'a> {
    /// Reads the packet at the front; octets behind it are left alone.
    ///
    /// # Errors
    /// [`Fault::BadValue`](crate::Fault::BadValue) for another version than 4 and 6; [`Fault::BadLength`](crate::Fault::BadLength) for lengths below that of
    /// the header; [`Fault::Truncated`](crate::Fault::Truncated) if the headers were not captured whole.
    #[inline]
    pub fn split(reader: Reader<'a>) -> Result<Self, ParseError> {
        match reader.rest().first() {
            Some(first) if first >> 4 == 4 => Self::split_v4(reader),
            Some(first) if first >> 4 == 6 => Self::split_v6(reader),
            Some(_) => Err(ParseError::bad_value("IP version", reader.offset())),
            None => Err(ParseError::truncated("IP version", reader.offset())),
        }
    }

    /// u4 version, u4 header length in 32 bits, u8 service, u16 total length, u16 identification, u3 flags, u13 fragment offset in
    /// 64 bits, u8 TTL, u8 protocol, u16 checksum, addresses, options.
    #[inline]
    fn split_v4(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let begin = reader.offset();
        let [
            first,
            _,
            total_high,
            total_low,
            id_high,
            id_low,
            flags,
            offset,
            ttl,
            protocol,
            _,
            _,
        ] = reader.array::<12>("IPv4 header")?;
        let source = Ipv4Addr::from(reader.array::<4>("source address")?);
        let destination = Ipv4Addr::from(reader.array::<4>("destination address")?);
        let header_octets = usize::from(first & 0x0f).saturating_mul(4);
        let Some(options_octets) = header_octets.checked_sub(IPV4_HEADER_OCTETS) else {
            return Err(ParseError::bad_length("IPv4 header length", begin));
        };
        let total = usize::from(u16::from_be_bytes([total_high, total_low]));
        let is_told = total != 0;
        let carried_octets = total.checked_sub(header_octets);
        if is_told && carried_octets.is_none() {
            let offset = begin.saturating_add(2);
            return Err(ParseError::bad_length("IPv4 total length", offset));
        }
        reader.frame(options_octets, "IPv4 options")?;
        let flags = u16::from_be_bytes([flags, offset]);
        let fragment = Fragment {
            id: u16::from_be_bytes([id_high, id_low]).into(),
            offset: usize::from(flags & 0x1fff).saturating_mul(8),
            has_more: flags & 0x2000 != 0,
        };
        Ok(Self {
            source: source.into(),
            destination: destination.into(),
            ttl,
            protocol: Protocol(protocol),
            fragment: fragment.is_part().then_some(fragment),
            carried: cut(reader, carried_octets),
        })
    }

    /// u4 version, u8 class, u20 flow, u16 payload length, u8 next header, u8 hop limit, addresses.
    #[inline]
    fn split_v6(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let [_, _, _, _, high, low, next_header, ttl] = reader.array::<8>("IPv6 header")?;
        let source = Ipv6Addr::from(reader.array::<16>("source address")?);
        let destination = Ipv6Addr::from(reader.array::<16>("destination address")?);
        let octets = usize::from(u16::from_be_bytes([high, low]));
        let carried = cut(reader, (octets != 0).then_some(octets));
        let (protocol, fragment, carried) = split_extensions(Protocol(next_header), carried)?;
        Ok(Self {
            source: source.into(),
            destination: destination.into(),
            ttl,
            protocol,
            fragment,
            carried,
        })
    }
}

impl Fragment {
    /// A packet may say that it is the first and the last fragment (RFC 6946).
    const fn is_part(&self) -> bool {
        self.has_more || self.offset != 0
    }
}

/// Cuts by the length that the header tells. A length of 0 is told by senders that leave segmentation to their network card
/// (and in jumbograms, RFC 2675): then all that was captured counts.
#[inline]
fn cut(reader: Reader<'_>, octets: Option<usize>) -> Carried<'_> {
    let original_octets = octets.unwrap_or(reader.len());
    Carried {
        octets: shortened(reader, original_octets),
        original_octets,
    }
}

/// The first `octets`, or all if there are fewer.
#[inline]
pub(super) fn shortened(mut reader: Reader<'_>, octets: usize) -> Reader<'_> {
    let octets = octets.min(reader.len());
    reader.frame(octets, "octets").unwrap_or(reader)
}

/// Passes over the extension headers of IPv6, up to what they carry or to a fragment: u8 next header, u8 length in 64 bits behind
/// the first (RFC 8200, section 4).
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated) if one was not captured whole.
#[inline]
pub fn split_extensions(
    mut protocol: Protocol,
    mut carried: Carried<'_>,
) -> Result<(Protocol, Option<Fragment>, Carried<'_>), ParseError> {
    loop {
        let before = carried.octets.len();
        let reader = &mut carried.octets;
        let mut fragment = None;
        let next = match protocol {
            Protocol::FRAGMENT => {
                let (next, found) = split_fragment(reader)?;
                fragment = found.is_part().then_some(found);
                next
            }
            Protocol::AUTHENTICATION => split_extension(reader, 4, 2)?,
            Protocol::HOP_BY_HOP
            | Protocol::ROUTING
            | Protocol::DESTINATION
            | Protocol::MOBILITY
            | Protocol::HIP
            | Protocol::SHIM6 => split_extension(reader, 8, 1)?,
            _ => return Ok((protocol, None, carried)),
        };
        let used = before.saturating_sub(carried.octets.len());
        carried.original_octets = carried.original_octets.saturating_sub(used);
        protocol = next;
        if fragment.is_some() {
            return Ok((protocol, fragment, carried));
        }
    }
}

/// An extension header whose length counts units of so many octets, of which `more` are not counted.
#[inline]
fn split_extension(
    reader: &mut Reader<'_>,
    unit_octets: usize,
    more: usize,
) -> Result<Protocol, ParseError> {
    let [next, units] = reader.array("extension header")?;
    let octets = usize::from(units)
        .saturating_add(more)
        .saturating_mul(unit_octets);
    reader.frame(octets.saturating_sub(2), "extension header")?;
    Ok(Protocol(next))
}

/// u8 next header, u8 reserved, u13 offset in 64 bits, u2 reserved, u1 more, u32 identification (section 4.5).
fn split_fragment(reader: &mut Reader<'_>) -> Result<(Protocol, Fragment), ParseError> {
    let [next, _, high, low] = reader.array("fragment header")?;
    let id = reader.u32("fragment identification")?;
    let offset = u16::from_be_bytes([high, low]);
    let fragment = Fragment {
        id,
        offset: usize::from(offset & 0xfff8),
        has_more: offset & 1 != 0,
    };
    Ok((Protocol(next), fragment))
}
