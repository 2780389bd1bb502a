//! Columns of AS_PATH: `as_path`, `as_path_text`, `origin_asn`.

use super::staged::{Staged, StagedAsPath, mark, present};
use crate::build::{
    Lists, Numbers, Stage, TextKeys, Validities, push_copies, repeat_last, take_vec,
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

    /// Copies `path` for so many rows.
    #[inline]
    pub(super) fn push_copies(
        &mut self,
        path: AsPath<'_>,
        rows: usize,
        marks: &mut u32,
    ) -> StagedAsPath {
        match path {
            AsPath::Sequence(octets) => {
                let origin = octets.as_chunks().0.last().copied().map(u32::from_be_bytes);
                *marks |= mark(origin.is_some(), present::ORIGIN_ASN);
                let asn_count = push_copies(&mut self.asns, octets, rows, asn);
                StagedAsPath {
                    asn_count,
                    text: 0,
                    origin_asn: origin.unwrap_or_default(),
                }
            }
            AsPath::Segments(octets) => self.push_segments(octets, rows, marks),
        }
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
    fn push_segments(&mut self, octets: &[u8], rows: usize, marks: &mut u32) -> StagedAsPath {
        let mut staged = StagedAsPath::default();
        let (mut origin, mut is_plain) = (None, true);
        self.scratch.clear();
        for segment in segments(octets) {
            staged.asn_count += push_copies(&mut self.asns, segment.asns, 1, asn);
            segment.write(&mut self.scratch);
            is_plain &= segment.kind == SEQUENCE;
            origin = segment.origin();
        }
        repeat_last(&mut self.asns, staged.asn_count as usize, rows);
        if !is_plain {
            *marks |= present::AS_PATH_TEXT;
            staged.text = self.texts.key(&self.scratch);
        }
        *marks |= mark(origin.is_some(), present::ORIGIN_ASN);
        staged.origin_asn = origin.unwrap_or_default();
        staged
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
        if !text.is_empty() {
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
