//! Columns of the answer section.

use super::marks;
use crate::build::{Numbers, Stage, TextLists, Validities};
use crate::{DnsContent, Kind};
use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;

/// Answers that are copied. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answers {
    ttl_min_s: i64,
    addresses: u32,
    cnames: u32,
}

/// The columns.
#[derive(Debug)]
pub(super) struct AnswerColumns {
    ttl_min_s: Numbers<Int64Type>,
    addresses: TextLists,
    cnames: TextLists,
}

impl AnswerColumns {
    pub(super) fn new() -> Self {
        Self {
            ttl_min_s: Numbers::new(Kind::Long),
            addresses: TextLists::new(),
            cnames: TextLists::new(),
        }
    }

    /// Copies the lists, fills `to`, which is all zeros, and returns the presence bits.
    #[inline]
    pub(super) fn fill(&mut self, from: &DnsContent<'_>, to: &mut Answers) -> u64 {
        to.ttl_min_s = from.answer_ttl_min_s.unwrap_or_default();
        let mut present = marks::mark(from.answer_ttl_min_s.is_some(), marks::ANSWER_TTL);
        if !from.answer_addresses.is_empty() {
            present |= marks::ANSWER_ADDRESSES;
            to.addresses = self.addresses.push_addresses(from.answer_addresses);
        }
        if !from.answer_cnames.ends.is_empty() {
            present |= marks::ANSWER_CNAMES;
            to.cnames = self.cnames.push_texts(from.answer_cnames);
        }
        present
    }

    pub(super) fn push<V>(
        &mut self,
        stage: &Stage<'_, V>,
        answers: impl Fn(&V) -> &Answers + Copy,
    ) {
        self.ttl_min_s
            .push_optional(stage, marks::ANSWER_TTL, |row| answers(row).ttl_min_s);
        self.addresses
            .push(stage, marks::ANSWER_ADDRESSES, |row| answers(row).addresses);
        self.cnames
            .push(stage, marks::ANSWER_CNAMES, |row| answers(row).cnames);
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            self.ttl_min_s.finish(&validities.of(marks::ANSWER_TTL)),
            self.addresses
                .finish(&validities.of(marks::ANSWER_ADDRESSES)),
            self.cnames.finish(&validities.of(marks::ANSWER_CNAMES)),
        ]);
    }
}
