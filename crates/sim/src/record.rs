//! One message of a feed and the rows that it must become.

use std::net::IpAddr;
use std::ops::AddAssign;

/// One complete MRT record (RFC 6396), or one message of an OpenBMP collector, or one of dnstap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Time in its header, UTC microseconds since 1970; never before that of the record before it.
    pub at_us: i64,
    /// Address of the peer that it is about, or of the resolver's client: the key of the Kafka message. None for table
    /// dumps, which must stay in one partition and in order, and for what is about no peer.
    pub peer_ip: Option<IpAddr>,
    /// The message, header included.
    pub octets: Vec<u8>,
    /// What must come of it.
    pub expected: Expected,
}

/// How many rows of each table a record becomes. All zero: the record is skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Rows of `routes`: prefixes announced and withdrawn.
    pub routes: u64,
    /// Rows of `rib`: entries of a table dump.
    pub rib: u64,
    /// Rows of `sessions`: state changes, OPEN, NOTIFICATION, End-of-RIB; of BMP Peer Up, Peer Down, Initiation.
    pub sessions: u64,
    /// Rows of `bmp_stats`: statistics of a router.
    pub bmp_stats: u64,
    /// Rows of `dns_messages`: queries and responses.
    pub dns_messages: u64,
    /// Those of them that are damaged on purpose: their `parse_status` is not `ok`.
    pub dns_damaged: u64,
    /// Rows of `rejects`: faults put in on purpose.
    pub rejects: u64,
}

impl Expected {
    /// One row of `sessions`.
    pub(crate) const SESSION: Self = Self {
        sessions: 1,
        ..Self::NOTHING
    };
    /// No row.
    pub(crate) const NOTHING: Self = Self {
        routes: 0,
        rib: 0,
        sessions: 0,
        bmp_stats: 0,
        dns_messages: 0,
        dns_damaged: 0,
        rejects: 0,
    };

    /// So many sound rows of `dns_messages`.
    pub(crate) fn dns(rows: u64) -> Self {
        Self {
            dns_messages: rows,
            ..Self::NOTHING
        }
    }

    /// Rows of data: all but rejects.
    pub fn data_rows(&self) -> u64 {
        self.routes + self.rib + self.sessions + self.bmp_stats + self.dns_messages
    }
}

impl AddAssign for Expected {
    fn add_assign(&mut self, other: Self) {
        self.routes += other.routes;
        self.rib += other.rib;
        self.sessions += other.sessions;
        self.bmp_stats += other.bmp_stats;
        self.dns_messages += other.dns_messages;
        self.dns_damaged += other.dns_damaged;
        self.rejects += other.rejects;
    }
}
