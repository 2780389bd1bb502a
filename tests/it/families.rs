//! Families whose NLRI hold more than a prefix, in real captures: BGP messages out of TCP streams, each in an MRT record that
//! is made here, and MRT files with VPN routes. Every octet of NLRI becomes part of a row, or a reject that stands here.
//!
//! bgpkit-parser counts the rows of the families that it knows: unicast and labelled unicast.

use crate::support::{Decoded, PROVENANCE, column, decoder, read, records, shared_data};
use bgpkit_parser::BgpkitParser;
use bgpkit_parser::models::{Bgp4MpEnum, BgpMessage, ElemType, MrtMessage};
use feeds::Decoder;
use std::path::Path;
use tables::{
    BmpReport, Nlri, NlriItem, Prefix, RejectRow, RouteKind, RouteRun, RowSink, SessionRow, Table,
};
use wire::Reader;
use wire::bgp::{
    AttributeCode, MessageType, parse_mp_reach, parse_mp_unreach, parse_update, split_attribute,
    split_message,
};

/// Streams with other families, or with rejects: the end of the path, rows of labelled unicast, rows of `other_routes`,
/// rejects. The rows were counted by a walk of its own over the lengths of the NLRI.
const STREAMS: [(&str, usize, usize, &[&str]); 39] = [
    ("BGP_flowspec_dscp.0.bgp", 0, 1, &[]),
    ("BGP_flowspec_redirect.1.bgp", 0, 2, &[]),
    ("BGP_flowspec_v6.0.bgp", 0, 1, &[]),
    ("pcap_bgplu.1.bgp", 1, 0, &[]),
    ("300-BGP-IPv6-CISCO-extNH_enc_traffic-00.0.bgp", 0, 163, &[]),
    ("302-BGP-IPv6-multiple-sources_traffic-00.0.bgp", 0, 77, &[]),
    ("302-BGP-IPv6-multiple-sources_traffic-01.0.bgp", 0, 43, &[]),
    ("302-BGP-IPv6-multiple-sources_traffic-02.0.bgp", 0, 18, &[]),
    ("bgp-multi-sources-update-keepalive.0.bgp", 0, 74, &[]),
    ("bgp-multi-sources-update-keepalive.1.bgp", 0, 43, &[]),
    ("bgp-multi-sources-update-keepalive.2.bgp", 0, 73, &[]),
    ("bgp-multi-sources-update-keepalive.3.bgp", 0, 73, &[]),
    ("bgp-multi-sources-update-keepalive.4.bgp", 0, 74, &[]),
    ("bgp-multi-sources-update-keepalive.5.bgp", 0, 43, &[]),
    ("bgp-multi-sources-update-keepalive.6.bgp", 0, 73, &[]),
    ("bgp-multi-sources-update-keepalive.7.bgp", 0, 73, &[]),
    ("500-IPFIXv10-BGP-CISCO-SRv6_traffic-00.0.bgp", 0, 3, &[]),
    ("CISCO-SRv6-lcomms_traffic-00.0.bgp", 0, 27, &[]),
    ("bgp4-update_vpnv6.0.bgp", 0, 1, &[]),
    ("evpn_esi_as_based.0.bgp", 0, 1, &["missing ORIGIN"]),
    ("evpn_esi_l2_bridge.0.bgp", 0, 1, &["missing ORIGIN"]),
    ("evpn_esi_mac_base.0.bgp", 0, 1, &["missing ORIGIN"]),
    ("evpn_esi_router_id.0.bgp", 0, 1, &["missing ORIGIN"]),
    ("evpn_nlri_eth_seg.0.bgp", 0, 1, &["missing ORIGIN"]),
    (
        "evpn_nlri_inc_multi_eth_tag.0.bgp",
        0,
        1,
        &["missing ORIGIN"],
    ),
    ("evpn_nlri_mac_ip_ad.0.bgp", 0, 1, &["missing ORIGIN"]),
    ("flowspec_action_redirect.0.bgp", 0, 1, &[]),
    ("flowspec_action_traffic_marking.0.bgp", 0, 1, &[]),
    ("flowspec_action_traffic_rate.0.bgp", 0, 1, &[]),
    ("flowspec_nlri_ipv6.0.bgp", 0, 1, &[]),
    ("flowspec_nlri_l2vpn.0.bgp", 0, 1, &[]),
    ("flowspec_nlri_vpn6.0.bgp", 0, 1, &[]),
    // Made with MP_REACH_NLRI of two families in one message: RFC 7606, section 3 g.
    ("bgp-addpath.0.bgp", 0, 0, &["repeated attribute"]),
    ("bgp-aigp-oobr.0.bgp", 0, 1, &["missing AS_PATH"]),
    // Malformed, for tcpdump too.
    (
        "bgp-infinite-loop.0.bgp",
        0,
        0,
        &["truncated withdrawn routes length"],
    ),
    ("bgp-lu-multiple-labels.0.bgp", 1, 0, &[]),
    ("bgp-lu-multiple-labels.1.bgp", 2, 0, &[]),
    (
        "bgp_mvpn_6_and_7_oobr.0.bgp",
        0,
        0,
        &["truncated path attributes"],
    ),
    (
        "bgp_pmsi_tunnel-oobr.0.bgp",
        0,
        0,
        &["truncated path attributes"],
    ),
];

#[test]
fn every_octet_of_streams_is_accounted_for() {
    let Some(folder) = shared_data() else { return };
    let list = std::fs::read_to_string(folder.join("FILES.tsv")).expect("the list of files");
    let (mut streams, mut listed) = (0, 0);
    for line in list.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [path, _, _, _, "BGP stream", ..] = fields[..] else {
            continue;
        };
        streams += 1;
        let found = count_stream(&folder, path);
        let expected = STREAMS.iter().find(|(end, ..)| path.ends_with(end));
        let (_, labelled, other, rejects) = *expected.unwrap_or(&("", 0, 0, &[]));
        let found_rejects: Vec<&str> = found.rejects.iter().map(String::as_str).collect();
        assert_eq!(
            (found.labelled, found.other_routes, &found_rejects[..]),
            (labelled, other, rejects),
            "{path}"
        );
        listed += usize::from(expected.is_some());
    }
    assert!(streams >= 100, "{streams} streams");
    assert_eq!(listed, STREAMS.len());
}

/// What a stream gives.
#[derive(Debug, Default)]
struct Stream {
    path: String,
    labelled: usize,
    other_routes: usize,
    rejects: Vec<String>,
}

fn count_stream(folder: &Path, path: &str) -> Stream {
    let octets = read(&folder.join(path));
    let mut decoder = decoder();
    let mut stream = Stream {
        path: path.to_owned(),
        ..Stream::default()
    };
    let mut rest = Reader::new(&octets);
    while let Ok((message, after)) = split_message(rest) {
        rest = after;
        if message.message_type == MessageType::UPDATE {
            count_update(&mut decoder, message.octets, message.body, &mut stream);
        }
    }
    stream
}

fn count_update(decoder: &mut Decoder, message: &[u8], body: Reader<'_>, stream: &mut Stream) {
    let record = record_of(message);
    let mut rows = Rows::default();
    decoder.decode(&record, &PROVENANCE, &mut rows);
    if rows.rejects.is_empty() {
        let octets = octets_of_nlri(body);
        assert_eq!(rows.octets, octets, "{}: {message:02x?}", stream.path);
    }
    stream.labelled += rows.labelled;
    stream.other_routes += rows.other_routes;
    stream.rejects.append(&mut rows.rejects);
    // bgpkit takes NLRI of VPNs and of flowspec for plain prefixes, and two MP_REACH_NLRI for one.
    if rows.other_routes == 0 && stream.rejects.is_empty() {
        assert_eq!(rows.routes(), their_routes(&record), "{}", stream.path);
    }
}

/// BGP4MP_MESSAGE_AS4 of a session between 192.0.2.1 and 192.0.2.254.
fn record_of(message: &[u8]) -> Vec<u8> {
    let session = [
        0, 0, 0xfb, 0xf4, 0, 0, 0x31, 0x6e, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254,
    ];
    let length = u32::try_from(session.len() + message.len()).expect("a short message");
    let header = [0x67, 0x74, 0x85, 0x80, 0, 16, 0, 4];
    [&header[..], &length.to_be_bytes(), &session, message].concat()
}

/// How many octets of an UPDATE are NLRI.
fn octets_of_nlri(body: Reader<'_>) -> usize {
    let update = parse_update(body).expect("an UPDATE");
    let mut octets = update.withdrawn.len() + update.nlri.len();
    let mut attributes = update.attributes;
    while let Ok(attribute) = split_attribute(&mut attributes) {
        octets += match attribute.code {
            AttributeCode::MP_REACH_NLRI => {
                parse_mp_reach(attribute.value).map_or(0, |reach| reach.nlri.len())
            }
            AttributeCode::MP_UNREACH_NLRI => {
                parse_mp_unreach(attribute.value).map_or(0, |unreach| unreach.nlri.len())
            }
            _ => 0,
        };
    }
    octets
}

/// Announcements and withdrawals as bgpkit reads them. Its elements lack labelled announcements, its attributes have them.
fn their_routes(record: &[u8]) -> Vec<String> {
    let elems = BgpkitParser::from_reader(record)
        .disable_warnings()
        .into_elem_iter();
    let mut routes: Vec<String> = elems
        .map(|elem| {
            let is_announced = elem.elem_type == ElemType::ANNOUNCE;
            let mark = if is_announced { "A" } else { "W" };
            format!("{mark} {}", elem.prefix.prefix.trunc())
        })
        .collect();
    let records = BgpkitParser::from_reader(record).disable_warnings();
    for record in records.into_record_iter() {
        let MrtMessage::Bgp4Mp(Bgp4MpEnum::Message(message)) = record.message else {
            continue;
        };
        let BgpMessage::Update(update) = message.bgp_message else {
            continue;
        };
        let reach = update.attributes.get_reachable_nlri();
        let labelled = reach.and_then(|reach| reach.labeled_prefixes.as_ref());
        let labelled = labelled.into_iter().flatten();
        routes.extend(labelled.map(|one| format!("A {}", one.prefix.trunc())));
    }
    routes.sort_unstable();
    routes
}

/// What one message gives.
#[derive(Debug, Default)]
struct Rows {
    routes: Vec<String>,
    labelled: usize,
    other_routes: usize,
    /// Octets of NLRI that the rows stand for.
    octets: usize,
    rejects: Vec<String>,
}

impl Rows {
    fn routes(&mut self) -> Vec<String> {
        self.routes.sort_unstable();
        std::mem::take(&mut self.routes)
    }
}

impl RowSink for Rows {
    fn routes(&mut self, run: &RouteRun<'_>) {
        let is_withdrawn = run.kind == RouteKind::Withdraw;
        let mark = if is_withdrawn { "W" } else { "A" };
        let is_internet = run.table() == Table::Routes;
        match run.nlri {
            Nlri::Prefixes { prefixes, path_ids } => {
                self.octets += prefixes
                    .iter()
                    .map(|one| 1 + octets_of(*one))
                    .sum::<usize>();
                self.octets += 4 * path_ids.len();
                let texts = prefixes.iter().map(|one| format!("{mark} {}", text(*one)));
                self.routes.extend(texts);
            }
            Nlri::Items { items, octets } => {
                for item in items {
                    self.octets += octets_of_item(item, is_withdrawn, octets);
                    if is_internet {
                        self.labelled += 1;
                        let prefix = item.prefix.expect("a prefix");
                        self.routes.push(format!("{mark} {}", text(prefix)));
                    } else {
                        self.other_routes += 1;
                    }
                }
            }
        }
    }

    fn session(&mut self, _: &SessionRow<'_>) {}

    fn bmp_stats(&mut self, _: &BmpReport<'_>) {}

    fn dns_message(&mut self, _: &tables::DnsMessageRow<'_>) {}

    fn dns_record(&mut self, _: &tables::DnsRecordRow<'_>) {}

    fn dns_measurement(&mut self, _: &tables::DnsMeasurementRow<'_>) {}

    fn reject(&mut self, row: &RejectRow<'_>) {
        self.rejects.push(format!("{} {}", row.reason, row.field));
    }
}

/// Octets that an item stands for. A withdrawal has three for labels even where it names none.
fn octets_of_item(item: &NlriItem, is_withdrawn: bool, octets: &[u8]) -> usize {
    let path_id = if item.path_id.is_some() { 4 } else { 0 };
    let labels = match item.labels {
        Some(part) => part.of(octets).len(),
        None if is_withdrawn => 3,
        None => 0,
    };
    let rd = item.rd.map_or(0, |rd| rd.len());
    path_id
        + match (item.raw, item.prefix) {
            (Some(raw), _) => raw.of(octets).len(),
            (None, Some(prefix)) => 1 + labels + rd + octets_of(prefix),
            (None, None) => 0,
        }
}

fn octets_of(prefix: Prefix) -> usize {
    usize::from(prefix.length()).div_ceil(8)
}

fn text(prefix: Prefix) -> String {
    let address = if prefix.is_v6() {
        let bits = u128::from(prefix.high()) << 64 | u128::from(prefix.low());
        std::net::Ipv6Addr::from(bits).to_string()
    } else {
        std::net::Ipv4Addr::from(prefix.high() as u32).to_string()
    };
    format!("{address}/{}", prefix.length())
}

/// MRT files with VPN routes: rows of `routes` and `rib` together, and of `other_routes`.
const VPN_FILES: [(&str, usize, usize); 3] = [
    ("openbgpd_bgp", 93, 6),
    ("openbgpd_rib_table-v2", 31, 2),
    ("quagga_bgp", 18, 16),
];

#[test]
fn vpn_routes_stand_apart() {
    let Some(folder) = shared_data() else { return };
    for (name, of_internet, other) in VPN_FILES {
        let octets = read(&folder.join("bgp/DevQps+mrt-rs/res").join(name));
        let decoded = Decoded::new(records(&octets));
        let rows = decoded.rows(Table::Routes) + decoded.rows(Table::Rib);
        let found = (rows, decoded.rows(Table::OtherRoutes));
        assert_eq!(found, (of_internet, other), "{name}");
        for batch in decoded.of(Table::OtherRoutes) {
            for name in ["prefix", "rd"] {
                let values = column(batch, name);
                assert!(values.iter().all(|value| value != "-"), "{values:?}");
            }
        }
    }
}
