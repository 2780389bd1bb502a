//! OPEN (RFC 4271, section 4.2) with its capabilities (RFC 5492, 9072).

use crate::bgp::{Afi, Safi};
use crate::{ParseError, Reader};
use core::net::Ipv4Addr;

/// One OPEN.
///
/// ```text
/// u8 version | u16 AS | u16 hold time | u32 BGP id | u8 length | optional parameters
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Open<'a> {
    /// The sender's ASN: of the capability for four-octet ASNs, else of the fixed part.
    pub asn: u32,
    /// Whether it can do four-octet ASNs (RFC 6793).
    pub is_four_octet: bool,
    /// Hold time in seconds.
    pub hold_time_s: u16,
    /// BGP Identifier.
    pub bgp_id: Ipv4Addr,
    /// What it can do.
    pub capabilities: Capabilities<'a>,
}

/// The optional parameters of an OPEN, well-formed.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities<'a> {
    parameters: Reader<'a>,
    is_extended: bool,
}

/// Code of a capability (IANA, Capability Codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapabilityCode(pub u8);

impl CapabilityCode {
    /// Four-octet ASNs (RFC 6793).
    pub const FOUR_OCTET_ASN: Self = Self(65);
    /// ADD-PATH (RFC 7911).
    pub const ADD_PATH: Self = Self(69);
}

/// A family of an ADD-PATH capability (RFC 7911, section 4): u16 AFI | u8 SAFI | u8 1 receives, 2 sends, 3 both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddPath {
    /// Address Family Identifier.
    pub afi: Afi,
    /// Subsequent Address Family Identifier.
    pub safi: Safi,
    send_receive: u8,
}

impl AddPath {
    /// Whether its sender can receive path identifiers.
    pub const fn receives(self) -> bool {
        matches!(self.send_receive, 1 | 3)
    }

    /// Whether its sender can send them.
    pub const fn sends(self) -> bool {
        matches!(self.send_receive, 2 | 3)
    }
}

const PARAMETER_CAPABILITIES: u8 = 2;
const EXTENDED_OPTIONAL_PARAMETERS: u8 = 255;

/// Parses the body of an OPEN.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated), [`Fault::Leftover`](crate::Fault::Leftover).
pub fn parse_open(body: Reader<'_>) -> Result<Open<'_>, ParseError> {
    let mut reader = body;
    reader.u8("version")?;
    let short_asn = reader.u16("my autonomous system")?;
    let hold_time_s = reader.u16("hold time")?;
    let bgp_id = Ipv4Addr::from(reader.u32("BGP identifier")?);
    let octets = reader.u8("optional parameters length")?;
    // RFC 9072, section 2: type 255 in first place tells, then this length only must not be 0.
    let is_extended = octets != 0 && reader.rest().first() == Some(&EXTENDED_OPTIONAL_PARAMETERS);
    let octets = if is_extended {
        reader.u8("extended optional parameters type")?;
        usize::from(reader.u16("extended optional parameters length")?)
    } else {
        usize::from(octets)
    };
    let parameters = reader.frame(octets, "optional parameters")?;
    reader.finish("OPEN")?;
    let capabilities = Capabilities {
        parameters,
        is_extended,
    };
    let mut four_octet_asn = None;
    capabilities.for_each(|code, value| {
        if let (CapabilityCode::FOUR_OCTET_ASN, Ok(asn)) = (CapabilityCode(code), value.try_into())
        {
            four_octet_asn = Some(u32::from_be_bytes(asn));
        }
    })?;
    Ok(Open {
        asn: four_octet_asn.unwrap_or(short_asn.into()),
        is_four_octet: four_octet_asn.is_some(),
        hold_time_s,
        bgp_id,
        capabilities,
    })
}

impl<'a> Capabilities<'a> {
    /// Calls `each` with the code and value of every capability.
    ///
    /// # Errors
    /// [`Fault::Truncated`](crate::Fault::Truncated); never once [`parse_open`] has returned them.
    pub fn for_each(&self, mut each: impl FnMut(u8, &'a [u8])) -> Result<(), ParseError> {
        let mut parameters = self.parameters;
        while !parameters.is_empty() {
            let parameter_type = parameters.u8("optional parameter type")?;
            let octets = if self.is_extended {
                usize::from(parameters.u16("optional parameter length")?)
            } else {
                usize::from(parameters.u8("optional parameter length")?)
            };
            let parameter = parameters.frame(octets, "optional parameter")?;
            if parameter_type == PARAMETER_CAPABILITIES {
                for_each_capability(parameter, &mut each)?;
            }
        }
        Ok(())
    }
}

/// Calls `each` for a list of capabilities: u8 code | u8 length | value.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated).
pub fn for_each_capability<'a>(
    mut list: Reader<'a>,
    mut each: impl FnMut(u8, &'a [u8]),
) -> Result<(), ParseError> {
    while !list.is_empty() {
        let code = list.u8("capability code")?;
        let octets = usize::from(list.u8("capability length")?);
        each(code, list.frame(octets, "capability value")?.rest());
    }
    Ok(())
}

/// The families in the value of an ADD-PATH capability; octets that make no whole one are ignored.
pub fn add_path_families(value: &[u8]) -> impl Iterator<Item = AddPath> {
    let (families, _) = value.as_chunks::<4>();
    families
        .iter()
        .map(|[high, low, safi, send_receive]| AddPath {
            afi: Afi(u16::from_be_bytes([*high, *low])),
            safi: Safi(*safi),
            send_receive: *send_receive,
        })
}
