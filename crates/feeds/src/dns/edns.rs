//! Options of an OPT record (RFC 6891, section 6.1.2) as rows have them.

use super::privacy::Addresses;
use std::fmt::Write;
use std::net::IpAddr;
use tables::DnsEdns;
use wire::Reader;
use wire::dns::Edns;

/// Name Server Identifier (RFC 5001).
const NSID: u16 = 3;
/// Client Subnet (RFC 7871).
pub(super) const CLIENT_SUBNET: u16 = 8;
/// Extended DNS Error (RFC 8914).
const EXTENDED_ERROR: u16 = 15;

/// Buffers for what the options of one message say.
#[derive(Debug, Default)]
pub(super) struct Options {
    codes: Vec<u16>,
    errors: Vec<u16>,
    error_text: String,
    nsid: String,
    subnet: String,
}

impl Options {
    /// Reads the options up to one that overruns. Of those that may not repeat the first counts.
    pub(super) fn read<'a>(
        &'a mut self,
        edns: &Edns<'_>,
        addresses: &mut Addresses,
    ) -> DnsEdns<'a> {
        self.clear();
        let mut scope = None;
        for (code, data) in options_of(edns.options) {
            self.codes.push(code);
            match code {
                NSID if self.nsid.is_empty() => push_printable(&mut self.nsid, data),
                CLIENT_SUBNET if scope.is_none() => scope = self.take_subnet(data, addresses),
                EXTENDED_ERROR => self.take_error(data),
                _ => {}
            }
        }
        let text = |text: &'a String| (!text.is_empty()).then_some(text.as_str());
        DnsEdns {
            udp_octets: Some(edns.udp_octets),
            version: Some(edns.version),
            flags: Some(edns.flags),
            options: Some(&self.codes),
            ede: &self.errors,
            ede_text: text(&self.error_text),
            nsid: text(&self.nsid),
            ecs: text(&self.subnet),
            ecs_scope: scope,
        }
    }

    fn clear(&mut self) {
        self.codes.clear();
        self.errors.clear();
        self.error_text.clear();
        self.nsid.clear();
        self.subnet.clear();
    }

    /// Its scope, if it is sound.
    fn take_subnet(&mut self, data: &[u8], addresses: &mut Addresses) -> Option<u8> {
        let subnet = Subnet::parse(data)?;
        if let Some((ip, bits)) = addresses.shown_prefix(subnet.ip, subnet.source_bits) {
            // A String takes whatever it is given.
            let _ = write!(self.subnet, "{ip}/{bits}");
        }
        Some(subnet.scope_bits)
    }

    fn take_error(&mut self, data: &[u8]) {
        let Some((code, text)) = data.split_first_chunk() else {
            return;
        };
        self.errors.push(u16::from_be_bytes(*code));
        let text = text.strip_suffix(&[0]).unwrap_or(text);
        if !text.is_empty() && !self.error_text.is_empty() {
            self.error_text.push_str("; ");
        }
        for chunk in text.utf8_chunks() {
            self.error_text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.error_text.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }
}

/// Codes and data of the options, up to one that overruns.
pub(super) fn options_of(options: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut reader = Reader::new(options);
    std::iter::from_fn(move || {
        let code = reader.u16("option code").ok()?;
        let octets = reader.u16("option length").ok()?;
        let data = reader.frame(octets.into(), "option data").ok()?;
        Some((code, data.rest()))
    })
}

/// Client Subnet (RFC 7871, section 6): u16 family, u8 SOURCE PREFIX-LENGTH, u8 SCOPE PREFIX-LENGTH, as many octets of the
/// address as the source prefix needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subnet {
    pub(super) ip: IpAddr,
    pub(super) source_bits: u8,
    scope_bits: u8,
}

impl Subnet {
    /// Octets in front of the address.
    pub(super) const HEADER_OCTETS: usize = 4;

    /// None if the family is another, or the lengths contradict each other.
    pub(super) fn parse(data: &[u8]) -> Option<Self> {
        let ([family_high, family_low, source_bits, scope_bits], address) =
            data.split_first_chunk()?;
        let ip = match u16::from_be_bytes([*family_high, *family_low]) {
            1 if *source_bits <= 32 => IpAddr::from(padded::<4>(address)?),
            2 if *source_bits <= 128 => IpAddr::from(padded::<16>(address)?),
            _ => return None,
        };
        let is_right = address.len() == usize::from(source_bits.div_ceil(8));
        is_right.then_some(Self {
            ip,
            source_bits: *source_bits,
            scope_bits: *scope_bits,
        })
    }
}

/// The octets of an address, and zeros behind them.
fn padded<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    let mut address = [0; N];
    address.get_mut(..octets.len())?.copy_from_slice(octets);
    Some(address)
}

/// Octets as they are if they are printable ASCII, else in hexadecimal.
fn push_printable(text: &mut String, octets: &[u8]) {
    let is_printable = |octet: &u8| matches!(octet, b' '..=b'~');
    match std::str::from_utf8(octets) {
        Ok(printable) if octets.iter().all(is_printable) => text.push_str(printable),
        _ => {
            for octet in octets {
                // A String takes whatever it is given.
                let _ = write!(text, "{octet:02x}");
            }
        }
    }
}
