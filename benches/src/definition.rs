//! What is measured: one file of `definitions/` each.

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// One input.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Name of the file it stands in.
    #[serde(skip)]
    pub name: String,
    /// A gzip file under the shared data.
    pub input: PathBuf,
    /// Routes in it.
    pub rows: u64,
    /// Runs of each stage.
    pub repetitions: usize,
    /// How many times faster than the peer a stage must be.
    #[serde(default)]
    pub floor: BTreeMap<String, f64>,
}

impl Definition {
    /// The input, decompressed.
    ///
    /// # Errors
    /// If it is not there: the benches need the shared captures.
    pub fn read(&self, data: &Path) -> Result<Vec<u8>> {
        let path = data.join(&self.input);
        let file = File::open(&path).with_context(|| {
            format!(
                "cannot open {}: set COREWATCH_SHARED_DATA to the folder of the captures",
                path.display()
            )
        })?;
        let mut octets = Vec::new();
        MultiGzDecoder::new(file).read_to_end(&mut octets)?;
        Ok(octets)
    }
}

/// All definitions, by name.
///
/// # Errors
/// If one cannot be read.
pub fn all() -> Result<Vec<Definition>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("definitions");
    let mut paths: Vec<PathBuf> = folder
        .read_dir()?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    paths.sort();
    let load = |path: PathBuf| {
        let text = std::fs::read_to_string(&path)?;
        let mut definition: Definition =
            toml::from_str(&text).with_context(|| path.display().to_string())?;
        definition.name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(definition)
    };
    paths.into_iter().map(load).collect()
}
