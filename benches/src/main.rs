//! Benches: `cargo xtask bench [--check] [NAME]…` measures, `cargo xtask bench --peers` shows who can read what.
//!
//! Time is CPU time, so other load hardly matters; ratios matter, not seconds. All ways through an input take turns,
//! `repetitions` times, and the medians are compared. A wrong count of rows is a failed bench.

mod atlas;
mod cpu;
mod definition;
mod field;
mod input;
mod kafka;
mod null_broker;
mod ours;
mod peers;
mod programs;
mod report;
mod ris_live;
mod units;
mod way;

use anyhow::{Context, Result, bail};
use definition::{Definition, Measure};
use input::Input;
use mimalloc::MiMalloc;
use report::{Measured, Report};
use std::process::ExitCode;
use way::Worked;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// A floor is missed.
const MISSED: u8 = 3;

fn main() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (flags, names): (Vec<&str>, Vec<&str>) = args
        .iter()
        .map(String::as_str)
        .partition(|arg| arg.starts_with("--"));
    match (flags.as_slice(), names.as_slice()) {
        ([], names) => measure_all(names).map(|_| ExitCode::SUCCESS),
        (["--check"], names) => match measure_all(names)? {
            0 => Ok(ExitCode::SUCCESS),
            _ => Ok(ExitCode::from(MISSED)),
        },
        (["--peers"], []) => field::show().map(|()| ExitCode::SUCCESS),
        ([field::ONE], [reader, format, path]) => {
            field::read_one(reader, format, path).map(|()| ExitCode::SUCCESS)
        }
        _ => bail!("usage: bench [--check] [NAME]… or bench --peers"),
    }
}

/// Measures what is named, or everything. Gives the number of floors that were missed.
fn measure_all(names: &[&str]) -> Result<usize> {
    let definitions = definition::all()?;
    if let Some(unknown) = names
        .iter()
        .find(|name| definitions.iter().all(|one| one.name != **name))
    {
        bail!("there is no bench {unknown}");
    }
    let mut report = Report::begin()?;
    for definition in definitions {
        if names.is_empty() || names.contains(&definition.name.as_str()) {
            let measured = measure(&definition).with_context(|| definition.name.clone())?;
            report.add(&measured)?;
        }
    }
    report.end()
}

fn measure(definition: &Definition) -> Result<Vec<Measured>> {
    let input = Input::load(definition)?;
    let measures: Vec<&Measure> = definition.peers.iter().chain(&definition.stages).collect();
    let mut works: Vec<Vec<Worked>> = vec![Vec::new(); measures.len()];
    for _ in 0..definition.repetitions {
        for (measure, works) in measures.iter().zip(&mut works) {
            works.extend(checked(definition, measure, &input)?);
        }
    }
    let mut measured: Vec<Measured> = measures
        .iter()
        .zip(&works)
        .filter_map(|(measure, works)| Measured::of(definition, measure, input.octets.len(), works))
        .collect();
    let peer = definition.peers.first();
    let basis = measured
        .iter()
        .find(|one| peer.is_some_and(|peer| peer.name == one.way));
    let basis = basis.map(|peer| peer.million_rows_per_second);
    measured.iter_mut().for_each(|one| one.compare_with(basis));
    Ok(measured)
}

/// Works through the input once. None if the program that it needs is not there.
fn checked(definition: &Definition, measure: &Measure, input: &Input) -> Result<Option<Worked>> {
    let Some(worked) = measure.name.work(definition, input)? else {
        return Ok(None);
    };
    let expected = measure.rows.unwrap_or(definition.rows);
    if worked.rows != expected {
        let (name, rows) = (measure.name.name(), worked.rows);
        bail!("{name} gives {rows} rows instead of {expected}");
    }
    Ok(Some(worked))
}
