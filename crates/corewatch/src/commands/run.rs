//! `corewatch run`: the worker.

use crate::cli::End;
use crate::config::Config;
use crate::output::{self, grouped};
use crate::run::{self, Options};
use anyhow::Result;
use std::path::PathBuf;

/// For tests: where to freeze while publishing, a name of `lake::steps` and how many times it is reached.
const PARK_AT: &str = "COREWATCH_PARK_AT";

/// Run the worker: from Kafka to the lake, until SIGTERM
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Stop once everything below the end offsets seen at the start is published
    #[arg(long)]
    until_end: bool,
    /// End with a line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// As [`run::run`], and a configuration that does not hold.
pub fn run(args: &Args) -> Result<End> {
    let config = Config::load(&args.config)?;
    for feed in &config.feeds {
        if let Some(key_id) = feed.dns.key_id() {
            tracing::info!(feed = feed.name, key_id, "clients' addresses are encrypted");
        }
    }
    let options = Options {
        until_end: args.until_end,
        park_at: std::env::var(PARK_AT).ok(),
        ..Options::default()
    };
    let summary = run::run(config, options)?;
    if args.json {
        output::print_json(&summary)?;
    } else {
        let (messages, commits) = (grouped(summary.messages), summary.commits);
        output::print(&format!(
            "published {messages} messages in {commits} flushes\n"
        ))?;
    }
    Ok(End::Done)
}
