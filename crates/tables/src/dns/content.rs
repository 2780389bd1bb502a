//! Columns of what a DNS message says: `message_octets` to `message_raw`, for all tables that have them.

use super::answers::{AnswerColumns, Answers};
use super::edns::{Edns, EdnsColumns};
use super::header::HeaderColumns;
use super::marks;
use super::question::{Question, QuestionColumns};
use crate::build::{
    Dictionary, Keys, Numbers, Octets, RowMarks, Stage, Validities, Validity, names,
};
use crate::{DnsContent, DnsHeader, Kind, ParseStatus};
use arrow::array::ArrayRef;
use arrow::datatypes::Int32Type;

/// What a message says, with its lists and texts copied. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Content {
    message_octets: u32,
    header: DnsHeader,
    question: Question,
    edns: Edns,
    answers: Answers,
    trailing_octets: u32,
    parse_status: u8,
    error_offset: u32,
    raw: u32,
}

/// The columns.
#[derive(Debug)]
pub(crate) struct ContentColumns {
    marks: RowMarks,
    /// Presence bits of rows that wait in a stage.
    any: u64,
    message_octets: Numbers<Int32Type>,
    header: HeaderColumns,
    question: QuestionColumns,
    edns: EdnsColumns,
    answers: AnswerColumns,
    trailing_octets: Numbers<Int32Type>,
    parse_status: Keys,
    parse_statuses: Dictionary,
    error_offset: Numbers<Int32Type>,
    raw: Octets,
}

impl ContentColumns {
    pub(crate) fn new() -> Self {
        let numbers = || Numbers::new(Kind::Int);
        Self {
            marks: RowMarks::default(),
            any: 0,
            message_octets: numbers(),
            header: HeaderColumns::new(),
            question: QuestionColumns::new(),
            edns: EdnsColumns::new(),
            answers: AnswerColumns::new(),
            trailing_octets: numbers(),
            parse_status: Keys::default(),
            parse_statuses: names(&ParseStatus::ALL.map(ParseStatus::name)),
            error_offset: numbers(),
            raw: Octets::default(),
        }
    }

    /// Copies lists, texts and octets of one row, and fills `to`, which is all zeros.
    #[inline]
    pub(crate) fn fill(&mut self, from: &DnsContent<'_>, to: &mut Content) {
        to.header = from.header;
        let mut present = marks::of_header(&from.header);
        if let Some(question) = &from.question {
            present |= self.question.fill(question, &mut to.question);
        }
        if let Some(edns) = &from.edns {
            present |= self.edns.fill(edns, &mut to.edns);
        }
        present |= self.answers.fill(from, &mut to.answers) | self.fill_octets(from, to);
        self.marks.push(present);
        self.any |= present;
    }

    #[inline]
    fn fill_octets(&mut self, from: &DnsContent<'_>, to: &mut Content) -> u64 {
        to.message_octets = from.octets_count.unwrap_or_default();
        to.trailing_octets = from.trailing_octets.unwrap_or_default();
        to.error_offset = from.error_offset.unwrap_or_default();
        to.parse_status = from.parse_status as u8;
        if let Some(raw) = from.raw {
            to.raw = self.raw.push_value(raw);
        }
        let is_read = from.raw.is_some() | (from.parse_status != ParseStatus::Ok);
        marks::mark(from.octets_count.is_some(), marks::MESSAGE_OCTETS)
            | marks::mark(from.trailing_octets.is_some(), marks::TRAILING_OCTETS)
            | marks::mark(from.error_offset.is_some(), marks::ERROR_OFFSET)
            | marks::mark(from.raw.is_some(), marks::RAW)
            | marks::mark(is_read, marks::STATUS)
    }

    /// The rows of a stage, all that were filled since the last one.
    #[inline(never)]
    pub(crate) fn push<V>(
        &mut self,
        stage: &Stage<'_, V>,
        content: impl Fn(&V) -> &Content + Copy,
    ) {
        let stage = &Stage {
            any: std::mem::take(&mut self.any),
            ..*stage
        };
        self.header.push(stage, |row| &content(row).header);
        self.question.push(stage, |row| &content(row).question);
        self.edns.push(stage, |row| &content(row).edns);
        self.answers.push(stage, |row| &content(row).answers);
        self.parse_status
            .push(stage, |row| content(row).parse_status.into());
        self.message_octets
            .push_optional(stage, marks::MESSAGE_OCTETS, |row| {
                narrowed(content(row).message_octets)
            });
        self.trailing_octets
            .push_optional(stage, marks::TRAILING_OCTETS, |row| {
                narrowed(content(row).trailing_octets)
            });
        self.error_offset
            .push_optional(stage, marks::ERROR_OFFSET, |row| {
                narrowed(content(row).error_offset)
            });
        self.raw.push(stage, marks::RAW, |row| content(row).raw);
    }

    /// The columns `message_octets` to `rcode`.
    pub(crate) fn finish_header(&mut self, arrays: &mut Vec<ArrayRef>) {
        let validities = Validities::of_rows(&mut self.marks);
        arrays.push(
            self.message_octets
                .finish(&validities.of(marks::MESSAGE_OCTETS)),
        );
        self.header.finish_numbers(&validities, arrays);
    }

    /// The columns `aa` to `answer_cnames`.
    pub(crate) fn finish_message(&mut self, arrays: &mut Vec<ArrayRef>) {
        let validities = Validities::of_rows(&mut self.marks);
        self.header.finish(&validities, arrays);
        self.question.finish(&validities, arrays);
        self.edns.finish(&validities, arrays);
        self.answers.finish(&validities, arrays);
    }

    /// The columns `trailing_octets` to `message_raw`; the columns are empty again. `has_all`: there is always a message.
    pub(crate) fn finish_end(&mut self, has_all: bool, arrays: &mut Vec<ArrayRef>) {
        let validities = Validities::of_rows(&mut self.marks);
        let is_read = if has_all {
            Validity::Full
        } else {
            validities.of(marks::STATUS)
        };
        arrays.extend([
            self.trailing_octets
                .finish(&validities.of(marks::TRAILING_OCTETS)),
            self.parse_status.finish(&is_read, &self.parse_statuses),
            self.error_offset
                .finish(&validities.of(marks::ERROR_OFFSET)),
            self.raw.finish(&validities.of(marks::RAW)),
        ]);
        self.marks.clear();
    }
}

/// What the lists, texts and octets of a message take, roughly.
#[inline]
pub(crate) fn content_octets(content: &DnsContent<'_>) -> usize {
    let text = |text: Option<&str>| text.map_or(0, str::len);
    let qname = content.question.map_or(0, |question| question.qname.len());
    let edns = content.edns.as_ref().map_or(0, |edns| {
        let codes = edns.options.unwrap_or_default().len() + edns.ede.len();
        4 * codes + text(edns.ede_text) + text(edns.nsid) + text(edns.ecs)
    });
    let cnames = content.answer_cnames.text.len() + 4 * content.answer_cnames.ends.len();
    let addresses = ADDRESS_OCTETS * content.answer_addresses.len();
    qname + edns + cnames + addresses + content.raw.map_or(0, <[u8]>::len)
}

/// What an address takes as text, with its offset.
const ADDRESS_OCTETS: usize = 44;

/// Counts as columns have them; none that is true is larger.
pub(crate) fn narrowed(count: u32) -> i32 {
    count.min(i32::MAX as u32) as i32
}
