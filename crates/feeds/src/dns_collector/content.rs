//! What a message says, as DNS-collector tells it: a row of `dns_messages`, and those of `dns_records` where they are asked for.

use super::Envelope;
use super::items::{self, ItemText};
use super::leaves::Item;
use super::names::{self, Named};
use crate::dns::Dns;
use crate::json::{Place, decimal, told};
use crate::message::{MessageRows, Reject};
use std::fmt::Write;
use std::net::IpAddr;
use tables::{
    Disposition, DnsContent, DnsEdns, DnsExchange, DnsHeader, DnsMessageRow, DnsQuestion,
    DnsRecordRow, ObservedAt, ParseStatus, RowSink, TextList,
};
use wire::ParseError;
use wire::dns::RecordType;

/// NSID (RFC 5001), Client Subnet (RFC 7871), Extended DNS Error (RFC 8914).
const NSID: u16 = 3;
const CLIENT_SUBNET: u16 = 8;
const EXTENDED_ERROR: u16 = 15;
/// Places of the flags in the header: QR, AA, TC, RD, RA, AD, CD.
const FLAGS: [u16; 7] = [0x8000, 0x400, 0x200, 0x100, 0x80, 0x20, 0x10];

/// Buffers for what one message says.
#[derive(Debug, Default)]
pub(super) struct Content {
    options: Options,
    answers: Answers,
}

impl Content {
    /// Pushes the rows.
    pub(super) fn push<S: RowSink>(
        &mut self,
        envelope: &Envelope<'_, '_>,
        items: &[Item],
        (observed_at, exchange): (ObservedAt, &DnsExchange<'_>),
        dns: &mut Dns,
        rows: &mut MessageRows<'_, S>,
    ) {
        let (document, leaves) = (envelope.document, envelope.leaves);
        self.options.clear();
        items::for_each(document, leaves, items, 0, |item| {
            self.options.take(&item, dns, rows);
        });
        self.answers.clear();
        items::for_each(document, leaves, items, 1, |item| {
            self.answers.take(&item, dns);
        });
        let Self { options, answers } = self;
        let content = DnsContent {
            octets_count: envelope.number("dns.length", leaves.length, rows),
            header: envelope.header(rows),
            edns: envelope.edns(options, rows),
            answer_ttl_min_s: answers.ttl_min,
            answer_addresses: &answers.addresses,
            answer_cnames: TextList {
                text: &answers.cnames,
                ends: &answers.cname_ends,
            },
            parse_status: envelope.parse_status(rows),
            ..DnsContent::default()
        };
        let mut shown = dns.shown_exchange(exchange);
        let policy = shown.policy.map(|policy| dns.shown_policy(policy));
        shown.policy = policy.as_ref();
        envelope.with_question(dns, rows, |dns, question, rows| {
            let content = DnsContent {
                question,
                ..content
            };
            let mut row = DnsMessageRow {
                provenance: rows.provenance(),
                item: 0,
                observed_at,
                exchange: &shown,
                content: &content,
            };
            rows.dns_message(&mut row);
            if rows.settings().gives_dns_records {
                for section in 1..=3 {
                    items::for_each(document, leaves, items, section, |item| {
                        push_record(&row, section, &item, dns, rows);
                    });
                }
            }
        });
    }
}

impl<'d> Envelope<'_, 'd> {
    /// The fields of the header that are there.
    fn header<S: RowSink>(&self, rows: &mut MessageRows<'_, S>) -> DnsHeader {
        let leaves = self.leaves;
        let mut header = DnsHeader::default();
        if let Some(id) = self.number("dns.id", leaves.id, rows) {
            header.id = id;
            header.known |= DnsHeader::ID;
        }
        if let Some(opcode) = self.named("dns.opcode", leaves.opcode, names::opcode, rows) {
            header.opcode = opcode as u8;
            header.known |= DnsHeader::OPCODE;
        }
        if let Some(rcode) = self.named("dns.rcode", leaves.rcode, names::rcode, rows) {
            header.rcode = rcode | self.upper_rcode(rows);
            header.known |= DnsHeader::RCODE;
        }
        for (place, flag) in leaves.flags.into_iter().zip(FLAGS) {
            let is_set = told(
                self.document,
                "dns.flags",
                place,
                self.document.boolean(place),
                rows,
            );
            if let Some(is_set) = is_set {
                header.flags |= if is_set { flag } else { 0 };
                header.known |=
                    u32::from(flag).wrapping_shl(DnsHeader::FLAGS_SHIFT) & DnsHeader::FLAGS;
            }
        }
        let fields = ["dns.qdcount", "dns.ancount", "dns.nscount", "dns.arcount"];
        let mut known = DnsHeader::QDCOUNT;
        for ((field, place), count) in fields
            .into_iter()
            .zip(leaves.counts)
            .zip(&mut header.counts)
        {
            if let Some(told) = self.number(field, place, rows) {
                *count = told;
                header.known |= known;
            }
            known = known.wrapping_shl(1);
        }
        header
    }

    /// The upper bits of an extended RCODE at their places. It was seen without them as well.
    fn upper_rcode<S: RowSink>(&self, rows: &mut MessageRows<'_, S>) -> u16 {
        let upper: u16 = self
            .number("edns.rcode", self.leaves.edns_rcode, rows)
            .unwrap_or(0);
        match upper {
            0..=0xf => upper.wrapping_shl(4),
            _ => upper & 0xff0,
        }
    }

    /// A codepoint by its name, or by its number.
    fn named<S: RowSink>(
        &self,
        field: &'static str,
        place: Place,
        of: impl Fn(&str) -> Option<Named>,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<u16> {
        let named = self.document.text_or_number(place).and_then(of);
        match told(self.document, field, place, named, rows)? {
            Named::Is(codepoint) => Some(codepoint),
            Named::Unknown => None,
        }
    }

    /// The OPT record; none if all that is told of it is 0.
    fn edns<'o, S: RowSink>(
        &self,
        options: &'o Options,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<DnsEdns<'o>> {
        let leaves = self.leaves;
        let udp_octets = self.number("edns.udp-size", leaves.edns_udp_size, rows);
        let version = self.number("edns.version", leaves.edns_version, rows);
        let is_do = told(
            self.document,
            "edns.dnssec-ok",
            leaves.edns_do,
            self.document.boolean(leaves.edns_do),
            rows,
        );
        let is_told = udp_octets.is_some_and(|octets| octets != 0)
            || version.is_some_and(|version| version != 0)
            || is_do == Some(true)
            || !options.codes.is_empty();
        is_told.then(|| DnsEdns {
            udp_octets,
            version,
            // Of the other flags nothing is told; they are 0 but for experiments.
            flags: is_do.map(|is_do| if is_do { 0x8000 } else { 0 }),
            options: leaves.tells_options.then_some(&options.codes),
            ..options.edns()
        })
    }

    fn parse_status<S: RowSink>(&self, rows: &mut MessageRows<'_, S>) -> ParseStatus {
        let place = self.leaves.malformed;
        let is_malformed = self.document.boolean(place);
        let is_malformed = told(
            self.document,
            "dns.malformed-packet",
            place,
            is_malformed,
            rows,
        );
        match is_malformed {
            Some(true) if self.document.has(self.leaves.qname) => ParseStatus::Answer,
            Some(true) => ParseStatus::Question,
            _ => ParseStatus::Ok,
        }
    }

    /// The question, if QNAME is there and a name.
    fn with_question<S: RowSink>(
        &self,
        dns: &mut Dns,
        rows: &mut MessageRows<'_, S>,
        then: impl FnOnce(&mut Dns, Option<DnsQuestion<'_>>, &mut MessageRows<'_, S>),
    ) {
        let leaves = self.leaves;
        let qtype = self.named("dns.qtype", leaves.qtype, names::record_type, rows);
        let qclass = self.named("dns.qclass", leaves.qclass, names::class, rows);
        let qname = self.document.string(leaves.qname).unwrap_or_default();
        dns.with_question(qname, |dns, question| {
            let question = question.map(|question| DnsQuestion {
                qtype,
                qclass,
                ..*question
            });
            let question = told(self.document, "dns.qname", leaves.qname, question, rows);
            then(dns, question, rows);
        });
    }
}

/// What the options say.
#[derive(Debug, Default)]
struct Options {
    codes: Vec<u16>,
    errors: Vec<u16>,
    error_text: String,
    nsid: String,
    subnet: String,
}

impl Options {
    fn clear(&mut self) {
        self.codes.clear();
        self.errors.clear();
        self.error_text.clear();
        self.nsid.clear();
        self.subnet.clear();
    }

    fn take<S: RowSink>(
        &mut self,
        option: &ItemText<'_>,
        dns: &mut Dns,
        rows: &mut MessageRows<'_, S>,
    ) {
        let Ok(code) = option.kind.parse() else {
            return refuse_text("edns.options", option.kind, rows);
        };
        self.codes.push(code);
        let taken = match code {
            NSID if self.nsid.is_empty() => {
                self.nsid.push_str(option.data);
                Some(())
            }
            CLIENT_SUBNET if self.subnet.is_empty() => self.take_subnet(option.data, dns),
            EXTENDED_ERROR => self.take_error(option.data),
            _ => Some(()),
        };
        if taken.is_none() {
            refuse_text("edns.options", option.data, rows);
        }
    }

    /// `192.0.2.0/24`.
    fn take_subnet(&mut self, text: &str, dns: &mut Dns) -> Option<()> {
        let (address, bits) = text.split_once('/')?;
        let (address, bits): (IpAddr, u8) = (address.parse().ok()?, bits.parse().ok()?);
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        if let Some((ip, bits)) = dns.client_prefix(address, bits.min(bits_max)) {
            // A String takes whatever it is given.
            let _ = write!(self.subnet, "{ip}/{bits}");
        }
        Some(())
    }

    /// `22 - no reachable authority`, or the code alone.
    fn take_error(&mut self, text: &str) -> Option<()> {
        let (code, text) = text.split_once(" - ").unwrap_or((text, ""));
        self.errors.push(code.trim().parse().ok()?);
        let text = text.trim();
        // What stands for no text.
        if text.is_empty() || text == "-" {
            return Some(());
        }
        if !self.error_text.is_empty() {
            self.error_text.push_str("; ");
        }
        self.error_text.push_str(text);
        Some(())
    }

    fn edns(&self) -> DnsEdns<'_> {
        fn text(text: &str) -> Option<&str> {
            (!text.is_empty()).then_some(text)
        }
        DnsEdns {
            ede: &self.errors,
            ede_text: text(&self.error_text),
            nsid: text(&self.nsid),
            ecs: text(&self.subnet),
            ..DnsEdns::default()
        }
    }
}

/// What the answer section says.
#[derive(Debug, Default)]
struct Answers {
    ttl_min: Option<i64>,
    addresses: Vec<IpAddr>,
    cnames: String,
    cname_ends: Vec<u32>,
}

impl Answers {
    fn clear(&mut self) {
        self.ttl_min = None;
        self.addresses.clear();
        self.cnames.clear();
        self.cname_ends.clear();
    }

    fn take(&mut self, record: &ItemText<'_>, dns: &mut Dns) {
        // The top bit set means 0 (RFC 2181, section 8).
        if let Some(ttl) = ttl_of(record) {
            let ttl = i64::from(if ttl.leading_ones() == 0 { ttl } else { 0 });
            self.ttl_min = Some(self.ttl_min.map_or(ttl, |least| least.min(ttl)));
        }
        match names::record_type(record.kind) {
            Some(Named::Is(1 | 28)) => self.addresses.extend(record.data.parse::<IpAddr>()),
            Some(Named::Is(number)) if RecordType(number) == RecordType::CNAME => {
                self.take_cname(record.data, dns);
            }
            _ => {}
        }
    }

    fn take_cname(&mut self, name: &str, dns: &mut Dns) {
        dns.with_question(name, |_, target| {
            if let Some(target) = target {
                self.cnames.push_str(target.qname);
                self.cname_ends.push(self.cnames.len() as u32);
            }
        });
    }
}

fn ttl_of(record: &ItemText<'_>) -> Option<u32> {
    let ttl = decimal::parse(record.ttl.as_bytes(), 0)?;
    u32::try_from(ttl).ok()
}

/// Pushes a row of `dns_records`. A class that is not told is IN: older versions tell none.
fn push_record<S: RowSink>(
    of: &DnsMessageRow<'_>,
    section: u8,
    record: &ItemText<'_>,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    let class = match record.class {
        "" => "IN",
        class => class,
    };
    let Some(Named::Is(record_type)) = names::record_type(record.kind) else {
        return refuse_record(record.kind, rows);
    };
    let Some(Named::Is(class)) = names::class(class) else {
        return refuse_record(class, rows);
    };
    dns.with_name(record.name, |_, owner| {
        let Some(owner) = owner else {
            return refuse_record(record.name, rows);
        };
        let header = &of.content.header;
        rows.dns_record(&mut DnsRecordRow {
            provenance: of.provenance,
            item: 0,
            observed_at: of.observed_at,
            section,
            index: record.index,
            owner,
            record_type,
            class,
            ttl_s: ttl_of(record),
            rdata_text: (!record.data.is_empty()).then_some(record.data),
            rdata: None,
            qname: of.content.question.map(|question| question.qname),
            server_ip: of.exchange.server_ip,
            dns_id: (header.known & DnsHeader::ID != 0).then_some(header.id),
            message_item: of.item,
        });
    });
}

/// A part that gives no value.
#[cold]
fn refuse_text<S: RowSink>(field: &'static str, text: &str, rows: &mut MessageRows<'_, S>) {
    let error = ParseError::bad_value(field, 0);
    rows.reject(&Reject::new(error, Disposition::Kept, text.as_bytes()));
}

/// A record that gives no row.
#[cold]
fn refuse_record<S: RowSink>(text: &str, rows: &mut MessageRows<'_, S>) {
    let error = ParseError::bad_value("dns.resource-records", 0);
    let disposition = Disposition::MessageDiscard;
    rows.reject(&Reject::new(error, disposition, text.as_bytes()));
}
