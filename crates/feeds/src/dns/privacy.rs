//! What becomes of clients' addresses, before any row exists.
//!
//! Addresses of clients are those of whoever asks, in every role of the observer: of a resolver that asks upstream nobody
//! can say whether it serves many or one.

use hashbrown::HashMap;
use ipcrypt_rs::IpcryptPfx;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bits that stay of an IPv4 address. A guess.
const IPV4_BITS_KEPT: u8 = 24;
/// And of an IPv6 address.
const IPV6_BITS_KEPT: u8 = 48;
/// 6to4 (RFC 3056): the IPv4 address stands behind 16 bits.
const SIX_TO_FOUR_BITS: u8 = 16;
/// Bits in front of the IPv4 address in an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2).
const MAPPED_BITS: u8 = 96;
/// So many encrypted addresses are remembered, some 700 KiB; then all are forgotten.
const REMEMBERED_MAX: usize = 14 * 1024;

/// What becomes of clients' addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Privacy {
    /// They stay.
    Keep,
    /// /24 and /48 of them stay.
    #[default]
    Truncate,
    /// They are encrypted so that common prefixes stay common (ipcrypt-pfx), with this key.
    Encrypt(PrivacyKey),
    /// They go.
    Drop,
}

/// The key of [`Privacy::Encrypt`]. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivacyKey([u8; Self::OCTETS]);

impl PrivacyKey {
    /// Octets of a key.
    pub const OCTETS: usize = 32;

    /// A key; none if its halves are equal, for then nothing would be encrypted.
    pub fn new(octets: [u8; Self::OCTETS]) -> Option<Self> {
        let (one, other) = octets.split_at(Self::OCTETS / 2);
        (one != other).then_some(Self(octets))
    }

    /// Its octets, to make an id of them.
    pub fn octets(&self) -> &[u8; Self::OCTETS] {
        &self.0
    }
}

impl fmt::Debug for PrivacyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivacyKey")
    }
}

/// Makes of addresses what rows may have.
pub(super) enum Addresses {
    Keep,
    Truncate,
    Encrypt(Box<Cipher>),
    Drop,
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Addresses")
    }
}

impl Addresses {
    pub(super) fn new(privacy: &Privacy) -> Self {
        match privacy {
            Privacy::Keep => Self::Keep,
            Privacy::Truncate => Self::Truncate,
            Privacy::Encrypt(key) => Self::Encrypt(Box::new(Cipher::new(key))),
            Privacy::Drop => Self::Drop,
        }
    }

    /// Whether they stay as they are.
    #[inline]
    pub(super) fn are_kept(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// What a row may have of an address.
    #[inline]
    pub(super) fn shown(&mut self, ip: IpAddr) -> Option<IpAddr> {
        match self {
            Self::Keep => Some(ip),
            Self::Truncate => Some(masked(ip, bits_kept(ip))),
            Self::Encrypt(cipher) => Some(cipher.encrypted(ip)),
            Self::Drop => None,
        }
    }

    /// What a row may have of a prefix: its address with nothing behind the prefix, and its length.
    pub(super) fn shown_prefix(&mut self, ip: IpAddr, bits: u8) -> Option<(IpAddr, u8)> {
        let ip = masked(ip, bits);
        let bits = match self {
            Self::Truncate => bits.min(bits_kept(ip)),
            _ => bits,
        };
        // The bits of a prefix are encrypted alike whatever stands behind them.
        Some((masked(self.shown(ip)?, bits), bits))
    }
}

/// How many bits stay of an address that is truncated. An IPv4 address inside of an IPv6 address counts as itself.
fn bits_kept(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(_) => IPV4_BITS_KEPT,
        IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some() => {
            MAPPED_BITS.saturating_add(IPV4_BITS_KEPT)
        }
        IpAddr::V6(ip) if ip.octets().starts_with(&[0x20, 0x02]) => {
            SIX_TO_FOUR_BITS.saturating_add(IPV4_BITS_KEPT)
        }
        IpAddr::V6(_) => IPV6_BITS_KEPT,
    }
}

/// The first bits of an address, and zeros.
fn masked(ip: IpAddr, bits: u8) -> IpAddr {
    let bits = u32::from(bits);
    match ip {
        IpAddr::V4(ip) => {
            let behind = u32::MAX.checked_shr(bits).unwrap_or(0);
            Ipv4Addr::from_bits(ip.to_bits() & !behind).into()
        }
        IpAddr::V6(ip) => {
            let behind = u128::MAX.checked_shr(bits).unwrap_or(0);
            Ipv6Addr::from_bits(ip.to_bits() & !behind).into()
        }
    }
}

/// ipcrypt-pfx: two blocks of AES for each bit, so what was encrypted is remembered.
pub(super) struct Cipher {
    pfx: IpcryptPfx,
    remembered: HashMap<IpAddr, IpAddr>,
}

impl Cipher {
    fn new(key: &PrivacyKey) -> Self {
        Self {
            pfx: IpcryptPfx::new(key.0),
            remembered: HashMap::new(),
        }
    }

    #[inline]
    fn encrypted(&mut self, ip: IpAddr) -> IpAddr {
        match self.remembered.get(&ip) {
            Some(encrypted) => *encrypted,
            None => self.encrypt(ip),
        }
    }

    /// How many addresses are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.remembered.len()
    }

    #[cold]
    fn encrypt(&mut self, ip: IpAddr) -> IpAddr {
        let encrypted = match (ip.to_canonical(), ip) {
            (IpAddr::V4(inner), IpAddr::V6(_)) => match self.pfx.encrypt_ipaddr(inner.into()) {
                IpAddr::V4(inner) => inner.to_ipv6_mapped().into(),
                other => other,
            },
            _ => self.pfx.encrypt_ipaddr(ip),
        };
        if self.remembered.len() >= REMEMBERED_MAX {
            self.remembered.clear();
        }
        self.remembered.insert(ip, encrypted);
        encrypted
    }
}
