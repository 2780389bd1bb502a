//! pcap.

use crate::Unit;
use crate::dns::Dns;
use crate::message::MessageRows;
use tables::RowSink;

/// Finds the end of the first unit of a file.
pub(crate) fn first_unit(octets: &[u8], is_end: bool) -> Unit {
    let _ = is_end;
    Unit::Whole(octets.len())
}

/// Decodes one message.
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    let _ = (payload, dns, rows);
}
