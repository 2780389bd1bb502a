//! Options of the OPT record (RFC 6891, section 6.1.2).

use super::Edns;
use crate::{ParseError, Reader};

/// Code of an EDNS option (IANA, DNS EDNS0 Option Codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionCode(pub u16);

impl OptionCode {
    /// Name Server Identifier (RFC 5001).
    pub const NSID: Self = Self(3);
    /// Client Subnet (RFC 7871).
    pub const CLIENT_SUBNET: Self = Self(8);
    /// Cookie (RFC 7873).
    pub const COOKIE: Self = Self(10);
    /// Padding (RFC 7830).
    pub const PADDING: Self = Self(12);
    /// Extended DNS Error (RFC 8914).
    pub const EXTENDED_ERROR: Self = Self(15);
}

/// One option: u16 code | u16 length | data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdnsOption<'a> {
    /// What it is.
    pub code: OptionCode,
    /// Its data.
    pub data: &'a [u8],
    /// Where the data begins in the message.
    pub data_offset: usize,
}

impl<'a> Edns<'a> {
    /// The options in order, up to the first one that is cut short; that is the last item.
    #[inline]
    pub fn options(&self) -> impl Iterator<Item = Result<EdnsOption<'a>, ParseError>> + use<'a> {
        let (mut reader, begin) = (Reader::new(self.options), self.options_offset);
        core::iter::from_fn(move || {
            if reader.is_empty() {
                return None;
            }
            let option = split_option(&mut reader, begin);
            if option.is_err() {
                reader = Reader::new(&[]);
            }
            Some(option)
        })
    }
}

/// Splits one option off; the octets of the reader begin at `begin` in the message.
#[inline]
fn split_option<'a>(reader: &mut Reader<'a>, begin: usize) -> Result<EdnsOption<'a>, ParseError> {
    let in_message = |error: ParseError| ParseError {
        offset: begin.wrapping_add(error.offset),
        ..error
    };
    let code = reader.u16("OPTION-CODE").map_err(in_message)?;
    let octets = reader.u16("OPTION-LENGTH").map_err(in_message)?;
    let data = reader
        .frame(usize::from(octets), "OPTION-DATA")
        .map_err(in_message)?;
    Ok(EdnsOption {
        code: OptionCode(code),
        data: data.rest(),
        data_offset: begin.wrapping_add(data.offset()),
    })
}
