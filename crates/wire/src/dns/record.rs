//! Resource records (RFC 1035, section 4.1.3), cut by their RDLENGTH, and questions (section 4.1.2).

use super::name::SoundNames;
use super::{Name, Question, RecordType, Section};
use crate::{ParseError, Reader};

/// A resource record, or a question behind the first one.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Section it stands in.
    pub section: Section,
    /// Number of it within its section.
    pub index: u16,
    /// NAME.
    pub owner: Name<'a>,
    /// TYPE.
    pub record_type: RecordType,
    /// CLASS.
    pub class: u16,
    /// TTL, all 32 bits; 0 in a question.
    pub ttl: u32,
    /// RDATA as it is, names in it perhaps compressed; empty in a question.
    pub rdata: &'a [u8],
    /// Where RDATA begins in the message.
    pub rdata_offset: usize,
}

/// TYPE, CLASS, TTL and RDLENGTH.
const FIXED_OCTETS: usize = 10;

impl<'a> Record<'a> {
    /// Splits the record at `start` off, and returns it with where it ends.
    #[inline(always)]
    pub(super) fn split(
        message: &'a [u8],
        start: usize,
        (section, index): (Section, u16),
        names: &mut SoundNames,
    ) -> Result<(Self, usize), ParseError> {
        let (owner, at) = names.split(message, start)?;
        let rest = message.get(at..).unwrap_or_default();
        let Some((fixed, rest)) = rest.split_first_chunk::<FIXED_OCTETS>() else {
            return Err(cut_record(rest, at));
        };
        let [t0, t1, c0, c1, l0, l1, l2, l3, o0, o1] = *fixed;
        let rdata_offset = at.wrapping_add(FIXED_OCTETS);
        let octets = usize::from(u16::from_be_bytes([o0, o1]));
        let Some(rdata) = rest.get(..octets) else {
            return Err(ParseError::truncated("RDATA", rdata_offset));
        };
        let record = Self {
            section,
            index,
            owner,
            record_type: RecordType(u16::from_be_bytes([t0, t1])),
            class: u16::from_be_bytes([c0, c1]),
            ttl: u32::from_be_bytes([l0, l1, l2, l3]),
            rdata,
            rdata_offset,
        };
        Ok((record, rdata_offset.wrapping_add(octets)))
    }

    /// Splits a question behind the first one off.
    pub(super) fn split_question(
        message: &'a [u8],
        start: usize,
        index: u16,
    ) -> Result<(Self, usize), ParseError> {
        let (owner, at) = Name::split(message, start)?;
        let (question, end) = Question::split(message, at)?;
        let record = Self {
            section: Section::Question,
            index,
            owner,
            record_type: question.qtype,
            class: question.qclass,
            ttl: 0,
            rdata: &[],
            rdata_offset: end,
        };
        Ok((record, end))
    }
}

impl Question {
    /// Splits QTYPE and QCLASS off, and returns them with where they end.
    #[inline(always)]
    pub(super) fn split(message: &[u8], at: usize) -> Result<(Self, usize), ParseError> {
        let rest = message.get(at..).unwrap_or_default();
        let Some(&[t0, t1, c0, c1]) = rest.first_chunk::<4>() else {
            return Err(cut_question(rest, at));
        };
        let question = Self {
            qtype: RecordType(u16::from_be_bytes([t0, t1])),
            qclass: u16::from_be_bytes([c0, c1]),
        };
        Ok((question, at.wrapping_add(4)))
    }
}

#[cold]
fn cut_record(rest: &[u8], at: usize) -> ParseError {
    let fields = [("TYPE", 2), ("CLASS", 2), ("TTL", 4), ("RDLENGTH", 2)];
    first_cut(rest, at, &fields)
}

#[cold]
fn cut_question(rest: &[u8], at: usize) -> ParseError {
    first_cut(rest, at, &[("QTYPE", 2), ("QCLASS", 2)])
}

/// The first of some fields that is not there whole.
fn first_cut(rest: &[u8], at: usize, fields: &[(&'static str, usize)]) -> ParseError {
    let mut reader = Reader::new(rest);
    for &(field, octets) in fields {
        if let Err(error) = reader.frame(octets, field) {
            return ParseError::truncated(field, at.wrapping_add(error.offset));
        }
    }
    ParseError::truncated("RDATA", at.wrapping_add(reader.offset()))
}
