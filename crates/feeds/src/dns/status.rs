//! How far a message could be read, as rows tell it, and what that means for what is kept of it.

use tables::ParseStatus;
use wire::Fault;
use wire::dns::{Message, Section, Status};

/// A message that was captured short ends where its octets end; other damage is its own.
#[inline]
pub(super) fn status_of(message: &Message<'_>, cut_from: Option<u32>) -> ParseStatus {
    let status = match message.status {
        Status::Ok if cut_from.is_some() => return ParseStatus::Cut,
        Status::Ok => return ParseStatus::Ok,
        Status::HeaderShort => ParseStatus::HeaderShort,
        Status::Damaged(Section::Question) => ParseStatus::Question,
        Status::Damaged(Section::Answer) => ParseStatus::Answer,
        Status::Damaged(Section::Authority) => ParseStatus::Authority,
        Status::Damaged(Section::Additional) => ParseStatus::Additional,
        Status::Opt => ParseStatus::Opt,
        Status::EdnsMisplaced => ParseStatus::EdnsMisplaced,
        Status::EdnsDuplicate => ParseStatus::EdnsDuplicate,
    };
    let is_truncated = message
        .error
        .is_some_and(|error| error.fault == Fault::Truncated);
    if cut_from.is_some() && is_truncated {
        ParseStatus::Cut
    } else {
        status
    }
}

/// Whether reading went to the end of the last record.
#[inline]
pub(super) fn is_whole(status: ParseStatus) -> bool {
    use ParseStatus::{EdnsDuplicate, EdnsMisplaced, Ok, Opt};
    matches!(status, Ok | Opt | EdnsMisplaced | EdnsDuplicate)
}

/// Whether all options are where the message says, if it has any.
pub(super) fn locates_options(status: ParseStatus) -> bool {
    is_whole(status) && status != ParseStatus::Opt
}
