//! A DNS message as rows have it, in buffers that the next one uses again.

use super::edns::Options;
use super::privacy::Addresses;
use super::question;
use super::raw::RawCopy;
use super::status::{is_whole, locates_options, status_of};
use std::net::IpAddr;
use tables::{DnsContent, DnsHeader, ParseStatus, TextList};
use wire::dns::{Header, NameText, Record, RecordType, Section, read_message};

/// Text of CNAME records is kept up to so many octets per message: names that are compressed take few octets themselves.
const CNAMES_OCTETS_MAX: usize = 64 * 1024;

/// Buffers for what one message says.
#[derive(Debug, Default)]
pub(super) struct Content {
    qname: NameText,
    domains: question::Domains,
    answers: Answers,
    options: Options,
    raw: RawCopy,
}

/// Which messages are kept as received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// Those that are damaged.
    Damaged,
    /// All.
    All,
}

impl Content {
    pub(super) fn new(domains: question::Domains) -> Self {
        Self {
            domains,
            ..Self::default()
        }
    }

    /// Reads a message, of which so many octets were captured if it was longer.
    #[inline]
    pub(super) fn read<'a>(
        &'a mut self,
        octets: &'a [u8],
        cut_from: Option<u32>,
        keeping: Keeping,
        addresses: &mut Addresses,
    ) -> DnsContent<'a> {
        let Self {
            qname,
            domains,
            answers,
            options,
            raw,
        } = self;
        answers.clear();
        let message = read_message(octets, qname, |record| answers.take(record));
        let status = status_of(&message, cut_from);
        let raw = match (keeping, status) {
            (Keeping::Damaged, ParseStatus::Ok) => None,
            _ => raw.of_message(&message, status, addresses),
        };
        let may_tell = addresses.are_kept() || locates_options(status);
        let extended_rcode = message.edns.map_or(0, |edns| edns.extended_rcode);
        DnsContent {
            octets_count: cut_from.or(u32::try_from(octets.len()).ok()),
            header: message.header.map_or_else(DnsHeader::default, |header| {
                header_of(header, extended_rcode)
            }),
            question: message
                .question
                .map(|told| question::of_message(told, qname, domains)),
            edns: message
                .edns
                .map(|edns| options.read(&edns, may_tell, addresses)),
            answer_ttl_min_s: message.answer_ttl_min.map(i64::from),
            answer_addresses: &answers.addresses,
            answer_cnames: TextList {
                text: &answers.cnames,
                ends: &answers.cname_ends,
            },
            trailing_octets: is_whole(status)
                .then(|| u32::try_from(message.trailing_octets).unwrap_or(u32::MAX)),
            parse_status: status,
            error_offset: message
                .error
                .map(|error| u32::try_from(error.offset).unwrap_or(u32::MAX)),
            raw,
        }
    }
}

#[inline]
fn header_of(header: Header, extended_rcode: u8) -> DnsHeader {
    DnsHeader {
        known: DnsHeader::ALL,
        id: header.id,
        opcode: (header.flags >> 11 & 0xf) as u8,
        rcode: u16::from(extended_rcode) << 4 | header.flags & 0xf,
        flags: header.flags,
        counts: header.counts,
    }
}

/// What the answer section tells of addresses and names.
#[derive(Debug, Default)]
struct Answers {
    addresses: Vec<IpAddr>,
    cnames: String,
    cname_ends: Vec<u32>,
    name: NameText,
}

impl Answers {
    fn clear(&mut self) {
        self.addresses.clear();
        self.cnames.clear();
        self.cname_ends.clear();
    }

    #[inline]
    fn take(&mut self, record: &Record<'_>) {
        if record.section != Section::Answer {
            return;
        }
        match record.record_type {
            RecordType::A => self.take_address::<4>(record.rdata),
            RecordType::AAAA => self.take_address::<16>(record.rdata),
            RecordType::CNAME => self.take_cname(record),
            _ => {}
        }
    }

    #[inline]
    fn take_address<const N: usize>(&mut self, rdata: &[u8])
    where
        IpAddr: From<[u8; N]>,
    {
        if let Ok(octets) = <[u8; N]>::try_from(rdata) {
            self.addresses.push(octets.into());
        }
    }

    #[inline(never)]
    fn take_cname(&mut self, record: &Record<'_>) {
        let Ok(target) = record.rdata_name() else {
            return;
        };
        target.write_to(&mut self.name);
        let end = self.cnames.len().saturating_add(self.name.as_str().len());
        if let Ok(text_end) = u32::try_from(end)
            && end <= CNAMES_OCTETS_MAX
        {
            self.cnames.push_str(self.name.as_str());
            self.cname_ends.push(text_end);
        }
    }
}
