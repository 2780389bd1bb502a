//! The fuzz targets of `tests/fuzz`: built with coverage and the address sanitizer, seeded with the corpus, and run.
//!
//! cargo-fuzz is not needed, and neither is a nightly compiler: the sanitizer comes with the stable one, which is told that
//! for this build it may use it.

use crate::failure::{Done, Failure};
use crate::needs::TO_BUILD;
use crate::workspace::Workspace;
use crate::{packages, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "../../../tests/it/octets.rs"]
mod octets;

/// Targets, and the folders of the corpus whose messages they begin with; none stands for all.
const TARGETS: [(&str, &[&str]); 14] = [
    ("mrt", &["mrt"]),
    ("bmp", &["bmp"]),
    ("openbmp", &["openbmp"]),
    ("update", &["mrt"]),
    ("ris-live", &["ris-live"]),
    ("dns", &["dnstap", "pcap"]),
    ("dnstap", &["dnstap"]),
    ("fstrm", &["fstrm"]),
    ("pdns", &["pdns"]),
    ("atlas", &["atlas"]),
    ("dns-collector", &["dns-collector"]),
    ("pcap", &["pcap"]),
    ("state", &[]),
    ("auto", &[]),
];

/// As cargo-fuzz builds.
const FLAGS: &str = "--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Our memory is bounded by the largest message, 16 MiB of MRT; leaks are not looked for, because that needs ptrace.
const LIMITS: [&str; 4] = [
    "-rss_limit_mb=2048",
    "-malloc_limit_mb=512",
    "-timeout=5",
    "-detect_leaks=0",
];

/// Builds the targets, and runs those that `args` name, or all of them, one after the other.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Done {
    let plan = Plan::of(args)?;
    packages::ensure(&[TO_BUILD])?;
    let host = host()?;
    let folder = workspace.target.join("fuzz");
    let manifest = workspace.root.join("tests/fuzz/Cargo.toml");
    let mut build = workspace.cargo(&["build", "--release", "--locked", "--target", &host]);
    build
        .arg("--manifest-path")
        .arg(manifest)
        .arg("--target-dir")
        .arg(&folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", FLAGS);
    run::step("build of the fuzz targets", &mut build)?;
    for (name, seeds) in plan.targets {
        let corpus = folder.join(plan.extent.corpus()).join(name);
        let found = folder.join("artifacts").join(name);
        if matches!(plan.extent, Extent::Runs(_)) && corpus.exists() {
            fs::remove_dir_all(&corpus).map_err(|error| failure(&corpus, &error))?;
        }
        made(&corpus)?;
        made(&found)?;
        write_seeds(&workspace.root.join("tests/corpus"), seeds, name, &corpus)?;
        let program = folder.join(&host).join("release").join(name);
        let mut fuzz = Command::new(program);
        fuzz.args(plan.extent.options())
            .arg(format!("-artifact_prefix={}/", found.display()))
            .args(LIMITS)
            .arg(&corpus);
        run::step(&format!("fuzzing of {name}"), &mut fuzz)?;
    }
    Ok(())
}

/// What to run, and how much of it.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    extent: Extent,
    targets: Vec<(&'static str, &'static [&'static str])>,
}

impl Plan {
    fn of(args: &[String]) -> Result<Self, Failure> {
        let (mut extent, mut targets) = (Extent::Seconds(20), Vec::new());
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if let "--seconds" | "--runs" = arg.as_str() {
                let number = args.next().and_then(|number| number.parse().ok());
                let number =
                    number.ok_or_else(|| Failure::usage(format!("{arg} needs a number")))?;
                extent = match arg.as_str() {
                    "--runs" => Extent::Runs(number),
                    _ => Extent::Seconds(number),
                };
                continue;
            }
            let target = TARGETS.into_iter().find(|(name, _)| name == arg);
            targets.push(target.ok_or_else(|| {
                let names = TARGETS.map(|(name, _)| name).join(", ");
                Failure::usage(format!("no fuzz target {arg}; there are {names}"))
            })?);
        }
        if targets.is_empty() {
            targets.extend(TARGETS);
        }
        Ok(Self { extent, targets })
    }
}

/// How long a target is fuzzed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// So long, beginning anywhere.
    Seconds(u32),
    /// So many inputs, beginning with the seeds alone and so the same each time: CI must not fail by chance.
    Runs(u32),
}

impl Extent {
    /// Folder of the inputs. What was found interesting before is where a long search begins.
    fn corpus(self) -> &'static str {
        match self {
            Self::Seconds(_) => "corpus",
            Self::Runs(_) => "seeds",
        }
    }

    fn options(self) -> Vec<String> {
        match self {
            Self::Seconds(seconds) => vec![format!("-max_total_time={seconds}")],
            Self::Runs(runs) => vec![format!("-runs={runs}"), "-seed=1".to_owned()],
        }
    }
}

/// The platform that we run on: with a target of its own, build scripts and macros are built without the flags.
fn host() -> Result<String, Failure> {
    let version = run::output(Command::new("rustc").arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned);
    host.ok_or_else(|| Failure::new("rustc -vV names no host"))
}

/// Writes every message of the corpus as a file.
fn write_seeds(corpus: &Path, chosen: &[&str], target: &str, to: &Path) -> Done {
    for folder in entries(corpus)? {
        let format = name_of(&folder);
        if !chosen.is_empty() && !chosen.contains(&format.as_str()) {
            continue;
        }
        for case in entries(&folder)? {
            let text = fs::read_to_string(&case).map_err(|error| failure(&case, &error))?;
            let messages = text.split("\n---\n").next().unwrap_or_default();
            let messages = octets::messages_of(messages).map_err(Failure::new)?;
            for (message, number) in messages.into_iter().zip(0..) {
                let seed = match target {
                    "update" => update_of(&message),
                    "dns" => dns_of(&message),
                    _ => message,
                };
                let path = to.join(format!("{format}-{}-{number}", name_of(&case)));
                fs::write(&path, seed).map_err(|error| failure(&path, &error))?;
            }
        }
    }
    Ok(())
}

/// What the target `update` wants: which of its envelopes, and the body behind the header of the BGP message.
fn update_of(message: &[u8]) -> Vec<u8> {
    let marker = message.windows(16).position(|octets| octets == [0xff; 16]);
    let body = marker.and_then(|begin| message.get(begin.saturating_add(19)..));
    [&[1], body.unwrap_or_default()].concat()
}

/// What the target `dns` wants: what is in an envelope, from where a header with one question may begin.
fn dns_of(message: &[u8]) -> Vec<u8> {
    let header = message
        .windows(12)
        .position(|header| matches!(header, [_, _, _, _, 0, 1, 0, _, 0, _, 0, _]));
    let found = header.and_then(|begin| message.get(begin..));
    found.unwrap_or_default().to_vec()
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).map_err(|error| failure(folder, &error))?;
    entries
        .map(|entry| Ok(entry.map_err(|error| failure(folder, &error))?.path()))
        .collect()
}

fn name_of(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn made(folder: &Path) -> Done {
    fs::create_dir_all(folder).map_err(|error| failure(folder, &error))
}

fn failure(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(args: &[&str]) -> Result<Plan, Failure> {
        Plan::of(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn all_targets_unless_some_are_named() {
        let all = Plan {
            extent: Extent::Seconds(20),
            targets: TARGETS.to_vec(),
        };
        assert_eq!(plan(&[]), Ok(all));
        let one = Plan {
            extent: Extent::Seconds(5),
            targets: vec![("mrt", &["mrt"])],
        };
        assert_eq!(plan(&["--seconds", "5", "mrt"]), Ok(one));
        let runs = plan(&["--runs", "9", "mrt"]).map(|plan| plan.extent);
        assert_eq!(runs, Ok(Extent::Runs(9)));
        assert!(plan(&["--seconds"]).is_err() && plan(&["no-such-target"]).is_err());
    }

    #[test]
    fn the_body_stands_behind_the_header() {
        let message = [&[7; 5][..], &[0xff; 16], &[0, 21, 2, 8, 9]].concat();
        assert_eq!(update_of(&message), [1, 8, 9]);
        assert_eq!(update_of(&[]), [1]);
    }

    #[test]
    fn a_header_with_a_question_begins_a_message() {
        let header = [7, 8, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 9];
        let envelope = [&[14, 3][..], &header].concat();
        assert_eq!(dns_of(&envelope), header);
        assert_eq!(dns_of(&[]), []);
    }
}
