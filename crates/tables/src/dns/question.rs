//! Columns of the first question.

use super::marks;
use crate::build::{Flags, Numbers, Stage, Text, TextKeys, Validities};
use crate::{DnsQuestion, Kind};
use arrow::array::ArrayRef;
use arrow::datatypes::Int32Type;

/// A question whose texts are copied. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Question {
    qname: u32,
    registered_domain: i32,
    public_suffix: i32,
    octets: u16,
    qtype: u16,
    qclass: u16,
    labels: u8,
}

/// The columns.
#[derive(Debug)]
pub(super) struct QuestionColumns {
    qname: Text,
    labels: Numbers<Int32Type>,
    octets: Numbers<Int32Type>,
    mixed_case: Flags,
    registered_domain: TextKeys,
    public_suffix: TextKeys,
    qtype: Numbers<Int32Type>,
    qclass: Numbers<Int32Type>,
}

impl QuestionColumns {
    pub(super) fn new() -> Self {
        let numbers = || Numbers::new(Kind::Int);
        Self {
            qname: Text::default(),
            labels: numbers(),
            octets: numbers(),
            mixed_case: Flags::default(),
            registered_domain: TextKeys::default(),
            public_suffix: TextKeys::default(),
            qtype: numbers(),
            qclass: numbers(),
        }
    }

    /// Copies the texts, fills `to`, which is all zeros, and returns the presence bits.
    #[inline]
    pub(super) fn fill(&mut self, from: &DnsQuestion<'_>, to: &mut Question) -> u64 {
        to.qname = self.qname.push_value(from.qname.as_bytes());
        to.labels = from.qname_labels;
        to.octets = from.qname_octets;
        to.qtype = from.qtype.unwrap_or_default();
        to.qclass = from.qclass.unwrap_or_default();
        let mut present = marks::QUESTION
            | marks::mark(from.qname_mixed_case.is_some(), marks::MIXED_CASE_KNOWN)
            | marks::mark(from.qname_mixed_case == Some(true), marks::MIXED_CASE)
            | marks::mark(from.qtype.is_some(), marks::QTYPE)
            | marks::mark(from.qclass.is_some(), marks::QCLASS);
        if let Some(domain) = from.registered_domain {
            present |= marks::REGISTERED_DOMAIN;
            to.registered_domain = self.registered_domain.varied_key(domain);
        }
        if let Some(suffix) = from.public_suffix {
            present |= marks::PUBLIC_SUFFIX;
            to.public_suffix = self.public_suffix.varied_key(suffix);
        }
        present
    }

    pub(super) fn push<V>(
        &mut self,
        stage: &Stage<'_, V>,
        question: impl Fn(&V) -> &Question + Copy,
    ) {
        self.qname
            .push(stage, marks::QUESTION, |row| question(row).qname);
        self.labels
            .push_optional(stage, marks::QUESTION, |row| question(row).labels.into());
        self.octets
            .push_optional(stage, marks::QUESTION, |row| question(row).octets.into());
        self.registered_domain
            .push_optional(stage, marks::REGISTERED_DOMAIN, |row| {
                question(row).registered_domain
            });
        self.public_suffix
            .push_optional(stage, marks::PUBLIC_SUFFIX, |row| {
                question(row).public_suffix
            });
        self.qtype
            .push_optional(stage, marks::QTYPE, |row| question(row).qtype.into());
        self.qclass
            .push_optional(stage, marks::QCLASS, |row| question(row).qclass.into());
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let question = validities.of(marks::QUESTION);
        arrays.extend([
            self.qname.finish(&question),
            self.labels.finish(&question),
            self.octets.finish(&question),
            self.mixed_case
                .finish_optional(validities, marks::MIXED_CASE, marks::MIXED_CASE_KNOWN),
            self.registered_domain
                .finish(&validities.of(marks::REGISTERED_DOMAIN)),
            self.public_suffix
                .finish(&validities.of(marks::PUBLIC_SUFFIX)),
            self.qtype.finish(&validities.of(marks::QTYPE)),
            self.qclass.finish(&validities.of(marks::QCLASS)),
        ]);
    }
}
