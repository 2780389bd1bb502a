//! Table `rejects`: what was refused, why, and its octets. A reject is data: nothing is lost in silence.

mod builder;
mod columns;

pub use builder::RejectsBuilder;
pub(crate) use columns::{COLUMNS, DOC};

use crate::{ObservedAt, Peer, Provenance};

/// At most so many octets of a reject are kept.
pub const REJECT_OCTETS_MAX: usize = 64 * 1024;

/// One message, or one part of a message, that was refused.
#[derive(Clone, Copy, Debug)]
pub struct RejectRow<'a> {
    /// The message.
    pub provenance: &'a Provenance<'a>,
    /// Number of the row within the message and this table.
    pub item: i32,
    /// When it was seen; Kafka's time, or ours, where the message cannot say.
    pub observed_at: ObservedAt,
    /// Whose message, where that could be read.
    pub peer: Option<&'a Peer<'a>>,
    /// Kind of fault, for example `truncated`.
    pub reason: &'static str,
    /// The field that was refused, for example `attribute length`.
    pub field: &'static str,
    /// What was done about it.
    pub disposition: Disposition,
    /// Offset of the fault in `octets`.
    pub error_offset: u64,
    /// Type of the message or attribute, where that could be read.
    pub message_type: Option<u16>,
    /// What was refused, as received; empty where privacy forbids to keep it. The builder keeps the first
    /// [`REJECT_OCTETS_MAX`].
    pub octets: &'a [u8],
    /// How many octets were refused.
    pub octets_count: usize,
}

/// What was done about a fault (RFC 7606, section 2, and our own for what lies around BGP).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// The unit gave no row.
    MessageDiscard,
    /// The announced prefixes became withdrawals.
    TreatAsWithdraw,
    /// The attribute was ignored, the rest counts.
    AttributeDiscard,
    /// What was read before the fault counts, the rest is here.
    RestDiscard,
    /// The row was kept as it is.
    Kept,
}

impl Disposition {
    /// As in the column `disposition`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MessageDiscard => "message_discard",
            Self::TreatAsWithdraw => "treat_as_withdraw",
            Self::AttributeDiscard => "attribute_discard",
            Self::RestDiscard => "rest_discard",
            Self::Kept => "kept",
        }
    }
}
