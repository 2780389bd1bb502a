//! The crate against the embedded broker: what is produced is what is consumed, whatever happens between.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

use crate::*;

const TICK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(60);

fn broker(topic: &str, partition_count: i32) -> EmbeddedBroker {
    let broker = EmbeddedBroker::start().unwrap();
    broker.create_topic(topic, partition_count).unwrap();
    broker
}

fn settings(broker: &EmbeddedBroker) -> ConsumerSettings {
    let mut settings = ConsumerSettings::new(broker.bootstrap());
    settings
        .client
        .insert("session.timeout.ms".into(), "6000".into());
    settings
}

fn group(broker: &EmbeddedBroker, group: &str) -> ConsumerSettings {
    ConsumerSettings {
        group_id: Some(group.to_owned()),
        ..settings(broker)
    }
}

fn replayer(broker: &EmbeddedBroker, ahead: Option<Ahead>) -> Replayer {
    let settings = ProducerSettings {
        brokers: broker.bootstrap(),
        ..ProducerSettings::default()
    };
    Replayer::new(&settings, ahead).unwrap()
}

fn record<'a>(topic: &'a str, partition: i32, payload: Option<&'a [u8]>) -> Record<'a> {
    Record {
        topic,
        partition: Some(partition),
        key: None,
        payload,
        stamped_at_us: None,
    }
}

/// Sends `count` messages to each partition; each says its own place.
fn fill(broker: &EmbeddedBroker, topic: &str, partitions: i32, from: i64, count: i64) {
    let mut replayer = replayer(broker, None);
    for offset in from..from + count {
        for partition in 0..partitions {
            let text = format!("{partition}/{offset}");
            replayer
                .send(&record(topic, partition, Some(text.as_bytes())))
                .unwrap();
        }
    }
    let sent = replayer.finish().unwrap();
    assert_eq!(sent.messages, count as u64 * partitions as u64);
}

fn starts(topic: &str, partitions: i32, workers: usize) -> Vec<Start> {
    let start = |partition| Start {
        partition: TopicPartition::new(topic, partition),
        offset: 0,
        worker: partition as usize % workers,
    };
    (0..partitions).map(start).collect()
}

fn place(topic: &str, partition: i32, next_offset: i64) -> Position {
    Position {
        partition: TopicPartition::new(topic, partition),
        next_offset,
    }
}

/// What one consumer took, in order, as the worker rule says: what lies below the next offset expected is dropped.
#[derive(Default)]
struct Taken {
    offsets: BTreeMap<(String, i32), Vec<i64>>,
    again: u64,
}

impl Taken {
    fn take(&mut self, batch: &Batch<'_>) {
        for delivery in batch {
            let Delivery::Message(message) = delivery else {
                panic!("{delivery:?}")
            };
            let offsets = self
                .offsets
                .entry((message.topic.to_owned(), message.partition))
                .or_default();
            if offsets.last().is_some_and(|last| message.offset <= *last) {
                self.again += 1;
                continue;
            }
            let text = format!("{}/{}", message.partition, message.offset);
            assert_eq!(
                message.payload,
                Some(text.as_bytes()),
                "payload of another message"
            );
            offsets.push(message.offset);
        }
    }

    fn total(&self) -> usize {
        self.offsets.values().map(Vec::len).sum()
    }

    fn assert_exact(&self, partitions: i32, count: i64) {
        assert_eq!(self.offsets.len(), partitions as usize);
        for (place, offsets) in &self.offsets {
            assert!(
                offsets.iter().copied().eq(0..count),
                "{place:?}: {} offsets",
                offsets.len()
            );
        }
    }
}

fn take_until(consumer: &BatchConsumer, queue: &mut WorkerQueue, taken: &mut Taken, total: usize) {
    let began = Instant::now();
    while taken.total() < total {
        assert!(began.elapsed() < PATIENCE, "{} of {total}", taken.total());
        assert_quiet(consumer.poll(Duration::ZERO));
        taken.take(&queue.batch(TICK));
    }
}

fn assert_quiet(events: Vec<Event>) {
    let bad = |event: &&Event| !matches!(event.kind, EventKind::Other | EventKind::BrokerDown);
    assert!(events.iter().find(bad).is_none(), "{events:?}");
}

/// Nothing more may come within a second.
fn assert_silent(consumer: &BatchConsumer, queue: &mut WorkerQueue) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(1) {
        assert_quiet(consumer.poll(Duration::ZERO));
        assert_eq!(queue.batch(TICK).len(), 0);
    }
}

#[test]
fn two_workers_take_every_offset_once_in_order() {
    const EACH: i64 = 25_000;
    let broker = broker("t", 4);
    fill(&broker, "t", 4, 0, EACH);
    let (consumer, queues) = BatchConsumer::alone(&settings(&broker), 2, 10_000).unwrap();
    consumer.assign_all(&starts("t", 4, 2)).unwrap();
    let work = |mut queue: WorkerQueue| {
        thread::spawn(move || {
            let (mut taken, began) = (Taken::default(), Instant::now());
            while taken.total() < 2 * EACH as usize && began.elapsed() < PATIENCE {
                taken.take(&queue.batch(TICK));
            }
            (queue.worker(), taken)
        })
    };
    let workers: Vec<_> = queues.into_iter().map(work).collect();
    while workers.iter().any(|worker| !worker.is_finished()) {
        assert_quiet(consumer.poll(TICK));
    }
    for worker in workers {
        let (number, taken) = worker.join().unwrap();
        taken.assert_exact(2, EACH);
        assert_eq!(taken.again, 0);
        assert!(
            taken
                .offsets
                .keys()
                .all(|(_, partition)| *partition as usize % 2 == number)
        );
    }
}

#[test]
fn null_and_empty_payloads_differ_and_times_are_microseconds() {
    let broker = broker("t", 1);
    let mut replayer = replayer(&broker, None);
    for payload in [None, Some(&b""[..]), Some(&b"x"[..])] {
        let stamped_at_us = Some(1_700_000_000_123_999);
        replayer
            .send(&Record {
                stamped_at_us,
                ..record("t", 0, payload)
            })
            .unwrap();
    }
    assert_eq!(
        replayer.finish().unwrap(),
        Sent {
            messages: 3,
            octets: 1
        }
    );
    let (consumer, mut queues) = BatchConsumer::alone(&settings(&broker), 1, 3).unwrap();
    consumer.assign_all(&starts("t", 1, 1)).unwrap();
    let batch = queues[0].batch(PATIENCE);
    let messages: Vec<Message<'_>> = batch
        .iter()
        .map(|delivery| match delivery {
            Delivery::Message(message) => message,
            Delivery::Failed(error) => panic!("{error:?}"),
        })
        .collect();
    let payloads: Vec<_> = messages.iter().map(|message| message.payload).collect();
    assert_eq!(payloads, [None, Some(&b""[..]), Some(&b"x"[..])]);
    assert!(
        messages
            .iter()
            .all(|one| one.brokered_at_us == Some(1_700_000_000_123_000))
    );
    assert!(
        messages
            .iter()
            .all(|one| one.topic == "t" && one.partition == 0)
    );
}

#[test]
fn a_pause_loses_nothing_and_what_comes_twice_is_below_the_next_offset() {
    const EACH: i64 = 20_000;
    let broker = broker("t", 2);
    fill(&broker, "t", 2, 0, EACH);
    let (consumer, mut queues) = BatchConsumer::alone(&settings(&broker), 1, 500).unwrap();
    consumer.assign_all(&starts("t", 2, 1)).unwrap();
    let both = [TopicPartition::new("t", 0), TopicPartition::new("t", 1)];
    let mut taken = Taken::default();
    for part in 1..=8 {
        take_until(&consumer, &mut queues[0], &mut taken, part * 4_000);
        queues[0].pause(&both).unwrap();
        let before = taken.total();
        taken.take(&queues[0].batch(TICK));
        assert!(taken.total() - before <= 500, "a paused partition goes on");
        assert_eq!(queues[0].batch(TICK).len(), 0);
        queues[0].resume(&both).unwrap();
    }
    take_until(&consumer, &mut queues[0], &mut taken, 2 * EACH as usize);
    taken.assert_exact(2, EACH);
}

/// In a batch call librdkafka counts an end-of-partition event as a message, and a pause goes on one offset too far.
#[test]
fn a_pause_at_the_end_of_a_partition_loses_nothing() {
    let broker = broker("t", 1);
    let (consumer, mut queues) = BatchConsumer::alone(&settings(&broker), 1, 100).unwrap();
    consumer.assign_all(&starts("t", 1, 1)).unwrap();
    let (one, mut taken) = ([TopicPartition::new("t", 0)], Taken::default());
    for round in 0..4 {
        fill(&broker, "t", 1, round * 10, 10);
        take_until(
            &consumer,
            &mut queues[0],
            &mut taken,
            (round as usize + 1) * 10,
        );
        assert_silent(&consumer, &mut queues[0]);
        queues[0].pause(&one).unwrap();
        assert_silent(&consumer, &mut queues[0]);
        queues[0].resume(&one).unwrap();
    }
    taken.assert_exact(1, 40);
}

#[test]
fn a_rewound_partition_continues_at_that_offset_and_the_others_go_on() {
    const EACH: i64 = 5_000;
    let broker = broker("t", 2);
    fill(&broker, "t", 2, 0, EACH);
    let (consumer, mut queues) = BatchConsumer::alone(&settings(&broker), 1, 700).unwrap();
    consumer.assign_all(&starts("t", 2, 1)).unwrap();
    let mut taken = Taken::default();
    take_until(&consumer, &mut queues[0], &mut taken, 3_000);
    queues[0].rewind(&[place("t", 0, 17)]).unwrap();
    taken.offsets.insert(("t".to_owned(), 0), (0..17).collect());
    take_until(&consumer, &mut queues[0], &mut taken, 2 * EACH as usize);
    taken.assert_exact(2, EACH);
    queues[0].pause(&[TopicPartition::new("t", 0)]).unwrap();
    queues[0].rewind(&[place("t", 0, 4_990)]).unwrap();
    assert_silent(&consumer, &mut queues[0]);
    queues[0].resume(&[TopicPartition::new("t", 0)]).unwrap();
    taken
        .offsets
        .insert(("t".to_owned(), 0), (0..4_990).collect());
    take_until(&consumer, &mut queues[0], &mut taken, 2 * EACH as usize);
    taken.assert_exact(2, EACH);
}

#[test]
fn a_restarted_partition_keeps_its_worker() {
    let broker = broker("t", 2);
    fill(&broker, "t", 2, 0, 1_000);
    let (consumer, mut queues) = BatchConsumer::alone(&settings(&broker), 2, 100).unwrap();
    consumer.assign_all(&starts("t", 2, 2)).unwrap();
    let mut taken = Taken::default();
    take_until(&consumer, &mut queues[1], &mut taken, 1_000);
    consumer
        .restart(&[place("t", 1, 400), place("t", 7, 0)])
        .unwrap();
    taken
        .offsets
        .insert(("t".to_owned(), 1), (0..400).collect());
    take_until(&consumer, &mut queues[1], &mut taken, 1_000);
    taken.assert_exact(1, 1_000);
}

#[test]
fn an_offset_beyond_the_end_stops_the_partition_until_it_is_restarted() {
    let broker = broker("t", 1);
    fill(&broker, "t", 1, 0, 10);
    let (consumer, mut queues) = BatchConsumer::alone(&settings(&broker), 1, 1).unwrap();
    let mut beyond = starts("t", 1, 1);
    beyond[0].offset = 500;
    consumer.assign_all(&beyond).unwrap();
    {
        let batch = queues[0].batch(PATIENCE);
        let Some(Delivery::Failed(error)) = batch.iter().next() else {
            panic!("no error")
        };
        assert_eq!(error.fault, PartitionFault::OffsetOutOfRange, "{error:?}");
        assert_eq!(error.partition, TopicPartition::new("t", 0));
    }
    consumer.restart(&[place("t", 0, 0)]).unwrap();
    let mut taken = Taken::default();
    take_until(&consumer, &mut queues[0], &mut taken, 10);
    taken.assert_exact(1, 10);
}

#[test]
fn the_cluster_says_what_it_holds() {
    let broker = broker("bgp.one", 3);
    fill(&broker, "bgp.one", 3, 0, 100);
    let cluster = Cluster::new(&settings(&broker), Duration::from_secs(10)).unwrap();
    let topics = cluster.topics().unwrap();
    let one = TopicPartitions {
        topic: "bgp.one".to_owned(),
        partition_count: 3,
    };
    assert_eq!(topics, std::slice::from_ref(&one));
    assert_eq!(cluster.topic("bgp.one").unwrap(), one);
    let partitions: Vec<_> = (0..3)
        .map(|number| TopicPartition::new("bgp.one", number))
        .collect();
    assert_eq!(
        cluster.watermarks(&partitions).unwrap(),
        vec![Watermarks { low: 0, high: 100 }; 3]
    );
    assert_eq!(
        cluster.topic_ids(&["bgp.one"]),
        BTreeMap::new(),
        "the mock cluster knows none"
    );
    assert!(cluster.id().is_some());
    let records = cluster.next_records(&[place("bgp.one", 2, 40), place("bgp.one", 0, 100)]);
    assert_eq!(records.unwrap(), [NextRecord::At(40), NextRecord::End(100)]);
}

#[test]
fn an_unreachable_broker_is_named_within_seconds() {
    let settings = ConsumerSettings::new("127.0.0.1:9");
    let began = Instant::now();
    let cluster = Cluster::new(&settings, Duration::from_secs(3)).unwrap();
    let error = cluster.topics().unwrap_err();
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("127.0.0.1:9") && text.contains("refused"),
        "{text}"
    );
    let (consumer, _queues) = BatchConsumer::alone(&settings, 1, 1).unwrap();
    let mut events = Vec::new();
    while began.elapsed() < Duration::from_secs(12) && events.is_empty() {
        events.extend(consumer.poll(TICK));
    }
    assert!(
        events
            .iter()
            .any(|event| event.reason.contains("127.0.0.1:9")),
        "{events:?}"
    );
}

#[test]
fn a_broker_that_allows_no_group_is_read_without_one() {
    let broker = broker("t", 1);
    fill(&broker, "t", 1, 0, 10);
    let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED; 1000];
    for request in [
        RDKafkaApiKey::FindCoordinator,
        RDKafkaApiKey::JoinGroup,
        RDKafkaApiKey::OffsetFetch,
    ] {
        broker.cluster().request_errors(request, &refused);
    }
    let (consumer, mut queues) = BatchConsumer::alone(&settings(&broker), 1, 10).unwrap();
    consumer.assign_all(&starts("t", 1, 1)).unwrap();
    let mut taken = Taken::default();
    take_until(&consumer, &mut queues[0], &mut taken, 10);
    assert_silent(&consumer, &mut queues[0]);
    consumer.commit_offsets(&[place("t", 0, 10)]);
    taken.assert_exact(1, 10);
}

/// A program that begins where it left each partition, and spreads them over its workers.
#[derive(Clone, Default)]
struct Ledger {
    next: Arc<Mutex<BTreeMap<TopicPartition, i64>>>,
    assigned: Arc<Mutex<Vec<TopicPartition>>>,
}

impl Rebalance for Ledger {
    fn assign(&self, partitions: &[TopicPartition]) -> Vec<Start> {
        let next = self.next.lock().unwrap();
        self.assigned.lock().unwrap().extend_from_slice(partitions);
        let start = |one: &TopicPartition| Start {
            partition: one.clone(),
            offset: next.get(one).copied().unwrap_or(0),
            worker: one.partition as usize,
        };
        partitions.iter().map(start).collect()
    }

    fn revoke(&self, partitions: &[TopicPartition], _lost: bool) {
        self.assigned
            .lock()
            .unwrap()
            .retain(|one| !partitions.contains(one));
    }
}

impl Ledger {
    /// Takes a batch of partitions that are ours, strictly in order.
    fn take(&self, batch: &Batch<'_>) {
        let mut next = self.next.lock().unwrap();
        for delivery in batch {
            let Delivery::Message(message) = delivery else {
                panic!("{delivery:?}")
            };
            let one = TopicPartition::new(message.topic, message.partition);
            if !self.assigned.lock().unwrap().contains(&one) {
                continue;
            }
            let expected = next.entry(one.clone()).or_default();
            if message.offset < *expected {
                continue;
            }
            assert_eq!(message.offset, *expected, "{one} skipped messages");
            *expected += 1;
        }
    }

    fn sum(&self) -> i64 {
        self.next.lock().unwrap().values().sum()
    }
}

/// One member of a group: a control loop and one worker, in one thread.
struct Member {
    consumer: BatchConsumer,
    queues: Vec<WorkerQueue>,
    ledger: Ledger,
}

impl Member {
    fn join(broker: &EmbeddedBroker, next: &Ledger) -> Self {
        let ledger = Ledger {
            next: Arc::clone(&next.next),
            ..Ledger::default()
        };
        let settings = group(broker, "g");
        let (consumer, queues) = BatchConsumer::join(&settings, 2, 50, ledger.clone()).unwrap();
        consumer.subscribe(&["t"]).unwrap();
        Self {
            consumer,
            queues,
            ledger,
        }
    }

    fn turn(&mut self) {
        assert_quiet(self.consumer.poll(Duration::from_millis(10)));
        for queue in &mut self.queues {
            self.ledger.take(&queue.batch(Duration::from_millis(10)));
        }
    }

    fn partition_count(&self) -> usize {
        self.ledger.assigned.lock().unwrap().len()
    }
}

#[test]
fn members_share_a_topic_and_no_rebalance_skips_or_repeats() {
    let (broker, ledger) = (broker("t", 4), Ledger::default());
    let mut first = Member::join(&broker, &ledger);
    fill(&broker, "t", 4, 0, 100);
    let began = Instant::now();
    while ledger.sum() < 400 {
        assert!(began.elapsed() < PATIENCE);
        first.turn();
    }
    assert_eq!(first.partition_count(), 4);
    // At the end of every partition, the group is rebalanced: the case in which librdkafka would skip.
    let mut second = Member::join(&broker, &ledger);
    while first.partition_count() != 2 || second.partition_count() != 2 {
        assert!(began.elapsed() < PATIENCE);
        first.turn();
        second.turn();
    }
    fill(&broker, "t", 4, 100, 50);
    while ledger.sum() < 600 {
        assert!(began.elapsed() < PATIENCE, "{:?}", ledger.next);
        first.turn();
        second.turn();
    }
    first.consumer.commit_offsets(&[place("t", 0, 150)]);
    drop(first);
    fill(&broker, "t", 4, 150, 50);
    while ledger.sum() < 800 {
        assert!(began.elapsed() < PATIENCE, "{:?}", ledger.next);
        second.turn();
    }
    assert_eq!(second.partition_count(), 4);
}

#[test]
fn a_bounded_replay_overruns_no_embedded_broker() {
    const COUNT: i64 = 12_000;
    let broker = broker("t", 1);
    let next = Arc::new(AtomicI64::new(0));
    let consumed = Arc::clone(&next);
    let ahead = Ahead::of_embedded(move |_, _| consumed.load(Ordering::Relaxed));
    // 12 MB that do not compress: the mock cluster keeps 5 MiB of a partition and drops the rest without a word.
    let mut bounded = replayer(&broker, Some(ahead));
    let producer = thread::spawn(move || {
        let mut state = 1_u64;
        for _ in 0..COUNT {
            let noise: Vec<u8> = std::iter::repeat_with(|| noise(&mut state))
                .take(1_000)
                .collect();
            bounded.send(&record("t", 0, Some(&noise))).unwrap();
        }
        bounded.finish().unwrap()
    });
    let (consumer, mut queues) = BatchConsumer::alone(&settings(&broker), 1, 200).unwrap();
    consumer.assign_all(&starts("t", 1, 1)).unwrap();
    let began = Instant::now();
    while next.load(Ordering::Relaxed) < COUNT {
        assert!(began.elapsed() < PATIENCE, "{next:?}");
        assert_quiet(consumer.poll(Duration::ZERO));
        for delivery in &queues[0].batch(Duration::from_millis(20)) {
            let Delivery::Message(message) = delivery else {
                panic!("{delivery:?}")
            };
            assert_eq!(
                message.offset,
                next.fetch_add(1, Ordering::Relaxed),
                "dropped by the broker"
            );
        }
    }
    assert_eq!(
        producer.join().unwrap(),
        Sent {
            messages: 12_000,
            octets: 12_000_000
        }
    );
}

fn noise(state: &mut u64) -> u8 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 56) as u8
}

#[test]
fn messages_of_one_key_share_a_partition_in_order() {
    let broker = broker("t", 4);
    let mut replayer = replayer(&broker, None);
    for number in 0..200_u8 {
        let (key, payload) = ([number % 10], [number]);
        let keyed = Record {
            partition: None,
            key: Some(&key),
            ..record("t", 0, Some(&payload))
        };
        replayer.send(&keyed).unwrap();
    }
    replayer.finish().unwrap();
    let (consumer, mut queues) = BatchConsumer::alone(&settings(&broker), 1, 200).unwrap();
    consumer.assign_all(&starts("t", 4, 1)).unwrap();
    let mut of_key: BTreeMap<u8, Vec<(i32, u8)>> = BTreeMap::new();
    let batch = queues[0].batch(PATIENCE);
    for delivery in &batch {
        let Delivery::Message(message) = delivery else {
            panic!("{delivery:?}")
        };
        let number = message.payload.unwrap()[0];
        let seen = of_key.entry(number % 10).or_default();
        seen.push((message.partition, number));
    }
    for seen in of_key.values() {
        assert_eq!(seen.len(), 20);
        assert!(
            seen.iter().all(|(partition, _)| *partition == seen[0].0),
            "{seen:?}"
        );
        assert!(seen.is_sorted(), "{seen:?}");
    }
    let used: Vec<i32> = of_key.values().map(|seen| seen[0].0).collect();
    assert!(
        used.iter().any(|partition| *partition != used[0]),
        "{used:?}"
    );
}

#[test]
fn a_failed_delivery_is_an_error_with_its_reason() {
    let broker = broker("t", 1);
    let mut settings = ProducerSettings {
        brokers: broker.bootstrap(),
        ..ProducerSettings::default()
    };
    settings
        .client
        .insert("message.timeout.ms".to_owned(), "1500".to_owned());
    let mut replayer = Replayer::new(&settings, None).unwrap();
    broker.set_reachable(false).unwrap();
    replayer.send(&record("t", 0, Some(b"x"))).unwrap();
    let error = replayer.finish().unwrap_err();
    assert!(
        matches!(
            error,
            Error::Delivery {
                failed: 1,
                all: 1,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn a_group_must_be_named_to_join_one() {
    let error = BatchConsumer::join(
        &ConsumerSettings::new("127.0.0.1:9"),
        1,
        1,
        Ledger::default(),
    );
    assert!(error.err().unwrap().to_string().contains("group.id"));
}
