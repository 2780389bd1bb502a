//! Columns of the header.

use super::marks;
use crate::build::{Flags, Numbers, Stage, Validities};
use crate::{DnsHeader, Kind};
use arrow::array::ArrayRef;
use arrow::datatypes::Int32Type;

/// AA, TC, RD, RA, Z, AD, CD.
const FLAGS: [u16; 7] = [0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010];

/// The columns.
#[derive(Debug)]
pub(super) struct HeaderColumns {
    id: Numbers<Int32Type>,
    opcode: Numbers<Int32Type>,
    rcode: Numbers<Int32Type>,
    flags: [Flags; 7],
    counts: [Numbers<Int32Type>; 4],
}

impl HeaderColumns {
    pub(super) fn new() -> Self {
        let numbers = || Numbers::new(Kind::Int);
        Self {
            id: numbers(),
            opcode: numbers(),
            rcode: numbers(),
            flags: Default::default(),
            counts: [numbers(), numbers(), numbers(), numbers()],
        }
    }

    pub(super) fn push<V>(
        &mut self,
        stage: &Stage<'_, V>,
        header: impl Fn(&V) -> &DnsHeader + Copy,
    ) {
        self.id
            .push_optional(stage, DnsHeader::ID, |row| header(row).id.into());
        self.opcode
            .push_optional(stage, DnsHeader::OPCODE, |row| header(row).opcode.into());
        self.rcode
            .push_optional(stage, DnsHeader::RCODE, |row| header(row).rcode.into());
        for (place, column) in self.counts.iter_mut().enumerate() {
            column.push_optional(stage, DnsHeader::QDCOUNT << place, |row| {
                header(row).counts[place].into()
            });
        }
    }

    /// ID, OPCODE and RCODE.
    pub(super) fn finish_numbers(
        &mut self,
        validities: &Validities<'_>,
        arrays: &mut Vec<ArrayRef>,
    ) {
        arrays.extend([
            self.id.finish(&validities.of(DnsHeader::ID)),
            self.opcode.finish(&validities.of(DnsHeader::OPCODE)),
            self.rcode.finish(&validities.of(DnsHeader::RCODE)),
        ]);
    }

    /// The flags and counts.
    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        for (column, flag) in self.flags.iter_mut().zip(FLAGS) {
            let (known, set) = marks::of_flag(flag);
            arrays.push(column.finish_optional(validities, set, known));
        }
        for (place, column) in self.counts.iter_mut().enumerate() {
            arrays.push(column.finish(&validities.of(DnsHeader::QDCOUNT << place)));
        }
    }
}
