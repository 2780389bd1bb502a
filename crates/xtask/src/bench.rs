//! The benches, in the release profile: nothing else measures what users will run.

use crate::failure::{Done, Failure};
use crate::made::Made;
use crate::needs::TO_BUILD;
use crate::workspace::Workspace;
use crate::{packages, run};
use std::path::PathBuf;
use std::process::Command;

/// Asks for bgpframe to be built. It is there for good then, and is measured whenever it is there.
const WITH_BGPFRAME: &str = "--with-bgpframe";
/// Exits with 0 if this Python is new enough for bgpframe.
const IS_NEW_ENOUGH: &str = "import sys; sys.exit(sys.version_info < (3, 12))";
/// Where a newer Python may be beside an older `python3`.
const PYTHONS: [&str; 4] = ["python3", "python3.14", "python3.13", "python3.12"];

/// Builds the program and the benches, and runs them.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Done {
    packages::ensure(&[TO_BUILD])?;
    let (with, args): (Vec<&String>, Vec<&String>) =
        args.iter().partition(|arg| *arg == WITH_BGPFRAME);
    if !with.is_empty() {
        ensure_bgpframe(workspace)?;
    }
    let mut build = workspace.cargo(&["build", "--release", "--package", "corewatch"]);
    build.args(["--package", "bench", "--bins"]);
    run::step("build", &mut build)?;

    let release = workspace.target.join("release");
    let mut bench = Command::new(release.join("bench"));
    bench
        .args(args)
        .env("COREWATCH_BIN", release.join("corewatch"));
    let python = bgpframe_python(workspace);
    if python.exists() {
        bench.env("COREWATCH_BGPFRAME_PYTHON", python);
    } else {
        eprintln!("xtask: bgpframe is not there and left out; {WITH_BGPFRAME} builds it");
    }
    run::step("bench", &mut bench)
}

fn ensure_bgpframe(workspace: &Workspace) -> Done {
    let requirements = workspace.root.join("benches/bgpframe.txt");
    let folder = bgpframe_folder(workspace);
    let made = Made {
        folder: &folder,
        recipe: &requirements,
    };
    made.ensure(|| {
        let python = new_enough().ok_or_else(|| {
            Failure::new("bgpframe needs Python 3.12: put one on PATH as python3 or python3.12")
        })?;
        let mut venv = Command::new(python);
        run::step("Python environment", venv.args(["-m", "venv"]).arg(&folder))?;
        let mut pip = Command::new(bgpframe_python(workspace));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]);
        pip.arg("--requirement").arg(&requirements);
        run::step("bgpframe", pip.stdout(std::io::stderr()))
    })
}

fn new_enough() -> Option<&'static str> {
    let is_new_enough =
        |python: &&str| run::succeeds(Command::new(python).args(["-c", IS_NEW_ENOUGH]));
    PYTHONS.into_iter().find(is_new_enough)
}

fn bgpframe_folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("bgpframe-venv")
}

fn bgpframe_python(workspace: &Workspace) -> PathBuf {
    bgpframe_folder(workspace).join("bin/python")
}
