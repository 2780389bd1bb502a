//! Columns of AS_PATH: `as_path`, `as_path_text`, `origin_asn`.

use super::staged::{Staged, StagedAsPath, present};
use crate::build::{
    Lists, Numbers, Stage, TextKeys, Validities, mark, push_copies, repeat_last, take_vec,
};
use crate::{AsPath, Kind};
use arrow::array::{ArrayRef, Int64Array};
use arrow::datatypes::Int64Type;
use std::fmt::Write;
use std::sync::Arc;

/// The columns of AS_PATH.
#[derive(Debug)]
pub(super) struct AsPaths {
    lists: Lists,
    asns: Vec<i64>,
    texts: TextKeys,
    origin_asn: Numbers<Int64Type>,
    scratch: String,
}

impl AsPaths {
    pub(super) fn new() -> Self {
        Self {
            lists: Lists::new(Kind::Long),
            asns: Vec::new(),
            texts: TextKeys::default(),
            origin_asn: Numbers::new(Kind::Long),
            scratch: String::new(),
        }
    }

    /// Copies `path` for so many rows, and fills `to`. Returns the presence bits.
    #[inline]
    pub(super) fn push_copies(
        &mut self,
        path: AsPath<'_>,
        rows: usize,
        to: &mut StagedAsPath,
    ) -> u32 {
        let AsPath::Sequence(octets) = path else {
            return self.push_segments(path, rows, to);
        };
        to.asn_count = push_copies(&mut self.asns, octets, rows, asn);
        let Some(origin) = octets.as_chunks().0.last() else {
            return present::AS_PATH;
        };
        to.origin_asn = u32::from_be_bytes(*origin);
        present::AS_PATH | present::ORIGIN_ASN
    }

    pub(super) fn expand(&mut self, stage: &Stage<'_, Staged>) {
        self.lists.push(stage, present::AS_PATH, |run| {
            run.attributes.as_path.asn_count
        });
        self.texts
            .push_optional(stage, present::AS_PATH_TEXT, |run| {
                run.attributes.as_path.text
            });
        self.origin_asn
            .push_optional(stage, present::ORIGIN_ASN, |run| {
                i64::from(run.attributes.as_path.origin_asn)
            });
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let asns = || -> ArrayRef { Arc::new(Int64Array::from(take_vec(&mut self.asns))) };
        arrays.extend([
            self.lists.finish(&validities.of(present::AS_PATH), asns),
            self.texts.finish(&validities.of(present::AS_PATH_TEXT)),
            self.origin_asn.finish(&validities.of(present::ORIGIN_ASN)),
        ]);
    }

    #[cold]
    #[inline(never)]
    fn push_segments(&mut self, path: AsPath<'_>, rows: usize, to: &mut StagedAsPath) -> u32 {
        let (AsPath::Sequence(octets) | AsPath::Segments(octets)) = path;
        let (mut origin, mut is_plain) = (None, true);
        self.scratch.clear();
        for segment in segments(octets) {
            to.asn_count += push_copies(&mut self.asns, segment.asns, 1, asn);
            segment.write(&mut self.scratch);
            is_plain &= segment.kind == SEQUENCE;
            origin = segment.origin();
        }
        repeat_last(&mut self.asns, to.asn_count as usize, rows);
        to.origin_asn = origin.unwrap_or_default();
        if !is_plain {
            to.text = self.texts.key(&self.scratch);
        }
        present::AS_PATH
            | mark(origin.is_some(), present::ORIGIN_ASN)
            | mark(!is_plain, present::AS_PATH_TEXT)
    }
}

const SET: u8 = 1;
const SEQUENCE: u8 = 2;
const CONFED_SEQUENCE: u8 = 3;
const CONFED_SET: u8 = 4;

/// One segment of an AS_PATH (RFC 4271, section 4.3).
struct Segment<'a> {
    kind: u8,
    asns: &'a [u8],
}

/// Cuts segments off as long as there are whole headers; the decoder has checked them.
fn segments(mut octets: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    std::iter::from_fn(move || {
        let (&[kind, count], rest) = octets.split_first_chunk()?;
        let (asns, rest) = rest.split_at(rest.len().min(usize::from(count) * 4));
        octets = rest;
        Some(Segment { kind, asns })
    })
}

impl Segment<'_> {
    /// The origin of a path that ends here: only a sequence names one.
    fn origin(&self) -> Option<u32> {
        let last = self.asns.as_chunks().0.last()?;
        (self.kind == SEQUENCE).then(|| u32::from_be_bytes(*last))
    }

    fn write(&self, text: &mut String) {
        let (open, between, close) = match self.kind {
            SET => ("{", ",", "}"),
            CONFED_SEQUENCE => ("(", " ", ")"),
            CONFED_SET => ("[", ",", "]"),
            _ => ("", " ", ""),
        };
        if !text.is_empty() && !text.ends_with(' ') {
            text.push(' ');
        }
        text.push_str(open);
        for (place, octets) in self.asns.as_chunks().0.iter().enumerate() {
            let separator = if place == 0 { "" } else { between };
            // Writing to a String cannot fail.
            let _ = write!(text, "{separator}{}", u32::from_be_bytes(*octets));
        }
        text.push_str(close);
    }
}

#[inline]
fn asn(octets: &[u8; 4]) -> i64 {
    i64::from(u32::from_be_bytes(*octets))
}
