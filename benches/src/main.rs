//! Decoding, measured against an independent parser in the same run: `cargo xtask bench [--check] [NAME]…`.
//!
//! Time is the CPU time of the one thread that works, so other load hardly matters; ratios matter, not seconds. Every
//! stage is run in turn, `repetitions` times, and the medians are compared. A wrong count of rows is a failed bench.

mod definition;
mod stage;

use anyhow::{Context, Result, bail};
use definition::Definition;
use mimalloc::MiMalloc;
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use stage::{STAGES, Stage};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> Result<ExitCode> {
    let (flags, names): (Vec<String>, Vec<String>) = std::env::args()
        .skip(1)
        .partition(|arg| arg.starts_with("--"));
    if let Some(unknown) = flags.iter().find(|flag| *flag != "--check") {
        bail!("unknown option {unknown}: there is --check");
    }
    let mut stdout = std::io::stdout().lock();
    let mut missed = 0;
    writeln!(
        stdout,
        "{:<18} {:<8} {:>9} {:>9} {:>7} {:>7}",
        "input", "stage", "MB/s", "M rows/s", "x peer", "floor"
    )?;
    for definition in definition::all()? {
        if !names.is_empty() && !names.contains(&definition.name) {
            continue;
        }
        for result in measure(&definition)? {
            let floor = result
                .floor
                .map_or_else(String::new, |floor| format!("{floor:.1}"));
            writeln!(
                stdout,
                "{:<18} {:<8} {:>9.0} {:>9.2} {:>7.2} {floor:>7}",
                result.input,
                result.stage,
                result.megabytes_per_second,
                result.million_rows_per_second,
                result.ratio
            )?;
            missed += usize::from(result.floor.is_some_and(|floor| result.ratio < floor));
            writeln!(
                std::io::stderr().lock(),
                "{}",
                serde_json::to_string(&result)?
            )?;
        }
    }
    if missed > 0 && flags.iter().any(|flag| flag == "--check") {
        writeln!(stdout, "{missed} below the floor")?;
        return Ok(ExitCode::from(3));
    }
    Ok(ExitCode::SUCCESS)
}

/// One stage on one input.
#[derive(Serialize)]
struct Measured {
    input: String,
    stage: &'static str,
    cpu_seconds: f64,
    megabytes_per_second: f64,
    million_rows_per_second: f64,
    /// How many times faster than the peer.
    ratio: f64,
    floor: Option<f64>,
}

fn measure(definition: &Definition) -> Result<Vec<Measured>> {
    let octets = definition
        .read(&shared_data())
        .with_context(|| definition.name.clone())?;
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); STAGES.len()];
    for _ in 0..definition.repetitions {
        for (stage, times) in STAGES.iter().zip(&mut times) {
            times.push(timed(definition, stage, &octets)?);
        }
    }
    let medians: Vec<f64> = times.into_iter().map(median).collect();
    let peer = medians.first().copied().unwrap_or(f64::NAN);
    let measured = |(stage, seconds): (&Stage, &f64)| Measured {
        input: definition.name.clone(),
        stage: stage.name,
        cpu_seconds: *seconds,
        megabytes_per_second: octets.len() as f64 / 1e6 / seconds,
        million_rows_per_second: definition.rows as f64 / 1e6 / seconds,
        ratio: peer / seconds,
        floor: definition.floor.get(stage.name).copied(),
    };
    Ok(STAGES.iter().zip(&medians).map(measured).collect())
}

fn timed(definition: &Definition, stage: &Stage, octets: &[u8]) -> Result<f64> {
    let before = thread_cpu_seconds();
    let rows = (stage.run)(octets);
    let seconds = thread_cpu_seconds() - before;
    if rows != definition.rows {
        bail!(
            "{}: {} gives {rows} rows instead of {}",
            definition.name,
            stage.name,
            definition.rows
        );
    }
    Ok(seconds)
}

/// Time that this thread has spent on a CPU. `/proc` has it too, but counts in ticks of 4 ms: half of what we measure.
fn thread_cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

fn shared_data() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    std::env::var_os("COREWATCH_SHARED_DATA").map_or_else(beside, PathBuf::from)
}
