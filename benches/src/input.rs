//! The octets that are measured, and where the shared captures are.

use crate::definition::{Definition, Make};
use crate::{atlas, cpu, ris_live};
use anyhow::{Context, Result};
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The octets of a definition.
#[derive(Debug)]
pub struct Input {
    /// The file they come from.
    pub path: PathBuf,
    /// All copies.
    pub octets: Vec<u8>,
}

impl Input {
    /// Reads the file and makes of it what the definition says.
    ///
    /// # Errors
    /// If it is not there: the benches need the shared captures.
    pub fn load(definition: &Definition) -> Result<Self> {
        let path = shared_data().join(&definition.input);
        let copies = definition.copies;
        let octets = match definition.make {
            Make::AsIs => read(&path)?.repeat(copies),
            Make::RisLiveWithRaw => ris_live::lines(&read(&path)?, true).repeat(copies),
            Make::RisLiveWithoutRaw => ris_live::lines(&read(&path)?, false).repeat(copies),
            Make::Dnstap => enlarged("dnstap", &path, copies)?,
            Make::Atlas => atlas::lines(&path, copies)?,
        };
        Ok(Self { path, octets })
    }
}

/// So many copies of a capture, in each of which the names are others.
fn enlarged(kind: &str, path: &Path, copies: usize) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let output = folder.path().join("enlarged");
    let mut python = Command::new("python3");
    python.arg(shared_data().join("enlarge.py")).arg(kind);
    python.arg(path).arg(&output);
    python.args(["--copies", &copies.to_string()]);
    cpu::of_program(&mut python)?;
    Ok(std::fs::read(&output)?)
}

/// A file, decompressed if it is gzip or bzip2.
///
/// # Errors
/// If it is not there, or damaged.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let octets = std::fs::read(path).with_context(|| {
        format!(
            "cannot open {}: set COREWATCH_SHARED_DATA to the folder of the captures",
            path.display()
        )
    })?;
    let mut decompressed = Vec::new();
    match octets.as_slice() {
        [0x1f, 0x8b, ..] => MultiGzDecoder::new(octets.as_slice()).read_to_end(&mut decompressed),
        [b'B', b'Z', b'h', ..] => {
            MultiBzDecoder::new(octets.as_slice()).read_to_end(&mut decompressed)
        }
        _ => return Ok(octets),
    }
    .with_context(|| path.display().to_string())?;
    Ok(decompressed)
}

/// The folder of the captures.
pub fn shared_data() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    std::env::var_os("COREWATCH_SHARED_DATA").map_or_else(beside, PathBuf::from)
}
