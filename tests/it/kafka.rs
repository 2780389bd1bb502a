//! The Kafka client against a real broker: what the mock cluster inside librdkafka cannot show.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use kafka::{
    Batch, BatchConsumer, Cluster, Delivery, EventKind, NextRecord, PartitionFault, Position,
    Rebalance, Record, Replayer, Start, TopicPartition, Watermarks, WorkerQueue,
};

use crate::broker::Broker;

const TICK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn eight_partitions_and_two_workers_take_every_offset_once() {
    const EACH: i64 = 50_000;
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("exact", 8);
    fill(broker, &topic, 8, 0, EACH);
    let (consumer, queues) = BatchConsumer::alone(&broker.consumer(""), 2, 10_000).unwrap();
    consumer.assign_all(&starts(&topic, 8, 0)).unwrap();
    let ledger = Ledger::default();
    ledger.own(&partitions(&topic, 8));
    let work = |mut queue: WorkerQueue| {
        let ledger = ledger.clone();
        thread::spawn(move || {
            let began = Instant::now();
            while ledger.sum() < 8 * EACH && began.elapsed() < PATIENCE {
                ledger.take(&queue.batch(TICK));
            }
        })
    };
    let workers: Vec<_> = queues.into_iter().map(work).collect();
    while workers.iter().any(|worker| !worker.is_finished()) {
        assert_quiet(&consumer);
    }
    workers
        .into_iter()
        .for_each(|worker| worker.join().unwrap());
    assert_eq!(ledger.sum(), 8 * EACH);
}

#[test]
fn deleted_records_are_reported_and_a_restart_goes_on_behind_them() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("gap", 1);
    fill(broker, &topic, 1, 0, 1_000);
    broker.delete_records(&topic, 0, 600);
    let marks = broker.cluster().watermarks(&partitions(&topic, 1)).unwrap();
    assert_eq!(
        marks,
        [Watermarks {
            low: 600,
            high: 1_000
        }]
    );

    let (consumer, mut queues) = BatchConsumer::alone(&broker.consumer(""), 1, 1).unwrap();
    consumer.assign_all(&starts(&topic, 1, 100)).unwrap();
    {
        let batch = queues[0].batch(PATIENCE);
        let Some(Delivery::Failed(error)) = batch.iter().next() else {
            panic!("no error")
        };
        assert_eq!(error.fault, PartitionFault::OffsetOutOfRange, "{error:?}");
        assert_eq!(error.offset, Some(100));
    }
    let ledger = Ledger::default();
    ledger.own(&partitions(&topic, 1));
    ledger
        .next
        .lock()
        .unwrap()
        .insert(TopicPartition::new(&*topic, 0), 600);
    consumer.restart(&positions(&topic, 1, 600)).unwrap();
    let began = Instant::now();
    while ledger.sum() < 1_000 {
        assert!(began.elapsed() < PATIENCE);
        assert_quiet(&consumer);
        ledger.take(&queues[0].batch(TICK));
    }
}

#[test]
fn a_group_is_balanced_and_no_rebalance_skips_or_repeats() {
    check_group("classic");
}

/// KIP-848: the broker assigns.
#[test]
fn a_group_of_the_new_protocol_too() {
    check_group("consumer");
}

fn check_group(protocol: &str) {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("group", 8);
    let ledger = Ledger::default();
    let began = Instant::now();
    let mut first = Member::join_by(protocol, broker, &topic, &ledger);
    fill(broker, &topic, 8, 0, 500);
    first.turn_until(began, |first| first.ledger.sum() == 4_000);
    // Every partition is at its end, where librdkafka would skip: see crates/kafka/src/settings.rs.
    let mut second = Member::join_by(protocol, broker, &topic, &ledger);
    while first.partition_count() != 4 || second.partition_count() != 4 {
        assert!(began.elapsed() < PATIENCE);
        first.turn();
        second.turn();
    }
    fill(broker, &topic, 8, 500, 500);
    while ledger.sum() < 8_000 {
        assert!(began.elapsed() < PATIENCE, "{:?}", ledger.next);
        first.turn();
        second.turn();
    }
    let hints = positions(&topic, 8, 1_000);
    second.consumer.commit_offsets(&hints);
    drop(first);
    second.turn_until(began, |second| second.partition_count() == 8);
    let committed = broker
        .cluster()
        .committed(&topic, &partitions(&topic, 8))
        .unwrap();
    assert_eq!(committed, [Some(1_000); 8]);
}

#[test]
fn a_new_topic_joins_the_subscription_and_the_old_one_goes_on() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let (old, new) = (broker.create_topic("old", 1), broker.create_topic("new", 1));
    let ledger = Ledger::default();
    let began = Instant::now();
    let mut member = Member::join(broker, &old, &ledger);
    fill(broker, &old, 1, 0, 100);
    member.turn_until(began, |member| member.ledger.sum() == 100);
    fill(broker, &new, 1, 0, 100);
    member.consumer.subscribe(&[&old, &new]).unwrap();
    member.turn_until(began, |member| member.ledger.sum() == 200);
    fill(broker, &old, 1, 100, 100);
    member.turn_until(began, |member| member.ledger.sum() == 300);
    member.consumer.subscribe(&[]).unwrap();
    member.turn_until(began, |member| member.partition_count() == 0);
}

#[test]
fn a_killed_broker_comes_back_with_all_it_acknowledged() {
    let Some(broker) = Broker::start() else {
        return;
    };
    let topic = broker.create_topic("kill", 2);
    fill(&broker, &topic, 2, 0, 1_000);
    let began = Instant::now();
    let (ledger, everything) = (Ledger::default(), |member: &Member| member.ledger.sum());
    let mut member = Member::join(&broker, &topic, &ledger);
    member.turn_until(began, |member| everything(member) == 2_000);
    broker.kill();
    let mut saw_it = false;
    while !saw_it {
        assert!(began.elapsed() < PATIENCE);
        let events = member.consumer.poll(TICK);
        saw_it = events
            .iter()
            .any(|event| event.kind == EventKind::BrokerDown);
        member.work();
    }
    broker.restart();
    fill(&broker, &topic, 2, 1_000, 1_000);
    member.turn_until(began, |member| everything(member) == 4_000);
}

#[test]
fn a_topic_made_anew_has_another_id() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("anew", 1);
    let cluster = broker.cluster();
    let id = || cluster.topic_ids(&[&topic]).remove(&topic);
    let before = id().expect("a real broker knows topic ids");
    broker.admin().delete_topic(&topic).unwrap();
    let began = Instant::now();
    while !broker
        .admin()
        .create_topic(&topic, 1, &[])
        .is_ok_and(|made| made)
    {
        assert!(began.elapsed() < PATIENCE);
    }
    assert_ne!(id().expect("an id"), before);
    assert!(cluster.id().is_some_and(|id| id.len() == 22));
}

#[test]
fn the_ends_of_partitions_and_offsets_for_a_time_are_known() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("ends", 2);
    // Not long ago: a broker deletes by the stamp, whatever day the message came in.
    let hour_ago = SystemTime::now() - Duration::from_secs(3_600);
    let since_1970 = hour_ago.duration_since(UNIX_EPOCH).unwrap();
    let began_at_us = i64::try_from(since_1970.as_millis()).unwrap() * 1_000;
    let mut replayer = Replayer::new(&broker.producer(), None).unwrap();
    for offset in 0..100 {
        let stamped_at_us = Some(began_at_us + offset * 1_000);
        replayer
            .send(&Record {
                stamped_at_us,
                ..record(&topic, 0, b"x")
            })
            .unwrap();
    }
    replayer.finish().unwrap();
    let cluster = broker.cluster();
    let both = partitions(&topic, 2);
    let at = |after_us| cluster.offsets_at(&both, began_at_us + after_us).unwrap();
    assert_eq!(at(40_000), [40, 0]);
    assert_eq!(at(40_001), [41, 0], "the first at or after");
    assert_eq!(at(1_000_000), [100, 0], "the end");
    let next = |next_offset| next_records(&cluster, &topic, next_offset);
    assert_eq!(next(0), [NextRecord::At(0), NextRecord::End(0)]);
    assert_eq!(next(99)[0], NextRecord::At(99));
    assert_eq!(next(100)[0], NextRecord::End(100));
}

fn next_records(cluster: &Cluster, topic: &str, next_offset: i64) -> Vec<NextRecord> {
    let mut asked = positions(topic, 2, 0);
    asked[0].next_offset = next_offset;
    cluster.next_records(&asked).unwrap()
}

/// One member of a group: the control loop and both workers, in one thread.
struct Member {
    consumer: BatchConsumer,
    queues: Vec<WorkerQueue>,
    ledger: Ledger,
}

impl Member {
    /// Joins the group that has the topic's name; the members share the offsets in `ledger`.
    fn join(broker: &Broker, topic: &str, ledger: &Ledger) -> Self {
        Self::join_by("classic", broker, topic, ledger)
    }

    fn join_by(protocol: &str, broker: &Broker, topic: &str, ledger: &Ledger) -> Self {
        let ledger = Ledger {
            next: Arc::clone(&ledger.next),
            ..Ledger::default()
        };
        let mut settings = broker.consumer(topic);
        let protocol = ("group.protocol".to_owned(), protocol.to_owned());
        settings.client.extend([protocol]);
        let (consumer, queues) = BatchConsumer::join(&settings, 2, 500, ledger.clone()).unwrap();
        consumer.subscribe(&[topic]).unwrap();
        Self {
            consumer,
            queues,
            ledger,
        }
    }

    fn turn_until(&mut self, began: Instant, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            assert!(began.elapsed() < PATIENCE, "{:?}", self.ledger.next);
            self.consumer.poll(TICK);
            self.work();
        }
    }

    fn turn(&mut self) {
        assert_quiet(&self.consumer);
        self.work();
    }

    fn work(&mut self) {
        for queue in &mut self.queues {
            self.ledger.take(&queue.batch(Duration::from_millis(10)));
        }
    }

    fn partition_count(&self) -> usize {
        self.ledger.owned.lock().unwrap().len()
    }
}

/// A program that begins where it left each partition and takes nothing twice.
#[derive(Clone, Default)]
struct Ledger {
    next: Arc<Mutex<BTreeMap<TopicPartition, i64>>>,
    owned: Arc<Mutex<BTreeSet<TopicPartition>>>,
}

impl Ledger {
    fn own(&self, partitions: &[TopicPartition]) {
        self.owned
            .lock()
            .unwrap()
            .extend(partitions.iter().cloned());
    }

    /// Takes what is ours, at the next offset expected and no other.
    fn take(&self, batch: &Batch<'_>) {
        let owned = self.owned.lock().unwrap().clone();
        let mut next = self.next.lock().unwrap();
        for delivery in batch {
            let Delivery::Message(message) = delivery else {
                panic!("{delivery:?}")
            };
            let partition = TopicPartition::new(message.topic, message.partition);
            let expected = next.entry(partition.clone()).or_default();
            if !owned.contains(&partition) || message.offset < *expected {
                continue;
            }
            assert_eq!(message.offset, *expected, "{partition} skipped messages");
            let text = format!("{}/{}", message.partition, message.offset);
            assert_eq!(message.payload, Some(text.as_bytes()));
            *expected += 1;
        }
    }

    fn sum(&self) -> i64 {
        self.next.lock().unwrap().values().sum()
    }
}

impl Rebalance for Ledger {
    fn assign(&self, partitions: &[TopicPartition]) -> Vec<Start> {
        self.own(partitions);
        let next = self.next.lock().unwrap();
        let start = |partition: &TopicPartition| Start {
            partition: partition.clone(),
            offset: next.get(partition).copied().unwrap_or(0),
            worker: partition.partition as usize,
        };
        partitions.iter().map(start).collect()
    }

    fn revoke(&self, partitions: &[TopicPartition], _lost: bool) {
        self.owned
            .lock()
            .unwrap()
            .retain(|one| !partitions.contains(one));
    }
}

/// Sends `count` messages to each partition; each says its own place.
fn fill(broker: &Broker, topic: &str, partition_count: i32, from: i64, count: i64) {
    let mut replayer = Replayer::new(&broker.producer(), None).unwrap();
    for offset in from..from + count {
        for partition in 0..partition_count {
            let text = format!("{partition}/{offset}");
            replayer
                .send(&record(topic, partition, text.as_bytes()))
                .unwrap();
        }
    }
    replayer.finish().unwrap();
}

fn record<'a>(topic: &'a str, partition: i32, payload: &'a [u8]) -> Record<'a> {
    let (partition, payload) = (Some(partition), Some(payload));
    Record {
        topic,
        partition,
        key: None,
        payload,
        stamped_at_us: None,
    }
}

fn partitions(topic: &str, count: i32) -> Vec<TopicPartition> {
    (0..count)
        .map(|partition| TopicPartition::new(topic, partition))
        .collect()
}

fn positions(topic: &str, count: i32, next_offset: i64) -> Vec<Position> {
    let position = |partition| Position {
        partition,
        next_offset,
    };
    partitions(topic, count).into_iter().map(position).collect()
}

fn starts(topic: &str, count: i32, offset: i64) -> Vec<Start> {
    let start = |partition: TopicPartition| Start {
        worker: partition.partition as usize,
        partition,
        offset,
    };
    partitions(topic, count).into_iter().map(start).collect()
}

fn assert_quiet(consumer: &BatchConsumer) {
    let events = consumer.poll(Duration::from_millis(1));
    assert!(
        events.iter().all(|event| event.kind == EventKind::Other),
        "{events:?}"
    );
}
