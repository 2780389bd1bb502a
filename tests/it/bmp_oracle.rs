//! Real BMP captures, decoded by us and by NetGauze, whose JSON stands beside the captures: every message as one line of its
//! fields, compared line by line. Not compared: labels, the inside of EVPN NLRI, families of statistics.

use crate::support::{Decoded, column, decoder_of, shared_data};
use arrow::array::RecordBatch;
use feeds::{Format, Unit};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tables::Table;

/// Captures, each with its JSON: the messages of all connections together.
const CAPTURES: [&str; 13] = [
    "bmp/evpn/evpn",
    "bmp/path-status/ipv4_unicast_path_marking",
    "bmp/peers-with-different-caps/example",
    "bmp/vpnv4-stateless-with-withdraw/vpnv4-stateless-with-withdraw",
    "pmacct-tests/200-BMP-HUAWEI-locrib_instance/traffic-00",
    "pmacct-tests/201-BMP-CISCO-rd_instance/traffic-00",
    "pmacct-tests/202-BMP-CISCO-HUAWEI-multiple-sources/traffic-01",
    "pmacct-tests/202-BMP-CISCO-HUAWEI-multiple-sources/traffic-02",
    "pmacct-tests/204-BMP-CISCO-peer_down/traffic-00",
    "pmacct-tests/208-BMP-mem-leak-test/bmp-multi-sources-init",
    "pmacct-tests/208-BMP-mem-leak-test/bmp-multi-sources-peer-up",
    "pmacct-tests/400-IPFIXv10-BMP-CISCO-SRv6-multiple-sources/traffic-00",
    "pmacct-tests/400-IPFIXv10-BMP-CISCO-SRv6-multiple-sources/traffic-01",
];

/// What only we read: Peer Ups of a Loc-RIB whose OPENs have the BGP Identifier 0.0.0.0. A peer must refuse such an OPEN
/// (RFC 6286, section 2.2), but a Loc-RIB has no peer: its OPENs are made up (RFC 9069, section 5.1).
const WITHOUT_IDENTIFIER: &str = "kind=up";
const INVALID_IDENTIFIER: &str = "InvalidBgpId";

#[test]
fn netgauze_reads_the_same() {
    let Some(data) = shared_data() else { return };
    let folder = data.join("bgp/NetGauze+NetGauze/assets/pcaps");
    let (mut lines, mut only_ours, mut only_theirs) = (0, Vec::new(), Vec::new());
    for capture in CAPTURES {
        let streams = streams(&data, &folder, capture);
        let ours: Vec<String> = streams
            .iter()
            .flat_map(|stream| our_lines(stream))
            .collect();
        let json = std::fs::read_to_string(folder.join(format!("{capture}-bmp.json")));
        let json = json.expect("the JSON");
        let messages = json
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"));
        let theirs: Vec<String> = messages.flat_map(|one: Value| their_lines(&one)).collect();
        lines += ours.len();
        only_ours.extend(without(&ours, &theirs));
        only_theirs.extend(without(&theirs, &ours));
    }
    assert!(lines > 2700, "only {lines} lines");
    let are_known = only_ours
        .iter()
        .all(|line| line.contains(WITHOUT_IDENTIFIER) && line.contains("peer_bgp_id=- "))
        && only_theirs
            .iter()
            .all(|line| line.contains(INVALID_IDENTIFIER));
    assert!(
        are_known && (only_ours.len(), only_theirs.len()) == (2, 2),
        "only ours: {only_ours:#?}\nonly theirs: {only_theirs:#?}"
    );
}

/// The lines that the others do not have as often.
fn without(these: &[String], those: &[String]) -> Vec<String> {
    let mut those_left = BTreeMap::<&str, usize>::new();
    for line in those {
        *those_left.entry(line).or_default() += 1;
    }
    let mut is_left = |line: &&String| match those_left.get_mut(line.as_str()) {
        Some(count @ 1..) => {
            *count -= 1;
            false
        }
        _ => true,
    };
    these.iter().filter(|line| is_left(line)).cloned().collect()
}

/// The payloads of a capture's connections. Those of version 4 are only in the capture itself.
fn streams(data: &Path, folder: &Path, capture: &str) -> Vec<Vec<u8>> {
    let name = format!("NetGauze+NetGauze/assets/pcaps/{capture}.").replace('/', "_");
    let entries = std::fs::read_dir(data.join("bgp/_derived/streams")).expect("streams");
    let paths = entries.map(|entry| entry.expect("a stream").path());
    let is_of_it = |path: &PathBuf| {
        let file = path.file_name().and_then(|name| name.to_str());
        file.is_some_and(|file| file.starts_with(&name) && file.ends_with(".bmp"))
    };
    let mut paths: Vec<_> = paths.filter(is_of_it).collect();
    paths.sort();
    if paths.is_empty() {
        let capture = std::fs::read(folder.join(capture).with_extension("pcap"));
        return vec![tcp_payload(&capture.expect("a capture"))];
    }
    let read = |path| std::fs::read(path).expect("a stream");
    paths.into_iter().map(read).collect()
}

/// The payload of the one connection of a capture of Ethernet and IPv4, whose packets are in order.
fn tcp_payload(capture: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut rest = &capture[24..];
    while let Some((header, after)) = rest.split_first_chunk::<16>() {
        let octets = u32::from_le_bytes(header[8..12].try_into().expect("four")) as usize;
        let (packet, next) = after.split_at(octets);
        let ip = &packet[14..];
        let total = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
        let tcp = &ip[usize::from(ip[0] & 15) * 4..total];
        payload.extend(&tcp[usize::from(tcp[12] >> 4) * 4..]);
        rest = next;
    }
    payload
}

fn our_lines(stream: &[u8]) -> Vec<String> {
    let (mut units, mut rest) = (Vec::new(), stream);
    while let Unit::Whole(octets) = Format::Bmp.first_unit(rest, true) {
        let (unit, after) = rest.split_at(octets);
        units.push(unit);
        rest = after;
    }
    let decoded = Decoded::by(&mut decoder_of(Format::Bmp), units);
    let mut lines = Vec::new();
    for table in [Table::Routes, Table::OtherRoutes] {
        lines.extend(decoded.of(table).flat_map(route_lines));
    }
    lines.extend(decoded.of(Table::Sessions).flat_map(session_lines));
    lines.extend(decoded.of(Table::BmpStats).flat_map(statistic_lines));
    lines
}

const PEER: [&str; 5] = [
    "peer_ip",
    "peer_asn",
    "peer_bgp_id",
    "peer_distinguisher",
    "observed_at",
];

fn lines_of(batch: &RecordBatch, names: &[&str]) -> Vec<String> {
    let columns: Vec<_> = names.iter().map(|name| column(batch, name)).collect();
    let line = |row| {
        let values = names
            .iter()
            .zip(&columns)
            .map(|(name, column): (_, &Vec<String>)| format!("{name}={}", column[row]));
        values.collect::<Vec<_>>().join(" ")
    };
    (0..batch.num_rows()).map(line).collect()
}

fn route_lines(batch: &RecordBatch) -> Vec<String> {
    let mut names = PEER.to_vec();
    names.extend([
        "kind",
        "rib_view",
        "prefix",
        "path_id",
        "rd",
        "next_hop",
        "as_path",
        "origin",
        "med",
        "local_pref",
        "communities",
    ]);
    lines_of(batch, &names)
}

fn session_lines(batch: &RecordBatch) -> Vec<String> {
    let mut names = PEER.to_vec();
    names.extend([
        "kind",
        "local_ip",
        "local_port",
        "remote_port",
        "hold_time_s",
        "reason_code",
        "notification_code",
        "notification_subcode",
        "reason_text",
        "system_name",
        "system_description",
    ]);
    lines_of(batch, &names)
}

fn statistic_lines(batch: &RecordBatch) -> Vec<String> {
    let mut names = PEER.to_vec();
    names.extend(["rib_view", "stat_name", "value"]);
    lines_of(batch, &names)
}

/// What NetGauze says of one message.
fn their_lines(line: &Value) -> Vec<String> {
    let Some(message) = line.get("V3").or(line.get("V4")) else {
        return vec![line.to_string()];
    };
    let (kind, body) = message
        .as_object()
        .and_then(|one| one.iter().next())
        .expect("a message");
    match kind.as_str() {
        "RouteMonitoring" => {
            let update = body
                .pointer("/update_message/Update")
                .or(body.pointer("/update_pdu/value/BgpUpdate/Update"));
            their_routes(body, update.expect("an UPDATE"))
        }
        "PeerUpNotification" => vec![their_up(body)],
        "PeerDownNotification" => vec![their_down(body)],
        "Initiation" => vec![their_initiation(body)],
        "StatisticsReport" => their_statistics(body),
        other => panic!("message {other}"),
    }
}

/// As [`PEER`].
fn their_peer(body: &Value) -> String {
    let header = &body["peer_header"];
    let is_loc_rib = header["peer_type"].get("LocRibInstancePeer").is_some();
    let ip = match header["address"].as_str() {
        None if is_loc_rib => "0.0.0.0",
        ip => ip.unwrap_or("-"),
    };
    let bgp_id = match text(&header["bgp_id"]) {
        zero if zero == "0.0.0.0" => "-".to_owned(),
        bgp_id => bgp_id,
    };
    format!(
        "peer_ip={ip} peer_asn={} peer_bgp_id={bgp_id} peer_distinguisher={} observed_at={}",
        text(&header["peer_as"]),
        rd(&header["rd"]),
        microseconds(&text(&header["timestamp"])),
    )
}

fn their_rib_view(body: &Value) -> &'static str {
    let peer_type = &body["peer_header"]["peer_type"];
    if peer_type.get("LocRibInstancePeer").is_some() {
        return "loc_rib";
    }
    let flags = peer_type
        .as_object()
        .and_then(|one| one.values().next())
        .expect("flags");
    let flag = |name: &str| flags[name].as_bool().expect("a flag");
    match (flag("adj_rib_out"), flag("post_policy")) {
        (false, false) => "adj_in_pre",
        (false, true) => "adj_in_post",
        (true, false) => "adj_out_pre",
        (true, true) => "adj_out_post",
    }
}

fn their_routes(body: &Value, update: &Value) -> Vec<String> {
    let attributes = update["path_attributes"].as_array().expect("attributes");
    let find = |name: &str| attributes.iter().find_map(|one| one["value"].get(name));
    let multiprotocol = |name| find(name).and_then(|one| one.as_object()?.values().next());
    let mut lines = Vec::new();
    let mut push = |kind, nlri: &Value, next_hop: String| {
        for one in nlri.as_array().expect("NLRI") {
            let route = nlri_text(one);
            let attributes = attributes_text(kind, &next_hop, &find);
            let (peer, view) = (their_peer(body), their_rib_view(body));
            lines.push(format!(
                "{peer} kind={kind} rib_view={view} {route} {attributes}"
            ));
        }
    };
    push("withdraw", &update["withdrawn_routes"], String::new());
    let unreach = multiprotocol("MpUnreach");
    if let Some(unreach) = unreach {
        push("withdraw", &unreach["nlri"], String::new());
    }
    let next_hop = find("NextHop").map_or("-".to_owned(), next_hop_text);
    push("announce", &update["nlri"], next_hop);
    if let Some(reach) = multiprotocol("MpReach") {
        push("announce", &reach["nlri"], next_hop_text(reach));
    }
    let is_empty = |name: &str| update[name].as_array().is_some_and(Vec::is_empty);
    let is_end = match unreach {
        None => attributes.is_empty(),
        Some(unreach) => attributes.len() == 1 && unreach["nlri"] == Value::Array(Vec::new()),
    };
    if is_end && is_empty("nlri") && is_empty("withdrawn_routes") {
        lines.push(session_line(&their_peer(body), "end_of_rib", &[]));
    }
    lines
}

fn nlri_text(one: &Value) -> String {
    let path_id = text(&one["path_id"]);
    if one.get("route").is_some() {
        let route = one["route"].as_object().and_then(|one| one.values().next());
        let rd = route.map_or("-".to_owned(), |route| rd(&route["rd"]));
        return format!("prefix=- path_id={path_id} rd={rd}");
    }
    let prefix = one.get("network").unwrap_or(&one["prefix"]);
    format!(
        "prefix={} path_id={path_id} rd={}",
        text(prefix),
        rd(&one["rd"])
    )
}

fn attributes_text<'a>(
    kind: &str,
    next_hop: &str,
    find: &impl Fn(&str) -> Option<&'a Value>,
) -> String {
    if kind == "withdraw" {
        return "next_hop=- as_path=- origin=- med=- local_pref=- communities=-".to_owned();
    }
    let number = |name, field: &str| find(name).map_or("-".to_owned(), |one| text(&one[field]));
    let origin = find("Origin").map_or("-".to_owned(), |one| text(one).to_lowercase());
    let segments = find("AsPath").and_then(|path| path.as_object()?.values().next());
    let as_path = segments.map_or("-".to_owned(), |segments| {
        let numbers = segments.as_array().expect("segments").iter();
        list(numbers.flat_map(|one| one["as_numbers"].as_array().expect("numbers")))
    });
    let communities = find("Communities").map_or("-".to_owned(), |one| {
        list(one["communities"].as_array().expect("communities").iter())
    });
    format!(
        "next_hop={next_hop} as_path={as_path} origin={origin} med={} local_pref={} communities={communities}",
        number("MultiExitDiscriminator", "metric"),
        number("LocalPreference", "metric"),
    )
}

/// A plain address, or one behind a route distinguisher, or a global one.
fn next_hop_text(of: &Value) -> String {
    if let Some(global) = of.get("next_hop_global") {
        return text(global);
    }
    match of["next_hop"]
        .as_object()
        .and_then(|one| one.values().next())
    {
        Some(labelled) => text(&labelled["next_hop"]),
        None => text(&of["next_hop"]),
    }
}

fn their_up(body: &Value) -> String {
    let texts = body["information"].as_array().expect("information").iter();
    let texts: Vec<String> = texts
        .filter_map(|one| one.as_object()?.values().next())
        .map(text)
        .collect();
    let texts = Some(texts.join("; ")).filter(|text| !text.is_empty());
    session_line(
        &their_peer(body),
        "up",
        &[
            ("local_ip", &text(&body["local_address"])),
            ("local_port", &text(&body["local_port"])),
            ("remote_port", &text(&body["remote_port"])),
            (
                "hold_time_s",
                &text(&body["received_message"]["Open"]["hold_time"]),
            ),
            ("reason_text", texts.as_deref().unwrap_or("-")),
        ],
    )
}

fn their_down(body: &Value) -> String {
    let reason = &body["reason"];
    let named = reason.as_object().and_then(|one| one.iter().next());
    let (name, value) = named.map_or((text(reason), &Value::Null), |(name, value)| {
        (name.clone(), value)
    });
    let code = match name.as_str() {
        "LocalSystemClosedNotificationPduFollows" => "1",
        "RemoteSystemClosedNotificationPduFollows" => "3",
        "RemoteSystemClosedNoData" => "4",
        "LocalSystemClosedTlvDataFollows" => "6",
        other => panic!("reason {other}"),
    };
    let table = text(&value["VrfTableName"]);
    let is_reset = value
        .pointer("/Notification/CeaseError/AdministrativeReset")
        .is_some();
    let (notification, subcode) = if is_reset { ("6", "4") } else { ("-", "-") };
    session_line(
        &their_peer(body),
        "down",
        &[
            ("reason_code", code),
            ("notification_code", notification),
            ("notification_subcode", subcode),
            ("reason_text", &table),
        ],
    )
}

fn their_initiation(body: &Value) -> String {
    let information = body["information"].as_array().expect("information");
    let find = |name: &str| {
        information
            .iter()
            .find_map(|one| one.get(name))
            .map_or("-".to_owned(), text)
    };
    let peer = "peer_ip=- peer_asn=- peer_bgp_id=- peer_distinguisher=- observed_at=0";
    session_line(
        peer,
        "initiation",
        &[
            ("system_name", &find("SystemName")),
            ("system_description", &find("SystemDescription")),
        ],
    )
}

fn their_statistics(body: &Value) -> Vec<String> {
    let (peer, view) = (their_peer(body), their_rib_view(body));
    let counters = body["counters"].as_array().expect("counters").iter();
    let counters = counters.filter_map(|one| one.as_object()?.iter().next());
    let line = |(name, value): (&String, &Value)| {
        let name = match name.as_str() {
            "NumberOfDuplicatePrefixAdvertisements" => "duplicate_prefix_advertisements",
            "NumberOfDuplicateWithdraws" => "duplicate_withdraws",
            "NumberOfUpdatesInvalidatedDueToAsPathLoop" => "updates_invalidated_by_as_path_loop",
            "NumberOfRoutesInAdjRibIn" => "routes_in_adj_ribs_in",
            "NumberOfRoutesInLocRib" => "routes_in_loc_rib",
            "NumberOfRoutesInPerAfiSafiLocRib" => "routes_in_loc_rib_per_family",
            other => panic!("statistic {other}"),
        };
        // Of one family: its name, and the number.
        let value = value.as_array().and_then(|one| one.last()).unwrap_or(value);
        format!(
            "{peer} rib_view={view} stat_name={name} value={}",
            text(value)
        )
    };
    counters.map(line).collect()
}

/// As [`session_lines`], with what is told.
fn session_line(peer: &str, kind: &str, told: &[(&str, &str)]) -> String {
    let names = [
        "local_ip",
        "local_port",
        "remote_port",
        "hold_time_s",
        "reason_code",
        "notification_code",
        "notification_subcode",
        "reason_text",
        "system_name",
        "system_description",
    ];
    let value = |name: &str| {
        told.iter()
            .find(|(told, _)| *told == name)
            .map_or("-", |(_, value)| value)
    };
    let values = names.map(|name| format!("{name}={}", value(name)));
    format!("{peer} kind={kind} {}", values.join(" "))
}

fn rd(value: &Value) -> String {
    let Some(parts) = value.as_object().and_then(|one| one.values().next()) else {
        return "-".to_owned();
    };
    let first = ["asn2", "asn4", "ip"]
        .iter()
        .find_map(|name| parts.get(name));
    format!(
        "{}:{}",
        first.map_or("-".to_owned(), text),
        text(&parts["number"])
    )
}

fn list<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    format!("[{}]", values.map(text).collect::<Vec<_>>().join(", "))
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Microseconds since 1970 of a time like `2022-01-23T17:19:26.430157Z`.
fn microseconds(time: &str) -> i64 {
    let (date, clock) = time.trim_end_matches('Z').split_once('T').expect("a time");
    let numbers = |text: &str, by| -> Vec<i64> {
        let parts = text
            .split(by)
            .map(|part: &str| part.parse().expect("a number"));
        parts.collect()
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [year, month, day] = numbers(date, '-')[..] else {
        panic!("{date}")
    };
    let [hour, minute, second] = numbers(clock, ':')[..] else {
        panic!("{clock}")
    };
    // Days from 0000-03-01, so that the leap day is the last of its year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1;
    let seconds = (days - 719_468) * 86_400 + hour * 3600 + minute * 60 + second;
    let fraction: i64 = format!("{fraction:0<6}").parse().expect("a fraction");
    seconds * 1_000_000 + fraction
}
