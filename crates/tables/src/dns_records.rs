//! Table `dns_records`: the questions behind the first one and all resource records of DNS messages, one row each.

mod builder;
mod columns;
#[cfg(test)]
mod tests;

pub use builder::DnsRecordsBuilder;
pub(crate) use columns::{COLUMNS, DOC};

use crate::{ObservedAt, Provenance};
use std::net::IpAddr;

/// One question or resource record. Rows of one message come one after the other.
#[derive(Clone, Copy, Debug)]
pub struct DnsRecordRow<'a> {
    /// The Kafka message.
    pub provenance: &'a Provenance<'a>,
    /// Number of the row within the Kafka message and this table.
    pub item: i32,
    /// When the DNS message was seen: as in its row.
    pub observed_at: ObservedAt,
    /// 0 question, 1 answer, 2 authority, 3 additional.
    pub section: u8,
    /// Number of it within its section.
    pub index: u32,
    /// Owner as text, in the form of QNAME.
    pub owner: &'a str,
    /// TYPE.
    pub record_type: u16,
    /// CLASS.
    pub class: u16,
    /// TTL, all 32 bits; none for a question.
    pub ttl_s: Option<u32>,
    /// RDATA in presentation form, where it could be read.
    pub rdata_text: Option<&'a str>,
    /// RDATA with its names expanded; none for a question.
    pub rdata: Option<&'a [u8]>,
    /// QNAME of the message, where it has one.
    pub qname: Option<&'a str>,
    /// Address of who answers.
    pub server_ip: Option<IpAddr>,
    /// ID of the message.
    pub dns_id: Option<u16>,
    /// `item` of the message's row.
    pub message_item: i32,
}
