//! The program: allocator, what a panic does, and the exit code. The rest stands in [`cli`].

mod cli;
mod commands;
mod input;
mod output;

mod pipeline;
mod run;

mod clock;
mod config;
mod http;
mod metrics;
mod privacy;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    abort_on_panic();
    cli::main()
}

/// A panic of any thread ends the process, after its message: never a process that lives on with a part of it dead.
fn abort_on_panic() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        std::process::abort();
    }));
}
