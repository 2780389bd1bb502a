//! Protobuf, of which no octet is a signature: its fields are walked. Not looked into are the messages in it.

use super::Front;
use wire::Reader;
use wire::fstrm::{CONTROL_OCTETS_MAX, DATA_OCTETS_MAX};
use wire::protobuf::{Fields, Tag};
use wire::{Fault, ParseError};

/// Fields of a dnstap frame: identity, version, extra, message, type.
const IDENTITY: Tag = Tag::octets(1);
const VERSION: Tag = Tag::octets(2);
const EXTRA: Tag = Tag::octets(3);
const MESSAGE: Tag = Tag::octets(14);
const TYPE: Tag = Tag::varint(15);

/// A control frame, or a data frame that holds dnstap.
pub(super) fn is_fstrm(front: &Front<'_>) -> bool {
    let Some(octets) = front.u32_at(0) else {
        return false;
    };
    match octets {
        0 => is_control(front),
        1..=DATA_OCTETS_MAX => {
            let end = octets.saturating_add(4);
            front.holds(end) && front.part(4, end).is_some_and(|part| holds_dnstap(&part))
        }
        _ => false,
    }
}

fn is_control(front: &Front<'_>) -> bool {
    let (Some(octets), Some(1..=5)) = (front.u32_at(4), front.u32_at(8)) else {
        return false;
    };
    (4..=CONTROL_OCTETS_MAX).contains(&octets) && front.holds(octets.saturating_add(8))
}

/// One frame, of type MESSAGE. A file that begins as a text does is taken for one, however much of it is here.
pub(super) fn is_dnstap(front: &Front<'_>) -> bool {
    let is_text = || super::text::format_of(front).is_some();
    front.octets.len() <= DATA_OCTETS_MAX && holds_dnstap(front) && !(front.is_file && is_text())
}

fn holds_dnstap(front: &Front<'_>) -> bool {
    if !matches!(front.octets, [0x0a | 0x12 | 0x1a | 0x72 | 0x78, ..]) {
        return false;
    }
    let (mut is_message, mut is_known) = (false, true);
    let walked = walk(front.octets, |tag, value| match tag {
        IDENTITY | VERSION | EXTRA | MESSAGE => {}
        TYPE => is_message = value == 1,
        _ => is_known = false,
    });
    match walked {
        Ok(()) => is_message,
        Err(error) => front.is_open && is_known && error.fault == Fault::Truncated,
    }
}

/// A message whose type comes first, as it does, without a length or behind one.
pub(super) fn is_pdns(front: &Front<'_>) -> bool {
    match front.octets {
        [8, 1..=5, ..] if is_walked(front) => true,
        [high, low, 8, 1..=5, ..] => {
            let end = usize::from(u16::from_be_bytes([*high, *low])).saturating_add(2);
            front.holds(end) && front.part(2, end).is_some_and(|part| is_walked(&part))
        }
        _ => false,
    }
}

fn is_walked(front: &Front<'_>) -> bool {
    match walk(front.octets, |_, _| {}) {
        Ok(()) => true,
        Err(error) => front.is_open && error.fault == Fault::Truncated,
    }
}

/// Goes along the fields; of a varint `each` gets the value.
fn walk(octets: &[u8], mut each: impl FnMut(Tag, u64)) -> Result<(), ParseError> {
    let mut fields = Fields::new(Reader::new(octets));
    while let Some(tag) = fields.next_tag()? {
        let value = if tag == TYPE {
            fields.varint("type")?
        } else {
            fields.skip(tag)?;
            0
        };
        each(tag, value);
    }
    Ok(())
}
