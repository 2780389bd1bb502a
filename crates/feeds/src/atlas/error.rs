//! What a probe tells of an error: an object with one or several members, a text, or a list of either.

use super::clients::Clients;
use crate::json::{Document, Place, told};
use crate::message::MessageRows;
use tables::RowSink;

/// Writes an error out, and what kind it is: its first name, or its first text. Returns how long the probe has waited, in
/// milliseconds.
#[cold]
pub(super) fn read<S: RowSink>(
    document: &Document<'_>,
    error: Place,
    clients: &Clients,
    (kind, text): (&mut String, &mut String),
    rows: &mut MessageRows<'_, S>,
) -> Option<i32> {
    let mut shown = |text: &str, to: &mut String| clients.push_shown(text, to);
    document.write_value(error, text, &mut shown);
    let first = match document.elements(error) {
        Some(mut elements) => elements.next().unwrap_or(error),
        None => error,
    };
    let mut timeout_ms = None;
    for ((name, place), number) in document.members(first).into_iter().flatten().zip(0_u32..) {
        if number == 0 {
            shown(std::str::from_utf8(name).unwrap_or_default(), kind);
        }
        if name == b"timeout" {
            timeout_ms = told(document, "timeout", place, document.integer(place), rows);
        }
    }
    if let Some(told) = document.string(first) {
        shown(told, kind);
    }
    timeout_ms
}
