//! Questions and resource records become record batches of `dns_records`, as messages do those of `dns_messages`.

use crate::build::{AddressKeys, Numbers, Octets, RowStage, Seen, Text, Validity, built};
use crate::dns::marks::mark;
use crate::dns::{DnsSeenColumns, narrowed};
use crate::{DnsRecordRow, Kind, Table};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type, SchemaRef};

/// What a row takes besides its texts and octets, roughly.
const ROW_OCTETS: usize = 96;

/// Presence bits, beside those that every such table has (1 to 5).
mod present {
    pub(super) const TTL: u64 = 1 << 6;
    pub(super) const RDATA_TEXT: u64 = 1 << 7;
    pub(super) const RDATA: u64 = 1 << 8;
    pub(super) const QNAME: u64 = 1 << 9;
    pub(super) const SERVER_IP: u64 = 1 << 10;
    pub(super) const DNS_ID: u64 = 1 << 11;
    /// Every row has an owner.
    pub(super) const OWNER: u64 = 1 << 12;
}

/// A row that waits, its texts and octets copied. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
struct Staged {
    seen: Seen,
    section: u8,
    index: u32,
    record_type: u16,
    class: u16,
    dns_id: u16,
    message_item: i32,
    ttl_s: u32,
    owner: u32,
    rdata_text: u32,
    rdata: u32,
    qname: u32,
    server_ip: i32,
}

/// Builder of `dns_records`.
#[derive(Debug)]
pub struct DnsRecordsBuilder {
    schema: SchemaRef,
    stage: RowStage<Staged>,
    octets: usize,
    seen: DnsSeenColumns,
    section: Numbers<Int32Type>,
    index: Numbers<Int32Type>,
    owner: Text,
    record_type: Numbers<Int32Type>,
    class: Numbers<Int32Type>,
    ttl_s: Numbers<Int64Type>,
    rdata_text: Text,
    rdata: Octets,
    qname: Text,
    server_ip: AddressKeys,
    dns_id: Numbers<Int32Type>,
    message_item: Numbers<Int32Type>,
}

impl Default for DnsRecordsBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl DnsRecordsBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self {
            schema: Table::DnsRecords.schema(),
            stage: RowStage::new(),
            octets: 0,
            seen: DnsSeenColumns::new(),
            section: Numbers::new(Kind::Int),
            index: Numbers::new(Kind::Int),
            owner: Text::default(),
            record_type: Numbers::new(Kind::Int),
            class: Numbers::new(Kind::Int),
            ttl_s: Numbers::new(Kind::Long),
            rdata_text: Text::default(),
            rdata: Octets::default(),
            qname: Text::default(),
            server_ip: AddressKeys::default(),
            dns_id: Numbers::new(Kind::Int),
            message_item: Numbers::new(Kind::Int),
        }
    }

    /// Appends one row.
    #[inline]
    pub fn append(&mut self, row: &DnsRecordRow<'_>) {
        let mut staged = Staged {
            section: row.section,
            index: row.index,
            record_type: row.record_type,
            class: row.class,
            dns_id: row.dns_id.unwrap_or_default(),
            message_item: row.message_item,
            ttl_s: row.ttl_s.unwrap_or_default(),
            ..Staged::default()
        };
        let present = self
            .seen
            .fill(row.provenance, row.item, row.observed_at, &mut staged.seen)
            | marks_of(row);
        self.copy(row, &mut staged);
        *self.stage.next() = staged;
        if self.stage.push(present) {
            self.expand();
        }
    }

    /// Rows since the last batch.
    pub fn rows(&self) -> usize {
        self.stage.batch_rows()
    }

    /// Octets of memory that they take, roughly.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// The batch of all rows since the last one; the builder is ready for the next.
    pub fn finish(&mut self) -> RecordBatch {
        self.expand();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        let validities = self.stage.validities();
        self.seen.finish(&validities, &mut arrays);
        self.seen.finish_source();
        arrays.extend([
            self.section.finish(&Validity::Full),
            self.index.finish(&Validity::Full),
            self.owner.finish(&Validity::Full),
            self.record_type.finish(&Validity::Full),
            self.class.finish(&Validity::Full),
            self.ttl_s.finish(&validities.of(present::TTL)),
            self.rdata_text.finish(&validities.of(present::RDATA_TEXT)),
            self.rdata.finish(&validities.of(present::RDATA)),
            self.qname.finish(&validities.of(present::QNAME)),
            self.server_ip.finish(&validities.of(present::SERVER_IP)),
            self.dns_id.finish(&validities.of(present::DNS_ID)),
            self.message_item.finish(&Validity::Full),
        ]);
        self.stage.begin_batch();
        self.octets = 0;
        built(RecordBatch::try_new(self.schema.clone(), arrays))
    }

    #[inline]
    fn copy(&mut self, row: &DnsRecordRow<'_>, to: &mut Staged) {
        to.owner = self.owner.push_value(row.owner.as_bytes());
        if let Some(text) = row.rdata_text {
            to.rdata_text = self.rdata_text.push_value(text.as_bytes());
        }
        if let Some(rdata) = row.rdata {
            to.rdata = self.rdata.push_value(rdata);
        }
        if let Some(qname) = row.qname {
            to.qname = self.qname.push_value(qname.as_bytes());
        }
        to.server_ip = self.server_ip.optional_key(row.server_ip);
        let copied = to.owner + to.rdata_text + to.rdata + to.qname;
        self.octets += ROW_OCTETS + copied as usize;
    }

    #[inline(never)]
    fn expand(&mut self) {
        let stage = &self.stage.waiting();
        self.seen.push(stage, |row| &row.seen);
        self.section.push(stage, |row| row.section.into());
        self.index.push(stage, |row| narrowed(row.index));
        self.owner.push(stage, present::OWNER, |row| row.owner);
        self.record_type.push(stage, |row| row.record_type.into());
        self.class.push(stage, |row| row.class.into());
        self.ttl_s
            .push_optional(stage, present::TTL, |row| row.ttl_s.into());
        self.rdata_text
            .push(stage, present::RDATA_TEXT, |row| row.rdata_text);
        self.rdata.push(stage, present::RDATA, |row| row.rdata);
        self.qname.push(stage, present::QNAME, |row| row.qname);
        self.server_ip
            .push_optional(stage, present::SERVER_IP, |row| row.server_ip);
        self.dns_id
            .push_optional(stage, present::DNS_ID, |row| row.dns_id.into());
        self.message_item.push(stage, |row| row.message_item);
        self.stage.clear();
    }
}

#[inline]
fn marks_of(row: &DnsRecordRow<'_>) -> u64 {
    present::OWNER
        | mark(row.ttl_s.is_some(), present::TTL)
        | mark(row.rdata_text.is_some(), present::RDATA_TEXT)
        | mark(row.rdata.is_some(), present::RDATA)
        | mark(row.qname.is_some(), present::QNAME)
        | mark(row.server_ip.is_some(), present::SERVER_IP)
        | mark(row.dns_id.is_some(), present::DNS_ID)
}
