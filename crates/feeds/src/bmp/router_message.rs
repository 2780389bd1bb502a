//! Initiation and Termination (RFC 7854, sections 4.3 to 4.5): what a router says of itself.

use crate::bmp::Envelope;
use crate::bmp::session::text_of;
use crate::message::{MessageRows, Reject};
use std::borrow::Cow;
use tables::{Disposition, RowSink, SessionKind, SessionRow};
use wire::bmp::{InformationType, Message, TerminationType, Tlv, split_tlv};
use wire::{ParseError, Reader};

#[cold]
pub(super) fn initiation<S: RowSink>(
    message: &Message<'_>,
    envelope: &Envelope,
    rows: &mut MessageRows<'_, S>,
) {
    let (mut name, mut description, mut strings) = (None, None, Vec::new());
    let read = for_each_tlv(message.body, |tlv| {
        let text = String::from_utf8_lossy(tlv.value.rest());
        match InformationType(tlv.tlv_type) {
            InformationType::SYSTEM_NAME if name.is_none() => name = Some(text),
            InformationType::SYSTEM_DESCRIPTION if description.is_none() => {
                description = Some(text);
            }
            InformationType::STRING
            | InformationType::SYSTEM_NAME
            | InformationType::SYSTEM_DESCRIPTION => strings.push(text),
            _ => (),
        }
        Ok(())
    });
    let text = text_of(&strings);
    rows.session(&mut SessionRow {
        system_name: name.as_deref(),
        system_description: description.as_deref(),
        reason_text: text.as_deref(),
        ..row(SessionKind::Initiation, envelope, rows)
    });
    if let Err(error) = read {
        reject(message, envelope, error, rows);
    }
}

#[cold]
pub(super) fn termination<S: RowSink>(
    message: &Message<'_>,
    envelope: &Envelope,
    rows: &mut MessageRows<'_, S>,
) {
    let (mut reason, mut strings) = (None, Vec::<Cow<'_, str>>::new());
    let read = for_each_tlv(message.body, |mut tlv| {
        match TerminationType(tlv.tlv_type) {
            TerminationType::REASON => reason = Some(tlv.value.u16("termination reason")?),
            TerminationType::STRING => strings.push(String::from_utf8_lossy(tlv.value.rest())),
            _ => (),
        }
        Ok(())
    });
    let text = text_of(&strings);
    rows.session(&mut SessionRow {
        reason_code: reason,
        reason_text: text.as_deref(),
        ..row(SessionKind::Termination, envelope, rows)
    });
    if let Err(error) = read {
        reject(message, envelope, error, rows);
    }
}

fn for_each_tlv<'a>(
    mut reader: Reader<'a>,
    mut each: impl FnMut(Tlv<'a>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    while !reader.is_empty() {
        each(split_tlv(&mut reader)?)?;
    }
    Ok(())
}

fn row<'a, S: RowSink>(
    kind: SessionKind,
    envelope: &Envelope,
    rows: &MessageRows<'a, S>,
) -> SessionRow<'a> {
    let observed_at = envelope.at.unwrap_or_else(|| rows.unobserved());
    SessionRow::new(rows.provenance(), observed_at, None, kind)
}

/// What was read before the fault counts.
#[cold]
fn reject<S: RowSink>(
    message: &Message<'_>,
    envelope: &Envelope,
    error: ParseError,
    rows: &mut MessageRows<'_, S>,
) {
    rows.reject(&Reject {
        observed_at: envelope.at,
        message_type: Some(message.message_type.0.into()),
        ..Reject::new(error, Disposition::RestDiscard, message.octets)
    });
}
