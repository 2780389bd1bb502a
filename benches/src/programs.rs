//! Whole programs from file to Parquet: `corewatch convert` and bgpframe.

use crate::cpu;
use crate::definition::Definition;
use crate::input::Input;
use crate::way::Worked;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

/// Names our program; `cargo xtask bench` sets it.
const COREWATCH: &str = "COREWATCH_BIN";
/// Names a Python that has bgpframe; `cargo xtask bench` sets it where there is one.
const BGPFRAME_PYTHON: &str = "COREWATCH_BGPFRAME_PYTHON";

/// Prints the number of rows it has written.
const BGPFRAME: &str =
    "import sys, bgpframe; print(bgpframe.mrt_to_parquet(sys.argv[1], sys.argv[2]))";

/// What the program says at its end.
#[derive(Debug, Deserialize)]
pub struct Summary {
    /// Messages that it has read.
    pub messages: u64,
    rows: BTreeMap<String, u64>,
}

impl Summary {
    /// From the last line of its output.
    ///
    /// # Errors
    /// If that is something else.
    pub fn of(stdout: &str) -> Result<Self> {
        let line = stdout.lines().last().unwrap_or_default();
        serde_json::from_str(line).with_context(|| format!("not a summary: {line}"))
    }

    /// Rows of what feeds are about; sessions, statistics and rejects come with them.
    pub fn rows(&self) -> u64 {
        let of = |table: &&str| self.rows.get(*table).copied().unwrap_or_default();
        [
            "routes",
            "rib",
            "other_routes",
            "dns_messages",
            "dns_measurements",
        ]
        .iter()
        .map(of)
        .sum()
    }
}

/// Our program, if it is there.
pub fn corewatch() -> Option<PathBuf> {
    std::env::var_os(COREWATCH).map(PathBuf::from)
}

/// `corewatch convert`, all tables and columns. None if the program is not there.
///
/// # Errors
/// If it fails.
pub fn convert(definition: &Definition, input: &Input) -> Result<Option<Worked>> {
    let Some(program) = corewatch() else {
        return Ok(None);
    };
    let out = tempfile::tempdir()?;
    let mut command = Command::new(program);
    command.args([
        "convert",
        "--json",
        "--format",
        definition.format.name(),
        "--out",
    ]);
    command.arg(out.path()).arg(&input.path);
    let began = Instant::now();
    let (cpu_seconds, stdout) = cpu::of_program(&mut command)?;
    let wall_seconds = began.elapsed().as_secs_f64();
    let summary = Summary::of(&stdout)?;
    Ok(Some(Worked {
        rows: summary.rows(),
        cpu_seconds,
        wall_seconds,
        messages: Some(summary.messages),
    }))
}

/// bgpframe to Parquet with its defaults. None if it is not there.
///
/// # Errors
/// If it fails.
pub fn bgpframe(input: &Input) -> Result<Option<Worked>> {
    let Some(python) = std::env::var_os(BGPFRAME_PYTHON) else {
        return Ok(None);
    };
    let out = tempfile::tempdir()?;
    let mut command = Command::new(python);
    command.args(["-c", BGPFRAME]).arg(&input.path);
    command.arg(out.path().join("out.parquet"));
    let began = Instant::now();
    let (cpu_seconds, stdout) = cpu::of_program(&mut command)?;
    let wall_seconds = began.elapsed().as_secs_f64();
    let rows = stdout.trim().parse().context("bgpframe's number of rows")?;
    Ok(Some(Worked {
        rows,
        cpu_seconds,
        wall_seconds,
        messages: None,
    }))
}
