//! The records of the answer section that a PowerDNS server exports.

use crate::dns::Dns;
use crate::dns::observer::{address, narrow, printable};
use crate::message::{MessageRows, Reject};
use std::fmt::Write;
use std::net::IpAddr;
use tables::{Disposition, DnsContent, DnsRecordRow, ObservedAt, RowSink, TextList};
use wire::dns::RecordType;
use wire::pdns::{Record, Response};
use wire::{Fault, ParseError};

/// The answer section, as in ENTRADA's numbers.
const ANSWER: u8 = 1;
/// IN, which is what servers export.
const IN: u16 = 1;

/// What the columns of the message have of the records.
#[derive(Debug, Default)]
pub(super) struct Answers {
    addresses: Vec<IpAddr>,
    cnames: String,
    cname_ends: Vec<u32>,
    ttl_min_s: Option<i64>,
}

impl Answers {
    pub(super) fn read(&mut self, response: &Response<'_>, dns: &mut Dns) {
        self.addresses.clear();
        self.cnames.clear();
        self.cname_ends.clear();
        self.ttl_min_s = None;
        for record in response.records() {
            self.take(&record, dns);
        }
    }

    fn take(&mut self, record: &Record<'_>, dns: &mut Dns) {
        if let Some(ttl) = record.ttl {
            // With the top bit set it reads as 0 (RFC 2181, section 8).
            let ttl = i32::try_from(ttl).map_or(0, i64::from);
            self.ttl_min_s = Some(self.ttl_min_s.map_or(ttl, |least| least.min(ttl)));
        }
        match record_type(record) {
            Some(RecordType::A | RecordType::AAAA) => self.addresses.extend(address(record.rdata)),
            Some(RecordType::CNAME) => dns.with_name(printable(record.rdata), |_, target| {
                let Some(target) = target else { return };
                self.cnames.push_str(target);
                self.cname_ends.push(self.cnames.len() as u32);
            }),
            _ => {}
        }
    }

    /// Nothing but the columns of answers.
    pub(super) fn content(&self) -> DnsContent<'_> {
        DnsContent {
            answer_ttl_min_s: self.ttl_min_s,
            answer_addresses: &self.addresses,
            answer_cnames: TextList {
                text: &self.cnames,
                ends: &self.cname_ends,
            },
            ..DnsContent::default()
        }
    }
}

fn record_type(record: &Record<'_>) -> Option<RecordType> {
    narrow(record.record_type).map(RecordType)
}

/// The message that records belong to.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfMessage<'a> {
    /// Of its row.
    pub(super) item: i32,
    pub(super) observed_at: ObservedAt,
    pub(super) qname: Option<&'a str>,
    pub(super) server_ip: Option<IpAddr>,
    pub(super) dns_id: Option<u16>,
}

/// Pushes a row for each record; one without a type or a name is refused.
pub(super) fn push_records<S: RowSink>(
    response: &Response<'_>,
    message: OfMessage<'_>,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    for (record, index) in response.records().zip(0_u32..) {
        let Some(record_type) = record_type(&record) else {
            refuse(Fault::Missing, "record type", &record, rows);
            continue;
        };
        dns.with_name(printable(record.name), |dns, owner| {
            let Some(owner) = owner else {
                return refuse(Fault::BadValue, "record name", &record, rows);
            };
            with_rdata_text(record_type, &record, dns, |rdata_text| {
                rows.dns_record(&mut DnsRecordRow {
                    provenance: rows.provenance(),
                    item: 0,
                    observed_at: message.observed_at,
                    section: ANSWER,
                    index,
                    owner,
                    record_type: record_type.0,
                    class: narrow(record.class).unwrap_or(IN),
                    ttl_s: record.ttl,
                    rdata_text,
                    rdata: record.rdata.filter(|_| is_address(record_type)),
                    qname: message.qname,
                    server_ip: message.server_ip,
                    dns_id: message.dns_id,
                    message_item: message.item,
                });
            });
        });
    }
}

#[cold]
fn refuse<S: RowSink>(
    fault: Fault,
    field: &'static str,
    record: &Record<'_>,
    rows: &mut MessageRows<'_, S>,
) {
    let name = record.name.unwrap_or_default();
    let error = ParseError::new(fault, field, 0);
    rows.reject(&Reject::new(error, Disposition::MessageDiscard, name));
}

fn is_address(record_type: RecordType) -> bool {
    matches!(record_type, RecordType::A | RecordType::AAAA)
}

/// RDATA as text: addresses are sent as they are, all other types as text, in which a name that is all of it gets our form.
fn with_rdata_text(
    record_type: RecordType,
    record: &Record<'_>,
    dns: &mut Dns,
    then: impl FnOnce(Option<&str>),
) {
    let told = printable(record.rdata);
    match record_type {
        RecordType::A | RecordType::AAAA => {
            let mut text = String::new();
            if let Some(ip) = address(record.rdata) {
                // A String takes whatever it is given.
                let _ = write!(text, "{ip}");
            }
            then(Some(text.as_str()).filter(|text| !text.is_empty()));
        }
        RecordType::CNAME | RecordType::NS | RecordType::PTR => {
            dns.with_name(told, |_, name| then(name))
        }
        _ => then(Some(told).filter(|told| !told.is_empty())),
    }
}
