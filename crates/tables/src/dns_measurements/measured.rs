//! Columns that say what was measured, where, and what came of it.

use super::DnsMeasurementRow;
use super::ends::{EndColumns, Ends};
use super::outcome::{Outcome, OutcomeColumns};
use crate::Kind;
use crate::build::{Numbers, Stage, TextKeys, Validities};
use crate::dns::marks::mark;
use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};

/// Presence bits, beside those that every such table has (1 to 5).
pub(super) mod present {
    pub(super) const MSM_ID: u64 = 1 << 6;
    pub(super) const PRB_ID: u64 = 1 << 7;
    pub(super) const GROUP_ID: u64 = 1 << 8;
    pub(super) const MSM_NAME: u64 = 1 << 9;
    pub(super) const FIRMWARE: u64 = 1 << 10;
    pub(super) const TLS_VERSION: u64 = 1 << 11;
    pub(super) const STORED_AT: u64 = 1 << 12;
    pub(super) const CLOCK_SYNC_AGE: u64 = 1 << 13;
    pub(in super::super) const PROBE_IP: u64 = 1 << 14;
    pub(in super::super) const SOURCE_IP: u64 = 1 << 15;
    pub(in super::super) const SERVER_IP: u64 = 1 << 16;
    pub(in super::super) const SERVER_NAME: u64 = 1 << 17;
    pub(in super::super) const SERVER_PORT: u64 = 1 << 18;
    pub(in super::super) const IP_VERSION: u64 = 1 << 19;
    pub(in super::super) const IP_TTL: u64 = 1 << 20;
    pub(in super::super) const RETRY: u64 = 1 << 21;
    pub(in super::super) const SUBID: u64 = 1 << 22;
    pub(in super::super) const SUBMAX: u64 = 1 << 23;
    pub(in super::super) const TRANSPORT: u64 = 1 << 24;
    pub(in super::super) const RTT: u64 = 1 << 25;
    pub(in super::super) const RTT_AFTER_CONNECT: u64 = 1 << 26;
    pub(in super::super) const ERROR_KIND: u64 = 1 << 27;
    pub(in super::super) const ERROR_TEXT: u64 = 1 << 28;
    pub(in super::super) const TIMEOUT: u64 = 1 << 29;
    pub(in super::super) const COOKIE_MISMATCH_KNOWN: u64 = 1 << 30;
    pub(in super::super) const COOKIE_MISMATCH: u64 = 1 << 31;
    pub(in super::super) const SERVER_INSTANCE: u64 = 1 << 32;
    pub(in super::super) const ANSWERS_JSON: u64 = 1 << 33;
    pub(in super::super) const QUERY_RAW: u64 = 1 << 34;
}

/// All of it, with addresses and texts as keys. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    measurement: Measurement,
    ends: Ends,
    outcome: Outcome,
}

/// The columns.
#[derive(Debug)]
pub(super) struct MeasuredColumns {
    measurement: MeasurementColumns,
    ends: EndColumns,
    outcome: OutcomeColumns,
}

impl MeasuredColumns {
    pub(super) fn new() -> Self {
        Self {
            measurement: MeasurementColumns::new(),
            ends: EndColumns::new(),
            outcome: OutcomeColumns::new(),
        }
    }

    /// Fills `to`, which is all zeros, and returns the presence bits.
    #[inline]
    pub(super) fn fill(&mut self, from: &DnsMeasurementRow<'_>, to: &mut Measured) -> u64 {
        self.measurement.fill(from, &mut to.measurement)
            | self.ends.fill(from, &mut to.ends)
            | self.outcome.fill(from, &mut to.outcome)
    }

    pub(super) fn push<V>(&mut self, stage: &Stage<'_, V>, of: impl Fn(&V) -> &Measured + Copy) {
        self.measurement.push(stage, |row| &of(row).measurement);
        self.ends.push(stage, |row| &of(row).ends);
        self.outcome.push(stage, |row| &of(row).outcome);
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        self.measurement.finish(validities, arrays);
        self.ends.finish(validities, arrays);
        self.outcome.finish(validities, arrays);
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Measurement {
    msm_id: i64,
    prb_id: i64,
    group_id: i64,
    stored_at: i64,
    msm_name: i32,
    firmware: i32,
    tls_version: i32,
    clock_sync_age_s: i32,
}

#[derive(Debug)]
struct MeasurementColumns {
    msm_id: Numbers<Int64Type>,
    prb_id: Numbers<Int64Type>,
    group_id: Numbers<Int64Type>,
    msm_name: TextKeys,
    firmware: TextKeys,
    tls_version: TextKeys,
    stored_at: Numbers<TimestampMicrosecondType>,
    clock_sync_age_s: Numbers<Int32Type>,
}

impl MeasurementColumns {
    fn new() -> Self {
        Self {
            msm_id: Numbers::new(Kind::Long),
            prb_id: Numbers::new(Kind::Long),
            group_id: Numbers::new(Kind::Long),
            msm_name: TextKeys::default(),
            firmware: TextKeys::default(),
            tls_version: TextKeys::default(),
            stored_at: Numbers::new(Kind::Timestamp),
            clock_sync_age_s: Numbers::new(Kind::Int),
        }
    }

    #[inline]
    fn fill(&mut self, from: &DnsMeasurementRow<'_>, to: &mut Measurement) -> u64 {
        to.msm_id = from.msm_id.unwrap_or_default();
        to.prb_id = from.prb_id.unwrap_or_default();
        to.group_id = from.group_id.unwrap_or_default();
        to.stored_at = from.stored_at.unwrap_or_default();
        to.msm_name = self.msm_name.optional_varied_key(from.msm_name);
        to.firmware = self.firmware.optional_varied_key(from.firmware);
        to.tls_version = self.tls_version.optional_key(from.tls_version);
        to.clock_sync_age_s = from.clock_sync_age_s.unwrap_or_default();
        mark(from.msm_id.is_some(), present::MSM_ID)
            | mark(from.prb_id.is_some(), present::PRB_ID)
            | mark(from.group_id.is_some(), present::GROUP_ID)
            | mark(from.msm_name.is_some(), present::MSM_NAME)
            | mark(from.firmware.is_some(), present::FIRMWARE)
            | mark(from.tls_version.is_some(), present::TLS_VERSION)
            | mark(from.stored_at.is_some(), present::STORED_AT)
            | mark(from.clock_sync_age_s.is_some(), present::CLOCK_SYNC_AGE)
    }

    fn push<V>(&mut self, stage: &Stage<'_, V>, of: impl Fn(&V) -> &Measurement + Copy) {
        self.msm_id
            .push_optional(stage, present::MSM_ID, |row| of(row).msm_id);
        self.prb_id
            .push_optional(stage, present::PRB_ID, |row| of(row).prb_id);
        self.group_id
            .push_optional(stage, present::GROUP_ID, |row| of(row).group_id);
        self.msm_name
            .push_optional(stage, present::MSM_NAME, |row| of(row).msm_name);
        self.firmware
            .push_optional(stage, present::FIRMWARE, |row| of(row).firmware);
        self.tls_version
            .push_optional(stage, present::TLS_VERSION, |row| of(row).tls_version);
        self.stored_at
            .push_optional(stage, present::STORED_AT, |row| of(row).stored_at);
        self.clock_sync_age_s
            .push_optional(stage, present::CLOCK_SYNC_AGE, |row| {
                of(row).clock_sync_age_s
            });
    }

    fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let of = |bit| validities.of(bit);
        arrays.extend([
            self.msm_id.finish(&of(present::MSM_ID)),
            self.prb_id.finish(&of(present::PRB_ID)),
            self.group_id.finish(&of(present::GROUP_ID)),
            self.msm_name.finish(&of(present::MSM_NAME)),
            self.firmware.finish(&of(present::FIRMWARE)),
            self.tls_version.finish(&of(present::TLS_VERSION)),
            self.stored_at.finish(&of(present::STORED_AT)),
            self.clock_sync_age_s.finish(&of(present::CLOCK_SYNC_AGE)),
        ]);
    }
}
