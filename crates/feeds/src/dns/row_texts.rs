//! Rows of DNS feeds as text, for tests: what is null is left out.
#![allow(clippy::panic)]

use crate::{Decoder, DecoderSettings, Outcome};
use std::fmt::{Debug, Display, Write};
use tables::{
    BmpReport, DnsContent, DnsExchange, DnsHeader, DnsMeasurementRow, DnsMessageRow, DnsRecordRow,
    ParseStatus, Provenance, RejectRow, RouteRun, RowSink, SessionRow,
};

/// Rows in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct RowTexts(pub(crate) Vec<String>);

/// Decodes messages, and gives the outcome of each and then all rows.
pub(crate) fn decode(settings: &DecoderSettings, messages: &[&[u8]]) -> Vec<String> {
    decode_as(
        settings,
        &Provenance {
            kafka_topic: "t",
            kafka_partition: 0,
            kafka_offset: 0,
            brokered_at: None,
            ingested_at: 7,
            project: "",
            collector: "",
            router: None,
            format: settings.format.name(),
        },
        messages,
    )
}

/// The same, with a provenance.
pub(crate) fn decode_as(
    settings: &DecoderSettings,
    provenance: &Provenance<'_>,
    messages: &[&[u8]],
) -> Vec<String> {
    let mut decoder = Decoder::new(settings.clone());
    let mut rows = RowTexts::default();
    let mut outcomes = Vec::new();
    for message in messages {
        outcomes.push(match decoder.decode(message, provenance, &mut rows) {
            Outcome::Parsed => "parsed".to_owned(),
            Outcome::Rejected => "rejected".to_owned(),
            Outcome::Skipped(reason) => format!("skipped {reason}"),
        });
    }
    outcomes.extend(rows.0);
    outcomes
}

/// One row.
struct Line(String);

impl Line {
    fn some(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.all(name, value);
        }
    }

    fn all(&mut self, name: &str, value: impl Display) {
        let _ = write!(self.0, " {name}={value}");
    }

    fn debug(&mut self, name: &str, value: Option<impl Debug>) {
        if let Some(value) = value {
            let _ = write!(self.0, " {name}={value:?}");
        }
    }

    fn exchange(&mut self, exchange: &DnsExchange<'_>) {
        self.0.push_str(if exchange.is_companion {
            " companion"
        } else {
            ""
        });
        self.some("query_at", exchange.query_at);
        self.some("response_at", exchange.response_at);
        self.some("latency", exchange.latency_ns);
        self.some("role", exchange.role.map(|role| role.name()));
        self.some("ip", exchange.ip_version);
        self.some("by", exchange.transport.map(|transport| transport.name()));
        self.some("http", exchange.http_version);
        self.some("client", exchange.client_ip);
        self.some("client_port", exchange.client_port);
        self.some("server", exchange.server_ip);
        self.some("server_port", exchange.server_port);
        self.some("network_error", exchange.network_error);
        self.some("zone", exchange.query_zone);
        let Some(policy) = exchange.policy else {
            return;
        };
        self.some("policy_type", policy.policy_type);
        self.some("action", policy.action);
        self.some("match", policy.matched);
        self.some("rule", policy.rule);
        self.some("value", policy.value);
    }

    fn measurement(&mut self, row: &DnsMeasurementRow<'_>) {
        self.some("msm", row.msm_id);
        self.some("prb", row.prb_id);
        self.some("group", row.group_id);
        self.some("name", row.msm_name);
        self.some("fw", row.firmware);
        self.some("tls", row.tls_version);
        self.some("stored", row.stored_at);
        self.some("lts", row.clock_sync_age_s);
        self.some("probe", row.probe_ip);
        self.some("from", row.source_ip);
        self.some("server", row.server_ip);
        self.some("server_name", row.server_name);
        self.some("port", row.server_port);
        self.some("ip", row.ip_version);
        self.some("hops", row.ip_ttl);
        self.some("retry", row.retry);
        self.some("subid", row.subid);
        self.some("submax", row.submax);
        self.some("by", row.transport.map(|transport| transport.name()));
        self.some("rtt", row.rtt_us);
        self.some("qt", row.rtt_after_connect_us);
        self.some("error", row.error_kind);
        self.some("text", row.error_text);
        self.some("timeout", row.timeout_ms);
        self.some("mismatch", row.cookie_mismatch);
        self.some("instance", row.server_instance);
        self.some("answers", row.answers_json);
        self.some("query", row.query_raw.map(<[u8]>::len));
    }

    fn content(&mut self, content: &DnsContent<'_>) {
        self.some("octets", content.octets_count);
        self.header(&content.header);
        if let Some(question) = content.question {
            self.all("qname", question.qname);
            self.some("registered", question.registered_domain);
            self.some("qtype", question.qtype);
            self.some("qclass", question.qclass);
        }
        if let Some(edns) = content.edns {
            self.some("edns_version", edns.version);
            self.some("edns_flags", edns.flags);
            self.debug("options", edns.options);
            self.debug("ede", Some(edns.ede).filter(|codes| !codes.is_empty()));
            self.some("ede_text", edns.ede_text);
            self.some("nsid", edns.nsid);
            self.some("ecs", edns.ecs);
        }
        self.some("ttl", content.answer_ttl_min_s);
        let addresses = content.answer_addresses;
        self.debug("addresses", Some(addresses).filter(|all| !all.is_empty()));
        let cnames: Vec<&str> = content.answer_cnames.iter().collect();
        self.debug("cnames", Some(cnames).filter(|all| !all.is_empty()));
        if content.parse_status != ParseStatus::Ok {
            self.all("status", content.parse_status.name());
        }
    }

    fn header(&mut self, header: &DnsHeader) {
        let known = |bits: u32| header.known & bits != 0;
        self.some("id", known(DnsHeader::ID).then_some(header.id));
        self.some("opcode", known(DnsHeader::OPCODE).then_some(header.opcode));
        self.some("rcode", known(DnsHeader::RCODE).then_some(header.rcode));
        if known(DnsHeader::FLAGS) {
            let _ = write!(self.0, " flags={:04x}", header.flags);
        }
        let counts = known(DnsHeader::COUNTS).then_some(header.counts);
        self.debug("counts", counts);
    }
}

impl RowSink for RowTexts {
    fn routes(&mut self, _: &RouteRun<'_>) {
        panic!("routes");
    }

    fn session(&mut self, _: &SessionRow<'_>) {
        panic!("a session");
    }

    fn bmp_stats(&mut self, _: &BmpReport<'_>) {
        panic!("statistics");
    }

    fn dns_message(&mut self, row: &DnsMessageRow<'_>) {
        let (item, kind, time) = (row.item, row.exchange.kind.name(), row.observed_at);
        let mut line = Line(format!("{item} {kind} {:?}={}", time.source, time.at));
        line.some("reported", time.reported_at);
        if !row.provenance.collector.is_empty() {
            line.all("collector", row.provenance.collector);
        }
        line.exchange(row.exchange);
        line.content(row.content);
        self.0.push(line.0);
    }

    fn dns_record(&mut self, row: &DnsRecordRow<'_>) {
        let (item, at) = (row.item, row.observed_at.at);
        let mut line = Line(format!("record {item} at={at}"));
        line.all("section", row.section);
        line.all("index", row.index);
        line.all("owner", row.owner);
        line.all("type", row.record_type);
        line.all("class", row.class);
        line.some("ttl", row.ttl_s);
        line.some("text", row.rdata_text);
        line.debug("rdata", row.rdata);
        line.some("qname", row.qname);
        line.some("server", row.server_ip);
        line.some("id", row.dns_id);
        self.0.push(line.0);
    }

    fn dns_measurement(&mut self, row: &DnsMeasurementRow<'_>) {
        let mut line = Line(format!("measurement {}", row.item));
        line.debug("source", Some(row.observed_at.source));
        line.all("at", row.observed_at.at);
        line.measurement(row);
        line.content(row.content);
        line.some("raw", row.content.raw.map(<[u8]>::len));
        self.0.push(line.0);
    }

    fn reject(&mut self, row: &RejectRow<'_>) {
        let (item, reason, field) = (row.item, row.reason, row.field);
        let (offset, octets) = (row.error_offset, row.octets_count);
        self.0.push(format!(
            "reject {item}: {reason} {field} at {offset} of {octets}"
        ));
    }
}
