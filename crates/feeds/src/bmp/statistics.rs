//! Statistics Report (RFC 7854, section 4.8): one row per statistic, known or not. Those before a fault are kept.

use crate::bmp::PeerMessage;
use crate::message::MessageRows;
use tables::{BmpReport, BmpStat, Disposition, RowSink};
use wire::bmp::{Statistic, StatisticValue, split_statistic};
use wire::{Fault, ParseError, Reader};

#[inline(never)]
pub(super) fn decode<S: RowSink>(
    context: &PeerMessage<'_>,
    body: Reader<'_>,
    rows: &mut MessageRows<'_, S>,
) {
    rows.skip("statistics_without_any");
    let mut reader = body;
    if let Err(error) = push_all(context, &mut reader, rows) {
        context.reject(error, Disposition::RestDiscard, rows);
    }
}

/// So many statistics are handed on together; few reports have more.
const TOGETHER: usize = 32;

/// u32 count, then so many statistics.
fn push_all<S: RowSink>(
    context: &PeerMessage<'_>,
    reader: &mut Reader<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let mut left = reader.u32("statistics count")? as usize;
    let mut stats = [BmpStat::default(); TOGETHER];
    while left != 0 {
        let (read, result) = read_some(reader, stats.iter_mut().take(left));
        push(context, stats.get(..read).unwrap_or_default(), rows);
        result?;
        left = left.saturating_sub(read);
    }
    if reader.is_empty() {
        return Ok(());
    }
    Err(ParseError::new(
        Fault::Leftover,
        "statistics",
        reader.offset(),
    ))
}

/// Reads a statistic for each place, up to a fault. Returns how many were read.
#[inline]
fn read_some<'a, 's>(
    reader: &mut Reader<'a>,
    places: impl Iterator<Item = &'s mut BmpStat<'a>>,
) -> (usize, Result<(), ParseError>)
where
    'a: 's,
{
    let mut read: usize = 0;
    for place in places {
        match split_statistic(reader) {
            Ok(statistic) => *place = stat(&statistic),
            Err(error) => return (read, Err(error)),
        }
        read = read.saturating_add(1);
    }
    (read, Ok(()))
}

#[inline]
fn stat<'a>(statistic: &Statistic<'a>) -> BmpStat<'a> {
    let stat_name = statistic.stat_type.name();
    let (family, value) = match statistic.value {
        StatisticValue::Number(value) => (None, Some(value)),
        StatisticValue::PerFamily(afi, safi, value) => (Some((afi.0, safi.0)), Some(value)),
        StatisticValue::Other => (None, None),
    };
    // Above 2^63 the column `value` is null; of an unknown type the form is a guess.
    let is_told = stat_name.is_some() && value.is_some_and(|value| i64::try_from(value).is_ok());
    BmpStat {
        stat_type: statistic.stat_type.0,
        stat_name,
        family,
        value,
        value_raw: (!is_told).then_some(statistic.octets),
    }
}

fn push<S: RowSink>(
    context: &PeerMessage<'_>,
    stats: &[BmpStat<'_>],
    rows: &mut MessageRows<'_, S>,
) {
    if stats.is_empty() {
        return;
    }
    rows.bmp_stats(&mut BmpReport {
        provenance: rows.provenance(),
        item: 0,
        observed_at: context.observed_at,
        router_at: context.router_at,
        peer: &context.peer,
        rib_view: context.rib_view(),
        stats,
    });
}
