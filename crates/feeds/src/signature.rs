//! Which format a message has, by its first octets alone: no memory, so that a replay decodes alike.
//!
//! The formats were not made to be told apart: the time at the front of an MRT record may spell any other signature. Each
//! row of the table asks for as much as keeps it from its neighbours, and the first one that fits decides.

mod protobuf;
mod text;

use crate::message::{MessageRows, NO_ENVELOPE, Reject};
use crate::{Format, Unit, mrt};
use tables::{Disposition, RowSink};
use wire::ParseError;

/// So many octets tell what a unit is, but for white space in front.
const FRONT_OCTETS: usize = 20;
/// Longer white space in front of JSON is not looked behind.
const BLANK_OCTETS_MAX: usize = 1024;
/// The marker of a BGP message (RFC 4271, section 4.1).
const MARKER: [u8; 16] = [0xff; 16];
/// Longer BMP messages are refused by their decoder too.
const BMP_OCTETS_MAX: usize = 1024 * 1024;

/// What the messages of a format look like.
type Signature = fn(&Front<'_>) -> Option<Format>;

/// In this order: a row may rely on those before it.
const SIGNATURES: [Signature; 8] = [
    // Before BMP, for which its length may be the version: its fields are walked, and that of an MRT record has a zero where a
    // tag stands.
    |front| protobuf::is_pdns(front).then_some(Format::Pdns),
    // Before MRT, whose first octet is 3 or 4 in times of 1971 and 1972 alone.
    |front| is_bmp(front).then_some(Format::Bmp),
    // Before all others: its time may spell what they begin with, but they have no zero octet where a record has one, or
    // another type, or do not fit.
    |front| is_mrt(front).then_some(Format::Mrt),
    |front| is_openbmp(front).then_some(Format::OpenBmp),
    // Before dnstap, which may begin with the same octet.
    |front| is_pcap(front).then_some(Format::Pcap),
    |front| protobuf::is_fstrm(front).then_some(Format::Fstrm),
    // Before the texts: its first octet may be a line feed.
    |front| protobuf::is_dnstap(front).then_some(Format::Dnstap),
    text::format_of,
];

/// The front of a message, or of what is left of a file.
struct Front<'a> {
    octets: &'a [u8],
    /// Whether more octets may follow those that are here.
    is_open: bool,
    /// Whether it is of a file, and other units may follow the first.
    is_file: bool,
}

impl Front<'_> {
    /// Whether so many octets are there, or may come.
    fn holds(&self, octets: usize) -> bool {
        self.is_open || octets <= self.octets.len()
    }

    /// The octets from `begin` up to `end`, or those of them that are here.
    fn part(&self, begin: usize, end: usize) -> Option<Self> {
        let here = end.min(self.octets.len());
        Some(Self {
            octets: self.octets.get(begin..here)?,
            is_open: here < end,
            is_file: self.is_file,
        })
    }

    fn u32_at(&self, offset: usize) -> Option<usize> {
        let octets = self.octets.get(offset..)?.first_chunk()?;
        usize::try_from(u32::from_be_bytes(*octets)).ok()
    }
}

/// The format of a message; none if it has no signature that we know.
pub(crate) fn format_of(payload: &[u8]) -> Option<Format> {
    find(&Front {
        octets: payload,
        is_open: false,
        is_file: false,
    })
}

/// Finds the end of the first unit of a file, whatever its format is.
pub(crate) fn first_unit(octets: &[u8], is_end: bool, octets_max: usize) -> Unit {
    let front = Front {
        octets,
        is_open: !is_end,
        is_file: true,
    };
    match find(&front) {
        Some(format) => format.first_unit_within(octets, is_end, octets_max),
        None if !is_end && after_blank(octets).len() < FRONT_OCTETS => Unit::Incomplete,
        None => damage(octets, is_end),
    }
}

/// Octets of no format, up to where MRT records follow each other or a line begins an object: of the other formats nobody
/// can say where they begin.
#[cold]
fn damage(octets: &[u8], is_end: bool) -> Unit {
    // What is no record by its signature may yet have the length of one.
    let gap = match mrt::first_unit(octets, is_end) {
        Unit::Gap(gap) | Unit::Whole(gap) => gap,
        Unit::Part { octets, .. } => octets,
        untold => return untold,
    };
    let gap_octets = octets.get(..gap).unwrap_or(octets);
    let line = gap_octets.windows(2).position(|pair| pair == b"\n{");
    Unit::Gap(line.map_or(gap, |end| end.saturating_add(1)))
}

/// Refuses a message that [`format_of`] does not know.
#[cold]
pub(crate) fn refuse<S: RowSink>(payload: &[u8], rows: &mut MessageRows<'_, S>) {
    if payload.trim_ascii().is_empty() {
        return rows.skip("empty");
    }
    let (reason, field) = if payload.starts_with(&MARKER) {
        // A bare BGP message: nobody says whose it is.
        (NO_ENVELOPE, "message")
    } else if let Some(kind) = blob_kind(payload) {
        ("unsupported_blob", kind)
    } else {
        ("format_unknown", "message")
    };
    let error = ParseError::bad_value(field, 0);
    rows.reject(&Reject {
        reason,
        ..Reject::new(error, Disposition::MessageDiscard, payload)
    });
}

/// What whole files are that are not decoded as messages: packed, or in other containers.
fn blob_kind(payload: &[u8]) -> Option<&'static str> {
    let kind = match payload {
        [0x1f, 0x8b, ..] => "gzip",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => "xz",
        [b'P', b'A', b'R', b'1', ..] => "Parquet",
        // An array whose first element is the name (RFC 8618, section 7.3).
        [0x83 | 0x9f, 0x65, b'C', b'-', b'D', b'N', b'S', ..] => "C-DNS",
        // Its drafts.
        [
            0x83,
            0x68,
            b'D',
            b'N',
            b'S',
            b'-',
            b'S',
            b'T',
            b'A',
            b'T',
            ..,
        ] => "C-DNS draft",
        _ => return None,
    };
    Some(kind)
}

fn find(front: &Front<'_>) -> Option<Format> {
    SIGNATURES.iter().find_map(|signature| signature(front))
}

/// u8 version 3 or 4, u32 length, u8 type (RFC 7854, section 4.1). MRT types have higher numbers than the types of BMP.
fn is_bmp(front: &Front<'_>) -> bool {
    let ([3 | 4, ..], Some(length)) = (front.octets, front.u32_at(1)) else {
        return false;
    };
    let is_known = matches!(front.octets.get(5), Some(0..=6));
    (6..=BMP_OCTETS_MAX).contains(&length) && front.holds(length) && (is_known || !is_mrt(front))
}

/// u32 seconds, u16 type, u16 subtype, u32 length (RFC 6396, section 2). Types below 5 do not count: they carry no routes,
/// and there all other formats have small numbers.
fn is_mrt(front: &Front<'_>) -> bool {
    let (Some([_, _, _, _, 0, record_type, ..]), Some(length)) =
        (front.octets.first_chunk::<12>(), front.u32_at(8))
    else {
        return false;
    };
    let is_known = matches!(record_type, 5..=13 | 16 | 17 | 32 | 33 | 48 | 49);
    is_known
        && length <= wire::mrt::BODY_OCTETS_MAX
        && front.holds(length.saturating_add(wire::mrt::HEADER_OCTETS))
}

/// The magic and the major version, or the first name of a text header, in any case.
fn is_openbmp(front: &Front<'_>) -> bool {
    if let [b'O', b'B', b'M', b'P', version, ..] = front.octets {
        return *version != 0;
    }
    wire::openbmp::begins_text(front.octets)
}

/// The magic of either byte order and its version, or a section header of pcapng with its byte-order magic.
fn is_pcap(front: &Front<'_>) -> bool {
    match front.octets {
        [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, ..] | [0x4d, 0x3c, 0xb2, 0xa1, 2, 0, ..] => true,
        [0xa1, 0xb2, 0xc3, 0xd4, 0, 2, ..] | [0xa1, 0xb2, 0x3c, 0x4d, 0, 2, ..] => true,
        [0x0a, 0x0d, 0x0d, 0x0a, _, _, _, _, magic @ ..] => {
            magic.starts_with(&[0x1a, 0x2b, 0x3c, 0x4d])
                || magic.starts_with(&[0x4d, 0x3c, 0x2b, 0x1a])
        }
        _ => false,
    }
}

fn after_blank(octets: &[u8]) -> &[u8] {
    let near = octets.get(..BLANK_OCTETS_MAX).unwrap_or(octets);
    let blank = near.len().saturating_sub(near.trim_ascii_start().len());
    octets.get(blank..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
