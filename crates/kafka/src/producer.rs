//! Sending recorded or simulated messages: in order per partition, none twice, none lost without a word.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{ClientConfig, Message as _};

use crate::error::Error;
use crate::rebalance::log_line;

/// How to reach the brokers.
#[derive(Clone, Debug, Default)]
pub struct ProducerSettings {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// librdkafka settings by their own names: security, time-outs, or what of the defaults must differ.
    pub client: BTreeMap<String, String>,
}

/// Defaults that `client` may override.
#[rustfmt::skip]
const DEFAULTS: [(&str, &str); 8] = [
    ("client.id", "corewatch-replay"),
    // Retries neither repeat nor reorder.
    ("enable.idempotence", "true"),
    // A key lands where the Java client would put it.
    ("partitioner", "murmur2_random"),
    ("compression.type", "zstd"),
    // Fewer and larger record batches; a recording is not in a hurry.
    ("linger.ms", "20"),
    ("batch.size", "524288"),
    ("queue.buffering.max.kbytes", "65536"),
    ("message.timeout.ms", "60000"),
];

/// What the embedded broker may hold of a partition that is not consumed yet: it drops beyond 5 MiB.
const EMBEDDED_AHEAD_OCTETS_MAX: u64 = 2 << 20;
/// A message alone in its record batch: 61 octets of header, and lengths.
const RECORD_BATCH_OCTETS: u64 = 80;
/// A bounded producer gives up if its consumer does not move that long.
const STALLED: Duration = Duration::from_secs(120);
/// Longer than a message may take (`message.timeout.ms`).
const FLUSH_TIMEOUT: Duration = Duration::from_secs(90);
/// Messages between two looks at the delivery reports.
const SERVE_EVERY: u64 = 128;

/// A message to send.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The topic's name.
    pub topic: &'a str,
    /// The partition; none: chosen by the key, and at random without one.
    pub partition: Option<i32>,
    /// Messages with one key stay in one partition, in order.
    pub key: Option<&'a [u8]>,
    /// The value; none is Kafka's null.
    pub payload: Option<&'a [u8]>,
    /// The time it is stamped with, in microseconds since 1970 (Kafka keeps milliseconds); none: now. Retention goes by it:
    /// a real broker soon deletes what is stamped with the time of an old recording.
    pub stamped_at_us: Option<i64>,
}

/// The next offset that the consumer wants of a topic's partition.
type NextOffset = Box<dyn Fn(&str, i32) -> i64 + Send>;

/// How far a producer may run ahead of whoever consumes.
pub struct Ahead {
    octets_max: u64,
    consumed: NextOffset,
}

/// What was delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Messages that the broker confirmed.
    pub messages: u64,
    /// The octets of their payloads.
    pub octets: u64,
}

/// A producer for recordings. Dropped without [`Self::finish`] it throws away what is not sent yet.
pub struct Replayer {
    producer: BaseProducer<Reports>,
    ahead: Option<Ahead>,
    brokers: String,
    messages: u64,
    /// Octets handed over, counted as the broker holds them at worst.
    handed_octets: u64,
    /// Octets that may follow before the bound must be looked at again.
    room_octets: u64,
}

impl Ahead {
    /// At most `octets_max` in any partition beyond the offset that `consumed(topic, partition)` says comes next.
    pub fn new(octets_max: u64, consumed: impl Fn(&str, i32) -> i64 + Send + 'static) -> Self {
        Self {
            octets_max,
            consumed: Box::new(consumed),
        }
    }

    /// The bound under which an [`crate::EmbeddedBroker`] drops nothing. What may be rewound to must count as not consumed:
    /// pass the published offset if consumers start again from it.
    pub fn of_embedded(consumed: impl Fn(&str, i32) -> i64 + Send + 'static) -> Self {
        Self::new(EMBEDDED_AHEAD_OCTETS_MAX, consumed)
    }
}

impl Replayer {
    /// A producer; `ahead` bounds it, none lets it run.
    ///
    /// # Errors
    /// [`Error::Setting`], [`Error::Client`]. Brokers are not asked yet.
    pub fn new(settings: &ProducerSettings, ahead: Option<Ahead>) -> Result<Self, Error> {
        let mut config = ClientConfig::new();
        config.set_log_level(RDKafkaLogLevel::Info);
        for (key, value) in DEFAULTS {
            config.set(key, value);
        }
        for (key, value) in &settings.client {
            config.set(key, value);
        }
        config.set("bootstrap.servers", &settings.brokers);
        Ok(Self {
            producer: config.create_with_context(Reports::new(ahead.is_some()))?,
            ahead,
            brokers: settings.brokers.clone(),
            messages: 0,
            handed_octets: 0,
            room_octets: 0,
        })
    }

    /// Hands one message over; waits while the producer is full or too far ahead.
    ///
    /// # Errors
    /// [`Error::ConsumerStalled`]; [`Error::Delivery`] once any message failed; [`Error::Client`] for what cannot be
    /// sent at all (larger than `message.max.bytes`, say).
    pub fn send(&mut self, record: &Record<'_>) -> Result<(), Error> {
        if self.messages.is_multiple_of(SERVE_EVERY) {
            self.producer.poll(Duration::ZERO);
            self.check_failures()?;
        }
        let octets = held_octets(record.key, record.payload);
        self.wait_for_room(octets)?;
        self.enqueue(record)?;
        self.messages += 1;
        self.handed_octets += octets;
        Ok(())
    }

    /// Waits until everything is delivered, and says how much it was.
    ///
    /// # Errors
    /// [`Error::Delivery`], [`Error::Unreachable`].
    pub fn finish(self) -> Result<Sent, Error> {
        let flushed = self.producer.flush(FLUSH_TIMEOUT);
        self.check_failures()?;
        let reports = self.reports();
        flushed.map_err(|error| {
            Error::of_request(error, &self.brokers, "producing", reports.heard.clone())
        })?;
        Ok(reports.sent)
    }

    fn enqueue(&self, record: &Record<'_>) -> Result<(), Error> {
        let mut base = BaseRecord::<[u8], [u8]>::to(record.topic);
        base.partition = record.partition;
        base.key = record.key;
        base.payload = record.payload;
        base.timestamp = record.stamped_at_us.map(|at_us| at_us.div_euclid(1000));
        loop {
            match self.producer.send(base) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(Code::QueueFull), refused)) => {
                    self.producer.poll(Duration::from_millis(50));
                    self.check_failures()?;
                    base = refused;
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }

    /// Waits until `octets` more are within the bound, whichever partition they go to.
    fn wait_for_room(&mut self, octets: u64) -> Result<(), Error> {
        let Some(ahead) = &self.ahead else {
            return Ok(());
        };
        let (mut least_octets, mut moved_at) = (u64::MAX, Instant::now());
        while self.room_octets < octets {
            let ahead_octets = self.reports().forget_consumed(ahead, self.handed_octets);
            // A message that alone exceeds the bound goes when nothing else is there.
            let room = ahead.octets_max.saturating_sub(ahead_octets);
            self.room_octets = if ahead_octets == 0 {
                room.max(octets)
            } else {
                room
            };
            if ahead_octets < least_octets {
                (least_octets, moved_at) = (ahead_octets, Instant::now());
            }
            if self.room_octets < octets {
                self.wait_for_consumer(ahead_octets, moved_at.elapsed())?;
            }
        }
        self.room_octets -= octets;
        Ok(())
    }

    fn wait_for_consumer(&self, ahead_octets: u64, waited: Duration) -> Result<(), Error> {
        if waited > STALLED {
            return Err(Error::ConsumerStalled {
                waited,
                ahead_octets,
            });
        }
        self.producer.poll(Duration::from_millis(2));
        self.check_failures()
    }

    fn check_failures(&self) -> Result<(), Error> {
        let reports = self.reports();
        match &reports.first_failure {
            None => Ok(()),
            Some(first) => Err(Error::Delivery {
                failed: reports.failed,
                all: self.messages,
                first: first.clone(),
            }),
        }
    }

    fn reports(&self) -> MutexGuard<'_, Report> {
        self.producer.context().lock()
    }
}

/// The librdkafka side of a producer: collects what the brokers say.
struct Reports {
    /// Whether what the brokers hold must be known.
    bounded: bool,
    report: Mutex<Report>,
}

/// What the brokers said about the messages handed over.
#[derive(Default)]
struct Report {
    sent: Sent,
    /// Octets reported on, counted as handed over.
    reported_octets: u64,
    failed: u64,
    first_failure: Option<String>,
    heard: Option<String>,
    /// By topic and partition; only of a bounded producer.
    held: BTreeMap<String, BTreeMap<i32, Held>>,
}

/// What a partition holds that was not consumed when last looked at: offsets with their octets.
#[derive(Default)]
struct Held {
    octets: u64,
    messages: VecDeque<(i64, u64)>,
}

impl Reports {
    fn new(bounded: bool) -> Self {
        Self {
            bounded,
            report: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Report {
    /// Octets ahead in the fullest partition, if all that is still under way went there too.
    fn forget_consumed(&mut self, ahead: &Ahead, handed_octets: u64) -> u64 {
        let mut fullest_octets = 0;
        for (topic, partitions) in &mut self.held {
            for (partition, held) in partitions {
                held.forget_below((ahead.consumed)(topic, *partition));
                fullest_octets = fullest_octets.max(held.octets);
            }
        }
        fullest_octets + handed_octets.saturating_sub(self.reported_octets)
    }

    fn hold(&mut self, topic: &str, partition: i32, offset: i64, octets: u64) {
        if !self.held.contains_key(topic) {
            self.held.insert(topic.to_owned(), BTreeMap::new());
        }
        if let Some(partitions) = self.held.get_mut(topic) {
            let held = partitions.entry(partition).or_default();
            held.octets += octets;
            held.messages.push_back((offset, octets));
        }
    }
}

impl Held {
    fn forget_below(&mut self, next_offset: i64) {
        while let Some((offset, octets)) = self.messages.front().copied() {
            if offset >= next_offset {
                return;
            }
            self.octets -= octets;
            self.messages.pop_front();
        }
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let mut report = self.lock();
        let (Ok(message) | Err((_, message))) = result;
        let octets = held_octets(message.key(), message.payload());
        report.reported_octets += octets;
        match result {
            Ok(message) => {
                report.sent.messages += 1;
                report.sent.octets += message.payload_len() as u64;
                if self.bounded {
                    let (topic, offset) = (message.topic(), message.offset());
                    report.hold(topic, message.partition(), offset, octets);
                }
            }
            Err((error, message)) => {
                report.failed += 1;
                let place = format!("{}[{}]", message.topic(), message.partition());
                report
                    .first_failure
                    .get_or_insert(format!("{place}: {error}"));
            }
        }
    }
}

impl ClientContext for Reports {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log_line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // "All brokers are down" follows every reason and has none of its own.
        if error.rdkafka_error_code() != Some(Code::AllBrokersDown) {
            self.lock().heard = Some(reason.to_owned());
        }
    }
}

/// What a broker holds of a message at worst: alone in its record batch, not compressed.
fn held_octets(key: Option<&[u8]>, payload: Option<&[u8]>) -> u64 {
    let octets = |part: Option<&[u8]>| part.map_or(0, |part| part.len() as u64);
    RECORD_BATCH_OCTETS + octets(key) + octets(payload)
}
