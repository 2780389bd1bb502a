//! The columns of `rejects`.

use crate::column::join;
use crate::{Column, Kind, peer, provenance};

/// What a row of `rejects` is.
pub(crate) const DOC: &str = "Messages, and parts of messages, that were refused: why, what was done about it (RFC 7606), and the octets.";

/// The columns of `rejects`.
pub(crate) static COLUMNS: [Column; 23] = join(&[&provenance::COLUMNS, &peer::COLUMNS, &FAULT]);

const FAULT: [Column; 7] = [
    Column::required(
        "reason",
        Kind::Dict,
        "Kind of fault, for example `truncated`.",
    ),
    Column::required(
        "field",
        Kind::Dict,
        "The field that was refused, for example `attribute length`.",
    ),
    Column::required(
        "disposition",
        Kind::Dict,
        "What was done: `message_discard` (no row), `treat_as_withdraw`, `attribute_discard` (RFC 7606), `rest_discard` \
         (what came before counts), `kept` (the row counts as it is).",
    ),
    Column::required(
        "error_offset",
        Kind::Long,
        "Offset of the fault in the octets refused, in octets.",
    ),
    Column::optional(
        "message_type",
        Kind::Int,
        "Type of the message or attribute. Null if that could not be read.",
    ),
    Column::optional(
        "octets",
        Kind::Binary,
        "What was refused, as received; of long ones the first 65,536 octets. Null where the feed's privacy forbids it.",
    ),
    Column::required(
        "octets_count",
        Kind::Long,
        "Octets that were refused, all of them.",
    ),
];
