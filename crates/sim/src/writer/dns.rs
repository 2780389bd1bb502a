//! DNS messages (RFC 1035, section 4), with their names compressed (section 4.1.4), and EDNS (RFC 6891).

mod name;

pub(crate) use name::Name;

use super::octets::{put_address, put_u16, put_u32, with_length_u16};
use name::Names;
use std::net::IpAddr;

/// Types of records, by their names in the IANA registry.
pub(crate) mod rtype {
    pub(crate) const A: u16 = 1;
    pub(crate) const NS: u16 = 2;
    pub(crate) const CNAME: u16 = 5;
    pub(crate) const SOA: u16 = 6;
    pub(crate) const PTR: u16 = 12;
    pub(crate) const MX: u16 = 15;
    pub(crate) const TXT: u16 = 16;
    pub(crate) const AAAA: u16 = 28;
    pub(crate) const RRSIG: u16 = 46;
    pub(crate) const HTTPS: u16 = 65;
}

/// Flags of the header.
pub(crate) mod flag {
    pub(crate) const QR: u16 = 0x8000;
    pub(crate) const AA: u16 = 0x0400;
    pub(crate) const TC: u16 = 0x0200;
    pub(crate) const RD: u16 = 0x0100;
    pub(crate) const RA: u16 = 0x0080;
    pub(crate) const AD: u16 = 0x0020;
}

/// Response codes.
pub(crate) mod rcode {
    pub(crate) const NO_ERROR: u16 = 0;
    pub(crate) const SERV_FAIL: u16 = 2;
    pub(crate) const NX_DOMAIN: u16 = 3;
}

const IN: u16 = 1;
const OPT: u16 = 41;
const DO: u16 = 0x8000;

/// A message with one question.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) id: u16,
    /// Flags and RCODE.
    pub(crate) flags: u16,
    pub(crate) qname: Name,
    pub(crate) qtype: u16,
    pub(crate) answers: Vec<Resource>,
    pub(crate) authority: Vec<Resource>,
    pub(crate) edns: Option<Edns>,
}

/// A resource record of class IN.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) owner: Name,
    pub(crate) rtype: u16,
    pub(crate) ttl_s: u32,
    pub(crate) data: Data,
}

/// What a record holds.
#[derive(Clone, Debug)]
pub(crate) enum Data {
    Address(IpAddr),
    /// Of NS, CNAME, PTR.
    Name(Name),
    Mx(u16, Name),
    /// Each at most 255 octets long.
    Text(Vec<String>),
    /// The primary server of a zone, and who answers for it.
    Soa(Name, Name),
    /// As it is.
    Octets(Vec<u8>),
}

/// The OPT record.
#[derive(Clone, Debug)]
pub(crate) struct Edns {
    pub(crate) udp_octets: u16,
    pub(crate) is_do: bool,
    /// Code and content of each option.
    pub(crate) options: Vec<(u16, Vec<u8>)>,
}

impl Message {
    /// The octets of it.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        let additional = u16::from(self.edns.is_some());
        let counts = [self.answers.len() as u16, self.authority.len() as u16];
        for value in [self.id, self.flags, 1, counts[0], counts[1], additional] {
            put_u16(&mut out, value);
        }
        let mut names = Names::default();
        names.write(&mut out, &self.qname);
        put_u16(&mut out, self.qtype);
        put_u16(&mut out, IN);
        for resource in self.answers.iter().chain(&self.authority) {
            resource.write(&mut out, &mut names);
        }
        if let Some(edns) = &self.edns {
            edns.write(&mut out);
        }
        out
    }
}

impl Resource {
    fn write(&self, out: &mut Vec<u8>, names: &mut Names) {
        names.write(out, &self.owner);
        put_u16(out, self.rtype);
        put_u16(out, IN);
        put_u32(out, self.ttl_s);
        with_length_u16(out, |out| self.data.write(out, names));
    }
}

impl Data {
    fn write(&self, out: &mut Vec<u8>, names: &mut Names) {
        match self {
            Self::Address(address) => put_address(out, *address),
            Self::Name(name) => names.write(out, name),
            Self::Mx(preference, name) => {
                put_u16(out, *preference);
                names.write(out, name);
            }
            Self::Text(texts) => texts.iter().for_each(|text| put_text(out, text)),
            Self::Soa(primary, mailbox) => {
                names.write(out, primary);
                names.write(out, mailbox);
                for value in [2_026_010_100, 7_200, 900, 1_209_600, 300] {
                    put_u32(out, value);
                }
            }
            Self::Octets(octets) => out.extend_from_slice(octets),
        }
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.push(text.len() as u8);
    out.extend_from_slice(text.as_bytes());
}

impl Edns {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(0); // owner: the root
        put_u16(out, OPT);
        put_u16(out, self.udp_octets);
        put_u16(out, 0); // extended RCODE, version
        put_u16(out, if self.is_do { DO } else { 0 });
        with_length_u16(out, |out| {
            for (code, content) in &self.options {
                put_u16(out, *code);
                with_length_u16(out, |out| out.extend_from_slice(content));
            }
        });
    }
}

#[cfg(test)]
mod tests;
