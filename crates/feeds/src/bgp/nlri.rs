//! NLRI of one family, staged as prefixes.

use tables::{Nlri, Prefix};
use wire::bgp::{Afi, IpPrefix, Ipv4Prefix, Ipv6Prefix, Safi, parse_ipv4_nlri, parse_ipv6_nlri};
use wire::{ParseError, Reader};

/// A prefix as a row has it.
#[inline]
pub(crate) fn table_prefix(prefix: IpPrefix) -> Prefix {
    match prefix {
        IpPrefix::V4(prefix) => from_ipv4(prefix),
        IpPrefix::V6(prefix) => from_ipv6(prefix),
    }
}

#[inline]
fn from_ipv4(prefix: Ipv4Prefix) -> Prefix {
    Prefix::v4(prefix.address, prefix.length)
}

#[inline]
fn from_ipv6(prefix: Ipv6Prefix) -> Prefix {
    Prefix::v6(
        (prefix.address >> 64) as u64,
        prefix.address as u64,
        prefix.length,
    )
}

/// NLRI of one family, with the fault that ended them early.
pub(super) struct Staged<'a> {
    /// None if there is no prefix at all.
    pub(super) nlri: Option<Nlri<'a>>,
    pub(super) fault: Option<ParseError>,
}

/// Stages the prefixes of one family. Those before a fault are kept. A family that is not taken apart stays as received.
#[inline]
pub(super) fn stage<'a>(
    (afi, safi): (Afi, Safi),
    octets: Reader<'a>,
    has_path_ids: bool,
    prefixes: &'a mut Vec<Prefix>,
    path_ids: &'a mut Vec<u32>,
) -> Staged<'a> {
    prefixes.clear();
    path_ids.clear();
    let parsed = match (afi, has_path_ids) {
        (_, _) if !safi.is_plain() || !afi.is_ip() => return as_received(octets),
        (Afi::IPV4, false) => {
            parse_ipv4_nlri(octets, false, |prefix, _| prefixes.push(from_ipv4(prefix)))
        }
        (_, false) => parse_ipv6_nlri(octets, false, |prefix, _| prefixes.push(from_ipv6(prefix))),
        (Afi::IPV4, true) => parse_ipv4_nlri(octets, true, |prefix, path_id| {
            prefixes.push(from_ipv4(prefix));
            path_ids.push(path_id);
        }),
        (_, true) => parse_ipv6_nlri(octets, true, |prefix, path_id| {
            prefixes.push(from_ipv6(prefix));
            path_ids.push(path_id);
        }),
    };
    let nlri = if prefixes.is_empty() {
        None
    } else {
        Some(Nlri::Prefixes { prefixes, path_ids })
    };
    Staged {
        nlri,
        fault: parsed.err(),
    }
}

fn as_received(octets: Reader<'_>) -> Staged<'_> {
    let nlri = if octets.is_empty() {
        None
    } else {
        Some(Nlri::Raw(octets.rest()))
    };
    Staged { nlri, fault: None }
}
