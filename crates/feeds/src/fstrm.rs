//! dnstap in Frame Streams, one or many frames per message. Nothing is remembered between frames, so it does not matter where
//! a stream is cut; that STOP never comes is normal.

use crate::Unit;
use crate::dns::Dns;
use crate::dnstap;
use crate::message::{MessageRows, Reject};
use tables::{Disposition, RowSink};
use wire::fstrm::{Control, ControlType, Frame, split_content_type, split_frame};
use wire::{Fault, ParseError};

/// What we read.
const CONTENT_TYPE: &[u8] = b"protobuf:dnstap.Dnstap";
/// Reason for a length that is none, because the octets are PowerDNS protobuf.
const LIKE_PDNS: &str = "over_limit_like_pdns";

/// Finds the end of the first frame of a file.
pub(crate) fn first_unit(octets: &[u8], _: bool) -> Unit {
    match split_frame(octets) {
        Ok((_, after)) => Unit::Whole(octets.len().saturating_sub(after.len())),
        Err(error) => Unit::cannot_be_cut(error),
    }
}

/// Decodes all frames of one message.
#[inline]
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    texts: &mut dnstap::Texts,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    let mut rest = payload;
    while !rest.is_empty() {
        let decoded = match split_frame(rest) {
            Ok((Frame::Data(data), after)) => {
                dnstap::decode_frame(data.rest(), texts, dns, rows);
                Ok(after)
            }
            Ok((Frame::Control(control), after)) => pass_control(control, rows).map(|()| after),
            Err(error) => Err(error),
        };
        match decoded {
            Ok(after) => rest = after,
            // What follows cannot be told, or is of another kind.
            Err(error) => return refuse(error, rest, rows),
        }
    }
}

/// Passes over a control frame, if the stream is one of ours.
#[cold]
fn pass_control<S: RowSink>(
    control: Control<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    check_content_type(control)?;
    rows.skip(match control.control_type {
        ControlType::ACCEPT => "fstrm_accept",
        ControlType::START => "fstrm_start",
        ControlType::STOP => "fstrm_stop",
        ControlType::READY => "fstrm_ready",
        ControlType::FINISH => "fstrm_finish",
        _ => "fstrm_control_unknown",
    });
    Ok(())
}

/// Of the content types that are named one must be ours; none need be named.
fn check_content_type(control: Control<'_>) -> Result<(), ParseError> {
    let (mut fields, mut other) = (control.fields, None);
    while let Some(content_type) = split_content_type(&mut fields)? {
        if content_type == CONTENT_TYPE {
            return Ok(());
        }
        let begin = fields.offset().saturating_sub(content_type.len());
        other = other.or(Some(begin));
    }
    match other {
        Some(begin) => Err(ParseError::new(Fault::Unsupported, "content type", begin)),
        None => Ok(()),
    }
}

/// Refuses all that is left.
#[cold]
fn refuse<S: RowSink>(error: ParseError, rest: &[u8], rows: &mut MessageRows<'_, S>) {
    let reject = Reject::new(error, Disposition::MessageDiscard, rest);
    // Its u16 length and the first field of its message, type, read as a length here.
    let is_pdns = error.fault == Fault::OverLimit && matches!(rest, [_, _, 8, 1..=5, ..]);
    rows.reject(&Reject {
        reason: if is_pdns { LIKE_PDNS } else { reject.reason },
        ..reject
    });
}

#[cfg(test)]
mod tests;
