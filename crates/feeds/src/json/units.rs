//! Where JSON values begin and end: of files, and of messages that hold many of them.
//!
//! Values are objects: one per line, over several lines, behind `RESULT` as a probe of RIPE Atlas prints them, one after the
//! other, or elements of a list. Each is a unit of its own; white space and the `[`, `,` and `]` around it belong to the unit
//! beside them and are passed over, so a list may be of any length.
//!
//! A value that is never closed must not swallow those behind it: it ends where a line begins a value in its first column, if
//! that is no valid JSON. A list that is not closed inside of an object ends with the object.

use crate::Unit;
use memchr::{memchr, memchr2, memchr3};

/// Longer values are refused: our limit.
pub(crate) const VALUE_OCTETS_MAX: usize = 2 * 1024 * 1024;
/// Pieces of a value that is longer.
const GAP_OCTETS: usize = crate::GAP_OCTETS_MAX;
/// What is opened is remembered as bits.
const DEPTH_MAX: u32 = 64;
/// In front of what a probe prints.
const RESULT: &[u8] = b"RESULT";
/// Longer lines are looked through.
const NEAR_OCTETS: usize = 4096;

/// Finds the end of the first unit of a file.
pub(crate) fn first_unit(octets: &[u8], is_end: bool) -> Unit {
    let front = octets
        .get(..octets.len().min(VALUE_OCTETS_MAX))
        .unwrap_or(octets);
    let is_last = is_end && front.len() == octets.len() || front.len() == VALUE_OCTETS_MAX;
    match end_of_unit(front, is_last) {
        Some(end) => Unit::Whole(end),
        None if octets.len() >= VALUE_OCTETS_MAX => Unit::Gap(GAP_OCTETS),
        None if is_end && !octets.is_empty() => Unit::Whole(octets.len()),
        None => Unit::Incomplete,
    }
}

/// The values of a message, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Values<'a> {
    message: &'a [u8],
    at: usize,
    /// Up to here a line was parsed whole, and held several values: each is looked for by itself.
    looked_through: usize,
}

/// What stands at the front of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A value, or what should be one, without anything around it.
    Text(&'a [u8]),
    /// A part of one that is too long.
    TooLong(&'a [u8]),
}

impl<'a> Values<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self {
            message,
            at: 0,
            looked_through: 0,
        }
    }

    /// The next value.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<Value<'a>> {
        let rest = self.message.get(self.at..)?;
        let around = octets_around(rest);
        let begin = self.at.saturating_add(around);
        let text = rest.get(around..).filter(|text| !text.is_empty())?;
        let line = (begin >= self.looked_through).then(|| end_of_line(text));
        let unit = match line.flatten() {
            Some(end) => Unit::Whole(end),
            None => first_unit(text, true),
        };
        let (octets, is_gap) = match unit {
            Unit::Whole(octets) => (octets, false),
            Unit::Gap(octets) => (octets, true),
            Unit::Part { .. } | Unit::Incomplete | Unit::Damaged => (text.len(), false),
        };
        self.at = begin.saturating_add(octets);
        let value = text.get(..octets).unwrap_or(text);
        Some(if is_gap {
            Value::TooLong(value)
        } else {
            Value::Text(without_end(value))
        })
    }

    /// The first value of a text that was the last one, and turned out to be more than one: the others are next.
    #[cold]
    pub(crate) fn cut_shorter(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        let Scan::Closed(end) = scan(text) else {
            return None;
        };
        let (value, behind) = text.split_at_checked(end)?;
        if behind.is_empty() {
            return None;
        }
        let begin = text
            .as_ptr()
            .addr()
            .checked_sub(self.message.as_ptr().addr())?;
        self.at = begin.checked_add(end)?;
        self.looked_through = begin.checked_add(text.len())?;
        Some(value)
    }
}

/// The end of a line near by that looks like one value: the last of the text, or with another in the next line. It may hold
/// several values: that shows when it is parsed.
#[inline]
fn end_of_line(text: &[u8]) -> Option<usize> {
    if text.first() != Some(&b'{') {
        return None;
    }
    let near = text.get(..NEAR_OCTETS).unwrap_or(text);
    let end = match memchr(b'\n', near) {
        Some(end) if text.get(end.saturating_add(1)..).is_some_and(ends_line) => {
            end.saturating_add(1)
        }
        None if near.len() == text.len() => text.len(),
        _ => return None,
    };
    let line = near.get(..end)?.trim_ascii_end();
    line.ends_with(b"}").then_some(end)
}

/// The end of the first value with what belongs to it; none if it is not there. What is last is all that is looked at.
fn end_of_unit(front: &[u8], is_last: bool) -> Option<usize> {
    let around = octets_around(front);
    let text = front.get(around..).filter(|text| !text.is_empty())?;
    let end = match text.first() {
        Some(b'{') => match scan(text) {
            Scan::Closed(end) => end_with_separators(text, end, is_last),
            Scan::Open if !is_last => None,
            Scan::Open | Scan::Broken => next_value(text),
        },
        _ => end_of_other(text),
    };
    end.map(|end| around.saturating_add(end))
}

/// The end of what is no value: of the line, or where a comma leads to a value.
#[cold]
fn end_of_other(text: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    loop {
        let found = memchr2(b'\n', b'{', text.get(at..)?)?;
        at = at.saturating_add(found);
        let before = text.get(..at)?.trim_ascii_end();
        match text.get(at)? {
            b'{' if !before.ends_with(b",") => at = at.saturating_add(1),
            b'{' => return Some(at),
            _ => return Some(at.saturating_add(1)),
        }
    }
}

/// So many octets in front of a value do not belong to it.
#[inline]
fn octets_around(text: &[u8]) -> usize {
    let is_around = |octet: &u8| octet.is_ascii_whitespace() || matches!(octet, b'[' | b',' | b']');
    let blank = text.iter().take_while(|octet| is_around(octet)).count();
    let rest = text.get(blank..).unwrap_or_default();
    let Some(printed) = rest.strip_prefix(RESULT) else {
        return blank;
    };
    let blanks = printed.iter().take_while(|octet| **octet == b' ');
    let object = blanks.count();
    if printed.get(object) == Some(&b'{') {
        let octets = blank.saturating_add(RESULT.len());
        octets.saturating_add(object)
    } else {
        blank
    }
}

/// A value without what is passed over behind it.
#[inline]
fn without_end(value: &[u8]) -> &[u8] {
    let mut value = value.trim_ascii_end();
    while let [front @ .., b',' | b']'] = value {
        value = front.trim_ascii_end();
    }
    value
}

/// The end of what belongs to a value that is closed: separators up to the end of the line. None if more may follow.
fn end_with_separators(text: &[u8], end: usize, is_last: bool) -> Option<usize> {
    let behind = text.get(end..).unwrap_or_default();
    for (octet, count) in behind.iter().zip(1_usize..) {
        match octet {
            b'\n' => return Some(end.saturating_add(count)),
            b' ' | b'\t' | b'\r' | b',' | b']' => {}
            _ => return Some(end.saturating_add(count).saturating_sub(1)),
        }
    }
    is_last.then_some(text.len())
}

/// Where a value begins behind the first line: that of one which never ends.
#[cold]
fn next_value(text: &[u8]) -> Option<usize> {
    let mut at = 0_usize;
    loop {
        let rest = text.get(at..)?;
        at = at.saturating_add(memchr(b'\n', rest)?).saturating_add(1);
        if text.get(at..).is_some_and(begins_value) {
            return Some(at);
        }
    }
}

/// Whether what follows a line shows that it has ended a value: nothing, or the next value.
#[inline]
fn ends_line(behind: &[u8]) -> bool {
    behind.is_empty() || begins_value(behind)
}

/// Whether a value begins in the first column of a line.
#[inline]
fn begins_value(line: &[u8]) -> bool {
    matches!(line, [b'{' | b'[', ..]) || line.starts_with(RESULT)
}

/// What becomes of an object that is looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scan {
    /// It ends there.
    Closed(usize),
    /// Its end is not there.
    Open,
    /// It is no valid JSON.
    Broken,
}

/// Looks through an object: only at what opens and closes, and at new lines.
fn scan(text: &[u8]) -> Scan {
    // One bit for all that is open, the last one lowest: whether it is a list.
    let (mut lists, mut depth, mut at) = (0_u64, 0_u32, 0_usize);
    while let Some(octet) = text.get(at) {
        at = at.wrapping_add(1);
        match octet {
            b'"' => match end_of_string(text, at) {
                Scan::Closed(end) => at = end,
                unclosed => return unclosed,
            },
            b'{' | b'[' => {
                if depth == DEPTH_MAX {
                    return Scan::Broken;
                }
                depth = depth.wrapping_add(1);
                lists = lists.wrapping_shl(1) | u64::from(*octet == b'[');
            }
            b'}' => {
                // Lists end with their object. The outermost is none.
                let open_lists = lists.trailing_ones();
                let closed = open_lists.wrapping_add(1);
                lists = lists.checked_shr(closed).unwrap_or(0);
                depth = depth.saturating_sub(closed);
                if depth == 0 {
                    return Scan::Closed(at);
                }
            }
            b']' => {
                if lists & 1 == 0 {
                    return Scan::Broken;
                }
                lists = lists.wrapping_shr(1);
                depth = depth.wrapping_sub(1);
            }
            b'\n' if !may_go_on(text, at, lists & 1 == 1) => return Scan::Broken,
            _ => {}
        }
    }
    Scan::Open
}

/// The end of a string that begins there. It holds no new line.
#[inline]
fn end_of_string(text: &[u8], begin: usize) -> Scan {
    let mut at = begin;
    while let Some(found) = memchr3(b'"', b'\\', b'\n', text.get(at..).unwrap_or_default()) {
        let place = at.wrapping_add(found);
        match text.get(place) {
            Some(b'"') => return Scan::Closed(place.wrapping_add(1)),
            Some(b'\\') => at = place.wrapping_add(2),
            _ => return Scan::Broken,
        }
    }
    Scan::Open
}

/// Whether what is open may go on in a line, and be it with a value in its first column.
fn may_go_on(text: &[u8], line: usize, in_list: bool) -> bool {
    let Some(rest) = text.get(line..).filter(|rest| begins_value(rest)) else {
        return true;
    };
    let before = text.get(..line).unwrap_or_default().trim_ascii_end();
    let is_expected = match before.last() {
        Some(b':' | b'[') => true,
        Some(b',') => in_list,
        _ => false,
    };
    is_expected && !rest.starts_with(RESULT)
}

#[cfg(test)]
mod tests;
