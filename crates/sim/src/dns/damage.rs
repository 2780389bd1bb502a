//! Faults put into frames on purpose.

use crate::random::Random;
use crate::record::Expected;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The DNS message ends too early, while the frame around it is sound: a row that says so.
    CutMessage,
    /// The protobuf ends inside its message: a reject.
    CutFrame,
    /// A group, which dnstap has none of: a reject.
    Group,
}

/// A group begins: field 15, wire type 3.
const GROUP: u8 = 15 << 3 | 3;

impl Fault {
    const ALL: [Self; 3] = [Self::CutMessage, Self::CutFrame, Self::Group];

    /// One of them.
    pub(crate) fn any(random: &mut Random) -> Self {
        Self::ALL[random.below(Self::ALL.len())]
    }

    /// Damages a DNS message, of which at least an octet is left.
    pub(crate) fn spoil_message(self, message: &mut Vec<u8>, random: &mut Random) {
        if self == Self::CutMessage {
            message.truncate(1 + random.below(message.len() - 1));
        }
    }

    /// Damages a frame whose message begins at `begin`.
    pub(crate) fn spoil_frame(self, frame: &mut Vec<u8>, begin: usize, random: &mut Random) {
        match self {
            Self::CutMessage => {}
            // The last two octets are those of the field behind the message.
            Self::CutFrame => frame.truncate(begin + random.below(frame.len() - 2 - begin)),
            Self::Group => frame[begin] = GROUP,
        }
    }

    /// What a frame that was to become `rows` rows becomes instead.
    pub(crate) fn expected(self, rows: u64) -> Expected {
        match self {
            Self::CutMessage => Expected {
                dns_messages: rows,
                dns_damaged: 1,
                ..Expected::NOTHING
            },
            Self::CutFrame | Self::Group => Expected {
                rejects: 1,
                ..Expected::NOTHING
            },
        }
    }
}
