//! The other engines that read our tables in tests: a Python environment with what `tests/readers/requirements.txt`
//! pins, in `readers-venv` of the target folder.

use crate::failure::Done;
use crate::made::Made;
use crate::run;
use crate::workspace::Workspace;
use std::path::PathBuf;
use std::process::Command;

/// The Python of that environment.
pub(crate) fn python(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("bin/python")
}

/// Makes sure that the environment is there and as pinned now.
pub(crate) fn ensure(workspace: &Workspace) -> Done {
    let requirements = workspace.root.join("tests/readers/requirements.txt");
    let folder = folder(workspace);
    Made {
        folder: &folder,
        recipe: &requirements,
    }
    .ensure(|| {
        run::step(
            "Python environment",
            Command::new("python3").args(["-m", "venv"]).arg(&folder),
        )?;
        let mut pip = Command::new(python(workspace));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ]);
        run::step("readers", pip.arg(&requirements).stdout(std::io::stderr()))
    })
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("readers-venv")
}
