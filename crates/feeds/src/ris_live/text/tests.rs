//! Good and bad texts of each kind.

use super::{decode_hex, parse_prefix, parse_seconds};
use tables::Prefix;

#[test]
fn seconds_are_read_from_their_digits() {
    let check =
        |text: &str, expected| assert_eq!(parse_seconds(text.as_bytes()), expected, "{text}");
    check("1553627987.89,", Some(1_553_627_987_890_000));
    check("1553627987.000001}", Some(1_553_627_987_000_001));
    check("1553627987.1234569", Some(1_553_627_987_123_456));
    check("1553627987", Some(1_553_627_987_000_000));
    check("\"1553627987.5\"", Some(1_553_627_987_500_000));
    check("0.0", Some(0));
    check("4294967295.999999", Some(4_294_967_295_999_999));
    check("4294967296", None);
    check("99999999999999999999", None);
    check("-1.5", None);
    check("1.5e9", None);
    check("1e9", None);
    check("1.", None);
    check("null", None);
    check("", None);
}

#[test]
fn prefixes_of_both_versions() {
    let check = |text, expected| assert_eq!(parse_prefix(text), expected, "{text}");
    check("203.0.113.0/24", Some(Prefix::v4(0xcb00_7100, 24)));
    check("203.0.113.255/25", Some(Prefix::v4(0xcb00_7180, 25)));
    check("0.0.0.0/0", Some(Prefix::v4(0, 0)));
    let documentation = 0x2001_0db8_0000_0000;
    check("2001:db8::/32", Some(Prefix::v6(documentation, 0, 32)));
    check(
        "2001:db8:0:0:0:0:0:0/32",
        Some(Prefix::v6(documentation, 0, 32)),
    );
    check("2001:db8::1/128", Some(Prefix::v6(documentation, 1, 128)));
    check("::/0", Some(Prefix::v6(0, 0, 0)));
    let bad = [
        "",
        "/",
        "203.0.113.0",
        "203.0.113.0/",
        "203.0.113.0/33",
        "203.0.113.0/24 ",
        "203.0.113/24",
        "203.0.113.256/24",
        "203.0.113.1000/24",
        "203.0.113.01/24",
        "203.0.113.0/024",
        "203.0.113.0/-1",
        "2001:db8::/129",
        "2001:db8::",
        "2001:db8:::/32",
        "fe80::1%eth0/64",
        "203.0.113.0.0/24",
    ];
    for text in bad {
        check(text, None);
    }
}

#[test]
fn hexadecimal_digits_of_both_cases() {
    let mut octets = vec![1];
    let mut check = |text: &str, expected: Result<&[u8], usize>| {
        let decoded = decode_hex(text.as_bytes(), &mut octets);
        assert_eq!(decoded.map(|()| octets.as_slice()), expected, "{text}");
    };
    check("00ffA5a5", Ok(&[0x00, 0xff, 0xa5, 0xa5]));
    check("", Ok(&[]));
    check("00f", Err(3));
    check("00fg", Err(3));
    check("0 ff", Err(1));
    check("é0", Err(0));
}
