//! The packets of a capture file, one after the other; what of it is damaged is given too.

use crate::message::Reject;
use tables::Disposition;
use wire::capture::pcap::FileHeader;
use wire::capture::pcapng::{self, Block, BlockType, Interface, Packet};
use wire::capture::{ByteOrder, Captured, LinkType};
use wire::{Fault, ParseError, Reader};

/// More interfaces of a section are refused: our limit.
const INTERFACES_MAX: usize = 65_536;

/// What is found in a file.
pub(super) enum Part<'a> {
    /// A packet, and what it begins with.
    Packet(LinkType, Captured<'a>),
    /// Octets that are no packet and should be one, or the file's header.
    Refused(Reject<'a>),
}

/// Gives the parts of a file in order. Damage that hides where the next packet begins goes to the end.
pub(super) fn read<'a>(
    payload: &'a [u8],
    interfaces: &mut Vec<Option<Interface>>,
    each: impl FnMut(Part<'a>),
) {
    if pcapng::begins(payload) {
        Sections {
            order: ByteOrder::Little,
            interfaces,
            each,
        }
        .read(payload);
    } else {
        read_pcap(payload, each);
    }
}

fn read_pcap<'a>(payload: &'a [u8], mut each: impl FnMut(Part<'a>)) {
    let mut reader = Reader::new(payload);
    let header = match FileHeader::read(&mut reader) {
        Ok(header) => header,
        Err(error) => {
            let reject = Reject::new(error, Disposition::MessageDiscard, payload);
            return each(Part::Refused(reject));
        }
    };
    while !reader.is_empty() {
        match header.split_record(&mut reader) {
            Ok(captured) => each(Part::Packet(header.link_type, captured)),
            Err(error) => return each(Part::Refused(rest(error, reader))),
        }
    }
}

/// Everything from where `unit` begins.
#[cold]
fn rest<'a>(error: ParseError, unit: Reader<'a>) -> Reject<'a> {
    let mut last = unit;
    let all = last.frame(last.len(), "rest").unwrap_or(unit);
    Reject::up_to(error, Disposition::RestDiscard, all, last)
}

/// The sections of a pcapng file.
struct Sections<'m, F> {
    order: ByteOrder,
    /// Those of the section, by their number; none where the description is damaged.
    interfaces: &'m mut Vec<Option<Interface>>,
    each: F,
}

impl<'a, F: FnMut(Part<'a>)> Sections<'_, F> {
    fn read(mut self, payload: &'a [u8]) {
        let mut reader = Reader::new(payload);
        while !reader.is_empty() {
            let unit = reader;
            let block = match pcapng::split_block(&mut reader, self.order) {
                Ok(block) => block,
                Err(error) => return (self.each)(Part::Refused(rest(error, unit))),
            };
            if let Err(error) = self.take(&block) {
                let reject = Reject::up_to(error, Disposition::MessageDiscard, unit, reader);
                (self.each)(Part::Refused(reject));
            }
        }
    }

    #[inline]
    fn take(&mut self, block: &Block<'a>) -> Result<(), ParseError> {
        match block.block_type {
            BlockType::SECTION => {
                self.order = block.order;
                self.interfaces.clear();
                Ok(())
            }
            BlockType::INTERFACE => self.take_interface(block),
            _ => match Packet::parse(block)? {
                Some(packet) => self.take_packet(&packet, block),
                None => Ok(()),
            },
        }
    }

    /// Remembers an interface, as far as its description can be read.
    fn take_interface(&mut self, block: &Block<'_>) -> Result<(), ParseError> {
        if self.interfaces.len() >= INTERFACES_MAX {
            let (fault, offset) = (Fault::OverLimit, block.body.offset());
            return Err(ParseError::new(fault, "interface description", offset));
        }
        self.interfaces.push(None);
        let (mut interface, options) = Interface::split(block)?;
        let read = interface.read_options(block.order, options);
        if let Some(last) = self.interfaces.last_mut() {
            *last = Some(interface);
        }
        read
    }

    #[inline]
    fn take_packet(&mut self, packet: &Packet<'a>, block: &Block<'a>) -> Result<(), ParseError> {
        let number = usize::try_from(packet.interface).unwrap_or(usize::MAX);
        let Some(Some(interface)) = self.interfaces.get(number) else {
            let offset = block.body.offset();
            return Err(ParseError::bad_value("interface ID", offset));
        };
        (self.each)(Part::Packet(interface.link_type, packet.of(interface)));
        Ok(())
    }
}
