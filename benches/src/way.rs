//! The ways to work through an input: those of peers, and our own.

use crate::definition::Definition;
use crate::input::Input;
use crate::peers::{bgpkit, dns, netgauze, serde_json_atlas, serde_json_typed};
use crate::{cpu, kafka, ours, programs, units};
use anyhow::Result;
use feeds::{DecoderSettings, Format};
use lake::WorkerFiles;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Instant;

/// One way to work through an input, from its first octet.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// bgpkit-parser's elements of an MRT file.
    Bgpkit,
    /// NetGauze's bgp-pkt: the BGP messages of an MRT file as objects.
    NetgauzeBgp,
    /// NetGauze's bmp-pkt: BMP messages as objects, with the state of their peers.
    NetgauzeBmp,
    /// serde_json into borrowed structs.
    SerdeJson,
    /// hickory-proto: the DNS messages of dnstap frames, cut out before the clock starts, as trees.
    Hickory,
    /// prost for the frames, hickory-proto for the messages.
    ProstHickory,
    /// domain: the same messages as for hickory, every record stepped over, nothing written.
    Domain,
    /// bgpframe: MRT to Parquet.
    Bgpframe,
    /// Ours: batches made before the clock starts, encoded as Parquet.
    Encode,
    /// Ours: decoded and checked, nothing copied.
    Runs,
    /// Ours: all columns as Arrow arrays.
    Columns,
    /// Ours: the same, but `registered_domain` and `public_suffix` are not looked up.
    ColumnsWithoutDomains,
    /// Ours: all columns, encoded as Parquet, in one thread.
    Parquet,
    /// `corewatch convert`: all columns as Parquet.
    Convert,
    /// `corewatch run`: from a broker into committed tables.
    Run,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Worked {
    /// Rows of what the feed is about: routes, DNS messages or measurements.
    pub rows: u64,
    /// CPU time, of all threads that worked.
    pub cpu_seconds: f64,
    /// Time by the clock.
    pub wall_seconds: f64,
    /// Messages, where the program has counted them.
    pub messages: Option<u64>,
}

impl Way {
    /// As in definitions and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bgpkit => "bgpkit",
            Self::NetgauzeBgp => "netgauze-bgp",
            Self::NetgauzeBmp => "netgauze-bmp",
            Self::SerdeJson => "serde-json",
            Self::Hickory => "hickory",
            Self::ProstHickory => "prost-hickory",
            Self::Domain => "domain",
            Self::Bgpframe => "bgpframe",
            Self::Encode => "encode",
            Self::Runs => "runs",
            Self::Columns => "columns",
            Self::ColumnsWithoutDomains => "columns-without-domains",
            Self::Parquet => "parquet",
            Self::Convert => "convert",
            Self::Run => "run",
        }
    }

    /// Works through the input. None if the program that it needs is not there.
    ///
    /// # Errors
    /// If a program fails.
    pub fn work(self, definition: &Definition, input: &Input) -> Result<Option<Worked>> {
        let (format, octets) = (definition.format, input.octets.as_slice());
        let units = units::of(format, octets);
        let settings = ours::settings(format);
        let worked = match self {
            Self::Bgpkit => in_thread(|| bgpkit::elements(octets)),
            Self::NetgauzeBgp => in_thread(|| netgauze::bgp(octets).routes),
            Self::NetgauzeBmp => in_thread(|| netgauze::bmp(octets).routes),
            Self::SerdeJson if format == Format::Atlas => {
                in_thread(|| serde_json_atlas::responses(&units))
            }
            Self::SerdeJson => in_thread(|| serde_json_typed::prefixes(&units)),
            Self::Hickory => {
                let messages = dns::messages(&dns::frames(&units));
                in_thread(|| dns::hickory(&messages))
            }
            Self::ProstHickory => {
                let frames = dns::frames(&units);
                in_thread(|| dns::prost_hickory(&frames))
            }
            Self::Domain => {
                let messages = dns::messages(&dns::frames(&units));
                in_thread(|| dns::domain(&messages))
            }
            Self::Encode => {
                let batches = ours::batches(settings, &units);
                let folder = tempfile::tempdir()?;
                return parquet(folder.path(), |files| ours::encode(&batches, files));
            }
            Self::Parquet => {
                let folder = tempfile::tempdir()?;
                return parquet(folder.path(), |files| {
                    ours::parquet(settings, &units, files)
                });
            }
            Self::Runs => in_thread(|| ours::runs(settings, &units)),
            Self::Columns => in_thread(|| ours::columns(settings, &units)),
            Self::ColumnsWithoutDomains => {
                let settings = DecoderSettings {
                    gives_registered_domains: false,
                    ..settings
                };
                in_thread(|| ours::columns(settings, &units))
            }
            Self::Bgpframe => return programs::bgpframe(input),
            Self::Convert => return programs::convert(definition, input),
            Self::Run => return kafka::run(definition, input),
        };
        worked.map(Some)
    }
}

/// Files in a folder that goes away with what was written.
fn parquet(
    folder: &Path,
    work: impl FnOnce(&mut WorkerFiles) -> lake::Result<u64>,
) -> Result<Option<Worked>> {
    let mut files = WorkerFiles::plain(folder, "bench")?;
    let mut written = Ok(0);
    let mut worked = in_thread(|| {
        written = work(&mut files);
        0
    })?;
    worked.rows = written?;
    Ok(Some(worked))
}

fn in_thread(work: impl FnOnce() -> u64) -> Result<Worked> {
    let began = Instant::now();
    let (cpu_seconds, rows) = cpu::of_thread(work)?;
    Ok(Worked {
        rows,
        cpu_seconds,
        wall_seconds: began.elapsed().as_secs_f64(),
        messages: None,
    })
}
