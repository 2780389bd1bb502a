//! The house rules that no compiler checks: which crate may know which, and how long a function may be.

use std::fs;
use std::path::{Path, PathBuf};

/// A function fits a screen.
const FUNCTION_LINES_MAX: usize = 75;

/// What each crate may depend on in this workspace, and what only it may use from outside.
const MAY_KNOW: [(&str, &[&str]); 9] = [
    ("wire", &[]),
    ("tables", &[]),
    ("sim", &[]),
    ("suffixes", &[]),
    ("feeds", &["wire", "tables", "suffixes"]),
    ("lake", &["tables"]),
    ("kafka", &[]),
    (
        "corewatch",
        &["wire", "tables", "feeds", "lake", "kafka", "sim"],
    ),
    ("xtask", &[]),
];
const ONLY_IN: [(&str, &str); 4] = [
    ("iceberg", "lake"),
    ("sqlx", "lake"),
    ("rdkafka", "kafka"),
    ("rdkafka-sys", "kafka"),
];

#[test]
fn crates_know_only_those_below_them() {
    for (name, allowed) in MAY_KNOW {
        let dependencies = dependencies(name);
        for (other, _) in MAY_KNOW {
            let is_known = dependencies.iter().any(|dependency| dependency == other);
            assert!(
                !is_known || allowed.contains(&other),
                "{name} must not depend on {other}"
            );
        }
        for (outside, owner) in ONLY_IN {
            let is_used = dependencies.iter().any(|dependency| dependency == outside);
            assert!(
                !is_used || name == owner,
                "only {owner} may depend on {outside}, not {name}"
            );
        }
    }
}

#[test]
fn every_function_fits_a_screen() {
    let mut too_long = Vec::new();
    for file in sources(&root().join("crates")) {
        let text = fs::read_to_string(&file).expect("a source");
        let mut begin = None;
        for (number, line) in text.lines().enumerate() {
            let code = line.trim_start();
            let words = code
                .trim_start_matches("pub ")
                .trim_start_matches("pub(crate) ")
                .trim_start_matches("pub(super) ");
            if ["fn ", "async fn ", "const fn ", "unsafe fn "]
                .iter()
                .any(|word| words.starts_with(word))
            {
                begin = Some((number, line.len() - code.len()));
            }
            if let Some((from, indent)) = begin
                && code == "}"
                && line.len() - code.len() == indent
            {
                if number - from > FUNCTION_LINES_MAX {
                    too_long.push(format!(
                        "{}:{}: {} lines",
                        file.display(),
                        from + 1,
                        number - from
                    ));
                }
                begin = None;
            }
        }
    }
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}

/// Names under `[dependencies]`.
fn dependencies(name: &str) -> Vec<String> {
    let manifest = fs::read_to_string(root().join("crates").join(name).join("Cargo.toml"))
        .expect("a manifest");
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next().map(str::to_owned))
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
