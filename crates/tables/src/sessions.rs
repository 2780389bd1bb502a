//! Table `sessions`: what happened to the sessions of peers.

mod builder;
mod columns;

pub use builder::SessionsBuilder;
pub(crate) use columns::{COLUMNS, DOC};

use crate::{ObservedAt, Peer, Provenance, RibView};
use std::net::IpAddr;

/// One event of one peer's session.
#[derive(Clone, Copy, Debug)]
pub struct SessionRow<'a> {
    /// The message.
    pub provenance: &'a Provenance<'a>,
    /// Number of the row within the message and this table.
    pub item: i32,
    /// When it was seen.
    pub observed_at: ObservedAt,
    /// The router's own time, where it is not `observed_at` (BMP).
    pub router_at: Option<i64>,
    /// Whose session.
    pub peer: Option<&'a Peer<'a>>,
    /// What happened.
    pub kind: SessionKind,
    /// State of the BGP finite state machine before (RFC 4271, section 8; RFC 6396, section 4.4.1).
    pub old_state: Option<u16>,
    /// State after.
    pub new_state: Option<u16>,
    /// Reason of a BMP Peer Down or Termination.
    pub reason_code: Option<u16>,
    /// NOTIFICATION error code and subcode (RFC 4271, section 4.5).
    pub notification: Option<(u8, u8)>,
    /// Shutdown communication (RFC 9003), or another text the message gives.
    pub reason_text: Option<&'a str>,
    /// Our side of the session: address and ASN of the collector.
    pub local_ip: Option<IpAddr>,
    /// ASN of the collector.
    pub local_asn: Option<u32>,
    /// TCP port of our end.
    pub local_port: Option<u16>,
    /// TCP port of the peer.
    pub remote_port: Option<u16>,
    /// Which way the BGP message went that tells of the event.
    pub direction: Option<Direction>,
    /// Hold time in seconds, from an OPEN.
    pub hold_time_s: Option<u16>,
    /// The OPEN that the collector sent, whole, as received.
    pub sent_open: Option<&'a [u8]>,
    /// The OPEN that the peer sent, whole, as received.
    pub received_open: Option<&'a [u8]>,
    /// Codes of the capabilities (RFC 5492) in the OPEN; in that of the peer if there are both.
    pub capabilities: Option<&'a [u8]>,
    /// AFI and SAFI of the families for which the peer sends path identifiers (RFC 7911); none if not both OPENs were seen.
    pub add_path: Option<&'a [(u16, u8)]>,
    /// Family of an End-of-RIB (RFC 4724).
    pub family: Option<(u16, u8)>,
    /// sysName of a BMP Initiation.
    pub system_name: Option<&'a str>,
    /// sysDescr of a BMP Initiation.
    pub system_description: Option<&'a str>,
    /// Which of the router's tables the event is about; none where there is no such thing.
    pub rib_view: Option<RibView>,
}

impl<'a> SessionRow<'a> {
    /// An event of which nothing more is known.
    pub const fn new(
        provenance: &'a Provenance<'a>,
        observed_at: ObservedAt,
        peer: Option<&'a Peer<'a>>,
        kind: SessionKind,
    ) -> Self {
        Self {
            provenance,
            item: 0,
            observed_at,
            router_at: None,
            peer,
            kind,
            old_state: None,
            new_state: None,
            reason_code: None,
            notification: None,
            reason_text: None,
            local_ip: None,
            local_asn: None,
            local_port: None,
            remote_port: None,
            direction: None,
            hold_time_s: None,
            sent_open: None,
            received_open: None,
            capabilities: None,
            add_path: None,
            family: None,
            system_name: None,
            system_description: None,
            rib_view: None,
        }
    }
}

/// Which way a BGP message went, seen from the collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The collector sent it.
    Sent,
    /// The peer sent it.
    Received,
}

impl Direction {
    /// As in the column `direction`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
        }
    }
}

/// What happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// The state machine changed its state.
    State,
    /// An OPEN was sent or received.
    Open,
    /// A NOTIFICATION was sent or received.
    Notification,
    /// The initial table of one family is complete (RFC 4724).
    EndOfRib,
    /// A router has a session with the peer (BMP Peer Up).
    Up,
    /// A router has lost its session with the peer (BMP Peer Down): its routes are void.
    Down,
    /// A router begins to report (BMP Initiation).
    Initiation,
    /// A router ends to report (BMP Termination).
    Termination,
    /// A router could not mirror all messages (BMP Route Mirroring, RFC 7854, section 4.7).
    MessagesLost,
}

impl SessionKind {
    /// As in the column `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Open => "open",
            Self::Notification => "notification",
            Self::EndOfRib => "end_of_rib",
            Self::Up => "up",
            Self::Down => "down",
            Self::Initiation => "initiation",
            Self::Termination => "termination",
            Self::MessagesLost => "messages_lost",
        }
    }
}
