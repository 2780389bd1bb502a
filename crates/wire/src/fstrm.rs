//! Frame Streams (<https://github.com/farsightsec/fstrm>, fstrm/control.h): data frames, and the control frames around them.
//! Does not look into the data.
//!
//! ```text
//! data     u32 length, not 0 | data
//! control  u32 0 | u32 length | u32 type | any number of u32 field type | u32 length | octets
//! ```
//!
//! A file is START, data, STOP; on a socket READY and ACCEPT come before, and FINISH after.

use crate::{Fault, ParseError, Reader};

/// Longer data frames are refused: what the fstrm library does by default.
pub const DATA_OCTETS_MAX: usize = 1024 * 1024;
/// Octets of a control frame at most, without the eight in front.
pub const CONTROL_OCTETS_MAX: usize = 512;
/// Octets of a content type at most.
pub const CONTENT_TYPE_OCTETS_MAX: usize = 256;
/// The field of a control frame that holds a content type.
const CONTENT_TYPE: u32 = 1;

/// One frame, cut by its length.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'a> {
    /// Data, without the length.
    Data(Reader<'a>),
    /// Not data.
    Control(Control<'a>),
}

/// A control frame.
#[derive(Clone, Copy, Debug)]
pub struct Control<'a> {
    /// What it is for.
    pub control_type: ControlType,
    /// Its fields.
    pub fields: Reader<'a>,
}

/// Type of a control frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlType(pub u32);

impl ControlType {
    /// The reader takes one of the content types.
    pub const ACCEPT: Self = Self(1);
    /// Data comes.
    pub const START: Self = Self(2);
    /// No more data comes.
    pub const STOP: Self = Self(3);
    /// The writer has these content types.
    pub const READY: Self = Self(4);
    /// The reader has seen STOP.
    pub const FINISH: Self = Self(5);
}

/// Splits one frame off the front of `input` and returns it with the octets after it.
///
/// # Errors
/// [`Fault::Truncated`] if more input could complete it; [`Fault::OverLimit`] for a longer one than there may be;
/// [`Fault::BadLength`] for a control frame without a type.
#[inline]
pub fn split_frame(input: &[u8]) -> Result<(Frame<'_>, &[u8]), ParseError> {
    let mut reader = Reader::new(input);
    let octets = reader.u32("frame length")? as usize;
    if octets == 0 {
        let control = split_control(&mut reader)?;
        return Ok((Frame::Control(control), reader.rest()));
    }
    if octets > DATA_OCTETS_MAX {
        return Err(ParseError::new(Fault::OverLimit, "frame length", 0));
    }
    let data = reader.frame(octets, "frame")?;
    Ok((Frame::Data(data), reader.rest()))
}

#[inline(never)]
fn split_control<'a>(reader: &mut Reader<'a>) -> Result<Control<'a>, ParseError> {
    const LENGTH: &str = "control frame length";
    let offset = reader.offset();
    let octets = reader.u32(LENGTH)? as usize;
    if octets > CONTROL_OCTETS_MAX {
        return Err(ParseError::new(Fault::OverLimit, LENGTH, offset));
    }
    if octets < size_of::<ControlType>() {
        return Err(ParseError::bad_length(LENGTH, offset));
    }
    let mut fields = reader.frame(octets, "control frame")?;
    let control_type = ControlType(fields.u32("control frame type")?);
    Ok(Control {
        control_type,
        fields,
    })
}

/// Splits off the fields of a control frame up to its next content type; none if there is no more. Other fields are passed
/// over.
///
/// # Errors
/// [`Fault::Truncated`] if the control frame ends inside of a field; [`Fault::OverLimit`] for a content type over
/// [`CONTENT_TYPE_OCTETS_MAX`].
pub fn split_content_type<'a>(fields: &mut Reader<'a>) -> Result<Option<&'a [u8]>, ParseError> {
    while !fields.is_empty() {
        let field_type = fields.u32("control field type")?;
        let offset = fields.offset();
        let octets = fields.u32("control field length")? as usize;
        let field = fields.frame(octets, "control field")?;
        if field_type != CONTENT_TYPE {
            continue;
        }
        if octets > CONTENT_TYPE_OCTETS_MAX {
            return Err(ParseError::new(Fault::OverLimit, "content type", offset));
        }
        return Ok(Some(field.rest()));
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
