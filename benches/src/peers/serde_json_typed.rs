//! serde_json into typed, borrowed structs: the JSON of RIS Live alone, no address, no number of an AS looked at.

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use std::fmt::Formatter;
use std::hint::black_box;

/// Deserialises every line; counts prefixes.
pub fn prefixes(lines: &[&[u8]]) -> u64 {
    lines
        .iter()
        .filter_map(|line| serde_json::from_slice::<Message<'_>>(line).ok())
        .map(|message| black_box(message).prefixes() as u64)
        .sum()
}

#[derive(Debug, Deserialize)]
struct Message<'a> {
    #[serde(rename = "type")]
    _kind: &'a str,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Debug, Deserialize)]
struct Data<'a> {
    #[serde(rename = "timestamp")]
    _timestamp: f64,
    #[serde(rename = "peer")]
    _peer: &'a str,
    #[serde(rename = "peer_asn")]
    _peer_asn: &'a str,
    #[serde(rename = "id")]
    _id: &'a str,
    #[serde(rename = "host")]
    _host: &'a str,
    #[serde(rename = "type")]
    _kind: &'a str,
    #[serde(rename = "raw")]
    _raw: Option<&'a str>,
    #[serde(rename = "path", default)]
    _path: Vec<Segment>,
    #[serde(rename = "community", default)]
    _community: Vec<(u32, u32)>,
    #[serde(rename = "origin")]
    _origin: Option<&'a str>,
    #[serde(rename = "med")]
    _med: Option<u32>,
    #[serde(rename = "aggregator")]
    _aggregator: Option<&'a str>,
    #[serde(borrow, default)]
    announcements: Vec<Announcement<'a>>,
    #[serde(borrow, default)]
    withdrawals: Vec<&'a str>,
}

/// A number or a list of them. By hand: `untagged` would read every one into a tree first.
#[derive(Debug)]
struct Segment {
    _asn: u64,
    _set: Vec<u32>,
}

impl<'de> Deserialize<'de> for Segment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SegmentVisitor)
    }
}

struct SegmentVisitor;

impl<'de> Visitor<'de> for SegmentVisitor {
    type Value = Segment;

    fn expecting(&self, to: &mut Formatter<'_>) -> std::fmt::Result {
        to.write_str("an ASN or a set of them")
    }

    fn visit_u64<E>(self, asn: u64) -> Result<Segment, E> {
        Ok(Segment {
            _asn: asn,
            _set: Vec::new(),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Segment, A::Error> {
        let mut set = Vec::new();
        while let Some(asn) = from.next_element()? {
            set.push(asn);
        }
        Ok(Segment { _asn: 0, _set: set })
    }
}

#[derive(Debug, Deserialize)]
struct Announcement<'a> {
    #[serde(rename = "next_hop")]
    _next_hop: &'a str,
    #[serde(borrow)]
    prefixes: Vec<&'a str>,
}

impl Message<'_> {
    fn prefixes(&self) -> usize {
        let announced = self.data.announcements.iter();
        self.data.withdrawals.len() + announced.map(|one| one.prefixes.len()).sum::<usize>()
    }
}
