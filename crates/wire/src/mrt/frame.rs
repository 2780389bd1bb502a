//! Where the next record begins in octets that may be damaged. RFC 6396 has no marks to find records by, so a stretch of
//! damage ends where records follow each other that look right.

use crate::mrt::evidence::{self, Evidence, UNCOUNTED_OCTETS};
use crate::mrt::{HEADER_OCTETS, Record, RecordType, split_record, split_record_and};
use crate::{Fault, ParseError, Reader};

/// So many octets are searched for the next record at a time. More of them are more than one gap.
pub const SCAN_OCTETS_MAX: usize = 1024 * 1024;
/// Octets that a search looks at: those searched, and as many for the records behind.
const WINDOW_OCTETS: usize = 2 * SCAN_OCTETS_MAX;
/// So many records must follow each other behind a gap, unless the first is certain, or the input ends with them.
const CHAIN: usize = 3;
/// So many records of unknown kind are followed by their lengths to find one that is known.
const HOPS_MAX: usize = 8;
/// Neighbours are at most so many seconds apart.
const NEAR_S: u32 = 24 * 3600;

/// What stands at the front of some octets.
#[derive(Clone, Copy, Debug)]
pub enum Frame<'a> {
    /// A record. It may be bad, but the next one begins behind it.
    Record(Record<'a>),
    /// More octets are needed to tell.
    Incomplete,
    /// Damage.
    Gap {
        /// The next record begins behind so many octets, or is not found in them.
        octets: usize,
        /// Why no record begins here.
        error: ParseError,
    },
}

/// Splits a record, or damage, off the front of a file, of which `input` is the next part, or with `is_end` all that is
/// left.
///
/// What proves itself costs no look at the octets behind it. The work is bounded by the octets split off.
#[inline]
pub fn split_frame(input: &[u8], is_end: bool) -> Frame<'_> {
    let (record, after) = match split_record(input) {
        Ok(parts) => parts,
        Err(error) if error.fault == Fault::Truncated && !is_end => return Frame::Incomplete,
        Err(error) => return gap(input, is_end, error),
    };
    match evidence::of(&record) {
        Ok(Evidence::Certain | Evidence::Strong | Evidence::Unseen) => Frame::Record(record),
        Ok(Evidence::Weak) => settle_weak(input, is_end, record, after),
        Ok(Evidence::Doubtful) => settle_doubtful(input, is_end, record, after),
        Err(error) => settle_bad(input, is_end, record, after, error),
    }
}

/// A record that only what follows can prove.
fn settle_weak<'a>(input: &'a [u8], is_end: bool, record: Record<'a>, after: &[u8]) -> Frame<'a> {
    if after.is_empty() && is_end {
        return Frame::Record(record);
    }
    match follows(record.seconds, after, is_end) {
        Answer::Yes => Frame::Record(record),
        Answer::Later => Frame::Incomplete,
        Answer::No => settle_contradicted(input, is_end, record, after),
    }
}

/// A record that something speaks against. It may be a batch, whose length is not what it says; or its length takes in
/// records behind it, even where it happens to end with one of them.
fn settle_doubtful<'a>(
    input: &'a [u8],
    is_end: bool,
    record: Record<'a>,
    after: &[u8],
) -> Frame<'a> {
    let answer = match follows(record.seconds, after, is_end) {
        _ if after.is_empty() && is_end => Answer::Yes,
        answer => answer,
    };
    match answer {
        Answer::Yes => {
            return without_records_inside(record, ParseError::bad_length("length", 8));
        }
        Answer::Later => return Frame::Incomplete,
        Answer::No => {}
    }
    match split_batch(input, is_end, &record) {
        // What follows is against the batch only if there are records in it.
        (Answer::Yes, Some(batch)) if !evidence::is_batch(&batch) => {
            without_records_inside(batch, ParseError::bad_length("length", 8))
        }
        (Answer::Yes, Some(batch)) => Frame::Record(batch),
        (Answer::Later, _) => Frame::Incomplete,
        (Answer::No, Some(batch)) if evidence::is_batch(&batch) => Frame::Record(batch),
        _ => settle_contradicted(input, is_end, record, after),
    }
}

/// A record whose end is contradicted is damage only if another record begins inside it: else the damage is behind it.
#[cold]
fn settle_contradicted<'a>(
    input: &'a [u8],
    is_end: bool,
    record: Record<'a>,
    after: &[u8],
) -> Frame<'a> {
    // Only what will be a gap of its own is searched here once more: so the work stays within the octets split off.
    let is_before_a_bad_record = match split_record(after) {
        Ok((next, behind)) => leads_to_a_record(next.seconds, behind, is_end),
        Err(_) => Answer::No,
    };
    match is_before_a_bad_record {
        Answer::Yes => return Frame::Record(record),
        Answer::Later => return Frame::Incomplete,
        Answer::No => {}
    }
    match scan(input, is_end) {
        Scan::Later => Frame::Incomplete,
        Scan::Found(octets) if octets < record.octets.len() => Frame::Gap {
            octets,
            error: ParseError::bad_length("length", 8),
        },
        _ => Frame::Record(record),
    }
}

/// A record that is bad by itself. Its length may be right all the same, unless it takes in records behind it.
#[cold]
fn settle_bad<'a>(
    input: &'a [u8],
    is_end: bool,
    record: Record<'a>,
    after: &[u8],
    error: ParseError,
) -> Frame<'a> {
    match leads_to_a_record(record.seconds, after, is_end) {
        Answer::Yes => without_records_inside(record, error),
        Answer::Later => Frame::Incomplete,
        Answer::No => gap(input, is_end, error),
    }
}

/// The record, unless others begin inside it up to its end.
#[cold]
fn without_records_inside(record: Record<'_>, error: ParseError) -> Frame<'_> {
    match scan(record.octets, true) {
        Scan::Found(octets) => Frame::Gap { octets, error },
        _ => Frame::Record(record),
    }
}

#[cold]
fn gap(input: &[u8], is_end: bool, error: ParseError) -> Frame<'_> {
    let octets = match scan(input, is_end) {
        Scan::Later => return Frame::Incomplete,
        Scan::Found(octets) => octets,
        Scan::NotFound => input.len().min(SCAN_OCTETS_MAX),
    };
    Frame::Gap { octets, error }
}

/// An answer for which there may not be octets enough yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Later,
}

impl Answer {
    const fn is(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// Whether the record behind one of that time begins at the front, by its header, and by its body where that is there.
#[inline]
fn follows(seconds: u32, input: &[u8], is_end: bool) -> Answer {
    let Some(header) = Header::of(input) else {
        return if is_end { Answer::No } else { Answer::Later };
    };
    match split_record(input) {
        _ if !header.record_type.is_assigned() => Answer::No,
        Ok((record, _)) => Answer::is(evidence::of(&record).is_ok()),
        Err(error) if error.fault != Fault::Truncated => Answer::No,
        // Its body may speak against it yet.
        Err(_) if !is_end => Answer::Later,
        Err(_) => Answer::is(header.is_near(seconds)),
    }
}

/// The record with the octets that its length leaves out, if the next one begins behind those: the first collectors put many
/// routes into one TABLE_DUMP record and did not count view and sequence.
#[cold]
fn split_batch<'a>(
    input: &'a [u8],
    is_end: bool,
    record: &Record<'_>,
) -> (Answer, Option<Record<'a>>) {
    if record.record_type != RecordType::TABLE_DUMP {
        return (Answer::No, None);
    }
    match split_record_and(UNCOUNTED_OCTETS, input) {
        Ok((batch, [])) if is_end => (Answer::Yes, Some(batch)),
        Ok((batch, after)) => (follows(record.seconds, after, is_end), Some(batch)),
        Err(_) if is_end => (Answer::No, None),
        Err(_) => (Answer::Later, None),
    }
}

/// Whether a record that looks right, or the end, is found behind a bad one, perhaps behind others like it.
fn leads_to_a_record(seconds: u32, after: &[u8], is_end: bool) -> Answer {
    let mut rest = after;
    for _ in 0..HOPS_MAX {
        if rest.is_empty() && is_end {
            return Answer::Yes;
        }
        let (record, behind) = match split_record(rest) {
            Ok(parts) => parts,
            Err(error) if error.fault != Fault::Truncated => return Answer::No,
            Err(_) if !is_end => return Answer::Later,
            // The last one is cut off.
            Err(_) => return Answer::is(Header::of(rest).is_some_and(|it| it.is_near(seconds))),
        };
        if !is_near(record.seconds, seconds) {
            return Answer::No;
        }
        if record.record_type.is_decoded() && evidence::of(&record).is_ok() {
            return Answer::Yes;
        }
        rest = behind;
    }
    Answer::No
}

/// What a search has found.
enum Scan {
    /// Records begin behind so many octets.
    Found(usize),
    NotFound,
    Later,
}

/// Searches for the next record behind the first octet.
#[cold]
#[inline(never)]
fn scan(input: &[u8], is_end: bool) -> Scan {
    if input.len() < WINDOW_OCTETS && !is_end {
        return Scan::Later;
    }
    let window = input.get(..WINDOW_OCTETS).unwrap_or(input);
    let is_end = is_end && window.len() == input.len();
    let mut rest = window;
    for octets in 1..=SCAN_OCTETS_MAX {
        let [_, tail @ ..] = rest else { break };
        rest = tail;
        let may_begin = Header::of(rest).is_some_and(|header| header.record_type.is_decoded());
        if may_begin && is_chain(rest, is_end) {
            return Scan::Found(octets);
        }
    }
    Scan::NotFound
}

/// Whether records that look right follow each other from the front, up to the end if they are few.
fn is_chain(input: &[u8], is_end: bool) -> bool {
    let mut rest = input;
    for count in 0..CHAIN {
        if rest.is_empty() && is_end {
            return count > 0;
        }
        let (record, after) = match split_record(rest) {
            Ok(parts) => parts,
            // The last one is cut off.
            Err(error) if error.fault == Fault::Truncated => {
                let looks_right = Header::of(rest).is_none_or(|it| it.record_type.is_assigned());
                return looks_right && count.saturating_add(1) == CHAIN;
            }
            Err(_) => return false,
        };
        match evidence::of(&record) {
            Ok(Evidence::Certain) => return true,
            Ok(_) => rest = behind_batch(&record, rest, after).unwrap_or(after),
            Err(_) => return false,
        }
    }
    true
}

/// What follows a TABLE_DUMP record if it is a batch.
fn behind_batch<'a>(record: &Record<'_>, input: &'a [u8], after: &[u8]) -> Option<&'a [u8]> {
    if record.record_type != RecordType::TABLE_DUMP
        || follows(record.seconds, after, true) == Answer::Yes
    {
        return None;
    }
    let (_, behind) = split_record_and(UNCOUNTED_OCTETS, input).ok()?;
    Some(behind)
}

/// What a header says, whether or not its record is all there.
struct Header {
    seconds: u32,
    record_type: RecordType,
}

impl Header {
    fn of(input: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(input.get(..HEADER_OCTETS)?);
        let seconds = reader.u32("timestamp").ok()?;
        let record_type = RecordType(reader.u16("type").ok()?);
        Some(Self {
            seconds,
            record_type,
        })
    }

    fn is_near(&self, seconds: u32) -> bool {
        is_near(self.seconds, seconds)
    }
}

/// Whether a record of one time may stand beside one of another. Zeros prove nothing.
fn is_near(one: u32, other: u32) -> bool {
    one != 0 && other != 0 && one.abs_diff(other) <= NEAR_S
}

#[cfg(test)]
mod tests;
