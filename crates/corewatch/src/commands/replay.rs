//! `corewatch replay`: files to Kafka, one message per unit, in the order and at the pace they were recorded.

mod recorded;

use super::{CLUSTER_TIMEOUT, client_setting, format_parser};
use crate::cli::End;
use crate::input::{self, Unit, Units};
use crate::output;
use anyhow::{Context, Result, anyhow};
use feeds::{Format, GAP_OCTETS_MAX};
use indicatif::ProgressBar;
use kafka::{Admin, Cluster, ConsumerSettings, Error, ProducerSettings, Record, Replayer, Sent};
use recorded::{key_of, recorded_at};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Slower than this a day takes years.
const SPEED_MIN: f64 = 0.001;
/// A longer silence between two records is a gap, or a clock that is wrong: nobody waits for it.
const SILENCE_MAX: Duration = Duration::from_secs(3600);

/// Send files to a Kafka topic, one message per record
///
/// A message is one MRT record, BMP message, OpenBMP message, line of JSON, frame of dnstap, PowerDNS message or part of a
/// packet capture. Messages are stamped with the time they are
/// sent, not the time they were recorded: brokers delete by that stamp, and what is old would be gone at once. Messages
/// about one BGP peer have its address as their key and stay in order, those of an OpenBMP collector the hash of their
/// router. What the DNS formats carry is spread by the port of who asks, the number of the probe, or the time of the first
/// packet. All others, table dumps above all, have the file's name.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Kafka brokers, `host:port`, separated by commas
    #[arg(long, value_name = "B")]
    brokers: String,
    /// The topic; made if it is not there
    #[arg(long, value_name = "T")]
    topic: String,
    /// How the files are encoded
    #[arg(long, value_name = "F", value_parser = format_parser())]
    format: Format,
    /// How fast: `1` as it was recorded, `60` a minute in a second, `max` as fast as the brokers take it
    #[arg(long, value_name = "N|max", default_value = "max")]
    speed: Speed,
    /// Partitions of a topic that is made; with 1, offsets are the numbers that `convert` gives
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(i32).range(1..=10_000))]
    partitions: i32,
    /// A setting of the Kafka client, librdkafka, by its own name; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = client_setting)]
    librdkafka: Vec<(String, String)>,
    /// End with a line of JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Files, plain or packed with gzip, bzip2, xz or zstd; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// What was sent.
#[derive(Debug, Serialize)]
struct Summary {
    messages: u64,
    octets: u64,
    seconds: f64,
}

/// Runs the command.
///
/// # Errors
/// If the brokers cannot be reached or refuse a message. A file that cannot be read is told of, and the others are sent.
pub fn run(args: &Args) -> Result<End> {
    let began = Instant::now();
    let client: BTreeMap<_, _> = args.librdkafka.iter().cloned().collect();
    require_topic(args, &client)?;
    let producer = ProducerSettings {
        brokers: args.brokers.clone(),
        client,
    };
    let mut replayer = Replayer::new(&producer, None)?;
    let bar = input::progress_bar(&args.files);
    let mut end = End::Done;
    for path in &args.files {
        let source = Source {
            path,
            title: input::title(path, &args.files),
            format: args.format,
        };
        let mut pace = args.speed.pace();
        let sent = send_file(&source, &bar, |key, unit| {
            if let Some(at_us) = recorded_at(args.format, unit.octets) {
                pace.wait_for(at_us);
            }
            send(&mut replayer, &args.topic, key, unit)
        })?;
        if let Err(fault) = sent {
            bar.suspend(|| output::complain(&format!("{}: {fault:#}", path.display())));
            end = End::Failed;
        }
    }
    bar.finish_and_clear();
    let sent = replayer.finish()?;
    report(args, sent, began.elapsed().as_secs_f64())?;
    Ok(end)
}

fn send(replayer: &mut Replayer, topic: &str, key: &[u8], unit: Unit<'_>) -> Result<()> {
    let record = Record {
        topic,
        partition: None,
        key: Some(key),
        payload: Some(unit.octets),
        stamped_at_us: None,
    };
    replayer
        .send(&record)
        .with_context(|| format!("unit {}, of {} octets", unit.number, unit.octets.len()))
}

fn report(args: &Args, sent: Sent, seconds: f64) -> Result<()> {
    let Sent { messages, octets } = sent;
    if args.json {
        return output::print_json(&Summary {
            messages,
            octets,
            seconds,
        });
    }
    output::print(&output::columns(&[
        ["messages".to_owned(), output::grouped(messages)],
        ["octets".to_owned(), output::grouped(octets)],
        ["seconds".to_owned(), format!("{seconds:.2}")],
    ]))
}

/// Makes the topic if it is not there. Says so if no broker answers, before anything is read.
fn require_topic(args: &Args, client: &BTreeMap<String, String>) -> Result<()> {
    let settings = ConsumerSettings {
        client: client.clone(),
        ..ConsumerSettings::new(args.brokers.as_str())
    };
    match Cluster::new(&settings, CLUSTER_TIMEOUT)?.topic(&args.topic) {
        Err(Error::UnknownTopic { .. }) => {
            let admin = Admin::new(&settings, CLUSTER_TIMEOUT)?;
            admin
                .create_topic(&args.topic, args.partitions, &[])
                .with_context(|| format!("cannot make the topic {}", args.topic))?;
            Ok(())
        }
        asked => asked.map(|_| ()).map_err(anyhow::Error::from),
    }
}

/// A file whose units are to be sent.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    /// What it is called, in keys and in messages.
    pub(super) title: String,
    pub(super) format: Format,
}

/// Calls `send` with the key and octets of every unit of a file. The outer error is that of `send`; the inner one says
/// why the file could not be read, or not to its end.
pub(super) fn send_file(
    source: &Source<'_>,
    bar: &ProgressBar,
    mut send: impl FnMut(&[u8], Unit<'_>) -> Result<()>,
) -> Result<Result<()>> {
    let mut units = match Units::open(source.path, source.format, GAP_OCTETS_MAX, bar) {
        Ok(units) => units,
        Err(fault) => return Ok(Err(fault)),
    };
    let mut is_empty = true;
    loop {
        let unit = match units.next() {
            Ok(Some(unit)) => unit,
            Ok(None) if is_empty => return Ok(Err(anyhow!("it is empty"))),
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error).context("what was read is sent, but not the rest")),
        };
        let key = key_of(source.format, unit.octets);
        let key = key.as_deref().unwrap_or(&source.title);
        send(key.as_bytes(), unit).with_context(|| source.title.clone())?;
        is_empty = false;
    }
}

/// How many times faster than recorded; none: as fast as it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Speed(Option<f64>);

impl Speed {
    fn pace(self) -> Pace {
        Pace {
            speed: self,
            began: None,
        }
    }
}

impl FromStr for Speed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<f64>() {
            _ if text == "max" => Ok(Self(None)),
            Ok(times) if times >= SPEED_MIN && times.is_finite() => Ok(Self(Some(times))),
            _ => Err("a number, 0.001 or more, or `max`"),
        }
    }
}

/// Keeps the pace of one file.
struct Pace {
    speed: Speed,
    /// When the first record was sent, and its time.
    began: Option<(Instant, i64)>,
}

impl Pace {
    /// Waits until the record of that time is due.
    fn wait_for(&mut self, at_us: i64) {
        let wait = self.wait(at_us, Instant::now());
        if !wait.is_zero() {
            std::thread::sleep(wait);
        }
    }

    fn wait(&mut self, at_us: i64, now: Instant) -> Duration {
        let Some(times) = self.speed.0 else {
            return Duration::ZERO;
        };
        let (began, first_us) = *self.began.get_or_insert((now, at_us));
        let recorded_us = u64::try_from(at_us.saturating_sub(first_us)).unwrap_or(0);
        let due = Duration::from_micros(recorded_us).div_f64(times);
        let wait = due.saturating_sub(now.duration_since(began));
        if wait > SILENCE_MAX.div_f64(times) {
            self.began = Some((now, at_us));
            return Duration::ZERO;
        }
        wait
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// Waits of records at these seconds, if sending takes no time.
    fn check(speed: &str, seconds: &[i64], expected_ms: &[u64]) {
        let mut pace = speed.parse::<Speed>().unwrap().pace();
        let now = Instant::now();
        let waits = seconds
            .iter()
            .map(|second| pace.wait(second * 1_000_000, now));
        let expected = expected_ms.iter().map(|ms| Duration::from_millis(*ms));
        assert_eq!(waits.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }

    #[test]
    fn records_are_due_by_their_times() {
        check("1", &[100, 101, 103], &[0, 1000, 3000]);
        check("4", &[100, 101, 103], &[0, 250, 750]);
        check("max", &[100, 101, 103], &[0, 0, 0]);
    }

    #[test]
    fn an_earlier_record_is_due_at_once() {
        check("1", &[100, 90, 101], &[0, 0, 1000]);
    }

    #[test]
    fn an_absurd_time_is_not_waited_for() {
        check("1", &[100, 4_000_000_000, 4_000_000_001], &[0, 0, 1000]);
    }

    #[test]
    fn speeds_are_sensible_numbers_or_max() {
        for text in ["0", "1e-300", "-1", "inf", "NaN", "fast", ""] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }
}
