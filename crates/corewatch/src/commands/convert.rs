//! `corewatch convert`: files to plain Parquet, without Kafka.

use super::format_parser;
use crate::cli::End;
use crate::clock;
use crate::config::Problems;
use crate::input::{self, Unit, Units};
use crate::output;
use crate::pipeline::{MessageSink, Tally};
use crate::privacy::PrivacyArgs;
use anyhow::{Context, Result, bail};
use feeds::{Decoder, DecoderSettings, Format, Notices, Outcome, PART_OCTETS_MAX};
use indicatif::ProgressBar;
use lake::WorkerFiles;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tables::{Provenance, Table};

/// Convert files to Parquet, without Kafka
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How the files are encoded
    #[arg(long, value_name = "F", value_parser = format_parser())]
    format: Format,
    /// Write DIR/TABLE/*.parquet; converting a file again replaces what it gave before. Without it nothing is
    /// written: the rows are decoded and counted
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Column `project`, where the messages do not name it, for example `ris`
    #[arg(long, value_name = "P", default_value = "")]
    project: String,
    /// Column `collector`, where the messages do not name it, for example `rrc00`
    #[arg(long, value_name = "C", default_value = "")]
    collector: String,
    /// Strip the collector's own ASN from the front of AS_PATH, where RouteViews puts it
    #[arg(long)]
    strip_collector_asn: bool,
    #[command(flatten)]
    privacy: PrivacyArgs,
    /// Write resource records of DNS messages too, to the table `dns_records`
    #[arg(long)]
    dns_records: bool,
    /// Keep undamaged DNS messages too, in the column `message_raw`: as received, but for subnets of clients (--privacy)
    #[arg(long)]
    dns_message_raw: bool,
    /// Ports of DNS servers in packet captures
    #[arg(long, value_name = "P,…", value_delimiter = ',', default_value = "53", value_parser = clap::value_parser!(u16).range(1..))]
    dns_ports: Vec<u16>,
    /// End with a line of JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Files, plain or packed with gzip, bzip2, xz or zstd; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// If the output cannot be written. A file that cannot be read is told of, and the others are converted.
pub fn run(args: &Args) -> Result<End> {
    let began = Instant::now();
    let settings = args.decoder_settings()?;
    let bar = input::progress_bar(&args.files);
    let mut summary = Summary::default();
    let mut end = End::Done;
    for path in &args.files {
        if let Err(fault) = convert_file(args, &settings, path, &bar, &mut summary)? {
            bar.suspend(|| output::complain(&format!("{}: {fault:#}", path.display())));
            end = End::Failed;
        }
    }
    bar.finish_and_clear();
    summary.cpu_seconds = clock::cpu_seconds();
    summary.wall_seconds = began.elapsed().as_secs_f64();
    if args.json {
        output::print_json(&summary)?;
    } else {
        output::print(&summary.for_a_person())?;
    }
    Ok(end)
}

impl Args {
    /// How the files are to be decoded.
    ///
    /// # Errors
    /// [`Problems`] with the key.
    fn decoder_settings(&self) -> Result<DecoderSettings, Problems> {
        Ok(DecoderSettings {
            is_archive: true,
            project: self.project.clone(),
            collector: self.collector.clone(),
            strips_collector_asn: self.strip_collector_asn,
            privacy: self.privacy.resolve()?,
            gives_dns_records: self.dns_records,
            keeps_dns_messages: self.dns_message_raw,
            dns_ports: self.dns_ports.clone(),
            ..DecoderSettings::new(self.format)
        })
    }
}

/// What was read and written, by the names of the command line's contract.
#[derive(Debug, Default, Serialize)]
struct Summary {
    octets: u64,
    messages: u64,
    parsed: u64,
    rejected: u64,
    skipped: u64,
    skipped_by_reason: BTreeMap<&'static str, u64>,
    rows: BTreeMap<&'static str, u64>,
    rejects: u64,
    rejects_by_reason: BTreeMap<&'static str, u64>,
    noticed: BTreeMap<&'static str, u64>,
    output_octets: u64,
    cpu_seconds: f64,
    wall_seconds: f64,
}

/// Converts one file into the summary. The outer error ends the conversion, the inner one only this file.
fn convert_file(
    args: &Args,
    settings: &DecoderSettings,
    path: &Path,
    bar: &ProgressBar,
    summary: &mut Summary,
) -> Result<Result<()>> {
    let mut units = match Units::open(path, args.format, PART_OCTETS_MAX, bar) {
        Ok(units) => units,
        Err(fault) => return Ok(Err(fault)),
    };
    let title = input::title(path, &args.files);
    let mut conversion = Conversion::begin(args, settings, path)?;
    let fault = loop {
        match units.next() {
            Ok(Some(unit)) => conversion.take(args, &title, unit)?,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error).context("what was read is converted, but not the rest"),
        }
    };
    let counts = conversion.finish(summary)?;
    summary.octets += units.octets();
    Ok(fault.and_then(|()| counts.require_some_of(args.format)))
}

/// One file on its way.
struct Conversion {
    decoder: Decoder,
    sink: MessageSink,
    counts: Counts,
}

/// What became of the units of one file.
#[derive(Debug, Default)]
struct Counts {
    messages: u64,
    parsed: u64,
    rejected: u64,
    skipped: BTreeMap<&'static str, u64>,
}

impl Conversion {
    fn begin(args: &Args, settings: &DecoderSettings, path: &Path) -> Result<Self> {
        let files = args
            .out
            .as_ref()
            .map(|out| WorkerFiles::plain(out, &stem(path)));
        Ok(Self {
            decoder: Decoder::new(settings.clone()),
            sink: MessageSink::new(files.transpose()?),
            counts: Counts::default(),
        })
    }

    fn take(&mut self, args: &Args, title: &str, unit: Unit<'_>) -> Result<()> {
        let provenance = Provenance {
            kafka_topic: title,
            kafka_partition: 0,
            kafka_offset: unit.number,
            brokered_at: None,
            ingested_at: clock::now_us(),
            project: "",
            collector: "",
            router: None,
            format: args.format.name(),
        };
        let outcome = self
            .decoder
            .decode(unit.octets, &provenance, &mut self.sink);
        self.counts.add(outcome);
        self.sink.check()?;
        Ok(())
    }

    /// Closes the files and adds everything to the summary.
    fn finish(mut self, summary: &mut Summary) -> Result<Counts> {
        let closed = self.sink.close()?;
        summary.output_octets += closed.iter().map(|file| file.octets).sum::<u64>();
        summary.add(&self.counts, &self.sink.take_tally());
        summary.add_noticed(&self.decoder.take_notices());
        Ok(self.counts)
    }
}

impl Counts {
    fn add(&mut self, outcome: Outcome) {
        self.messages += 1;
        match outcome {
            Outcome::Parsed => self.parsed += 1,
            Outcome::Rejected => self.rejected += 1,
            Outcome::Skipped(reason) => *self.skipped.entry(reason).or_default() += 1,
        }
    }

    /// A file of rejects alone is most likely something else.
    fn require_some_of(&self, format: Format) -> Result<()> {
        let format = format.name();
        if self.messages == 0 {
            bail!("it is empty: nothing of format {format} is in it");
        }
        if self.messages == self.rejected {
            bail!("nothing of format {format} is in it, all is rejected: is it another format?");
        }
        Ok(())
    }
}

impl Summary {
    fn add(&mut self, counts: &Counts, tally: &Tally) {
        self.messages += counts.messages;
        self.parsed += counts.parsed;
        self.rejected += counts.rejected;
        for (reason, more) in &counts.skipped {
            self.skipped += more;
            *self.skipped_by_reason.entry(reason).or_default() += more;
        }
        for (table, more) in tally.rows() {
            *self.rows.entry(table.name()).or_default() += more;
        }
        for (reason, more) in tally.rejects() {
            self.rejects += more;
            *self.rejects_by_reason.entry(reason).or_default() += more;
        }
    }

    fn add_noticed(&mut self, notices: &Notices) {
        for (notice, more) in notices.iter() {
            *self.noticed.entry(notice.name()).or_default() += more;
        }
    }

    fn for_a_person(&self) -> String {
        let line = |name: &str, count: u64| [name.to_owned(), output::grouped(count)];
        let mut lines = vec![line("octets", self.octets), line("messages", self.messages)];
        lines.push(line("  parsed", self.parsed));
        lines.push(line("  rejected", self.rejected));
        lines.push(line("  skipped", self.skipped));
        let of_skipped = |(reason, count): (&&str, &u64)| line(&format!("    {reason}"), *count);
        lines.extend(self.skipped_by_reason.iter().map(of_skipped));
        for table in Table::DATA {
            let rows = self.rows.get(table.name()).copied().unwrap_or_default();
            lines.push(line(&format!("rows of {}", table.name()), rows));
        }
        let of_rejects = |(reason, count): (&&str, &u64)| line(&format!("  {reason}"), *count);
        lines.extend(self.rejects_by_reason.iter().map(of_rejects));
        let noticed = self.noticed.iter().filter(|(_, count)| **count > 0);
        lines.extend(noticed.map(|(kind, count)| line(&format!("noticed {kind}"), *count)));
        lines.push(line("octets written", self.output_octets));
        for (name, seconds) in [("CPU", self.cpu_seconds), ("wall", self.wall_seconds)] {
            lines.push([format!("{name} seconds"), format!("{seconds:.2}")]);
        }
        output::columns(&lines)
    }
}

/// Begin of the output files' names: the file's own, and a mark of where it lies, because collectors all name their
/// files alike. The same file always gets the same.
fn stem(path: &Path) -> String {
    let name = input::title(path, &[]).replace('/', "_");
    let place = match std::path::absolute(path) {
        Ok(place) if path.exists() => place.display().to_string(),
        _ => clock::now_us().to_string(),
    };
    let mark = Sha256::digest(place);
    format!(
        "{name}-{:02x}{:02x}{:02x}{:02x}",
        mark[0], mark[1], mark[2], mark[3]
    )
}
