//! Route Monitoring of version 4: a BGP message among TLVs (draft-ietf-grow-bmp-tlv). The draft has moved its code points
//! before, so the message is known by its marker; what routers write today is type 4.

use crate::{Fault, ParseError, Reader};

/// What follows the per-peer header.
#[derive(Clone, Copy, Debug)]
pub struct Marked<'a> {
    /// The BGP message.
    pub message: Reader<'a>,
    /// Capabilities to read it by, whatever the session has: a list as in an OPEN.
    pub capabilities: Option<Reader<'a>>,
}

const STATELESS_PARSING: u16 = 1;
const BGP_MESSAGE: u16 = 4;
/// An enterprise number stands before the value, not counted in the length.
const IS_ENTERPRISE: u16 = 0x8000;

/// u16 type | u16 length | u16 index | [u32 enterprise number] | value
struct Tlv<'a> {
    tlv_type: u16,
    value: Reader<'a>,
}

/// Parses what follows the per-peer header.
///
/// # Errors
/// [`Fault::Truncated`]; [`Fault::Missing`] without a BGP message.
pub fn parse_marked(body: Reader<'_>) -> Result<Marked<'_>, ParseError> {
    let mut reader = body;
    let (mut by_marker, mut by_type, mut capabilities) = (None, None, None);
    while !reader.is_empty() {
        let Tlv { tlv_type, value } = split_tlv(&mut reader)?;
        if value.rest().starts_with(&[0xff; 16]) {
            by_marker = by_marker.or(Some(value));
        } else if tlv_type == BGP_MESSAGE {
            by_type = by_type.or(Some(value));
        } else if tlv_type == STATELESS_PARSING {
            capabilities = capabilities.or(Some(value));
        }
    }
    let missing = ParseError::new(Fault::Missing, "BGP message", body.offset());
    Ok(Marked {
        message: by_marker.or(by_type).ok_or(missing)?,
        capabilities,
    })
}

fn split_tlv<'a>(reader: &mut Reader<'a>) -> Result<Tlv<'a>, ParseError> {
    let tlv_type = reader.u16("TLV type")?;
    let octets = usize::from(reader.u16("TLV length")?);
    reader.u16("TLV index")?;
    if tlv_type & IS_ENTERPRISE != 0 {
        reader.u32("TLV enterprise number")?;
    }
    Ok(Tlv {
        tlv_type,
        value: reader.frame(octets, "TLV value")?,
    })
}
