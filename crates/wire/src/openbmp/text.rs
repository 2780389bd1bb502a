//! The text header of older collectors: lines `NAME: value` in any order and any case, ended by an empty line.

use super::{Header, ObjectType, checked_body_octets};
use crate::{Fault, ParseError, Reader};
use core::str;

/// A header has a few dozen octets per line and a handful of lines.
const HEADER_OCTETS_MAX: usize = 1024;

/// Whether a header begins here: a name and a colon. BMP begins with a small number, the binary header has no colon.
#[inline]
pub fn begins(input: &[u8]) -> bool {
    matches!(input, [b'A'..=b'Z' | b'a'..=b'z', ..]) && begins_with_name(input)
}

#[cold]
fn begins_with_name(input: &[u8]) -> bool {
    let names: [&[u8]; 7] = [b"V", b"C_HASH_ID", b"R_HASH", b"R_IP", b"L", b"T", b"R"];
    names.iter().any(|name| match input.get(name.len()) {
        Some(next) => {
            *next == b':'
                && input
                    .get(..name.len())
                    .is_some_and(|front| front.eq_ignore_ascii_case(name))
        }
        None => false,
    })
}

/// Splits the header off the front; returns it with the octets of the body: what `L` says, else all the rest.
///
/// ```text
/// V: 1.7 | C_HASH_ID: collector hash | R_HASH: router hash, 32 digits | R_IP: router address | L: octets of the body
/// ```
///
/// Messages that the collector has parsed have a type besides (T), and a number of rows (R).
#[cold]
pub(super) fn split_header<'a>(reader: &mut Reader<'a>) -> Result<(Header<'a>, usize), ParseError> {
    let octets = header_octets(reader.rest())?;
    let mut lines = reader.frame(octets, "header")?;
    let mut header = Header {
        is_of_router: true,
        object_type: ObjectType::BMP_RAW,
        at: None,
        collector: &[],
        router_hash: [0; 16],
        router_ip: None,
    };
    let mut body_octets = reader.len();
    while !lines.is_empty() {
        let offset = lines.offset();
        let line = split_line(&mut lines)?;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else {
            return Err(ParseError::bad_value("header line", offset));
        };
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case("L") {
            let octets = value.parse();
            let octets = octets.map_err(|_| ParseError::bad_value("L", offset))?;
            body_octets = checked_body_octets(octets, offset)?;
        } else if name.eq_ignore_ascii_case("R_HASH") {
            header.router_hash = hash(value).ok_or(ParseError::bad_value("R_HASH", offset))?;
        } else if name.eq_ignore_ascii_case("R_IP") {
            let ip = value
                .parse()
                .map_err(|_| ParseError::bad_value("R_IP", offset))?;
            header.router_ip = Some(ip);
        } else if name.eq_ignore_ascii_case("T") && !value.eq_ignore_ascii_case("bmp_raw") {
            header.object_type = ObjectType::PARSED;
        }
    }
    Ok((header, body_octets))
}

/// Octets up to the empty line, with it.
fn header_octets(input: &[u8]) -> Result<usize, ParseError> {
    let front = input.get(..HEADER_OCTETS_MAX).unwrap_or(input);
    let end = front.windows(2).position(|pair| pair == b"\n\n");
    match end {
        Some(end) => Ok(end.saturating_add(2)),
        None if input.len() > HEADER_OCTETS_MAX => {
            Err(ParseError::new(Fault::OverLimit, "header", 0))
        }
        None => Err(ParseError::truncated("header", 0)),
    }
}

fn split_line<'a>(lines: &mut Reader<'a>) -> Result<&'a str, ParseError> {
    let offset = lines.offset();
    let end = lines.rest().iter().position(|octet| *octet == b'\n');
    let line = lines.frame(end.unwrap_or(lines.len()), "header line")?;
    if !lines.is_empty() {
        lines.u8("line end")?;
    }
    str::from_utf8(line.rest())
        .map(str::trim)
        .map_err(|_| ParseError::bad_value("header line", offset))
}

/// 16 octets from 32 hexadecimal digits.
fn hash(digits: &str) -> Option<[u8; 16]> {
    let are_digits = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = u128::from_str_radix(digits, 16).ok();
    number.filter(|_| are_digits).map(u128::to_be_bytes)
}
