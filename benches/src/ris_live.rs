//! Lines of RIS Live made from an MRT file: one for every UPDATE in it, the same ones every time.
//!
//! Field names and forms are those of the real stream; of two next hops both stand in one text, as there.

use crate::ours;
use feeds::Format;
use std::fmt::Write;
use std::net::IpAddr;
use tables::{
    AsPath, BmpReport, Nlri, Prefix, RejectRow, RouteKind, RouteRun, RowSink, SessionRow,
};
use wire::bgp::AsnWidth;
use wire::mrt::bgp4mp::{Session, Subtype, split_session};
use wire::mrt::{Record, split_record};

/// Type of an UPDATE, behind marker and length (RFC 4271, section 4.1).
const UPDATE: Option<&u8> = Some(&2);
const TYPE_OFFSET: usize = 18;

/// The lines of all UPDATEs with four-octet ASNs, with their octets in `raw` or without.
pub fn lines(mrt: &[u8], with_raw: bool) -> Vec<u8> {
    let (mut text, mut rest) = (String::new(), mrt);
    while let Ok((record, after)) = split_record(rest) {
        rest = after;
        if let Some((session, message)) = update_of(&record) {
            let routes = Routes::of(record.octets);
            write_line(
                &mut text,
                &record,
                &session,
                &routes,
                with_raw.then_some(message),
            );
        }
    }
    text.into_bytes()
}

fn update_of<'a>(record: &Record<'a>) -> Option<(Session, &'a [u8])> {
    let subtype = Subtype(record.subtype);
    let (_, body) = record.body().ok()?;
    let (session, message) = split_session(body, subtype.asn_width()).ok()?;
    let is_update = message.rest().get(TYPE_OFFSET) == UPDATE;
    let is_ours = subtype.is_message() && subtype.asn_width() == AsnWidth::Four;
    (is_update && is_ours).then_some((session, message.rest()))
}

/// Members of `data` that the routes of one message give.
#[derive(Debug, Default)]
struct Routes {
    attributes: String,
    announcements: String,
    withdrawals: String,
}

impl Routes {
    fn of(record: &[u8]) -> Self {
        let mut routes = Self::default();
        ours::decode(
            ours::settings(Format::Mrt),
            &[record],
            &mut routes,
            |_, _| (),
        );
        routes
    }
}

impl RowSink for Routes {
    fn routes(&mut self, run: &RouteRun<'_>) {
        let Nlri::Prefixes { prefixes, .. } = run.nlri else {
            return;
        };
        match run.kind {
            RouteKind::Withdraw => push_prefixes(&mut self.withdrawals, prefixes),
            RouteKind::Announce | RouteKind::Rib => {
                if self.attributes.is_empty() {
                    self.attributes = attributes(run);
                }
                push_separated(&mut self.announcements, "{\"next_hop\":\"");
                self.announcements.push_str(&next_hop(run));
                self.announcements.push_str("\",\"prefixes\":[");
                let mut list = String::new();
                push_prefixes(&mut list, prefixes);
                self.announcements.push_str(&list);
                self.announcements.push_str("]}");
            }
        }
    }

    fn session(&mut self, _: &SessionRow<'_>) {}

    fn bmp_stats(&mut self, _: &BmpReport<'_>) {}

    fn dns_message(&mut self, _: &tables::DnsMessageRow<'_>) {}

    fn dns_record(&mut self, _: &tables::DnsRecordRow<'_>) {}

    fn dns_measurement(&mut self, _: &tables::DnsMeasurementRow<'_>) {}

    fn reject(&mut self, _: &RejectRow<'_>) {}
}

fn write_line(
    text: &mut String,
    record: &Record<'_>,
    session: &Session,
    routes: &Routes,
    raw: Option<&[u8]>,
) {
    let (peer, hundredths) = (session.peer_ip, text.len() % 100);
    let at = format!("{}.{hundredths:02}", record.seconds);
    push(
        text,
        format_args!("{{\"type\":\"ris_message\",\"data\":{{\"timestamp\":{at},"),
    );
    push(
        text,
        format_args!("\"peer\":\"{peer}\",\"peer_asn\":\"{}\",", session.peer_asn),
    );
    push(
        text,
        format_args!("\"id\":\"{peer}-{at}-{}\",\"host\":\"rrc00\"", text.len()),
    );
    if let Some(octets) = raw {
        text.push_str(",\"raw\":\"");
        octets
            .iter()
            .for_each(|octet| push(text, format_args!("{octet:02X}")));
        text.push('"');
    }
    text.push_str(",\"type\":\"UPDATE\"");
    text.push_str(&routes.attributes);
    let lists = [
        ("announcements", &routes.announcements),
        ("withdrawals", &routes.withdrawals),
    ];
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        push(text, format_args!(",\"{name}\":[{list}]"));
    }
    text.push_str("}}\n");
}

fn attributes(run: &RouteRun<'_>) -> String {
    let (mut text, attributes) = (String::new(), run.attributes);
    if let Some(path) = attributes.as_path {
        push(&mut text, format_args!(",\"path\":[{}]", path_text(path)));
    }
    if let Some(octets) = attributes.communities {
        let pair = |[a, b, c, d]: &[u8; 4]| {
            let (asn, value) = (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d]));
            format!("[{asn},{value}]")
        };
        let pairs: Vec<String> = octets.as_chunks().0.iter().map(pair).collect();
        push(
            &mut text,
            format_args!(",\"community\":[{}]", pairs.join(",")),
        );
    }
    let origins = ["igp", "egp", "incomplete"];
    if let Some(origin) = attributes
        .origin
        .and_then(|code| origins.get(usize::from(code)))
    {
        push(&mut text, format_args!(",\"origin\":\"{origin}\""));
    }
    if let Some(med) = attributes.med {
        push(&mut text, format_args!(",\"med\":{med}"));
    }
    if let Some((asn, ip)) = attributes.aggregator {
        push(&mut text, format_args!(",\"aggregator\":\"{asn}:{ip}\""));
    }
    text
}

fn path_text(path: AsPath<'_>) -> String {
    let mut text = String::new();
    match path {
        AsPath::Sequence(octets) => push_separated(&mut text, &asns(octets)),
        AsPath::Segments(mut octets) => {
            while let Some((&[kind, count], rest)) = octets.split_first_chunk() {
                let (segment, rest) = rest.split_at(rest.len().min(usize::from(count) * 4));
                octets = rest;
                match kind {
                    2 | 3 => push_separated(&mut text, &asns(segment)),
                    _ => push_separated(&mut text, &format!("[{}]", asns(segment))),
                }
            }
        }
    }
    text
}

fn asns(octets: &[u8]) -> String {
    let number = |octets: &[u8; 4]| u32::from_be_bytes(*octets).to_string();
    let numbers: Vec<String> = octets.as_chunks().0.iter().map(number).collect();
    numbers.join(",")
}

fn next_hop(run: &RouteRun<'_>) -> String {
    let global = run.attributes.next_hop.map(|ip| ip.to_string());
    let local = run.attributes.next_hop_link_local.map(|ip| ip.to_string());
    let both: Vec<String> = global.into_iter().chain(local).collect();
    both.join(",")
}

fn push_prefixes(list: &mut String, prefixes: &[Prefix]) {
    for prefix in prefixes {
        let ip: IpAddr = match prefix.is_v6() {
            true => {
                let address = (u128::from(prefix.high()) << 64) | u128::from(prefix.low());
                IpAddr::V6(address.into())
            }
            false => IpAddr::V4((prefix.high() as u32).into()),
        };
        push_separated(list, &format!("\"{ip}/{}\"", prefix.length()));
    }
}

fn push_separated(list: &mut String, element: &str) {
    if !list.is_empty() && !element.is_empty() {
        list.push(',');
    }
    list.push_str(element);
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(what);
}
