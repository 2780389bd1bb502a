//! BMP messages (RFC 7854), one or many per message.

use crate::Unit;
use crate::bgp::Memory;
use crate::message::MessageRows;
use tables::RowSink;

/// Finds the end of the first message of a stream.
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
