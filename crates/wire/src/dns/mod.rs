//! DNS messages (RFC 1035, section 4) in one pass: the header, the first question, the OPT record, and where each record is.

mod message;
mod name;
mod record;

pub use message::{Edns, Header, Message, Question, Section, Status, read_message};
pub use name::{Name, NameText};
pub use record::Record;

/// TYPE of a resource record (IANA, DNS Parameters).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordType(pub u16);

impl RecordType {
    /// IPv4 address (RFC 1035).
    pub const A: Self = Self(1);
    /// Canonical name (RFC 1035).
    pub const CNAME: Self = Self(5);
    /// IPv6 address (RFC 3596).
    pub const AAAA: Self = Self(28);
    /// EDNS (RFC 6891).
    pub const OPT: Self = Self(41);
}
