//! `corewatch convert`: files to plain Parquet, without Kafka.

use crate::cli;
use crate::clock::now_us;
use crate::input::Units;
use crate::output::{self, thousands};
use crate::pipeline::{MessageSink, Tally};
use anyhow::{Context, Result, bail};
use clap::Args;
use feeds::{Decoder, DecoderSettings, Format, Outcome};
use indicatif::{ProgressBar, ProgressStyle};
use lake::WorkerFiles;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use tables::{Provenance, Table};

#[derive(Args)]
pub struct Arguments {
    /// How the files are encoded.
    #[arg(long, value_parser = cli::format)]
    format: Format,
    /// Where to write: DIR/TABLE/*.parquet. Without it files are decoded and counted, nothing is written.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Project to record in every row.
    #[arg(long, default_value = "")]
    project: String,
    /// Collector to record in every row.
    #[arg(long, default_value = "")]
    collector: String,
    /// Print the counts as JSON.
    #[arg(long)]
    json: bool,
    /// The files, plain or compressed with gzip, bzip2, xz or zstd; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// What was converted.
#[derive(Debug, Default, Serialize)]
pub struct Converted {
    octets: u64,
    /// Units: records, for MRT.
    pub messages: u64,
    parsed: u64,
    rejected: u64,
    skipped: u64,
    skipped_by_reason: BTreeMap<&'static str, u64>,
    rows: BTreeMap<&'static str, u64>,
    rejects: u64,
    rejects_by_reason: BTreeMap<&'static str, u64>,
    output_octets: u64,
    cpu_seconds: f64,
    wall_seconds: f64,
}

/// Converts all files. Exit code 1 if one of them cannot be read, or holds nothing of its format; the others are converted.
///
/// # Errors
/// If nothing can be written.
pub fn execute(arguments: &Arguments) -> Result<ExitCode> {
    let (began, cpu_before) = (Instant::now(), cpu_seconds());
    let mut converted = Converted::default();
    let mut code = 0;
    for (number, path) in arguments.files.iter().enumerate() {
        if let Err(error) = convert_file(arguments, path, number, &mut converted) {
            if is_our_side(&error) {
                return Err(error);
            }
            output::error(&format!("{error:#}"));
            code = 1;
        }
    }
    converted.cpu_seconds = cpu_seconds() - cpu_before;
    converted.wall_seconds = began.elapsed().as_secs_f64();
    if arguments.json {
        output::json(&converted)?;
    } else {
        output::line(&converted.in_words())?;
    }
    Ok(ExitCode::from(code))
}

/// The output, not the input, is in trouble.
fn is_our_side(error: &anyhow::Error) -> bool {
    error.downcast_ref::<lake::WriteError>().is_some()
}

fn convert_file(
    arguments: &Arguments,
    path: &Path,
    number: usize,
    converted: &mut Converted,
) -> Result<()> {
    let mut units = Units::open(path, arguments.format)?;
    let mut files = match &arguments.out {
        Some(folder) => Some(WorkerFiles::plain(folder, &stem(path, number))?),
        None => None,
    };
    let name = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy();
    let mut decoder = Decoder::new(DecoderSettings {
        format: arguments.format,
        is_archive: true,
    });
    let mut sink = MessageSink::default();
    let mut file = Converted::default();
    let progress = progress_bar(&name);
    let failure = loop {
        let unit = match units.next() {
            Ok(Some(unit)) => unit,
            Ok(None) => break None,
            Err(error) => break Some(error),
        };
        let provenance = Provenance {
            kafka_topic: &name,
            kafka_partition: 0,
            kafka_offset: i64::try_from(file.messages).unwrap_or(i64::MAX),
            brokered_at: None,
            ingested_at: now_us(),
            project: &arguments.project,
            collector: &arguments.collector,
            router: None,
            format: arguments.format.name(),
        };
        let outcome = decoder.decode(unit, &provenance, &mut sink);
        file.count(outcome);
        progress.inc(unit.len() as u64);
        for (table, batch) in sink.builders().full() {
            if let Some(files) = &mut files {
                files.write(table, &batch)?;
            }
        }
    };
    for (table, batch) in sink.builders().finish() {
        if let Some(files) = &mut files {
            files.write(table, &batch)?;
        }
    }
    if let Some(files) = &mut files {
        file.output_octets = files.close()?.iter().map(|file| file.octets).sum();
    }
    progress.finish_and_clear();
    file.octets = units.octets();
    file.take_tally(&sink.take_tally());
    let has_something = file.parsed + file.skipped > 0;
    converted.add(&file);
    match failure {
        Some(error) => {
            Err(error).with_context(|| format!("cannot read {} to its end", path.display()))
        }
        None if !has_something => bail!(
            "{} holds nothing of the format {}",
            path.display(),
            arguments.format.name()
        ),
        None => Ok(()),
    }
}

/// What the files of one input are called; the number keeps inputs of one name apart.
fn stem(path: &Path, number: usize) -> String {
    let name = path
        .file_name()
        .map_or_else(|| "stdin".into(), |name| name.to_string_lossy());
    let safe = |letter: char| {
        if letter.is_ascii_alphanumeric() || "._-".contains(letter) {
            letter
        } else {
            '_'
        }
    };
    format!("{number:04}-{}", name.chars().map(safe).collect::<String>())
}

/// A bar on a terminal only.
pub fn progress_bar(name: &str) -> ProgressBar {
    if !output::is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(name.to_owned());
    bar.set_style(
        ProgressStyle::with_template("{spinner} {msg} {bytes} {bytes_per_sec}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner()),
    );
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// User and system time of this process, from the kernel, whose clock here ticks a hundred times a second.
fn cpu_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    ticks as f64 / TICKS_PER_SECOND
}

impl Converted {
    fn count(&mut self, outcome: Outcome) {
        self.messages += 1;
        match outcome {
            Outcome::Parsed => self.parsed += 1,
            Outcome::Rejected => self.rejected += 1,
            Outcome::Skipped(reason) => {
                self.skipped += 1;
                *self.skipped_by_reason.entry(reason).or_default() += 1;
            }
        }
    }

    fn take_tally(&mut self, tally: &Tally) {
        self.rows = tally
            .rows()
            .map(|(table, rows)| (table.name(), rows))
            .collect();
        self.rejects = self.rows.get(Table::Rejects.name()).copied().unwrap_or(0);
        self.rejects_by_reason = tally.rejects().clone();
    }

    fn add(&mut self, file: &Self) {
        self.octets += file.octets;
        self.messages += file.messages;
        self.parsed += file.parsed;
        self.rejected += file.rejected;
        self.skipped += file.skipped;
        self.rejects += file.rejects;
        self.output_octets += file.output_octets;
        for (to, from) in [
            (&mut self.skipped_by_reason, &file.skipped_by_reason),
            (&mut self.rows, &file.rows),
            (&mut self.rejects_by_reason, &file.rejects_by_reason),
        ] {
            for (key, count) in from {
                *to.entry(key).or_default() += count;
            }
        }
    }

    fn in_words(&self) -> String {
        let counts = |counts: &BTreeMap<&'static str, u64>| {
            let counts: Vec<String> = counts
                .iter()
                .filter(|(_, count)| **count > 0)
                .map(|(key, count)| format!("{key} {}", thousands(*count)))
                .collect();
            if counts.is_empty() {
                "none".to_owned()
            } else {
                counts.join(", ")
            }
        };
        format!(
            "messages  {} ({} octets): parsed {}, rejected {}, skipped {}\nrows      {}\nskipped   {}\nrejects   {}\noutput    {} octets, {:.2} s of CPU, {:.2} s",
            thousands(self.messages),
            thousands(self.octets),
            thousands(self.parsed),
            thousands(self.rejected),
            thousands(self.skipped),
            counts(&self.rows),
            counts(&self.skipped_by_reason),
            counts(&self.rejects_by_reason),
            thousands(self.output_octets),
            self.cpu_seconds,
            self.wall_seconds
        )
    }
}
