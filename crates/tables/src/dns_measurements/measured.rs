//! Columns that say what was measured, where, and what came of it.

use super::DnsMeasurementRow;
use crate::build::{AddressColumn, TextColumn, numbers};
use crate::{Kind, Transport};
use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Int32Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use std::sync::Arc;

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

    pub(super) fn append(&mut self, row: &DnsMeasurementRow<'_>) {
        self.measurement.append(row);
        self.ends.append(row);
        self.outcome.append(row);
    }

    pub(super) fn finish(&mut self, arrays: &mut Vec<ArrayRef>) {
        self.measurement.finish(arrays);
        self.ends.finish(arrays);
        self.outcome.finish(arrays);
    }
}

#[derive(Debug)]
struct MeasurementColumns {
    msm_id: Int64Builder,
    prb_id: Int64Builder,
    group_id: Int64Builder,
    msm_name: TextColumn,
    firmware: TextColumn,
    tls_version: TextColumn,
    stored_at: TimestampMicrosecondBuilder,
    clock_sync_age_s: Int32Builder,
}

impl MeasurementColumns {
    fn new() -> Self {
        Self {
            msm_id: Int64Builder::new(),
            prb_id: Int64Builder::new(),
            group_id: Int64Builder::new(),
            msm_name: TextColumn::new(),
            firmware: TextColumn::new(),
            tls_version: TextColumn::new(),
            stored_at: numbers(Kind::Timestamp),
            clock_sync_age_s: Int32Builder::new(),
        }
    }

    fn append(&mut self, row: &DnsMeasurementRow<'_>) {
        self.msm_id.append_option(row.msm_id);
        self.prb_id.append_option(row.prb_id);
        self.group_id.append_option(row.group_id);
        self.msm_name.append(row.msm_name);
        self.firmware.append(row.firmware);
        self.tls_version.append(row.tls_version);
        self.stored_at.append_option(row.stored_at);
        self.clock_sync_age_s.append_option(row.clock_sync_age_s);
    }

    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            Arc::new(self.msm_id.finish()) as ArrayRef,
            Arc::new(self.prb_id.finish()),
            Arc::new(self.group_id.finish()),
            self.msm_name.finish(),
            self.firmware.finish(),
            self.tls_version.finish(),
            Arc::new(self.stored_at.finish()),
            Arc::new(self.clock_sync_age_s.finish()),
        ]);
    }
}

#[derive(Debug)]
struct EndColumns {
    probe_ip: AddressColumn,
    source_ip: AddressColumn,
    server_ip: AddressColumn,
    server_name: TextColumn,
    server_port: Int32Builder,
    ip_version: Int32Builder,
    ip_ttl: Int32Builder,
    retry: Int32Builder,
    subid: Int32Builder,
    submax: Int32Builder,
    transport: TextColumn,
}

impl EndColumns {
    fn new() -> Self {
        Self {
            probe_ip: AddressColumn::new(),
            source_ip: AddressColumn::new(),
            server_ip: AddressColumn::new(),
            server_name: TextColumn::new(),
            server_port: Int32Builder::new(),
            ip_version: Int32Builder::new(),
            ip_ttl: Int32Builder::new(),
            retry: Int32Builder::new(),
            subid: Int32Builder::new(),
            submax: Int32Builder::new(),
            transport: TextColumn::new(),
        }
    }

    fn append(&mut self, row: &DnsMeasurementRow<'_>) {
        self.probe_ip.append(row.probe_ip);
        self.source_ip.append(row.source_ip);
        self.server_ip.append(row.server_ip);
        self.server_name.append(row.server_name);
        self.server_port
            .append_option(row.server_port.map(i32::from));
        self.ip_version.append_option(row.ip_version.map(i32::from));
        self.ip_ttl.append_option(row.ip_ttl.map(i32::from));
        self.retry.append_option(row.retry);
        self.subid.append_option(row.subid);
        self.submax.append_option(row.submax);
        self.transport.append(row.transport.map(Transport::name));
    }

    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            self.probe_ip.finish(),
            self.source_ip.finish(),
            self.server_ip.finish(),
            self.server_name.finish(),
            Arc::new(self.server_port.finish()),
            Arc::new(self.ip_version.finish()),
            Arc::new(self.ip_ttl.finish()),
            Arc::new(self.retry.finish()),
            Arc::new(self.subid.finish()),
            Arc::new(self.submax.finish()),
            self.transport.finish(),
        ]);
    }
}

#[derive(Debug)]
struct OutcomeColumns {
    rtt_us: Int64Builder,
    rtt_after_connect_us: Int64Builder,
    error_kind: TextColumn,
    error_text: StringBuilder,
    timeout_ms: Int32Builder,
    cookie_mismatch: BooleanBuilder,
    server_instance: TextColumn,
    answers_json: StringBuilder,
    query_raw: BinaryBuilder,
}

impl OutcomeColumns {
    fn new() -> Self {
        Self {
            rtt_us: Int64Builder::new(),
            rtt_after_connect_us: Int64Builder::new(),
            error_kind: TextColumn::new(),
            error_text: StringBuilder::new(),
            timeout_ms: Int32Builder::new(),
            cookie_mismatch: BooleanBuilder::new(),
            server_instance: TextColumn::new(),
            answers_json: StringBuilder::new(),
            query_raw: BinaryBuilder::new(),
        }
    }

    fn append(&mut self, row: &DnsMeasurementRow<'_>) {
        self.rtt_us.append_option(row.rtt_us);
        self.rtt_after_connect_us
            .append_option(row.rtt_after_connect_us);
        self.error_kind.append(row.error_kind);
        self.error_text.append_option(row.error_text);
        self.timeout_ms.append_option(row.timeout_ms);
        self.cookie_mismatch.append_option(row.cookie_mismatch);
        self.server_instance.append(row.server_instance);
        self.answers_json.append_option(row.answers_json);
        self.query_raw.append_option(row.query_raw);
    }

    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            Arc::new(self.rtt_us.finish()) as ArrayRef,
            Arc::new(self.rtt_after_connect_us.finish()),
            self.error_kind.finish(),
            Arc::new(self.error_text.finish()),
            Arc::new(self.timeout_ms.finish()),
            Arc::new(self.cookie_mismatch.finish()),
            self.server_instance.finish(),
            Arc::new(self.answers_json.finish()),
            Arc::new(self.query_raw.finish()),
        ]);
    }
}
