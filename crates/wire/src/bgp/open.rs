//! OPEN (RFC 4271, section 4.2) with its capabilities (RFC 5492, 9072).

use crate::{ParseError, Reader};
use core::net::Ipv4Addr;

/// One OPEN.
///
/// ```text
/// u8 version | u16 AS | u16 hold time | u32 BGP id | u8 length | optional parameters
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Open<'a> {
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

const PARAMETER_CAPABILITIES: u8 = 2;
const EXTENDED_OPTIONAL_PARAMETERS: u8 = 255;

/// Parses the body of an OPEN.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated), [`Fault::Leftover`](crate::Fault::Leftover).
pub fn parse_open(body: Reader<'_>) -> Result<Open<'_>, ParseError> {
    let mut reader = body;
    reader.u8("version")?;
    reader.u16("my autonomous system")?;
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
    capabilities.for_each(|_, _| ())?;
    Ok(Open {
        hold_time_s,
        bgp_id,
        capabilities,
    })
}

impl Capabilities<'_> {
    /// Calls `each` with the code and value of every capability.
    ///
    /// # Errors
    /// [`Fault::Truncated`](crate::Fault::Truncated); never once [`parse_open`] has returned them.
    pub fn for_each(&self, mut each: impl FnMut(u8, &[u8])) -> Result<(), ParseError> {
        let mut parameters = self.parameters;
        while !parameters.is_empty() {
            let parameter_type = parameters.u8("optional parameter type")?;
            let octets = if self.is_extended {
                usize::from(parameters.u16("optional parameter length")?)
            } else {
                usize::from(parameters.u8("optional parameter length")?)
            };
            let mut parameter = parameters.frame(octets, "optional parameter")?;
            while parameter_type == PARAMETER_CAPABILITIES && !parameter.is_empty() {
                let code = parameter.u8("capability code")?;
                let octets = parameter.u8("capability length")?;
                each(
                    code,
                    parameter
                        .frame(usize::from(octets), "capability value")?
                        .rest(),
                );
            }
        }
        Ok(())
    }
}
