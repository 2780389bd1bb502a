//! `corewatch demo`: everything on this machine: an embedded broker, simulated or given feeds, the pipeline into a lake,
//! and the audit.

use crate::cli::End;
use crate::commands::replay::{Source, send_file};
use crate::commands::verify::{audit, in_words};
use crate::config::Config;
use crate::input;
use crate::output::{self, grouped};
use crate::run::{self, Options, Progress, Summary, lake_settings};
use anyhow::{Context, Result, anyhow, bail};
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
use std::time::{Duration, Instant};

/// A folder with this file in it was made by a demo, and may be replaced by one.
const MARKER: &str = ".corewatch-demo";
const PARTITIONS: i32 = 4;
const TOPIC: &str = "mrt.demo";
/// The table dump has a partition of its own, so that it stays in order.
const DUMP_TOPIC: &str = "mrt.demo-dump";
/// Messages per second of the simulated feed: what `--seconds` counts.
const MESSAGES_PER_SECOND: u64 = 4_000;
/// The pipeline has so long for what is left once everything is sent.
const DRAIN_MAX: Duration = Duration::from_secs(600);

/// What to ask first, by the table that must not be empty: DuckDB refuses a pattern that matches no file.
const QUERIES: [(&str, &str); 4] = [
    (
        "routes",
        "SELECT kind, count(*) FROM 'LAKE/warehouse/corewatch/routes/data/*/*.parquet' GROUP BY kind",
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
    /// Chooses what is simulated; the same seed gives the same messages.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// MRT files to read instead.
    #[arg(long, value_name = "FILE")]
    mrt: Vec<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
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
/// If the folder is not ours to replace, or the pipeline fails.
pub fn run(args: &Args) -> Result<End> {
    let began = Instant::now();
    prepare_folder(&args.dir)?;
    let broker = EmbeddedBroker::start()?;
    broker.create_topic(TOPIC, PARTITIONS)?;
    broker.create_topic(DUMP_TOPIC, 1)?;
    let config = config(&args.dir, &broker.bootstrap())?;

    let progress = Arc::new(Progress::default());
    let stop = Arc::new(AtomicBool::new(false));
    let options = Options {
        stop: Arc::clone(&stop),
        progress: Arc::clone(&progress),
        ..Options::default()
    };
    let worker = std::thread::spawn({
        let config = config.clone();
        move || run::run(config, options)
    });
    let sent = send_all(args, &broker, &progress).and_then(|sent| {
        wait_until_committed(&sent, &progress, &worker)?;
        Ok(sent)
    });
    stop.store(true, Ordering::Relaxed);
    let summary = worker
        .join()
        .map_err(|_| anyhow!("the pipeline has died"))??;
    let sent = sent?;

    let report = audit(lake_settings(&config, None))?;
    let differences = differences(&sent, &report);
    let seconds = began.elapsed().as_secs_f64();
    if args.json {
        let shown = Shown {
            messages: summary.messages,
            rows: &summary.rows,
            rejects: summary.rejects,
            verify: &report,
            seconds,
        };
        output::print_json(&shown)?;
    } else {
        output::print(&told(args, &sent, &summary, &report, seconds))?;
    }
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

fn config(folder: &Path, brokers: &str) -> Result<Config> {
    let folder = std::path::absolute(folder)?;
    let path = |name: &str| toml::Value::String(folder.join(name).display().to_string());
    let text = format!(
        r#"
[kafka]
brokers = ["{brokers}"]
[[feed]]
name = "demo"
topics = '^mrt\.(?<collector>.+)$'
format = "mrt"
project = "demo"
start = "earliest"
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

/// What was sent, and what must come of it where that is known.
#[derive(Default)]
struct Sent {
    ends: BTreeMap<TopicPartition, i64>,
    messages: u64,
    expected: Option<sim::Expected>,
}

impl Sent {
    fn count(&mut self, topic: &str, partition: i32) {
        *self
            .ends
            .entry(TopicPartition::new(topic, partition))
            .or_default() += 1;
        self.messages += 1;
    }
}

fn send_all(args: &Args, broker: &EmbeddedBroker, progress: &Arc<Progress>) -> Result<Sent> {
    let seen = Arc::clone(progress);
    // The embedded broker drops what it cannot hold, and a rollback would ask for it again: only what is in the lake counts.
    let ahead = Ahead::of_embedded(move |topic, partition| {
        seen.position(&TopicPartition::new(topic, partition))
            .map_or(0, |at| at.committed)
    });
    let settings = ProducerSettings {
        brokers: broker.bootstrap(),
        ..ProducerSettings::default()
    };
    let mut replayer = Replayer::new(&settings, Some(ahead))?;
    let mut sent = Sent::default();
    if args.mrt.is_empty() {
        send_simulated(args, &mut replayer, &mut sent)?;
    } else {
        send_recorded(args, &mut replayer, &mut sent)?;
    }
    replayer.finish()?;
    Ok(sent)
}

fn send_recorded(args: &Args, replayer: &mut Replayer, sent: &mut Sent) -> Result<()> {
    let bar = input::progress_bar(&args.mrt);
    for path in &args.mrt {
        let source = Source {
            path,
            title: input::title(path, &args.mrt),
            format: Format::Mrt,
        };
        let read = send_file(&source, &bar, |key, unit| {
            send(replayer, sent, TOPIC, Some(key), unit.octets)
        })?;
        read.with_context(|| path.display().to_string())?;
    }
    bar.finish_and_clear();
    Ok(())
}

fn send_simulated(args: &Args, replayer: &mut Replayer, sent: &mut Sent) -> Result<()> {
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
        send(replayer, sent, DUMP_TOPIC, None, &record.octets)?;
        expected += record.expected;
    }
    for record in sim::Traffic::new(&settings).take(usize::try_from(messages)?) {
        let key = record.peer_ip.map(|ip| ip.to_string());
        send(
            replayer,
            sent,
            TOPIC,
            key.as_deref().map(str::as_bytes),
            &record.octets,
        )?;
        expected += record.expected;
        bar.inc(1);
    }
    bar.finish_and_clear();
    sent.expected = Some(expected);
    Ok(())
}

/// The partition is chosen here, so that the end of each is known.
fn send(
    replayer: &mut Replayer,
    sent: &mut Sent,
    topic: &str,
    key: Option<&[u8]>,
    payload: &[u8],
) -> Result<()> {
    let partition = key.map_or(0, |key| {
        let hash = key.iter().fold(0_u32, |hash, octet| {
            hash.wrapping_mul(31).wrapping_add(u32::from(*octet))
        });
        (hash % PARTITIONS.unsigned_abs()) as i32
    });
    replayer.send(&Record {
        topic,
        partition: Some(partition),
        key,
        payload: Some(payload),
        stamped_at_us: None,
    })?;
    sent.count(topic, partition);
    Ok(())
}

fn wait_until_committed(
    sent: &Sent,
    progress: &Progress,
    worker: &std::thread::JoinHandle<Result<Summary>>,
) -> Result<()> {
    let began = Instant::now();
    let is_there = |(partition, end): (&TopicPartition, &i64)| {
        progress
            .position(partition)
            .is_some_and(|at| at.committed >= *end)
    };
    while !sent.ends.iter().all(is_there) {
        if worker.is_finished() || began.elapsed() > DRAIN_MAX {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
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
    let source = if args.mrt.is_empty() {
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
