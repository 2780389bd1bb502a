//! The whole message in one pass.

use super::{NameText, Record, RecordType};
use crate::ParseError;

/// What one pass over a message finds.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The message.
    pub octets: &'a [u8],
    /// The header; none if there are fewer than 12 octets.
    pub header: Option<Header>,
    /// The first question, if there is one; its QNAME was written to the text given.
    pub question: Option<Question>,
    /// The first OPT record.
    pub edns: Option<Edns<'a>>,
    /// The least TTL in the answer section, with the top bit read as 0 (RFC 2181, section 8).
    pub answer_ttl_min: Option<u32>,
    /// Octets behind the last record.
    pub trailing_octets: usize,
    /// How far it could be read.
    pub status: Status,
    /// Why not further.
    pub error: Option<ParseError>,
}

/// The header (RFC 1035, section 4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// ID.
    pub id: u16,
    /// QR, OPCODE, AA, TC, RD, RA, Z, AD, CD, RCODE.
    pub flags: u16,
    /// QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT.
    pub counts: [u16; 4],
}

/// QTYPE and QCLASS of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// QTYPE.
    pub qtype: RecordType,
    /// QCLASS.
    pub qclass: u16,
}

/// The OPT record (RFC 6891, section 6.1).
#[derive(Clone, Copy, Debug)]
pub struct Edns<'a> {
    /// The sender's UDP payload size.
    pub udp_octets: u16,
    /// Upper eight bits of the RCODE.
    pub extended_rcode: u8,
    /// VERSION.
    pub version: u8,
    /// DO (0x8000) and Z.
    pub flags: u16,
    /// The options as they are.
    pub options: &'a [u8],
    /// Where they begin in the message.
    pub options_offset: usize,
}

/// Section of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Questions.
    Question,
    /// Answers.
    Answer,
    /// Authority records.
    Authority,
    /// Additional records.
    Additional,
}

/// How far a message could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// To its end.
    Ok,
    /// Shorter than a header.
    HeaderShort,
    /// Damaged in this section.
    Damaged(Section),
    /// Damaged in the options of the OPT record.
    Opt,
    /// An OPT record outside of the additional section.
    EdnsMisplaced,
    /// A second OPT record; the first counts.
    EdnsDuplicate,
}

/// Reads a message. QNAME of the first question goes to `qname` instead of what is there; `each` gets every resource
/// record and every further question, in order.
pub fn read_message<'a>(
    octets: &'a [u8],
    qname: &mut NameText,
    each: impl FnMut(&Record<'a>),
) -> Message<'a> {
    let _ = (qname, each);
    Message {
        octets,
        header: None,
        question: None,
        edns: None,
        answer_ttl_min: None,
        trailing_octets: 0,
        status: Status::HeaderShort,
        error: None,
    }
}
