//! Prefixes and addresses as text (RFC 4632, RFC 5952) by tables of octets: with `core::fmt` the whole decoder is half
//! as fast.

use super::values::take_vec;
use super::{Validity, built};
use crate::Prefix;
use arrow::array::{ArrayRef, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use std::net::{IpAddr, Ipv6Addr};
use std::ops::Range;
use std::sync::Arc;

/// `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128` has 49; no text of a prefix is longer.
const TEXT_OCTETS_MAX: usize = 56;

/// The column `prefix`.
#[derive(Debug)]
pub(crate) struct PrefixTexts {
    ends: Vec<i32>,
    text: Vec<u8>,
    scratch: Vec<u8>,
}

impl Default for PrefixTexts {
    fn default() -> Self {
        Self {
            ends: vec![0],
            text: Vec::new(),
            scratch: Vec::new(),
        }
    }
}

impl PrefixTexts {
    /// One text per prefix.
    pub(crate) fn extend(&mut self, prefixes: &[Prefix]) {
        let room = prefixes.len() * TEXT_OCTETS_MAX;
        if self.scratch.len() < room {
            self.scratch.resize(room, 0);
        }
        let (scratch, base, mut written) = (&mut self.scratch, self.text.len(), 0);
        self.ends.extend(prefixes.iter().map(|prefix| {
            if let Some(out) = scratch[written..].first_chunk_mut() {
                written += write(*prefix, out);
            }
            (base + written) as i32
        }));
        self.text.extend_from_slice(&self.scratch[..written]);
    }

    /// The array of all rows, and the column is empty again.
    pub(crate) fn finish(&mut self, validity: &Validity) -> ArrayRef {
        let rows = self.ends.len() - 1;
        let ends = take_vec(&mut self.ends);
        self.ends.push(0);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(ends));
        let text = Buffer::from_vec(take_vec(&mut self.text));
        Arc::new(built(StringArray::try_new(
            offsets,
            text,
            validity.nulls(rows),
        )))
    }
}

/// An address as text, behind `text`.
#[inline]
pub(crate) fn push_address(address: IpAddr, text: &mut Vec<u8>) {
    let mut out = [0; TEXT_OCTETS_MAX];
    let octets = match address {
        IpAddr::V4(v4) => write_v4(v4.to_bits(), &mut out),
        IpAddr::V6(v6) => write_v6((v6.to_bits() >> 64) as u64, v6.to_bits() as u64, &mut out),
    };
    text.extend_from_slice(&out[..octets]);
}

#[inline]
fn write(prefix: Prefix, out: &mut [u8; TEXT_OCTETS_MAX]) -> usize {
    let address = if prefix.is_v6() {
        write_v6(prefix.high(), prefix.low(), out)
    } else {
        write_v4(prefix.high() as u32, out)
    };
    let (digits, octets) = LENGTHS[prefix.length() as usize];
    if let Some(place) = out[address..].first_chunk_mut() {
        *place = digits;
    }
    address + octets as usize
}

#[inline]
fn write_v4(address: u32, out: &mut [u8; TEXT_OCTETS_MAX]) -> usize {
    let mut at = 0;
    for octet in address.to_be_bytes() {
        let (digits, octets) = DECIMALS[octet as usize];
        if let Some(place) = out[at..].first_chunk_mut() {
            *place = digits;
        }
        at += octets as usize;
    }
    at - 1
}

#[inline]
fn write_v6(high: u64, low: u64, out: &mut [u8; TEXT_OCTETS_MAX]) -> usize {
    if low == 0 {
        write_v6_high(high, out)
    } else {
        write_v6_whole(high, low, out)
    }
}

/// An address whose lower half is zero: that half belongs to the longest run of zeros, so it becomes `::`.
#[inline]
fn write_v6_high(high: u64, out: &mut [u8; TEXT_OCTETS_MAX]) -> usize {
    let groups = 4 - high.trailing_zeros() as usize / 16;
    let mut at = 0;
    for group in 0..groups {
        at = write_group((high >> (48 - 16 * group)) as u16, at, out);
    }
    if groups == 0 {
        out[at] = b':';
        at += 1;
    }
    out[at] = b':';
    at + 1
}

/// A group of an address and a colon; returns what follows it.
#[inline]
fn write_group(group: u16, at: usize, out: &mut [u8; TEXT_OCTETS_MAX]) -> usize {
    let [a, b] = HEXES[usize::from(group >> 8)];
    let [c, d] = HEXES[usize::from(group & 0xff)];
    let zeros = (group.leading_zeros() / 4).min(3);
    let digits = u32::from_le_bytes([a, b, c, d]) >> (8 * zeros);
    if let Some(place) = out[at..].first_chunk_mut() {
        *place = digits.to_le_bytes();
    }
    let colon = at + 4 - zeros as usize;
    out[colon] = b':';
    colon + 1
}

#[inline(never)]
fn write_v6_whole(high: u64, low: u64, out: &mut [u8; TEXT_OCTETS_MAX]) -> usize {
    let address = Ipv6Addr::from_bits(u128::from(high) << 64 | u128::from(low));
    if address.to_ipv4_mapped().is_some() {
        return write_mapped(address, out);
    }
    let groups = address.segments();
    let zeros = longest_zeros(&groups);
    let mut at = 0;
    for group in &groups[..zeros.start] {
        at = write_group(*group, at, out);
    }
    if zeros.is_empty() {
        return at - 1;
    }
    if zeros.start == 0 {
        out[at] = b':';
        at += 1;
    }
    out[at] = b':';
    at += 1;
    for group in &groups[zeros.end..] {
        at = write_group(*group, at, out);
    }
    at - usize::from(zeros.end < groups.len())
}

/// The longest run of more than one group of zeros, the first of those; an empty one at the end if there is none.
fn longest_zeros(groups: &[u16; 8]) -> Range<usize> {
    let mut longest = 8..8;
    let mut start = 0;
    for (place, group) in groups.iter().enumerate() {
        if *group != 0 {
            start = place + 1;
        } else if place + 1 - start > longest.len().max(1) {
            longest = start..place + 1;
        }
    }
    longest
}

#[cold]
fn write_mapped(address: Ipv6Addr, out: &mut [u8; TEXT_OCTETS_MAX]) -> usize {
    let text = address.to_string();
    out[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
}

/// Each octet in decimal with a full stop behind it, and how many characters that are.
static DECIMALS: [([u8; 4], u8); 256] = {
    let mut table = [([0; 4], 0); 256];
    let mut number = 0;
    while number < table.len() {
        let (digits, count) = decimal(number as u8);
        let mut text = [digits[0], digits[1], digits[2], 0];
        text[count] = b'.';
        table[number] = (text, count as u8 + 1);
        number += 1;
    }
    table
};

/// Each prefix length behind a slash, and how many characters that are.
static LENGTHS: [([u8; 4], u8); 256] = {
    let mut table = [([0; 4], 0); 256];
    let mut number = 0;
    while number < table.len() {
        let (digits, count) = decimal(number as u8);
        table[number] = ([b'/', digits[0], digits[1], digits[2]], count as u8 + 1);
        number += 1;
    }
    table
};

/// Each octet as two hexadecimal digits.
static HEXES: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut number = 0;
    while number < table.len() {
        table[number] = [digits[number >> 4], digits[number & 15]];
        number += 1;
    }
    table
};

const fn decimal(number: u8) -> ([u8; 3], usize) {
    let (hundreds, tens, ones) = (
        b'0' + number / 100,
        b'0' + number / 10 % 10,
        b'0' + number % 10,
    );
    match number {
        0..10 => ([ones, 0, 0], 1),
        10..100 => ([tens, ones, 0], 2),
        100.. => ([hundreds, tens, ones], 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prefix: Prefix, expected: &str) {
        let mut out = [0; TEXT_OCTETS_MAX];
        let octets = write(prefix, &mut out);
        assert_eq!(std::str::from_utf8(&out[..octets]), Ok(expected));
    }

    #[test]
    fn v4() {
        check(Prefix::v4(0, 0), "0.0.0.0/0");
        check(Prefix::v4(0x0a00_0000, 8), "10.0.0.0/8");
        check(Prefix::v4(0xffff_ffff, 32), "255.255.255.255/32");
        check(Prefix::v4(0xc063_0901, 19), "192.99.9.1/19");
    }

    #[test]
    fn v6() {
        check(Prefix::v6(0, 0, 0), "::/0");
        check(Prefix::v6(0x2001_0db8_0000_0000, 0, 32), "2001:db8::/32");
        check(Prefix::v6(0x2000_0000_0000_0000, 0, 3), "2000::/3");
        check(Prefix::v6(0x2001_0000_0000_0001, 0, 64), "2001:0:0:1::/64");
        check(Prefix::v6(0x0000_0000_0000_0001, 0, 64), "0:0:0:1::/64");
        check(Prefix::v6(0x2001_0db8_0000_0000, 1, 128), "2001:db8::1/128");
        check(
            Prefix::v6(u64::MAX, u64::MAX, 128),
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
        );
        check(Prefix::v6(0, 0xffff_c000_0201, 128), "::ffff:192.0.2.1/128");
    }

    /// Every length that the type can hold is written; lengths beyond 128 are the decoder's fault, not ours.
    #[test]
    fn every_address_as_std_does() {
        let mut high: u64 = 1;
        for shift in 0..64 {
            high = high.rotate_left(shift).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let masked = high & (u64::MAX << shift);
            let expected = Ipv6Addr::from_bits(u128::from(masked) << 64);
            check(Prefix::v6(masked, 0, 64), &format!("{expected}/64"));
        }
    }

    /// Zeros wherever they may stand, and groups of any number of digits.
    #[test]
    fn zeros_are_shortened_as_std_does() {
        for pattern in 0..=u8::MAX {
            for group in [0x1, 0xff, 0xabc, 0xffff] {
                let groups =
                    [0, 1, 2, 3, 4, 5, 6, 7].map(|place| u16::from(pattern >> place & 1) * group);
                let address = Ipv6Addr::from(groups);
                let bits = address.to_bits();
                let prefix = Prefix::v6((bits >> 64) as u64, bits as u64, 128);
                check(prefix, &format!("{address}/128"));
            }
        }
    }
}
