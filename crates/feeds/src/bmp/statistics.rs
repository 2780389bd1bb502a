//! Statistics Report (RFC 7854, section 4.8): one row per statistic, known or not.

use crate::bmp::PeerMessage;
use crate::message::MessageRows;
use tables::{BmpStatRow, Disposition, RowSink};
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

/// u32 count, then so many statistics.
fn push_all<S: RowSink>(
    context: &PeerMessage<'_>,
    reader: &mut Reader<'_>,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let count = reader.u32("statistics count")?;
    for _ in 0..count {
        let statistic = split_statistic(reader)?;
        push(context, &statistic, rows);
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

fn push<S: RowSink>(
    context: &PeerMessage<'_>,
    statistic: &Statistic<'_>,
    rows: &mut MessageRows<'_, S>,
) {
    let stat_name = statistic.stat_type.name();
    let (family, value) = match statistic.value {
        StatisticValue::Number(value) => (None, Some(value)),
        StatisticValue::PerFamily(afi, safi, value) => (Some((afi.0, safi.0)), Some(value)),
        StatisticValue::Other => (None, None),
    };
    // Above 2^63 the column `value` is null; of an unknown type the form is a guess.
    let is_told = stat_name.is_some() && value.is_some_and(|value| i64::try_from(value).is_ok());
    rows.bmp_stat(&mut BmpStatRow {
        provenance: rows.provenance(),
        item: 0,
        observed_at: context.observed_at,
        router_at: context.router_at,
        peer: &context.peer,
        rib_view: context.rib_view(),
        stat_type: statistic.stat_type.0,
        stat_name,
        family,
        value,
        value_raw: (!is_told).then_some(statistic.octets),
    });
}
