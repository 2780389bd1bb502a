//! OpenBMP: the header that a collector puts before BMP messages in Kafka, binary (version 1.7) or text. Does not look into
//! the BMP behind it.

mod binary;
mod text;

pub use binary::MAGIC;
pub use text::begins as begins_text;

use crate::{Fault, ParseError, Reader};
use core::net::IpAddr;

/// Longer bodies are refused: our limit, there is no other.
pub const BODY_OCTETS_MAX: usize = 1024 * 1024;

/// What a collector says of some BMP messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Whether they come from a router; other messages are about the collector itself.
    pub is_of_router: bool,
    /// What the body is.
    pub object_type: ObjectType,
    /// When the collector took them, in microseconds since 1970; none if it does not tell.
    pub at: Option<i64>,
    /// Name of the collector; empty if it does not tell.
    pub collector: &'a [u8],
    /// By which the collector knows the router.
    pub router_hash: [u8; 16],
    /// Address of the router; none if it is zero, or not told.
    pub router_ip: Option<IpAddr>,
}

/// Type of the object in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectType(pub u8);

impl ObjectType {
    /// What the collector has parsed, as text.
    pub const PARSED: Self = Self(0);
    /// BMP messages as the router sent them.
    pub const BMP_RAW: Self = Self(12);
}

/// One header with its body, cut by its lengths.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    /// The header.
    pub header: Header<'a>,
    /// All of it.
    pub octets: &'a [u8],
    /// What follows the header.
    pub body: &'a [u8],
}

/// Whether a header begins here, be it cut short.
#[inline]
pub fn begins_unit(input: &[u8]) -> bool {
    binary::begins(input) || text::begins(input)
}

/// Splits one header with its body off the front of `input` and returns it with the octets after it.
///
/// # Errors
/// [`Fault::Truncated`] if more input could complete it; [`Fault::BadValue`] for another magic or major version, or a line of
/// text that is none; [`Fault::BadLength`] for a header shorter than its fields; [`Fault::OverLimit`] for a body over
/// [`BODY_OCTETS_MAX`].
#[inline]
pub fn split_unit(input: &[u8]) -> Result<(Unit<'_>, &[u8]), ParseError> {
    let mut reader = Reader::new(input);
    let (header, body_octets) = if text::begins(input) {
        text::split_header(&mut reader)?
    } else {
        binary::split_header(&mut reader)?
    };
    let body = reader.frame(body_octets, "message body")?.rest();
    let octets = input.get(..reader.offset()).unwrap_or(input);
    Ok((
        Unit {
            header,
            octets,
            body,
        },
        reader.rest(),
    ))
}

/// Refuses a body that is too long; `offset` is where its length stands.
#[inline]
fn checked_body_octets(octets: usize, offset: usize) -> Result<usize, ParseError> {
    if octets > BODY_OCTETS_MAX {
        return Err(ParseError::new(Fault::OverLimit, "message length", offset));
    }
    Ok(octets)
}

#[cfg(test)]
mod tests;
