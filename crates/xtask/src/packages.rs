//! Packages of the operating system: what is missing is installed where we may, else the command to do so is shown.

use crate::failure::{Done, Failure};
use crate::needs::{Need, has_program, missing};
use crate::run;
use std::process::Command;

/// Makes sure that all of `needs` are there.
///
/// # Errors
/// With the command to type, or the list of what is needed, where we may not or cannot install.
pub(crate) fn ensure(needs: &[&'static [Need]]) -> Done {
    let absent = missing(needs);
    if absent.is_empty() {
        return Ok(());
    }
    install(&absent)?;
    let absent = missing(needs);
    if absent.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "installed, but still not found: {}",
        listed(&absent)
    )))
}

fn install(absent: &[&Need]) -> Done {
    let packages: Vec<&str> = absent.iter().map(|need| need.debian).collect();
    if !has_program("apt-get") {
        return Err(Failure::new(by_hand(absent)));
    }
    let Some(privilege) = privilege() else {
        return Err(Failure::new(as_root(absent, &packages)));
    };
    run::step("package lists", &mut apt_get(privilege, &["update"]))?;
    let mut install = apt_get(privilege, &["install", "--yes", "--no-install-recommends"]);
    run::step("packages", install.args(&packages))
}

/// The words before `apt-get` that let us install; none if we may not.
fn privilege() -> Option<&'static [&'static str]> {
    let is_root = run::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if is_root {
        return Some(&[]);
    }
    run::succeeds(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}

/// Output goes to stderr, as all of ours: stdout is the demo's.
fn apt_get(privilege: &[&str], args: &[&str]) -> Command {
    let words = [
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "--quiet=2",
    ];
    let mut words = privilege.iter().chain(&words).chain(args);
    let mut command = Command::new(words.next().copied().unwrap_or("env"));
    command.args(words).stdout(std::io::stderr());
    command
}

fn as_root(absent: &[&Need], packages: &[&str]) -> String {
    format!(
        "missing: {}. We may not install here; type\n\n  \
         sudo apt-get update && sudo apt-get install --yes {}\n\nand try again",
        listed(absent),
        packages.join(" "),
    )
}

fn by_hand(absent: &[&Need]) -> String {
    let lines = absent
        .iter()
        .map(|need| format!("  {} (in Debian: {})\n", need.what, need.debian));
    format!(
        "missing, and there is no apt-get to install them with:\n\n{}\n\
         Install them with your package manager and try again",
        lines.collect::<String>(),
    )
}

fn listed(absent: &[&Need]) -> String {
    absent
        .iter()
        .map(|need| need.what)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::needs::{TO_BUILD, TO_TEST};

    #[test]
    fn the_command_to_type_names_every_package() {
        let absent: Vec<&Need> = TO_BUILD.iter().chain(TO_TEST).collect();
        let packages: Vec<&str> = absent.iter().map(|need| need.debian).collect();
        let text = as_root(&absent, &packages);
        assert!(text.contains("install --yes gcc g++ make cmake pkg-config libssl-dev zlib1g-dev"));
        assert!(text.contains("libcurl4-openssl-dev default-jdk-headless maven"));
        assert_eq!(by_hand(&absent).matches("in Debian").count(), absent.len());
    }

    #[test]
    fn sudo_comes_before_the_environment() {
        let command = apt_get(&["sudo", "-n"], &["update"]);
        let args: Vec<_> = command
            .get_args()
            .map(|arg| arg.to_string_lossy())
            .collect();
        assert_eq!(command.get_program(), "sudo");
        assert_eq!(
            args,
            [
                "-n",
                "env",
                "DEBIAN_FRONTEND=noninteractive",
                "apt-get",
                "--quiet=2",
                "update"
            ]
        );
    }
}
