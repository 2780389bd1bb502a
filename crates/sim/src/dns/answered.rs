//! What the resolver finds out, and how it says so.

use super::asked::{About, Asked};
use super::clients::CLIENT_SUBNET;
use super::domains::{Domain, HOSTS};
use crate::writer::dns::{Data, Edns, Message, Name, Resource, flag, rcode, rtype};

/// Extended DNS Errors (RFC 8914).
const EXTENDED_ERROR: u16 = 15;
const NO_REACHABLE_AUTHORITY: u16 = 22;
/// Without an OPT record no more is sent over UDP (RFC 1035, section 2.3.4).
const UDP_OCTETS_PLAIN: usize = 512;
/// What both sides say they can take.
const UDP_OCTETS: u16 = 1232;

/// What is known about a question.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    rcode: u16,
    answers: Vec<Resource>,
    authority: Vec<Resource>,
    /// Records that prove the answers, for who asks for them (DO).
    signature: Option<Resource>,
}

impl Answered {
    /// The truth, as the servers of its zone tell it.
    pub(crate) fn truly(asked: &Asked) -> Self {
        match &asked.about {
            About::Host(domain, host) => Self::host(domain, host, asked.qtype),
            About::Reverse(domain) => Self::found(vec![Resource {
                owner: Name::new(&asked.qname),
                rtype: rtype::PTR,
                ttl_s: 3_600,
                data: Data::Name(Name::new(&format!("{}.{}", HOSTS[0], domain.text()))),
            }]),
            About::Nothing { zone } => Self {
                rcode: rcode::NX_DOMAIN,
                authority: vec![Domain::authority(zone)],
                ..Self::found(Vec::new())
            },
        }
    }

    fn host(domain: &Domain, host: &str, qtype: u16) -> Self {
        let answers = domain.records(host, qtype);
        let is_there = answers.iter().any(|record| record.rtype == qtype);
        let authority = (!is_there).then(|| Domain::authority(&domain.text()));
        let signed = answers.first().filter(|_| domain.is_signed());
        Self {
            signature: signed.map(|first| domain.signature(first)),
            authority: authority.into_iter().collect(),
            ..Self::found(answers)
        }
    }

    fn found(answers: Vec<Resource>) -> Self {
        Self {
            rcode: rcode::NO_ERROR,
            answers,
            authority: Vec::new(),
            signature: None,
        }
    }

    /// That no server has answered.
    pub(crate) fn unreachable() -> Self {
        Self {
            rcode: rcode::SERV_FAIL,
            ..Self::found(Vec::new())
        }
    }

    /// For how many seconds it may be kept.
    pub(crate) fn ttl_s(&self) -> u32 {
        let records = self.answers.iter().chain(&self.authority);
        records.map(|record| record.ttl_s).min().unwrap_or(30)
    }

    /// The same after so many seconds.
    pub(crate) fn aged(mut self, seconds: u32) -> Self {
        for record in self.answers.iter_mut().chain(&mut self.authority) {
            record.ttl_s = record.ttl_s.saturating_sub(seconds);
        }
        self
    }

    /// The response to a query, with flags besides those of every response.
    pub(crate) fn response(&self, query: &Message, flags: u16) -> Message {
        let is_do = query.edns.as_ref().is_some_and(|edns| edns.is_do);
        let signature = self.signature.as_ref().filter(|_| is_do);
        let is_proven = signature.is_some() && flags & flag::RA != 0;
        Message {
            flags: flag::QR
                | query.flags
                | flags
                | if is_proven { flag::AD } else { 0 }
                | self.rcode,
            answers: self.answers.iter().chain(signature).cloned().collect(),
            authority: self.authority.clone(),
            edns: query.edns.as_ref().map(|edns| self.edns(edns)),
            ..query.clone()
        }
    }

    /// The answer's OPT record: what the query has, but for what only a client pads, and the error.
    fn edns(&self, of_query: &Edns) -> Edns {
        let is_answered = |option: &&(u16, Vec<u8>)| option.0 == CLIENT_SUBNET;
        let subnet = of_query.options.iter().find(is_answered).cloned();
        let mut options: Vec<_> = subnet.into_iter().collect();
        if self.rcode == rcode::SERV_FAIL {
            let text = &b"no server of the zone has answered"[..];
            let content = [&NO_REACHABLE_AUTHORITY.to_be_bytes()[..], text].concat();
            options.push((EXTENDED_ERROR, content));
        }
        Edns {
            udp_octets: UDP_OCTETS,
            is_do: of_query.is_do,
            options,
        }
    }
}

/// How many octets a response over UDP may have.
pub(crate) fn udp_octets_max(query: &Message) -> usize {
    let told = query
        .edns
        .as_ref()
        .map(|edns| edns.udp_octets.min(UDP_OCTETS));
    told.map_or(UDP_OCTETS_PLAIN, usize::from)
        .max(UDP_OCTETS_PLAIN)
}

/// The response when it does not fit: that there is more (TC), and nothing else.
pub(crate) fn truncated(response: Message) -> Message {
    Message {
        flags: response.flags | flag::TC,
        answers: Vec::new(),
        authority: Vec::new(),
        ..response
    }
}
