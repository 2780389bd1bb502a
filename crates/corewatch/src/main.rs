//! The program.
mod clock;
mod commands;
mod config;
mod http;
mod metrics;
mod pipeline;
mod run;
fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let args: Vec<String> = std::env::args().collect();
    let s = commands::run::execute(std::path::Path::new(&args[3]), args.len() > 4)?;
    eprintln!("{}", serde_json::to_string(&s)?);
    Ok(())
}
