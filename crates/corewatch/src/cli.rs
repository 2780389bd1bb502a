//! The command line: what can be asked, and the exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 done but
//! what was checked does not hold.

use crate::commands::{check, convert, demo, replay, run, schema, verify};
use crate::config::Problems;
use crate::output;
use clap::{Args, Parser, Subcommand};
use feeds::Format;
use lake::WriteError;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Watches the public core of the Internet: BGP feeds from Kafka become Iceberg tables, exactly once.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    /// What to log: error, warn, info, debug, trace, or a filter as `corewatch=debug`.
    #[arg(long, global = true, env = "COREWATCH_LOG", value_name = "FILTER")]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs everything on this machine: an embedded broker, simulated feeds, the pipeline, the audit.
    Demo(demo::Arguments),
    /// Runs the worker: from Kafka to the lake.
    Run(RunArguments),
    /// Sends files to Kafka, one message per unit.
    Replay(replay::Arguments),
    /// Turns files into plain Parquet, without Kafka.
    Convert(convert::Arguments),
    /// Audits a lake: nothing lost, nothing doubled, every octet as committed.
    Verify(verify::Arguments),
    /// Prints the data dictionary.
    Schema(schema::Arguments),
    /// Checks a configuration.
    Check(CheckArguments),
}

#[derive(Args)]
struct RunArguments {
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Stop once everything below the end offsets seen at the start is published.
    #[arg(long)]
    until_end: bool,
    /// Print the summary as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct CheckArguments {
    /// The configuration.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// The format of that name.
///
/// # Errors
/// A text that lists those there are.
pub fn format(name: &str) -> Result<Format, String> {
    Format::by_name(name).ok_or_else(|| {
        let known = Format::ALL.map(Format::name).join(", ");
        format!("unknown format; known are: {known}")
    })
}

/// Does what the command line says.
pub fn execute() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are no errors, and a closed pipe behind them is none either.
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    log_to_stderr(cli.log.as_deref(), &cli.command);
    match dispatch(cli.command) {
        Ok(code) => code,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&format!("{error:#}"));
            ExitCode::from(if is_configuration(&error) { 2 } else { 1 })
        }
    }
}

fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(arguments) => demo::execute(&arguments),
        Command::Run(arguments) => {
            let summary = run::execute(&arguments.config, arguments.until_end)?;
            if arguments.json {
                output::json(&summary)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Replay(arguments) => replay::execute(&arguments),
        Command::Convert(arguments) => convert::execute(&arguments),
        Command::Verify(arguments) => verify::execute(&arguments),
        Command::Schema(arguments) => schema::execute(&arguments),
        Command::Check(arguments) => {
            let checked = check::execute(&arguments.config);
            if arguments.json {
                output::json(&checked)?;
            } else if checked.ok {
                output::line("the configuration holds")?;
            } else {
                output::line(&checked.problems.join("\n"))?;
            }
            Ok(ExitCode::from(if checked.ok { 0 } else { 3 }))
        }
    }
}

/// Logs go to standard error. A worker tells what it does; the other commands only what goes wrong.
fn log_to_stderr(filter: Option<&str>, command: &Command) {
    let usual = if matches!(command, Command::Run(_)) {
        "info"
    } else {
        "warn"
    };
    let filter =
        EnvFilter::try_new(filter.unwrap_or(usual)).unwrap_or_else(|_| EnvFilter::new(usual));
    let has_colour = std::env::var_os("NO_COLOR").is_none() && output::is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(has_colour)
        .with_writer(std::io::stderr)
        .init();
}

/// Whether the user has to change the configuration, or the version.
fn is_configuration(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Problems>().is_some()
        || error.chain().any(|cause| {
            matches!(
                cause.downcast_ref::<WriteError>(),
                Some(WriteError::ColumnChanged { .. } | WriteError::TwoFileSystems { .. })
            ) || matches!(
                cause.downcast_ref::<kafka::Error>(),
                Some(kafka::Error::Setting { .. })
            )
        })
}
