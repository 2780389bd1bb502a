//! `corewatch replay` against a real broker: what is in the topic is what was in the file, cut as `convert` cuts it.

use crate::broker::Broker;
use crate::cli::Call;
use crate::convert::{Recording, noise};
use kafka::{BatchConsumer, Delivery, Start, TopicPartition};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

fn replay(broker: &Broker, topic: &str, extra: &[&str], file: &Path) -> Call {
    let brokers = broker.producer().brokers;
    let args = [
        "replay",
        "--brokers",
        &brokers,
        "--topic",
        topic,
        "--format",
        "mrt",
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
    let sent = replay(broker, &topic, &["--partitions", "1"], &file).json();
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
        let sent = replay(broker, &topic, &["--speed", speed], &file).json();
        sent["seconds"].as_f64().expect("seconds")
    };
    let due = recording.seconds / 0.5;
    let (at_once, paced) = (seconds("max"), seconds("0.5"));
    assert!(
        at_once < due && due < paced,
        "{at_once} s at once, {paced} s for {due} s"
    );
}
