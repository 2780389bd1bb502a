//! BGP-4 (RFC 4271): frames one message; what is inside stands in the files of this folder.

mod as_path;
mod attributes;
mod family;
mod multiprotocol;
mod nlri;
mod nlri_evpn;
mod nlri_form;
mod nlri_labelled;
mod notification;
mod open;
mod update;

pub use as_path::{
    AsnWidth, PathShape, Segment, SegmentType, Segments, merge_as4_path, path_shape, widen_path,
};
pub use attributes::{
    Attribute, AttributeCode, AttributeFlags, check_pmsi_tunnel, parse_aggregator, parse_aigp,
    parse_origin, split_attribute,
};
pub use family::{Afi, Safi};
pub use multiprotocol::{
    MpReach, MpUnreach, NextHop, parse_mp_next_hop, parse_mp_reach, parse_mp_unreach,
};
pub use nlri::{
    IpPrefix, Ipv4Prefix, Ipv6Prefix, nlri_fits, parse_ipv4_nlri, parse_ipv6_nlri, split_prefix,
};
pub use nlri_form::{NlriForm, NlriView, framed_nlri_fits, split_nlri};
pub use notification::{Notification, parse_notification};
pub use open::{
    AddPath, Capabilities, CapabilityCode, Open, add_path_families, for_each_capability, parse_open,
};
pub use update::{Update, parse_update};

use crate::{ParseError, Reader};

/// Octets of the header: marker, length, type.
pub const HEADER_OCTETS: usize = 19;

/// Type of a message (IANA, BGP Message Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageType(pub u8);

impl MessageType {
    /// OPEN.
    pub const OPEN: Self = Self(1);
    /// UPDATE.
    pub const UPDATE: Self = Self(2);
    /// NOTIFICATION.
    pub const NOTIFICATION: Self = Self(3);
    /// KEEPALIVE.
    pub const KEEPALIVE: Self = Self(4);
    /// ROUTE-REFRESH (RFC 2918, 7313).
    pub const ROUTE_REFRESH: Self = Self(5);
}

/// One message, cut by its length.
///
/// ```text
/// 16 octets of ones | u16 length, header included | u8 type | body
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// What it is.
    pub message_type: MessageType,
    /// All of it, with the header.
    pub octets: &'a [u8],
    /// What follows the header.
    pub body: Reader<'a>,
}

/// Splits one message off the front and returns it with what follows.
///
/// Lengths up to 65,535 are accepted whatever was negotiated (RFC 8654): an archive does not say.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated); [`Fault::BadValue`](crate::Fault::BadValue) for a marker that is not
/// all ones (RFC 4271, section 6.1); [`Fault::BadLength`](crate::Fault::BadLength) for a length below the header's.
#[inline(always)]
pub fn split_message(input: Reader<'_>) -> Result<(Message<'_>, Reader<'_>), ParseError> {
    let mut reader = input;
    if reader.array::<16>("marker")? != [0xff; 16] {
        return Err(ParseError::bad_value("marker", input.offset()));
    }
    let length_offset = reader.offset();
    let length_octets = usize::from(reader.u16("message length")?);
    let message_type = MessageType(reader.u8("message type")?);
    let Some(body_octets) = length_octets.checked_sub(HEADER_OCTETS) else {
        return Err(ParseError::bad_length("message length", length_offset));
    };
    let body = reader.frame(body_octets, "message body")?;
    let octets = input.rest().get(..length_octets).unwrap_or_default();
    Ok((
        Message {
            message_type,
            octets,
            body,
        },
        reader,
    ))
}

#[cfg(test)]
mod tests;
