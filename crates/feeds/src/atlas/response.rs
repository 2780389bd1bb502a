//! One response to a probe, or the lack of one: a row of `dns_measurements`.

use super::clients::Clients;
use super::members::{Members, Probe, ResultMembers, read_text, seconds};
use super::{Scratch, Texts, error, instance};
use crate::base64;
use crate::dns::Dns;
use crate::json::{Document, Place, told};
use crate::message::{MessageRows, Reject};
use std::net::IpAddr;
use tables::{
    Disposition, DnsContent, DnsHeader, DnsMeasurementRow, ObservedAt, ObservedAtSource,
    Provenance, RowSink, Transport,
};

/// Where a response is told: its own members, and those of its result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Response<'a, 'd> {
    document: &'a Document<'d>,
    probe: &'a Probe<'d>,
    top: &'a Members,
    /// Members of its own, in a set.
    element: Option<&'a Members>,
    /// Whether what is wrong with the members that all responses share is told with this one.
    is_first: bool,
}

impl<'a, 'd> Response<'a, 'd> {
    /// A response in a set, or the only one.
    #[inline]
    pub(super) fn new(
        document: &'a Document<'d>,
        probe: &'a Probe<'d>,
        top: &'a Members,
        element: Option<&'a Members>,
        is_first: bool,
    ) -> Self {
        Self {
            document,
            probe,
            top,
            element,
            is_first,
        }
    }

    fn own(&self) -> &'a Members {
        self.element.unwrap_or(self.top)
    }

    /// A member of its own, else of the whole result; and whether what is wrong with it is to be told.
    #[inline]
    fn place(&self, of: impl Fn(&Members) -> Place) -> (Place, bool) {
        let own = of(self.own());
        if self.document.has(own) {
            (own, true)
        } else {
            (of(self.top), self.is_first)
        }
    }

    /// What was read of a member; it is told if nothing could be.
    #[inline]
    fn told<T, S: RowSink>(
        &self,
        field: &'static str,
        (place, may_tell): (Place, bool),
        value: Option<T>,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<T> {
        if may_tell {
            told(self.document, field, place, value, rows)
        } else {
            value
        }
    }

    /// Pushes the row.
    #[inline]
    pub(super) fn push<S: RowSink>(
        &self,
        scratch: &mut Scratch,
        dns: &mut Dns,
        rows: &mut MessageRows<'_, S>,
    ) {
        let Scratch {
            abuf,
            qbuf,
            texts,
            instance,
        } = scratch;
        let (document, own) = (self.document, self.own());
        let result = ResultMembers::read(document, own.result);
        let result = told(document, "result", own.result, result, rows).unwrap_or_default();
        let sent = decode(document, "abuf", result.abuf, abuf, rows);
        let asked = decode(document, "qbuf", own.qbuf, qbuf, rows);
        let answers = (sent.is_none()).then_some(result.answers);
        let timeout_ms = self.read_texts(answers, texts, dns, rows);
        let mut told_content = DnsContent::default();
        if sent.is_none() {
            instance::read_json_into(document, &result, instance);
            told_content = self.told_content(&result, rows);
        }
        let row = DnsMeasurementRow {
            error_kind: text_of(&texts.error_kind),
            error_text: text_of(&texts.error),
            timeout_ms,
            answers_json: text_of(&texts.answers),
            ..self.row(&result, rows.provenance(), &told_content, dns, rows)
        };
        with_content(asked, dns, |dns, query| {
            with_content(sent, dns, |_, content| {
                if let (Some(octets), Some(content)) = (sent, content) {
                    instance::read_message_into(octets, content, instance);
                }
                push_row(&row, query, content, instance, rows);
            });
        });
    }

    /// What the JSON tells, without its texts about errors and answers.
    #[inline]
    fn row<'r, S: RowSink>(
        &self,
        result: &ResultMembers,
        provenance: &'r Provenance<'r>,
        content: &'r DnsContent<'r>,
        dns: &mut Dns,
        rows: &mut MessageRows<'_, S>,
    ) -> DnsMeasurementRow<'r>
    where
        'd: 'r,
    {
        let probe = self.probe;
        let source_ip = self.address("src_addr", |members| members.src_addr, rows);
        let server_ip = self.address("dst_addr", |members| members.dst_addr, rows);
        let tls_version = self.text("sslvers", |members| members.sslvers, rows);
        let lts = self.number("lts", |members| members.lts, rows);
        DnsMeasurementRow {
            provenance,
            item: 0,
            observed_at: self.observed_at(rows),
            msm_id: probe.msm_id,
            prb_id: probe.prb_id,
            group_id: probe.group_id,
            msm_name: probe.msm_name,
            firmware: probe.firmware,
            tls_version,
            stored_at: probe.stored_at,
            // A clock that was never synchronised.
            clock_sync_age_s: lts.filter(|age| *age != -1),
            probe_ip: probe.from.1,
            source_ip: source_ip.and_then(|ip| dns.client_address(ip)),
            server_ip,
            server_name: self.server_name(rows),
            server_port: self.number("dst_port", |members| members.dst_port, rows),
            ip_version: self.ip_version(server_ip, rows),
            ip_ttl: self.number("ttl", |members| members.ttl, rows),
            retry: self.number("retry", |members| members.retry, rows),
            subid: self.number("subid", |members| members.subid, rows),
            submax: self.number("submax", |members| members.submax, rows),
            transport: self.transport(tls_version.is_some(), rows),
            rtt_us: self.milliseconds("rt", result.rt, rows),
            rtt_after_connect_us: self.milliseconds("qt", result.qt, rows),
            error_kind: None,
            error_text: None,
            timeout_ms: None,
            cookie_mismatch: self.cookie_mismatch(result, rows),
            server_instance: None,
            answers_json: None,
            query_raw: None,
            content,
        }
    }

    /// A whole number.
    #[inline]
    fn number<N: TryFrom<i64>, S: RowSink>(
        &self,
        field: &'static str,
        of: impl Fn(&Members) -> Place,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<N> {
        let place = self.place(of);
        self.told(field, place, self.document.integer(place.0), rows)
    }

    #[inline]
    fn text<S: RowSink>(
        &self,
        field: &'static str,
        of: impl Fn(&Members) -> Place,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<&'d str> {
        let place = self.place(of);
        let text = self.document.string(place.0);
        self.told(field, place, text.filter(|text| !text.is_empty()), rows)
    }

    #[inline]
    fn address<S: RowSink>(
        &self,
        field: &'static str,
        of: impl Fn(&Members) -> Place,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<IpAddr> {
        let place = self.place(of);
        self.told(field, place, self.document.address(place.0), rows)
    }

    #[inline]
    fn server_name<S: RowSink>(&self, rows: &mut MessageRows<'_, S>) -> Option<&'d str> {
        let name = self.text("dst_name", |members| members.dst_name, rows);
        name.or_else(|| self.text("name", |members| members.name, rows))
    }

    /// As told, else of the server's address.
    #[inline]
    fn ip_version<S: RowSink>(
        &self,
        server_ip: Option<IpAddr>,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<u8> {
        let place = self.place(|members| members.af);
        let version = self.document.integer(place.0);
        let version = version.filter(|version| matches!(version, 4 | 6));
        let of_address = |ip| if matches!(ip, IpAddr::V4(_)) { 4 } else { 6 };
        self.told("af", place, version, rows)
            .or(server_ip.map(of_address))
    }

    /// TCP with a version of TLS is TLS: DoT and DoH look alike.
    #[inline]
    fn transport<S: RowSink>(
        &self,
        is_tls: bool,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<Transport> {
        let place = self.place(|members| members.proto);
        let transport = match self.document.string(place.0) {
            Some("UDP") => Some(Transport::Udp),
            Some("TCP") if is_tls => Some(Transport::Tls),
            Some("TCP") => Some(Transport::Tcp),
            _ => None,
        };
        self.told("proto", place, transport, rows)
    }

    #[inline]
    fn milliseconds<S: RowSink>(
        &self,
        field: &'static str,
        place: Place,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<i64> {
        let microseconds = self.document.decimal(place, 3);
        told(self.document, field, place, microseconds, rows)
    }

    #[inline]
    fn cookie_mismatch<S: RowSink>(
        &self,
        result: &ResultMembers,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<bool> {
        let (field, place) = ("client-cookie-mismatch", result.cookie_mismatch);
        told(
            self.document,
            field,
            place,
            self.document.boolean(place),
            rows,
        )
    }

    /// The time of the result; in a set its own.
    #[inline]
    fn observed_at<S: RowSink>(&self, rows: &mut MessageRows<'_, S>) -> ObservedAt {
        let own = self.element.map_or(Place::default(), |own| own.time);
        for (field, place) in [
            ("time", (own, true)),
            ("timestamp", (self.top.timestamp, self.is_first)),
            ("time", (self.top.time, self.is_first)),
        ] {
            let at = seconds(self.document, place.0);
            if let Some(at) = self.told(field, place, at, rows) {
                return rows.observed_at(at, ObservedAtSource::Response);
            }
        }
        rows.unobserved()
    }

    /// Writes the texts about errors and, where there are some, about answers. Returns how long the probe has waited.
    #[inline]
    fn read_texts<S: RowSink>(
        &self,
        answers: Option<Place>,
        texts: &mut Texts,
        dns: &mut Dns,
        rows: &mut MessageRows<'_, S>,
    ) -> Option<i32> {
        texts.error_kind.clear();
        texts.error.clear();
        texts.answers.clear();
        let (document, error) = (self.document, self.own().error);
        let answers = answers.filter(|answers| document.has(*answers));
        if !document.has(error) && answers.is_none() {
            return None;
        }
        let source_ip = document.address(self.place(|members| members.src_addr).0);
        let hidden = [self.probe.from.0, source_ip];
        let clients = Clients::new(&rows.settings().privacy, hidden, dns);
        if let Some(answers) = answers {
            let mut shown = |text: &str, to: &mut String| clients.push_shown(text, to);
            document.write_value(answers, &mut texts.answers, &mut shown);
        }
        document.has(error).then(|| {
            let to = (&mut texts.error_kind, &mut texts.error);
            error::read(document, error, &clients, to, rows)
        })?
    }

    /// What the probe has read in the message that it did not send.
    #[cold]
    fn told_content<S: RowSink>(
        &self,
        result: &ResultMembers,
        rows: &mut MessageRows<'_, S>,
    ) -> DnsContent<'static> {
        let document = self.document;
        let mut header = DnsHeader::default();
        let mut number = |field, place| told(document, field, place, document.number(place), rows);
        if let Some(id) = number("ID", result.id) {
            header.id = id;
            header.known |= DnsHeader::ID;
        }
        let counts = [
            ("QDCOUNT", result.qdcount),
            ("ANCOUNT", result.ancount),
            ("NSCOUNT", result.nscount),
            ("ARCOUNT", result.arcount),
        ];
        let mut known = DnsHeader::QDCOUNT;
        for ((field, place), count) in counts.into_iter().zip(&mut header.counts) {
            if let Some(told) = number(field, place) {
                *count = told;
                header.known |= known;
            }
            known = known.wrapping_shl(1);
        }
        let size = document.number(result.size);
        DnsContent {
            octets_count: told(document, "size", result.size, size, rows),
            header,
            ..DnsContent::default()
        }
    }
}

/// Pushes a row with what is known of query and response.
#[inline]
fn push_row<S: RowSink>(
    row: &DnsMeasurementRow<'_>,
    query: Option<&DnsContent<'_>>,
    content: Option<&DnsContent<'_>>,
    instance: &str,
    rows: &mut MessageRows<'_, S>,
) {
    let content = content.unwrap_or(row.content);
    let with_question;
    let content = match query.and_then(|query| query.question) {
        Some(question) if content.question.is_none() => {
            with_question = DnsContent {
                question: Some(question),
                ..*content
            };
            &with_question
        }
        _ => content,
    };
    let nsid = content.edns.and_then(|edns| edns.nsid);
    rows.dns_measurement(&mut DnsMeasurementRow {
        server_instance: nsid.or(text_of(instance)),
        query_raw: query.and_then(|query| query.raw),
        content,
        ..*row
    });
}

/// Reads a message if there is one.
#[inline]
fn with_content(
    octets: Option<&[u8]>,
    dns: &mut Dns,
    then: impl FnOnce(&mut Dns, Option<&DnsContent<'_>>),
) {
    match octets {
        Some(octets) => dns.with_content(octets, |dns, content| then(dns, Some(content))),
        None => then(dns, None),
    }
}

/// Octets of a member that is base64, and not empty.
#[inline]
fn decode<'o, S: RowSink>(
    document: &Document<'_>,
    field: &'static str,
    place: Place,
    octets: &'o mut Vec<u8>,
    rows: &mut MessageRows<'_, S>,
) -> Option<&'o [u8]> {
    let text = read_text(document, field, place, rows)?;
    match base64::decode(text.as_bytes(), field, octets) {
        Ok(()) => Some(octets),
        Err(error) => {
            rows.reject(&Reject::new(error, Disposition::Kept, text.as_bytes()));
            None
        }
    }
}

#[inline]
fn text_of(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
