//! What a DNS message says, as rows have it: the columns that `dns_messages` and `dns_measurements` share.
//!
//! Feeds that carry the message itself fill all of it; those that carry what somebody else has read in it fill what they
//! were told. What is not known is null.

mod answers;
pub(crate) mod columns;
mod content;
mod edns;
mod header;
pub(crate) mod marks;
mod question;
mod seen;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use content::{Content, ContentColumns, content_octets, narrowed};
pub(crate) use seen::DnsSeenColumns;

use std::net::IpAddr;

/// What a DNS message says.
#[derive(Clone, Copy, Debug, Default)]
pub struct DnsContent<'a> {
    /// Octets of the message, without the length in front of it on TCP.
    pub octets_count: Option<u32>,
    /// The header (RFC 1035, section 4.1.1).
    pub header: DnsHeader,
    /// The first question, where it is known.
    pub question: Option<DnsQuestion<'a>>,
    /// The OPT record (RFC 6891), where there is one.
    pub edns: Option<DnsEdns<'a>>,
    /// The least TTL of the answer section, in seconds, with the top bit read as 0 (RFC 2181, section 8).
    pub answer_ttl_min_s: Option<i64>,
    /// Addresses of A and AAAA records of the answer section, in order.
    pub answer_addresses: &'a [IpAddr],
    /// Targets of CNAME records of the answer section as text, in order.
    pub answer_cnames: TextList<'a>,
    /// Octets behind the last record.
    pub trailing_octets: Option<u32>,
    /// How far it could be read.
    pub parse_status: ParseStatus,
    /// Where reading ended, in octets from the begin of the message.
    pub error_offset: Option<u32>,
    /// The message as received; empty if it is not kept.
    pub raw: Option<&'a [u8]>,
}

/// The header of a DNS message. A field counts only if [`DnsHeader::known`] has its bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DnsHeader {
    /// Which fields are known.
    pub known: u32,
    /// ID.
    pub id: u16,
    /// OPCODE (RFC 1035).
    pub opcode: u8,
    /// RCODE, extended by the OPT record's upper eight bits (RFC 6891, section 6.1.3).
    pub rcode: u16,
    /// The flags, as in the second 16 bits of the header: QR, AA, TC, RD, RA, Z, AD, CD at their places.
    pub flags: u16,
    /// QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT, as claimed.
    pub counts: [u16; 4],
}

impl DnsHeader {
    /// ID is known.
    pub const ID: u32 = 1;
    /// OPCODE is known.
    pub const OPCODE: u32 = 1 << 1;
    /// RCODE is known.
    pub const RCODE: u32 = 1 << 2;
    /// QDCOUNT is known; the other counts have the next three bits.
    pub const QDCOUNT: u32 = 1 << 3;
    /// The bits of all counts.
    pub const COUNTS: u32 = 0b1111 << 3;
    /// A flag is known: its bit in [`DnsHeader::flags`], so many places further up.
    pub const FLAGS_SHIFT: u32 = 8;
    /// AA, TC, RD, RA, Z, AD and CD are known (QR is column `kind`).
    pub const FLAGS: u32 = 0b0000_0111_1111_0000 << Self::FLAGS_SHIFT;
    /// Everything is known.
    pub const ALL: u32 = Self::ID | Self::OPCODE | Self::RCODE | Self::COUNTS | Self::FLAGS;
}

/// The first question of a DNS message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsQuestion<'a> {
    /// QNAME as text: lower-case, `\.`, `\\`, `\DDD`, no final dot, `.` for the root.
    pub qname: &'a str,
    /// Labels of it, without the root's.
    pub qname_labels: u8,
    /// Octets of it on the wire, uncompressed, with the root label.
    pub qname_octets: u16,
    /// Whether it had capital letters (0x20), where that is known.
    pub qname_mixed_case: Option<bool>,
    /// The registered domain: the public suffix and one label more.
    pub registered_domain: Option<&'a str>,
    /// The public suffix.
    pub public_suffix: Option<&'a str>,
    /// QTYPE.
    pub qtype: Option<u16>,
    /// QCLASS.
    pub qclass: Option<u16>,
}

/// The OPT record of a DNS message (RFC 6891).
#[derive(Clone, Copy, Debug, Default)]
pub struct DnsEdns<'a> {
    /// The sender's UDP payload size.
    pub udp_octets: Option<u16>,
    /// VERSION.
    pub version: Option<u8>,
    /// The flags as they are; DO is 0x8000.
    pub flags: Option<u16>,
    /// Codes of all options, in order; none if they are not known.
    pub options: Option<&'a [u16]>,
    /// INFO-CODEs of Extended DNS Errors (RFC 8914), in order.
    pub ede: &'a [u16],
    /// Their EXTRA-TEXT, several separated by `; `.
    pub ede_text: Option<&'a str>,
    /// Name Server Identifier (RFC 5001): text if printable, else hexadecimal.
    pub nsid: Option<&'a str>,
    /// Client Subnet (RFC 7871) as a prefix.
    pub ecs: Option<&'a str>,
    /// SCOPE PREFIX-LENGTH of it.
    pub ecs_scope: Option<u8>,
}

/// Texts one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextList<'a> {
    /// All of them.
    pub text: &'a str,
    /// Where each ends.
    pub ends: &'a [u32],
}

impl<'a> TextList<'a> {
    /// Each text.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> {
        let text = self.text;
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins
            .zip(self.ends)
            .map(move |(begin, end)| text.get(begin as usize..*end as usize).unwrap_or_default())
    }
}

/// How far a DNS message could be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParseStatus {
    /// To its end.
    #[default]
    Ok,
    /// Captured short.
    Cut,
    /// Shorter than a header.
    HeaderShort,
    /// Damaged in the question section.
    Question,
    /// In the answer section.
    Answer,
    /// In the authority section.
    Authority,
    /// In the additional section.
    Additional,
    /// In the options of the OPT record.
    Opt,
    /// An OPT record outside of the additional section.
    EdnsMisplaced,
    /// A second OPT record; the first counts.
    EdnsDuplicate,
}

impl ParseStatus {
    /// All, by their number.
    pub const ALL: [Self; 10] = [
        Self::Ok,
        Self::Cut,
        Self::HeaderShort,
        Self::Question,
        Self::Answer,
        Self::Authority,
        Self::Additional,
        Self::Opt,
        Self::EdnsMisplaced,
        Self::EdnsDuplicate,
    ];

    /// As in the column `parse_status`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Cut => "cut",
            Self::HeaderShort => "header_short",
            Self::Question => "question",
            Self::Answer => "answer",
            Self::Authority => "authority",
            Self::Additional => "additional",
            Self::Opt => "opt",
            Self::EdnsMisplaced => "edns_misplaced",
            Self::EdnsDuplicate => "edns_duplicate",
        }
    }
}
