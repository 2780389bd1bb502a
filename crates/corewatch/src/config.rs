//! The configuration, in two steps: as typed in the file, then resolved and checked, which is all the program sees.

mod dns;

use anyhow::{Context, Result};
use bytesize::ByteSize;
use dns::{Dns, TypedDns};
use feeds::{DecoderSettings, Format};
use regex::Regex;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the program runs with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the messages are.
    pub kafka: Kafka,
    /// Which topics to read, and how. The first that matches a topic has it.
    pub feeds: Vec<Feed>,
    /// Where the rows go.
    pub lake: Lake,
    /// Where metrics and health are served.
    pub http_listen: SocketAddr,
    /// SHA-256 of the file, for the ledger.
    pub sha256: String,
}

/// The brokers, and how to read from them.
#[derive(Clone, Debug)]
pub struct Kafka {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// The consumer group; empty: all partitions, without a group.
    pub group_id: String,
    /// Name of a static member; empty: a dynamic one.
    pub group_instance_id: String,
    /// Worker threads.
    pub workers: usize,
    /// Any setting of librdkafka by its own name.
    pub librdkafka: BTreeMap<String, String>,
}

/// A set of topics, and how their messages are encoded.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Its name in metrics and messages.
    pub name: String,
    /// Which topics; named captures `project` and `collector` tell who observed.
    pub topics: Regex,
    /// How messages are encoded.
    pub format: Format,
    /// The project, where neither the topic nor the message names it.
    pub project: String,
    /// The collector, where neither the topic nor the message names it.
    pub collector: String,
    /// Where to begin at the first contact with the feed.
    pub start: Start,
    /// What to do where messages are gone before we read them.
    pub on_gap: OnGap,
    /// Whether observation times are believed, however old.
    pub is_archive: bool,
    /// Whether the collector's own ASN is stripped from the front of AS_PATH.
    pub strips_collector_asn: bool,
    /// A router's own time counts if it is so near to that of its envelope.
    pub peer_time_tolerance: Duration,
    /// How messages of the DNS are read.
    pub dns: Dns,
}

impl Feed {
    /// How its messages are to be decoded.
    pub fn decoder_settings(&self) -> DecoderSettings {
        let tolerance_us = self.peer_time_tolerance.as_micros();
        DecoderSettings {
            is_archive: self.is_archive,
            project: self.project.clone(),
            collector: self.collector.clone(),
            peer_time_tolerance_us: i64::try_from(tolerance_us).unwrap_or(i64::MAX),
            strips_collector_asn: self.strips_collector_asn,
            ..self.dns.decoder_settings(self.format)
        }
    }
}

/// Where to begin at the first contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the first message that Kafka still has.
    Earliest,
    /// At the next message that arrives.
    Latest,
    /// At the first message brokered at that time or later, UTC microseconds since 1970.
    At(i64),
}

/// What to do where messages are gone before we read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnGap {
    /// End with an error.
    Stop,
    /// Record the gap in the ledger, as holes, and go on.
    Record,
}

/// The lake, and when to publish to it.
#[derive(Clone, Debug)]
pub struct Lake {
    /// The SQLite file of the catalog.
    pub catalog: PathBuf,
    /// Folder of the tables.
    pub warehouse: PathBuf,
    /// Folder of files that are not finished.
    pub spool: PathBuf,
    /// Namespace of the tables.
    pub namespace: String,
    /// At the latest so long after the flush before.
    pub flush_age: Duration,
    /// As soon as one worker holds so many octets.
    pub flush_octets: u64,
}

/// All that is wrong with a configuration.
#[derive(Debug)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Problems {}

impl Config {
    /// Reads and checks a file. Relative paths in it are relative to the current folder.
    ///
    /// # Errors
    /// [`Problems`], all of them at once; or why the file cannot be read.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text, &path.display().to_string()).map_err(Into::into)
    }

    /// Checks the text of a file called `name`.
    ///
    /// # Errors
    /// [`Problems`], all of them at once.
    pub fn parse(text: &str, name: &str) -> Result<Self, Problems> {
        let mut faults = Faults::of(text, name);
        let config = match toml::from_str::<Typed>(text) {
            Ok(typed) => typed.resolve(text, &mut faults),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                faults.push_at(at, error.message().to_owned());
                None
            }
        };
        match config {
            Some(config) if faults.found.is_empty() => Ok(config),
            _ => Err(Problems(faults.found)),
        }
    }

    /// The feed that a topic belongs to.
    pub fn feed_of(&self, topic: &str) -> Option<usize> {
        self.feeds
            .iter()
            .position(|feed| feed.topics.is_match(topic))
    }
}

/// What is wrong with a file, as it is found.
struct Faults<'a> {
    text: &'a str,
    name: &'a str,
    found: Vec<String>,
}

impl<'a> Faults<'a> {
    fn of(text: &'a str, name: &'a str) -> Self {
        Self {
            text,
            name,
            found: Vec::new(),
        }
    }

    fn push(&mut self, problem: String) {
        self.found.push(format!("{}: {problem}", self.name));
    }

    /// `file:line:column: problem`, as editors understand it.
    fn push_at(&mut self, at: usize, problem: String) {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |last| last.chars().count())
            + 1;
        self.found
            .push(format!("{}:{line}:{column}: {problem}", self.name));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    kafka: TypedKafka,
    #[serde(default, rename = "feed")]
    feeds: Vec<TypedFeed>,
    lake: TypedLake,
    #[serde(default)]
    http: TypedHttp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedKafka {
    brokers: Vec<String>,
    #[serde(default)]
    group_id: String,
    #[serde(default)]
    group_instance_id: String,
    #[serde(default)]
    workers: usize,
    #[serde(default)]
    librdkafka: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedFeed {
    name: String,
    topics: String,
    format: toml::Spanned<String>,
    #[serde(default)]
    project: String,
    #[serde(default)]
    collector: String,
    namespace: Option<String>,
    start: Option<String>,
    on_gap: Option<OnGap>,
    archive: Option<bool>,
    #[serde(default)]
    strip_collector_asn: bool,
    peer_time_tolerance: Option<String>,
    privacy: Option<String>,
    privacy_key_file: Option<PathBuf>,
    privacy_key_env: Option<String>,
    sample: Option<f64>,
    dns_records: Option<bool>,
    dns_message_raw: Option<bool>,
    registered_domains: Option<bool>,
    dns_ports: Option<Vec<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedLake {
    catalog: String,
    uri: PathBuf,
    warehouse: PathBuf,
    spool: Option<PathBuf>,
    flush_age: Option<String>,
    flush_octets: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypedHttp {
    listen: Option<String>,
}

const NAMESPACE: &str = "corewatch";
const HTTP_LISTEN: &str = "127.0.0.1:9464";
/// A guess: clocks of routers that are further off are mostly wrong by weeks.
const PEER_TIME_TOLERANCE: &str = "1h";
const FLUSH_AGE: &str = "2m";
const FLUSH_OCTETS: &str = "256MiB";
/// Below this, a flush would hardly hold anything.
const FLUSH_AGE_MIN: Duration = Duration::from_millis(100);

impl Typed {
    fn resolve(self, text: &str, problems: &mut Faults<'_>) -> Option<Config> {
        if self.feeds.is_empty() {
            problems.push("there is no [[feed]]: nothing would be read".to_owned());
        }
        if self.kafka.brokers.is_empty() {
            problems.push("kafka.brokers is empty: name at least one, as \"host:9092\"".to_owned());
        }
        let namespace = one_namespace(&self.feeds, problems);
        let feeds: Vec<Option<Feed>> = self
            .feeds
            .into_iter()
            .map(|feed| feed.resolve(problems))
            .collect();
        let lake = self.lake.resolve(namespace, problems);
        let listen = self.http.listen.as_deref().unwrap_or(HTTP_LISTEN);
        let http_listen = parsed(
            listen.parse(),
            "http.listen",
            listen,
            "127.0.0.1:9464",
            problems,
        );
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Some(Config {
            kafka: Kafka {
                brokers: self.kafka.brokers.join(","),
                group_id: self.kafka.group_id,
                group_instance_id: self.kafka.group_instance_id,
                workers: if self.kafka.workers == 0 {
                    cores
                } else {
                    self.kafka.workers
                },
                librdkafka: self.kafka.librdkafka,
            },
            feeds: feeds.into_iter().collect::<Option<_>>()?,
            lake: lake?,
            http_listen: http_listen?,
            sha256: hex(&Sha256::digest(text)),
        })
    }
}

impl TypedFeed {
    fn resolve(self, problems: &mut Faults<'_>) -> Option<Feed> {
        let key = |key: &str| format!("feed {:?}: {key}", self.name);
        let topics = Regex::new(&self.topics)
            .map_err(|error| problems.push(format!("{}: {error}", key("topics"))))
            .ok();
        let format = Format::by_name(self.format.get_ref());
        if format.is_none() {
            problems.push_at(
                self.format.span().start,
                unknown_format(self.format.get_ref()),
            );
        }
        let tolerance = self
            .peer_time_tolerance
            .as_deref()
            .unwrap_or(PEER_TIME_TOLERANCE);
        let peer_time_tolerance = parsed(
            humantime::parse_duration(tolerance),
            &key("peer_time_tolerance"),
            tolerance,
            "1h",
            problems,
        );
        let start = parse_start(
            self.start.as_deref().unwrap_or("latest"),
            &key("start"),
            problems,
        );
        let dns = TypedDns {
            privacy: self.privacy,
            privacy_key_file: self.privacy_key_file,
            privacy_key_env: self.privacy_key_env,
            sample: self.sample,
            dns_records: self.dns_records,
            dns_message_raw: self.dns_message_raw,
            registered_domains: self.registered_domains,
            dns_ports: self.dns_ports,
        };
        let dns = format.map(|format| dns.resolve(format, key, problems));
        Some(Feed {
            topics: topics?,
            format: format?,
            dns: dns??,
            project: self.project,
            collector: self.collector,
            start: start?,
            on_gap: self.on_gap.unwrap_or(OnGap::Stop),
            is_archive: self.archive.unwrap_or(format?.is_archive()),
            strips_collector_asn: self.strip_collector_asn,
            peer_time_tolerance: peer_time_tolerance?,
            name: self.name,
        })
    }
}

/// Names the format that was most likely meant, if one is near enough.
fn unknown_format(name: &str) -> String {
    let known = Format::ALL.map(Format::name);
    let nearest = known.into_iter().min_by_key(|known| edits(name, known));
    match nearest.filter(|nearest| edits(name, nearest) <= 2) {
        Some(nearest) => format!("unknown format {name:?}: did you mean {nearest:?}?"),
        None => format!("unknown format {name:?}; known are {}", known.join(", ")),
    }
}

/// How many letters have to be put in, taken out or changed to make one word of the other (Levenshtein).
fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (above, letter) in one.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], above + 1);
        for (at, wanted) in other.chars().enumerate() {
            let changed = corner + usize::from(letter != wanted);
            corner = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(corner + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

impl TypedLake {
    fn resolve(self, namespace: String, problems: &mut Faults<'_>) -> Option<Lake> {
        if self.catalog != "sqlite" {
            problems.push(format!(
                "lake.catalog: {:?} is not known; this version has \"sqlite\"",
                self.catalog
            ));
        }
        let age = self.flush_age.as_deref().unwrap_or(FLUSH_AGE);
        let flush_age = parsed(
            humantime::parse_duration(age),
            "lake.flush_age",
            age,
            "2m",
            problems,
        );
        if flush_age.is_some_and(|age| age < FLUSH_AGE_MIN) {
            problems.push("lake.flush_age is below 100ms".to_owned());
        }
        let octets = self.flush_octets.as_deref().unwrap_or(FLUSH_OCTETS);
        let flush_octets = parsed(
            octets.parse::<ByteSize>(),
            "lake.flush_octets",
            octets,
            "256MiB",
            problems,
        );
        Some(Lake {
            spool: self
                .spool
                .unwrap_or_else(|| self.warehouse.with_file_name("spool")),
            catalog: self.uri,
            warehouse: self.warehouse,
            namespace,
            flush_age: flush_age?,
            flush_octets: flush_octets?.as_u64(),
        })
    }
}

/// One process publishes to one namespace.
fn one_namespace(feeds: &[TypedFeed], problems: &mut Faults<'_>) -> String {
    let of = |feed: &TypedFeed| {
        feed.namespace
            .clone()
            .unwrap_or_else(|| NAMESPACE.to_owned())
    };
    let first = feeds.first().map_or_else(|| NAMESPACE.to_owned(), of);
    if let Some(other) = feeds.iter().map(of).find(|other| *other != first) {
        problems.push(format!(
            "feeds name the namespaces {first:?} and {other:?}: one process publishes to one namespace, run another for the other"
        ));
    }
    first
}

fn parse_start(text: &str, key: &str, problems: &mut Faults<'_>) -> Option<Start> {
    match text {
        "earliest" => Some(Start::Earliest),
        "latest" => Some(Start::Latest),
        time => parsed(
            time.parse::<jiff::Timestamp>(),
            key,
            time,
            "latest, earliest or 2026-01-31T00:00:00Z",
            problems,
        )
        .map(|time| Start::At(time.as_microsecond())),
    }
}

fn parsed<T, E: fmt::Display>(
    result: Result<T, E>,
    key: &str,
    value: &str,
    example: &str,
    problems: &mut Faults<'_>,
) -> Option<T> {
    result
        .map_err(|error| {
            problems.push(format!(
                "{key}: {value:?} is not understood ({error}); write it as {example}"
            ))
        })
        .ok()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const GOOD: &str = r#"
[kafka]
brokers = ["127.0.0.1:9092"]
[[feed]]
name = "mrt"
topics = '^mrt\.(?<collector>.+)$'
format = "mrt"
[lake]
catalog = "sqlite"
uri = "lake/catalog.db"
warehouse = "lake/warehouse"
"#;

    fn check(from: &str, to: &str, expected: &str) {
        let error = Config::parse(&GOOD.replace(from, to), "c.toml")
            .expect_err("a problem")
            .to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_small_file_is_enough() {
        let config = Config::parse(GOOD, "c.toml").unwrap();
        assert_eq!(config.lake.namespace, "corewatch");
        assert_eq!(config.lake.flush_age, Duration::from_secs(120));
        assert_eq!(config.lake.spool, Path::new("lake/spool"));
        assert_eq!(config.feeds[0].start, Start::Latest);
        assert!(config.feeds[0].is_archive);
        assert_eq!(
            config.feeds[0].peer_time_tolerance,
            Duration::from_secs(3600)
        );
        assert_eq!(config.feed_of("mrt.rrc00"), Some(0));
        assert_eq!(config.feed_of("bmp"), None);
    }

    #[test]
    fn the_decoder_is_set_as_the_feed_is() {
        let keys =
            "strip_collector_asn = true\npeer_time_tolerance = \"5m\"\ncollector = \"c\"\n[lake]";
        let config = Config::parse(&GOOD.replace("[lake]", keys), "c.toml").unwrap();
        let settings = config.feeds[0].decoder_settings();
        assert!(settings.strips_collector_asn && settings.is_archive);
        assert_eq!(settings.peer_time_tolerance_us, 300_000_000);
        assert_eq!((&*settings.project, &*settings.collector), ("", "c"));
    }

    #[test]
    fn problems_say_where_and_what() {
        check("brokers", "borkers", "c.toml:3:1: unknown field `borkers`");
        check("[\"127.0.0.1:9092\"]", "[]", "kafka.brokers is empty");
        check(
            "\"mrt\"\n[lake]",
            "\"mrx\"\n[lake]",
            "c.toml:7:10: unknown format \"mrx\": did you mean \"mrt\"?",
        );
        check(
            "\"mrt\"\n[lake]",
            "\"openbpm\"\n[lake]",
            "did you mean \"openbmp\"?",
        );
        check(
            "\"mrt\"\n[lake]",
            "\"protobuf\"\n[lake]",
            "unknown format \"protobuf\"; known are mrt, openbmp",
        );
        check(
            "[lake]",
            "peer_time_tolerance = \"near\"\n[lake]",
            "peer_time_tolerance: \"near\" is not understood",
        );
        check("'^mrt", "'^(mrt", "unclosed group");
        check("sqlite", "rest", "this version has \"sqlite\"");
        check("[lake]", "[lake]\nflush_age = \"soon\"", "flush_age");
        check("[lake]", "start = \"yesterday\"\n[lake]", "start");
        check("[lake]", "[http]\nlisten = \"9464\"\n[lake]", "http.listen");
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let text = GOOD.replace("sqlite", "rest").replace("'^mrt", "'^(mrt");
        assert_eq!(Config::parse(&text, "c.toml").unwrap_err().0.len(), 2);
    }
}
