//! UPDATE (RFC 4271, section 4.3): cuts its three parts; does not look inside them.

use crate::{ParseError, Reader};

/// One UPDATE.
///
/// ```text
/// u16 length | withdrawn routes | u16 length | path attributes | NLRI to the end
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// Withdrawn IPv4 prefixes.
    pub withdrawn: Reader<'a>,
    /// Path attributes.
    pub attributes: Reader<'a>,
    /// Announced IPv4 prefixes.
    pub nlri: Reader<'a>,
}

/// Parses the body of an UPDATE.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated) if one of the lengths goes past the end.
#[inline(always)]
pub fn parse_update(body: Reader<'_>) -> Result<Update<'_>, ParseError> {
    let mut reader = body;
    let withdrawn_octets = reader.u16("withdrawn routes length")?;
    let withdrawn = reader.frame(usize::from(withdrawn_octets), "withdrawn routes")?;
    let attribute_octets = reader.u16("total path attribute length")?;
    let attributes = reader.frame(usize::from(attribute_octets), "path attributes")?;
    Ok(Update {
        withdrawn,
        attributes,
        nlri: reader,
    })
}
