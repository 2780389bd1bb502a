//! What is measured: one file of `definitions/` each.

use crate::way::Way;
use anyhow::{Context, Result};
use feeds::Format;
use serde::{Deserialize, Deserializer};
use std::path::{Path, PathBuf};

/// One input, and what is done with it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Name of the file it stands in.
    #[serde(skip)]
    pub name: String,
    /// A file under the shared data, plain or gzip, or the folder of those that are read.
    pub input: PathBuf,
    /// What is made of the file before it is measured.
    #[serde(default)]
    pub make: Make,
    /// How it is cut into units then.
    #[serde(deserialize_with = "format")]
    pub format: Format,
    /// So many times one after the other.
    #[serde(default = "one")]
    pub copies: usize,
    /// Rows of what the feed is about (routes, DNS messages, measurements) in all copies.
    pub rows: u64,
    /// Runs of each way; medians count.
    pub repetitions: usize,
    /// Who else reads it. The first is what ours is compared with.
    #[serde(default, rename = "peer")]
    pub peers: Vec<Measure>,
    /// What of ours is measured.
    #[serde(rename = "stage")]
    pub stages: Vec<Measure>,
}

/// One way to work through the input, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Which way.
    pub name: Way,
    /// Its rows, where they differ from those of the definition.
    pub rows: Option<u64>,
    /// How many times the first peer's rows per CPU second it must reach.
    pub floor: Option<f64>,
    /// How many times it is to reach one day.
    pub goal: Option<f64>,
}

/// What is made of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Make {
    /// It is taken as it is.
    #[default]
    AsIs,
    /// Lines of RIS Live from the BGP messages of an MRT file, with their octets in `raw`.
    RisLiveWithRaw,
    /// The same without `raw`.
    RisLiveWithoutRaw,
    /// dnstap in Frame Streams from a packet capture, by the captures' own `enlarge.py`: names differ from copy to copy.
    Dnstap,
    /// Results of RIPE Atlas, one per line, from the files of a folder: probes and DNS ids differ from copy to copy.
    Atlas,
}

const fn one() -> usize {
    1
}

fn format<'de, D: Deserializer<'de>>(from: D) -> Result<Format, D::Error> {
    let name = String::deserialize(from)?;
    Format::by_name(&name).ok_or_else(|| serde::de::Error::custom("no such format"))
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
    paths.iter().map(|path| load(path)).collect()
}

fn load(path: &Path) -> Result<Definition> {
    let text = std::fs::read_to_string(path)?;
    let mut definition: Definition =
        toml::from_str(&text).with_context(|| path.display().to_string())?;
    let name = path.file_stem().unwrap_or_default();
    definition.name = name.to_string_lossy().into_owned();
    Ok(definition)
}
