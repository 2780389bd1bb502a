//! What may be kept of a message's octets: all of them, or a copy in which no client can be found.
//!
//! Clients stand in options of the OPT record (Client Subnet, and what vendors have made up). They are overwritten where
//! they are; where a damaged message does not tell where they would be, nothing of it is kept.

use super::content::is_whole;
use super::edns::{CLIENT_SUBNET, Subnet};
use super::privacy::Addresses;
use std::net::IpAddr;
use std::ops::Range;
use tables::ParseStatus;
use wire::Reader;
use wire::dns::{Message, NameText, RecordType, read_message};

/// Options that tell nothing of a client but its cookie (IANA, DNS EDNS0 Option Codes): NSID, DAU, DHU, N3U, EXPIRE, COOKIE,
/// keepalive, padding, CHAIN, key tag, EDE, report channel, ZONEVERSION.
const HARMLESS_OPTIONS: [u16; 13] = [3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 18, 19];

/// A copy of a message.
#[derive(Debug, Default)]
pub(super) struct RawCopy {
    octets: Vec<u8>,
    opts: Vec<Range<usize>>,
    name: NameText,
}

impl RawCopy {
    /// What may be kept of a message; none if that cannot be told apart.
    pub(super) fn of<'a>(
        &'a mut self,
        message: &Message<'a>,
        status: ParseStatus,
        addresses: &mut Addresses,
    ) -> Option<&'a [u8]> {
        let is_plain = status == ParseStatus::Ok
            && message.edns.is_none_or(|edns| edns.options.is_empty())
            && message.trailing_octets == 0;
        if addresses.are_kept() || is_plain || status == ParseStatus::HeaderShort {
            return Some(message.octets);
        }
        if !is_whole(status) || status == ParseStatus::Opt {
            return None;
        }
        self.copy(message, addresses)
    }

    #[cold]
    fn copy(&mut self, message: &Message<'_>, addresses: &mut Addresses) -> Option<&[u8]> {
        let Self { octets, opts, name } = self;
        octets.clear();
        octets.extend_from_slice(message.octets);
        opts.clear();
        read_message(message.octets, name, |record| {
            if record.record_type == RecordType::OPT {
                let end = record.rdata_offset.saturating_add(record.rdata.len());
                opts.push(record.rdata_offset..end);
            }
        });
        for opt in opts {
            overwrite_options(octets.get_mut(opt.clone())?, addresses);
        }
        let records_end = octets.len().checked_sub(message.trailing_octets)?;
        octets.get_mut(records_end..)?.fill(0);
        Some(octets)
    }
}

/// Overwrites the data of options that may tell of a client, and all from an option on that overruns.
fn overwrite_options(options: &mut [u8], addresses: &mut Addresses) {
    let mut at = 0_usize;
    while let Some(rest) = options.get_mut(at..).filter(|rest| !rest.is_empty()) {
        let Some((code, octets)) = head_of(rest) else {
            return rest.fill(0);
        };
        let end = OPTION_HEADER_OCTETS.saturating_add(octets);
        let Some(data) = rest.get_mut(OPTION_HEADER_OCTETS..end) else {
            return rest.fill(0);
        };
        match code {
            CLIENT_SUBNET => overwrite_subnet(data, addresses),
            code if HARMLESS_OPTIONS.contains(&code) => {}
            _ => data.fill(0),
        }
        at = at.saturating_add(end);
    }
}

/// Code and length of an option.
const OPTION_HEADER_OCTETS: usize = 4;

fn head_of(option: &[u8]) -> Option<(u16, usize)> {
    let mut reader = Reader::new(option);
    let code = reader.u16("option code").ok()?;
    let octets = reader.u16("option length").ok()?;
    Some((code, octets.into()))
}

fn overwrite_subnet(data: &mut [u8], addresses: &mut Addresses) {
    let subnet = Subnet::parse(data);
    let Some(address) = data.get_mut(Subnet::HEADER_OCTETS..) else {
        return data.fill(0);
    };
    address.fill(0);
    let shown = subnet.and_then(|subnet| addresses.shown_prefix(subnet.ip, subnet.source_bits));
    let mut copy = |shown: &[u8]| {
        for (octet, shown) in address.iter_mut().zip(shown) {
            *octet = *shown;
        }
    };
    match shown {
        Some((IpAddr::V4(ip), _)) => copy(&ip.octets()),
        Some((IpAddr::V6(ip), _)) => copy(&ip.octets()),
        None => {}
    }
}
