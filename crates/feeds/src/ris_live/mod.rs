//! RIS Live: BGP messages as JSON.

use crate::Unit;
use crate::bgp::Memory;
use crate::message::MessageRows;
use tables::RowSink;

/// Finds the end of the first line of a file.
pub(crate) fn first_unit(octets: &[u8]) -> Unit {
    let _ = octets;
    Unit::Damaged
}

/// Decodes one message.
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let _ = (payload, memory, rows);
}
