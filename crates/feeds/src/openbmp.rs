//! OpenBMP: a header of the collector around BMP messages (binary, version 1.7, and text).

use crate::Unit;
use crate::bgp::Memory;
use crate::message::MessageRows;
use tables::RowSink;

/// Finds the end of the first message of a file.
pub(crate) fn first_unit(octets: &[u8]) -> Unit {
    let _ = octets;
    Unit::Damaged
}

/// Decodes all BMP messages of one message.
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let _ = (payload, memory, rows);
}
