//! The table on stdout, and a line of JSON on stderr for everything that was measured.

use crate::definition::{Definition, Measure};
use crate::way::{Way, Worked};
use anyhow::Result;
use serde::Serialize;
use std::io::Write;

/// One way through one input: the median of its runs.
#[derive(Debug, Serialize)]
pub struct Measured {
    input: String,
    /// Which way.
    pub way: Way,
    rows: u64,
    cpu_seconds: f64,
    /// By the clock, so it depends on what else the machine does.
    wall_seconds: f64,
    runs: usize,
    megabytes_per_second: f64,
    /// Rows per CPU second, in millions.
    pub million_rows_per_second: f64,
    cpu_seconds_per_million_messages: Option<f64>,
    /// How many times the first peer's rows per CPU second.
    ratio: Option<f64>,
    floor: Option<f64>,
    goal: Option<f64>,
}

impl Measured {
    /// None if it never ran.
    pub fn of(
        definition: &Definition,
        measure: &Measure,
        octets: usize,
        works: &[Worked],
    ) -> Option<Self> {
        let mut works = works.to_vec();
        works.sort_by(|a, b| a.cpu_seconds.total_cmp(&b.cpu_seconds));
        let median = works.get(works.len() / 2)?;
        let seconds = median.cpu_seconds;
        let per_million = |messages: u64| seconds * 1e6 / messages as f64;
        Some(Self {
            input: definition.name.clone(),
            way: measure.name,
            rows: median.rows,
            cpu_seconds: seconds,
            wall_seconds: median.wall_seconds,
            runs: works.len(),
            megabytes_per_second: octets as f64 / 1e6 / seconds,
            million_rows_per_second: median.rows as f64 / 1e6 / seconds,
            cpu_seconds_per_million_messages: median.messages.map(per_million),
            ratio: None,
            floor: measure.floor,
            goal: measure.goal,
        })
    }

    /// Notes how it stands to the peer, which makes so many million rows per second.
    pub fn compare_with(&mut self, peer: Option<f64>) {
        self.ratio = peer.map(|peer| self.million_rows_per_second / peer);
    }

    fn misses_floor(&self) -> bool {
        matches!((self.ratio, self.floor), (Some(ratio), Some(floor)) if ratio < floor)
    }
}

/// The table, line by line.
#[derive(Debug)]
pub struct Report {
    missed: usize,
}

impl Report {
    /// Writes the heads of the columns.
    ///
    /// # Errors
    /// If stdout is closed.
    pub fn begin() -> Result<Self> {
        let mut stdout = std::io::stdout().lock();
        writeln!(
            stdout,
            "{:<22} {:<23} {:>7} {:>9} {:>8} {:>7} {:>6} {:>6}",
            "input", "way", "MB/s", "M rows/s", "s/M msg", "x peer", "floor", "goal"
        )?;
        Ok(Self { missed: 0 })
    }

    /// Writes what was measured of one input.
    ///
    /// # Errors
    /// If stdout or stderr is closed.
    pub fn add(&mut self, measured: &[Measured]) -> Result<()> {
        let (mut stdout, mut stderr) = (std::io::stdout().lock(), std::io::stderr().lock());
        for one in measured {
            self.missed += usize::from(one.misses_floor());
            writeln!(
                stdout,
                "{:<22} {:<13} {:>7.0} {:>9.2} {:>8} {:>7} {:>6} {:>6}",
                one.input,
                one.way.name(),
                one.megabytes_per_second,
                one.million_rows_per_second,
                number(one.cpu_seconds_per_million_messages, 2),
                number(one.ratio, 2),
                number(one.floor, 1),
                number(one.goal, 1),
            )?;
            writeln!(stderr, "{}", serde_json::to_string(one)?)?;
        }
        Ok(())
    }

    /// Says how many floors were missed.
    ///
    /// # Errors
    /// If stdout is closed.
    pub fn end(self) -> Result<usize> {
        if self.missed > 0 {
            writeln!(std::io::stdout().lock(), "{} below the floor", self.missed)?;
        }
        Ok(self.missed)
    }
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(String::new, |value| format!("{value:.digits$}"))
}
