//! Where files are cut, and that every unit can be read alone.

use super::made::*;
use super::*;
use crate::Unit;

/// IDs in each unit of a file that is cut at so many octets; headers are repeated as [`Unit::Part`] says.
fn cut(file: &[u8], octets_max: usize) -> Vec<Vec<u16>> {
    let (mut rest, mut units) = (file.to_vec(), Vec::new());
    while !rest.is_empty() {
        let mut next = Vec::new();
        let end = match Format::Pcap.first_unit_within(&rest, true, octets_max) {
            Unit::Whole(octets) => octets,
            Unit::Part {
                octets,
                header_octets,
            } => {
                next.extend_from_slice(&rest[..header_octets]);
                octets
            }
            other => panic!("{other:?}"),
        };
        let (_, given) = decode(&rest[..end]);
        assert!(given.rejects.is_empty(), "{:?}", given.rejects);
        units.push(given.ids());
        next.extend_from_slice(&rest[end..]);
        rest = next;
    }
    units
}

#[test]
fn pcap_is_cut_between_packets() {
    let file = pcap(&[query(1), query(2), query(3)]);
    let one = 16 + 40;
    assert_eq!(cut(&file, 1000), [vec![1, 2, 3]]);
    assert_eq!(cut(&file, file.len()), [vec![1, 2, 3]]);
    assert_eq!(cut(&file, 24 + 2 * one), [vec![1, 2], vec![3]]);
    assert_eq!(cut(&file, 24 + 2 * one - 1), [vec![1], vec![2], vec![3]]);
    // A packet that is longer than a unit is one.
    assert_eq!(cut(&file, 30), [vec![1], vec![2], vec![3]]);
}

#[test]
fn pcapng_repeats_what_is_in_front() {
    let file = [
        section(),
        interface(101),
        enhanced(0, 1, &query(1)),
        enhanced(0, 1, &query(2)),
        interface(101),
        enhanced(1, 1, &query(3)),
        enhanced(0, 1, &query(4)),
        enhanced(1, 1, &query(5)),
        section(),
        interface(101),
        enhanced(0, 1, &query(6)),
    ];
    let file = file.concat();
    assert_eq!(cut(&file, 10_000), [vec![1, 2, 3, 4, 5, 6]]);
    assert_eq!(cut(&file, 300), [vec![1, 2], vec![3, 4, 5], vec![6]]);
    let each: Vec<Vec<u16>> = (1..=6).map(|id| vec![id]).collect();
    assert_eq!(cut(&file, 60), each);
}

#[test]
fn more_octets_are_needed() {
    let file = pcap(&[query(1), query(2), query(3)]);
    let unit =
        |octets: &[u8], octets_max| Format::Pcap.first_unit_within(octets, false, octets_max);
    assert_eq!(unit(&file[..3], 100), Unit::Incomplete);
    assert_eq!(unit(&file, file.len()), Unit::Incomplete);
    assert_eq!(unit(&file[..70], 30), Unit::Incomplete);
    let part = Unit::Part {
        octets: 80,
        header_octets: 24,
    };
    assert_eq!(unit(&file[..110], 100), part);
    assert_eq!(unit(b"abcdef", 100), Unit::Damaged);
}

/// What is before damage is read, the unit that begins with it is refused with its exact place, and the rest is lost.
#[test]
fn damage() {
    let mut file = pcap(&[query(1), query(2), query(3)]);
    file[24 + 56 + 8..][..4].fill(0xff);
    let unit = |octets: &[u8], octets_max| Format::Pcap.first_unit_within(octets, true, octets_max);
    let part = Unit::Part {
        octets: 80,
        header_octets: 24,
    };
    assert_eq!(unit(&file, 150), part);
    let next = [&file[..24], &file[80..]].concat();
    assert_eq!(unit(&next, 100), Unit::Whole(100));
    let (_, given) = decode(&next[..100]);
    assert_eq!(given.reasons(), [("over_limit", "captured length", 8)]);
    assert_eq!(unit(&next[100..], 100), Unit::Damaged);
}

/// A header that would be repeated and is longer than what is repeated.
#[test]
fn a_header_that_is_too_long_is_not_repeated() {
    let interfaces = interface(101).repeat(900);
    let packets = enhanced(0, 1, &query(1)).repeat(3);
    let front = [section(), interfaces].concat();
    let file = [front.clone(), packets].concat();
    let unit = Format::Pcap.first_unit_within(&file, true, front.len() + 80);
    assert_eq!(unit, Unit::Whole(front.len() + 72));
}
