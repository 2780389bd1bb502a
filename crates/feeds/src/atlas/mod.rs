//! DNS measurements of RIPE Atlas (<https://atlas.ripe.net/docs/apis/result-format/>): JSON objects, one per result, each with
//! one response or with a set of them (`resultset`). Also as a probe prints them (`RESULT {…}`), before the platform has added
//! to them.
//!
//! The DNS message (`abuf`) is the truth. What the probe has made of it counts only where it did not send it: the counts and
//! the answers, which are kept as JSON. A probe leaves `answers` unclosed where the second answer is cut: that is no JSON, and
//! is refused.
//!
//! Members of odd types do not cost the row: what cannot be read is null, and a reject tells it, with disposition `kept`. An
//! `abuf` that is no base64 is such a member.

mod clients;
mod error;
mod instance;
mod members;
mod response;

use crate::dns::Dns;
use crate::json::{self, Document, Json, Place};
use crate::message::{MessageRows, Reject};
use members::{Members, Probe};
use response::Response;
use tables::{Disposition, RowSink};
use wire::{Fault, ParseError};

pub(crate) use crate::json::first_unit;

/// Buffers that are used again for every message.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    abuf: Vec<u8>,
    qbuf: Vec<u8>,
    texts: Texts,
    instance: String,
}

/// Texts that are not in the JSON as rows want them.
#[derive(Debug, Default)]
struct Texts {
    error_kind: String,
    error: String,
    answers: String,
}

/// Decodes one message.
pub(crate) fn decode_message<S: RowSink>(
    payload: &[u8],
    json: &mut Json,
    scratch: &mut Scratch,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    json::for_each_value(payload, json, rows, |document, rows| {
        decode_document(document, scratch, dns, rows)
    });
    if payload.len() > json::KEPT_OCTETS_MAX {
        *scratch = Scratch::default();
    }
}

#[inline]
fn decode_document<S: RowSink>(
    document: &Document<'_>,
    scratch: &mut Scratch,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let Some(top) = Members::read(document, Place::ROOT) else {
        return Err(ParseError::bad_value("JSON object", 0));
    };
    match document.string(top.kind) {
        Some("dns") => {}
        Some(_) => {
            rows.skip("atlas_type_unknown");
            return Ok(());
        }
        // What a probe prints has no type.
        None if !document.has(top.kind) && top.tells_response(document) => {}
        None => return Err(document.bad_value("type", top.kind)),
    }
    let set = document.elements(top.resultset);
    if set.is_none() && document.has(top.resultset) {
        return Err(document.bad_value("resultset", top.resultset));
    }
    let probe = Probe::read(document, &top, dns, rows);
    let Some(set) = set else {
        Response::new(document, &probe, &top, None, true).push(scratch, dns, rows);
        return Ok(());
    };
    if set.is_empty() {
        rows.skip("atlas_resultset_empty");
    }
    let (mut is_first, mut are_objects) = (true, true);
    for element in set {
        let Some(members) = Members::read(document, element) else {
            are_objects = false;
            continue;
        };
        let response = Response::new(document, &probe, &top, Some(&members), is_first);
        response.push(scratch, dns, rows);
        is_first = false;
    }
    if !are_objects {
        refuse_elements(document, &top, rows);
    }
    Ok(())
}

/// Elements of a set that are no objects. Only where the set begins can be told of them.
#[cold]
fn refuse_elements<S: RowSink>(
    document: &Document<'_>,
    top: &Members,
    rows: &mut MessageRows<'_, S>,
) {
    let octets = document.octets_of_member(top.resultset);
    let error = ParseError::new(Fault::BadValue, "resultset", 0);
    rows.reject(&Reject::new(error, Disposition::MessageDiscard, octets));
}

#[cfg(test)]
mod tests;
