//! DNS messages (RFC 1035, section 4) in one pass: the header, the first question, the OPT record, and where each record is;
//! and on demand RDATA of a record, as text or with its names expanded.

mod message;
mod name;
mod options;
mod rdata;
mod record;
mod record_type;
mod tcp;
mod text;

pub use message::{Edns, Header, Message, Question, Section, Status, read_message};
pub use name::Name;
pub use options::{ClientSubnet, Cookie, EdnsOption, ExtendedError, OptionCode};
pub use rdata::RdataError;
pub use record::Record;
pub use record_type::RecordType;
pub use tcp::split_tcp_message;
pub use text::NameText;

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
