//! The command line: which commands there are, and what their ends mean to the caller.

use crate::commands::{convert, schema};
use crate::config::Problems;
use crate::output;
use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Environment variable that says what is logged.
const LOG_VARIABLE: &str = "COREWATCH_LOG";

const AFTER_HELP: &str = "\
Data goes to stdout, logs and progress to stderr. Exit codes: 0 all well; 1 failed; 2 wrong usage or configuration; \
3 done, but what was checked does not hold. COREWATCH_LOG sets what is logged, for example `info` or `debug`.";

/// Streaming telemetry of the Internet's core: BGP from Kafka or files into Parquet and Iceberg tables, exactly once.
#[derive(Debug, Parser)]
#[command(name = "corewatch", version, after_help = AFTER_HELP, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Convert(convert::Args),
    Schema(schema::Args),
}

/// How a command has ended, if it was not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Done, and all is well.
    Done,
    /// Some of it failed, which was said already.
    Failed,
}

/// Runs the command of the command line.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return end_of_usage(&error),
    };
    log_to_stderr();
    match run(cli.command) {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Failed) => ExitCode::from(1),
        Err(error) => {
            output::complain(&format!("{error:#}"));
            let is_configuration = error.is::<Problems>();
            ExitCode::from(if is_configuration { 2 } else { 1 })
        }
    }
}

fn run(command: Command) -> Result<End> {
    match command {
        Command::Convert(args) => convert::run(&args),
        Command::Schema(args) => schema::run(&args),
    }
}

/// Help and version come here too; they end with 0, wrong usage with 2.
fn end_of_usage(error: &clap::Error) -> ExitCode {
    // Whoever closed the stream does not want to read it.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn log_to_stderr() {
    let wanted = std::env::var(LOG_VARIABLE).unwrap_or_else(|_| "warn".to_owned());
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(wanted))
        .with_writer(std::io::stderr)
        .with_ansi(output::is_colour_wanted())
        .init();
}
