//! NLRI of Ethernet VPNs (RFC 7432, section 7; RFC 9136, section 3.1; RFC 9251, section 9).

use crate::bgp::IpPrefix;
use crate::bgp::nlri_form::NlriView;
use crate::{ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const ESI_OCTETS: usize = 10;
const LABEL_OCTETS: usize = 3;

/// Splits one off the front: u8 type | u8 length | value. What is wrong in the value costs that value.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated).
pub(super) fn split_evpn<'a>(reader: &mut Reader<'a>) -> Result<NlriView<'a>, ParseError> {
    let begin = *reader;
    let route_type = reader.u8("EVPN route type")?;
    let octets = reader.u8("EVPN length")?;
    let value = reader.frame(usize::from(octets), "EVPN route")?;
    let frame = NlriView::between(begin, *reader);
    Ok(match parse_route(route_type, value, frame) {
        Ok(nlri) => nlri,
        Err(error) => NlriView {
            fault: Some(error),
            ..frame
        },
    })
}

/// Routes of unknown types are left as they are.
fn parse_route<'a>(
    route_type: u8,
    value: Reader<'a>,
    frame: NlriView<'a>,
) -> Result<NlriView<'a>, ParseError> {
    let mut reader = value;
    if !matches!(route_type, 1..=8) {
        return Ok(frame);
    }
    let nlri = NlriView {
        rd: Some(reader.array("route distinguisher")?),
        ..frame
    };
    match route_type {
        1 => parse_auto_discovery(reader, nlri),
        2 => parse_mac_ip(reader, nlri),
        3 => {
            reader.u32("ethernet tag")?;
            parse_originator(reader, nlri)
        }
        4 => {
            reader.frame(ESI_OCTETS, "ethernet segment identifier")?;
            parse_originator(reader, nlri)
        }
        5 => parse_ip_prefix(reader, nlri),
        _ => Ok(nlri),
    }
}

/// Type 1: segment (10) | tag (4) | label (3).
fn parse_auto_discovery<'a>(
    mut reader: Reader<'a>,
    nlri: NlriView<'a>,
) -> Result<NlriView<'a>, ParseError> {
    split_segment_and_tag(&mut reader)?;
    let labels = reader.frame(LABEL_OCTETS, "MPLS label")?;
    reader.finish("EVPN route")?;
    Ok(NlriView { labels, ..nlri })
}

/// Type 2: segment (10) | tag (4) | u8 48 | MAC address (6) | u8 bits | IP address | one or two labels.
fn parse_mac_ip<'a>(
    mut reader: Reader<'a>,
    nlri: NlriView<'a>,
) -> Result<NlriView<'a>, ParseError> {
    split_segment_and_tag(&mut reader)?;
    let length_offset = reader.offset();
    if reader.u8("MAC address length")? != 48 {
        return Err(ParseError::bad_length("MAC address length", length_offset));
    }
    reader.frame(6, "MAC address")?;
    let prefix = split_address(&mut reader)?.and_then(host_prefix);
    match reader.len() {
        0 => Err(ParseError::truncated("MPLS label", reader.offset())),
        octets if octets == LABEL_OCTETS || octets == LABEL_OCTETS << 1 => Ok(NlriView {
            prefix,
            labels: reader,
            ..nlri
        }),
        _ => Err(ParseError::bad_length("MPLS label", reader.offset())),
    }
}

/// Types 3 and 4 end in the address of the router: u8 bits | IP address.
fn parse_originator<'a>(
    mut reader: Reader<'a>,
    nlri: NlriView<'a>,
) -> Result<NlriView<'a>, ParseError> {
    split_address(&mut reader)?;
    reader.finish("EVPN route")?;
    Ok(nlri)
}

/// Type 5: segment (10) | tag (4) | u8 prefix length | prefix and gateway (4 or 16 each) | label (3).
fn parse_ip_prefix<'a>(
    mut reader: Reader<'a>,
    nlri: NlriView<'a>,
) -> Result<NlriView<'a>, ParseError> {
    split_segment_and_tag(&mut reader)?;
    let length_offset = reader.offset();
    let length = reader.u8("IP prefix length")?;
    let (address, address_octets): (IpAddr, usize) = if reader.len() == 4 + 4 + LABEL_OCTETS {
        (Ipv4Addr::from(reader.array::<4>("IP prefix")?).into(), 4)
    } else {
        (Ipv6Addr::from(reader.array::<16>("IP prefix")?).into(), 16)
    };
    let prefix = IpPrefix::new(address, length)
        .ok_or(ParseError::bad_length("IP prefix length", length_offset))?;
    reader.frame(address_octets, "gateway address")?;
    let labels = reader.frame(LABEL_OCTETS, "MPLS label")?;
    reader.finish("EVPN route")?;
    Ok(NlriView {
        prefix: Some(prefix),
        labels,
        ..nlri
    })
}

fn split_segment_and_tag(reader: &mut Reader<'_>) -> Result<(), ParseError> {
    reader.frame(ESI_OCTETS, "ethernet segment identifier")?;
    reader.u32("ethernet tag")?;
    Ok(())
}

/// u8 length in bits: 0, 32 or 128 | an address of that length.
fn split_address(reader: &mut Reader<'_>) -> Result<Option<IpAddr>, ParseError> {
    let length_offset = reader.offset();
    match reader.u8("IP address length")? {
        0 => Ok(None),
        32 => Ok(Some(
            Ipv4Addr::from(reader.array::<4>("IP address")?).into(),
        )),
        128 => Ok(Some(
            Ipv6Addr::from(reader.array::<16>("IP address")?).into(),
        )),
        _ => Err(ParseError::bad_length("IP address length", length_offset)),
    }
}

fn host_prefix(address: IpAddr) -> Option<IpPrefix> {
    IpPrefix::new(address, if address.is_ipv4() { 32 } else { 128 })
}
