//! Damage in real captures of MRT: cut short, or with one octet changed, at places that are the same in every run. No octet
//! is lost from sight, damage costs its own record and at most its neighbours, and what a file makes the decoder
//! remember and refuse is bounded by its octets.

use crate::mutate::{CHANGES, check_message, sample};
use crate::support::{decoder, read, records, shared_data};
use std::ops::Range;
use std::path::PathBuf;

/// So many octets of each capture are damaged, at its front.
const OCTETS_MAX: usize = 64 * 1024;
/// In so many ways.
const SAMPLES: usize = 64;
/// A damaged octet may cost so many records.
const LOST_MAX: usize = 2;

#[test]
fn captures_cut_short() {
    for (path, octets) in captures() {
        for end in sample(octets.len(), SAMPLES) {
            check(&path, &octets[..end]);
        }
    }
}

#[test]
fn captures_with_a_changed_octet() {
    for (path, mut octets) in captures() {
        let whole = bounds(&octets);
        for (place, change) in sample(octets.len(), SAMPLES)
            .into_iter()
            .zip(CHANGES.iter().cycle())
        {
            let octet = octets[place];
            octets[place] = change(octet);
            check(&path, &octets);
            check_loss(&path, &whole, &bounds(&octets), place);
            octets[place] = octet;
        }
    }
}

/// Headers are few among the octets, and what is wrong with them is worse.
#[test]
fn captures_with_a_changed_header() {
    for (path, mut octets) in captures() {
        let whole = bounds(&octets);
        let places = sample(whole.len(), SAMPLES)
            .into_iter()
            .zip((0..12).cycle());
        for ((record, field), change) in places.zip(CHANGES.iter().cycle()) {
            let place = whole[record].start + field;
            if place >= whole[record].end {
                continue;
            }
            let octet = octets[place];
            octets[place] = change(octet);
            check(&path, &octets);
            check_loss(&path, &whole, &bounds(&octets), place);
            octets[place] = octet;
        }
    }
}

/// The front of each capture, as far as whole records go.
fn captures() -> Vec<(PathBuf, Vec<u8>)> {
    let Some(folder) = shared_data() else {
        return Vec::new();
    };
    let list = std::fs::read_to_string(folder.join("FILES.tsv")).expect("the list of files");
    let lines = list
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let paths = lines.filter(|fields| fields.get(4) == Some(&"MRT"));
    let captures = paths.map(|fields| {
        let mut octets = read(&folder.join(fields[0]));
        let fit = bounds(&octets)
            .into_iter()
            .rfind(|bounds| bounds.end <= OCTETS_MAX);
        octets.truncate(fit.map_or(OCTETS_MAX, |bounds| bounds.end));
        (PathBuf::from(fields[0]), octets)
    });
    captures.collect()
}

/// Where units begin and end.
fn bounds(octets: &[u8]) -> Vec<Range<usize>> {
    let mut end = 0;
    let units = records(octets).into_iter();
    units
        .map(|unit| {
            let begin = end;
            end += unit.len();
            begin..end
        })
        .collect()
}

/// Decodes all units by one decoder.
fn check(path: &std::path::Path, octets: &[u8]) {
    let mut decoder = decoder();
    let (mut cut_octets, mut rows) = (0, 0);
    for unit in records(octets) {
        cut_octets += unit.len();
        rows += check_message(&mut decoder, unit).data;
    }
    assert_eq!(cut_octets, octets.len(), "{}", path.display());
    assert!(rows <= octets.len(), "{}: {rows} rows", path.display());
    let state = decoder.export_state();
    assert!(state.len() <= octets.len(), "{}", path.display());
    // The same in one message.
    check_message(&mut decoder, octets);
}

/// All records are found but those around the changed octet.
fn check_loss(
    path: &std::path::Path,
    whole: &[Range<usize>],
    found: &[Range<usize>],
    place: usize,
) {
    let is_found = |bounds: &&Range<usize>| {
        found
            .binary_search_by_key(&bounds.start, |it| it.start)
            .is_ok_and(|at| found[at].end == bounds.end)
    };
    let lost: Vec<_> = whole.iter().filter(|bounds| !is_found(bounds)).collect();
    assert!(
        lost.len() <= LOST_MAX,
        "{} changed at {place}: {lost:?}",
        path.display()
    );
}
