//! The command line: which commands there are, and what their ends mean to the caller.

use crate::commands::{check, convert, demo, inspect, replay, run, schema, verify};
use crate::config::Problems;
use crate::output;
use anyhow::Result;
use clap::{Parser, Subcommand};
use lake::WriteError;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Environment variable that says what is logged.
const LOG_VARIABLE: &str = "COREWATCH_LOG";

const AFTER_HELP: &str = "\
Data goes to stdout, logs and progress to stderr. Exit codes: 0 all well; 1 failed; 2 wrong usage or configuration; \
3 done, but what was checked does not hold. COREWATCH_LOG sets what is logged, for example `info` or `debug`.";

/// Streaming telemetry of the Internet's core: BGP and DNS from Kafka or files into Parquet and Iceberg tables, exactly once.
#[derive(Debug, Parser)]
#[command(name = "corewatch", version, after_help = AFTER_HELP, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Run(run::Args),
    Replay(replay::Args),
    Inspect(inspect::Args),
    Convert(convert::Args),
    Verify(verify::Args),
    Schema(schema::Args),
    Check(check::Args),
}

/// How a command has ended, if it was not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Done, and all is well.
    Done,
    /// Some of it failed, which was said already.
    Failed,
    /// Done, but what was checked does not hold.
    NotHeld,
}

/// Runs the command of the command line.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return end_of_usage(&error),
    };
    log_to_stderr(&cli.command);
    match dispatch(cli.command) {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Failed) => ExitCode::from(1),
        Ok(End::NotHeld) => ExitCode::from(3),
        Err(error) => {
            output::complain(&format!("{error:#}"));
            ExitCode::from(if is_configuration(&error) { 2 } else { 1 })
        }
    }
}

fn dispatch(command: Command) -> Result<End> {
    match command {
        Command::Demo(args) => demo::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Check(args) => check::run(&args),
    }
}

/// Help and version come here too; they end with 0, wrong usage with 2.
fn end_of_usage(error: &clap::Error) -> ExitCode {
    // Whoever closed the stream does not want to read it.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Whether the user has to change something before it can work at all.
fn is_configuration(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<Problems>()
            || matches!(
                cause.downcast_ref(),
                Some(WriteError::ColumnChanged { .. } | WriteError::TwoFileSystems { .. })
            )
            || matches!(cause.downcast_ref(), Some(kafka::Error::Setting { .. }))
    })
}

/// A worker tells what it does, the other commands only what goes wrong.
fn log_to_stderr(command: &Command) {
    let usual = if matches!(command, Command::Run(_)) {
        "info"
    } else {
        "warn"
    };
    let wanted = std::env::var(LOG_VARIABLE).unwrap_or_else(|_| usual.to_owned());
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(wanted))
        .with_writer(std::io::stderr)
        .with_ansi(output::is_colour_wanted())
        .init();
}
