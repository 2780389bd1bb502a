//! The command line as scripts see it: exit codes, and which stream says what.

use crate::program::binary;
use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// One call of the program, at its end.
pub struct Call {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Call {
    /// Runs the program with nothing on standard input.
    pub fn of(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let output = Command::new(binary())
            .args(args)
            .stdin(Stdio::null())
            .output();
        Self::ended(output.expect("corewatch starts"))
    }

    /// What has become of a process. It has not panicked.
    pub fn ended(output: Output) -> Self {
        let text = |octets| String::from_utf8(octets).expect("UTF-8");
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        assert!(!stderr.contains("panicked"), "{stderr}");
        let code = output.status.code();
        Self {
            code: code.expect("no signal"),
            stdout,
            stderr,
        }
    }

    /// The last line of standard output.
    pub fn json(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(line)
            .unwrap_or_else(|_| panic!("no JSON: {} {}", self.stdout, self.stderr))
    }
}

/// Ends with that code and says each of these words on standard error.
fn check(args: &[&str], code: i32, words: &[&str]) {
    let call = Call::of(args);
    assert_eq!(call.code, code, "{args:?}: {}", call.stderr);
    for word in words {
        assert!(
            call.stderr.contains(word),
            "{args:?} does not say {word}: {}",
            call.stderr
        );
    }
}

#[test]
fn help_and_version_end_well() {
    for args in [
        &["--help"][..],
        &["--version"],
        &["convert", "--help"],
        &["help", "run"],
    ] {
        let call = Call::of(args);
        assert_eq!((call.code, call.stderr.as_str()), (0, ""), "{args:?}");
        assert!(!call.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    check(
        &[],
        2,
        &[
            "Usage", "demo", "run", "replay", "inspect", "convert", "verify", "schema", "check",
        ],
    );
    check(&["--no-such-option"], 2, &["--no-such-option"]);
    check(&["no-such-command"], 2, &["no-such-command"]);
    check(&["convert", "--format", "mrt"], 2, &["FILE"]);
    check(&["convert", "--format", "nope", "x"], 2, &["nope", "mrt"]);
    check(&["inspect", "--brokers", "b"], 2, &["--topic"]);
    check(&["schema", "nope"], 2, &["nope", "routes", "ingest_log"]);
    check(&["verify"], 2, &["--lake", "--config"]);
    check(
        &["verify", "--lake", "x", "--config", "y"],
        2,
        &["--lake", "--config"],
    );
    let replay = [
        "replay",
        "--brokers",
        "b",
        "--topic",
        "t",
        "--format",
        "mrt",
        "x",
    ];
    for wrong in [
        ["--speed", "0"],
        ["--speed", "fast"],
        ["--partitions", "0"],
        ["--librdkafka", "no-sign"],
    ] {
        check(&[&replay[..], &wrong].concat(), 2, &wrong);
    }
}

#[test]
fn what_is_not_there_is_named() {
    check(
        &["verify", "--lake", "/no/such/lake"],
        1,
        &["/no/such/lake", "no lake"],
    );
    check(
        &["convert", "--format", "mrt", "/no/such/file"],
        1,
        &["/no/such/file"],
    );
}

/// What we ship as an example is what the program takes.
#[test]
fn every_configuration_here_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config");
    let entries = std::fs::read_dir(folder).expect("configurations");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let file = file.to_str().expect("UTF-8");
        let call = Call::of(["check", "--config", file, "--json"]);
        assert_eq!(call.code, 0, "{file}: {}", call.stdout);
    }
}

#[test]
fn a_wrong_configuration_says_where_and_what_was_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("corewatch.toml");
    let laptop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/laptop.toml");
    let text = std::fs::read_to_string(laptop).expect("a configuration");
    std::fs::write(
        &file,
        text.replace("format = \"mrt\"", "format = \"openbpm\""),
    )
    .expect("a file");
    let call = Call::of(["check", "--config", file.to_str().expect("UTF-8")]);
    assert_eq!(call.code, 3, "{}", call.stdout);
    let words = "unknown format \"openbpm\": did you mean \"openbmp\"?";
    assert!(
        call.stdout.contains("corewatch.toml:18:10: ") && call.stdout.contains(words),
        "{}",
        call.stdout
    );
}

#[test]
fn a_demo_replaces_only_what_a_demo_made() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("mine"), "precious").expect("a file");
    let path = folder.path().to_str().expect("UTF-8");
    check(
        &["demo", "--dir", path, "--seconds", "1"],
        1,
        &[path, "--dir"],
    );
    let kept = std::fs::read_to_string(folder.path().join("mine"));
    assert_eq!(kept.expect("still there"), "precious");
}

/// What is simulated is counted when it is made: the lake must hold just that, of the collector, the router and the
/// resolver.
#[test]
fn a_demo_holds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("demo");
    let path = path.to_str().expect("UTF-8");
    let call = Call::of(["demo", "--dir", path, "--seconds", "3", "--json"]);
    assert_eq!(call.code, 0, "{} {}", call.stdout, call.stderr);
    let json = call.json();
    assert_eq!(json["verify"]["ok"], true);
    for table in ["routes", "rib", "sessions", "bmp_stats", "dns_messages"] {
        assert!(json["rows"][table].as_u64() > Some(0), "{table}: {json}");
    }
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut schema = Command::new(binary());
    schema.arg("schema").stdout(writer).stderr(Stdio::piped());
    let call = Call::ended(schema.output().expect("corewatch starts"));
    assert_eq!((call.code, call.stderr.as_str()), (0, ""));
}
