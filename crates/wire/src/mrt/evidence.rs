//! Whether a record is what its header says, as far as a look at fixed places tells: that costs the same for any record.

use crate::bgp::{Afi, MessageType, nlri_fits, parse_open, parse_update, split_message};
use crate::mrt::bgp4mp::{
    self, parse_entry, parse_short_state_change, parse_state_change, split_session,
    split_short_message,
};
use crate::mrt::early_bgp;
use crate::mrt::table_dump::{split_head, split_route};
use crate::mrt::table_dump_v2::{self, parse_peer_index_table, parse_rib, split_entry};
use crate::mrt::{Record, RecordType, SUBTYPE_OFFSET};
use crate::{Fault, ParseError, Reader};

/// What speaks for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// The marker of a BGP message, and its length agrees with that of the record.
    Certain,
    /// Lengths inside the body agree with that of the record: the next one begins behind it.
    Strong,
    /// It is of a type that is not looked into, but skipped by its length.
    Unseen,
    /// Nothing speaks against it.
    Weak,
    /// Something is left over or reads oddly, as if other records were taken in.
    Doubtful,
}

/// So many entries of a RIB are counted; of more nobody knows where they should end.
const ENTRIES_MAX: u16 = 8;

/// What speaks for a record, or what is wrong with it.
#[inline]
pub(super) fn of(record: &Record<'_>) -> Result<Evidence, ParseError> {
    let (_, body) = record.body()?;
    match record.record_type {
        RecordType::BGP4MP | RecordType::BGP4MP_ET => of_bgp4mp(record.subtype, body),
        RecordType::TABLE_DUMP_V2 => of_table_dump_v2(record.subtype, body),
        RecordType::TABLE_DUMP => of_table_dump(record.subtype, body),
        RecordType::BGP => of_early_bgp(record.subtype, body),
        other if other.is_assigned() => Ok(Evidence::Unseen),
        _ => Err(ParseError::bad_value("type", 4)),
    }
}

#[inline]
fn of_bgp4mp(subtype: u16, body: Reader<'_>) -> Result<Evidence, ParseError> {
    let subtype = bgp4mp::Subtype(subtype);
    if subtype.is_message() {
        let message = match split_session(body, subtype.asn_width()) {
            Ok((_, rest)) => split_message(rest)?,
            Err(error) => split_short_message(body, subtype.asn_width()).ok_or(error)?,
        };
        message.1.finish("record body")?;
        return Ok(Evidence::Certain);
    }
    if subtype.is_state_change() {
        if parse_short_state_change(body, subtype.asn_width())?.is_none() {
            parse_state_change(split_session(body, subtype.asn_width())?.1)?;
        }
        return Ok(Evidence::Strong);
    }
    match subtype {
        bgp4mp::Subtype::ENTRY => parse_entry(body).map(|_| Evidence::Strong),
        bgp4mp::Subtype::SNAPSHOT => Ok(Evidence::Weak),
        _ => Err(ParseError::bad_value("subtype", SUBTYPE_OFFSET)),
    }
}

fn of_table_dump_v2(subtype: u16, body: Reader<'_>) -> Result<Evidence, ParseError> {
    let subtype = table_dump_v2::Subtype(subtype);
    if subtype == table_dump_v2::Subtype::PEER_INDEX_TABLE {
        return parse_peer_index_table(body).map(|_| Evidence::Weak);
    }
    if subtype == table_dump_v2::Subtype::GEO_PEER_TABLE {
        return Ok(Evidence::Weak);
    }
    let rib = match parse_rib(body, subtype) {
        Ok(rib) => rib,
        Err(error) if error.fault == Fault::Unsupported => return Ok(Evidence::Weak),
        Err(error) => return Err(error),
    };
    let mut entries = rib.entries;
    for _ in 0..rib.count.min(ENTRIES_MAX) {
        split_entry(&mut entries, subtype.has_path_ids())?;
    }
    Ok(match entries.is_empty() {
        _ if rib.count > ENTRIES_MAX => Evidence::Weak,
        true => Evidence::Strong,
        false => Evidence::Doubtful,
    })
}

/// Octets of view and sequence, which a batch does not count.
pub(super) const UNCOUNTED_OCTETS: usize = 4;

/// The first route must fit in a batch, or be all there is.
fn of_table_dump(subtype: u16, body: Reader<'_>) -> Result<Evidence, ParseError> {
    let mut reader = body;
    reader.u32("view and sequence number")?;
    let (address_octets, bits_max) = match subtype {
        1 => (4, 32),
        2 => (16, 128),
        _ => return Err(ParseError::bad_value("address family", SUBTYPE_OFFSET)),
    };
    reader.frame(address_octets, "prefix")?;
    let length_offset = reader.offset();
    if reader.u8("prefix length")? > bits_max {
        return Err(ParseError::bad_length("prefix length", length_offset));
    }
    reader.u8("status")?;
    reader.u32("originated time")?;
    reader.frame(address_octets, "peer IP address")?;
    reader.u16("peer AS")?;
    let attribute_octets = usize::from(reader.u16("attribute length")?);
    if attribute_octets == reader.len() {
        Ok(Evidence::Strong)
    } else if attribute_octets <= reader.len().saturating_add(UNCOUNTED_OCTETS) {
        Ok(Evidence::Doubtful)
    } else {
        Err(ParseError::truncated("attributes", reader.offset()))
    }
}

/// Longer batches are not looked through. Real ones have some 8,000 octets.
const BATCH_OCTETS_MAX: usize = 16 * 1024;

/// Whether a TABLE_DUMP record, with the octets that its length leaves out, is routes up to its end.
#[cold]
pub(super) fn is_batch(record: &Record<'_>) -> bool {
    if record.octets.len() > BATCH_OCTETS_MAX {
        return false;
    }
    let body = record.body().and_then(|(_, body)| split_head(body));
    let Ok(mut rest) = body else { return false };
    while !rest.is_empty() {
        match split_route(rest, record.subtype) {
            Ok((_, after)) => rest = after,
            Err(_) => return false,
        }
    }
    true
}

fn of_early_bgp(subtype: u16, body: Reader<'_>) -> Result<Evidence, ParseError> {
    if body.len() > early_bgp::BODY_OCTETS_MAX {
        return Err(ParseError::new(Fault::OverLimit, "length", 8));
    }
    let subtype = early_bgp::Subtype(subtype);
    if subtype == early_bgp::Subtype::STATE_CHANGE {
        early_bgp::parse_peer_state_change(body)?;
        return Ok(Evidence::Strong);
    }
    let Some(message_type) = subtype.message_type() else {
        let error = ParseError::bad_value("subtype", SUBTYPE_OFFSET);
        return subtype.is_assigned().then_some(Evidence::Weak).ok_or(error);
    };
    let (_, message) = early_bgp::split_session(body)?;
    match message_type {
        MessageType::UPDATE => of_update(message),
        MessageType::OPEN => parse_open(message).map(|_| Evidence::Strong),
        MessageType::KEEPALIVE => {
            message.finish("record body")?;
            Ok(Evidence::Strong)
        }
        _ => Ok(Evidence::Weak),
    }
}

/// Octets that are no prefixes do not look like prefixes for long.
fn of_update(message: Reader<'_>) -> Result<Evidence, ParseError> {
    let update = parse_update(message)?;
    let fits = |nlri| nlri_fits(nlri, Afi::IPV4, false);
    Ok(if fits(update.withdrawn) && fits(update.nlri) {
        Evidence::Strong
    } else {
        Evidence::Doubtful
    })
}
