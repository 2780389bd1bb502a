//! Events of sessions become record batches of `sessions`.

use super::{Direction, SessionRow};
use crate::build::{AddressColumn, PeerColumns, ProvenanceColumns, TextColumn, built, numbers};
use crate::{Kind, RibView, Table};
use arrow::array::{
    ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, ListBuilder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use std::fmt::Write;
use std::sync::Arc;

/// What a row takes besides its text and octets, roughly.
const ROW_OCTETS: usize = 160;

/// Builder of `sessions`.
#[derive(Debug)]
pub struct SessionsBuilder {
    rows: usize,
    octets: usize,
    provenance: ProvenanceColumns,
    router_at: TimestampMicrosecondBuilder,
    peer: PeerColumns,
    kind: TextColumn,
    old_state: Int32Builder,
    new_state: Int32Builder,
    reason_code: Int32Builder,
    notification_code: Int32Builder,
    notification_subcode: Int32Builder,
    reason_text: StringBuilder,
    direction: TextColumn,
    local_ip: AddressColumn,
    local_asn: Int64Builder,
    hold_time_s: Int64Builder,
    local_port: Int32Builder,
    remote_port: Int32Builder,
    sent_open: BinaryBuilder,
    received_open: BinaryBuilder,
    capabilities: ListBuilder<Int32Builder>,
    add_path: ListBuilder<StringBuilder>,
    afi: Int32Builder,
    safi: Int32Builder,
    system_name: StringBuilder,
    system_description: StringBuilder,
    rib_view: TextColumn,
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
            router_at: numbers(Kind::Timestamp),
            peer: PeerColumns::new(),
            kind: TextColumn::new(),
            old_state: Int32Builder::new(),
            new_state: Int32Builder::new(),
            reason_code: Int32Builder::new(),
            notification_code: Int32Builder::new(),
            notification_subcode: Int32Builder::new(),
            reason_text: StringBuilder::new(),
            direction: TextColumn::new(),
            local_ip: AddressColumn::new(),
            local_asn: Int64Builder::new(),
            hold_time_s: Int64Builder::new(),
            local_port: Int32Builder::new(),
            remote_port: Int32Builder::new(),
            sent_open: BinaryBuilder::new(),
            received_open: BinaryBuilder::new(),
            capabilities: ListBuilder::new(Int32Builder::new())
                .with_field(Kind::Int.element_field()),
            add_path: ListBuilder::new(StringBuilder::new()).with_field(Kind::Text.element_field()),
            afi: Int32Builder::new(),
            safi: Int32Builder::new(),
            system_name: StringBuilder::new(),
            system_description: StringBuilder::new(),
            rib_view: TextColumn::new(),
        }
    }

    /// Appends one row.
    pub fn append(&mut self, row: &SessionRow<'_>) {
        self.rows += 1;
        self.octets += row_octets(row);
        self.provenance
            .append(row.provenance, row.item, row.observed_at);
        self.router_at.append_option(row.router_at);
        self.peer.append(row.peer);
        self.append_event(row);
        self.append_ends(row);
        self.append_open(row);
        let (afi, safi) = row.family.unzip();
        self.afi.append_option(afi.map(i32::from));
        self.safi.append_option(safi.map(i32::from));
        self.system_name.append_option(row.system_name);
        self.system_description
            .append_option(row.system_description);
        self.rib_view.append(row.rib_view.map(RibView::name));
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
        let schema = Table::Sessions.schema();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
        self.provenance.finish(&mut arrays);
        arrays.push(Arc::new(self.router_at.finish()));
        self.peer.finish(&mut arrays);
        self.finish_event(&mut arrays);
        arrays.extend([
            self.local_ip.finish(),
            Arc::new(self.local_asn.finish()),
            Arc::new(self.hold_time_s.finish()),
            Arc::new(self.local_port.finish()),
            Arc::new(self.remote_port.finish()),
            Arc::new(self.sent_open.finish()),
            Arc::new(self.received_open.finish()),
            Arc::new(self.capabilities.finish()),
            Arc::new(self.add_path.finish()),
            Arc::new(self.afi.finish()),
            Arc::new(self.safi.finish()),
            Arc::new(self.system_name.finish()),
            Arc::new(self.system_description.finish()),
            self.rib_view.finish(),
        ]);
        (self.rows, self.octets) = (0, 0);
        built(RecordBatch::try_new(schema, arrays))
    }

    fn finish_event(&mut self, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            self.kind.finish(),
            Arc::new(self.old_state.finish()),
            Arc::new(self.new_state.finish()),
            Arc::new(self.reason_code.finish()),
            Arc::new(self.notification_code.finish()),
            Arc::new(self.notification_subcode.finish()),
            Arc::new(self.reason_text.finish()),
            self.direction.finish(),
        ]);
    }

    fn append_event(&mut self, row: &SessionRow<'_>) {
        self.kind.append(Some(row.kind.name()));
        self.old_state.append_option(row.old_state.map(i32::from));
        self.new_state.append_option(row.new_state.map(i32::from));
        self.reason_code
            .append_option(row.reason_code.map(i32::from));
        let (code, subcode) = row.notification.unzip();
        self.notification_code.append_option(code.map(i32::from));
        self.notification_subcode
            .append_option(subcode.map(i32::from));
        self.reason_text.append_option(row.reason_text);
        self.direction.append(row.direction.map(Direction::name));
    }

    fn append_ends(&mut self, row: &SessionRow<'_>) {
        self.local_ip.append(row.local_ip);
        self.local_asn.append_option(row.local_asn.map(i64::from));
        self.hold_time_s
            .append_option(row.hold_time_s.map(i64::from));
        self.local_port.append_option(row.local_port.map(i32::from));
        self.remote_port
            .append_option(row.remote_port.map(i32::from));
    }

    fn append_open(&mut self, row: &SessionRow<'_>) {
        self.sent_open.append_option(row.sent_open);
        self.received_open.append_option(row.received_open);
        for code in row.capabilities.unwrap_or_default() {
            self.capabilities.values().append_value(i32::from(*code));
        }
        self.capabilities.append(row.capabilities.is_some());
        for (afi, safi) in row.add_path.unwrap_or_default() {
            let families = self.add_path.values();
            // Writing to a column of text cannot fail.
            let _ = write!(families, "{afi}/{safi}");
            families.append_value("");
        }
        self.add_path.append(row.add_path.is_some());
    }
}

/// What a family takes as text, with its offset.
const FAMILY_OCTETS: usize = 12;

fn row_octets(row: &SessionRow<'_>) -> usize {
    let octets = |octets: Option<&[u8]>| octets.map_or(0, <[u8]>::len);
    let text = |text: Option<&str>| text.map_or(0, str::len);
    ROW_OCTETS
        + text(row.reason_text)
        + text(row.system_name)
        + text(row.system_description)
        + octets(row.sent_open)
        + octets(row.received_open)
        + 4 * octets(row.capabilities)
        + FAMILY_OCTETS * row.add_path.map_or(0, <[_]>::len)
}
