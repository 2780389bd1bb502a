//! CPU time: of this thread, and of programs that were run and have ended.
//!
//! `/proc` has both too, but counts in ticks of 4 or 10 ms: half of what some measurements take.

use anyhow::{Context, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};
use std::process::{Command, Stdio};

/// Seconds that this thread has spent on a CPU while `work` ran, and what `work` gave.
///
/// # Errors
/// If the clock cannot be read.
pub fn of_thread<T>(work: impl FnOnce() -> T) -> Result<(f64, T)> {
    let before = thread_seconds()?;
    let given = work();
    Ok((thread_seconds()? - before, given))
}

/// Seconds that a program has spent on CPUs, all its threads, and what it wrote to stdout.
///
/// # Errors
/// If it cannot be run or ends badly; its stderr is shown.
pub fn of_program(command: &mut Command) -> Result<(f64, String)> {
    let before = children_seconds()?;
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let seconds = children_seconds()? - before;
    if !output.status.success() {
        bail!(
            "{} has failed:\n{}",
            command.get_program().display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok((
        seconds,
        String::from_utf8_lossy(&output.stdout).into_owned(),
    ))
}

fn thread_seconds() -> Result<f64> {
    let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)?;
    Ok(time.num_nanoseconds() as f64 / 1e9)
}

fn children_seconds() -> Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let microseconds =
        usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(microseconds as f64 / 1e6)
}
