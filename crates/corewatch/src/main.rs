//! The program.
mod clock;
mod config;
mod http;
mod metrics;
mod pipeline;
mod run;
fn main() {
    let _ = run::run;
}
