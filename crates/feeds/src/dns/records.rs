//! Rows of `dns_records`: the questions behind the first one and all resource records of a message, which is read once more
//! for them.

use super::privacy::Addresses;
use super::raw::overwrite_options;
use super::status::locates_options;
use crate::message::MessageRows;
use tables::{DnsMessageRow, DnsRecordRow, RowSink};
use wire::dns::{NameText, Record, RecordType, Section, read_message};

/// Buffers for one record.
#[derive(Debug, Default)]
pub(super) struct Records {
    qname: NameText,
    owner: Owner,
    text: String,
    rdata: Vec<u8>,
}

impl Records {
    /// Pushes the rows of a message whose own row is `of`.
    #[inline(never)]
    pub(super) fn push<S: RowSink>(
        &mut self,
        octets: &[u8],
        of: &DnsMessageRow<'_>,
        addresses: &mut Addresses,
        rows: &mut MessageRows<'_, S>,
    ) {
        // Records before the damage may have swallowed the OPT record behind it.
        let may_tell = addresses.are_kept() || locates_options(of.content.parse_status);
        let Self {
            qname,
            owner,
            text,
            rdata,
        } = self;
        owner.offset = None;
        read_message(octets, qname, |record| {
            let has_rdata = record.section != Section::Question;
            let is_told = has_rdata && may_tell;
            rows.dns_record(&mut DnsRecordRow {
                provenance: of.provenance,
                item: 0,
                observed_at: of.observed_at,
                section: record.section as u8,
                index: record.index.into(),
                rdata_text: is_told.then(|| write_text(text, record)).flatten(),
                rdata: is_told.then(|| write_rdata(rdata, record, addresses)),
                owner: owner.of(record),
                record_type: record.record_type.0,
                class: record.class,
                ttl_s: has_rdata.then_some(record.ttl),
                qname: of.content.question.map(|question| question.qname),
                server_ip: of.exchange.server_ip,
                dns_id: octets.first_chunk().map(|id| u16::from_be_bytes(*id)),
                message_item: of.item,
            });
        });
    }
}

/// Owner of a record, and mostly of the next one too.
#[derive(Debug, Default)]
struct Owner {
    name: NameText,
    /// Where its first label stands in the message.
    offset: Option<usize>,
}

impl Owner {
    fn of(&mut self, record: &Record<'_>) -> &str {
        let offset = record.owner.first_label_offset();
        if self.offset != Some(offset) {
            record.owner.write_to(&mut self.name);
            self.offset = Some(offset);
        }
        self.name.as_str()
    }
}

/// RDATA in presentation form. An OPT record has none, and others only if they are sound.
fn write_text<'a>(text: &'a mut String, record: &Record<'_>) -> Option<&'a str> {
    text.clear();
    let is_written = record.record_type != RecordType::OPT && record.write_rdata_text(text).is_ok();
    is_written.then_some(text)
}

/// RDATA with its names expanded, or as it is if they are not sound; options as rows may have them.
fn write_rdata<'a>(
    rdata: &'a mut Vec<u8>,
    record: &Record<'_>,
    addresses: &mut Addresses,
) -> &'a [u8] {
    rdata.clear();
    if record
        .expand_rdata(|piece| rdata.extend_from_slice(piece))
        .is_err()
    {
        rdata.clear();
        rdata.extend_from_slice(record.rdata);
    }
    if record.record_type == RecordType::OPT && !addresses.are_kept() {
        overwrite_options(rdata, record.rdata_offset, record, addresses);
    }
    rdata
}
