//! What must be on a machine before anything can be built or tested, and how to see whether it is there.

use crate::run::succeeds;
use std::env;
use std::path::Path;
use std::process::Command;

/// One thing that must be there.
#[derive(Debug)]
pub(crate) struct Need {
    /// What it is, for people.
    pub(crate) what: &'static str,
    /// The Debian package that brings it.
    pub(crate) debian: &'static str,
    sign: Sign,
}

/// How its presence shows.
#[derive(Debug)]
enum Sign {
    /// A program of this name on PATH; any of them is enough.
    Program(&'static [&'static str]),
    /// A header that the C compiler finds.
    Header(&'static str),
    /// A module that Python can import.
    PythonModule(&'static str),
}

/// To build: librdkafka, SQLite, zstd and mimalloc are compiled from source.
pub(crate) const TO_BUILD: &[Need] = &[
    Need {
        what: "a C compiler",
        debian: "gcc",
        sign: Sign::Program(&["cc", "gcc", "clang"]),
    },
    Need {
        what: "a C++ compiler",
        debian: "g++",
        sign: Sign::Program(&["c++", "g++", "clang++"]),
    },
    Need {
        what: "make",
        debian: "make",
        sign: Sign::Program(&["make"]),
    },
    Need {
        what: "cmake",
        debian: "cmake",
        sign: Sign::Program(&["cmake"]),
    },
    Need {
        what: "pkg-config",
        debian: "pkg-config",
        sign: Sign::Program(&["pkg-config"]),
    },
    Need {
        what: "OpenSSL's headers",
        debian: "libssl-dev",
        sign: Sign::Header("openssl/ssl.h"),
    },
    Need {
        what: "zlib's header",
        debian: "zlib1g-dev",
        sign: Sign::Header("zlib.h"),
    },
    // librdkafka's cmake build includes it whether it uses it or not.
    Need {
        what: "curl's headers",
        debian: "libcurl4-openssl-dev",
        sign: Sign::Header("curl/curl.h"),
    },
];

/// To test: a real Kafka broker, and the other engines that read our tables.
pub(crate) const TO_TEST: &[Need] = &[
    Need {
        what: "Java",
        debian: "default-jdk-headless",
        sign: Sign::Program(&["java"]),
    },
    Need {
        what: "Maven",
        debian: "maven",
        sign: Sign::Program(&["mvn"]),
    },
    Need {
        what: "Python 3",
        debian: "python3",
        sign: Sign::Program(&["python3"]),
    },
    Need {
        what: "Python's venv",
        debian: "python3-venv",
        sign: Sign::PythonModule("ensurepip"),
    },
];

/// Those of `needs` that are not there.
pub(crate) fn missing(needs: &[&'static [Need]]) -> Vec<&'static Need> {
    needs
        .iter()
        .copied()
        .flatten()
        .filter(|need| !need.is_met())
        .collect()
}

/// Whether a program of that name is on PATH.
pub(crate) fn has_program(name: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| is_program(&folder.join(name)))
}

impl Need {
    fn is_met(&self) -> bool {
        match self.sign {
            Sign::Program(names) => names.iter().any(|name| has_program(name)),
            Sign::Header(header) => has_header(header),
            Sign::PythonModule(module) => {
                succeeds(Command::new("python3").args(["-c", &format!("import {module}")]))
            }
        }
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Asks the compiler, which knows where it looks.
fn has_header(header: &str) -> bool {
    let args = [
        "-E",
        "-x",
        "c",
        "-include",
        header,
        "/dev/null",
        "-o",
        "/dev/null",
    ];
    ["cc", "gcc", "clang"]
        .iter()
        .any(|compiler| succeeds(Command::new(compiler).args(args)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_seen_and_what_is_not_is_not() {
        assert!(has_program("sh") && !has_program("no-such-program-anywhere"));
        assert!(has_header("stdio.h") && !has_header("no/such/header.h"));
    }
}
