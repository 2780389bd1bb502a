//! BMP, the BGP Monitoring Protocol (RFC 7854, 8671, 9069, 9736): frames one message; what is inside stands in the files of
//! this folder. Version 4 (draft-ietf-grow-bmp-tlv) differs in Route Monitoring only.

mod peer;
mod route_monitoring;
mod statistics;
mod tlv;

pub use peer::{PEER_HEADER_OCTETS, PeerHeader, PeerType, SessionEnds, split_peer_header};
pub use peer::{PeerDownReason, split_session_ends};
pub use route_monitoring::{Marked, parse_marked};
pub use statistics::{Statistic, StatisticType, StatisticValue, split_statistic};
pub use tlv::{InformationType, MirroringType, TerminationType, Tlv, split_tlv};

use crate::{Fault, ParseError, Reader};

/// Octets of the common header.
pub const HEADER_OCTETS: usize = 6;
/// Longer messages are refused: our limit, the RFC has none.
pub const MESSAGE_OCTETS_MAX: usize = 1024 * 1024;
/// What RFC 7854 describes.
pub const VERSION_3: u8 = 3;
/// What draft-ietf-grow-bmp-tlv describes.
pub const VERSION_4: u8 = 4;

/// Type of a message (IANA, BMP Message Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageType(pub u8);

impl MessageType {
    /// Route Monitoring.
    pub const ROUTE_MONITORING: Self = Self(0);
    /// Statistics Report.
    pub const STATISTICS_REPORT: Self = Self(1);
    /// Peer Down Notification.
    pub const PEER_DOWN: Self = Self(2);
    /// Peer Up Notification.
    pub const PEER_UP: Self = Self(3);
    /// Initiation.
    pub const INITIATION: Self = Self(4);
    /// Termination.
    pub const TERMINATION: Self = Self(5);
    /// Route Mirroring.
    pub const ROUTE_MIRRORING: Self = Self(6);
}

/// One message, cut by its length.
///
/// ```text
/// u8 version | u32 length, header included | u8 type | body
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// 3, or 4 for the draft.
    pub version: u8,
    /// What it is.
    pub message_type: MessageType,
    /// All of it, with the header.
    pub octets: &'a [u8],
    /// What follows the header.
    pub body: Reader<'a>,
}

/// Whether a message may begin here: its version says so.
#[inline]
pub fn begins_message(input: &[u8]) -> bool {
    matches!(input, [VERSION_3 | VERSION_4, ..])
}

/// Splits one message off the front of `input` and returns it with the octets after it (RFC 7854, section 4.1).
///
/// # Errors
/// [`Fault::Truncated`] if more input could complete the message; [`Fault::BadValue`] for a version that is neither 3 nor 4;
/// [`Fault::BadLength`] for a length below the header's; [`Fault::OverLimit`] for one over [`MESSAGE_OCTETS_MAX`].
#[inline(always)]
pub fn split_message(input: &[u8]) -> Result<(Message<'_>, &[u8]), ParseError> {
    let mut reader = Reader::new(input);
    let version = reader.u8("version")?;
    if !begins_message(input) {
        return Err(ParseError::bad_value("version", 0));
    }
    let length_offset = reader.offset();
    let length_octets = reader.u32("message length")? as usize;
    if length_octets > MESSAGE_OCTETS_MAX {
        return Err(ParseError::new(
            Fault::OverLimit,
            "message length",
            length_offset,
        ));
    }
    let Some(body_octets) = length_octets.checked_sub(HEADER_OCTETS) else {
        return Err(ParseError::bad_length("message length", length_offset));
    };
    let message_type = MessageType(reader.u8("message type")?);
    let body = reader.frame(body_octets, "message body")?;
    let message = Message {
        version,
        message_type,
        octets: input.get(..length_octets).unwrap_or(input),
        body,
    };
    Ok((message, reader.rest()))
}

#[cfg(test)]
mod tests;
