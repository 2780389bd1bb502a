//! `corewatch verify`: audits a lake and tells what holds and what does not.

use crate::cli::End;
use crate::config::Config;
use crate::output;
use crate::run::lake_settings;
use anyhow::{Context, Result};
use lake::{LakeSettings, PartitionReport, Report};
use std::path::PathBuf;
use tokio::runtime::Runtime;

/// The namespace that a worker writes to unless its configuration names another one.
const NAMESPACE: &str = "corewatch";
/// So many names of files or flushes are printed for a person.
const NAMES_MAX: usize = 20;

/// Audit a lake: no message missing, none twice, every file as it was written
///
/// Reads the tables themselves and holds them against the ledger. Ends with 3 if something is wrong. Files that no
/// table names and flushes that are not everywhere yet are listed; they are not wrong.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["lake", "config"])))]
pub struct Args {
    /// Folder of the lake, as `demo --dir` makes it
    #[arg(long, value_name = "DIR")]
    lake: Option<PathBuf>,
    /// Configuration of the worker that writes the lake
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The tables' namespace; else that of the configuration, or `corewatch`
    #[arg(long, value_name = "NS")]
    namespace: Option<String>,
    /// End with a line of JSON instead of tables
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// If there is no lake, or it cannot be read at all.
pub fn run(args: &Args) -> Result<End> {
    let report = audit(settings(args)?)?;
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&in_words(&report))?;
    }
    Ok(if report.ok { End::Done } else { End::NotHeld })
}

/// Audits one namespace.
///
/// # Errors
/// If there is no lake, or it cannot be read at all.
pub(super) fn audit(settings: LakeSettings) -> Result<Report> {
    let runtime = Runtime::new().context("cannot start the control plane")?;
    Ok(runtime.block_on(lake::verify(settings))?)
}

fn settings(args: &Args) -> Result<LakeSettings> {
    let mut settings = match (&args.lake, &args.config) {
        (_, Some(path)) => lake_settings(&Config::load(path)?, None),
        (lake, None) => LakeSettings::in_folder(lake.as_deref().unwrap_or(".".as_ref()), NAMESPACE),
    };
    if let Some(namespace) = &args.namespace {
        settings.namespace.clone_from(namespace);
    }
    Ok(settings)
}

/// The report as tables.
pub(super) fn in_words(report: &Report) -> String {
    let mut text = rows_of_tables(report);
    text += &partitions(&report.partitions);
    text += &names("flushes that some table still lacks", &report.pending);
    text += &names("files of flushes under way", &report.in_flight);
    text += &names("files that no table names", &report.orphans);
    for problem in &report.problems {
        text += &format!("wrong: {problem}\n");
    }
    text += if report.ok {
        "the lake holds: nothing missing, nothing twice, all files as written\n"
    } else {
        "THE LAKE DOES NOT HOLD\n"
    };
    text
}

fn rows_of_tables(report: &Report) -> String {
    let mut lines = vec![["table", "rows", "files", "octets"].map(str::to_owned)];
    for (name, table) in &report.tables {
        let [rows, files, octets] = [table.rows, table.files, table.octets].map(output::grouped);
        lines.push([name.clone(), rows, files, octets]);
    }
    output::columns(&lines) + "\n"
}

fn partitions(partitions: &[PartitionReport]) -> String {
    let head = [
        "partition",
        "from",
        "to",
        "messages",
        "parsed",
        "rejected",
        "skipped",
        "holes",
        "rows",
        "rejects",
        "missing",
        "twice",
    ];
    let mut lines = vec![head.map(str::to_owned)];
    for one in partitions {
        let offsets = [one.from, one.to].map(|offset| offset.to_string());
        let [from, to] = offsets;
        let [messages, parsed, rejected, skipped] =
            [one.messages, one.parsed, one.rejected, one.skipped].map(output::grouped);
        let [holes, rows, rejects] = [one.holes, one.rows, one.rejects].map(output::grouped);
        let [missing, twice] = [one.missing, one.duplicates].map(output::grouped);
        let name = format!("{}[{}]", one.topic, one.partition);
        lines.push([
            name, from, to, messages, parsed, rejected, skipped, holes, rows, rejects, missing,
            twice,
        ]);
    }
    output::columns(&lines) + "\n"
}

fn names(what: &str, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let mut text = format!("{} {what}:\n", names.len());
    for name in names.iter().take(NAMES_MAX) {
        text += &format!("  {name}\n");
    }
    if names.len() > NAMES_MAX {
        text += &format!("  and {} more\n", names.len() - NAMES_MAX);
    }
    text
}
