//! `corewatch verify`: the audit of a lake.

use crate::cli::End;
use crate::config::Config;
use crate::output::{self, grouped};
use crate::run::lake_settings;
use anyhow::Result;
use lake::{LakeSettings, Report};
use std::path::PathBuf;

/// Audit a lake: nothing lost, nothing doubled, every file as committed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of a lake: what `demo --dir` has written.
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "config",
        conflicts_with = "config"
    )]
    lake: Option<PathBuf>,
    /// The configuration of the worker that writes the lake.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The namespace; usual is corewatch, or what the configuration says.
    #[arg(long, value_name = "NS")]
    namespace: Option<String>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Audits and reports. Exit code 3 if the lake does not hold what its ledger says.
///
/// # Errors
/// If there is no lake, or it cannot be read at all.
pub fn run(args: &Args) -> Result<End> {
    let mut settings = match (&args.config, &args.lake) {
        (Some(config), _) => lake_settings(&Config::load(config)?, None),
        (None, Some(folder)) => LakeSettings::in_folder(folder, "corewatch"),
        (None, None) => anyhow::bail!("name a lake or a configuration"),
    };
    if let Some(namespace) = &args.namespace {
        settings.namespace.clone_from(namespace);
    }
    let report = audit(settings)?;
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&in_words(&report))?;
    }
    Ok(if report.ok { End::Done } else { End::NotHeld })
}

/// The audit itself.
///
/// # Errors
/// If there is no lake, or it cannot be read at all.
pub fn audit(settings: LakeSettings) -> Result<Report> {
    Ok(tokio::runtime::Runtime::new()?.block_on(lake::verify(settings))?)
}

/// The report for a person.
pub fn in_words(report: &Report) -> String {
    let mut lines = Vec::new();
    for (name, table) in &report.tables {
        lines.push(format!(
            "{name:<12} {:>14} rows in {} files",
            grouped(table.rows),
            grouped(table.files)
        ));
    }
    let messages: u64 = report
        .partitions
        .iter()
        .map(|partition| partition.messages)
        .sum();
    lines.push(format!(
        "{} messages in {} partitions; {} flushes pending, {} files in flight, {} orphans",
        grouped(messages),
        report.partitions.len(),
        report.pending.len(),
        report.in_flight.len(),
        report.orphans.len()
    ));
    lines.extend(
        report
            .problems
            .iter()
            .map(|problem| format!("PROBLEM: {problem}")),
    );
    let verdict = if report.ok {
        "the lake holds: nothing lost, nothing doubled, every file as committed"
    } else {
        "THE LAKE DOES NOT HOLD"
    };
    lines.push(verdict.to_owned());
    lines.join("\n") + "\n"
}
