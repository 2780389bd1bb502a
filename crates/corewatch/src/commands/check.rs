//! `corewatch check`: the configuration, before anything depends on it.

use crate::cli::End;
use crate::config::{Config, Problems};
use crate::output;
use anyhow::Result;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Check a configuration: no broker and no lake is asked
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// End with a line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Checked {
    ok: bool,
    problems: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// If standard output is closed.
pub fn run(args: &Args) -> Result<End> {
    let checked = check(&args.config);
    if args.json {
        output::print_json(&checked)?;
    } else if checked.ok {
        output::print("the configuration holds\n")?;
    } else {
        output::print(&format!("{}\n", checked.problems.join("\n")))?;
    }
    Ok(if checked.ok { End::Done } else { End::NotHeld })
}

fn check(config: &Path) -> Checked {
    let problems = match Config::load(config) {
        Ok(_) => Vec::new(),
        Err(error) => match error.downcast::<Problems>() {
            Ok(Problems(problems)) => problems,
            Err(error) => vec![format!("{error:#}")],
        },
    };
    Checked {
        ok: problems.is_empty(),
        problems,
    }
}
