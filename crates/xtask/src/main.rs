//! Our chores, as `cargo xtask COMMAND`: set-up, demo, tests, and what CI runs.
//!
//! `demo` and `test` choose the same packages, features and profile, so every dependency is built once. Progress goes to
//! stderr; stdout belongs to the program that is run.
#![allow(clippy::print_stderr, reason = "a program for people at a terminal")]

mod bench;
mod ci;
mod failure;
mod fuzz;
mod kafka_jars;
mod made;
mod needs;
mod packages;
mod readers;
mod run;
mod workspace;

use failure::{Done, Failure};
use needs::{TO_BUILD, TO_TEST};
use std::process::{Command, ExitCode};
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo [ARGS]   build corewatch and run `corewatch demo ARGS`
  test [ARGS]   build corewatch and run `cargo test --workspace ARGS`, with a real Kafka broker and other readers
  bench [ARGS]  measure decoding and whole programs against others; with --check the floors must hold, with
                --peers show who can read what, with --with-bgpframe build bgpframe first (Python 3.12, 15 minutes)
  fuzz [--seconds N | --runs N] [TARGET]...
                fuzz the decoder, each target for N seconds (20) or N inputs, beginning with the corpus
  ci            formatting, lints, documentation, lockfile, all tests, some fuzzing
  setup         install what the others need, and nothing else";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match chore(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::from(failure.code)
        }
    }
}

fn chore(args: &[String]) -> Done {
    let Some((command, args)) = args.split_first() else {
        return Err(Failure::usage(USAGE));
    };
    let workspace = Workspace::find()?;
    match command.as_str() {
        "demo" => demo(&workspace, args),
        "test" => test(&workspace, args, &[]),
        "bench" => bench::run(&workspace, args),
        "fuzz" => fuzz::run(&workspace, args),
        "ci" if args.is_empty() => ci::all(&workspace),
        "setup" if args.is_empty() => setup(&workspace),
        _ => Err(Failure::usage(USAGE)),
    }
}

fn demo(workspace: &Workspace, args: &[String]) -> Done {
    packages::ensure(&[TO_BUILD])?;
    build(workspace)?;
    let mut demo = Command::new(workspace.binary());
    demo.arg("demo").args(args);
    run::step("demo", &mut demo)
}

/// Runs all tests, or those that `args` choose, with `variables` in their environment besides our own.
fn test(workspace: &Workspace, args: &[String], variables: &[(&str, &str)]) -> Done {
    setup(workspace)?;
    build(workspace)?;
    let mut test = workspace.cargo(&["test", "--workspace"]);
    test.args(args)
        .env("COREWATCH_BIN", workspace.binary())
        .env("COREWATCH_READERS_PYTHON", readers::python(workspace))
        .envs(variables.iter().copied());
    run::step("test", &mut test)
}

fn setup(workspace: &Workspace) -> Done {
    packages::ensure(&[TO_BUILD, TO_TEST])?;
    kafka_jars::ensure(workspace)?;
    readers::ensure(workspace)
}

/// The same selection as `cargo test --workspace`, but for the tests: with `--package` features would differ and
/// nearly everything would be built again.
fn build(workspace: &Workspace) -> Done {
    let mut build = workspace.cargo(&["build", "--workspace", "--bin", "corewatch"]);
    run::step("build", &mut build)
}
