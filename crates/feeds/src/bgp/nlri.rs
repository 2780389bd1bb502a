//! NLRI of one family, staged as prefixes.

use crate::peers::PathIds;
use tables::{Nlri, Prefix};
use wire::bgp::{
    Afi, IpPrefix, Ipv4Prefix, Ipv6Prefix, Safi, nlri_fits, parse_ipv4_nlri, parse_ipv6_nlri,
};
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
    let (high, low) = ((prefix.address >> 64) as u64, prefix.address as u64);
    Prefix::v6(high, low, prefix.length)
}

/// Buffers for the NLRI of one family.
#[derive(Debug, Default)]
pub(super) struct Stage {
    prefixes: Vec<Prefix>,
    path_ids: Vec<u32>,
}

/// NLRI of one family, with the fault that ended them early.
pub(super) struct Staged<'a> {
    /// None if there is no prefix at all.
    pub(super) nlri: Option<Nlri<'a>>,
    pub(super) add_path_inferred: bool,
    pub(super) fault: Option<ParseError>,
}

impl Stage {
    /// Stages the prefixes of one family. Those before a fault are kept, unless the octets read well only with path
    /// identifiers that nobody has announced. A family that is not taken apart is one fault.
    #[inline]
    pub(super) fn take<'a>(
        &'a mut self,
        (afi, safi): (Afi, Safi),
        octets: Reader<'a>,
        path_ids: PathIds,
    ) -> Staged<'a> {
        let has_path_ids = path_ids == PathIds::Told(true);
        if !safi.is_plain() || !afi.is_ip() {
            return not_taken_apart(octets);
        }
        let mut parsed = self.parse(afi, octets, has_path_ids);
        let add_path_inferred = parsed != Ok(false) && !has_path_ids && hides_ids(afi, octets);
        if add_path_inferred {
            parsed = self.parse(afi, octets, true);
        }
        let nlri = (!self.prefixes.is_empty()).then_some(Nlri::Prefixes {
            prefixes: &self.prefixes,
            path_ids: &self.path_ids,
        });
        Staged {
            nlri,
            add_path_inferred,
            fault: parsed.err(),
        }
    }

    #[inline]
    fn parse(
        &mut self,
        afi: Afi,
        octets: Reader<'_>,
        has_path_ids: bool,
    ) -> Result<bool, ParseError> {
        let Self { prefixes, path_ids } = self;
        prefixes.clear();
        path_ids.clear();
        match (afi, has_path_ids) {
            (Afi::IPV4, false) => {
                parse_ipv4_nlri(octets, false, |prefix, _| prefixes.push(from_ipv4(prefix)))
            }
            (_, false) => {
                parse_ipv6_nlri(octets, false, |prefix, _| prefixes.push(from_ipv6(prefix)))
            }
            (Afi::IPV4, true) => parse_ipv4_nlri(octets, true, |prefix, path_id| {
                prefixes.push(from_ipv4(prefix));
                path_ids.push(path_id);
            }),
            (_, true) => parse_ipv6_nlri(octets, true, |prefix, path_id| {
                prefixes.push(from_ipv6(prefix));
                path_ids.push(path_id);
            }),
        }
    }
}

#[cold]
fn hides_ids(afi: Afi, octets: Reader<'_>) -> bool {
    !nlri_fits(octets, afi, false) && nlri_fits(octets, afi, true)
}

#[cold]
fn not_taken_apart(octets: Reader<'_>) -> Staged<'_> {
    let error = ParseError::new(wire::Fault::Unsupported, "address family", octets.offset());
    let fault = (!octets.is_empty()).then_some(error);
    Staged {
        nlri: None,
        add_path_inferred: false,
        fault,
    }
}
