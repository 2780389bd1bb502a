//! The octets that are measured, and where the shared captures are.

use crate::definition::{Definition, Make};
use crate::ris_live;
use anyhow::{Context, Result};
use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use std::io::Read;
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
