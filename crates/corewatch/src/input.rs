//! Input files: opened, unpacked, and cut into the units of their format. Memory is bounded by the largest unit, and by how
//! far a format looks ahead to find the end of damage. A large file of captured packets is cut between packets, and what stands
//! at its front is repeated in front of each unit.
//!
//! A unit is what `replay` sends as one message and what `convert` counts as one: both cut here, so they agree, except that
//! `replay` cuts captures into smaller units, which brokers take.

use anyhow::{Context, Result};
use feeds::{Format, GAP_OCTETS_MAX, Unit as Found};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Octets asked of a file at a time.
const READ_OCTETS: usize = 256 * 1024;
/// Enough of a file to know its packing.
const SIGNATURE_OCTETS: usize = 10;
/// Stands for standard input.
const STDIN: &str = "-";

/// A piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit<'a> {
    /// The octets.
    pub octets: &'a [u8],
    /// Number of it in the file, from 0.
    pub number: i64,
}

/// The units of one file, one after the other. A stretch in which none can be found is cut into units too.
pub struct Units {
    format: Format,
    reader: Box<dyn Read>,
    buffer: Vec<u8>,
    /// What of `buffer` was read and not given out.
    unread: std::ops::Range<usize>,
    /// Nobody knows where the next unit begins.
    is_lost: bool,
    /// Octets of a gap that were not given out: it goes in pieces.
    gap_octets: usize,
    /// Units that may be of any length have at most so many octets.
    part_octets_max: usize,
    /// What of `buffer`, given out already, belongs in front of the next unit too.
    repeated: std::ops::Range<usize>,
    is_at_end: bool,
    /// Why reading has ended before the file has.
    failure: Option<io::Error>,
    next_number: i64,
    octets: u64,
}

impl Units {
    /// Opens a file, or standard input for `-`; `bar` moves with it. Units that may be of any length have at most
    /// `part_octets_max`.
    ///
    /// # Errors
    /// If it cannot be opened or its first octets cannot be read.
    pub fn open(
        path: &Path,
        format: Format,
        part_octets_max: usize,
        bar: &ProgressBar,
    ) -> Result<Self> {
        let file: Box<dyn Read> = if path == Path::new(STDIN) {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).context("cannot open it")?)
        };
        let reader = unpack(bar.wrap_read(file)).context("cannot read it")?;
        Ok(Self::new(reader, format, part_octets_max))
    }

    fn new(reader: Box<dyn Read>, format: Format, part_octets_max: usize) -> Self {
        Self {
            format,
            reader,
            buffer: vec![0; READ_OCTETS],
            unread: 0..0,
            is_lost: false,
            gap_octets: 0,
            part_octets_max,
            repeated: 0..0,
            is_at_end: false,
            failure: None,
            next_number: 0,
            octets: 0,
        }
    }

    /// The next unit; none at the end of the file.
    ///
    /// # Errors
    /// After the last unit, if the file could not be read or unpacked to its end.
    pub fn next(&mut self) -> io::Result<Option<Unit<'_>>> {
        let repeated = self.repeat();
        let found = loop {
            let unread = self.buffer.get(self.unread.clone()).unwrap_or_default();
            if unread.is_empty() && self.is_at_end {
                return self.failure.take().map_or(Ok(None), Err);
            }
            if self.gap_octets > 0 {
                break self.gap_octets.min(GAP_OCTETS_MAX);
            }
            if self.is_lost {
                if unread.len() >= GAP_OCTETS_MAX || self.is_at_end {
                    break unread.len().min(GAP_OCTETS_MAX);
                }
                self.fill();
                continue;
            }
            let octets_max = self.part_octets_max;
            match (self.format).first_unit_within(unread, self.is_at_end, octets_max) {
                Found::Whole(octets) => break octets,
                Found::Part {
                    octets,
                    header_octets,
                } => {
                    let begin = self.unread.start;
                    self.repeated = begin..begin + header_octets;
                    break octets;
                }
                Found::Incomplete if !self.is_at_end => self.fill(),
                Found::Gap(octets) => self.gap_octets = octets.min(unread.len()),
                Found::Incomplete | Found::Damaged => self.is_lost = true,
            }
        };
        self.gap_octets = self.gap_octets.saturating_sub(found);
        self.octets -= repeated as u64;
        Ok(Some(self.take(found)))
    }

    /// Octets given out so far, unpacked; what was repeated counts once.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Puts what is to be repeated in front of what is unread, over what was given out. Returns how many octets that are.
    fn repeat(&mut self) -> usize {
        let repeated = std::mem::take(&mut self.repeated);
        let octets = repeated.len();
        self.unread.start -= octets;
        self.buffer.copy_within(repeated, self.unread.start);
        octets
    }

    fn take(&mut self, octets: usize) -> Unit<'_> {
        let number = self.next_number;
        self.next_number += 1;
        self.octets += octets as u64;
        let begin = self.unread.start;
        self.unread.start += octets;
        Unit {
            octets: &self.buffer[begin..self.unread.start],
            number,
        }
    }

    /// Reads more behind what is unread; makes room for it first.
    fn fill(&mut self) {
        if self.unread.end == self.buffer.len() {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        if self.unread.end == self.buffer.len() {
            self.buffer.resize(2 * self.buffer.len(), 0);
        }
        match self.reader.read(&mut self.buffer[self.unread.end..]) {
            Ok(0) => self.is_at_end = true,
            Ok(octets) => self.unread.end += octets,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                self.failure = Some(error);
                self.is_at_end = true;
            }
        }
    }
}

/// A bar over the octets of all `paths`, on a terminal only.
pub fn progress_bar(paths: &[PathBuf]) -> ProgressBar {
    let octets = |path: &PathBuf| path.metadata().map_or(0, |metadata| metadata.len());
    let bar = ProgressBar::new(paths.iter().map(octets).sum());
    let style =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// What a file is called in tables: its name; the whole path if another one of `paths` has that name too.
pub fn title(path: &Path, paths: &[PathBuf]) -> String {
    if path == Path::new(STDIN) {
        return "stdin".to_owned();
    }
    let name = path.file_name();
    let is_unique = paths.iter().filter(|one| one.file_name() == name).count() < 2;
    match name {
        Some(name) if is_unique => name.to_string_lossy().into_owned(),
        _ => path.display().to_string(),
    }
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Packing {
    /// By the first octets. Each signature is longer than a coincidence: `BZh9` alone is also a time in 2005.
    fn of(front: &[u8]) -> Self {
        match front {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                0x31,
                0x41,
                0x59,
                0x26,
                0x53,
                0x59,
                ..,
            ]
            | [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                0x17,
                0x72,
                0x45,
                0x38,
                0x50,
                0x90,
                ..,
            ] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// Unpacks all members of a packed file; gives any other as it is.
fn unpack(mut file: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    let mut front = Vec::with_capacity(SIGNATURE_OCTETS);
    let limit = SIGNATURE_OCTETS as u64;
    file.by_ref().take(limit).read_to_end(&mut front)?;
    let packing = Packing::of(&front);
    let whole = buffered(io::Cursor::new(front).chain(file));
    Ok(match packing {
        Packing::None => Box::new(whole),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(whole)),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(whole)),
        Packing::Xz => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(whole)),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(whole)?),
    })
}

fn buffered(reader: impl Read + 'static) -> impl BufRead + 'static {
    BufReader::with_capacity(READ_OCTETS, reader)
}

#[cfg(test)]
mod tests;
