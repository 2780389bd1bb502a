//! What stands in front of IP (<https://www.tcpdump.org/linktypes.html>), with VLAN tags (IEEE 802.1Q), nested or not.

use crate::capture::LinkType;
use crate::{Fault, ParseError, Reader};

/// EtherTypes (IANA, IEEE 802 Numbers).
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const VLAN: u16 = 0x8100;
const SERVICE_VLAN: u16 = 0x88a8;

/// The IP packet in a frame; none if it carries something else.
///
/// # Errors
/// [`Fault::Truncated`] if the frame ends before it tells; [`Fault::Unsupported`] for a link type that is not known, at the
/// begin of the frame.
#[inline]
pub fn split_link(
    link_type: LinkType,
    mut frame: Reader<'_>,
) -> Result<Option<Reader<'_>>, ParseError> {
    let ether_type = match link_type {
        LinkType::ETHERNET => {
            frame.array::<12>("Ethernet addresses")?;
            frame.u16("EtherType")?
        }
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => return Ok(Some(frame)),
        LinkType::NULL | LinkType::LOOP => {
            let family = frame.array("address family")?;
            return Ok(is_ip_family(family).then_some(frame));
        }
        LinkType::LINUX_SLL => {
            frame.array::<14>("SLL header")?;
            frame.u16("SLL protocol")?
        }
        LinkType::LINUX_SLL2 => {
            let protocol = frame.u16("SLL2 protocol")?;
            frame.array::<18>("SLL2 header")?;
            protocol
        }
        _ => {
            let fault = Fault::Unsupported;
            return Err(ParseError::new(fault, "link type", frame.offset()));
        }
    };
    behind_tags(ether_type, frame)
}

/// Passes over VLAN tags: u16 tag, u16 EtherType.
#[inline]
fn behind_tags(
    mut ether_type: u16,
    mut frame: Reader<'_>,
) -> Result<Option<Reader<'_>>, ParseError> {
    while matches!(ether_type, VLAN | SERVICE_VLAN) {
        frame.u16("VLAN tag")?;
        ether_type = frame.u16("EtherType")?;
    }
    Ok(matches!(ether_type, IPV4 | IPV6).then_some(frame))
}

/// AF_INET is 2 everywhere; AF_INET6 is 10, 24, 28 or 30. In either byte order.
const fn is_ip_family(family: [u8; 4]) -> bool {
    matches!(
        family,
        [2 | 10 | 24 | 28 | 30, 0, 0, 0] | [0, 0, 0, 2 | 10 | 24 | 28 | 30]
    )
}
