//! Faults put into updates on purpose. Each one gives exactly one reject; what else becomes of the message is fixed by
//! RFC 7606 or, for what lies around the attributes, by there being no message left.

use crate::random::Random;
use crate::record::Expected;
use crate::writer::bgp::{Attributes, HEADER_OCTETS};

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// An octet of the marker is not 255 (RFC 4271, section 6.1): no row.
    Marker,
    /// The message ends before its own length says, while the record around it is sound: no row.
    Truncated,
    /// ORIGIN is undefined: treated as withdrawn (RFC 7606, section 7.1).
    Origin,
    /// ATOMIC_AGGREGATE is not empty: the attribute is discarded (RFC 7606, section 7.6).
    AtomicAggregate,
}

impl Damage {
    /// All of them.
    const ALL: [Self; 4] = [
        Self::Marker,
        Self::Truncated,
        Self::Origin,
        Self::AtomicAggregate,
    ];

    /// One of them.
    pub(crate) fn any(random: &mut Random) -> Self {
        Self::ALL[random.below(Self::ALL.len())]
    }

    /// Damages attributes, before they are written.
    pub(crate) fn spoil_attributes(self, attributes: &mut Attributes) {
        match self {
            Self::Origin => attributes.origin = 7,
            Self::AtomicAggregate => attributes.atomic_aggregate = Some(&[0]),
            Self::Marker | Self::Truncated => {}
        }
    }

    /// Damages a BGP message, before it is put into its envelope.
    pub(crate) fn spoil_octets(self, message: &mut Vec<u8>, random: &mut Random) {
        match self {
            Self::Marker => message[random.below(16)] = 0,
            Self::Truncated => cut(message, random),
            Self::Origin | Self::AtomicAggregate => {}
        }
    }

    /// What an update that was to become `routes` rows becomes instead.
    pub(crate) fn expected(self, routes: u64) -> Expected {
        let routes = match self {
            Self::Marker | Self::Truncated => 0,
            Self::Origin | Self::AtomicAggregate => routes,
        };
        Expected {
            routes,
            rejects: 1,
            ..Expected::NOTHING
        }
    }
}

/// Cuts octets off the end of a BGP message, not of its header. The envelope's length counts what is left.
fn cut(message: &mut Vec<u8>, random: &mut Random) {
    let body_octets = message.len() - HEADER_OCTETS;
    message.truncate(message.len() - 1 - random.below(body_octets));
}
