//! Where values are cut: in files, piece by piece or whole, and in messages.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::{GAP_OCTETS, VALUE_OCTETS_MAX, Value, Values, first_unit};
use crate::Unit;

/// Files are cut so, and it does not matter in which pieces they come.
fn check_file(file: &str, expected: &[&str]) {
    let (mut units, mut rest) = (Vec::new(), file.as_bytes());
    while !rest.is_empty() {
        let Unit::Whole(octets) = first_unit(rest, true) else {
            panic!("no unit: {rest:?}");
        };
        for end in 0..rest.len() {
            match first_unit(&rest[..end], false) {
                Unit::Whole(early) => assert_eq!(early, octets, "{end} octets of {file:?}"),
                other => assert_eq!(other, Unit::Incomplete),
            }
        }
        units.push(std::str::from_utf8(&rest[..octets]).unwrap());
        rest = &rest[octets..];
    }
    assert_eq!(units, expected);
}

/// Messages hold such values.
fn check_message(message: &str, expected: &[&str]) {
    let mut values = Values::new(message.as_bytes());
    let next = || {
        let Value::Text(text) = values.next()? else {
            panic!("too long");
        };
        Some(std::str::from_utf8(text).unwrap().to_owned())
    };
    let found: Vec<String> = std::iter::from_fn(next).collect();
    assert_eq!(found, expected, "{message:?}");
}

/// A line of many values is parsed whole once, and then each value by itself: a flood of them costs no more than its octets.
#[test]
fn a_line_of_many_values_is_looked_through_once() {
    let line = "{}".repeat(2_000);
    let mut values = Values::new(line.as_bytes());
    let (mut parsed_octets, mut found) = (0, 0);
    while let Some(Value::Text(mut text)) = values.next() {
        parsed_octets += text.len();
        while text != b"{}" {
            text = values.cut_shorter(text).unwrap();
            parsed_octets += text.len();
        }
        found += 1;
    }
    assert_eq!(found, 2_000);
    assert!(parsed_octets <= 2 * line.len(), "{parsed_octets}");
}

#[test]
fn lines() {
    check_file("{}\n{\"a\":1}\r\n{}", &["{}\n", "{\"a\":1}\r\n", "{}"]);
    check_file("\n \r\n{}\n\n", &["\n \r\n{}\n", "\n"]);
    check_message("{}\n{\"a\":1}\r\n\n {}\n", &["{}", "{\"a\":1}", "{}"]);
    check_message(" \n\t\r\n", &[]);
    check_message("", &[]);
}

#[test]
fn over_several_lines() {
    let pretty = "{\n  \"a\": {\n    \"}\": \"\\\"{\"\n  }\n}\n";
    let twice = pretty.repeat(2);
    check_file(&twice, &[pretty, pretty]);
    check_message(&twice, &[pretty.trim(), pretty.trim()]);
    // Not even an indent of 0 leads astray.
    let flat = "{\n\"a\":\n{\n\"b\":[\n{\n},\n{\n}\n]\n}\n}";
    check_file(&format!("{flat}\n{flat}"), &[&format!("{flat}\n"), flat]);
    check_message(&format!("{flat}\n{flat}"), &[flat, flat]);
}

#[test]
fn elements_of_lists() {
    check_file("[{},{\"a\":[]} , {}]", &["[{},", "{\"a\":[]} , ", "{}]"]);
    check_file("[\n  {},\n  {}\n]\n", &["[\n  {},\n", "  {}\n", "]\n"]);
    check_message("[{},{\"a\":[]} , {}]", &["{}", "{\"a\":[]}", "{}"]);
    check_message("[\n{},\n{}\n]\n[{}]", &["{}", "{}", "{}"]);
    check_message("[]", &[]);
}

#[test]
fn what_a_probe_prints() {
    check_file("RESULT { }\nRESULT {}\n", &["RESULT { }\n", "RESULT {}\n"]);
    check_message("RESULT { }\nRESULT {}\n", &["{ }", "{}"]);
    check_message("RESULTS {}", &["RESULTS {}"]);
}

#[test]
fn broken_values_swallow_no_other() {
    let check = |broken: &str| {
        let file = format!("{broken}\n{{\"b\":1}}\n{{}}\n");
        check_file(&file, &[&format!("{broken}\n"), "{\"b\":1}\n", "{}\n"]);
        // Separators behind it are passed over, be they its own.
        let told = broken.trim_end_matches(',');
        check_message(&file, &[told, "{\"b\":1}", "{}"]);
    };
    check("{\"a\":{\"x\":1");
    check("{\"a\":{\"x\":1}");
    check("{\"a\":");
    check("{\"a\":[");
    check("{\"a\":[{}");
    check("{\"a\":1,");
    check("{\"a");
    check("{\"a\\");
    check("{\"a\":]}");
    check("{");
    check("x");
    check("RESULT");
    check(&"{\"a\":[".repeat(33));
    // A list is closed by its object: the values behind it in the same list are whole.
    let open_list = "{\"r\":{\"answers\":[{\"a\":1},{ } } }";
    check_file(
        &format!("[{open_list},{{}}]"),
        &[&format!("[{open_list},"), "{}]"],
    );
    check_message("[1, {}, \"x\", {}]", &["1", "{}", "\"x\"", "{}"]);
}

#[test]
fn a_line_that_looks_like_one_value_is_cut_when_asked() {
    let message = b"{}{\"a\":1} {}\n{}";
    let mut values = Values::new(message);
    let Some(Value::Text(line)) = values.next() else {
        panic!("a line");
    };
    assert_eq!(line, b"{}{\"a\":1} {}");
    assert_eq!(values.cut_shorter(line), Some(&b"{}"[..]));
    let rest: [&[u8]; 3] = [b"{\"a\":1}", b"{}", b"{}"];
    for value in rest {
        assert_eq!(values.next(), Some(Value::Text(value)));
    }
    assert_eq!(values.next(), None);
    assert_eq!(values.cut_shorter(b"{}"), None);
}

#[test]
fn a_value_without_end_is_cut() {
    let mut octets = vec![b' '; VALUE_OCTETS_MAX];
    octets[0] = b'{';
    assert_eq!(first_unit(&octets[1..], false), Unit::Incomplete);
    assert_eq!(first_unit(&octets[..100], false), Unit::Incomplete);
    assert_eq!(first_unit(&octets, false), Unit::Gap(GAP_OCTETS));
    assert_eq!(first_unit(&octets, true), Unit::Gap(GAP_OCTETS));
    *octets.last_mut().unwrap() = b'}';
    for is_end in [false, true] {
        assert_eq!(first_unit(&octets, is_end), Unit::Whole(VALUE_OCTETS_MAX));
    }
    octets[1000] = b'{';
    octets[999] = b'\n';
    assert_eq!(first_unit(&octets, false), Unit::Whole(1000));
    octets[999] = b' ';
    let mut values = Values::new(&octets);
    assert_eq!(values.next(), Some(Value::TooLong(&octets[..GAP_OCTETS])));
}
