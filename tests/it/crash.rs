//! Exactly once, against a real broker: whoever kills the worker, however often, finds every row once.

use crate::broker::Broker;
use crate::program::{Program, Rows, signal};
use crate::support::{read, shared_data};
use feeds::{Format, Unit};
use kafka::{Record, Replayer};
use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

const PARTITIONS: usize = 8;
const RANDOM_KILLS: usize = 20;
/// The table dump stays in one partition and in order.
const DUMP_PARTITION: usize = 3;

#[test]
fn killed_at_every_step_and_at_random_no_row_is_lost_or_doubled() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("mrt.crash", PARTITIONS as i32);
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::new(broker, folder.path(), &topic);
    let kills = lake::steps::NAMES.len() + RANDOM_KILLS;
    let mut messages = Messages::new(kills + 1);

    for step in lake::steps::NAMES {
        messages.send_some(broker, &topic);
        let log = format!("{step}.log");
        let mut child = program.start(&log, true, Some(&format!("{step}:1")));
        let is_parked = wait_until(Duration::from_secs(60), || {
            program.log(&log).contains("parked at") || child.try_wait().expect("a child").is_some()
        });
        assert!(
            is_parked && program.log(&log).contains("parked at"),
            "never at {step}: {}",
            program.log(&log)
        );
        child.kill().expect("killed");
        child.wait().expect("gone");
    }
    kill_at_random(&program, RANDOM_KILLS, || {
        messages.send_some(broker, &topic)
    });
    messages.send_some(broker, &topic);
    run_to_the_end(&program, "last.log", &messages);
    assert_same(program.rows(), Rows::expected(&topic, &messages.sent));
}

/// A session's Peer Up comes long before its last routes, and what it has settled is nowhere else: a worker that was killed
/// must know it all the same. Every column of every row is what an undisturbed worker makes of the same topic.
#[test]
fn killed_at_random_what_peers_have_settled_is_not_forgotten() {
    const KILLS: usize = 6;
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("bmp.crash", PARTITIONS as i32);
    let mut messages = Messages::of(bmp_messages(), 2 * KILLS + 2);
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let [killed, undisturbed] = folders.each_ref().map(|folder| Program {
        format: Format::Bmp,
        ..Program::new(broker, folder.path(), &topic)
    });
    for log in ["first-half.log", "second-half.log"] {
        kill_at_random(&killed, KILLS, || messages.send_some(broker, &topic));
        messages.send_some(broker, &topic);
        run_to_the_end(&killed, log, &messages);
    }
    run_to_the_end(&undisturbed, "only.log", &messages);

    let expected = undisturbed.whole_rows();
    let has = |words: &str| {
        let mut rows = expected.0.values().flatten();
        rows.any(|(.., columns)| columns.contains(words))
    };
    for words in ["kind=up", "is_initial_dump=true", "is_initial_dump=false"] {
        assert!(has(words), "no {words}");
    }
    assert_same(killed.whole_rows(), expected);
}

/// Starts a worker so many times, after `before_each`, and kills it within a second or so.
fn kill_at_random(program: &Program<'_>, times: usize, mut before_each: impl FnMut()) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for kill in 0..times {
        before_each();
        let mut child = program.start(&format!("random-{kill}.log"), true, None);
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        thread::sleep(Duration::from_millis(150 + random % 1_200));
        child.kill().expect("killed");
        child.wait().expect("gone");
    }
}

/// Lets a worker end by itself: all that was sent is in the lake then, and nothing is pending.
fn run_to_the_end(program: &Program<'_>, log: &str, messages: &Messages) {
    let child = program.start(log, true, None);
    assert_eq!(program.wait(child, log), 0, "{}", program.log(log));
    let report = program.verify();
    assert!(report.pending.is_empty(), "{:?}", report.pending);
    let sent: usize = messages.sent.iter().map(Vec::len).sum();
    assert_eq!(messages_of(&report), sent as u64);
}

#[test]
fn a_rebalance_between_two_workers_loses_and_doubles_nothing() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("mrt.rebalance", PARTITIONS as i32);
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program {
        group_id: format!("group-{topic}"),
        ..Program::new(broker, folder.path(), &topic)
    };
    let mut messages = Messages::new(4);
    messages.send_some(broker, &topic);
    let first = program.start("first.log", false, None);
    assert!(wait_until(Duration::from_secs(60), || program
        .log("first.log")
        .contains("committed")));
    let second = program.start("second.log", false, None);
    assert!(
        wait_until(Duration::from_secs(60), || program
            .log("second.log")
            .contains("assigned")),
        "{}",
        program.log("second.log")
    );
    messages.send_some(broker, &topic);
    assert!(
        wait_until(Duration::from_secs(60), || program
            .log("second.log")
            .contains("committed")),
        "{}",
        program.log("second.log")
    );
    messages.send_some(broker, &topic);
    signal(&first, "TERM");
    assert_eq!(
        program.wait(first, "first.log"),
        0,
        "{}",
        program.log("first.log")
    );
    messages.send_some(broker, &topic);
    let sent: usize = messages.sent.iter().map(Vec::len).sum();
    let is_all_there = || {
        let report = crate::program::block_on(lake::verify(program.lake())).expect("a lake");
        report
            .partitions
            .iter()
            .map(|partition| partition.messages)
            .sum::<u64>()
            == sent as u64
    };
    assert!(
        wait_until(Duration::from_secs(90), is_all_there),
        "{}",
        program.log("second.log")
    );
    signal(&second, "TERM");
    assert_eq!(
        program.wait(second, "second.log"),
        0,
        "{}",
        program.log("second.log")
    );
    program.verify();
    assert_same(program.rows(), Rows::expected(&topic, &messages.sent));
}

/// Nobody keeps them apart: each believes that all partitions are its own. Every flush has one winner; the other goes
/// back to the ledger.
#[test]
fn two_workers_that_own_the_same_partitions_double_nothing() {
    let Some(broker) = Broker::shared() else {
        return;
    };
    let topic = broker.create_topic("mrt.twice", PARTITIONS as i32);
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::new(broker, folder.path(), &topic);
    let parts = 12;
    let mut messages = Messages::new(parts);
    messages.send_some(broker, &topic);
    let logs = ["first.log", "second.log"];
    let children = logs.map(|log| program.start(log, false, None));
    for _ in 1..parts {
        messages.send_some(broker, &topic);
        thread::sleep(Duration::from_millis(300));
    }
    let sent: usize = messages.sent.iter().map(Vec::len).sum();
    let is_all_there = || {
        messages_of(&crate::program::block_on(lake::verify(program.lake())).expect("a lake"))
            == sent as u64
    };
    assert!(
        wait_until(Duration::from_secs(90), is_all_there),
        "{}",
        program.log(logs[0])
    );
    let lost = logs
        .iter()
        .map(|log| program.log(log).matches("a flush was lost").count())
        .sum::<usize>();
    for (child, log) in children.into_iter().zip(logs) {
        signal(&child, "TERM");
        assert_eq!(program.wait(child, log), 0, "{}", program.log(log));
    }
    assert!(lost > 0, "they have not met");
    program.verify();
    assert_same(program.rows(), Rows::expected(&topic, &messages.sent));
}

fn messages_of(report: &lake::Report) -> u64 {
    report
        .partitions
        .iter()
        .map(|partition| partition.messages)
        .sum()
}

pub fn assert_same(found: Rows, expected: Rows) {
    let (found, expected) = (found.sorted(), expected.sorted());
    for (table, expected) in &expected.0 {
        let found = found.0.get(table).map(Vec::as_slice).unwrap_or_default();
        let lost = expected
            .iter()
            .filter(|row| found.binary_search(row).is_err())
            .count();
        assert!(
            found == expected.as_slice(),
            "{}: {} rows instead of {}, {lost} lost",
            table.name(),
            found.len(),
            expected.len()
        );
    }
    assert_eq!(found.0.len(), expected.0.len());
}

pub fn wait_until(patience: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < patience {
        if holds() {
            return true;
        }
        thread::sleep(Duration::from_millis(50));
    }
    false
}

/// What is sent bit by bit, and what has been sent so far, by partition.
struct Messages {
    left: VecDeque<Vec<(usize, Vec<u8>)>>,
    sent: Vec<Vec<Vec<u8>>>,
}

impl Messages {
    /// Real captures where there are some, else simulated ones; in so many parts.
    fn new(parts: usize) -> Self {
        let (updates, dump) = real_records().unwrap_or_else(simulated_records);
        let mut all: Vec<(usize, Vec<u8>)> = Vec::new();
        let mut dump = dump.into_iter();
        for (number, record) in updates.into_iter().enumerate() {
            all.push((number % PARTITIONS, record));
            all.extend(dump.next().map(|record| (DUMP_PARTITION, record)));
        }
        Self::of(all, parts)
    }

    /// These, each with its partition, in so many parts.
    fn of(all: Vec<(usize, Vec<u8>)>, parts: usize) -> Self {
        let each = all.len().div_ceil(parts);
        let left = all.chunks(each).map(<[_]>::to_vec).collect();
        Self {
            left,
            sent: vec![Vec::new(); PARTITIONS],
        }
    }

    fn send_some(&mut self, broker: &Broker, topic: &str) {
        let mut replayer = Replayer::new(&broker.producer(), None).expect("a producer");
        let part = self.left.pop_front().unwrap_or_default();
        for (partition, payload) in part {
            let record = Record {
                topic,
                partition: Some(partition as i32),
                key: None,
                payload: Some(&payload),
                stamped_at_us: None,
            };
            replayer.send(&record).expect("sent");
            self.sent[partition].push(payload);
        }
        replayer.finish().expect("delivered");
    }
}

type Records = Vec<Vec<u8>>;

const UPDATES_MAX: usize = 40_000;
const DUMP_MAX: usize = 20_000;

fn real_records() -> Option<(Records, Records)> {
    let updates = shared_file("bgp/DevQps+bgp-rs/res/mrt/updates.20190101.0000.gz")?;
    let dump = shared_file("bgp/_derived/bview.20100701.0759.part1.mrt.gz")?;
    Some((records(&updates, UPDATES_MAX), records(&dump, DUMP_MAX)))
}

/// Real BMP where there is some, else simulated; what is about one peer in one partition.
fn bmp_messages() -> Vec<(usize, Vec<u8>)> {
    let messages = match shared_file("bgp/_derived/all.bmp.gz") {
        Some(octets) => units(Format::Bmp, &octets),
        None => sim::Traffic::of_router(&sim::Settings::default())
            .take(UPDATES_MAX)
            .map(|record| record.octets)
            .collect(),
    };
    let with_partition = |message: Vec<u8>| (bmp_partition(&message), message);
    messages.into_iter().map(with_partition).collect()
}

/// By the peer's distinguisher and address in the per-peer header (RFC 7854, section 4.2), behind an OpenBMP header perhaps.
/// What has no such header, Initiation and Termination, goes anywhere.
fn bmp_partition(message: &[u8]) -> usize {
    let header_octets = match message {
        [b'O', b'B', b'M', b'P', _, _, a, b, ..] => usize::from(u16::from_be_bytes([*a, *b])),
        _ => 0,
    };
    let about = message.get(header_octets + 8..header_octets + 32);
    let sum = about
        .unwrap_or_default()
        .iter()
        .map(|octet| usize::from(*octet));
    sum.sum::<usize>() % PARTITIONS
}

fn units(format: Format, mut octets: &[u8]) -> Records {
    let mut units = Records::new();
    while let Unit::Whole(length) = format.first_unit(octets, true) {
        let (unit, rest) = octets.split_at(length);
        units.push(unit.to_vec());
        octets = rest;
    }
    assert!(octets.is_empty(), "{} octets are left", octets.len());
    units
}

/// A real capture; none if there are none, and then messages are simulated.
pub fn shared_file(path: &str) -> Option<Vec<u8>> {
    shared_data().map(|folder| read(&folder.join(path)))
}

pub fn records(mut octets: &[u8], count_max: usize) -> Records {
    let mut records = Vec::new();
    while records.len() < count_max
        && let Ok((record, rest)) = wire::mrt::split_record(octets)
    {
        records.push(record.octets.to_vec());
        octets = rest;
    }
    records
}

fn simulated_records() -> (Records, Records) {
    let settings = sim::Settings {
        damaged_per_million: 10_000,
        ..sim::Settings::default()
    };
    let updates = sim::Traffic::new(&settings)
        .take(UPDATES_MAX)
        .map(|record| record.octets)
        .collect();
    (
        updates,
        sim::table_dump(&settings)
            .map(|record| record.octets)
            .collect(),
    )
}
