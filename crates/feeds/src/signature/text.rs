//! JSON, told apart by its keys.

use super::{Front, after_blank};
use crate::Format;

/// So far a text is looked at for keys.
const KEYS_OCTETS_MAX: usize = 4 * 1024;

/// An object, or an array of them, after white space; or what the software of a RIPE Atlas probe prints.
pub(super) fn format_of(front: &Front<'_>) -> Option<Format> {
    let text = after_blank(front.octets);
    match text {
        [b'{', ..] => Some(by_keys(text).unwrap_or(Format::RisLive)),
        // Results of RIPE Atlas come in arrays, too; in a file that goes on, their keys may yet follow.
        [b'[', ..] if front.is_open && text.len() < KEYS_OCTETS_MAX => Some(Format::Atlas),
        [b'[', ..] => by_keys(text).filter(|format| *format == Format::Atlas),
        _ if text.starts_with(b"RESULT {") => Some(Format::Atlas),
        _ => None,
    }
}

/// By the first key that only one of the formats has; none if there is none near.
fn by_keys(text: &[u8]) -> Option<Format> {
    let mut rest = text.get(..KEYS_OCTETS_MAX).unwrap_or(text);
    let (mut has_dns, mut has_network) = (false, false);
    while let Some((key, after)) = split_string(rest) {
        rest = after;
        let Some(value) = value_behind(after) else {
            continue;
        };
        let is_object = value.starts_with(b"{");
        match key {
            b"type" if value.starts_with(b"\"ris_") || value.starts_with(b"\"pong\"") => {
                return Some(Format::RisLive);
            }
            b"fw" | b"prb_id" | b"msm_id" | b"resultset" => return Some(Format::Atlas),
            b"dnstap" if is_object => return Some(Format::DnsCollector),
            b"dns" => has_dns |= is_object,
            b"network" => has_network |= is_object,
            key if is_flat(key) => return Some(Format::DnsCollector),
            _ => {}
        }
        if has_dns && has_network {
            return Some(Format::DnsCollector);
        }
    }
    None
}

/// Whether DNS-collector has joined it with dots.
fn is_flat(key: &[u8]) -> bool {
    let groups: [&[u8]; 4] = [b"dns.", b"edns.", b"network.", b"dnstap."];
    groups.iter().any(|group| key.starts_with(group))
}

/// The next string, without its quotes and with its escapes, and what follows it.
fn split_string(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let begin = memchr::memchr(b'"', text)?.saturating_add(1);
    let string = text.get(begin..)?;
    let mut end = 0_usize;
    loop {
        end = end.saturating_add(memchr::memchr2(b'"', b'\\', string.get(end..)?)?);
        if string.get(end) == Some(&b'"') {
            break;
        }
        end = end.saturating_add(2);
    }
    Some((string.get(..end)?, string.get(end.saturating_add(1)..)?))
}

/// The value of the key that ends here; none if it was no key.
fn value_behind(after: &[u8]) -> Option<&[u8]> {
    let value = after.trim_ascii_start().strip_prefix(b":")?;
    Some(value.trim_ascii_start())
}
