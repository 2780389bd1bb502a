//! Columns that say what came of a measurement.

use super::DnsMeasurementRow;
use super::measured::present;
use crate::Kind;
use crate::build::{Flags, Numbers, Octets, Stage, Text, TextKeys, Validities};
use crate::dns::marks::mark;
use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type};

/// What came of it, with texts and octets copied. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    rtt_us: i64,
    rtt_after_connect_us: i64,
    error_kind: i32,
    timeout_ms: i32,
    server_instance: i32,
    error_text: u32,
    answers_json: u32,
    query_raw: u32,
}

/// The columns.
#[derive(Debug)]
pub(super) struct OutcomeColumns {
    rtt_us: Numbers<Int64Type>,
    rtt_after_connect_us: Numbers<Int64Type>,
    error_kind: TextKeys,
    error_text: Text,
    timeout_ms: Numbers<Int32Type>,
    cookie_mismatch: Flags,
    server_instance: TextKeys,
    answers_json: Text,
    query_raw: Octets,
}

impl OutcomeColumns {
    pub(super) fn new() -> Self {
        Self {
            rtt_us: Numbers::new(Kind::Long),
            rtt_after_connect_us: Numbers::new(Kind::Long),
            error_kind: TextKeys::default(),
            error_text: Text::default(),
            timeout_ms: Numbers::new(Kind::Int),
            cookie_mismatch: Flags::default(),
            server_instance: TextKeys::default(),
            answers_json: Text::default(),
            query_raw: Octets::default(),
        }
    }

    /// Copies texts and octets, fills `to`, which is all zeros, and returns the presence bits.
    #[inline]
    pub(super) fn fill(&mut self, from: &DnsMeasurementRow<'_>, to: &mut Outcome) -> u64 {
        to.rtt_us = from.rtt_us.unwrap_or_default();
        to.rtt_after_connect_us = from.rtt_after_connect_us.unwrap_or_default();
        to.server_instance = self
            .server_instance
            .optional_varied_key(from.server_instance);
        if let Some(query) = from.query_raw {
            to.query_raw = self.query_raw.push_value(query);
        }
        let common = mark(from.rtt_us.is_some(), present::RTT)
            | mark(
                from.rtt_after_connect_us.is_some(),
                present::RTT_AFTER_CONNECT,
            )
            | mark(from.server_instance.is_some(), present::SERVER_INSTANCE)
            | mark(from.query_raw.is_some(), present::QUERY_RAW);
        let has_error =
            from.error_kind.is_some() | from.error_text.is_some() | from.timeout_ms.is_some();
        if has_error | from.answers_json.is_some() | from.cookie_mismatch.is_some() {
            return common | self.fill_rare(from, to);
        }
        common
    }

    /// Errors, and what few results have.
    #[inline(never)]
    fn fill_rare(&mut self, from: &DnsMeasurementRow<'_>, to: &mut Outcome) -> u64 {
        let copied = |column: &mut Text, text: Option<&str>| {
            text.map_or(0, |text| column.push_value(text.as_bytes()))
        };
        to.error_kind = self.error_kind.optional_key(from.error_kind);
        to.error_text = copied(&mut self.error_text, from.error_text);
        to.answers_json = copied(&mut self.answers_json, from.answers_json);
        to.timeout_ms = from.timeout_ms.unwrap_or_default();
        let cookie_mismatch = from.cookie_mismatch;
        mark(from.error_kind.is_some(), present::ERROR_KIND)
            | mark(from.error_text.is_some(), present::ERROR_TEXT)
            | mark(from.timeout_ms.is_some(), present::TIMEOUT)
            | mark(from.answers_json.is_some(), present::ANSWERS_JSON)
            | mark(cookie_mismatch.is_some(), present::COOKIE_MISMATCH_KNOWN)
            | mark(cookie_mismatch == Some(true), present::COOKIE_MISMATCH)
    }

    pub(super) fn push<V>(&mut self, stage: &Stage<'_, V>, of: impl Fn(&V) -> &Outcome + Copy) {
        self.rtt_us
            .push_optional(stage, present::RTT, |row| of(row).rtt_us);
        self.rtt_after_connect_us
            .push_optional(stage, present::RTT_AFTER_CONNECT, |row| {
                of(row).rtt_after_connect_us
            });
        self.error_kind
            .push_optional(stage, present::ERROR_KIND, |row| of(row).error_kind);
        self.error_text
            .push(stage, present::ERROR_TEXT, |row| of(row).error_text);
        self.timeout_ms
            .push_optional(stage, present::TIMEOUT, |row| of(row).timeout_ms);
        self.server_instance
            .push_optional(stage, present::SERVER_INSTANCE, |row| {
                of(row).server_instance
            });
        self.answers_json
            .push(stage, present::ANSWERS_JSON, |row| of(row).answers_json);
        self.query_raw
            .push(stage, present::QUERY_RAW, |row| of(row).query_raw);
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let of = |bit| validities.of(bit);
        arrays.extend([
            self.rtt_us.finish(&of(present::RTT)),
            self.rtt_after_connect_us
                .finish(&of(present::RTT_AFTER_CONNECT)),
            self.error_kind.finish(&of(present::ERROR_KIND)),
            self.error_text.finish(&of(present::ERROR_TEXT)),
            self.timeout_ms.finish(&of(present::TIMEOUT)),
            self.cookie_mismatch.finish_optional(
                validities,
                present::COOKIE_MISMATCH,
                present::COOKIE_MISMATCH_KNOWN,
            ),
            self.server_instance.finish(&of(present::SERVER_INSTANCE)),
            self.answers_json.finish(&of(present::ANSWERS_JSON)),
            self.query_raw.finish(&of(present::QUERY_RAW)),
        ]);
    }
}
