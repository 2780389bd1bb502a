//! NLRI of plain prefixes (RFC 4271, section 4.3; RFC 4760, section 5; with path identifiers RFC 7911, section 3).

use crate::bgp::Afi;
use crate::{ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 prefix with its host bits cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv4Prefix {
    /// The address as a number.
    pub address: u32,
    /// At most 32.
    pub length: u8,
}

/// An IPv6 prefix with its host bits cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ipv6Prefix {
    /// The address as a number.
    pub address: u128,
    /// At most 128.
    pub length: u8,
}

/// A prefix of either version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpPrefix {
    /// IPv4.
    V4(Ipv4Prefix),
    /// IPv6.
    V6(Ipv6Prefix),
}

impl IpPrefix {
    /// Clears the host bits of `address`; none if `length` is longer than the address.
    pub fn new(address: IpAddr, length: u8) -> Option<Self> {
        match address {
            IpAddr::V4(v4) if length <= 32 => Some(Self::V4(ipv4_prefix(u32::from(v4), length))),
            IpAddr::V6(v6) if length <= 128 => Some(Self::V6(ipv6_prefix(u128::from(v6), length))),
            _ => None,
        }
    }

    /// Its address.
    pub fn address(self) -> IpAddr {
        match self {
            Self::V4(prefix) => Ipv4Addr::from(prefix.address).into(),
            Self::V6(prefix) => Ipv6Addr::from(prefix.address).into(),
        }
    }

    /// Its length in bits.
    pub const fn length(self) -> u8 {
        match self {
            Self::V4(prefix) => prefix.length,
            Self::V6(prefix) => prefix.length,
        }
    }
}

/// Splits one prefix of an IP family off the front.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated), [`Fault::BadLength`](crate::Fault::BadLength);
/// [`Fault::BadValue`](crate::Fault::BadValue) for a family that is not IP.
#[inline(always)]
pub fn split_prefix(reader: &mut Reader<'_>, afi: Afi) -> Result<IpPrefix, ParseError> {
    match afi {
        Afi::IPV4 => split_ipv4(reader).map(|(prefix, _)| IpPrefix::V4(prefix)),
        Afi::IPV6 => split_ipv6(reader).map(|(prefix, _)| IpPrefix::V6(prefix)),
        _ => Err(ParseError::bad_value("address family", reader.offset())),
    }
}

/// Calls `each` with every IPv4 prefix, and its path identifier (0 if there are none). Those before a fault are good.
/// Returns whether the octets read oddly: a host bit is set, or a prefix has no bits at all. See [`nlri_fits`].
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated), [`Fault::BadLength`](crate::Fault::BadLength), at the offset of the
/// prefix that cannot be read.
#[inline]
pub fn parse_ipv4_nlri(
    nlri: Reader<'_>,
    has_path_ids: bool,
    each: impl FnMut(Ipv4Prefix, u32),
) -> Result<bool, ParseError> {
    parse_nlri(nlri, has_path_ids, |reader| split_ipv4(reader), each)
}

/// Calls `each` with every IPv6 prefix; otherwise as [`parse_ipv4_nlri`].
///
/// # Errors
/// As [`parse_ipv4_nlri`].
#[inline]
pub fn parse_ipv6_nlri(
    nlri: Reader<'_>,
    has_path_ids: bool,
    each: impl FnMut(Ipv6Prefix, u32),
) -> Result<bool, ParseError> {
    parse_nlri(nlri, has_path_ids, |reader| split_ipv6(reader), each)
}

/// Whether NLRI of an IP family read well with, or without, path identifiers: they end exactly, all lengths are legal, no
/// host bit is set, and without identifiers the default route stands there once at most: the zeros at the front of an
/// identifier read as such. Senders hide path identifiers where nothing announces them, and only the octets tell.
#[cold]
pub fn nlri_fits(nlri: Reader<'_>, afi: Afi, has_path_ids: bool) -> bool {
    let address_octets = if afi == Afi::IPV4 { 4 } else { 16 };
    let mut reader = nlri;
    let mut has_default = false;
    while !reader.is_empty() {
        if has_path_ids && reader.u32("path identifier").is_err() {
            return false;
        }
        let Ok(length) = reader.u8("prefix length") else {
            return false;
        };
        if length == 0 && !has_path_ids && core::mem::replace(&mut has_default, true) {
            return false;
        }
        let octets = usize::from(length).div_ceil(8);
        let Ok(prefix) = reader.frame(octets, "prefix") else {
            return false;
        };
        let host_bits = 0xff_u8
            .checked_shr(u32::from(length) % 8)
            .filter(|bits| *bits != 0xff)
            .unwrap_or(0);
        if octets > address_octets
            || prefix
                .rest()
                .last()
                .is_some_and(|last| last & host_bits != 0)
        {
            return false;
        }
    }
    true
}

/// `split` must be a closure: a function named there is called through a shim that is not inlined.
#[inline(always)]
fn parse_nlri<'a, P>(
    nlri: Reader<'a>,
    has_path_ids: bool,
    split: impl Fn(&mut Reader<'a>) -> Result<(P, bool), ParseError>,
    mut each: impl FnMut(P, u32),
) -> Result<bool, ParseError> {
    let mut reader = nlri;
    let mut is_odd = false;
    while !reader.is_empty() {
        let start = reader.offset();
        let at_start = |error: ParseError| ParseError {
            offset: start,
            ..error
        };
        let path_id = if has_path_ids {
            reader.u32("path identifier").map_err(at_start)?
        } else {
            0
        };
        let (prefix, is_prefix_odd) = split(&mut reader).map_err(at_start)?;
        is_odd |= is_prefix_odd;
        each(prefix, path_id);
    }
    Ok(is_odd)
}

/// The prefix, and whether it is odd: one of the spare bits of its last octet is set, or it has no bits.
#[inline(always)]
fn split_ipv4(reader: &mut Reader<'_>) -> Result<(Ipv4Prefix, bool), ParseError> {
    let (length, octets) = split_prefix_octets::<4>(reader)?;
    let address = u32::from_be_bytes(octets);
    let below = |bits: u32| u32::MAX.checked_shr(bits).unwrap_or(0);
    let spare_bits = below(u32::from(length)) ^ below(u32::from(length).next_multiple_of(8));
    let is_odd = length == 0 || address & spare_bits != 0;
    Ok((ipv4_prefix(address, length), is_odd))
}

/// As [`split_ipv4`].
#[inline(always)]
fn split_ipv6(reader: &mut Reader<'_>) -> Result<(Ipv6Prefix, bool), ParseError> {
    let (length, octets) = split_prefix_octets::<16>(reader)?;
    let address = u128::from_be_bytes(octets);
    let below = |bits: u32| u128::MAX.checked_shr(bits).unwrap_or(0);
    let spare_bits = below(u32::from(length)) ^ below(u32::from(length).next_multiple_of(8));
    let is_odd = length == 0 || address & spare_bits != 0;
    Ok((ipv6_prefix(address, length), is_odd))
}

/// u8 length in bits, then as few octets as hold them: filled up with whatever follows, or zeros at the end.
#[inline(always)]
fn split_prefix_octets<const N: usize>(
    reader: &mut Reader<'_>,
) -> Result<(u8, [u8; N]), ParseError> {
    let length_offset = reader.offset();
    let length = reader.u8("prefix length")?;
    let octets = usize::from(length).div_ceil(8);
    if octets > N {
        return Err(ParseError::bad_length("prefix length", length_offset));
    }
    let filled = reader.rest().first_chunk::<N>().copied();
    let short = reader.frame(octets, "prefix")?;
    Ok((length, filled.unwrap_or_else(|| zero_filled(short.rest()))))
}

#[cold]
fn zero_filled<const N: usize>(octets: &[u8]) -> [u8; N] {
    let mut filled = [0; N];
    for (to, from) in filled.iter_mut().zip(octets) {
        *to = *from;
    }
    filled
}

#[inline]
fn ipv4_prefix(address: u32, length: u8) -> Ipv4Prefix {
    let host_bits = u32::MAX.checked_shr(u32::from(length)).unwrap_or(0);
    Ipv4Prefix {
        address: address & !host_bits,
        length,
    }
}

#[inline]
fn ipv6_prefix(address: u128, length: u8) -> Ipv6Prefix {
    let host_bits = u128::MAX.checked_shr(u32::from(length)).unwrap_or(0);
    Ipv6Prefix {
        address: address & !host_bits,
        length,
    }
}
