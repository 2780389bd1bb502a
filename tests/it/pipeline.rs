//! The worker against a real broker: odd topics, gaps, a broker that dies, and readers that are not ours.

use crate::broker::Broker;
use crate::crash::{assert_same, records, shared_file, wait_until};
use crate::program::{Program, Rows, signal};
use crate::support::readers_python;
use kafka::{Admin, ProducerSettings, Record, Replayer};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn send(settings: &ProducerSettings, topic: &str, messages: &[Option<Vec<u8>>]) {
    let mut replayer = Replayer::new(settings, None).expect("a producer");
    for payload in messages {
        let payload = payload.as_deref();
        replayer
            .send(&Record {
                topic,
                partition: Some(0),
                key: None,
                payload,
                stamped_at_us: None,
            })
            .expect("sent");
    }
    replayer.finish().expect("delivered");
}

/// What an endless feed holds sooner or later: every message gets its outcome, and none ends the worker.
#[test]
fn nulls_garbage_and_giants_are_accounted_for() {
    const GIANT_OCTETS: usize = 64 << 20;
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("mrt.odd", 1);
    let admin = Admin::new(&broker.consumer(""), Duration::from_secs(10)).expect("a client");
    let giant_topic = format!("{topic}.giant");
    admin
        .create_topic(&giant_topic, 1, &[("max.message.bytes", "90000000")])
        .expect("a topic");
    let empty_topic = broker.create_topic("mrt.odd.empty", 3);
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::new(
        broker,
        folder.path(),
        &format!("({topic}|{giant_topic}|{empty_topic})"),
    );

    let good: Vec<u8> = sim::Traffic::new(&sim::Settings::default())
        .next()
        .expect("a record")
        .octets;
    send(&broker.producer(), &topic, &odd_messages(&good));
    let mut large = broker.producer();
    large
        .client
        .insert("message.max.bytes".to_owned(), "90000000".to_owned());
    large
        .client
        .insert("compression.type".to_owned(), "none".to_owned());
    send(
        &large,
        &giant_topic,
        &[
            Some(vec![0xff; GIANT_OCTETS]),
            Some(vec![b'{'; GIANT_OCTETS]),
            Some(good),
        ],
    );

    let child = program.start("run.log", true, None);
    let peak_kib = peak_memory_kib(child.id());
    assert_eq!(
        program.wait(child, "run.log"),
        0,
        "{}",
        program.log("run.log")
    );
    let report = program.verify();
    let counts: BTreeMap<&str, (u64, u64, u64)> = report
        .partitions
        .iter()
        .filter(|partition| partition.messages > 0)
        .map(|partition| {
            (
                &*partition.topic,
                (partition.parsed, partition.rejected, partition.skipped),
            )
        })
        .collect();
    assert_eq!(counts[&*topic], (4, 3, 2));
    assert_eq!(counts[&*giant_topic], (1, 2, 0));
    assert_eq!(
        report.partitions.len(),
        5,
        "an empty partition is committed too"
    );
    assert!(0 < peak_kib && peak_kib < 1 << 20, "{peak_kib} KiB");
}

/// Four of them give rows, three give only rejects, two neither.
fn odd_messages(good: &[u8]) -> [Option<Vec<u8>>; 9] {
    let truncated = &good[..good.len() - 1];
    let noise = (0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8);
    [
        Some(good.to_vec()),
        None,
        Some(Vec::new()),
        Some(noise.collect()),
        Some(b"this is a text, not a record".repeat(100)),
        Some(truncated.to_vec()),
        Some([good, good, good].concat()),
        Some([good, truncated].concat()),
        Some(good.to_vec()),
    ]
}

/// The most memory that a process has held, watched until it ends.
fn peak_memory_kib(process: u32) -> u64 {
    let status = format!("/proc/{process}/status");
    let mut peak_kib = 0;
    wait_until(Duration::from_secs(120), || {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        peak_kib = peak.unwrap_or(peak_kib);
        peak.is_none()
    });
    peak_kib
}

#[test]
fn a_gap_stops_the_worker_or_becomes_holes() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("mrt.gap", 1);
    let messages: Vec<_> = sim::Traffic::new(&sim::Settings::default())
        .take(300)
        .map(|record| Some(record.octets))
        .collect();
    send(&broker.producer(), &topic, &messages[..100]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut program = Program::new(broker, folder.path(), &topic);
    let child = program.start("first.log", true, None);
    assert_eq!(
        program.wait(child, "first.log"),
        0,
        "{}",
        program.log("first.log")
    );
    send(&broker.producer(), &topic, &messages[100..]);
    broker.delete_records(&topic, 0, 250);

    let child = program.start("stop.log", true, None);
    assert_eq!(program.wait(child, "stop.log"), 1);
    let log = program.log("stop.log");
    assert!(
        log.contains("offsets 100 to 249 (150 of them) are gone") && log.contains("on_gap"),
        "{log}"
    );

    program.on_gap = "record";
    let child = program.start("record.log", true, None);
    assert_eq!(
        program.wait(child, "record.log"),
        0,
        "{}",
        program.log("record.log")
    );
    let report = program.verify();
    let [partition] = report.partitions.as_slice() else {
        panic!("one partition")
    };
    assert_eq!((partition.from, partition.to), (0, 300));
    assert_eq!((partition.messages, partition.holes), (150, 150));
}

#[test]
fn a_broker_that_dies_and_comes_back_costs_nothing() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let topic = broker.create_topic("mrt.dead", 1);
    let messages: Vec<_> = sim::Traffic::new(&sim::Settings::default())
        .take(4_000)
        .map(|record| Some(record.octets))
        .collect();
    send(&broker.producer(), &topic, &messages[..2_000]);
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::new(&broker, folder.path(), &topic);
    let child = program.start("run.log", false, None);
    assert!(wait_until(Duration::from_secs(60), || program
        .log("run.log")
        .contains("committed")));
    broker.kill();
    std::thread::sleep(Duration::from_secs(2));
    broker.restart();
    send(&broker.producer(), &topic, &messages[2_000..]);
    let is_all_there = || {
        let report = crate::program::block_on(lake::verify(program.lake())).expect("a lake");
        report
            .partitions
            .iter()
            .map(|partition| partition.messages)
            .sum::<u64>()
            == 4_000
    };
    assert!(
        wait_until(Duration::from_secs(90), is_all_there),
        "{}",
        program.log("run.log")
    );
    signal(&child, "TERM");
    assert_eq!(
        program.wait(child, "run.log"),
        0,
        "{}",
        program.log("run.log")
    );
    program.verify();
}

/// Two processes with one static member's name: Kafka fences the first, and a fenced worker must not look alive.
#[test]
fn a_fenced_member_ends_with_an_error() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("mrt.fenced", 1);
    let record = sim::Traffic::new(&sim::Settings::default())
        .next()
        .expect("a record");
    send(&broker.producer(), &topic, &[Some(record.octets)]);
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program {
        group_id: format!("group-{topic}"),
        instance: "pod-0",
        ..Program::new(broker, folder.path(), &topic)
    };
    let first = program.start("first.log", false, None);
    assert!(wait_until(Duration::from_secs(60), || program
        .log("first.log")
        .contains("committed")));
    let second = program.start("second.log", false, None);
    assert_eq!(program.wait(first, "first.log"), 1);
    let log = program.log("first.log");
    assert!(
        log.lines()
            .last()
            .is_some_and(|line| line.contains("fenced")),
        "{log}"
    );
    signal(&second, "TERM");
    assert_eq!(
        program.wait(second, "second.log"),
        0,
        "{}",
        program.log("second.log")
    );
    program.verify();
}

#[test]
fn metrics_and_health_tell_how_it_stands() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("mrt.metrics", 2);
    let messages: Vec<_> = sim::Traffic::new(&sim::Settings::default())
        .take(500)
        .map(|record| Some(record.octets))
        .collect();
    send(&broker.producer(), &topic, &messages);
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::new(broker, folder.path(), &topic);
    let child = program.start("run.log", false, None);
    assert!(wait_until(Duration::from_secs(60), || program
        .log("run.log")
        .contains("committed")));
    let log = program.log("run.log");
    let port: u16 = log
        .split("127.0.0.1:")
        .nth(1)
        .and_then(|rest| {
            rest.split(|letter: char| !letter.is_ascii_digit())
                .next()?
                .parse()
                .ok()
        })
        .expect("the address of /metrics");
    assert!(wait_until(Duration::from_secs(20), || get(
        port, "/metrics"
    )
    .contains("corewatch_backlog_messages{")));
    let metrics = get(port, "/metrics");
    for line in [
        "corewatch_messages_total{feed=\"it\",format=\"mrt\",outcome=\"parsed\"}",
        "corewatch_decoder_notices_total{feed=\"it\",kind=\"extended_message\"} 0",
        "corewatch_rows_total{table=\"routes\"}",
        "corewatch_commits_total{outcome=\"committed\"}",
        "corewatch_pending_flushes 0",
        "corewatch_worker_heartbeat_timestamp_seconds{worker=\"0\"}",
        "corewatch_consumer_lag_messages{",
    ] {
        assert!(metrics.contains(line), "no {line} in\n{metrics}");
    }
    assert!(get(port, "/health/live").starts_with("HTTP/1.1 200"));
    assert!(get(port, "/health/ready").contains("\"ok\":true"));
    signal(&child, "TERM");
    assert_eq!(
        program.wait(child, "run.log"),
        0,
        "{}",
        program.log("run.log")
    );
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a server");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// pyiceberg, DuckDB and Polars see what was sent, and the meaning of every column.
#[test]
fn engines_that_are_not_ours_read_the_committed_tables() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let Some(python) = readers_python() else {
        return;
    };
    let messages = match shared_file("bgp/DevQps+bgp-rs/res/mrt/updates.20190101.0000.gz") {
        Some(octets) => records(&octets, 10_000),
        None => sim::Traffic::new(&sim::Settings::default())
            .take(10_000)
            .map(|record| record.octets)
            .collect(),
    };
    let topic = broker.create_topic("mrt.readers", 1);
    let payloads: Vec<_> = messages.iter().cloned().map(Some).collect();
    send(&broker.producer(), &topic, &payloads);
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::new(broker, folder.path(), &topic);
    let child = program.start("run.log", true, None);
    assert_eq!(
        program.wait(child, "run.log"),
        0,
        "{}",
        program.log("run.log")
    );
    let expected = Rows::expected(&topic, &[messages]);

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("readers/read_lake.py");
    let read = Command::new(python)
        .arg(script)
        .arg(folder.path())
        .output()
        .expect("the readers run");
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    let seen: serde_json::Value = serde_json::from_slice(&read.stdout).expect("JSON");
    for (table, rows) in &expected.0 {
        let seen = &seen[table.name()];
        assert_eq!(
            seen["columns"],
            seen["columns_documented"],
            "{}",
            table.name()
        );
        for engine in ["pyiceberg", "duckdb"] {
            let seen = &seen["engines"][engine];
            assert_eq!(seen["rows"], rows.len(), "{} by {engine}", table.name());
            assert_eq!(
                seen["distinct_keys"],
                rows.len(),
                "{} by {engine}",
                table.name()
            );
        }
    }
    assert_same(program.rows(), expected);
}
