//! One JSON text as a flat list of values (simd-json's tape), and how to walk it. No tree is built, and every buffer is used
//! again for the next text.
//!
//! The parser unescapes strings in place, in a copy: the text itself stays as it was received. A string begins where it
//! began in the text, so each value can be found there again: errors tell its offset, and a number can be read from its
//! digits instead of from a float. Where the texts of a message or a file begin and end stands in [`units`].

mod address;
pub(crate) mod decimal;
mod units;

pub(crate) use units::first_unit;

use crate::message::{MessageRows, Reject};
use simd_json::{Buffers, INPUT_PADDING, Node, StaticNode, Tape};
use std::fmt::{self, Write};
use std::net::IpAddr;
use tables::{Disposition, RowSink};
use units::{Value, Values};
use wire::{Fault, ParseError};

/// Objects and lists nest no deeper: ours do not even half as deep.
const DEPTH_MAX: usize = 32;
/// Buffers that a larger text has filled are given back: its values take many times its octets.
pub(crate) const KEPT_OCTETS_MAX: usize = 256 * 1024;

/// The parser with its buffers.
pub(crate) struct Json {
    input: Vec<u8>,
    buffers: Buffers,
    nodes: Vec<Node<'static>>,
}

impl Default for Json {
    fn default() -> Self {
        Self {
            input: Vec::new(),
            buffers: Buffers::with_max_depth(0, DEPTH_MAX),
            nodes: Vec::new(),
        }
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Json").finish_non_exhaustive()
    }
}

impl Json {
    /// Parses a text and calls `then` with it.
    ///
    /// # Errors
    /// [`Fault::BadValue`] if it is not valid JSON, or nests deeper than [`DEPTH_MAX`].
    #[inline]
    pub(crate) fn parse(
        &mut self,
        text: &[u8],
        then: impl FnOnce(&Document<'_>),
    ) -> Result<(), ParseError> {
        let Self {
            input,
            buffers,
            nodes,
        } = self;
        input.clear();
        input.extend_from_slice(text);
        input.resize(text.len().saturating_add(INPUT_PADDING), b' ');
        let input_address = input.as_ptr().addr();
        let mut tape = Tape(std::mem::take(nodes)).reset();
        let filled = simd_json::fill_tape_padded(input, text.len(), buffers, &mut tape);
        if filled.is_ok() {
            then(&Document {
                nodes: &tape.0,
                text,
                input_address,
            });
        }
        *nodes = tape.reset().0;
        if text.len() > KEPT_OCTETS_MAX {
            *self = Self::default();
        }
        filled.map_err(|error| ParseError::bad_value("JSON", error.index().min(text.len())))
    }
}

/// Parses the values of a message, one after the other, and calls `then` with each. What is none, or what `then` cannot use, is refused; what is too long
/// is, too. Without any the message is skipped.
#[inline]
pub(crate) fn for_each_value<S: RowSink>(
    message: &[u8],
    json: &mut Json,
    rows: &mut MessageRows<'_, S>,
    mut then: impl FnMut(&Document<'_>, &mut MessageRows<'_, S>) -> Result<(), ParseError>,
) {
    let (mut values, mut count) = (Values::new(message), 0_u32);
    while let Some(value) = values.next() {
        count = count.saturating_add(1);
        let mut text = match value {
            Value::Text(text) => text,
            Value::TooLong(part) => {
                refuse(ParseError::new(Fault::OverLimit, "JSON", 0), part, rows);
                continue;
            }
        };
        while let Err(error) = json.parse(text, |document| {
            if let Err(error) = then(document, rows) {
                refuse(error, document.text(), rows);
            }
        }) {
            match values.cut_shorter(text) {
                Some(shorter) => text = shorter,
                None => {
                    refuse(error, text, rows);
                    break;
                }
            }
        }
    }
    if count == 0 {
        rows.skip("empty");
    }
}

/// A value of a member as read. If it is there and could not be read, a reject tells it: the row does without. An empty text is
/// none.
#[inline]
pub(crate) fn told<T, S: RowSink>(
    document: &Document<'_>,
    field: &'static str,
    place: Place,
    value: Option<T>,
    rows: &mut MessageRows<'_, S>,
) -> Option<T> {
    if value.is_none() && document.has(place) && document.string(place) != Some("") {
        refuse_member(document, field, place, rows);
    }
    value
}

#[cold]
fn refuse_member<S: RowSink>(
    document: &Document<'_>,
    field: &'static str,
    place: Place,
    rows: &mut MessageRows<'_, S>,
) {
    let octets = document.octets_of_member(place);
    let error = ParseError::bad_value(field, 0);
    rows.reject(&Reject::new(error, Disposition::Kept, octets));
}

#[cold]
fn refuse<S: RowSink>(error: ParseError, text: &[u8], rows: &mut MessageRows<'_, S>) {
    rows.reject(&Reject::new(error, Disposition::MessageDiscard, text));
}

/// Where a value stands among those of its document; by default that of a member that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    pub(crate) const ROOT: Self = Self(0);
    const ABSENT: Self = Self(u32::MAX);
}

impl Default for Place {
    fn default() -> Self {
        Self::ABSENT
    }
}

/// A text that has been parsed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'a> {
    nodes: &'a [Node<'a>],
    text: &'a [u8],
    input_address: usize,
}

impl<'a> Document<'a> {
    /// As it was received.
    pub(crate) fn text(&self) -> &'a [u8] {
        self.text
    }

    /// Whether a member is there, and not null.
    #[inline]
    pub(crate) fn has(&self, place: Place) -> bool {
        place != Place::ABSENT
            && !matches!(
                self.node(place),
                None | Some(Node::Static(StaticNode::Null))
            )
    }

    /// Names and values of an object; none of anything else.
    #[inline]
    pub(crate) fn members(&self, object: Place) -> Option<Members<'a>> {
        match self.node(object) {
            Some(Node::Object { len, .. }) => Some(Members(self.inside(object, *len))),
            _ => None,
        }
    }

    /// What a list holds; none of anything else.
    #[inline]
    pub(crate) fn elements(&self, list: Place) -> Option<Elements<'a>> {
        match self.node(list) {
            Some(Node::Array { len, .. }) => Some(self.inside(list, *len)),
            _ => None,
        }
    }

    /// A string.
    #[inline]
    pub(crate) fn string(&self, place: Place) -> Option<&'a str> {
        match self.node(place) {
            Some(Node::String(text)) => Some(text),
            _ => None,
        }
    }

    /// An address.
    #[inline]
    pub(crate) fn address(&self, place: Place) -> Option<IpAddr> {
        address::parse(self.string(place)?)
    }

    /// A whole number from 0 on, also one in quotes: feeds write ASNs both ways.
    #[inline]
    pub(crate) fn number<N: TryFrom<u64>>(&self, place: Place) -> Option<N> {
        let number = match self.node(place) {
            Some(Node::Static(StaticNode::U64(number))) => *number,
            Some(Node::Static(StaticNode::I64(number))) => u64::try_from(*number).ok()?,
            Some(Node::String(digits)) => digits.parse().ok()?,
            _ => return None,
        };
        N::try_from(number).ok()
    }

    /// A whole number, also below 0 and in quotes.
    #[inline]
    pub(crate) fn integer<N: TryFrom<i64>>(&self, place: Place) -> Option<N> {
        let number = match self.node(place) {
            Some(Node::Static(StaticNode::U64(number))) => i64::try_from(*number).ok()?,
            Some(Node::Static(StaticNode::I64(number))) => *number,
            Some(Node::String(digits)) => digits.parse().ok()?,
            _ => return None,
        };
        N::try_from(number).ok()
    }

    /// True or false; also as 1 or 0, which older versions of some feeds write, and in quotes.
    #[inline]
    pub(crate) fn boolean(&self, place: Place) -> Option<bool> {
        match self.node(place)? {
            Node::Static(StaticNode::Bool(is)) => Some(*is),
            Node::Static(StaticNode::U64(0)) => Some(false),
            Node::Static(StaticNode::U64(1)) => Some(true),
            Node::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A number in units of so many powers of ten below one, rounded, from its digits: a float would be off now and then.
    /// Also one in quotes.
    #[inline]
    pub(crate) fn decimal(&self, place: Place, powers: i32) -> Option<i64> {
        match self.node(place)? {
            Node::String(text) => decimal::parse(text.as_bytes(), powers),
            Node::Static(StaticNode::U64(whole)) if powers >= 0 => i64::try_from(*whole)
                .ok()?
                .checked_mul(10_i64.checked_pow(powers.unsigned_abs())?),
            Node::Static(StaticNode::Null | StaticNode::Bool(_)) => None,
            Node::Static(_) => decimal::parse(self.word(place)?, powers),
            _ => None,
        }
    }

    /// A string, or a number as it was written.
    #[inline]
    pub(crate) fn text_or_number(&self, place: Place) -> Option<&'a str> {
        match self.node(place)? {
            Node::String(text) => Some(text),
            Node::Static(StaticNode::Null | StaticNode::Bool(_)) => None,
            Node::Static(_) => std::str::from_utf8(self.word(place)?).ok(),
            _ => None,
        }
    }

    /// The octets of a member that is refused: all of a string, else the front of the value.
    #[cold]
    pub(crate) fn octets_of_member(&self, place: Place) -> &'a [u8] {
        let string = self.string(place).map(str::as_bytes);
        string.or_else(|| self.word(place)).unwrap_or_default()
    }

    /// A member's value up to where a number ends.
    #[inline]
    fn word(&self, place: Place) -> Option<&'a [u8]> {
        let text = self.text_of_member(place)?;
        let is_end =
            |octet: &u8| matches!(octet, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
        let end = text.iter().position(is_end).unwrap_or(text.len());
        text.get(..end)
    }

    /// Writes a value out as JSON without blanks; every string in it passes through `shown`, which appends what is to be shown.
    #[cold]
    pub(crate) fn write_value(
        &self,
        place: Place,
        to: &mut String,
        shown: &mut dyn FnMut(&str, &mut String),
    ) {
        match self.node(place) {
            Some(Node::Object { .. }) => self.write_object(place, to, shown),
            Some(Node::Array { .. }) => {
                to.push('[');
                for (element, number) in self.elements(place).into_iter().flatten().zip(0_u32..) {
                    separate(number, to);
                    self.write_value(element, to, shown);
                }
                to.push(']');
            }
            Some(Node::String(text)) => write_string(text, to, shown),
            // Both write numbers as JSON has them.
            Some(Node::Static(value)) => to.push_str(&value.to_string()),
            None => to.push_str("null"),
        }
    }

    #[cold]
    fn write_object(
        &self,
        object: Place,
        to: &mut String,
        shown: &mut dyn FnMut(&str, &mut String),
    ) {
        to.push('{');
        let members = self.members(object).into_iter().flatten();
        for ((name, value), number) in members.zip(0_u32..) {
            separate(number, to);
            write_string(std::str::from_utf8(name).unwrap_or_default(), to, shown);
            to.push(':');
            self.write_value(value, to, shown);
        }
        to.push('}');
    }

    /// Whether two lists hold the same strings in the same order.
    pub(crate) fn has_same_strings(&self, one: Place, other: Place) -> bool {
        let (Some(one), Some(other)) = (self.elements(one), self.elements(other)) else {
            return false;
        };
        let strings = |elements: Elements<'a>| elements.map(|place| self.string(place));
        strings(one).eq(strings(other))
    }

    /// Where a string begins in the text, behind its quote.
    #[cold]
    pub(crate) fn offset_of(&self, string: &str) -> usize {
        self.offset(string)
    }

    /// Where a member stands in the text: the string that it is, or else its name.
    #[cold]
    pub(crate) fn offset_of_member(&self, place: Place) -> usize {
        match self.string(place).or_else(|| self.name(place)) {
            Some(string) => self.offset(string),
            None => 0,
        }
    }

    /// The text of a member from where its value begins.
    #[inline]
    pub(crate) fn text_of_member(&self, place: Place) -> Option<&'a [u8]> {
        let mut rest = self.text.get(self.offset(self.name(place)?)..)?;
        loop {
            rest = match rest {
                [b'"', rest @ ..] => break rest.trim_ascii_start().strip_prefix(b":"),
                [b'\\', _, rest @ ..] | [_, rest @ ..] => rest,
                [] => break None,
            };
        }
        .map(<[u8]>::trim_ascii_start)
    }

    /// An error about a member.
    #[cold]
    pub(crate) fn bad_value(&self, field: &'static str, place: Place) -> ParseError {
        let fault = if place == Place::ABSENT {
            Fault::Missing
        } else {
            Fault::BadValue
        };
        ParseError::new(fault, field, self.offset_of_member(place))
    }

    #[inline]
    fn node(&self, place: Place) -> Option<&'a Node<'a>> {
        self.nodes.get(place.0 as usize)
    }

    fn name(&self, place: Place) -> Option<&'a str> {
        self.string(Place(place.0.checked_sub(1)?))
    }

    #[inline]
    fn offset(&self, string: &str) -> usize {
        let offset = string.as_ptr().addr().wrapping_sub(self.input_address);
        offset.min(self.text.len())
    }

    #[inline]
    fn inside(&self, place: Place, count: usize) -> Elements<'a> {
        Elements {
            nodes: self.nodes,
            next: Place(place.0.wrapping_add(1)),
            left: count,
        }
    }
}

fn separate(number: u32, to: &mut String) {
    if number != 0 {
        to.push(',');
    }
}

/// Writes what `shown` makes of a string, in quotes and with escapes.
fn write_string(text: &str, to: &mut String, shown: &mut dyn FnMut(&str, &mut String)) {
    let mut plain = String::new();
    shown(text, &mut plain);
    to.push('"');
    for character in plain.chars() {
        match character {
            '"' | '\\' => to.extend(['\\', character]),
            '\0'..='\x1f' => {
                // A String takes whatever it is given.
                let _ = write!(to, "\\u{:04x}", u32::from(character));
            }
            _ => to.push(character),
        }
    }
    to.push('"');
}

/// The places of what a list holds.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a> {
    nodes: &'a [Node<'a>],
    next: Place,
    left: usize,
}

impl Elements<'_> {
    /// Whether there are no more.
    pub(crate) fn is_empty(&self) -> bool {
        self.left == 0
    }
}

impl Iterator for Elements<'_> {
    type Item = Place;

    #[inline]
    fn next(&mut self) -> Option<Place> {
        self.left = self.left.checked_sub(1)?;
        let place = self.next;
        let inside = match self.nodes.get(place.0 as usize)? {
            Node::Object { count, .. } | Node::Array { count, .. } => *count as u32,
            _ => 0,
        };
        self.next = Place(place.0.wrapping_add(inside).wrapping_add(1));
        Some(place)
    }
}

/// The members of an object: their names, and the places of their values.
#[derive(Clone, Debug)]
pub(crate) struct Members<'a>(Elements<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a [u8], Place);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        // A name counts as no element: step over it by hand.
        let Some(Node::String(name)) = self.0.nodes.get(self.0.next.0 as usize) else {
            return None;
        };
        let before = self.0.next;
        self.0.next = Place(before.0.wrapping_add(1));
        match self.0.next() {
            Some(place) => Some((name.as_bytes(), place)),
            None => {
                self.0.next = before;
                None
            }
        }
    }
}
