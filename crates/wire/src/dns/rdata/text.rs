//! Fields of RDATA as text (RFC 1035, section 5.1, and where each type is defined).

use super::super::{Name, RecordType};
use super::{Field, Rdata, RdataError, svcb};
use crate::ParseError;
use core::fmt::{self, Write};
use core::net::Ipv6Addr;

/// Octets of a bitmap with a bit for each port.
const PORTS_OCTETS_MAX: usize = 8192;
/// Octets of a bitmap of types 0 to 127.
const FIRST_TYPES_OCTETS_MAX: usize = 16;

/// Octets without a form of their own (RFC 3597, section 5).
pub(super) fn write_unknown(octets: &[u8], text: &mut impl Write) -> fmt::Result {
    write!(text, "\\# {}", octets.len())?;
    if !octets.is_empty() {
        text.write_char(' ')?;
    }
    write_hex(octets, text)
}

/// Reads a field and writes it.
pub(super) fn write_field(
    field: Field,
    rdata: &mut Rdata<'_>,
    text: &mut impl Write,
) -> Result<(), RdataError> {
    match field {
        Field::U8(name) => write_number(rdata.u8(name)?.into(), text)?,
        Field::U16(name) => write_number(rdata.u16(name)?.into(), text)?,
        Field::U32(name) => write_number(rdata.u32(name)?, text)?,
        Field::Time(name) => write_time(rdata.u32(name)?, text)?,
        Field::Type => write!(text, "{}", RecordType(rdata.u16("type covered")?))?,
        Field::Ipv4 => write_ipv4(rdata.array("ADDRESS")?, text)?,
        Field::Ipv6 => write!(text, "{}", Ipv6Addr::from(rdata.array::<16>("ADDRESS")?))?,
        Field::Name => write_name(&rdata.name()?, text)?,
        Field::PlainName => write_name(&rdata.plain_name()?, text)?,
        Field::Text(name) => write_quoted(rdata.counted(name)?, text)?,
        Field::Word(name) => write_escaped(rdata.counted(name)?, text)?,
        Field::RestAsText => write_quoted(rdata.rest(), text)?,
        Field::CountedHex(name) => write_salt(rdata.counted(name)?, text)?,
        Field::CountedBase32(name) => write_base32(rdata.counted(name)?, text)?,
        Field::Hex => write_hex(rdata.rest(), text)?,
        Field::Base64 => write_base64(rdata.rest(), text)?,
        Field::Texts(name) => write_texts(name, rdata, text)?,
        Field::Types => write_types(rdata, text)?,
        Field::Ports => write_ports(rdata.short_rest(PORTS_OCTETS_MAX, "BIT MAP")?, text)?,
        Field::FirstTypes => {
            write_first_types(
                rdata.short_rest(FIRST_TYPES_OCTETS_MAX, "type bit map")?,
                text,
            )?;
        }
        Field::ServiceParameters => svcb::write_parameters(rdata, text)?,
    }
    Ok(())
}

/// A name in the form of QNAME.
fn write_name(name: &Name<'_>, text: &mut impl Write) -> fmt::Result {
    let mut labels = name.labels();
    let mut is_root = true;
    // It has been checked.
    while let Ok(Some(label)) = labels.next() {
        if !is_root {
            text.write_char('.')?;
        }
        is_root = false;
        write_label(label, text)?;
    }
    if is_root {
        text.write_char('.')
    } else {
        Ok(())
    }
}

fn write_label(label: &[u8], text: &mut impl Write) -> fmt::Result {
    let mut buffer = [0; 64];
    let (lower, _) = buffer.split_at_mut(label.len().min(64));
    for (to, from) in lower.iter_mut().zip(label) {
        *to = from.to_ascii_lowercase();
    }
    let is_plain = |octet: u8| matches!(octet, 0x21..=0x7E) && octet != b'.' && octet != b'\\';
    write_runs(lower, is_plain, text)
}

/// Octets between quotes.
pub(super) fn write_quoted(octets: &[u8], text: &mut impl Write) -> fmt::Result {
    text.write_char('"')?;
    write_escaped(octets, text)?;
    text.write_char('"')
}

/// Octets as they may stand between quotes.
fn write_escaped(octets: &[u8], text: &mut impl Write) -> fmt::Result {
    let is_plain = |octet: u8| matches!(octet, 0x20..=0x7E) && octet != b'"' && octet != b'\\';
    write_runs(octets, is_plain, text)
}

/// Writes octets that are plain as they are, and the others with an escape.
pub(super) fn write_runs(
    mut octets: &[u8],
    is_plain: impl Fn(u8) -> bool,
    text: &mut impl Write,
) -> fmt::Result {
    while !octets.is_empty() {
        let plain = octets.iter().take_while(|octet| is_plain(**octet)).count();
        let (run, rest) = octets.split_at_checked(plain).unwrap_or((octets, &[]));
        text.write_str(core::str::from_utf8(run).unwrap_or_default())?;
        let Some((&odd, rest)) = rest.split_first() else {
            break;
        };
        match odd {
            0x21..=0x7E => write!(text, "\\{}", char::from(odd))?,
            _ => write!(text, "\\{odd:03}")?,
        }
        octets = rest;
    }
    Ok(())
}

fn write_texts(
    name: &'static str,
    rdata: &mut Rdata<'_>,
    text: &mut impl Write,
) -> Result<(), RdataError> {
    write_quoted(rdata.counted(name)?, text)?;
    while !rdata.is_empty() {
        text.write_char(' ')?;
        write_quoted(rdata.counted(name)?, text)?;
    }
    Ok(())
}

/// Windows of up to 256 types: u8 number, u8 octets, 1 to 32 octets of bits; the numbers must rise.
fn write_types(rdata: &mut Rdata<'_>, text: &mut impl Write) -> Result<(), RdataError> {
    let (mut least, mut is_first) = (0_u16, true);
    while !rdata.is_empty() {
        let begin = rdata.at;
        let window = u16::from(rdata.u8("Window Block")?);
        let bits = rdata.counted("Bitmap")?;
        if !matches!(bits.len(), 1..=32) {
            return Err(ParseError::bad_length("Bitmap Length", begin.wrapping_add(1)).into());
        }
        if window < least {
            return Err(ParseError::bad_value("Window Block", begin).into());
        }
        least = window.wrapping_add(1);
        write_bits(bits, &mut is_first, text, |bit, text| {
            let number = window.wrapping_shl(8).wrapping_add(bit as u16);
            write!(text, "{}", RecordType(number))
        })?;
    }
    Ok(())
}

fn write_ports(bits: &[u8], text: &mut impl Write) -> fmt::Result {
    write_bits(bits, &mut true, text, |bit, text| write!(text, "{bit}"))
}

/// A bitmap of types 1 to 127; if its first bit were set, it would be of a form that nobody has defined.
fn write_first_types(bits: &[u8], text: &mut impl Write) -> fmt::Result {
    write_bits(bits, &mut true, text, |bit, text| {
        write!(text, "{}", RecordType(bit as u16))
    })
}

/// The numbers of the bits that are set, with spaces between them, and before the first unless it `is_first`.
fn write_bits<W: Write>(
    octets: &[u8],
    is_first: &mut bool,
    text: &mut W,
    write_bit: impl Fn(u32, &mut W) -> fmt::Result,
) -> fmt::Result {
    for (number, octet) in (0_u32..).step_by(8).zip(octets) {
        for bit in 0..8_u32 {
            if octet & 0x80_u8.wrapping_shr(bit) == 0 {
                continue;
            }
            if !*is_first {
                text.write_char(' ')?;
            }
            *is_first = false;
            write_bit(number.wrapping_add(bit), text)?;
        }
    }
    Ok(())
}

/// As YYYYMMDDHHmmSS, UTC (RFC 4034, section 3.2).
fn write_time(seconds: u32, text: &mut impl Write) -> fmt::Result {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    let second = second % 60;
    write!(
        text,
        "{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}"
    )
}

/// Year, month and day of some days after 1970-01-01. Years begin in March here, so that the leap day is the last one.
const fn date(days: u32) -> (u32, u32, u32) {
    let days = days.wrapping_add(719_468);
    let (era, day) = (days / 146_097, days % 146_097);
    let leaps = (day / 1460).wrapping_sub(day / 36_524);
    let leaps = leaps.wrapping_add(day / 146_096);
    let year = day.wrapping_sub(leaps) / 365;
    let before = year
        .wrapping_mul(365)
        .wrapping_add(year / 4)
        .wrapping_sub(year / 100);
    let day = day.wrapping_sub(before);
    let month = day.wrapping_mul(5).wrapping_add(2) / 153;
    let before = month.wrapping_mul(153).wrapping_add(2) / 5;
    let is_next_year = month >= 10;
    let year = era
        .wrapping_mul(400)
        .wrapping_add(year)
        .wrapping_add(is_next_year as u32);
    let month = if is_next_year {
        month.wrapping_sub(9)
    } else {
        month.wrapping_add(3)
    };
    (year, month, day.wrapping_sub(before).wrapping_add(1))
}

fn write_salt(octets: &[u8], text: &mut impl Write) -> fmt::Result {
    if octets.is_empty() {
        return text.write_char('-');
    }
    write_hex(octets, text)
}

/// Digits that are written at once.
const DIGITS: usize = 64;

fn write_hex(octets: &[u8], text: &mut impl Write) -> fmt::Result {
    let mut digits = [0; DIGITS];
    for piece in octets.chunks(DIGITS / 2) {
        for (to, octet) in digits.as_chunks_mut().0.iter_mut().zip(piece) {
            *to =
                [octet >> 4, octet & 0xF].map(|digit| digit_of(b"0123456789abcdef", digit.into()));
        }
        write_ascii(&digits, piece.len().wrapping_mul(2), text)?;
    }
    Ok(())
}

/// RFC 4648, section 4.
pub(super) fn write_base64(octets: &[u8], text: &mut impl Write) -> fmt::Result {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut digits = [0; DIGITS];
    for piece in octets.chunks(DIGITS / 4 * 3) {
        let groups = piece.chunks(3);
        let sent = groups.len().wrapping_mul(4);
        for (to, group) in digits.as_chunks_mut().0.iter_mut().zip(groups) {
            let number = number_of(group);
            *to = [58, 52, 46, 40].map(|shift| digit_of(alphabet, number >> shift & 0x3F));
            if let Some(padding) = to.get_mut(group.len().wrapping_add(1)..) {
                padding.fill(b'=');
            }
        }
        write_ascii(&digits, sent, text)?;
    }
    Ok(())
}

/// RFC 4648, section 7: in lower case, as names are, and without padding (RFC 5155, section 3.3).
fn write_base32(octets: &[u8], text: &mut impl Write) -> fmt::Result {
    let alphabet = b"0123456789abcdefghijklmnopqrstuv";
    let mut digits = [0; DIGITS];
    for piece in octets.chunks(DIGITS / 8 * 5) {
        for (to, group) in digits.as_chunks_mut().0.iter_mut().zip(piece.chunks(5)) {
            let number = number_of(group);
            *to = [59, 54, 49, 44, 39, 34, 29, 24]
                .map(|shift| digit_of(alphabet, number >> shift & 0x1F));
        }
        let sent = piece.len().wrapping_mul(8).div_ceil(5);
        write_ascii(&digits, sent, text)?;
    }
    Ok(())
}

/// Up to eight octets as a number whose top octet is the first of them.
#[inline(always)]
fn number_of(octets: &[u8]) -> u64 {
    let mut all = [0; 8];
    for (to, from) in all.iter_mut().zip(octets) {
        *to = *from;
    }
    u64::from_be_bytes(all)
}

#[inline(always)]
fn digit_of<const N: usize>(alphabet: &[u8; N], value: u64) -> u8 {
    alphabet.get(value as usize).copied().unwrap_or_default()
}

/// Writes the first `octets` of some ASCII text.
#[inline]
fn write_ascii(ascii: &[u8], octets: usize, text: &mut impl Write) -> fmt::Result {
    let ascii = ascii.get(..octets).unwrap_or_default();
    text.write_str(core::str::from_utf8(ascii).unwrap_or_default())
}

/// An integer in decimal.
fn write_number(number: u32, text: &mut impl Write) -> fmt::Result {
    let (mut digits, mut rest, mut begin) = ([b'0'; 10], number, 10_usize);
    for digit in digits.iter_mut().rev() {
        *digit = b'0'.wrapping_add((rest % 10) as u8);
        rest /= 10;
        begin = begin.wrapping_sub(1);
        if rest == 0 {
            break;
        }
    }
    let sent = digits.get(begin..).unwrap_or_default();
    write_ascii(sent, sent.len(), text)
}

fn write_ipv4([first, rest @ ..]: [u8; 4], text: &mut impl Write) -> fmt::Result {
    write_number(first.into(), text)?;
    rest.into_iter().try_for_each(|octet| {
        text.write_char('.')?;
        write_number(octet.into(), text)
    })
}
