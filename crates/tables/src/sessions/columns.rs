//! The columns of `sessions`.

use crate::column::join;
use crate::{Column, Kind, peer, provenance};

/// What a row of `sessions` is.
pub(crate) const DOC: &str = "What happened to the BGP sessions of peers: state changes, OPEN and NOTIFICATION messages, ends of initial tables; and \
     to the routers that report them (BMP).";

/// The columns of `sessions`.
pub(crate) static COLUMNS: [Column; 39] = join(&[
    &provenance::COLUMNS,
    &SEEN,
    &peer::COLUMNS,
    &EVENT,
    &ENDS,
    &OPEN,
    &VIEW,
]);

const SEEN: [Column; 1] = [Column::optional(
    "router_at",
    Kind::Timestamp,
    "The router's own time from the BMP per-peer header (RFC 7854, section 4.2), which may be years off. Null if there \
     is none, or it is `observed_at`.",
)];

const EVENT: [Column; 8] = [
    Column::required(
        "kind",
        Kind::Dict,
        "`up`, `down`: there is, or is no longer, a session with the peer: the monitored router's (BMP, RFC 7854) or the \
         collector's (RIS Live); `state`: the collector's own session changed its state (MRT, RFC 6396; RIS Live, where \
         it is neither up nor down); `initiation`, `termination`: a router begins, or ends, to report, \
         `messages_lost`: it could not mirror all messages (BMP); `open`, `notification` (BGP, RFC 4271); \
         `end_of_rib`: a peer's initial table of one family is complete (RFC 4724). After `down`, or a second `up`, the \
         peer's routes are void; no rows withdraw them.",
    ),
    Column::optional(
        "old_state",
        Kind::Int,
        "State of the BGP finite state machine before (RFC 6396, section 4.4.1): 1 Idle, 2 Connect, 3 Active, 4 \
         OpenSent, 5 OpenConfirm, 6 Established. Null unless `kind` is `state` and the format is MRT.",
    ),
    Column::optional(
        "new_state",
        Kind::Int,
        "State after, as `old_state`. Null where `old_state` is.",
    ),
    Column::optional(
        "reason_code",
        Kind::Int,
        "Reason of a BMP Peer Down (RFC 7854, section 4.9) if `kind` is `down`, or of a Termination (section 4.5) if it is \
         `termination`. Null for other kinds, and where none is given.",
    ),
    Column::optional(
        "notification_code",
        Kind::Int,
        "Error code of a NOTIFICATION (RFC 4271, section 4.5). Null where there was none.",
    ),
    Column::optional(
        "notification_subcode",
        Kind::Int,
        "Error subcode of a NOTIFICATION (RFC 4271, section 4.5). Null where there was none.",
    ),
    Column::optional(
        "reason_text",
        Kind::Text,
        "Shutdown communication (RFC 9003), or another text that the message gives. Null if there is none.",
    ),
    Column::optional(
        "direction",
        Kind::Dict,
        "`sent` or `received` by our end, of the BGP message that tells of the event. Null if there is none.",
    ),
];

const ENDS: [Column; 5] = [
    Column::optional(
        "local_ip",
        Kind::Dict,
        "Address of our end of the session as text. Null if nobody says.",
    ),
    Column::optional(
        "local_asn",
        Kind::Long,
        "ASN of our end of the session. Null if nobody says.",
    ),
    Column::optional(
        "hold_time_s",
        Kind::Long,
        "Hold Time of an OPEN, in seconds (RFC 4271). Null without an OPEN.",
    ),
    Column::optional(
        "local_port",
        Kind::Int,
        "TCP port of our end, which of BMP is the router (RFC 7854, section 4.10). Null outside of a BMP Peer Up, and \
         where it gives none.",
    ),
    Column::optional(
        "remote_port",
        Kind::Int,
        "TCP port of the peer (RFC 7854, section 4.10). Null where `local_port` is.",
    ),
];

const OPEN: [Column; 8] = [
    Column::optional(
        "sent_open",
        Kind::Binary,
        "The OPEN that our end sent, whole, as received. Null without one.",
    ),
    Column::optional(
        "received_open",
        Kind::Binary,
        "The OPEN that the peer sent, whole, as received. Null without one.",
    ),
    Column::optional(
        "capabilities",
        Kind::List(&Kind::Int),
        "Codes of the capabilities (RFC 5492) in the OPEN, in order; in that of the peer if there are both. Null without one.",
    ),
    Column::optional(
        "add_path",
        Kind::List(&Kind::Text),
        "Families for which the peer sends Path Identifiers, because both OPENs say so (RFC 7911, section 4), each as \
         `AFI/SAFI`: `1/1` is IPv4 unicast. Empty if there are none. Null if not both OPENs were seen.",
    ),
    Column::optional(
        "afi",
        Kind::Int,
        "Family of an End-of-RIB (RFC 4724): AFI. Null unless `kind` is `end_of_rib`.",
    ),
    Column::optional(
        "safi",
        Kind::Int,
        "Family of an End-of-RIB (RFC 4724): SAFI. Null unless `kind` is `end_of_rib`.",
    ),
    Column::optional(
        "system_name",
        Kind::Text,
        "sysName of a BMP Initiation (RFC 7854, section 4.4). Null unless `kind` is `initiation`, and if it gives none.",
    ),
    Column::optional(
        "system_description",
        Kind::Text,
        "sysDescr of a BMP Initiation (RFC 7854, section 4.4). Null unless `kind` is `initiation`, and if it gives none.",
    ),
];

const VIEW: [Column; 1] = [Column::optional(
    "rib_view",
    Kind::Dict,
    "Which of the router's tables the event is about, as in `routes`: the one that is complete if `kind` is `end_of_rib`; \
     `loc_rib` if the peer stands for that table (RFC 9069). Null elsewhere: a session is of no table.",
)];
