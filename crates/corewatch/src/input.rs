//! Files of units: opened, decompressed by their content, and cut. Memory holds one unit and what was read with it.

use anyhow::{Context, Result};
use bzip2::read::MultiBzDecoder;
use feeds::{Format, GAP_OCTETS_MAX, Unit};
use flate2::read::MultiGzDecoder;
use liblzma::read::XzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// So much is read at once.
const READ_OCTETS: usize = 256 * 1024;

/// A file, cut into its units.
pub struct Units {
    format: Format,
    source: Box<dyn Read>,
    buffer: Vec<u8>,
    /// What of the buffer has been handed out.
    begin: usize,
    is_at_end: bool,
    /// Framing is lost: the rest goes out in pieces.
    is_damaged: bool,
    failure: Option<io::Error>,
    octets: u64,
}

impl Units {
    /// Opens a file, `-` for standard input. gzip, bzip2, xz and zstd are recognised by their first octets.
    ///
    /// # Errors
    /// Why it cannot be opened.
    pub fn open(path: &Path, format: Format) -> Result<Self> {
        let about = || format!("cannot open {}", path.display());
        let raw: Box<dyn Read> = if path.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).with_context(about)?)
        };
        let source = decompressed(raw).with_context(about)?;
        Ok(Self {
            format,
            source,
            buffer: Vec::new(),
            begin: 0,
            is_at_end: false,
            is_damaged: false,
            failure: None,
            octets: 0,
        })
    }

    /// The next unit, or the next piece of a file in which no unit can be found. What was read before a failure comes
    /// first.
    ///
    /// # Errors
    /// Why the file cannot be read on.
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        let octets = loop {
            let rest = &self.buffer[self.begin..];
            if rest.is_empty() && self.is_at_end {
                return self.failure.take().map_or(Ok(None), Err);
            }
            let unit = if self.is_damaged {
                Unit::Damaged
            } else {
                self.format.first_unit(rest)
            };
            match unit {
                Unit::Whole(octets) => break octets,
                Unit::Damaged if rest.len() >= GAP_OCTETS_MAX || self.is_at_end => {
                    self.is_damaged = true;
                    break rest.len().min(GAP_OCTETS_MAX);
                }
                Unit::Incomplete if self.is_at_end => self.is_damaged = true,
                Unit::Incomplete | Unit::Damaged => self.read_more(),
            }
        };
        let begin = self.begin;
        self.begin += octets;
        self.octets += octets as u64;
        Ok(Some(&self.buffer[begin..self.begin]))
    }

    /// Octets handed out so far, after decompression.
    pub fn octets(&self) -> u64 {
        self.octets
    }

    fn read_more(&mut self) {
        self.buffer.drain(..self.begin);
        self.begin = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled + READ_OCTETS, 0);
        let read = loop {
            match self.source.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    break 0;
                }
                Ok(octets) => break octets,
            }
        };
        self.buffer.truncate(filled + read);
        self.is_at_end = read == 0;
    }
}

fn decompressed(raw: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
    let mut source = BufReader::with_capacity(READ_OCTETS, raw);
    let head = source.fill_buf()?;
    Ok(match head {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(source)),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Box::new(MultiBzDecoder::new(source)),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Box::new(XzDecoder::new_multi_decoder(source)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::stream::read::Decoder::with_buffer(source)?),
        _ => Box::new(source),
    })
}
