//! Events of sessions become record batches of `sessions`.

use super::{Direction, SessionRow};
use crate::build::{AddressColumn, Nulls, PeerColumns, ProvenanceColumns, TextColumn, built};
use crate::{Kind, Table};
use arrow::array::{
    ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, ListBuilder, RecordBatch, StringBuilder,
};
use std::sync::Arc;

/// What a row takes besides its text and octets, roughly.
const ROW_OCTETS: usize = 160;

/// Builder of `sessions`.
#[derive(Debug)]
pub struct SessionsBuilder {
    rows: usize,
    octets: usize,
    provenance: ProvenanceColumns,
    router_at: Nulls,
    peer: PeerColumns,
    kind: TextColumn,
    old_state: Int32Builder,
    new_state: Int32Builder,
    reason_code: Nulls,
    notification_code: Int32Builder,
    notification_subcode: Int32Builder,
    reason_text: StringBuilder,
    direction: TextColumn,
    local_ip: AddressColumn,
    local_asn: Int64Builder,
    hold_time_s: Int64Builder,
    ports: Nulls,
    sent_open: BinaryBuilder,
    received_open: BinaryBuilder,
    capabilities: ListBuilder<Int32Builder>,
    add_path: Nulls,
    afi: Int32Builder,
    safi: Int32Builder,
    system: Nulls,
}

impl Default for SessionsBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl SessionsBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self {
            rows: 0,
            octets: 0,
            provenance: ProvenanceColumns::new(),
            router_at: Nulls::new(Kind::Timestamp),
            peer: PeerColumns::new(),
            kind: TextColumn::new(),
            old_state: Int32Builder::new(),
            new_state: Int32Builder::new(),
            reason_code: Nulls::new(Kind::Int),
            notification_code: Int32Builder::new(),
            notification_subcode: Int32Builder::new(),
            reason_text: StringBuilder::new(),
            direction: TextColumn::new(),
            local_ip: AddressColumn::new(),
            local_asn: Int64Builder::new(),
            hold_time_s: Int64Builder::new(),
            ports: Nulls::new(Kind::Int),
            sent_open: BinaryBuilder::new(),
            received_open: BinaryBuilder::new(),
            capabilities: ListBuilder::new(Int32Builder::new())
                .with_field(Kind::Int.element_field()),
            add_path: Nulls::new(Kind::List(&Kind::Text)),
            afi: Int32Builder::new(),
            safi: Int32Builder::new(),
            system: Nulls::new(Kind::Text),
        }
    }

    /// Appends one row.
    pub fn append(&mut self, row: &SessionRow<'_>) {
        self.rows += 1;
        self.octets += row_octets(row);
        self.provenance
            .append(row.provenance, row.item, row.observed_at);
        self.peer.append(row.peer);
        self.kind.append(Some(row.kind.name()));
        self.old_state.append_option(row.old_state.map(i32::from));
        self.new_state.append_option(row.new_state.map(i32::from));
        let (code, subcode) = row.notification.unzip();
        self.notification_code.append_option(code.map(i32::from));
        self.notification_subcode
            .append_option(subcode.map(i32::from));
        self.reason_text.append_option(row.reason_text);
        self.direction.append(row.direction.map(Direction::name));
        self.local_ip.append(row.local_ip);
        self.local_asn.append_option(row.local_asn.map(i64::from));
        self.hold_time_s
            .append_option(row.hold_time_s.map(i64::from));
        self.sent_open.append_option(row.sent_open);
        self.received_open.append_option(row.received_open);
        self.append_capabilities(row.capabilities);
        let (afi, safi) = row.family.unzip();
        self.afi.append_option(afi.map(i32::from));
        self.safi.append_option(safi.map(i32::from));
    }

    /// Rows since the last batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Octets of memory that they take, roughly.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// The batch of all rows since the last one; the builder is ready for the next.
    pub fn finish(&mut self) -> RecordBatch {
        let rows = self.rows;
        let schema = Table::Sessions.schema();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        self.provenance.finish(&mut arrays);
        arrays.push(self.router_at.finish(rows));
        self.peer.finish(&mut arrays);
        self.finish_event(&mut arrays);
        arrays.extend([
            self.local_ip.finish(),
            Arc::new(self.local_asn.finish()),
            Arc::new(self.hold_time_s.finish()),
            self.ports.finish(rows),
            self.ports.finish(rows),
            Arc::new(self.sent_open.finish()),
            Arc::new(self.received_open.finish()),
            Arc::new(self.capabilities.finish()),
            self.add_path.finish(rows),
            Arc::new(self.afi.finish()),
            Arc::new(self.safi.finish()),
            self.system.finish(rows),
            self.system.finish(rows),
        ]);
        (self.rows, self.octets) = (0, 0);
        built(RecordBatch::try_new(schema, arrays))
    }

    fn finish_event(&mut self, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            self.kind.finish(),
            Arc::new(self.old_state.finish()),
            Arc::new(self.new_state.finish()),
            self.reason_code.finish(self.rows),
            Arc::new(self.notification_code.finish()),
            Arc::new(self.notification_subcode.finish()),
            Arc::new(self.reason_text.finish()),
            self.direction.finish(),
        ]);
    }

    fn append_capabilities(&mut self, codes: Option<&[u8]>) {
        for code in codes.unwrap_or_default() {
            self.capabilities.values().append_value(i32::from(*code));
        }
        self.capabilities.append(codes.is_some());
    }
}

fn row_octets(row: &SessionRow<'_>) -> usize {
    let octets = |octets: Option<&[u8]>| octets.map_or(0, <[u8]>::len);
    ROW_OCTETS
        + row.reason_text.map_or(0, str::len)
        + octets(row.sent_open)
        + octets(row.received_open)
        + 4 * octets(row.capabilities)
}
