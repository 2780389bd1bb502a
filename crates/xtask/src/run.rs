//! Running other programs, one step after the other, with the time that each took.

use crate::failure::{Done, Failure};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

/// Runs a program as one step: says so, and says afterwards how many seconds it took.
///
/// # Errors
/// Carries the program's own exit code, for example the 3 of a demo whose audit does not hold.
pub(crate) fn step(name: &str, command: &mut Command) -> Done {
    let from = Instant::now();
    eprintln!("xtask: {name}: {}", shown(command));
    let status = command.status().map_err(|error| not_run(command, &error))?;
    let seconds = from.elapsed().as_secs_f64();
    if !status.success() {
        let message = format!("{name} failed after {seconds:.1} s: {}", shown(command));
        return Err(Failure::of_program(exit_code(status), message));
    }
    eprintln!("xtask: {name}: done in {seconds:.1} s");
    Ok(())
}

/// Whether a program runs and ends well; nothing of it is shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let silent = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// What a program prints on stdout.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| not_run(command, &error))?;
    if !output.status.success() {
        return Err(Failure::new(format!("failed: {}", shown(command))));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn not_run(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!(
        "cannot run {}: {error}",
        command.get_program().display()
    ))
}

/// One that a signal ended has no code of its own.
fn exit_code(status: ExitStatus) -> u8 {
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|word| word.display().to_string())
        .collect::<Vec<_>>()
        .join(" ")
}
