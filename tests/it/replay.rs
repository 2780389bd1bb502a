//! `corewatch replay` against a real broker: what is in the topic is what was in the file, cut as `convert` cuts it.

use crate::broker::Broker;
use crate::cli::Call;
use crate::convert::{Recording, noise};
use kafka::{BatchConsumer, Delivery, Start, TopicPartition};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Sends a file to a topic.
pub fn replay(broker: &Broker, topic: &str, format: &str, extra: &[&str], file: &Path) -> Call {
    let brokers = broker.producer().brokers;
    let args = [
        "replay",
        "--brokers",
        &brokers,
        "--topic",
        topic,
        "--format",
        format,
        "--json",
    ];
    let call = Call::of(
        args.iter()
            .chain(extra)
            .chain([&file.to_str().expect("UTF-8")]),
    );
    assert_eq!(call.code, 0, "{}", call.stderr);
    call
}

/// The octets of all messages of a topic's only partition, in their order.
fn octets(broker: &Broker, topic: &str, messages: u64) -> Vec<u8> {
    let (consumer, mut queues) =
        BatchConsumer::alone(&broker.consumer(""), 1, 1_000).expect("a consumer");
    let partition = TopicPartition::new(topic, 0);
    consumer
        .assign_all(&[Start {
            partition,
            offset: 0,
            worker: 0,
        }])
        .expect("assigned");
    let (mut octets, mut taken, began) = (vec![], 0, Instant::now());
    while taken < messages && began.elapsed() < PATIENCE {
        consumer.poll(Duration::ZERO);
        for delivery in &queues[0].batch(Duration::from_millis(50)) {
            if let Delivery::Message(message) = delivery {
                octets.extend_from_slice(message.payload.unwrap_or_default());
                taken += 1;
            }
        }
    }
    octets
}

#[test]
fn a_topic_holds_the_file_in_the_units_of_convert() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("recording");
    let recording = Recording::new(2_000);
    let damage = noise(feeds::GAP_OCTETS_MAX + 7);
    let parts = [&recording.octets, &damage, &recording.octets, &damage];
    fs::write(&file, parts.map(|part| &part[..]).concat()).expect("a file");

    let topic = format!("{}.made", broker.create_topic("replay", 1));
    let sent = replay(broker, &topic, "mrt", &["--partitions", "1"], &file).json();
    let converted = Call::of([
        "convert",
        "--format",
        "mrt",
        "--json",
        file.to_str().expect("UTF-8"),
    ])
    .json();
    assert_eq!(sent["messages"], 4_004);
    for key in ["messages", "octets"] {
        assert_eq!(sent[key], converted[key], "{key}");
    }
    assert!(
        octets(broker, &topic, 4_004) == fs::read(&file).expect("the file"),
        "other octets"
    );
}

fn inspect(broker: &Broker, topic: &str, extra: &[&str]) -> Call {
    let brokers = broker.producer().brokers;
    let args = ["inspect", "--brokers", &brokers, "--topic", topic];
    let call = Call::of([&args, extra].concat());
    assert_eq!(call.code, 0, "{}", call.stderr);
    call
}

/// Each format is cut, keyed and recognised.
#[test]
fn every_format_is_replayed_and_recognised() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let openbmp: Vec<u8> = sim::Traffic::of_router(&sim::Settings::default())
        .take(200)
        .flat_map(|record| record.octets)
        .collect();
    let line = r#"{"type":"ris_message","data":{"timestamp":1767225600.5,"peer":"192.0.2.1","peer_asn":"64500","id":"1","host":"rrc00","type":"KEEPALIVE"}}"#;
    let cases = [
        ("openbmp", openbmp, "key 73696d756c61746564", 200),
        (
            "ris-live",
            format!("{line}\n").repeat(20).into_bytes(),
            "key 192.0.2.1",
            20,
        ),
    ];
    for (format, octets, key, messages) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("recording");
        fs::write(&file, octets).expect("a file");
        let topic = broker.create_topic("replayed", 2);
        let sent = replay(broker, &topic, format, &[], &file).json();
        assert_eq!(sent["messages"], messages, "{format}");
        let counts = inspect(broker, &topic, &["--limit", "1000", "--json"]).json();
        assert_eq!(counts["messages"], messages, "{format}");
        assert_eq!(counts["formats"][format], messages, "{counts}");
        assert_eq!(counts["rejected"], 0, "{counts}");
        let shown = inspect(broker, &topic, &["--limit", "5"]).stdout;
        assert!(shown.contains(key), "no {key} in\n{shown}");
    }
}

/// A stream of dnstap is cut into its frames, which are spread over the partitions by the port of who asks; nothing is lost.
#[test]
fn frames_of_dns_messages_are_spread() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("frames");
    let settings = sim::ResolverSettings::default();
    let records: Vec<_> = sim::Resolver::new(&settings).take(200).collect();
    fs::write(&file, sim::frame_stream(&records)).expect("a file");
    let topic = broker.create_topic("frames", 2);
    let sent = replay(broker, &topic, "fstrm", &[], &file).json();
    assert_eq!(sent["messages"], 202);
    let format = ["--format", "fstrm", "--limit", "1000"];
    let counts = inspect(broker, &topic, &[&format[..], &["--json"]].concat()).json();
    for (key, count) in [("messages", 202), ("parsed", 200), ("skipped", 2)] {
        assert_eq!(counts[key], count, "{key} in {counts}");
    }
    let shown = inspect(broker, &topic, &format).stdout;
    for words in [
        "partition 0 ",
        "partition 1 ",
        "  dns_messages\n",
        "qtype=1 (A)",
    ] {
        assert!(shown.contains(words), "no {words:?} in\n{shown}");
    }
}

/// Every message with its place, its key and its rows; and nobody's offsets have moved.
#[test]
fn a_topic_is_inspected() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a\u{1b}[2Jb");
    let dump: Vec<u8> = sim::table_dump(&sim::Settings::default())
        .take(3)
        .flat_map(|record| record.octets)
        .collect();
    fs::write(&file, [dump, noise(100)].concat()).expect("a file");
    let topic = broker.create_topic("inspected", 1);
    replay(broker, &topic, "mrt", &[], &file);

    let inspect = |extra: &[&str]| inspect(broker, &topic, extra);
    let shown = inspect(&["--format", "mrt"]).stdout;
    let key = "key a\\u{1b}[2Jb";
    for words in [
        key,
        "partition 0 offset 0",
        "partition 0 offset 3",
        "mrt  skipped",
        "mrt  parsed",
        "mrt  rejected",
        "  rib\n",
        "    prefix=",
        "    observed_at=2026-01-01T00:00:00Z",
        "rows more",
        "  rejects\n",
    ] {
        assert!(shown.contains(words), "no {words:?} in\n{shown}");
    }
    let is_safe = |letter: char| letter == '\n' || !letter.is_control();
    assert!(shown.chars().all(is_safe), "{shown:?}");

    let counts = inspect(&["--format", "mrt", "--json"]).json();
    for (key, count) in [
        ("messages", 4),
        ("parsed", 2),
        ("rejected", 1),
        ("skipped", 1),
    ] {
        assert_eq!(counts[key], count, "{key}");
    }
    assert_eq!(counts["formats"]["mrt"], 4);
    assert_eq!(inspect(&["--limit", "2", "--json"]).json()["messages"], 2);
}

#[test]
fn a_topic_that_is_not_there_is_not_inspected() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let brokers = broker.producer().brokers;
    let call = Call::of(["inspect", "--brokers", &brokers, "--topic", "no-such"]);
    assert_eq!(call.code, 1);
    assert!(call.stderr.contains("no-such"), "{}", call.stderr);
}

#[test]
fn messages_are_sent_when_they_are_due() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("recording");
    // Some two seconds of the feed's own time.
    let recording = Recording::new(2_000);
    fs::write(&file, &recording.octets).expect("a file");
    let topic = broker.create_topic("paced", 4);
    let seconds = |speed| {
        let sent = replay(broker, &topic, "mrt", &["--speed", speed], &file).json();
        sent["seconds"].as_f64().expect("seconds")
    };
    let due = recording.seconds / 0.5;
    let (at_once, paced) = (seconds("max"), seconds("0.5"));
    assert!(
        at_once < due && due < paced,
        "{at_once} s at once, {paced} s for {due} s"
    );
}
