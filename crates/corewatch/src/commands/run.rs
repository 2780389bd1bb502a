//! `corewatch run`: the worker.

use crate::config::Config;
use crate::run::{Options, Summary, run};
use anyhow::Result;
use std::path::Path;

/// For tests: where to freeze while publishing, a name of `lake::steps` and how many times it is reached.
const PARK_AT: &str = "COREWATCH_PARK_AT";

/// Runs until SIGTERM, or until the end.
///
/// # Errors
/// As [`run`], and a configuration that does not hold.
pub fn execute(config: &Path, until_end: bool) -> Result<Summary> {
    let config = Config::load(config)?;
    let options = Options {
        until_end,
        park_at: std::env::var(PARK_AT).ok(),
        ..Options::default()
    };
    run(config, options)
}
