//! DNS messages (RFC 1035, section 4) in one pass: the header, the first question, the OPT record, and where each record is.

mod message;
mod name;
mod options;
mod rdata;
mod record;
mod tcp;
mod text;

pub use message::{Edns, Header, Message, Question, Section, Status, read_message};
pub use name::Name;
pub use options::{ClientSubnet, Cookie, EdnsOption, ExtendedError, OptionCode};
pub use record::Record;
pub use tcp::split_tcp_message;
pub use text::NameText;

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

/// OPCODE (IANA, DNS OpCodes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opcode(pub u8);

impl Opcode {
    /// Standard query (RFC 1035).
    pub const QUERY: Self = Self(0);
    /// Change of a zone (RFC 1996).
    pub const NOTIFY: Self = Self(4);
    /// Dynamic update (RFC 2136).
    pub const UPDATE: Self = Self(5);
    /// DNS Stateful Operations (RFC 8490).
    pub const DSO: Self = Self(6);
}

#[cfg(test)]
mod tests;
