//! The program: allocator, logs, command line, exit code.

mod cli;
mod clock;
mod commands;
mod config;
mod http;
mod input;
mod metrics;
mod output;
mod pipeline;
mod run;

use mimalloc::MiMalloc;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    abort_on_panic();
    cli::execute()
}

/// A process with a dead thread must not live on. Release builds abort anyway; the development profile unwinds.
fn abort_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::abort();
    }));
}
