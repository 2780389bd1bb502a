//! Address families (RFC 4760; IANA, Address Family Numbers and SAFI Namespace).

use crate::{ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Address Family Identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Afi(pub u16);

impl Afi {
    /// IPv4.
    pub const IPV4: Self = Self(1);
    /// IPv6.
    pub const IPV6: Self = Self(2);

    /// Whether it is IPv4 or IPv6.
    pub const fn is_ip(self) -> bool {
        matches!(self, Self::IPV4 | Self::IPV6)
    }

    /// Reads an address of this family; `afi_offset` is where the family stood.
    #[inline(always)]
    pub(crate) fn read_address(
        self,
        reader: &mut Reader<'_>,
        field: &'static str,
        afi_offset: usize,
    ) -> Result<IpAddr, ParseError> {
        match self {
            Self::IPV4 => Ok(IpAddr::V4(Ipv4Addr::from(reader.array::<4>(field)?))),
            Self::IPV6 => Ok(IpAddr::V6(Ipv6Addr::from(reader.array::<16>(field)?))),
            _ => Err(ParseError::bad_value("address family", afi_offset)),
        }
    }
}

/// Subsequent Address Family Identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safi(pub u8);

impl Safi {
    /// Unicast forwarding.
    pub const UNICAST: Self = Self(1);
    /// Multicast forwarding.
    pub const MULTICAST: Self = Self(2);

    /// Whether its NLRI are plain prefixes.
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::UNICAST | Self::MULTICAST)
    }
}
