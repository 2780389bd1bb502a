//! The feed against a reader of its own: as much of MRT and BGP as is needed to count rows, written apart from the writers.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::table_dump;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

fn small() -> Settings {
    Settings {
        peers: 9,
        prefixes_v4: 200,
        prefixes_v6: 90,
        reset_interval_s: 2,
        ..Settings::default()
    }
}

#[test]
fn same_seed_same_octets() {
    let take = |seed| {
        let settings = Settings {
            seed,
            damaged_per_million: 10_000,
            ..small()
        };
        Traffic::new(&settings).take(5_000).collect::<Vec<_>>()
    };
    assert_eq!(take(5), take(5));
    assert_ne!(take(5), take(6));
}

#[test]
fn every_record_gives_the_rows_it_promises() {
    let mut kinds = HashMap::new();
    for record in Traffic::new(&small()).take(30_000) {
        let (kind, rows) = read(&record.octets);
        assert_eq!(rows, record.expected, "{kind:?} {record:?}");
        *kinds.entry(kind).or_insert(0) += 1;
    }
    for kind in [(17, 0), (17, 1), (17, 4), (17, 5)] {
        assert!(
            kinds.get(&kind).is_some_and(|count| *count > 20),
            "{kinds:?}"
        );
    }
}

#[test]
fn dump_gives_the_rows_it_promises() {
    let mut total = Expected::default();
    let mut count = 0;
    for record in table_dump(&small()) {
        let (_, rows) = read(&record.octets);
        assert_eq!(rows, record.expected);
        assert_eq!(record.peer_ip, None);
        total += rows;
        count += 1;
    }
    assert_eq!(count, 1 + 200 + 90);
    assert_eq!(total.rib, 6 * 200 + 3 * 90);
}

#[test]
fn time_never_goes_back_and_keeps_the_rate() {
    let settings = Settings {
        updates_per_second: 2_000,
        ..small()
    };
    let mut last_us = settings.start_us;
    for record in Traffic::new(&settings).take(20_000) {
        assert!(record.at_us >= last_us);
        last_us = record.at_us;
    }
    let seconds = (last_us - settings.start_us) as f64 / 1e6;
    assert!((9.0..11.0).contains(&seconds), "{seconds}");
}

#[test]
fn a_session_comes_up_with_its_whole_table_and_is_reset() {
    let settings = small();
    let peer: IpAddr = "198.51.100.1".parse().unwrap();
    let of_peer: Vec<Record> = Traffic::new(&settings)
        .take(60_000)
        .filter(|record| record.peer_ip == Some(peer))
        .collect();
    let end = of_peer.iter().position(is_end_of_rib).unwrap();
    let announced: u64 = of_peer[..end]
        .iter()
        .map(|record| record.expected.routes)
        .sum();
    let sessions: u64 = of_peer[..=end]
        .iter()
        .map(|record| record.expected.sessions)
        .sum();
    assert_eq!((announced, sessions), (200, 6));
    let ends = of_peer
        .iter()
        .filter(|record| is_end_of_rib(record))
        .count();
    assert!(ends > 1, "no reset in {} s", settings.reset_interval_s);
    for (down, next) in of_peer
        .iter()
        .zip(&of_peer[1..])
        .filter(|(record, _)| is_down(record))
    {
        assert!(next.at_us - down.at_us > 1_000_000);
    }
}

#[test]
fn every_kind_of_damage_occurs_and_gives_one_reject() {
    let settings = Settings {
        damaged_per_million: 100_000,
        ..small()
    };
    let damaged: Vec<Record> = Traffic::new(&settings)
        .take(20_000)
        .filter(|record| record.expected.rejects > 0)
        .collect();
    assert!(damaged.len() > 200);
    let (with_rows, without): (Vec<_>, Vec<_>) = damaged
        .iter()
        .partition(|record| record.expected.routes > 0);
    let bad_marker = |record: &&&Record| message_of(&record.octets)[..16] != [0xff; 16];
    let bad_markers = without.iter().filter(bad_marker).count();
    assert!(bad_markers > 20 && without.len() - bad_markers > 20);
    for record in without.iter().filter(|record| !bad_marker(record)) {
        let message = message_of(&record.octets);
        assert!(message.len() >= 19 && message.len() < usize::from(u16_at(message, 16)));
    }
    for record in &with_rows {
        assert_eq!(read(&record.octets).1.routes, record.expected.routes);
    }
    let kinds: HashSet<bool> = with_rows
        .iter()
        .map(|record| record.octets.windows(4).any(|w| w == [0x40, 6, 1, 0]))
        .collect();
    assert_eq!(kinds.len(), 2);
}

#[test]
fn smallest_world_runs() {
    let settings = Settings {
        peers: 0,
        prefixes_v4: 0,
        prefixes_v6: 0,
        updates_per_second: 0,
        start_us: i64::MIN,
        ..Settings::default()
    };
    assert_eq!(Traffic::new(&settings).take(1_000).count(), 1_000);
    assert_eq!(table_dump(&settings).count(), 1);
}

#[test]
fn a_router_reports_what_it_promises() {
    let settings = Settings {
        damaged_per_million: 20_000,
        ..small()
    };
    let mut kinds = HashMap::new();
    let mut damaged = 0;
    for (number, record) in Traffic::of_router(&settings).take(30_000).enumerate() {
        let (kind, rows) = read_openbmp(&record.octets);
        assert_eq!(number == 0, kind == 4);
        assert_eq!(record.peer_ip.is_none(), kind == 4);
        if record.expected.rejects == 0 {
            assert_eq!(rows, Some(record.expected), "{kind} {record:?}");
        } else {
            assert_eq!(kind, 0);
            damaged += 1;
        }
        *kinds.entry(kind).or_insert(0) += 1;
    }
    assert!(damaged > 50);
    assert_eq!(kinds[&4], 1);
    for kind in 0..4 {
        assert!(
            kinds.get(&kind).is_some_and(|count| *count > 5),
            "{kinds:?}"
        );
    }
}

/// Type of the BMP message behind an OpenBMP header, and the rows that it gives if it is sound.
fn read_openbmp(octets: &[u8]) -> (u8, Option<Expected>) {
    assert_eq!(octets[..6], *b"OBMP\x01\x07");
    let bmp = &octets[usize::from(u16_at(octets, 6))..];
    assert_eq!(bmp.len(), u32_at(octets, 8) as usize);
    assert_eq!((bmp[0], bmp.len()), (3, u32_at(&bmp[1..5], 0) as usize));
    let session = Expected {
        sessions: 1,
        ..Expected::default()
    };
    let rows = match bmp[5] {
        0 if bmp[48..64] != [0xff; 16] => None,
        0 if usize::from(u16_at(bmp, 64)) != bmp.len() - 48 => None,
        0 => Some(read_message(&bmp[48..])),
        1 => Some(Expected {
            bmp_stats: u32_at(bmp, 48).into(),
            ..Expected::default()
        }),
        _ => Some(session),
    };
    (bmp[5], rows)
}

fn is_end_of_rib(record: &Record) -> bool {
    record.expected.sessions == 1 && record.octets[7] != 5 && message_of(&record.octets)[18] == 2
}

fn is_down(record: &Record) -> bool {
    record.octets[7] == 5 && record.octets.ends_with(&[0, 6, 0, 1])
}

/// Type and subtype of an MRT record, and the rows that it gives.
fn read(octets: &[u8]) -> ((u16, u16), Expected) {
    let kind = (u16_at(octets, 4), u16_at(octets, 6));
    assert_eq!(octets.len() - 12, u32_at(octets, 8) as usize);
    let rows = match kind {
        (13, 1) => Expected::default(),
        (13, 2 | 4) => Expected {
            rib: read_rib(&octets[12..]),
            ..Expected::default()
        },
        (17, 0 | 5) => Expected {
            sessions: 1,
            ..Expected::default()
        },
        (17, 1 | 4) => read_message(message_of(octets)),
        _ => unreachable!("{kind:?}"),
    };
    (kind, rows)
}

/// Entries of a RIB record, each cut by its length until nothing is left.
fn read_rib(body: &[u8]) -> u64 {
    let mut at = 5 + usize::from(body[4]).div_ceil(8);
    let count = u16_at(body, at);
    at += 2;
    for _ in 0..count {
        at += 8 + usize::from(u16_at(body, at + 6));
    }
    assert_eq!(at, body.len());
    count.into()
}

fn message_of(octets: &[u8]) -> &[u8] {
    let as_octets = if matches!(octets[7], 4 | 5) { 8 } else { 4 };
    let afi_at = 16 + as_octets + 2;
    let address_octets = if u16_at(octets, afi_at) == 1 { 4 } else { 16 };
    &octets[afi_at + 2 + 2 * address_octets..]
}

fn read_message(message: &[u8]) -> Expected {
    assert_eq!(message[..16], [0xff; 16]);
    assert_eq!(usize::from(u16_at(message, 16)), message.len());
    assert!(message.len() <= 4_096);
    let body = &message[19..];
    match message[18] {
        1 | 3 => Expected {
            sessions: 1,
            ..Expected::default()
        },
        4 => Expected::default(),
        2 if message.len() == 23 || message.ends_with(&[0, 6, 0x80, 15, 3, 0, 2, 1]) => Expected {
            sessions: 1,
            ..Expected::default()
        },
        2 => Expected {
            routes: read_update(body),
            ..Expected::default()
        },
        kind => unreachable!("{kind}"),
    }
}

fn read_update(body: &[u8]) -> u64 {
    let withdrawn_end = 2 + usize::from(u16_at(body, 0));
    let attributes_end = withdrawn_end + 2 + usize::from(u16_at(body, withdrawn_end));
    let mut rows = read_nlri(&body[2..withdrawn_end]) + read_nlri(&body[attributes_end..]);
    let mut attributes = &body[withdrawn_end + 2..attributes_end];
    let mut last_code = 0;
    while !attributes.is_empty() {
        let (code, value, rest) = split_attribute(attributes);
        assert!(code > last_code, "in order and none twice");
        rows += match code {
            14 => read_nlri(&value[5 + usize::from(value[3])..]),
            15 => read_nlri(&value[3..]),
            _ => 0,
        };
        (attributes, last_code) = (rest, code);
    }
    rows
}

fn split_attribute(octets: &[u8]) -> (u8, &[u8], &[u8]) {
    let long = octets[0] & 0x10 != 0;
    let (length, start) = if long {
        (u16_at(octets, 2), 4)
    } else {
        (octets[2].into(), 3)
    };
    let end = start + usize::from(length);
    (octets[1], &octets[start..end], &octets[end..])
}

fn read_nlri(mut octets: &[u8]) -> u64 {
    let mut count = 0;
    while let Some((length, rest)) = octets.split_first() {
        octets = &rest[usize::from(*length).div_ceil(8)..];
        count += 1;
    }
    count
}

fn u16_at(octets: &[u8], at: usize) -> u16 {
    u16::from_be_bytes(octets[at..at + 2].try_into().unwrap())
}

fn u32_at(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(octets[at..at + 4].try_into().unwrap())
}
