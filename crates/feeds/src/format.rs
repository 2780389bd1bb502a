//! How the messages of a feed are encoded, and where a file of them is cut into units.

use wire::{Fault, mrt};

/// How the messages of a feed are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// MRT records (RFC 6396), one or many per message.
    Mrt,
}

/// A piece of a file in which no unit can be found is passed on in units of at most so many octets: small enough for
/// the default limits of a Kafka broker.
pub const GAP_OCTETS_MAX: usize = 512 * 1024;

/// What stands at the front of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// One unit of so many octets.
    Whole(usize),
    /// More octets are needed to tell.
    Incomplete,
    /// No unit begins here, and nobody can say where the next one does.
    Damaged,
}

impl Format {
    /// All formats, in the order in which messages list them.
    pub const ALL: [Self; 1] = [Self::Mrt];

    /// As in configurations, on the command line, and in the column `format`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mrt => "mrt",
        }
    }

    /// The format of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether its messages are usually files of the past, whose times are never absurd.
    pub const fn is_archive(self) -> bool {
        match self {
            Self::Mrt => true,
        }
    }

    /// Finds the end of the first unit of a file.
    pub fn first_unit(self, octets: &[u8]) -> Unit {
        match self {
            Self::Mrt => match mrt::split_record(octets) {
                Ok((record, _)) if !record.record_type.is_assigned() => Unit::Damaged,
                Ok((record, _)) => Unit::Whole(record.octets.len()),
                Err(error) if error.fault == Fault::Truncated => Unit::Incomplete,
                Err(_) => Unit::Damaged,
            },
        }
    }
}
