//! The octets that are measured, and where the shared captures are.

use crate::definition::{Definition, Make};
use crate::ris_live;
use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use std::path::{Path, PathBuf};

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
        let file = read(&path)?;
        let made = match definition.make {
            Make::AsIs => file,
            Make::RisLiveWithRaw => ris_live::lines(&file, true),
            Make::RisLiveWithoutRaw => ris_live::lines(&file, false),
        };
        Ok(Self {
            path,
            octets: made.repeat(definition.copies),
        })
    }
}

/// A file, decompressed if it is gzip.
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
    if !octets.starts_with(&[0x1f, 0x8b]) {
        return Ok(octets);
    }
    let mut decompressed = Vec::new();
    std::io::Read::read_to_end(
        &mut MultiGzDecoder::new(octets.as_slice()),
        &mut decompressed,
    )
    .with_context(|| path.display().to_string())?;
    Ok(decompressed)
}

/// The folder of the captures.
pub fn shared_data() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    std::env::var_os("COREWATCH_SHARED_DATA").map_or_else(beside, PathBuf::from)
}
