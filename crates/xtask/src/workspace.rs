//! Where things are, and how cargo is called.

use crate::failure::Failure;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders of this repository.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Where the root `Cargo.toml` is.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, absolute.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// The workspace that this program was built from.
    pub(crate) fn find() -> Result<Self, Failure> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .unwrap_or(Path::new("."));
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => absolute(Path::new(&folder))?,
            None => root.join("target"),
        };
        Ok(Self {
            root: root.to_owned(),
            target,
        })
    }

    /// The program, once it is built.
    pub(crate) fn binary(&self) -> PathBuf {
        self.target.join("debug").join("corewatch")
    }

    /// Cargo in the root folder.
    ///
    /// It does not see what `cargo run` told us about xtask itself: build scripts watch `CARGO_MANIFEST_DIR` and
    /// `CARGO_PKG_*` (ring's does), and would run anew each time xtask and plain cargo take turns.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
        for (name, _) in env::vars_os().filter(|(name, _)| is_about_us(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        if env::var_os("CARGO_TARGET_DIR").is_some() {
            command.env("CARGO_TARGET_DIR", &self.target);
        }
        command.args(args).current_dir(&self.root);
        command
    }
}

fn is_about_us(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// The same folder without `..`: with such a one cmake was seen to install librdkafka outside of it.
fn absolute(folder: &Path) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder)
        .and_then(|()| folder.canonicalize())
        .map_err(|error| Failure::new(format!("CARGO_TARGET_DIR {}: {error}", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_run_told_us_goes_no_further() {
        assert!(is_about_us("CARGO_PKG_NAME") && is_about_us("CARGO_MANIFEST_DIR"));
        assert!(!is_about_us("CARGO_TARGET_DIR") && !is_about_us("CARGO_HOME"));
    }

    #[test]
    fn the_root_holds_the_lockfile() {
        let workspace = Workspace::find().map_err(|failure| failure.to_string());
        assert!(workspace.is_ok_and(|workspace| workspace.root.join("Cargo.lock").is_file()));
    }
}
