//! What an instance of a server says of itself in a TXT record of `hostname.bind` or `id.server` (RFC 4892).

use super::members::ResultMembers;
use crate::json::{Document, Place};
use std::fmt::Write;
use tables::{DnsContent, DnsQuestion};
use wire::dns::{NameText, Record, RecordType, Section, read_message};

#[inline]
fn asks_instance(question: &DnsQuestion<'_>) -> bool {
    question.qtype == Some(RecordType::TXT.0) && is_instance_name(question.qname)
}

fn is_instance_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    ["hostname.bind", "id.server"]
        .iter()
        .any(|instance| name.eq_ignore_ascii_case(instance))
}

/// Writes what a message answers into `text`, if it was asked for that and does not tell its NSID, which goes before.
#[inline]
pub(super) fn read_message_into(octets: &[u8], content: &DnsContent<'_>, text: &mut String) {
    text.clear();
    let has_nsid = content.edns.is_some_and(|edns| edns.nsid.is_some());
    if !has_nsid && content.question.as_ref().is_some_and(asks_instance) {
        read_answers(octets, text);
    }
}

#[cold]
fn read_answers(octets: &[u8], text: &mut String) {
    let mut found = None;
    let mut take = |record: &Record<'_>| {
        let is_it = record.section == Section::Answer && record.record_type == RecordType::TXT;
        if is_it && found.is_none() {
            // It borrows from the message alone.
            found =
                Some(record.rdata_offset..record.rdata_offset.saturating_add(record.rdata.len()));
        }
    };
    read_message(octets, &mut NameText::default(), &mut take);
    let mut rest = found
        .and_then(|rdata| octets.get(rdata))
        .unwrap_or_default();
    while let Some((length, behind)) = rest.split_first() {
        let (string, behind) = behind
            .split_at_checked((*length).into())
            .unwrap_or((behind, &[]));
        push_string(string, text);
        rest = behind;
    }
}

/// Mostly there is nothing to escape.
fn push_string(string: &[u8], text: &mut String) {
    let is_plain = |octet: &u8| matches!(octet, b' '..=b'~') && !matches!(octet, b'"' | b'\\');
    match std::str::from_utf8(string) {
        Ok(plain) if string.iter().all(is_plain) => text.push_str(plain),
        _ => string.iter().for_each(|octet| push_octet(*octet, text)),
    }
}

/// As a probe prints it: quotes, backslashes and what is not printable in three decimals.
fn push_octet(octet: u8, text: &mut String) {
    match octet {
        b'"' | b'\\' => {}
        b' '..=b'~' => return text.push(char::from(octet)),
        _ => {}
    }
    // A String takes whatever it is given.
    let _ = write!(text, "\\{octet:03}");
}

/// Writes what the probe has read in the answers into `text`.
#[cold]
pub(super) fn read_json_into(document: &Document<'_>, result: &ResultMembers, text: &mut String) {
    text.clear();
    for answer in document.elements(result.answers).into_iter().flatten() {
        let (mut name, mut rdata) = (Place::default(), Place::default());
        for (member, place) in document.members(answer).into_iter().flatten() {
            match member {
                b"NAME" => name = place,
                b"RDATA" => rdata = place,
                _ => {}
            }
        }
        if !document.string(name).is_some_and(is_instance_name) {
            continue;
        }
        text.push_str(document.string(rdata).unwrap_or_default());
        for string in document.elements(rdata).into_iter().flatten() {
            text.push_str(document.string(string).unwrap_or_default());
        }
        return;
    }
}
