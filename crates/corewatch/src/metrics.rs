//! What an operator needs to know, in Prometheus's words. Workers count in cells of their own and add them per batch.

use crate::config::{Config, Feed};
use crate::pipeline::Tally;
use crate::run::{Progress, Watchdog};
use feeds::{Notice, Notices, Outcome};
use kafka::TopicPartition;
use metrics::{Counter, Gauge, Label, counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::collections::BTreeMap;
use tables::Table;

/// Name, help, and whether it only grows.
const HELP: [(&str, &str, bool); 18] = [
    (
        "corewatch_messages_total",
        "Messages of Kafka, by what became of them: parsed, rejected, skipped.",
        true,
    ),
    (
        "corewatch_message_bytes_total",
        "Bytes of the messages' values.",
        true,
    ),
    (
        "corewatch_rows_total",
        "Rows decoded, by table. Rows decoded again after a rollback count again.",
        true,
    ),
    (
        "corewatch_rejects_total",
        "Rows of the table rejects, by reason.",
        true,
    ),
    (
        "corewatch_decoder_notices_total",
        "What decoders did that leaves no row of its own, by kind.",
        true,
    ),
    (
        "corewatch_commits_total",
        "Flushes, by outcome: committed, fenced.",
        true,
    ),
    (
        "corewatch_spool_failures_total",
        "Failed writes to the spool: messages are decoded again after a pause.",
        true,
    ),
    (
        "corewatch_rebalances_total",
        "Rebalances of the consumer group, by kind: assign, revoke, lost.",
        true,
    ),
    (
        "corewatch_kafka_errors_total",
        "Errors that the Kafka client has told.",
        true,
    ),
    (
        "corewatch_pending_flushes",
        "Flushes handed over by the workers and not yet in all tables: 0 or 1.",
        false,
    ),
    (
        "corewatch_last_commit_timestamp_seconds",
        "When a flush was last in all its tables; 0: not yet.",
        false,
    ),
    (
        "corewatch_backlog_messages",
        "Messages in Kafka that are not decoded yet, by topic.",
        false,
    ),
    (
        "corewatch_consumer_lag_messages",
        "Messages in Kafka that are not in the lake yet, by topic and partition.",
        false,
    ),
    (
        "corewatch_assigned_partitions",
        "Partitions that this process reads.",
        false,
    ),
    (
        "corewatch_worker_heartbeat_timestamp_seconds",
        "When each thread last turned; the last is the control thread.",
        false,
    ),
    (
        "corewatch_ready",
        "Whether a check of /health/ready holds: 1 or 0.",
        false,
    ),
    (
        "corewatch_build_info",
        "Always 1; the labels tell the version.",
        false,
    ),
    ("process_resident_memory_bytes", "Resident memory.", false),
];

/// Handles of all metrics.
pub struct Metrics {
    handle: PrometheusHandle,
    messages: Vec<[Counter; 3]>,
    message_octets: Vec<Counter>,
    notices: Vec<[Counter; Notice::ALL.len()]>,
    rows: [Counter; Table::DATA.len()],
    /// Failed writes to the spool.
    pub spool_failures: Counter,
    /// Flushes that landed.
    pub committed: Counter,
    /// Flushes that somebody else's made void.
    pub fenced: Counter,
    /// Flushes on their way.
    pub pending: Gauge,
    /// When the last one landed.
    pub last_commit: Gauge,
}

/// One worker's count of one batch.
pub struct Cells {
    feeds: Vec<[u64; 4]>,
}

impl Cells {
    /// One message.
    #[inline]
    pub fn count(&mut self, feed: usize, outcome: Outcome, octets: usize) {
        let cell = match outcome {
            Outcome::Parsed => 0,
            Outcome::Rejected => 1,
            Outcome::Skipped(_) => 2,
        };
        self.feeds[feed][cell] += 1;
        self.feeds[feed][3] += octets as u64;
    }
}

impl Metrics {
    /// Registers everything, at zero.
    ///
    /// # Errors
    /// If this process has metrics already.
    pub fn install(config: &Config) -> anyhow::Result<Self> {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        // A process may run the pipeline twice (tests, demo): the first registry stays.
        let _ = metrics::set_global_recorder(recorder);
        for (name, help, is_counter) in HELP {
            if is_counter {
                describe_counter!(name, help)
            } else {
                describe_gauge!(name, help)
            }
        }
        gauge!("corewatch_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        counter!("corewatch_kafka_errors_total").absolute(0);
        for kind in ["assign", "revoke", "lost"] {
            counter!("corewatch_rebalances_total", "kind" => kind).absolute(0);
        }
        let labels = |feed: &Feed| {
            vec![
                Label::new("feed", feed.name.clone()),
                Label::new("format", feed.format.name()),
            ]
        };
        let of_outcome = |feed, outcome| {
            let mut labels: Vec<Label> = labels(feed);
            labels.push(Label::new("outcome", outcome));
            counter!("corewatch_messages_total", labels)
        };
        Ok(Self {
            handle,
            messages: config
                .feeds
                .iter()
                .map(|feed| {
                    ["parsed", "rejected", "skipped"].map(|outcome| of_outcome(feed, outcome))
                })
                .collect(),
            message_octets: config
                .feeds
                .iter()
                .map(|feed| counter!("corewatch_message_bytes_total", labels(feed)))
                .collect(),
            notices: config.feeds.iter().map(notice_counters).collect(),
            rows: Table::DATA
                .map(|table| counter!("corewatch_rows_total", "table" => table.name())),
            spool_failures: counter!("corewatch_spool_failures_total"),
            committed: counter!("corewatch_commits_total", "outcome" => "committed"),
            fenced: counter!("corewatch_commits_total", "outcome" => "fenced"),
            pending: gauge!("corewatch_pending_flushes"),
            last_commit: gauge!("corewatch_last_commit_timestamp_seconds"),
        })
    }

    /// Cells for one batch.
    pub fn cells(&self) -> Cells {
        Cells {
            feeds: vec![[0; 4]; self.messages.len()],
        }
    }

    /// Adds one batch.
    pub fn add_cells(&self, cells: &Cells) {
        for ((counters, octets), cells) in self
            .messages
            .iter()
            .zip(&self.message_octets)
            .zip(&cells.feeds)
        {
            for (counter, count) in counters.iter().zip(cells) {
                counter.increment(*count);
            }
            octets.increment(cells[3]);
        }
    }

    /// Adds what the decoder of a partition of that feed has noticed.
    pub fn add_notices(&self, feed: usize, notices: &Notices) {
        for (counter, (_, count)) in self.notices[feed].iter().zip(notices.iter()) {
            if count > 0 {
                counter.increment(count);
            }
        }
    }

    /// Adds rows and rejects.
    pub fn add_tally(&self, tally: &Tally) {
        for (counter, (_, rows)) in self.rows.iter().zip(tally.rows()) {
            counter.increment(rows);
        }
        for (reason, rows) in tally.rejects() {
            counter!("corewatch_rejects_total", "reason" => *reason).increment(*rows);
        }
    }

    /// How much is left in Kafka, when `ends` are its end offsets.
    pub fn set_lag(&self, ends: &BTreeMap<TopicPartition, i64>, progress: &Progress) {
        let mut backlog: BTreeMap<&str, i64> = BTreeMap::new();
        let positions = progress.positions();
        for (partition, position) in &positions {
            let Some(end) = ends.get(partition) else {
                continue;
            };
            *backlog.entry(&partition.topic).or_default() += (end - position.decoded).max(0);
            let labels = [
                Label::new("topic", partition.topic.to_string()),
                Label::new("partition", partition.partition.to_string()),
            ];
            gauge!("corewatch_consumer_lag_messages", labels.iter())
                .set((end - position.committed).max(0) as f64);
        }
        for (topic, messages) in backlog {
            gauge!("corewatch_backlog_messages", "topic" => topic.to_owned()).set(messages as f64);
        }
        gauge!("corewatch_assigned_partitions").set(positions.len() as f64);
    }

    /// The text that Prometheus reads.
    pub fn render(&self, watchdog: &Watchdog, ready: &[(&'static str, bool)]) -> String {
        for (thread, beat) in watchdog.beats_us().enumerate() {
            gauge!("corewatch_worker_heartbeat_timestamp_seconds", "worker" => thread.to_string())
                .set(beat as f64 / 1e6);
        }
        for (check, holds) in ready {
            gauge!("corewatch_ready", "check" => *check).set(f64::from(u8::from(*holds)));
        }
        gauge!("process_resident_memory_bytes").set(resident_octets() as f64);
        self.handle.render()
    }
}

fn notice_counters(feed: &Feed) -> [Counter; Notice::ALL.len()] {
    Notice::ALL.map(|notice| {
        let labels = vec![
            Label::new("feed", feed.name.clone()),
            Label::new("kind", notice.name()),
        ];
        counter!("corewatch_decoder_notices_total", labels)
    })
}

/// From the kernel; 0 where it does not tell.
fn resident_octets() -> u64 {
    const PAGE_OCTETS: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * PAGE_OCTETS
}
