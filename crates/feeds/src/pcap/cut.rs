//! Where a capture file is cut. A small file is one unit. A larger one is cut behind the last packet that fits, and what stands
//! at the file's front is repeated in front of the next unit: the file header of pcap; the section header of pcapng and the
//! interface descriptions directly behind it.
//!
//! In pcapng a section header begins a unit of its own. So does an interface description further back: there it stands directly
//! behind the repeated header, and is repeated from then on. A header that grows beyond [`HEADER_OCTETS_MAX`] is not repeated:
//! the rest is damage. Memory is bounded by `octets_max`, or by the largest block.

use crate::Unit;
use wire::capture::ByteOrder;
use wire::capture::pcap::{self, FileHeader};
use wire::capture::pcapng::{self, BlockType};
use wire::{Fault, Reader};

/// Octets of a magic number.
const MAGIC_OCTETS: usize = 4;
/// A longer header is not repeated: our limit. It bounds what a file grows by.
const HEADER_OCTETS_MAX: usize = 16 * 1024;

/// Finds the end of the first unit of a file, of at most `octets_max` octets if packets are no longer than that.
pub(crate) fn first_unit(octets: &[u8], is_end: bool, octets_max: usize) -> Unit {
    if octets.len() < MAGIC_OCTETS {
        return Unit::Incomplete;
    }
    let is_pcap = pcap::begins(octets);
    if !is_pcap && !pcapng::begins(octets) {
        return Unit::Damaged;
    }
    if octets.len() <= octets_max {
        return if is_end {
            Unit::Whole(octets.len())
        } else {
            Unit::Incomplete
        };
    }
    let cut = if is_pcap {
        Cut::of_pcap(octets, octets_max)
    } else {
        Cut::of_pcapng(octets, octets_max)
    };
    cut.unit(octets, is_end, octets_max)
}

/// Where a file can be cut.
#[derive(Debug, Default)]
struct Cut {
    /// Octets that are to be repeated.
    header_octets: usize,
    /// Behind the last packet or block that fits; at least one counts.
    end: usize,
    /// Whether what follows is a file of its own.
    is_last: bool,
    /// More octets may complete what follows.
    is_open: bool,
}

impl Cut {
    fn of_pcap(octets: &[u8], octets_max: usize) -> Self {
        let mut reader = Reader::new(octets);
        let Ok(header) = FileHeader::read(&mut reader) else {
            return Self::default();
        };
        let mut cut = Self::behind_header(reader.offset());
        while cut.end < octets_max {
            if let Err(error) = header.split_record(&mut reader) {
                cut.is_open = error.fault == Fault::Truncated;
                break;
            }
            if !cut.take(reader.offset(), octets_max) {
                break;
            }
        }
        cut
    }

    fn of_pcapng(octets: &[u8], octets_max: usize) -> Self {
        let (mut reader, mut order) = (Reader::new(octets), ByteOrder::Little);
        let mut cut = Self::default();
        while cut.end < octets_max || cut.is_short_header() {
            let block = match pcapng::split_block(&mut reader, order) {
                Ok(block) => block,
                Err(error) => {
                    cut.is_open = error.fault == Fault::Truncated;
                    break;
                }
            };
            order = block.order;
            let is_in_header = cut.end == cut.header_octets;
            let is_taken = match block.block_type {
                BlockType::SECTION if cut.end > 0 => false,
                BlockType::SECTION => cut.take_header(reader.offset()),
                BlockType::INTERFACE if is_in_header => cut.take_header(reader.offset()),
                BlockType::INTERFACE => false,
                _ => cut.take(reader.offset(), octets_max),
            };
            if !is_taken {
                break;
            }
        }
        let behind = octets.get(cut.end..).unwrap_or_default();
        cut.is_last |= cut.end > 0 && pcapng::begins(behind);
        cut
    }

    fn behind_header(octets: usize) -> Self {
        Self {
            header_octets: octets,
            end: octets,
            ..Self::default()
        }
    }

    /// Whether nothing but a header was found, and not too much of it.
    fn is_short_header(&self) -> bool {
        self.end == self.header_octets && self.end <= HEADER_OCTETS_MAX
    }

    fn take_header(&mut self, end: usize) -> bool {
        *self = Self::behind_header(end);
        true
    }

    /// Takes a packet or block that ends there, if it fits or is the first.
    fn take(&mut self, end: usize, octets_max: usize) -> bool {
        let fits = end <= octets_max || self.end == self.header_octets;
        if fits {
            self.end = end;
        }
        fits
    }

    /// What that means for the file.
    fn unit(&self, octets: &[u8], is_end: bool, octets_max: usize) -> Unit {
        let is_header_only = self.end == self.header_octets && !self.is_last;
        let is_all = self.end == octets.len();
        let is_next_unknown = octets.len().saturating_sub(self.end) < MAGIC_OCTETS;
        if !is_end && (is_next_unknown || is_header_only && self.is_open) {
            return Unit::Incomplete;
        }
        if is_header_only {
            // Damage behind the header: what the unit holds of it, it is refused for.
            return Unit::Whole(octets.len().min(octets_max.max(self.end)));
        }
        if is_all || self.is_last || self.header_octets > HEADER_OCTETS_MAX {
            return Unit::Whole(self.end);
        }
        Unit::Part {
            octets: self.end,
            header_octets: self.header_octets,
        }
    }
}
