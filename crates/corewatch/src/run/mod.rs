//! The worker process: messages of Kafka become rows, rows become files, files are published with their offsets.
//!
//! Threads: one control thread (this module's main loop and [`control`]), W workers ([`worker`]), and tokio for uploads,
//! commits, HTTP and signals.

mod contact;
mod control;
mod messages;
mod partition;
mod progress;
mod watchdog;
mod worker;

pub use progress::Progress;
pub use watchdog::Watchdog;

use crate::config::Config;
use crate::metrics::Metrics;
use crate::run::contact::Contacts;
use crate::run::control::{Control, Members};
use crate::run::messages::PartitionPart;
use crate::run::worker::Worker;
use anyhow::{Context, Result, bail};
use kafka::{
    BatchConsumer, Cluster, ConsumerSettings, Event, EventKind, TopicPartition, WorkerQueue,
};
use lake::{Lake, LakeSettings};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// How long the main loop serves the Kafka client before it looks at its own affairs.
const POLL_TIMEOUT: Duration = Duration::from_millis(20);
/// A question to the brokers may take so long.
const CLUSTER_TIMEOUT: Duration = Duration::from_secs(10);
/// How often new topics are looked for.
const TOPICS_INTERVAL: Duration = Duration::from_secs(60);
/// How often the end offsets are asked for.
const LAG_INTERVAL: Duration = Duration::from_secs(5);
/// Messages per batch.
const BATCH_MESSAGES_MAX: usize = 10_000;
/// A lake that is locked or away at the start is tried again after so long.
const OPEN_PAUSE: Duration = Duration::from_secs(1);
/// The same trouble is logged at most so often.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// How to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Stop once everything below the end offsets seen at the start is published.
    pub until_end: bool,
    /// For tests: where to freeze while publishing, see [`lake::steps`].
    pub park_at: Option<String>,
    /// Set to stop as SIGTERM does.
    pub stop: Arc<AtomicBool>,
    /// Filled with how far the partitions are.
    pub progress: Arc<Progress>,
}

/// What a run has published.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Messages.
    pub messages: u64,
    /// Rows by table.
    pub rows: BTreeMap<&'static str, u64>,
    /// Rows of `rejects`.
    pub rejects: u64,
    /// Flushes.
    pub commits: u64,
    /// Wall time.
    pub seconds: f64,
}

impl Summary {
    fn add(&mut self, part: &PartitionPart) {
        self.messages += part.counts.messages;
        for (table, rows) in &part.rows {
            *self.rows.entry(table.name()).or_default() += rows;
        }
        self.rejects = self
            .rows
            .get(tables::Table::Rejects.name())
            .copied()
            .unwrap_or(0);
    }
}

/// What all threads share.
pub struct Shared {
    /// The configuration.
    pub config: Config,
    /// The metrics.
    pub metrics: Metrics,
    /// Whose heart beats.
    pub watchdog: Arc<Watchdog>,
    progress: Arc<Progress>,
    runtime: Handle,
    stop: Arc<AtomicBool>,
    is_assigned: AtomicBool,
}

impl Shared {
    /// What must hold for the process to be ready.
    pub fn ready_checks(&self) -> [(&'static str, bool); 3] {
        [
            ("assigned", self.is_assigned.load(Ordering::Relaxed)),
            ("threads", self.watchdog.is_live()),
            ("not_draining", !self.stop.load(Ordering::Relaxed)),
        ]
    }

    fn set_assigned(&self, is_assigned: bool) {
        self.is_assigned.store(is_assigned, Ordering::Relaxed);
    }
}

/// Runs a worker process until it is told to stop, or until the end.
///
/// # Errors
/// A fatal error of Kafka, a gap that the policy does not allow, a lake of another shape; what passes by itself is
/// waited out.
pub fn run(config: Config, options: Options) -> Result<Summary> {
    let began = Instant::now();
    let runtime = Runtime::new().context("cannot start the control plane")?;
    let settings = consumer_settings(&config);
    let cluster = Cluster::new(&settings, CLUSTER_TIMEOUT)?;
    let lake = runtime.block_on(open_lake(lake_settings(&config, options.park_at.clone())))?;
    let topics = topics_of(&config, &cluster)?;
    let contacts = Contacts::new(
        known_feeds(&config, &runtime.block_on(lake.offsets())?),
        &cluster,
    );

    let watchdog = Arc::new(Watchdog::new(config.kafka.workers));
    watchdog.start();
    let shared = Arc::new(Shared {
        metrics: Metrics::install(&config)?,
        watchdog,
        progress: Arc::clone(&options.progress),
        runtime: runtime.handle().clone(),
        stop: Arc::clone(&options.stop),
        is_assigned: AtomicBool::new(false),
        config,
    });
    runtime.block_on(crate::http::serve(Arc::clone(&shared)))?;
    runtime.spawn(stop_on_signal(Arc::clone(&shared)));
    watch_lag(&shared, &settings)?;

    let workers = shared.config.kafka.workers;
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..workers).map(|_| channel()).unzip();
    let (report, reports) = channel();
    let control = Control::new(
        Arc::clone(&shared),
        lake.clone(),
        cluster,
        contacts,
        senders,
        reports,
        options.until_end,
    );
    let control = Arc::new(control);
    let (consumer, queues) = consumer(&settings, workers, &control)?;
    let worker = |(queue, commands): (WorkerQueue, _)| {
        let files = lake.worker_files(&format!("w{}", queue.worker()));
        Worker::new(queue, files, commands, report.clone(), Arc::clone(&shared))
    };
    let threads: Vec<JoinHandle<()>> = queues
        .into_iter()
        .zip(receivers)
        .map(worker)
        .map(|worker| std::thread::spawn(move || worker.run()))
        .collect();
    drop(report);

    let mut main_loop = MainLoop {
        shared: &shared,
        control: &control,
        consumer: &consumer,
        topics: BTreeMap::new(),
        looked_at: Instant::now(),
        logged_at: BTreeMap::new(),
    };
    main_loop.read(topics)?;
    main_loop.turn_until_end(&settings)?;
    shared.stop.store(true, Ordering::Relaxed);
    let summary = main_loop.finish()?;
    control.stop_workers();
    for thread in threads {
        let _ = thread.join();
    }
    Ok(Summary {
        seconds: began.elapsed().as_secs_f64(),
        ..summary
    })
}

/// The control thread.
struct MainLoop<'a> {
    shared: &'a Arc<Shared>,
    control: &'a Arc<Control>,
    consumer: &'a BatchConsumer,
    topics: BTreeMap<String, i32>,
    looked_at: Instant,
    logged_at: BTreeMap<String, Instant>,
}

impl MainLoop<'_> {
    fn is_grouped(&self) -> bool {
        !self.shared.config.kafka.group_id.is_empty()
    }

    /// Reads these topics; those that are new among them begin.
    fn read(&mut self, topics: BTreeMap<String, i32>) -> Result<()> {
        if topics == self.topics {
            return Ok(());
        }
        if self.is_grouped() {
            let names: Vec<&str> = topics.keys().map(String::as_str).collect();
            self.consumer.subscribe(&names)?;
        } else {
            let new: Vec<TopicPartition> = partitions(&topics)
                .filter(|partition| {
                    self.topics
                        .get(&*partition.topic)
                        .is_none_or(|count| partition.partition >= *count)
                })
                .collect();
            if !new.is_empty() {
                let mut starts = self.control.starts();
                starts.extend(self.control.assign(&new)?);
                self.consumer.assign_all(&starts)?;
            }
        }
        self.topics = topics;
        Ok(())
    }

    fn turn_until_end(&mut self, settings: &ConsumerSettings) -> Result<()> {
        while !self.shared.stop.load(Ordering::Relaxed) {
            self.turn()?;
            if self.control.is_at_end()
                && (!self.is_grouped()
                    || self.shared.is_assigned.load(Ordering::Relaxed)
                    || self.topics.is_empty())
            {
                return Ok(());
            }
            if self.looked_at.elapsed() >= TOPICS_INTERVAL {
                self.looked_at = Instant::now();
                let cluster = Cluster::new(settings, CLUSTER_TIMEOUT)?;
                match topics_of(&self.shared.config, &cluster) {
                    Ok(topics) => self.read(topics)?,
                    Err(error) => {
                        self.log("topics", &format!("cannot look for new topics: {error:#}"))
                    }
                }
            }
        }
        Ok(())
    }

    fn turn(&mut self) -> Result<()> {
        self.shared.watchdog.beat_control();
        for event in self.consumer.poll(POLL_TIMEOUT) {
            self.take_event(&event)?;
        }
        let actions = self.control.turn()?;
        self.consumer.commit_offsets(&actions.hints);
        if !actions.restarts.is_empty() {
            self.consumer.restart(&actions.restarts)?;
        }
        Ok(())
    }

    fn take_event(&mut self, event: &Event) -> Result<()> {
        metrics::counter!("corewatch_kafka_errors_total").increment(1);
        match event.kind {
            EventKind::Fatal => bail!("Kafka: {}", event.reason),
            EventKind::Authentication | EventKind::Authorization
                if !self.shared.is_assigned.load(Ordering::Relaxed) =>
            {
                bail!(
                    "Kafka refuses us: {}. Check the credentials and rights of this client",
                    event.reason
                )
            }
            kind => self.log(&format!("{kind:?}"), &event.reason),
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Summary> {
        tracing::info!("publishing what is decoded, then ending");
        let summary = self.control.finish()?;
        let actions = self.control.turn()?;
        self.consumer.commit_offsets(&actions.hints);
        self.consumer.poll(POLL_TIMEOUT);
        Ok(summary)
    }

    fn log(&mut self, kind: &str, reason: &str) {
        let is_due = self
            .logged_at
            .get(kind)
            .is_none_or(|at| at.elapsed() >= LOG_INTERVAL);
        if is_due {
            self.logged_at.insert(kind.to_owned(), Instant::now());
            tracing::warn!(kind, "{reason}");
        }
    }
}

fn consumer(
    settings: &ConsumerSettings,
    workers: usize,
    control: &Arc<Control>,
) -> Result<(BatchConsumer, Vec<WorkerQueue>)> {
    Ok(match settings.group_id {
        None => BatchConsumer::alone(settings, workers, BATCH_MESSAGES_MAX)?,
        Some(_) => BatchConsumer::join(
            settings,
            workers,
            BATCH_MESSAGES_MAX,
            Members(Arc::clone(control)),
        )?,
    })
}

/// What the Kafka client needs to know.
pub fn consumer_settings(config: &Config) -> ConsumerSettings {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    ConsumerSettings {
        brokers: config.kafka.brokers.clone(),
        group_id: some(&config.kafka.group_id),
        group_instance_id: some(&config.kafka.group_instance_id),
        client: config.kafka.librdkafka.clone(),
    }
}

/// What the lake needs to know.
pub fn lake_settings(config: &Config, park_at: Option<String>) -> LakeSettings {
    LakeSettings {
        catalog: config.lake.catalog.clone(),
        warehouse: config.lake.warehouse.clone(),
        spool: config.lake.spool.clone(),
        namespace: config.lake.namespace.clone(),
        worker_name: format!("{}:{}", host_name(), std::process::id()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config_sha256: config.sha256.clone(),
        park_at,
    }
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

async fn open_lake(settings: LakeSettings) -> Result<Lake> {
    loop {
        match Lake::open(settings.clone()).await {
            Err(error) if error.is_retryable() => {
                tracing::warn!(%error, "cannot open the lake: trying again");
                tokio::time::sleep(OPEN_PAUSE).await;
            }
            opened => return opened.context("cannot open the lake"),
        }
    }
}

/// Topics that belong to a feed, with their number of partitions. Says which feeds have none.
fn topics_of(config: &Config, cluster: &Cluster) -> Result<BTreeMap<String, i32>> {
    let mut topics = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for topic in cluster.topics()? {
        if let Some(feed) = config.feed_of(&topic.topic) {
            seen.insert(feed);
            topics.insert(topic.topic, topic.partition_count);
        }
    }
    for (number, feed) in config.feeds.iter().enumerate() {
        if !seen.contains(&number) {
            tracing::warn!(
                feed = feed.name,
                topics = feed.topics.as_str(),
                "the feed matches no topic"
            );
        }
    }
    Ok(topics)
}

fn partitions(topics: &BTreeMap<String, i32>) -> impl Iterator<Item = TopicPartition> {
    topics.iter().flat_map(|(topic, count)| {
        (0..*count).map(move |partition| TopicPartition::new(topic.as_str(), partition))
    })
}

/// Feeds of which the ledger knows a topic.
fn known_feeds(config: &Config, offsets: &BTreeMap<lake::TopicPartition, i64>) -> BTreeSet<usize> {
    offsets
        .keys()
        .filter_map(|partition| config.feed_of(&partition.topic))
        .collect()
}

/// SIGTERM and SIGINT end the run in order: flush, then exit 0.
async fn stop_on_signal(shared: Arc<Shared>) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) else {
        return tracing::error!("cannot listen for signals");
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("told to stop");
    shared.stop.store(true, Ordering::Relaxed);
}

/// A thread of its own asks for the end offsets: brokers that are away must not hold up anything.
fn watch_lag(shared: &Arc<Shared>, settings: &ConsumerSettings) -> Result<()> {
    let cluster = Mutex::new(Cluster::new(settings, CLUSTER_TIMEOUT)?);
    let shared = Arc::clone(shared);
    std::thread::spawn(move || {
        while !shared.stop.load(Ordering::Relaxed) {
            let ours: Vec<TopicPartition> = shared.progress.positions().into_keys().collect();
            if let Ok(marks) = cluster
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .watermarks(&ours)
            {
                let ends = ours
                    .into_iter()
                    .zip(marks.into_iter().map(|mark| mark.high))
                    .collect();
                shared.metrics.set_lag(&ends, &shared.progress);
            }
            std::thread::sleep(LAG_INTERVAL);
        }
    });
    Ok(())
}
