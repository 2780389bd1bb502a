//! AS_PATH and AS4_PATH (RFC 4271, section 4.3; RFC 5065; RFC 6793).

use crate::{ParseError, Reader};

/// Octets per autonomous system number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsnWidth {
    /// Two (RFC 4271).
    Two,
    /// Four (RFC 6793).
    Four,
}

impl AsnWidth {
    /// Octets per ASN.
    #[inline]
    pub const fn octets(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Two => Self::Four,
            Self::Four => Self::Two,
        }
    }

    /// Reads one ASN.
    #[inline(always)]
    pub(crate) fn read(
        self,
        reader: &mut Reader<'_>,
        field: &'static str,
    ) -> Result<u32, ParseError> {
        match self {
            Self::Two => reader.u16(field).map(u32::from),
            Self::Four => reader.u32(field),
        }
    }
}

/// Type of a path segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentType(pub u8);

impl SegmentType {
    /// AS_SET: unordered.
    pub const SET: Self = Self(1);
    /// AS_SEQUENCE: ordered.
    pub const SEQUENCE: Self = Self(2);
    /// AS_CONFED_SEQUENCE (RFC 5065).
    pub const CONFED_SEQUENCE: Self = Self(3);
    /// AS_CONFED_SET (RFC 5065).
    pub const CONFED_SET: Self = Self(4);

    /// Whether it stays inside a confederation, so that it does not count in a path's length.
    pub const fn is_confed(self) -> bool {
        matches!(self, Self::CONFED_SEQUENCE | Self::CONFED_SET)
    }
}

/// One segment: u8 type | u8 count | ASNs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// What it is.
    pub segment_type: SegmentType,
    /// Number of its ASNs.
    pub count: u8,
    /// Its ASNs as received.
    pub asns: &'a [u8],
    width: AsnWidth,
}

impl Segment<'_> {
    /// How much it counts in a path's length (RFC 6793, section 4.2.3).
    fn hops(&self) -> usize {
        match self.segment_type {
            SegmentType::SET => 1,
            SegmentType::SEQUENCE => usize::from(self.count),
            _ => 0,
        }
    }

    /// Its first `count` ASNs as four octets each.
    fn wide_asns(&self, count: u8) -> impl Iterator<Item = [u8; 4]> + '_ {
        self.asns
            .chunks_exact(self.width.octets())
            .take(usize::from(count))
            .map(|asn| match *asn {
                [a, b] => [0, 0, a, b],
                [a, b, c, d] => [a, b, c, d],
                _ => [0; 4],
            })
    }
}

/// The segments of a path; ends early at a fault.
#[derive(Clone, Copy, Debug)]
pub struct Segments<'a> {
    rest: &'a [u8],
    width: AsnWidth,
}

impl<'a> Segments<'a> {
    /// Over the value of an AS_PATH.
    pub const fn new(path: &'a [u8], width: AsnWidth) -> Self {
        Self { rest: path, width }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let [segment_type, count, rest @ ..] = self.rest else {
            return None;
        };
        let octets = usize::from(*count).checked_mul(self.width.octets())?;
        let (asns, rest) = rest.split_at_checked(octets)?;
        self.rest = rest;
        Some(Segment {
            segment_type: SegmentType(*segment_type),
            count: *count,
            asns,
            width: self.width,
        })
    }
}

/// What a path looks like when its ASNs have a given width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathShape {
    /// No segment at all.
    Empty,
    /// One AS_SEQUENCE.
    Sequence,
    /// Anything else that is well-formed.
    Segments,
    /// The walk does not end exactly, a segment is empty, or its type unknown.
    Malformed,
}

/// Walks the segments of a path.
#[inline]
pub fn path_shape(path: &[u8], width: AsnWidth) -> PathShape {
    match path {
        [] => PathShape::Empty,
        [2, count, asns @ ..]
            if *count > 0 && asns.len() == usize::from(*count).wrapping_mul(width.octets()) =>
        {
            PathShape::Sequence
        }
        _ => shape_by_walk(path, width),
    }
}

#[cold]
fn shape_by_walk(path: &[u8], width: AsnWidth) -> PathShape {
    let mut segments = Segments::new(path, width);
    for segment in segments.by_ref() {
        if segment.asns.is_empty() || !matches!(segment.segment_type.0, 1..=4) {
            return PathShape::Malformed;
        }
    }
    if segments.rest.is_empty() {
        PathShape::Segments
    } else {
        PathShape::Malformed
    }
}

/// Writes a path of either width as segments of four-octet ASNs, through `write`.
pub fn widen_path(path: &[u8], width: AsnWidth, write: impl FnMut(&[u8])) {
    let mut writer = SegmentWriter { write };
    for segment in Segments::new(path, width) {
        writer.segment(&segment, usize::MAX);
    }
}

/// Merges AS_PATH, whose ASNs have two octets, with AS4_PATH (RFC 6793, section 4.2.3): as much of the front of
/// AS_PATH as AS4_PATH lacks, then AS4_PATH. Written as segments of four-octet ASNs. An AS4_PATH that is longer is
/// ignored, and so are segments of confederations in it (section 6).
pub fn merge_as4_path(as_path: &[u8], as4_path: &[u8], write: impl FnMut(&[u8])) {
    let old = Segments::new(as_path, AsnWidth::Two);
    let new =
        Segments::new(as4_path, AsnWidth::Four).filter(|segment| !segment.segment_type.is_confed());
    let hops = |segments: &mut dyn Iterator<Item = Segment<'_>>| {
        segments.map(|segment| segment.hops()).sum::<usize>()
    };
    let Some(mut missing) = hops(&mut old.into_iter()).checked_sub(hops(&mut new.clone())) else {
        return widen_path(as_path, AsnWidth::Two, write);
    };
    let mut writer = SegmentWriter { write };
    let mut is_leading = true;
    for segment in old {
        let taken = if segment.segment_type == SegmentType::SEQUENCE {
            missing
        } else {
            usize::MAX
        };
        let is_kept = if segment.segment_type.is_confed() {
            is_leading || missing > 0
        } else {
            missing > 0
        };
        if !is_kept {
            break;
        }
        writer.segment(&segment, taken);
        missing = missing.saturating_sub(segment.hops());
        is_leading = segment.segment_type.is_confed() && is_leading;
    }
    for segment in new {
        writer.segment(&segment, usize::MAX);
    }
}

struct SegmentWriter<W> {
    write: W,
}

impl<W: FnMut(&[u8])> SegmentWriter<W> {
    /// Writes the first `asns_max` ASNs of a segment, as a segment.
    fn segment(&mut self, segment: &Segment<'_>, asns_max: usize) {
        let count = segment.count.min(u8::try_from(asns_max).unwrap_or(u8::MAX));
        (self.write)(&[segment.segment_type.0, count]);
        for asn in segment.wide_asns(count) {
            (self.write)(&asn);
        }
    }
}
