//! MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760): families other than IPv4 unicast.

use crate::bgp::{Afi, Safi};
use crate::{ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Routes of one family.
///
/// ```text
/// u16 AFI | u8 SAFI | u8 length | next hop | u8 reserved | NLRI to the end
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MpReach<'a> {
    /// Address Family Identifier.
    pub afi: Afi,
    /// Subsequent Address Family Identifier.
    pub safi: Safi,
    /// Where to.
    pub next_hop: NextHop,
    /// The NLRI, not looked into.
    pub nlri: Reader<'a>,
}

/// Next hop of MP_REACH_NLRI; both absent where its form is of another kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NextHop {
    /// The global address.
    pub global: Option<IpAddr>,
    /// The link-local address beside it (RFC 2545, section 3).
    pub link_local: Option<Ipv6Addr>,
}

/// Withdrawn routes of one family: u16 AFI | u8 SAFI | NLRI to the end.
#[derive(Clone, Copy, Debug)]
pub struct MpUnreach<'a> {
    /// Address Family Identifier.
    pub afi: Afi,
    /// Subsequent Address Family Identifier.
    pub safi: Safi,
    /// The NLRI, not looked into.
    pub nlri: Reader<'a>,
}

/// Parses MP_REACH_NLRI (RFC 4760, section 3).
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated); [`Fault::BadLength`](crate::Fault::BadLength) for a next hop of an
/// IP family whose length none of RFC 4760, 2545, 4364, 4659 and 8950 allows.
#[inline]
pub fn parse_mp_reach(value: Reader<'_>) -> Result<MpReach<'_>, ParseError> {
    let mut reader = value;
    let afi = Afi(reader.u16("MP_REACH_NLRI address family")?);
    let safi = Safi(reader.u8("MP_REACH_NLRI subsequent address family")?);
    let next_hop = split_next_hop(&mut reader, afi.is_ip())?;
    reader.u8("MP_REACH_NLRI reserved")?;
    Ok(MpReach {
        afi,
        safi,
        next_hop,
        nlri: reader,
    })
}

/// Parses the abbreviated MP_REACH_NLRI of TABLE_DUMP_V2 (RFC 6396, section 4.3.4), or the full one that some write
/// there all the same: it begins with the AFI, whose first octet is 0, where a length cannot be.
///
/// # Errors
/// As [`parse_mp_reach`]; [`Fault::Leftover`](crate::Fault::Leftover) after an abbreviated one.
#[inline]
pub fn parse_mp_next_hop(value: Reader<'_>) -> Result<NextHop, ParseError> {
    if let [0, ..] = value.rest() {
        return parse_mp_reach(value).map(|reach| reach.next_hop);
    }
    let mut reader = value;
    let next_hop = split_next_hop(&mut reader, true)?;
    reader.finish("MP_REACH_NLRI next hop")?;
    Ok(next_hop)
}

/// Parses MP_UNREACH_NLRI (RFC 4760, section 4).
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated).
#[inline]
pub fn parse_mp_unreach(value: Reader<'_>) -> Result<MpUnreach<'_>, ParseError> {
    let mut reader = value;
    let afi = Afi(reader.u16("MP_UNREACH_NLRI address family")?);
    let safi = Safi(reader.u8("MP_UNREACH_NLRI subsequent address family")?);
    Ok(MpUnreach {
        afi,
        safi,
        nlri: reader,
    })
}

/// u8 length | one or two addresses, each behind an 8-octet route distinguisher in VPN families (RFC 4364, 4659).
#[inline]
fn split_next_hop(reader: &mut Reader<'_>, is_ip: bool) -> Result<NextHop, ParseError> {
    let length_offset = reader.offset();
    let octets = reader.u8("next hop length")?;
    let mut next_hop = reader.frame(usize::from(octets), "next hop")?;
    if matches!(octets, 12 | 24 | 48) {
        next_hop.array::<8>("next hop route distinguisher")?;
    }
    let v6 = |reader: &mut Reader<'_>| reader.array::<16>("next hop").map(Ipv6Addr::from);
    match octets {
        4 | 12 => Ok(NextHop {
            global: Some(Ipv4Addr::from(next_hop.u32("next hop")?).into()),
            link_local: None,
        }),
        16 | 24 => Ok(NextHop {
            global: Some(v6(&mut next_hop)?.into()),
            link_local: None,
        }),
        32 => Ok(NextHop {
            global: Some(v6(&mut next_hop)?.into()),
            link_local: Some(v6(&mut next_hop)?),
        }),
        48 => {
            let global = v6(&mut next_hop)?.into();
            next_hop.array::<8>("next hop route distinguisher")?;
            Ok(NextHop {
                global: Some(global),
                link_local: Some(v6(&mut next_hop)?),
            })
        }
        _ if is_ip && octets != 0 => Err(ParseError::bad_length("next hop length", length_offset)),
        _ => Ok(NextHop::default()),
    }
}
