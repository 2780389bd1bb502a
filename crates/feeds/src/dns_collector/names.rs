//! Codepoints by the names that DNS-collector writes them with (IANA, DNS Parameters), by numbers, and as `TYPE65280`.

use hashbrown::HashMap;
use std::sync::LazyLock;
use wire::dns::RecordType;

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The codepoint.
    Is(u16),
    /// One that DNS-collector has no name for: it does not write the number.
    Unknown,
}

/// Types by their names.
static TYPES: LazyLock<HashMap<&'static str, u16>> = LazyLock::new(|| {
    let named = |number| Some((RecordType(number).name()?, number));
    (0..=u16::MAX).filter_map(named).collect()
});

/// TYPE of a record or question.
pub(super) fn record_type(text: &str) -> Option<Named> {
    let number = TYPES.get(text).copied();
    number.map(Named::Is).or_else(|| other(text, "TYPE"))
}

/// CLASS of a record or question.
pub(super) fn class(text: &str) -> Option<Named> {
    let number = match text {
        "IN" => 1,
        "CS" | "CSNET" => 2,
        "CH" | "CHAOS" => 3,
        "HS" | "HESIOD" => 4,
        "NONE" => 254,
        "ANY" => 255,
        _ => return other(text, "CLASS"),
    };
    Some(Named::Is(number))
}

/// RCODE.
pub(super) fn rcode(text: &str) -> Option<Named> {
    const NAMES: [&str; 12] = [
        "NOERROR",
        "FORMERR",
        "SERVFAIL",
        "NXDOMAIN",
        "NOTIMP",
        "REFUSED",
        "YXDOMAIN",
        "YXRRSET",
        "NXRRSET",
        "NOTAUTH",
        "NOTZONE",
        "DSOTYPENI",
    ];
    const EXTENDED_NAMES: [&str; 8] = [
        "BADVERS",
        "BADKEY",
        "BADTIME",
        "BADMODE",
        "BADNAME",
        "BADALG",
        "BADTRUNC",
        "BADCOOKIE",
    ];
    let place = |names: &[&str]| {
        let found = names.iter().zip(0_u16..).find(|(name, _)| **name == text);
        found.map(|(_, at)| at)
    };
    let number = match text {
        "NOTIMPL" => Some(4),
        "BADSIG" => Some(16),
        _ => {
            let extended = place(&EXTENDED_NAMES).map(|at| at.saturating_add(16));
            place(&NAMES).or(extended)
        }
    };
    number.map(Named::Is).or_else(|| other(text, "RCODE"))
}

/// OPCODE: a number, or its name.
pub(super) fn opcode(text: &str) -> Option<Named> {
    let number = match text {
        "QUERY" => 0,
        "IQUERY" => 1,
        "STATUS" => 2,
        "NOTIFY" => 4,
        "UPDATE" => 5,
        "DSO" => 6,
        _ => return other(text, "OPCODE").filter(|named| !matches!(named, Named::Is(16..))),
    };
    Some(Named::Is(number))
}

/// A number, alone or behind a prefix (RFC 3597, section 5).
fn other(text: &str, prefix: &str) -> Option<Named> {
    if text == "UNKNOWN" {
        return Some(Named::Unknown);
    }
    let digits = text.strip_prefix(prefix).unwrap_or(text);
    digits.parse().ok().map(Named::Is)
}

#[cfg(test)]
mod tests {
    use super::{Named, class, opcode, rcode, record_type};

    #[test]
    fn names_and_numbers() {
        assert_eq!(record_type("HTTPS"), Some(Named::Is(65)));
        assert_eq!(record_type("TYPE65280"), Some(Named::Is(65280)));
        assert_eq!(record_type("28"), Some(Named::Is(28)));
        assert_eq!(record_type("UNKNOWN"), Some(Named::Unknown));
        assert_eq!(record_type("TYPE65536"), None);
        assert_eq!(class("CH"), Some(Named::Is(3)));
        assert_eq!(class("CLASS4096"), Some(Named::Is(4096)));
        assert_eq!(rcode("NXDOMAIN"), Some(Named::Is(3)));
        assert_eq!(rcode("BADCOOKIE"), Some(Named::Is(23)));
        assert_eq!(rcode("nxdomain"), None);
        assert_eq!(opcode("NOTIFY"), Some(Named::Is(4)));
        assert_eq!(opcode("16"), None);
        assert_eq!(opcode("15"), Some(Named::Is(15)));
    }
}
