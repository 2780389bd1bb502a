//! OpenBMP: a header of the collector around BMP messages (binary, version 1.7, and text).

use crate::bgp::Memory;
use crate::bmp::{self, Envelope, Texts};
use crate::message::{MessageRows, Reject};
use crate::peers::octets_of;
use crate::{Format, Unit};
use tables::{Disposition, ObservedAtSource, Provenance, RowSink};
use wire::openbmp::{Header, ObjectType, split_unit};

pub(crate) use wire::openbmp::begins_unit;

/// Finds the end of the first unit of a file. A few octets behind it that begin no other are taken for part of it.
pub(crate) fn first_unit(octets: &[u8], is_end: bool) -> Unit {
    if !begins_unit(octets) {
        return bmp::first_unit(octets, is_end);
    }
    match split_unit(octets) {
        Ok((unit, after)) => match bmp::stray_octets(after, is_end) {
            Some(stray) => {
                let unit_octets = unit.octets.len().saturating_add(stray);
                bmp::unit_before(unit_octets, after.get(stray..).unwrap_or_default(), is_end)
            }
            None => Unit::Incomplete,
        },
        Err(error) => Unit::cannot_be_cut(error),
    }
}

/// Decodes all units of one message.
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    texts: &mut Texts,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    bmp::decode_message(payload, texts, memory, rows);
}

/// Decodes one header and the messages behind it; returns what follows, or nothing after it was refused with all that
/// follows.
#[inline]
pub(crate) fn decode_unit<'a, S: RowSink>(
    octets: &'a [u8],
    texts: &mut Texts,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Option<&'a [u8]> {
    let (unit, after) = match split_unit(octets) {
        Ok(parts) => parts,
        Err(error) => {
            rows.reject(&Reject::new(error, Disposition::MessageDiscard, octets));
            return None;
        }
    };
    if !unit.header.is_of_router {
        rows.skip("openbmp_not_of_router");
    } else if unit.header.object_type != ObjectType::BMP_RAW {
        rows.skip("openbmp_object_not_decoded");
    } else {
        decode_body(&unit.header, unit.body, texts, memory, rows);
    }
    let stray = bmp::stray_octets(after, true).unwrap_or_default();
    if stray != 0 {
        bmp::pass_over(stray, rows);
    }
    after.get(stray..)
}

#[inline]
fn decode_body<S: RowSink>(
    header: &Header<'_>,
    body: &[u8],
    texts: &mut Texts,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let collector = std::str::from_utf8(header.collector).unwrap_or_default();
    let named = rows.named(Format::OpenBmp.name(), collector);
    let Texts {
        router,
        distinguisher,
    } = texts;
    let provenance = Provenance {
        router: match header.router_ip {
            Some(ip) => Some(router.text(ip, |ip| ip.to_string())),
            None => named.router,
        },
        ..named
    };
    let rows = &mut rows.with_provenance(&provenance);
    let collected_at = header
        .at
        .map(|at| rows.observed_at(at, ObservedAtSource::Collector));
    let envelope = Envelope {
        router: router_key(header),
        at: collected_at.or_else(|| bmp::brokered_at(rows)),
    };
    let mut rest = body;
    while !rest.is_empty() {
        match bmp::decode_first(rest, &envelope, distinguisher, memory, rows) {
            Some(after) => rest = after,
            None => break,
        }
    }
}

/// By which the router is remembered: its hash, or its address where the header has none.
#[inline]
fn router_key(header: &Header<'_>) -> [u8; 16] {
    match header.router_ip {
        Some(ip) if header.router_hash == [0; 16] => octets_of(ip),
        _ => header.router_hash,
    }
}
