//! pcapng (draft-ietf-opsawg-pcapng): blocks. A section header says in which byte order the blocks of its section are, and
//! interface descriptions say how packets are to be read; they count from 0 in each section.

use super::{ByteOrder, Captured, LinkType, PACKET_OCTETS_MAX};
use crate::{Fault, ParseError, Reader};

/// Longer blocks are refused: the limit of Wireshark.
pub const BLOCK_OCTETS_MAX: usize = 16 * 1024 * 1024;
/// Type, total length, and total length once more behind the body.
const BLOCK_OCTETS_MIN: usize = 12;
/// Microseconds: where no option tells another resolution.
const RESOLUTION_DEFAULT: u8 = 6;
/// Option with which a list of options ends.
const END_OF_OPTIONS: u16 = 0;

/// Type of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockType(pub u32);

impl BlockType {
    /// Interface description.
    pub const INTERFACE: Self = Self(1);
    /// A packet, as it was before version 1 of the format.
    pub const OBSOLETE_PACKET: Self = Self(2);
    /// A packet of the first interface, without a time.
    pub const SIMPLE_PACKET: Self = Self(3);
    /// A packet.
    pub const ENHANCED_PACKET: Self = Self(6);
    /// Section header; the same in both byte orders.
    pub const SECTION: Self = Self(0x0A0D_0D0A);
}

/// One block, cut by its length.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// What it holds.
    pub block_type: BlockType,
    /// The byte order of its section; of a section header, the new one.
    pub order: ByteOrder,
    /// What is between the lengths.
    pub body: Reader<'a>,
}

/// What an interface description tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What its packets begin with.
    pub link_type: LinkType,
    /// How much of a packet was captured at most; 0: all of it.
    pub snap_octets: u32,
    /// `if_tsresol`: a negative power of 10, or of 2 if the top bit is set.
    pub resolution: u8,
    /// `if_tsoffset`: seconds to be added to times.
    pub offset_s: i64,
}

/// A packet and its interface.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// Number of the interface in the section.
    pub interface: u32,
    /// In units of the interface; none if the block has no time.
    pub ticks: Option<u64>,
    /// What was captured.
    pub octets: &'a [u8],
    /// Octets that it had.
    pub original_octets: u32,
}

/// Whether octets begin as a section header.
#[inline]
pub fn begins(octets: &[u8]) -> bool {
    octets.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a])
}

/// Splits one block off the front: u32 type, u32 total length, body, padded to 32 bits, u32 total length again (section 3.1).
/// `order` is that of the section; a section header brings its own. After an error the reader stands where it stood.
///
/// # Errors
/// [`Fault::Truncated`] if more input could complete it; [`Fault::BadLength`] if the length is no multiple of 4, too short,
/// or differs behind the body; [`Fault::OverLimit`] over [`BLOCK_OCTETS_MAX`]; [`Fault::BadValue`] for another byte-order magic or
/// major version than 1.
#[inline]
pub fn split_block<'a>(from: &mut Reader<'a>, order: ByteOrder) -> Result<Block<'a>, ParseError> {
    let mut reader = *from;
    let block_type = BlockType(order.u32(&mut reader, "block type")?);
    let order = if block_type == BlockType::SECTION {
        section_order(reader)?
    } else {
        order
    };
    let length_offset = reader.offset();
    let total = order.u32(&mut reader, "block total length")?;
    let total_octets = usize::try_from(total).unwrap_or(usize::MAX);
    if total_octets > BLOCK_OCTETS_MAX {
        let fault = Fault::OverLimit;
        return Err(ParseError::new(fault, "block total length", length_offset));
    }
    let body_octets = total_octets.checked_sub(BLOCK_OCTETS_MIN);
    let Some(body_octets) = body_octets.filter(|octets| octets.is_multiple_of(4)) else {
        return Err(ParseError::bad_length("block total length", length_offset));
    };
    let body = reader.frame(body_octets, "block body")?;
    let behind_offset = reader.offset();
    if order.u32(&mut reader, "block total length behind the body")? != total {
        let field = "block total length behind the body";
        return Err(ParseError::bad_length(field, behind_offset));
    }
    if block_type == BlockType::SECTION {
        check_section(body, order)?;
    }
    *from = reader;
    Ok(Block {
        block_type,
        order,
        body,
    })
}

/// The byte order of a section, whose total length is the next that `reader` holds (section 4.1).
fn section_order(mut reader: Reader<'_>) -> Result<ByteOrder, ParseError> {
    reader.array::<4>("block total length")?;
    let offset = reader.offset();
    match reader.array("byte-order magic")? {
        [0x4d, 0x3c, 0x2b, 0x1a] => Ok(ByteOrder::Little),
        [0x1a, 0x2b, 0x3c, 0x4d] => Ok(ByteOrder::Big),
        _ => Err(ParseError::bad_value("byte-order magic", offset)),
    }
}

/// u32 byte-order magic, u16 major and minor version, u64 section length, which nobody needs.
fn check_section(mut body: Reader<'_>, order: ByteOrder) -> Result<(), ParseError> {
    order.u32(&mut body, "byte-order magic")?;
    let offset = body.offset();
    if order.u16(&mut body, "major version")? != 1 {
        return Err(ParseError::bad_value("major version", offset));
    }
    order.u16(&mut body, "minor version")?;
    order.u64(&mut body, "section length")?;
    Ok(())
}

impl Interface {
    /// Reads an interface description (section 4.2) without its options: u16 link type, u16 reserved, u32 snap length. Returns
    /// it with the options.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if the block is too short for that.
    pub fn split<'a>(block: &Block<'a>) -> Result<(Self, Reader<'a>), ParseError> {
        let (order, mut reader) = (block.order, block.body);
        let link_type = LinkType(order.u16(&mut reader, "link type")?);
        order.u16(&mut reader, "reserved")?;
        let interface = Self {
            link_type,
            snap_octets: order.u32(&mut reader, "snap length")?,
            resolution: RESOLUTION_DEFAULT,
            offset_s: 0,
        };
        Ok((interface, reader))
    }

    /// Takes what the options tell (section 3.5): u16 code, u16 length, value, padded to 32 bits.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if one is cut off. Those before it count.
    pub fn read_options(
        &mut self,
        order: ByteOrder,
        mut reader: Reader<'_>,
    ) -> Result<(), ParseError> {
        while !reader.is_empty() {
            let code = order.u16(&mut reader, "option code")?;
            let octets = order.u16(&mut reader, "option length")?;
            let mut value = reader.frame(octets.into(), "option value")?;
            match code {
                END_OF_OPTIONS => break,
                9 => self.resolution = value.u8("if_tsresol")?,
                14 => self.offset_s = order.u64(&mut value, "if_tsoffset")?.cast_signed(),
                _ => {}
            }
            reader.frame(padding_octets(octets.into()), "padding")?;
        }
        Ok(())
    }

    /// Microseconds since 1970 of a time in units of the interface, rounded down; saturates where they do not fit.
    #[inline]
    pub fn microseconds(&self, ticks: u64) -> i64 {
        let ticks = u128::from(ticks);
        let exponent = u32::from(self.resolution & 0x7f);
        let us = if self.resolution & 0x80 != 0 {
            // 2^-127 at least: 84 bits of ticks and factor, so nothing overflows.
            ticks.saturating_mul(1_000_000) >> exponent
        } else if let Some(more) = exponent.checked_sub(6) {
            let divisor = 10_u128.checked_pow(more);
            divisor.map_or(0, |divisor| ticks.checked_div(divisor).unwrap_or(0))
        } else {
            let less = 6_u32.saturating_sub(exponent);
            ticks.saturating_mul(10_u128.pow(less))
        };
        let offset_us = self.offset_s.saturating_mul(1_000_000);
        i64::try_from(us)
            .unwrap_or(i64::MAX)
            .saturating_add(offset_us)
    }
}

impl<'a> Packet<'a> {
    /// Reads the packet of a block that holds one; none of another block.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if the block is too short for the packet; [`Fault::OverLimit`] for a packet over
    /// [`PACKET_OCTETS_MAX`].
    #[inline]
    pub fn parse(block: &Block<'a>) -> Result<Option<Self>, ParseError> {
        let (order, mut reader) = (block.order, block.body);
        let interface = match block.block_type {
            BlockType::ENHANCED_PACKET => order.u32(&mut reader, "interface ID")?,
            BlockType::OBSOLETE_PACKET => {
                let interface = order.u16(&mut reader, "interface ID")?;
                order.u16(&mut reader, "drops count")?;
                interface.into()
            }
            BlockType::SIMPLE_PACKET => return Self::parse_simple(block).map(Some),
            _ => return Ok(None),
        };
        let high = order.u32(&mut reader, "timestamp (high)")?;
        let low = order.u32(&mut reader, "timestamp (low)")?;
        let length_offset = reader.offset();
        let captured = order.u32(&mut reader, "captured length")?;
        let original_octets = order.u32(&mut reader, "original length")?;
        let octets = usize::try_from(captured).unwrap_or(usize::MAX);
        if octets > PACKET_OCTETS_MAX {
            let fault = Fault::OverLimit;
            return Err(ParseError::new(fault, "captured length", length_offset));
        }
        Ok(Some(Self {
            interface,
            ticks: Some(u64::from(high) << 32 | u64::from(low)),
            octets: reader.frame(octets, "packet")?.rest(),
            original_octets,
        }))
    }

    /// u32 original length, and as much of the packet as the block holds, padded (section 4.4).
    fn parse_simple(block: &Block<'a>) -> Result<Self, ParseError> {
        let mut reader = block.body;
        let original_octets = block.order.u32(&mut reader, "original length")?;
        let held = reader.rest();
        let original = usize::try_from(original_octets).unwrap_or(usize::MAX);
        Ok(Self {
            interface: 0,
            ticks: None,
            octets: held.get(..original).unwrap_or(held),
            original_octets,
        })
    }

    /// The packet as its interface explains it.
    #[inline]
    pub fn of(&self, interface: &Interface) -> Captured<'a> {
        let snap = usize::try_from(interface.snap_octets).unwrap_or(usize::MAX);
        let is_padded = self.ticks.is_none() && snap != 0;
        let octets = if is_padded {
            self.octets.get(..snap).unwrap_or(self.octets)
        } else {
            self.octets
        };
        Captured {
            at: self.ticks.map(|ticks| interface.microseconds(ticks)),
            octets,
            original_octets: self.original_octets,
        }
    }
}

/// Octets up to the next multiple of 4.
const fn padding_octets(octets: usize) -> usize {
    octets.wrapping_neg() & 3
}
