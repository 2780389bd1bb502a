//! What a decoder did that leaves no trace of its own in the tables, or one that is hard to count there.

/// Kinds of notice. They are counted, never logged one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A BGP message longer than 4,096 octets (RFC 8654).
    ExtendedMessage,
    /// The width of ASNs was inferred, against what the message says.
    AsWidthInferred,
    /// Path identifiers were read where nobody has announced them, or not read where somebody has.
    PathIdsInferred,
    /// A peer has shown often enough that it sends path identifiers unannounced.
    PathIdsLearned,
    /// A peer was not remembered, because too many are.
    PeerForgotten,
    /// The feed's own time was too far from that of its envelope, and was not believed.
    TimeReplaced,
    /// The next record was found behind damaged octets.
    Resynchronised,
    /// Octets that belong to no record.
    DamagedOctets,
    /// A captured packet without IP, or of a link type that is not known.
    PacketNotIp,
    /// A captured packet without DNS: no UDP or TCP with a port of it, or nothing in it.
    PacketNotDns,
    /// A DNS message on TCP of length 0.
    TcpMessageEmpty,
}

impl Notice {
    /// All, by their number.
    pub const ALL: [Self; 11] = [
        Self::ExtendedMessage,
        Self::AsWidthInferred,
        Self::PathIdsInferred,
        Self::PathIdsLearned,
        Self::PeerForgotten,
        Self::TimeReplaced,
        Self::Resynchronised,
        Self::DamagedOctets,
        Self::PacketNotIp,
        Self::PacketNotDns,
        Self::TcpMessageEmpty,
    ];

    /// As in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExtendedMessage => "extended_message",
            Self::AsWidthInferred => "as_width_inferred",
            Self::PathIdsInferred => "path_ids_inferred",
            Self::PathIdsLearned => "path_ids_learned",
            Self::PeerForgotten => "peer_forgotten",
            Self::TimeReplaced => "time_replaced",
            Self::Resynchronised => "resynchronised",
            Self::DamagedOctets => "damaged_octets",
            Self::PacketNotIp => "packet_not_ip",
            Self::PacketNotDns => "packet_not_dns",
            Self::TcpMessageEmpty => "tcp_message_empty",
        }
    }
}

/// How often each kind was noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notices([u64; Notice::ALL.len()]);

impl Notices {
    /// Kinds and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Notice, u64)> {
        Notice::ALL.into_iter().zip(self.0)
    }

    #[cold]
    pub(crate) fn add(&mut self, notice: Notice, more: u64) {
        if let Some(count) = self.0.get_mut(notice as usize) {
            *count = count.saturating_add(more);
        }
    }
}
