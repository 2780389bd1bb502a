//! Resource records (RFC 1035, section 4.1.3).

use super::{Name, RecordType, Section};

/// A resource record, or a question behind the first one.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Section it stands in.
    pub section: Section,
    /// Number of it within its section.
    pub index: u16,
    /// NAME.
    pub owner: Name<'a>,
    /// TYPE.
    pub record_type: RecordType,
    /// CLASS.
    pub class: u16,
    /// TTL, all 32 bits; 0 in a question.
    pub ttl: u32,
    /// RDATA as it is, names in it perhaps compressed; empty in a question.
    pub rdata: &'a [u8],
    /// Where RDATA begins in the message.
    pub rdata_offset: usize,
}
