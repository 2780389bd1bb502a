//! Prefixes: IPv4 from 16.0.0.0 upwards, IPv6 in 2a00::/12, none longer than global routing takes, none twice.

use super::Origin;
use crate::random::Random;
use std::net::IpAddr;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

impl Family {
    pub(crate) const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// The family of an address.
    pub(crate) fn of(address: IpAddr) -> Self {
        if address.is_ipv6() {
            Self::V6
        } else {
            Self::V4
        }
    }

    /// Address Family Identifier.
    pub(crate) fn afi(self) -> u16 {
        match self {
            Self::V4 => 1,
            Self::V6 => 2,
        }
    }
}

/// An IP prefix; its family is known from where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Prefix {
    /// The address from its front, host bits zero.
    octets: [u8; 16],
    /// In bits.
    pub(crate) length: u8,
}

impl Prefix {
    /// `address` without host bits.
    pub(crate) const fn v4(address: u32, length: u8) -> Self {
        Self::v6((address as u128) << 96, length)
    }

    /// `address` without host bits.
    pub(crate) const fn v6(address: u128, length: u8) -> Self {
        Self {
            octets: address.to_be_bytes(),
            length,
        }
    }

    /// As many octets as the length needs.
    pub(crate) fn significant_octets(&self) -> &[u8] {
        &self.octets[..usize::from(self.length).div_ceil(8)]
    }
}

/// The prefixes of a family for all origins in turn, as many as each has been given.
pub(crate) fn allocate(random: &mut Random, family: Family, origins: &[Origin]) -> Vec<Prefix> {
    let counts = origins.iter().map(|origin| origin.prefixes(family).len());
    match family {
        Family::V4 => allocate_v4(random, counts.sum()),
        Family::V6 => (0u128..).zip(counts).flat_map(allocate_v6).collect(),
    }
}

/// One after the other, each at the next address that is a multiple of its own number of addresses.
fn allocate_v4(random: &mut Random, count: usize) -> Vec<Prefix> {
    let mut free = 0x1000_0000_u32;
    let mut next = || {
        let length = length_v4(random);
        let addresses = 1_u32 << (32 - length);
        let start = free.next_multiple_of(addresses);
        free = start + addresses;
        Prefix::v4(start, length)
    };
    (0..count).map(|_| next()).collect()
}

/// Lengths as in global routing: six of ten are /24.
fn length_v4(random: &mut Random) -> u8 {
    match random.below(100) {
        0..60 => 24,
        60..72 => 23,
        72..90 => 22,
        90..95 => 21,
        95..99 => 20,
        _ => 19,
    }
}

/// A /32 for each origin, and /48 and some /44 inside it.
fn allocate_v6((origin, count): (u128, usize)) -> impl Iterator<Item = Prefix> {
    let block = (0x2a00_0000 + origin) << 96;
    (0..count as u128).map(move |number| match number {
        0 => Prefix::v6(block, 32),
        _ if number % 8 == 0 => Prefix::v6(block | (number << 84), 44),
        _ => Prefix::v6(block | (number << 80), 48),
    })
}
