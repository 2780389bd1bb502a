//! Results of RIPE Atlas from all shared files that hold some, one per line, many times over.
//!
//! Only those with a DNS message that serde_json's typed structs can read: it would stop early in the others. In each copy
//! numbers of probes and ids of DNS messages are others.

use crate::input;
use crate::peers::serde_json_atlas;
use anyhow::Result;
use serde::de::IgnoredAny;
use std::path::Path;

/// Where the results stand, under the folder of a definition.
const FILES: [&str; 5] = [
    "Quad9DNS+ripe-atlas-dns-tools/Test-Data/RIPE-Atlas-measurement-24980149.json",
    "Quad9DNS+ripe-atlas-dns-tools/Test-Data/RIPE-Atlas-measurement-24980204.json",
    "Quad9DNS+ripe-atlas-dns-tools/Test-Data/RIPE-Atlas-measurement-29083406.json",
    "RIPE-NCC+ripe-atlas-tools/test_dns_compact.results.jsonl",
    "RIPE-NCC+ripe.atlas.sagan/dns.results.jsonl",
];

/// So many copies of all results.
///
/// # Errors
/// If a file is not there.
pub fn lines(folder: &Path, copies: usize) -> Result<Vec<u8>> {
    let files = FILES.iter().map(|file| input::read(&folder.join(file)));
    let files: Vec<Vec<u8>> = files.collect::<Result<_>>()?;
    let mut results = Vec::new();
    for file in &files {
        let is_line = |value: &&[u8]| !value.contains(&b'\n');
        let is_read = |value: &&[u8]| serde_json_atlas::has_message(value);
        results.extend(values(file)?.into_iter().filter(is_line).filter(is_read));
    }
    let mut lines = Vec::new();
    for copy in 0..copies {
        for result in &results {
            lines.extend_from_slice(&changed(result, copy));
            lines.push(b'\n');
        }
    }
    Ok(lines)
}

/// The elements of lists, or the values that follow each other, as they are written.
fn values(octets: &[u8]) -> Result<Vec<&[u8]>> {
    let is_between =
        |octet: &u8| matches!(octet, b'[' | b',' | b']') || octet.is_ascii_whitespace();
    let (mut values, mut rest) = (Vec::new(), octets);
    while let Some(begin) = rest.iter().position(|octet| !is_between(octet)) {
        let read = serde_json::Deserializer::from_slice(&rest[begin..]);
        let mut read = read.into_iter::<IgnoredAny>();
        read.next().transpose()?;
        let (value, after) = rest[begin..].split_at(read.byte_offset());
        values.push(value);
        rest = after;
    }
    Ok(values)
}

/// A result with another probe, and other DNS ids.
fn changed(result: &[u8], copy: usize) -> Vec<u8> {
    let mut changed = result.to_vec();
    for place in behind(result, b"\"prb_id\"") {
        let digits = changed[place..].iter_mut();
        let mut rest = copy;
        // The first digit stays: it must not become 0.
        for digit in digits.take_while(|digit| digit.is_ascii_digit()).skip(1) {
            *digit = b'0' + ((usize::from(*digit - b'0') + rest) % 10) as u8;
            rest /= 10;
        }
    }
    for name in [b"\"abuf\"", b"\"qbuf\""] {
        for place in behind(result, name) {
            // Base64: the first character is the upper six bits of the id.
            changed[place + 1] = base64_digit(changed[place + 1], copy);
        }
    }
    changed
}

/// Where the values of all members of this name begin.
fn behind(json: &[u8], name: &[u8]) -> Vec<usize> {
    let names = json.windows(name.len()).enumerate();
    let ends = names.filter(|(_, found)| *found == name);
    let value = |end: usize| {
        let blanks = json[end..].iter();
        end + blanks
            .take_while(|octet| matches!(octet, b':' | b' '))
            .count()
    };
    ends.map(|(place, _)| value(place + name.len())).collect()
}

/// Another digit, so many places further.
fn base64_digit(digit: u8, places: usize) -> u8 {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    match DIGITS.iter().position(|found| *found == digit) {
        Some(place) => DIGITS[(place + places) % 64],
        None => digit,
    }
}
