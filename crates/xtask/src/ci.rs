//! What CI runs: formatting, lints, documentation, one arrow, all tests, a little fuzzing, and nothing left
//! behind.

use crate::failure::{Done, Failure};
use crate::needs::TO_BUILD;
use crate::workspace::Workspace;
use crate::{fuzz, packages, run};
use std::fs;
use std::process::Command;

/// All of it, the quick checks first.
pub(crate) fn all(workspace: &Workspace) -> Done {
    packages::ensure(&[TO_BUILD])?;
    let before = changes(workspace)?;
    run::step(
        "formatting",
        &mut workspace.cargo(&["fmt", "--all", "--check"]),
    )?;
    // No member of the workspace.
    let fuzz_manifest = "tests/fuzz/Cargo.toml";
    let args = ["fmt", "--manifest-path", fuzz_manifest, "--check"];
    run::step(
        "formatting of the fuzz targets",
        &mut workspace.cargo(&args),
    )?;
    one_arrow(workspace)?;
    run::step("lints", &mut lints(workspace))?;
    run::step("documentation", &mut documentation(workspace))?;
    crate::test(workspace, &[], &[("COREWATCH_REQUIRE_BROKER", "1")])?;
    fuzz::run(workspace, &["--runs".to_owned(), "4000".to_owned()])?;
    nothing_left_behind(&before, &changes(workspace)?)
}

fn lints(workspace: &Workspace) -> Command {
    let args = [
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    workspace.cargo(&args)
}

fn documentation(workspace: &Workspace) -> Command {
    let mut doc = workspace.cargo(&["doc", "--workspace", "--no-deps"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    doc
}

/// Two versions of arrow would not know each other's arrays, and double the slowest builds.
fn one_arrow(workspace: &Workspace) -> Done {
    let path = workspace.root.join("Cargo.lock");
    let lockfile = fs::read_to_string(&path)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    match versions(&lockfile, "arrow-array") {
        1 => Ok(()),
        count => Err(Failure::new(format!(
            "Cargo.lock holds arrow-array {count} times, not once: use the version that iceberg uses"
        ))),
    }
}

fn versions(lockfile: &str, package: &str) -> usize {
    let name = format!("name = \"{package}\"");
    lockfile.lines().filter(|line| *line == name).count()
}

/// What git sees as changed, so that a check on a machine with work in progress can pass too.
fn changes(workspace: &Workspace) -> Result<String, Failure> {
    run::output(
        Command::new("git")
            .args(["status", "--porcelain"])
            .current_dir(&workspace.root),
    )
}

fn nothing_left_behind(before: &str, after: &str) -> Done {
    if before == after {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the checks changed files of the repository:\n{after}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_counted_by_the_whole_name() {
        let lockfile = "[[package]]\nname = \"arrow-array\"\nversion = \"58.4.1\"\n\n[[package]]\nname = \"arrow\"\n";
        assert_eq!(versions(lockfile, "arrow-array"), 1);
        assert_eq!(versions(&lockfile.repeat(2), "arrow-array"), 2);
    }

    #[test]
    fn what_was_changed_before_may_stay_so() {
        assert_eq!(nothing_left_behind(" M a\n", " M a\n"), Ok(()));
        assert!(nothing_left_behind("", "?? b\n").is_err());
    }
}
