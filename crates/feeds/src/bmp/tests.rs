//! Texts, and where files are cut. What single messages become stands in the corpus of the integration tests.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::texts::{Cache, distinguisher_text};
use crate::{Format, Unit};

#[test]
fn distinguishers() {
    let check = |octets, expected| assert_eq!(distinguisher_text(octets), expected);
    check([0, 0, 0xfb, 0xf4, 0, 1, 0, 0], "64500:65536");
    check([0, 1, 192, 0, 2, 1, 0, 7], "192.0.2.1:7");
    check([0, 2, 0, 1, 0, 0, 0, 7], "65536:7");
    check([0, 3, 1, 2, 3, 4, 5, 0xff], "0x0003:0x0102030405ff");
}

#[test]
fn a_text_is_written_once() {
    let mut cache = Cache::default();
    for round in 0..3 {
        for value in 0..10 {
            let text = cache.text(value, |value: u32| {
                assert_eq!(round, 0, "{value} again");
                value.to_string()
            });
            assert_eq!(text, value.to_string());
        }
    }
    // Memory is bounded, and texts stay right.
    for value in 0..10_000 {
        assert_eq!(
            cache.text(value, |value| value.to_string()),
            value.to_string()
        );
    }
    assert!(cache.len() <= 4096);
}

const BARE: [u8; 6] = [3, 0, 0, 0, 6, 99];

/// A header of OpenBMP without fields of variable length, before a BMP message.
fn openbmp() -> Vec<u8> {
    let mut octets = b"OBMP\x01\x07".to_vec();
    octets.extend([0, 78, 0, 0, 0, 6, 0x80, 12]);
    octets.resize(78, 0);
    octets.extend(BARE);
    octets
}

#[test]
fn files_are_cut() {
    for format in [Format::Bmp, Format::OpenBmp] {
        let check = |octets: &[u8], is_end, expected| {
            assert_eq!(format.first_unit(octets, is_end), expected);
        };
        check(&BARE, false, Unit::Whole(6));
        check(&[&BARE[..], &BARE].concat(), true, Unit::Whole(6));
        check(&BARE[..4], true, Unit::Incomplete);
        check(b"\n", true, Unit::Damaged);
        let unit = openbmp();
        let followed = |by: &[u8]| [&unit[..], by].concat();
        check(&unit, true, Unit::Whole(84));
        check(&followed(&unit), false, Unit::Whole(84));
        check(&followed(&BARE), false, Unit::Whole(84));
        check(&followed(b"OB"), false, Unit::Whole(84));
        // Stray octets belong to the unit before them, as far as that can be known.
        check(&unit, false, Unit::Incomplete);
        check(&followed(b"\n"), false, Unit::Incomplete);
        check(&followed(b"\n"), true, Unit::Whole(85));
        check(
            &followed(&[&[10][..], &unit].concat()),
            false,
            Unit::Whole(85),
        );
        check(&followed(&[10; 17]), true, Unit::Whole(84));
        check(&unit[..83], false, Unit::Incomplete);
        check(&[&unit[..4], &[2, 7]].concat(), false, Unit::Damaged);
    }
}
