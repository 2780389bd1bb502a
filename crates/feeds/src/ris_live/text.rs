//! Values that RIS Live writes as text: times, prefixes, octets in hexadecimal.

use crate::bgp;
use std::net::{IpAddr, Ipv6Addr};
use tables::Prefix;
use wire::bgp::IpPrefix;

/// Seconds since 1970 with their fraction, as microseconds, from the decimal text: a float would be off by one of them now
/// and then. More digits are cut off. None if no such number begins there, or if it is later than MRT could say it (2106).
#[inline]
pub(super) fn parse_seconds(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let (seconds, rest) = split_number(text)?;
    if seconds > u64::from(u32::MAX) {
        return None;
    }
    let (microseconds, rest) = match rest.strip_prefix(b".") {
        Some(fraction) => split_microseconds(fraction)?,
        None => (0, rest),
    };
    // A power of ten is not ours to apply.
    if matches!(rest.first(), Some(b'e' | b'E' | b'.')) {
        return None;
    }
    let seconds_us = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    seconds_us.checked_add(microseconds)
}

fn split_microseconds(text: &[u8]) -> Option<(i64, &[u8])> {
    let digits = count_digits(text);
    let (fraction, rest) = text.split_at_checked(digits)?;
    let mut microseconds = 0_i64;
    for place in 0..6 {
        let digit = fraction
            .get(place)
            .map_or(0, |digit| digit.wrapping_sub(b'0'));
        microseconds = microseconds.wrapping_mul(10).wrapping_add(digit.into());
    }
    (digits != 0).then_some((microseconds, rest))
}

/// At least one decimal digit and at most 18 of them, with what follows.
#[inline]
fn split_number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = count_digits(text);
    if digits == 0 || digits > 18 {
        return None;
    }
    let (digits, rest) = text.split_at_checked(digits)?;
    let add = |number: u64, digit: &u8| {
        let digit = u64::from(digit.wrapping_sub(b'0'));
        number.wrapping_mul(10).wrapping_add(digit)
    };
    Some((digits.iter().fold(0, add), rest))
}

#[inline]
fn count_digits(text: &[u8]) -> usize {
    text.iter()
        .take_while(|octet| octet.is_ascii_digit())
        .count()
}

/// A prefix of either version, IPv6 compressed or not; its host bits are cleared.
#[inline]
pub(super) fn parse_prefix(text: &str) -> Option<Prefix> {
    let octets = text.as_bytes();
    let prefix = match split_ipv4(octets) {
        Some((address, rest)) => {
            let length = parse_length(rest.strip_prefix(b"/")?)?;
            IpPrefix::new(IpAddr::V4(address.into()), length)
        }
        None => {
            let (address, length) = text.split_once('/')?;
            let address: Ipv6Addr = address.parse().ok()?;
            IpPrefix::new(address.into(), parse_length(length.as_bytes())?)
        }
    };
    prefix.map(bgp::table_prefix)
}

/// Four numbers of up to three digits with dots between them.
#[inline]
fn split_ipv4(text: &[u8]) -> Option<(u32, &[u8])> {
    let (mut address, mut rest) = (0_u32, text);
    for place in 0..4 {
        if place != 0 {
            rest = rest.strip_prefix(b".")?;
        }
        let (octet, after) = split_octet(rest)?;
        address = address.wrapping_shl(8) | u32::from(octet);
        rest = after;
    }
    Some((address, rest))
}

/// A number up to 255, without zeros before it.
#[inline]
fn split_octet(text: &[u8]) -> Option<(u8, &[u8])> {
    let digit = |octet: &u8| {
        let digit = octet.wrapping_sub(b'0');
        (digit < 10).then_some(u16::from(digit))
    };
    let (first, mut rest) = text.split_first()?;
    let mut number = digit(first)?;
    while let Some((next, after)) = rest.split_first()
        && let Some(next) = digit(next)
    {
        if number == 0 || number > 25 {
            return None;
        }
        number = number.wrapping_mul(10).wrapping_add(next);
        rest = after;
    }
    Some((u8::try_from(number).ok()?, rest))
}

#[inline]
fn parse_length(text: &[u8]) -> Option<u8> {
    match split_octet(text)? {
        (length, []) => Some(length),
        _ => None,
    }
}

/// What each octet stands for as a hexadecimal digit; 0xff if it is none.
static DIGITS: [u8; 256] = {
    let mut digits = [0xff_u8; 256];
    let texts = [b"0123456789abcdef", b"0123456789ABCDEF"];
    let mut value = 0;
    #[allow(
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        reason = "computed by the compiler"
    )]
    while value < 16 {
        digits[texts[0][value] as usize] = value as u8;
        digits[texts[1][value] as usize] = value as u8;
        value += 1;
    }
    digits
};

/// Writes the octets of a hexadecimal text into `octets`, instead of what is there.
///
/// # Errors
/// Offset of the first octet that is no digit, or of the end if a digit is missing there.
#[inline]
pub(super) fn decode_hex(text: &[u8], octets: &mut Vec<u8>) -> Result<(), usize> {
    let digit = |octet: u8| DIGITS.get(usize::from(octet)).copied().unwrap_or(0xff);
    octets.clear();
    let (pairs, odd) = text.as_chunks::<2>();
    let mut all = 0;
    octets.extend(pairs.iter().map(|[high, low]| {
        let (high, low) = (digit(*high), digit(*low));
        all |= high | low;
        high.wrapping_shl(4) | low
    }));
    if all > 15 || !odd.is_empty() {
        let bad = text.iter().position(|octet| digit(*octet) == 0xff);
        return Err(bad.unwrap_or(text.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
