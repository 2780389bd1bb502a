//! What may be kept of a message's octets: all of them, or a copy in which no client can be found.
//!
//! Clients stand in options of the OPT record: in Client Subnet, and in what vendors have made up. They are overwritten
//! where they are; of a damaged message that does not tell where they would be, nothing is kept.

use super::privacy::Addresses;
use super::status::locates_options;
use std::net::IpAddr;
use std::ops::Range;
use tables::ParseStatus;
use wire::dns::{
    Edns, EdnsOption, Message, NameText, OptionCode, Record, RecordType, read_message,
};

/// Options that tell nothing of a client but its cookie (IANA, DNS EDNS0 Option Codes): NSID, DAU, DHU, N3U, EXPIRE, COOKIE,
/// keepalive, padding, CHAIN, key tag, EDE, report channel, ZONEVERSION.
const HARMLESS_OPTIONS: [u16; 13] = [3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 18, 19];
/// Family and both prefix lengths, in front of the address (RFC 7871, section 6).
const SUBNET_HEADER_OCTETS: usize = 4;

/// A copy of a message.
#[derive(Debug, Default)]
pub(super) struct RawCopy {
    octets: Vec<u8>,
    name: NameText,
}

impl RawCopy {
    /// What may be kept of a message; none if nobody can tell.
    pub(super) fn of_message<'a>(
        &'a mut self,
        message: &Message<'a>,
        status: ParseStatus,
        addresses: &mut Addresses,
    ) -> Option<&'a [u8]> {
        let is_plain = || {
            let is_whole = status == ParseStatus::Ok && message.trailing_octets == 0;
            is_whole && message.edns.is_none_or(|edns| is_harmless(&edns))
        };
        if addresses.are_kept() || status == ParseStatus::HeaderShort || is_plain() {
            return Some(message.octets);
        }
        if !locates_options(status) {
            return None;
        }
        self.copy_message(message, addresses)
    }

    /// Without what stands behind the last record: nobody can say what that is.
    #[cold]
    fn copy_message(&mut self, message: &Message<'_>, addresses: &mut Addresses) -> Option<&[u8]> {
        let Self { octets, name } = self;
        octets.clear();
        octets.extend_from_slice(message.octets);
        read_message(message.octets, name, |record| {
            if record.record_type == RecordType::OPT {
                overwrite_options(octets, 0, record, addresses);
            }
        });
        let records_end = octets.len().checked_sub(message.trailing_octets)?;
        octets.get_mut(records_end..)?.fill(0);
        Some(octets)
    }
}

/// Whether no option may tell of a client.
fn is_harmless(edns: &Edns<'_>) -> bool {
    edns.options()
        .all(|option| option.is_ok_and(|option| HARMLESS_OPTIONS.contains(&option.code.0)))
}

/// Overwrites the data of options that may tell of a client, in a copy whose first octet stands at `begin` in the message.
pub(super) fn overwrite_options(
    copy: &mut [u8],
    begin: usize,
    opt: &Record<'_>,
    addresses: &mut Addresses,
) {
    let edns = Edns {
        udp_octets: opt.class,
        extended_rcode: 0,
        version: 0,
        flags: 0,
        options: opt.rdata,
        options_offset: opt.rdata_offset.saturating_sub(begin),
    };
    for option in edns.options() {
        match option {
            Ok(option) => overwrite_option(copy, &option, addresses),
            Err(error) => {
                let end = edns.options_offset.saturating_add(opt.rdata.len());
                fill(copy, error.offset..end);
            }
        }
    }
}

fn overwrite_option(copy: &mut [u8], option: &EdnsOption<'_>, addresses: &mut Addresses) {
    if HARMLESS_OPTIONS.contains(&option.code.0) {
        return;
    }
    let (begin, end) = (
        option.data_offset,
        option.data_offset.saturating_add(option.data.len()),
    );
    if option.code != OptionCode::CLIENT_SUBNET {
        return fill(copy, begin..end);
    }
    let begin = begin.saturating_add(SUBNET_HEADER_OCTETS).min(end);
    fill(copy, begin..end);
    let subnet = option.client_subnet();
    let shown = subnet
        .and_then(|subnet| addresses.shown_prefix(subnet.address, subnet.source_bits))
        .map(|(ip, _)| ip);
    match shown {
        Some(IpAddr::V4(ip)) => overwrite(copy, begin..end, &ip.octets()),
        Some(IpAddr::V6(ip)) => overwrite(copy, begin..end, &ip.octets()),
        None => {}
    }
}

fn fill(copy: &mut [u8], range: Range<usize>) {
    if let Some(octets) = copy.get_mut(range) {
        octets.fill(0);
    }
}

/// Puts as many octets there as there is room for.
fn overwrite(copy: &mut [u8], range: Range<usize>, with: &[u8]) {
    let room = copy.get_mut(range).unwrap_or_default();
    for (octet, with) in room.iter_mut().zip(with) {
        *octet = *with;
    }
}
