//! Options of an OPT record (RFC 6891, section 6.1.2) as rows have them.

use super::privacy::Addresses;
use std::fmt::Write;
use tables::DnsEdns;
use wire::dns::{ClientSubnet, Edns, EdnsOption, OptionCode};

/// Buffers for what the options of one message say.
#[derive(Debug, Default)]
pub(super) struct Options {
    codes: Vec<u16>,
    errors: Vec<u16>,
    error_text: String,
    nsid: String,
    subnet: String,
    scope_bits: Option<u8>,
}

impl Options {
    /// Reads the options up to one that is cut short. Of those that may not repeat the first sound one counts.
    ///
    /// Texts of damaged options, which may have swallowed others, are left out if `may_tell` is not set.
    pub(super) fn read<'a>(
        &'a mut self,
        edns: &Edns<'_>,
        may_tell: bool,
        addresses: &mut Addresses,
    ) -> DnsEdns<'a> {
        self.clear();
        for option in edns.options().map_while(Result::ok) {
            self.take(&option, addresses);
        }
        DnsEdns {
            udp_octets: Some(edns.udp_octets),
            version: Some(edns.version),
            flags: Some(edns.flags),
            options: Some(&self.codes),
            ede: &self.errors,
            ede_text: some(&self.error_text).filter(|_| may_tell),
            nsid: some(&self.nsid).filter(|_| may_tell),
            ecs: some(&self.subnet),
            ecs_scope: self.scope_bits,
        }
    }

    fn clear(&mut self) {
        self.codes.clear();
        self.errors.clear();
        self.error_text.clear();
        self.nsid.clear();
        self.subnet.clear();
        self.scope_bits = None;
    }

    fn take(&mut self, option: &EdnsOption<'_>, addresses: &mut Addresses) {
        self.codes.push(option.code.0);
        match option.code {
            OptionCode::NSID if self.nsid.is_empty() => push_printable(&mut self.nsid, option.data),
            OptionCode::CLIENT_SUBNET if self.scope_bits.is_none() => {
                if let Some(subnet) = option.client_subnet() {
                    self.take_subnet(&subnet, addresses);
                }
            }
            OptionCode::EXTENDED_ERROR => {
                if let Some(error) = option.extended_error() {
                    self.errors.push(error.info_code);
                    self.take_error_text(error.extra_text);
                }
            }
            _ => {}
        }
    }

    fn take_subnet(&mut self, subnet: &ClientSubnet, addresses: &mut Addresses) {
        self.scope_bits = Some(subnet.scope_bits);
        if let Some((ip, bits)) = addresses.shown_prefix(subnet.address, subnet.source_bits) {
            // A String takes whatever it is given.
            let _ = write!(self.subnet, "{ip}/{bits}");
        }
    }

    fn take_error_text(&mut self, text: &[u8]) {
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

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
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
