//! The whole message in one pass.

use super::name::SoundNames;
use super::{NameText, Opcode, Record, RecordType};
use crate::{Fault, ParseError};

/// Octets of the header.
const HEADER_OCTETS: usize = 12;

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
///
/// Counts are only believed as far as there are octets.
#[inline]
pub fn read_message<'a>(
    octets: &'a [u8],
    qname: &mut NameText,
    mut each: impl FnMut(&Record<'a>),
) -> Message<'a> {
    qname.clear();
    let mut message = Message::without_header(octets);
    let Some(header) = octets.first_chunk::<HEADER_OCTETS>() else {
        message.error = Some(ParseError::truncated("header", 0));
        return message;
    };
    let header = Header::new(header);
    message.header = Some(header);
    message.status = Status::Ok;
    let read = message
        .read_questions(header.counts, qname, &mut each)
        .and_then(|at| message.read_records(header.counts, at, &mut each));
    match read {
        Ok(end) => message.trailing_octets = trailing_octets(octets, &header, end),
        Err((section, error)) => message.note(Status::Damaged(section), error),
    }
    message
}

/// The sections of resource records, with where their counts stand.
const SECTIONS: [(Section, usize); 3] = [
    (Section::Answer, 1),
    (Section::Authority, 2),
    (Section::Additional, 3),
];

impl<'a> Message<'a> {
    #[inline(always)]
    const fn without_header(octets: &'a [u8]) -> Self {
        Self {
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

    /// Reads the question section, and returns where it ends.
    #[inline(always)]
    fn read_questions(
        &mut self,
        counts: [u16; 4],
        qname: &mut NameText,
        each: &mut impl FnMut(&Record<'a>),
    ) -> Result<usize, (Section, ParseError)> {
        let [count, ..] = counts;
        if count == 0 {
            return Ok(HEADER_OCTETS);
        }
        let damaged = |error| (Section::Question, error);
        let at = qname.read(self.octets, HEADER_OCTETS).map_err(damaged)?;
        let (question, mut at) = Question::split(self.octets, at).map_err(damaged)?;
        self.question = Some(question);
        for index in 1..count {
            let (record, end) = Record::split_question(self.octets, at, index).map_err(damaged)?;
            each(&record);
            at = end;
        }
        Ok(at)
    }

    /// Reads the other sections, and returns where they end.
    #[inline(always)]
    fn read_records(
        &mut self,
        counts: [u16; 4],
        mut at: usize,
        each: &mut impl FnMut(&Record<'a>),
    ) -> Result<usize, (Section, ParseError)> {
        let mut names = SoundNames::new();
        for (section, count) in SECTIONS {
            let count = counts.get(count).copied().unwrap_or_default();
            for index in 0..count {
                let (record, end) = Record::split(self.octets, at, (section, index), &mut names)
                    .map_err(|error| (section, error))?;
                if record.record_type == RecordType::OPT {
                    self.read_opt(&record, at);
                } else if section == Section::Answer {
                    let ttl = seconds(record.ttl);
                    self.answer_ttl_min =
                        Some(self.answer_ttl_min.map_or(ttl, |least| least.min(ttl)));
                }
                each(&record);
                at = end;
            }
        }
        Ok(at)
    }

    /// Takes an OPT record, which begins at `at`.
    #[inline]
    fn read_opt(&mut self, record: &Record<'a>, at: usize) {
        if self.edns.is_some() {
            let error = ParseError::new(Fault::Repeated, "OPT", at);
            return self.note(Status::EdnsDuplicate, error);
        }
        let [extended_rcode, version, high, low] = record.ttl.to_be_bytes();
        let edns = Edns {
            udp_octets: record.class,
            extended_rcode,
            version,
            flags: u16::from_be_bytes([high, low]),
            options: record.rdata,
            options_offset: record.rdata_offset,
        };
        self.edns = Some(edns);
        if record.section != Section::Additional {
            self.note(
                Status::EdnsMisplaced,
                ParseError::bad_value("OPT section", at),
            );
        }
        if self.octets.get(at) != Some(&0) {
            self.note(Status::Opt, ParseError::bad_value("OPT owner", at));
        }
        if let Some(error) = edns.options().find_map(Result::err) {
            self.note(Status::Opt, error);
        }
    }

    /// Takes down what is wrong, unless something at least as bad is known.
    #[cold]
    fn note(&mut self, status: Status, error: ParseError) {
        if status.severity() > self.status.severity() {
            self.status = status;
            self.error = Some(error);
        }
    }
}

impl Status {
    /// What hides most of the message comes first.
    const fn severity(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::EdnsDuplicate => 1,
            Self::EdnsMisplaced => 2,
            Self::Opt => 3,
            Self::Damaged(_) => 4,
            Self::HeaderShort => 5,
        }
    }
}

impl Header {
    #[inline(always)]
    const fn new(octets: &[u8; HEADER_OCTETS]) -> Self {
        let [i0, i1, f0, f1, q0, q1, a0, a1, n0, n1, r0, r1] = *octets;
        Self {
            id: u16::from_be_bytes([i0, i1]),
            flags: u16::from_be_bytes([f0, f1]),
            counts: [
                u16::from_be_bytes([q0, q1]),
                u16::from_be_bytes([a0, a1]),
                u16::from_be_bytes([n0, n1]),
                u16::from_be_bytes([r0, r1]),
            ],
        }
    }

    /// OPCODE.
    #[inline]
    pub const fn opcode(&self) -> Opcode {
        Opcode((self.flags >> 11 & 0xF) as u8)
    }

    /// RCODE without what an OPT record adds to it.
    #[inline]
    pub const fn rcode(&self) -> u8 {
        (self.flags & 0xF) as u8
    }

    /// Whether it is a response.
    #[inline]
    pub const fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }
}

/// Seconds that a TTL means: with the top bit set, none (RFC 2181, section 8).
#[inline]
const fn seconds(ttl: u32) -> u32 {
    if ttl > i32::MAX as u32 { 0 } else { ttl }
}

/// Octets behind the last record.
#[inline]
fn trailing_octets(octets: &[u8], header: &Header, end: usize) -> usize {
    let rest = octets.get(end..).unwrap_or_default();
    if header.opcode() == Opcode::DSO && header.counts == [0; 4] {
        return behind_tlvs(rest);
    }
    rest.len()
}

/// Octets behind the last TLV of DNS Stateful Operations: u16 type, u16 length, data (RFC 8490, section 5.4.4).
#[cold]
fn behind_tlvs(mut rest: &[u8]) -> usize {
    while let Some((&[_, _, high, low], data)) = rest.split_first_chunk::<4>() {
        let octets = usize::from(u16::from_be_bytes([high, low]));
        let Some((_, next)) = data.split_at_checked(octets) else {
            break;
        };
        rest = next;
    }
    rest.len()
}
