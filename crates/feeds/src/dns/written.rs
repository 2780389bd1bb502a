//! Rows of DNS feeds as text, for tests: what is known, in the order of the columns.

use crate::{Decoder, DecoderSettings, Outcome};
use std::fmt::{Debug, Display};
use tables::{
    BmpReport, DnsContent, DnsExchange, DnsHeader, DnsMeasurementRow, DnsMessageRow, DnsRecordRow,
    ObservedAt, ParseStatus, Provenance, RejectRow, RouteRun, RowSink, SessionRow,
};

/// A message from nowhere.
pub(crate) const PROVENANCE: Provenance<'static> = Provenance {
    kafka_topic: "t",
    kafka_partition: 0,
    kafka_offset: 0,
    brokered_at: None,
    ingested_at: 7,
    project: "",
    collector: "",
    router: None,
    format: "dns",
};

/// Rows as text, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Written(pub(crate) Vec<String>);

/// What becomes of a message.
pub(crate) fn decode(settings: DecoderSettings, message: &[u8]) -> (Outcome, Vec<String>) {
    let mut rows = Written::default();
    let outcome = Decoder::new(settings).decode(message, &PROVENANCE, &mut rows);
    (outcome, rows.0)
}

/// One row.
struct Line(String);

impl Line {
    fn new(table: &str, item: i32, at: ObservedAt) -> Self {
        let mut line = Self(format!("{table} {item}"));
        line.some("at", Some(at.at).filter(|at| *at != 7));
        line
    }

    fn some<T: Display>(&mut self, name: &str, value: Option<T>) -> &mut Self {
        if let Some(value) = value {
            self.0.push_str(&format!(" {name}={value}"));
        }
        self
    }

    fn debug<T: Debug>(&mut self, name: &str, value: Option<T>) -> &mut Self {
        self.some(name, value.map(|value| format!("{value:?}")))
    }

    fn header(&mut self, header: &DnsHeader) {
        let is_known = |bit| header.known & bit == bit;
        self.some("id", is_known(DnsHeader::ID).then_some(header.id));
        self.some(
            "opcode",
            is_known(DnsHeader::OPCODE).then_some(header.opcode),
        );
        self.some("rcode", is_known(DnsHeader::RCODE).then_some(header.rcode));
        for (name, bit) in [
            ("aa", 0x400),
            ("tc", 0x200),
            ("rd", 0x100),
            ("ra", 0x80),
            ("ad", 0x20),
            ("cd", 0x10),
        ] {
            let is_told = is_known(u32::from(bit) << DnsHeader::FLAGS_SHIFT);
            self.some(name, is_told.then_some(header.flags & bit != 0));
        }
        for ((name, count), place) in ["qd", "an", "ns", "ar"].iter().zip(header.counts).zip(0..) {
            self.some(name, is_known(DnsHeader::QDCOUNT << place).then_some(count));
        }
    }

    fn content(&mut self, content: &DnsContent<'_>) {
        self.some("octets", content.octets_count);
        self.header(&content.header);
        if let Some(question) = &content.question {
            self.some("qname", Some(question.qname))
                .some("qtype", question.qtype)
                .some("qclass", question.qclass);
        }
        if let Some(edns) = &content.edns {
            self.some("udp", edns.udp_octets)
                .some("version", edns.version)
                .some("flags", edns.flags)
                .debug("options", edns.options)
                .debug("ede", Some(edns.ede).filter(|ede| !ede.is_empty()))
                .debug("ede_text", edns.ede_text)
                .some("nsid", edns.nsid)
                .some("ecs", edns.ecs)
                .some("ecs_scope", edns.ecs_scope);
        }
        let addresses = Some(content.answer_addresses).filter(|list| !list.is_empty());
        let cnames: Vec<_> = content.answer_cnames.iter().collect();
        self.some("ttl_min", content.answer_ttl_min_s)
            .debug("addresses", addresses)
            .debug("cnames", Some(cnames).filter(|list| !list.is_empty()))
            .some(
                "trailing",
                content.trailing_octets.filter(|octets| *octets != 0),
            )
            .debug(
                "status",
                Some(content.parse_status).filter(|s| *s != ParseStatus::Ok),
            )
            .some("error_offset", content.error_offset)
            .some("raw", content.raw.map(<[u8]>::len));
    }

    fn exchange(&mut self, exchange: &DnsExchange<'_>) {
        self.some("kind", Some(exchange.kind.name()))
            .some("role", exchange.role.map(|role| role.name()))
            .some("query_at", exchange.query_at)
            .some("response_at", exchange.response_at)
            .some("latency", exchange.latency_ns)
            .some("ip", exchange.ip_version)
            .some(
                "transport",
                exchange.transport.map(|transport| transport.name()),
            )
            .some("http", exchange.http_version)
            .some("client", exchange.client_ip)
            .some("server", exchange.server_ip)
            .some("client_port", exchange.client_port)
            .some("server_port", exchange.server_port)
            .some("zone", exchange.query_zone);
        if let Some(policy) = exchange.policy {
            self.some("policy_type", policy.policy_type)
                .some("action", policy.action)
                .some("match", policy.matched)
                .some("rule", policy.rule)
                .some("value", policy.value);
        }
    }
}

impl RowSink for Written {
    fn routes(&mut self, _: &RouteRun<'_>) {}

    fn session(&mut self, _: &SessionRow<'_>) {}

    fn bmp_stats(&mut self, _: &BmpReport<'_>) {}

    fn dns_message(&mut self, row: &DnsMessageRow<'_>) {
        let mut line = Line::new("message", row.item, row.observed_at);
        let collector = row.provenance.collector;
        line.some("collector", Some(collector).filter(|name| !name.is_empty()));
        line.exchange(row.exchange);
        line.content(row.content);
        self.0.push(line.0);
    }

    fn dns_record(&mut self, row: &DnsRecordRow<'_>) {
        let mut line = Line::new("record", row.item, row.observed_at);
        line.some("section", Some(row.section))
            .some("index", Some(row.index))
            .some("owner", Some(row.owner))
            .some("type", Some(row.record_type))
            .some("class", Some(row.class))
            .some("ttl", row.ttl_s)
            .some("text", row.rdata_text)
            .some("qname", row.qname)
            .some("server", row.server_ip)
            .some("id", row.dns_id);
        self.0.push(line.0);
    }

    fn dns_measurement(&mut self, row: &DnsMeasurementRow<'_>) {
        let mut line = Line::new("measurement", row.item, row.observed_at);
        line.some("msm", row.msm_id)
            .some("prb", row.prb_id)
            .some("group", row.group_id)
            .some("name", row.msm_name)
            .some("fw", row.firmware)
            .some("tls", row.tls_version)
            .some("stored", row.stored_at)
            .some("lts", row.clock_sync_age_s)
            .some("probe", row.probe_ip)
            .some("source", row.source_ip)
            .some("server", row.server_ip)
            .some("server_name", row.server_name)
            .some("port", row.server_port)
            .some("ip", row.ip_version)
            .some("ttl", row.ip_ttl)
            .some("retry", row.retry)
            .some("subid", row.subid)
            .some("submax", row.submax)
            .some("transport", row.transport.map(|transport| transport.name()))
            .some("rtt", row.rtt_us)
            .some("qtt", row.rtt_after_connect_us)
            .some("error", row.error_kind)
            .some("text", row.error_text)
            .some("timeout", row.timeout_ms)
            .some("mismatch", row.cookie_mismatch)
            .some("instance", row.server_instance)
            .some("answers", row.answers_json)
            .some("query", row.query_raw.map(<[u8]>::len));
        line.content(row.content);
        self.0.push(line.0);
    }

    fn reject(&mut self, row: &RejectRow<'_>) {
        self.0.push(format!(
            "reject {} {} {} at {} of {} {}",
            row.item,
            row.reason,
            row.field,
            row.error_offset,
            row.octets_count,
            row.disposition.name()
        ));
    }
}
