//! What all DNS feeds share: a message with what its envelope tells becomes rows; addresses pass through privacy here.

mod content;
mod edns;
pub(crate) mod observer;
mod privacy;
mod question;
mod raw;
mod records;
mod status;

#[cfg(test)]
pub(crate) mod row_texts;
#[cfg(test)]
mod tests;

pub use privacy::{Privacy, PrivacyKey};

use crate::DecoderSettings;
use crate::message::MessageRows;
use content::{Content, Keeping};
use privacy::Addresses;
use question::{Domains, QuestionText};
use records::Records;
use std::net::IpAddr;
use tables::{DnsContent, DnsExchange, DnsMessageRow, DnsPolicy, DnsQuestion, ObservedAt, RowSink};

/// Buffers that are used again for every message, and what is kept of the settings.
#[derive(Debug)]
pub(crate) struct Dns {
    addresses: Addresses,
    gives_registered_domains: bool,
    /// One for each message that is being read: a feed may look into one while it looks into another.
    contents: Vec<Box<Content>>,
    questions: Vec<QuestionText>,
    records: Records,
}

/// What is known of a message besides what it says itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carried<'a> {
    /// The message as received; on TCP without its length.
    pub(crate) octets: &'a [u8],
    /// How many octets it had, where it was captured short.
    pub(crate) cut_from: Option<u32>,
    /// When it was seen.
    pub(crate) observed_at: ObservedAt,
    /// Who spoke to whom; with the original addresses.
    pub(crate) exchange: DnsExchange<'a>,
}

impl Dns {
    pub(crate) fn new(settings: &DecoderSettings) -> Self {
        Self {
            addresses: Addresses::new(&settings.privacy),
            gives_registered_domains: settings.gives_registered_domains,
            contents: Vec::new(),
            questions: Vec::new(),
            records: Records::default(),
        }
    }

    /// An address of a client as rows may have it.
    #[inline]
    pub(crate) fn client_address(&mut self, address: IpAddr) -> Option<IpAddr> {
        self.addresses.shown(address)
    }

    /// A prefix with clients in it, and its length, as rows may have them.
    pub(crate) fn client_prefix(&mut self, address: IpAddr, bits: u8) -> Option<(IpAddr, u8)> {
        self.addresses.shown_prefix(address, bits)
    }

    /// An exchange as rows may have it.
    #[inline]
    pub(crate) fn shown_exchange<'a>(&mut self, exchange: &DnsExchange<'a>) -> DnsExchange<'a> {
        DnsExchange {
            client_ip: exchange.client_ip.and_then(|ip| self.client_address(ip)),
            ..*exchange
        }
    }

    /// A policy as rows may have it: where it was not the client's address that it went by, or where such addresses are kept.
    pub(crate) fn shown_policy<'a>(&self, policy: &DnsPolicy<'a>) -> DnsPolicy<'a> {
        let is_of_others = |matched: &&str| {
            let is_it = |words: &&str| words.eq_ignore_ascii_case(matched);
            MATCHED_OTHERS.iter().any(is_it)
        };
        if self.addresses.are_kept() || policy.matched.as_ref().is_some_and(is_of_others) {
            return *policy;
        }
        DnsPolicy {
            rule: policy.rule.filter(|rule| {
                policy.matched.is_none() && !names_client(rule) && !holds_address(rule)
            }),
            value: None,
            ..*policy
        }
    }

    /// Buffers for one message, to be given back to `contents`.
    #[inline]
    fn take_content(&mut self) -> Box<Content> {
        let new = || Content::new(Domains::new(self.gives_registered_domains));
        let kept = self.contents.pop();
        kept.unwrap_or_else(|| Box::new(new()))
    }

    /// Reads a message without an exchange, and calls `then` with what it says and with what may be kept of its octets.
    pub(crate) fn with_content(
        &mut self,
        octets: &[u8],
        then: impl FnOnce(&mut Self, &DnsContent<'_>),
    ) {
        let mut content = self.take_content();
        let read = content.read(octets, None, Keeping::All, &mut self.addresses);
        then(self, &read);
        self.contents.push(content);
    }

    /// Calls `then` with a name that a feed tells as text, in the form that ours have; none if that is no name.
    pub(crate) fn with_name(&mut self, name: &str, then: impl FnOnce(&mut Self, Option<&str>)) {
        let mut text = self.take_question();
        then(self, text.read_name(name));
        self.questions.push(text);
    }

    fn take_question(&mut self) -> QuestionText {
        let domains = || Domains::new(self.gives_registered_domains);
        let kept = self.questions.pop();
        kept.unwrap_or_else(|| QuestionText::new(domains()))
    }

    /// Calls `then` with the question that a feed tells as text, in whatever case and escaping, final dot or not; none if
    /// that is no name.
    pub(crate) fn with_question(
        &mut self,
        qname: &str,
        then: impl FnOnce(&mut Self, Option<&DnsQuestion<'_>>),
    ) {
        let mut text = self.take_question();
        then(self, text.read(qname).as_ref());
        self.questions.push(text);
    }
}

/// What a policy was matched with, where that is not the client's address (dnstap, `Policy.Match`).
const MATCHED_OTHERS: [&str; 4] = ["QNAME", "RESPONSE_IP", "NS_NAME", "NS_IP"];

/// Whether a policy's rule is about the client's address (`rpz-client-ip`).
fn names_client(text: &str) -> bool {
    let is_it = |word: &[u8]| word.eq_ignore_ascii_case(b"client");
    text.as_bytes().windows(b"client".len()).any(is_it)
}

/// Whether a text may hold an address: digits with three dots among them, or hexadecimal ones with two colons.
fn holds_address(text: &str) -> bool {
    let is_part = |octet: &u8| octet.is_ascii_hexdigit() || matches!(octet, b'.' | b':');
    let holds = |run: &[u8]| {
        let count = |mark: u8| run.iter().filter(|octet| **octet == mark).count();
        count(b'.') >= 3 || count(b':') >= 2
    };
    text.as_bytes().split(|octet| !is_part(octet)).any(holds)
}

/// Reads a message and pushes its rows: one of `dns_messages`, and those of `dns_records` where they are asked for.
#[inline]
pub(crate) fn push_message<S: RowSink>(
    carried: Carried<'_>,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    let mut content = dns.take_content();
    let keeping = if rows.settings().keeps_dns_messages {
        Keeping::All
    } else {
        Keeping::Damaged
    };
    let Carried {
        octets,
        cut_from,
        observed_at,
        mut exchange,
    } = carried;
    let read = content.read(octets, cut_from, keeping, &mut dns.addresses);
    let policy = exchange.policy.map(|policy| dns.shown_policy(policy));
    exchange.client_ip = exchange.client_ip.and_then(|ip| dns.client_address(ip));
    exchange.policy = policy.as_ref();
    let mut row = DnsMessageRow {
        provenance: rows.provenance(),
        item: 0,
        observed_at,
        exchange: &exchange,
        content: &read,
    };
    rows.dns_message(&mut row);
    if rows.settings().gives_dns_records {
        dns.records.push(octets, &row, &mut dns.addresses, rows);
    }
    dns.contents.push(content);
}
