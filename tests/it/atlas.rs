//! Real results of RIPE Atlas: each gives its rows or is skipped by name, and the rows say what an independent reading of the
//! JSON says, and the DNS messages what the probe has read in them.

use crate::support::{PROVENANCE, column, decoder_of, shared_data};
use feeds::{Decoder, DecoderSettings, Format, Outcome, Privacy, Unit};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tables::{Builders, Provenance, Table};

/// What is compared.
const COLUMNS: [&str; 19] = [
    "msm_id",
    "prb_id",
    "group_id",
    "firmware",
    "observed_at",
    "probe_ip",
    "source_ip",
    "server_ip",
    "server_port",
    "ip_version",
    "transport",
    "rtt_us",
    "timeout_ms",
    "error_kind",
    "subid",
    "submax",
    "dns_id",
    "ancount",
    "nscount",
];

#[test]
fn every_real_result_gives_the_rows_that_it_tells() {
    let Some(data) = shared_data() else { return };
    let (mut results, mut responses) = (0, 0);
    for path in files_of_dns(&data) {
        for result in results_of(&path) {
            let expected = responses_of(&result);
            let (outcome, found) = decode(result.to_string().as_bytes());
            assert_eq!(outcome, Outcome::Parsed, "{}: {result}", path.display());
            assert_eq!(found, expected, "{}: {result}", path.display());
            results += 1;
            responses += expected.len();
        }
    }
    assert_eq!((results, responses), (201, 213));
}

#[test]
fn files_are_cut_into_their_results() {
    let Some(data) = shared_data() else { return };
    let mut units = 0;
    for path in files_of_dns(&data) {
        let file = std::fs::read(&path).expect("a file");
        let mut expected = results_of(&path).into_iter();
        let mut rest = &file[..];
        while !rest.is_empty() {
            let Unit::Whole(octets) = Format::Atlas.first_unit(rest, true) else {
                panic!("no unit: {}", path.display());
            };
            let (unit, behind) = rest.split_at(octets);
            let (outcome, found) = decode(unit);
            if outcome != Outcome::Skipped("empty") {
                let result = expected.next().expect("a result");
                assert_eq!(found, responses_of(&result), "{}", path.display());
                units += 1;
            }
            rest = behind;
        }
        assert_eq!(expected.next(), None, "{}", path.display());
    }
    assert_eq!(units, 201);
}

#[test]
fn messages_are_what_the_probe_has_read_in_them() {
    let Some(data) = shared_data() else { return };
    let mut compared = 0;
    for path in files_of_dns(&data) {
        for mut result in results_of(&path) {
            let with = decode(result.to_string().as_bytes()).1;
            let removed = each_response(&mut result)
                .filter_map(|response| response.get_mut("result")?.as_object_mut()?.remove("abuf"))
                .count();
            let without = decode(result.to_string().as_bytes()).1;
            assert_eq!(with, without, "{}: {result}", path.display());
            compared += removed;
        }
    }
    assert_eq!(compared, 190, "messages with what was read in them");
}

#[test]
fn other_measurements_are_skipped() {
    let Some(data) = shared_data() else { return };
    let folder = data.join("dns/RIPE-NCC+ripe.atlas.sagan");
    let mut skipped = 0;
    for kind in ["http", "ntp", "ping", "ssl", "traceroute", "wifi"] {
        for result in results_of(&folder.join(format!("{kind}.results.jsonl"))) {
            let (outcome, _) = decode(result.to_string().as_bytes());
            assert_eq!(outcome, Outcome::Skipped("atlas_type_unknown"), "{result}");
            skipped += 1;
        }
    }
    assert_eq!(skipped, 53);
}

/// No address of a probe is left anywhere in its row, unless it is the server's as well.
#[test]
fn no_probe_can_be_found() {
    let Some(data) = shared_data() else { return };
    let mut searched = 0;
    for path in files_of_dns(&data) {
        for result in results_of(&path) {
            let mut builders = Builders::new();
            let mut decoder = decoder_of(Format::Atlas);
            decoder.decode(result.to_string().as_bytes(), &PROVENANCE, &mut builders);
            let from = text_of(&result["from"]);
            for (_, batch) in builders
                .finish()
                .filter(|_| from != "-" && !from.ends_with(".0"))
            {
                for field in batch.schema().fields() {
                    let is_server = field.name().starts_with("server_");
                    for value in column(&batch, field.name()).iter().filter(|_| !is_server) {
                        assert_ne!(*value, from, "{}: {result}", field.name());
                    }
                }
                searched += 1;
            }
        }
    }
    assert!(searched > 140, "{searched}");
}

fn files_of_dns(data: &Path) -> Vec<PathBuf> {
    let dns = data.join("dns");
    let printed =
        dns.join("RIPE-NCC+ripe-atlas-software-probe/probe-busybox/testsuite/evtdig-data");
    let entries = std::fs::read_dir(printed).expect("what probes print");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|end| end == "out"))
        .collect();
    files.sort();
    files.push(dns.join("RIPE-NCC+ripe.atlas.sagan/dns.results.jsonl"));
    files.push(dns.join("RIPE-NCC+ripe-atlas-tools/test_dns_compact.results.jsonl"));
    for measurement in ["24980149", "24980204", "29083406"] {
        let name = format!("RIPE-Atlas-measurement-{measurement}.json");
        files.push(
            dns.join("Quad9DNS+ripe-atlas-dns-tools/Test-Data")
                .join(name),
        );
    }
    files
}

/// The results of a file, as serde_json reads them: an array, or one in each line.
fn results_of(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a file");
    if text.starts_with('[') {
        return serde_json::from_str(&text).expect("an array");
    }
    let of_line = |line: &str| {
        let line = line.trim().trim_start_matches("RESULT");
        serde_json::from_str(line).expect("a result")
    };
    let is_result = |line: &&str| !line.trim().is_empty();
    text.lines().filter(is_result).map(of_line).collect()
}

fn each_response(result: &mut Value) -> impl Iterator<Item = &mut Value> {
    let is_set = result.get("resultset").is_some();
    let (set, one) = if is_set {
        (result["resultset"].as_array_mut(), None)
    } else {
        (None, Some(result))
    };
    set.into_iter().flatten().chain(one)
}

/// Rows of a message: the columns compared.
fn decode(message: &[u8]) -> (Outcome, Vec<Vec<String>>) {
    let mut decoder = Decoder::new(DecoderSettings {
        privacy: Privacy::Keep,
        ..DecoderSettings::new(Format::Atlas)
    });
    let mut builders = Builders::new();
    let provenance = Provenance {
        format: "atlas",
        ..PROVENANCE
    };
    let outcome = decoder.decode(message, &provenance, &mut builders);
    let mut rows = Vec::new();
    for (table, batch) in builders.finish() {
        assert_eq!(table, Table::DnsMeasurements, "{outcome:?}");
        let columns = COLUMNS.map(|name| column(&batch, name));
        let row_of = |row: usize| columns.iter().map(|column| column[row].clone()).collect();
        rows.extend((0..batch.num_rows()).map(row_of));
    }
    (outcome, rows)
}

/// The same columns of each response, read independently.
fn responses_of(result: &Value) -> Vec<Vec<String>> {
    let set = result.get("resultset").and_then(Value::as_array);
    let one = [result.clone()];
    let responses = set.map_or(&one[..], Vec::as_slice);
    let columns = |response: &Value| {
        let or_top = |name: &str| text_of(response.get(name).unwrap_or(&result[name]));
        let time = match (set, result.get("timestamp")) {
            (None, Some(timestamp)) => timestamp,
            _ => &response["time"],
        };
        let told = &response["result"];
        let error = response["error"].as_object();
        vec![
            text_of(&result["msm_id"]),
            text_of(&result["prb_id"]),
            text_of(&result["group_id"]),
            text_of(&result["fw"]),
            format!("{}000000", text_of(time)),
            text_of(&result["from"]),
            or_top("src_addr"),
            or_top("dst_addr"),
            or_top("dst_port"),
            or_top("af"),
            transport_of(response, &or_top("proto")),
            rtt_us_of(&told["rt"]),
            text_of(&response["error"]["timeout"]),
            error.map_or("-".to_owned(), |error| {
                error.keys().next().expect("a kind").clone()
            }),
            or_top("subid"),
            or_top("submax"),
            text_of(&told["ID"]),
            text_of(&told["ANCOUNT"]),
            text_of(&told["NSCOUNT"]),
        ]
    };
    responses.iter().map(columns).collect()
}

fn transport_of(response: &Value, proto: &str) -> String {
    match (proto, response.get("sslvers")) {
        ("TCP", Some(_)) => "tls".to_owned(),
        (proto, _) => proto.to_lowercase(),
    }
}

fn rtt_us_of(rt: &Value) -> String {
    rt.as_f64()
        .map_or("-".to_owned(), |rt| format!("{:.0}", rt * 1000.0))
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
