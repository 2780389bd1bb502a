//! Names: their text, their limits, and pointers.

use super::*;
use crate::Fault;

/// A message with a question for each of the names, of which the first stands at octet 12.
fn asking(names: &[&[u8]]) -> Vec<u8> {
    let count = u16::try_from(names.len()).unwrap();
    let questions: Vec<_> = names
        .iter()
        .map(|name| [name, &b"\0\x01\0\x01"[..]].concat())
        .collect();
    message([count, 0, 0, 0], &questions.concat())
}

/// The text of each of the names, and what was found.
fn texts(octets: &[u8]) -> (Vec<String>, Option<ParseError>) {
    let (mut qname, mut owner, mut texts) = (NameText::default(), NameText::default(), Vec::new());
    let found = read_message(octets, &mut qname, |record| {
        record.owner.write_to(&mut owner);
        texts.push(owner.as_str().to_string());
    });
    texts.insert(0, qname.as_str().to_string());
    (texts, found.error)
}

fn check_text(name: &[u8], expected: &str, labels: &[u16], is_mixed_case: bool) {
    let octets = asking(&[name]);
    let mut qname = NameText::default();
    let found = read_message(&octets, &mut qname, |_| ());
    assert_eq!(found.error, None);
    assert_eq!((qname.as_str(), qname.labels()), (expected, labels));
    assert_eq!(usize::from(qname.octets()), name.len());
    assert_eq!(qname.is_mixed_case(), is_mixed_case);
}

#[test]
fn text() {
    check_text(b"\0", ".", &[], false);
    check_text(b"\x07example\x03net\0", "example.net", &[0, 8], false);
    check_text(b"\x07eXaMpLe\x03nEt\0", "example.net", &[0, 8], true);
    check_text(b"\x02nl\0", "nl", &[0], false);
    check_text(
        b"\x08ABCDEFGH\x09@`[{^~!zZ\0",
        "abcdefgh.@`[{^~!zz",
        &[0, 9],
        true,
    );
    let longest = [&b"\x3f"[..], &[b'Q'; 63], b"\0"].concat();
    check_text(&longest, &"q".repeat(63), &[0], true);
    check_text(b"\x03a.b\x02c\\\0", r"a\.b.c\\", &[0, 5], false);
    check_text(
        b"\x03A b\x01\0\x02\x7f\xff\0",
        r"a\032b.\000.\127\255",
        &[0, 7, 12],
        true,
    );
}

/// Each octet alone, at each place of a word, behind and before others: as if it were written octet by octet.
#[test]
fn every_octet_as_text() {
    for octet in 0..=u8::MAX {
        let expected = match octet {
            b'.' | b'\\' => std::format!("\\{}", char::from(octet)),
            0x21..=0x7E => char::from(octet.to_ascii_lowercase()).to_string(),
            _ => std::format!("\\{octet:03}"),
        };
        for before in 0..9 {
            let label = [&[b'x'; 9][..before], &[octet], &[b'y'; 9][..9 - before]].concat();
            let name = [&[10][..], &label, b"\0"].concat();
            let text = ["x".repeat(before), expected.clone(), "y".repeat(9 - before)].concat();
            check_text(&name, &text, &[0], octet.is_ascii_uppercase());
        }
    }
}

#[test]
fn the_longest_names() {
    let labels = |count| b"\x01\xff".repeat(count);
    let longest = [labels(127), b"\0".to_vec()].concat();
    let places: Vec<u16> = (0..127).map(|label| label * 5).collect();
    let text = [r"\255"; 127].join(".");
    check_text(&longest, &text, &places, false);
    let most = [
        &[63][..],
        &[1; 63],
        &[63],
        &[1; 63],
        &[63],
        &[1; 63],
        &[61],
        &[1; 61],
        b"\0",
    ];
    check_text(
        &most.concat(),
        &std::format!("{0}.{0}.{0}.{1}", r"\001".repeat(63), r"\001".repeat(61)),
        &[0, 253, 506, 759],
        false,
    );
    let check = |name: &[u8], offset| {
        let error = ParseError::new(Fault::OverLimit, "name", offset);
        check_damage(&asking(&[name]), Status::Damaged(Section::Question), error);
    };
    check(&[labels(127), b"\x01\xff\0".to_vec()].concat(), 12 + 254);
    check(&[&[63; 64 * 4][..], b"\0"].concat(), 12 + 192);
    // A QNAME of 363 octets, as seen.
    check(&[&[63; 64 * 5][..], &[41; 42], b"\0"].concat(), 12 + 192);
}

#[test]
fn names_may_be_compressed() {
    let octets = asking(&[
        b"\x01A\x01b\0",
        b"\x01c\xc0\x0e",
        b"\xc0\x0c",
        b"\xc0\x15",
        b"\x01d\xc0\x1d",
    ]);
    let (texts, error) = texts(&octets);
    assert_eq!(error, None);
    assert_eq!(texts, ["a.b", "c.b", "a.b", "c.b", "d.a.b"]);
    let mut places = Vec::new();
    read_message(&octets, &mut NameText::default(), |record| {
        places.push(record.owner.first_label_offset());
    });
    assert_eq!(places, [21, 12, 21, 41]);
}

#[test]
fn pointers_must_go_back() {
    let check = |names: &[&[u8]], fault, field, offset| {
        let error = ParseError::new(fault, field, offset);
        check_damage(&asking(names), Status::Damaged(Section::Question), error);
    };
    let refused = |names, offset| check(names, Fault::BadValue, "pointer", offset);
    // To itself, to the begin of its own labels, forward, and into the header.
    refused(&[b"\xc0\x0c"], 12);
    refused(&[b"\x01a\xc0\x0c"], 14);
    refused(&[b"\xc0\x12", b"\0"], 12);
    refused(&[b"\0", b"\xc0\x0b"], 17);
    refused(&[b"\0", b"\xc0\0"], 17);
    // A loop of two: from 19 to 12, and from there to 19 again.
    refused(&[b"\x03\xc0\x13a\0", b"\xc0\x0d"], 13);
    // Into a label that is no begin of a name.
    check(
        &[b"\x02\x80a\0", b"\xc0\x0d"],
        Fault::BadValue,
        "label type",
        13,
    );
    check(&[b"\0", b"\x40"], Fault::BadValue, "label type", 17);
    check(&[b"\0", b"\xbf"], Fault::BadValue, "label type", 17);
}

/// Names of which each is a pointer to the one before, 127 of them behind the first; one more is refused.
#[test]
fn a_chain_of_pointers_has_an_end() {
    let names = |count: u16| {
        let target = |number: u16| 12 + if number == 0 { 0 } else { 7 + 6 * (number - 1) };
        let pointers: Vec<_> = (0..count)
            .map(|number| (0xc000 | target(number)).to_be_bytes())
            .collect();
        let mut names: Vec<&[u8]> = [&b"\x01a\0"[..]].to_vec();
        names.extend(pointers.iter().map(|pointer| &pointer[..]));
        asking(&names)
    };
    let (texts_of_127, error) = texts(&names(127));
    assert_eq!((error, texts_of_127.len()), (None, 128));
    assert!(texts_of_127.iter().all(|text| text == "a"));
    let (texts_of_128, error) = texts(&names(128));
    assert_eq!(texts_of_128.len(), 128);
    // The last pointer of all is the one too many.
    let expected = ParseError::new(Fault::OverLimit, "pointers", 19);
    assert_eq!(error, Some(expected));
}

/// The chain of 128, of owners of records: those are passed over by what is known of names before.
#[test]
fn known_names_change_nothing() {
    let record = |owner: &[u8]| [owner, b"\0\x01\0\x01\0\0\0\0\0\0"].concat();
    let mut body = record(b"\x01a\0");
    for number in 0..127_u16 {
        let target = if number == 0 {
            12
        } else {
            25 + 12 * (number - 1)
        };
        body.extend(record(&(0xc000 | target).to_be_bytes()));
    }
    assert_eq!(read(&message([0, 128, 0, 0], &body)).0.error, None);
    body.extend(record(&(0xc000_u16 | (25 + 12 * 126)).to_be_bytes()));
    let error = ParseError::new(Fault::OverLimit, "pointers", 25);
    check_damage(
        &message([0, 129, 0, 0], &body),
        Status::Damaged(Section::Answer),
        error,
    );

    // 200 octets are known; with 55 before them they are a name, with 56 they are none.
    let known = [
        &[63][..],
        &[b'a'; 63],
        &[63],
        &[b'b'; 63],
        &[63],
        &[b'c'; 63],
        &[6],
        b"dddddd",
        b"\0",
    ]
    .concat();
    let before = |octets: u8| {
        [
            &[octets - 1][..],
            &[b'e'; 56][..usize::from(octets) - 1],
            b"\xc0\x0c",
        ]
        .concat()
    };
    let check = |octets, expected| {
        let body = [record(&known), record(b"\xc0\x0c"), record(&before(octets))].concat();
        let octets = message([0, 3, 0, 0], &body);
        let (found, _, lines) = read(&octets);
        assert_eq!((found.error, lines.len()), expected);
    };
    assert_eq!(known.len(), 200);
    check(55, (None, 3));
    let error = ParseError::new(Fault::OverLimit, "name", 12 + 199);
    check(56, (Some(error), 2));
}
