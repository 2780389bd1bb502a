//! `corewatch demo`: everything on this machine: an embedded broker, simulated or given feeds, the pipeline into a lake,
//! and the audit.

mod fed;

use crate::cli::End;
use crate::commands::replay::{Source, send_file};
use crate::commands::verify::{audit, in_words};
use crate::config::Config;
use crate::input;
use crate::output::{self, grouped};
use crate::run::{self, Options, Progress, Summary, lake_settings};
use anyhow::{Context, Result, anyhow, bail};
use fed::{
    BMP, BMP_TOPIC, DNSTAP, DNSTAP_TOPIC, DUMP_TOPIC, Feed, MRT, OPENBMP, OPENBMP_TOPIC,
    PARTITIONS, TOPIC,
};
use feeds::Format;
use indicatif::{ProgressBar, ProgressStyle};
use kafka::{Ahead, EmbeddedBroker, ProducerSettings, Record, Replayer, TopicPartition};
use lake::Report;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A folder with this file in it was made by a demo, and may be replaced by one.
const MARKER: &str = ".corewatch-demo";
/// Messages per second of the simulated feeds: what `--seconds` counts.
const MESSAGES_PER_SECOND: u64 = 4_000;
/// The topics of so many simulated messages, again and again: half are of a route collector, the others of a router and of a
/// resolver.
const TURNS: [&str; 4] = [TOPIC, OPENBMP_TOPIC, TOPIC, DNSTAP_TOPIC];
/// A query of a client makes so many messages of its resolver, roughly.
const MESSAGES_PER_QUERY: u32 = 4;
/// The pipeline has so long for what is left once everything is sent.
const DRAIN_MAX: Duration = Duration::from_secs(600);

/// What to ask first, by the table that must not be empty: DuckDB refuses a pattern that matches no file.
const QUERIES: [(&str, &str); 7] = [
    (
        "routes",
        "SELECT format, kind, count(*) FROM 'LAKE/warehouse/corewatch/routes/data/*/*.parquet' GROUP BY ALL",
    ),
    (
        "routes",
        "SELECT origin_asn, count(DISTINCT prefix) AS prefixes\n    \
         FROM 'LAKE/warehouse/corewatch/routes/data/*/*.parquet'\n    \
         WHERE kind = 'announce' GROUP BY origin_asn ORDER BY prefixes DESC LIMIT 10",
    ),
    (
        "rib",
        "SELECT peer_ip, count(*) FROM 'LAKE/warehouse/corewatch/rib/data/*/*.parquet' GROUP BY peer_ip",
    ),
    (
        "sessions",
        "SELECT format, kind, count(*) FROM 'LAKE/warehouse/corewatch/sessions/data/*/*.parquet' GROUP BY ALL",
    ),
    (
        "bmp_stats",
        "SELECT peer_ip, stat_name, max(value)\n    \
         FROM 'LAKE/warehouse/corewatch/bmp_stats/data/*/*.parquet' GROUP BY ALL LIMIT 10",
    ),
    (
        "dns_messages",
        "SELECT registered_domain, count(*) AS responses, round(avg((rcode = 3)::INTEGER), 2) AS nxdomain_share\n    \
         FROM 'LAKE/warehouse/corewatch/dns_messages/data/*/*.parquet'\n    \
         WHERE kind = 'response' AND role = 'client' GROUP BY ALL ORDER BY responses DESC LIMIT 10",
    ),
    (
        "rejects",
        "SELECT reason, field, disposition, count(*)\n    \
         FROM 'LAKE/warehouse/corewatch/rejects/data/*/*.parquet' GROUP BY ALL",
    ),
];

/// Show everything on this machine: embedded broker, simulated or given feeds, the lake, its audit
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the lake goes.
    #[arg(long, value_name = "DIR", default_value = "corewatch-demo")]
    dir: PathBuf,
    /// Seconds of simulated traffic.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Chooses what is simulated; the same seed gives the same messages, but for their times.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// MRT files to read instead.
    #[arg(long, value_name = "FILE")]
    mrt: Vec<PathBuf>,
    /// Files of BMP messages to read instead, or beside them.
    #[arg(long, value_name = "FILE")]
    bmp: Vec<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Args {
    fn is_simulated(&self) -> bool {
        self.mrt.is_empty() && self.bmp.is_empty()
    }

    fn feeds(&self) -> Vec<Feed> {
        if self.is_simulated() {
            return vec![MRT, OPENBMP, DNSTAP];
        }
        let mrt = (!self.mrt.is_empty()).then_some(MRT);
        let bmp = (!self.bmp.is_empty()).then_some(BMP);
        mrt.into_iter().chain(bmp).collect()
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    messages: u64,
    rows: &'a BTreeMap<&'static str, u64>,
    rejects: u64,
    verify: &'a Report,
    seconds: f64,
}

/// Runs the demo. Exit code 3 if the audit does not hold.
///
/// # Errors
/// If the folder is not ours to replace, the pipeline fails or is told to stop, or a file cannot be read.
pub fn run(args: &Args) -> Result<End> {
    let began = Instant::now();
    prepare_folder(&args.dir)?;
    let broker = EmbeddedBroker::start()?;
    let feeds = args.feeds();
    for (topic, partitions) in feeds.iter().flat_map(|feed| feed.topics) {
        broker.create_topic(topic, *partitions)?;
    }
    let config = config(&args.dir, &broker.bootstrap(), &feeds)?;

    let pipeline = Pipeline::start(config.clone());
    let sent = send_all(args, &broker, &pipeline);
    if let Ok(sent) = &sent {
        pipeline.wait_for(&sent.ends);
    }
    let summary = pipeline.finish()?;
    let sent = sent?;

    let report = audit(lake_settings(&config, None))?;
    let seconds = began.elapsed().as_secs_f64();
    if args.json {
        output::print_json(&Shown {
            messages: summary.messages,
            rows: &summary.rows,
            rejects: summary.rejects,
            verify: &report,
            seconds,
        })?;
    } else {
        output::print(&told(args, &sent, &summary, &report, seconds))?;
    }
    let differences = differences(&sent, &report);
    for difference in &differences {
        output::complain(difference);
    }
    Ok(if report.ok && differences.is_empty() {
        End::Done
    } else {
        End::NotHeld
    })
}

/// Replaces what a demo has made, and nothing else.
fn prepare_folder(folder: &Path) -> Result<()> {
    let about = || format!("cannot prepare {}", folder.display());
    let is_ours = folder.join(MARKER).exists();
    let is_empty = !folder.exists() || folder.read_dir().with_context(about)?.next().is_none();
    if !is_ours && !is_empty {
        bail!(
            "{} holds files that no demo has made: name another folder with --dir",
            folder.display()
        );
    }
    if is_ours {
        std::fs::remove_dir_all(folder).with_context(about)?;
    }
    std::fs::create_dir_all(folder).with_context(about)?;
    std::fs::write(
        folder.join(MARKER),
        "made by `corewatch demo`, which may replace this folder\n",
    )
    .with_context(about)
}

fn config(folder: &Path, brokers: &str, feeds: &[Feed]) -> Result<Config> {
    let folder = std::path::absolute(folder)?;
    let path = |name: &str| toml::Value::String(folder.join(name).display().to_string());
    let feeds: String = feeds.iter().map(Feed::as_configured).collect();
    let text = format!(
        r#"
[kafka]
brokers = ["{brokers}"]
{feeds}
[lake]
catalog = "sqlite"
uri = {}
warehouse = {}
flush_age = "1s"
[http]
listen = "127.0.0.1:0"
"#,
        path("catalog.db"),
        path("warehouse")
    );
    Ok(Config::parse(&text, "the demo's configuration")?)
}

/// The worker, inside this process.
struct Pipeline {
    worker: JoinHandle<Result<Summary>>,
    progress: Arc<Progress>,
    /// Set to end it. A signal sets it too, and so does its own end.
    stop: Arc<AtomicBool>,
}

impl Pipeline {
    fn start(config: Config) -> Self {
        let options = Options::default();
        let (progress, stop) = (Arc::clone(&options.progress), Arc::clone(&options.stop));
        let is_over = Arc::clone(&stop);
        let worker = std::thread::spawn(move || {
            let ended = run::run(config, options);
            is_over.store(true, Ordering::Relaxed);
            ended
        });
        Self {
            worker,
            progress,
            stop,
        }
    }

    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// How far a producer may run ahead. The embedded broker drops what it cannot hold, and a rollback would ask for it
    /// again: only what is in the lake counts. Once the pipeline is over, nobody waits for it.
    fn ahead(&self) -> Ahead {
        let (progress, stop) = (Arc::clone(&self.progress), Arc::clone(&self.stop));
        Ahead::of_embedded(move |topic, partition| {
            if stop.load(Ordering::Relaxed) {
                return i64::MAX;
            }
            let position = progress.position(&TopicPartition::new(topic, partition));
            position.map_or(0, |at| at.committed)
        })
    }

    /// Waits until all below these offsets is in the lake, or the pipeline is over, or has had time enough.
    fn wait_for(&self, ends: &BTreeMap<TopicPartition, i64>) {
        let began = Instant::now();
        let is_there = |(partition, end): (&TopicPartition, &i64)| {
            let position = self.progress.position(partition);
            position.is_some_and(|at| at.committed >= *end)
        };
        while !ends.iter().all(is_there) && !self.is_over() && began.elapsed() < DRAIN_MAX {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn finish(self) -> Result<Summary> {
        self.stop.store(true, Ordering::Relaxed);
        let ended = self.worker.join();
        ended.map_err(|_| anyhow!("the pipeline has died"))?
    }
}

/// What was sent, and what must come of it where that is known.
#[derive(Default)]
struct Sent {
    ends: BTreeMap<TopicPartition, i64>,
    messages: u64,
    expected: Option<sim::Expected>,
}

fn send_all(args: &Args, broker: &EmbeddedBroker, pipeline: &Pipeline) -> Result<Sent> {
    let settings = ProducerSettings {
        brokers: broker.bootstrap(),
        ..ProducerSettings::default()
    };
    let mut sender = Sender {
        replayer: Replayer::new(&settings, Some(pipeline.ahead()))?,
        sent: Sent::default(),
        pipeline,
    };
    if args.is_simulated() {
        sender.send_simulated(args)?;
    } else {
        sender.send_recorded(args)?;
    }
    sender.replayer.finish()?;
    Ok(sender.sent)
}

/// Sends to the broker and keeps account of it.
struct Sender<'a> {
    replayer: Replayer,
    sent: Sent,
    pipeline: &'a Pipeline,
}

impl Sender<'_> {
    fn send_recorded(&mut self, args: &Args) -> Result<()> {
        let paths = [&args.mrt[..], &args.bmp].concat();
        let bar = input::progress_bar(&paths);
        for (number, path) in paths.iter().enumerate() {
            let (format, topic) = if number < args.mrt.len() {
                (Format::Mrt, TOPIC)
            } else {
                (Format::Bmp, BMP_TOPIC)
            };
            let source = Source {
                path,
                title: input::title(path, &paths),
                format,
            };
            let read = send_file(&source, &bar, |key, unit| {
                self.send(topic, Some(key), unit.octets)
            })?;
            read.with_context(|| path.display().to_string())?;
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn send_simulated(&mut self, args: &Args) -> Result<()> {
        let settings = sim::Settings {
            seed: args.seed,
            start_us: crate::clock::now_us(),
            damaged_per_million: 500,
            ..sim::Settings::default()
        };
        let messages = args.seconds.saturating_mul(MESSAGES_PER_SECOND);
        let mut expected = sim::Expected::default();
        let bar = bar(messages);
        for record in sim::table_dump(&settings) {
            self.send(DUMP_TOPIC, None, &record.octets)?;
            expected += record.expected;
        }
        for (topic, record) in simulated(&settings).take(usize::try_from(messages)?) {
            let key = record.peer_ip.map(|ip| ip.to_string());
            let key = key.as_deref().map(str::as_bytes);
            self.send(topic, key, &record.octets)?;
            expected += record.expected;
            bar.inc(1);
        }
        bar.finish_and_clear();
        self.sent.expected = Some(expected);
        Ok(())
    }

    /// The partition is chosen here, so that the end of each is known.
    fn send(&mut self, topic: &str, key: Option<&[u8]>, payload: &[u8]) -> Result<()> {
        if self.pipeline.is_over() {
            bail!("the pipeline was stopped before everything was sent: run the demo again");
        }
        let partition = key.map_or(0, partition_of);
        self.replayer.send(&Record {
            topic,
            partition: Some(partition),
            key,
            payload: Some(payload),
            stamped_at_us: None,
        })?;
        let partition = TopicPartition::new(topic, partition);
        *self.sent.ends.entry(partition).or_default() += 1;
        self.sent.messages += 1;
        Ok(())
    }
}

/// The messages of a route collector, of a router that has some of the same peers, and of a resolver, each with its topic. All
/// tell of the same seconds.
fn simulated(settings: &sim::Settings) -> impl Iterator<Item = (&'static str, sim::Record)> {
    // The collector has two turns of four.
    let others_per_second = settings.updates_per_second / 2;
    let of_router = sim::Settings {
        peers: 12,
        updates_per_second: others_per_second,
        reset_interval_s: 10,
        ..settings.clone()
    };
    let of_resolver = sim::ResolverSettings {
        seed: settings.seed,
        start_us: settings.start_us,
        queries_per_second: others_per_second / MESSAGES_PER_QUERY,
        damaged_per_million: settings.damaged_per_million,
        ..sim::ResolverSettings::default()
    };
    let mut collector = sim::Traffic::new(settings);
    let mut router = sim::Traffic::of_router(&of_router);
    let mut resolver = sim::Resolver::new(&of_resolver);
    TURNS.into_iter().cycle().map_while(move |topic| {
        let record = match topic {
            OPENBMP_TOPIC => router.next(),
            DNSTAP_TOPIC => resolver.next(),
            _ => collector.next(),
        };
        Some((topic, record?))
    })
}

fn partition_of(key: &[u8]) -> i32 {
    let hash = key.iter().fold(0_u32, |hash, octet| {
        hash.wrapping_mul(31).wrapping_add(u32::from(*octet))
    });
    (hash % PARTITIONS.unsigned_abs()) as i32
}

fn bar(messages: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} messages {per_sec}");
    ProgressBar::new(messages).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// What was sent, and what the simulator says it must become, against what the audit has found in the lake.
fn differences(sent: &Sent, report: &Report) -> Vec<String> {
    let messages = report.partitions.iter().map(|one| one.messages).sum();
    let mut pairs = vec![("messages", sent.messages, messages)];
    if let Some(expected) = &sent.expected {
        let rows = |table: &str| report.tables.get(table).map_or(0, |table| table.rows);
        pairs.extend([
            ("rows of routes", expected.routes, rows("routes")),
            ("rows of rib", expected.rib, rows("rib")),
            ("rows of sessions", expected.sessions, rows("sessions")),
            ("rows of bmp_stats", expected.bmp_stats, rows("bmp_stats")),
            (
                "rows of dns_messages",
                expected.dns_messages,
                rows("dns_messages"),
            ),
            ("rows of rejects", expected.rejects, rows("rejects")),
        ]);
    }
    pairs
        .into_iter()
        .filter(|(_, expected, found)| expected != found)
        .map(|(what, expected, found)| {
            format!("the lake has {found} {what}, but it must have {expected}")
        })
        .collect()
}

fn told(args: &Args, sent: &Sent, summary: &Summary, report: &Report, seconds: f64) -> String {
    let source = if args.is_simulated() {
        "simulated"
    } else {
        "recorded"
    };
    let (messages, flushes) = (grouped(sent.messages), grouped(summary.commits));
    let lake = args.dir.display();
    let mut text = format!(
        "{messages} {source} messages through Kafka (embedded) into {lake} in {seconds:.1} s, {flushes} flushes\n\n"
    );
    text += &in_words(report);
    text += "\nLook at it with DuckDB. Its files, which may be more than is committed while a worker runs:\n\n";
    for (_, query) in QUERIES
        .iter()
        .filter(|(table, _)| summary.rows.get(table).is_some_and(|rows| *rows > 0))
    {
        text += &format!("  {};\n", query.replace("LAKE", &lake.to_string()));
    }
    if let Some(metadata) = newest_metadata(&args.dir, "routes") {
        text += "\nThe Iceberg table, which is exactly what is committed:\n\n  INSTALL iceberg; LOAD iceberg;\n";
        let metadata = metadata.display();
        text += &format!("  SELECT count(*) FROM iceberg_scan('{metadata}');\n");
        text += &format!("  DESCRIBE SELECT * FROM iceberg_scan('{metadata}');\n");
    }
    text + &format!(
        "\nEvery message is accounted for: messages = parsed + rejected + skipped, in the table ingest_log. \
         Audit again with `corewatch verify --lake {lake}`; `corewatch schema` explains the columns.\n"
    )
}

/// The file that `iceberg_scan` takes; catalogs would find it by themselves.
fn newest_metadata(folder: &Path, table: &str) -> Option<PathBuf> {
    let folder = folder
        .join("warehouse/corewatch")
        .join(table)
        .join("metadata");
    let files = folder
        .read_dir()
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()));
    files
        .filter(|path| path.to_string_lossy().contains(".metadata.json"))
        .max()
}
