//! `corewatch replay`: files to Kafka, one message per unit.

use super::format_parser;
use crate::cli::End;
use crate::input::{self, Units};
use crate::output::{self, grouped};
use anyhow::{Context, Result, bail};
use feeds::Format;
use indicatif::ProgressBar;
use kafka::{Admin, ConsumerSettings, ProducerSettings, Record, Replayer};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wire::mrt::{RecordType, bgp4mp, split_record};

/// Creating the topic may take so long; brokers that are away are said then.
const BROKER_TIMEOUT: Duration = Duration::from_secs(10);

/// Send files to Kafka, one message per unit
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The brokers, as host:port, separated by commas.
    #[arg(long)]
    brokers: String,
    /// The topic; made if it is not there.
    #[arg(long)]
    topic: String,
    /// Partitions of a topic that is made.
    #[arg(long, default_value_t = 8)]
    partitions: i32,
    /// How the files are encoded.
    #[arg(long, value_parser = format_parser())]
    format: Format,
    /// How many times faster than recorded, or max. Messages are stamped with the present, whatever the speed: brokers
    /// delete by that time, and an old recording would be gone at once.
    #[arg(long, default_value = "max", value_parser = speed, value_name = "N|max")]
    speed: Speed,
    /// Print the counts as JSON.
    #[arg(long)]
    json: bool,
    /// The files, plain or compressed; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// None: as fast as it goes.
#[derive(Clone, Copy, Debug, Default)]
struct Speed(Option<f64>);

fn speed(text: &str) -> Result<Speed, String> {
    match text {
        "max" => Ok(Speed(None)),
        number => match number.parse::<f64>() {
            Ok(times) if times > 0.0 && times.is_finite() => Ok(Speed(Some(times))),
            _ => Err("a number above 0, or max".to_owned()),
        },
    }
}

#[derive(Serialize)]
struct Replayed {
    messages: u64,
    octets: u64,
    seconds: f64,
}

/// Sends all files. Exit code 1 if one cannot be read, or holds nothing.
///
/// # Errors
/// If the brokers cannot be reached, or do not take the messages.
pub fn run(args: &Args) -> Result<End> {
    let began = Instant::now();
    let settings = ConsumerSettings::new(&args.brokers);
    Admin::new(&settings, BROKER_TIMEOUT)?.create_topic(&args.topic, args.partitions, &[])?;
    let producer = ProducerSettings {
        brokers: args.brokers.clone(),
        ..ProducerSettings::default()
    };
    let mut replayer = Replayer::new(&producer, None)?;
    let mut pace = Pace {
        speed: args.speed,
        first: None,
    };
    let mut end = End::Done;
    let bar = input::progress_bar(&args.files);
    for path in &args.files {
        let sent = send_file(path, args.format, &bar, &mut pace, |key, unit| {
            send(&mut replayer, &args.topic, key, unit)
        });
        if let Err(error) = sent {
            if error.downcast_ref::<kafka::Error>().is_some() {
                return Err(error);
            }
            output::complain(&format!("{error:#}"));
            end = End::Failed;
        }
    }
    let sent = replayer.finish()?;
    let replayed = Replayed {
        messages: sent.messages,
        octets: sent.octets,
        seconds: began.elapsed().as_secs_f64(),
    };
    if args.json {
        output::print_json(&replayed)?;
    } else {
        output::print(&format!(
            "sent {} messages, {} octets, to {} in {:.1} s\n",
            grouped(replayed.messages),
            grouped(replayed.octets),
            args.topic,
            replayed.seconds
        ))?;
    }
    Ok(end)
}

fn send(replayer: &mut Replayer, topic: &str, key: &[u8], unit: &[u8]) -> Result<()> {
    replayer.send(&Record {
        topic,
        partition: None,
        key: Some(key),
        payload: Some(unit),
        stamped_at_us: None,
    })?;
    Ok(())
}

/// Calls `send` with key and octets of every unit of a file.
///
/// # Errors
/// If the file cannot be read to its end or is empty; and those of `send`.
pub fn send_units(
    path: &Path,
    format: Format,
    send: impl FnMut(&[u8], &[u8]) -> Result<()>,
) -> Result<u64> {
    send_file(
        path,
        format,
        &ProgressBar::hidden(),
        &mut Pace::default(),
        send,
    )
}

fn send_file(
    path: &Path,
    format: Format,
    bar: &ProgressBar,
    pace: &mut Pace,
    mut send: impl FnMut(&[u8], &[u8]) -> Result<()>,
) -> Result<u64> {
    let mut units = Units::open(path, format, bar).with_context(|| path.display().to_string())?;
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    let mut count = 0;
    while let Some(unit) = units
        .next()
        .with_context(|| format!("cannot read {} to its end", path.display()))?
    {
        let unit = unit.octets;
        pace.wait_for(unit);
        match peer_of(unit) {
            Some(peer) => send(peer.to_string().as_bytes(), unit)?,
            None => send(name.as_bytes(), unit)?,
        }
        count += 1;
    }
    if count == 0 {
        bail!("{} is empty", path.display());
    }
    Ok(count)
}

/// The peer of a BGP4MP record: what is about one peer stays in one partition, in order. All else is keyed by its file.
fn peer_of(unit: &[u8]) -> Option<std::net::IpAddr> {
    let (record, _) = split_record(unit).ok()?;
    if !matches!(
        record.record_type,
        RecordType::BGP4MP | RecordType::BGP4MP_ET
    ) {
        return None;
    }
    let width = bgp4mp::Subtype(record.subtype).asn_width();
    let (session, _) = bgp4mp::split_session(record.body().ok()?.1, width).ok()?;
    Some(session.peer_ip)
}

/// Holds messages back until their time, counted from the first.
#[derive(Default)]
struct Pace {
    speed: Speed,
    first: Option<(Instant, u32)>,
}

impl Pace {
    fn wait_for(&mut self, unit: &[u8]) {
        let (Some(times), Ok((record, _))) = (self.speed.0, split_record(unit)) else {
            return;
        };
        let (began, first_s) = *self.first.get_or_insert((Instant::now(), record.seconds));
        let recorded_s = f64::from(record.seconds.saturating_sub(first_s));
        let due = began + Duration::from_secs_f64(recorded_s / times);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}
