//! Octets that JSON has as base64 (RFC 4648, section 4), with or without padding.

use wire::ParseError;

/// Writes the octets of a text into `octets`, instead of what is there.
///
/// # Errors
/// With the offset of the first octet that has no place in base64, or of the end if what is there is cut short.
#[inline]
pub(crate) fn decode(
    text: &[u8],
    field: &'static str,
    octets: &mut Vec<u8>,
) -> Result<(), ParseError> {
    octets.clear();
    if base64_simd::STANDARD.decode_append(text, octets).is_ok() {
        return Ok(());
    }
    decode_unpadded(text, field, octets)
}

#[cold]
fn decode_unpadded(
    text: &[u8],
    field: &'static str,
    octets: &mut Vec<u8>,
) -> Result<(), ParseError> {
    octets.clear();
    let decoded = base64_simd::STANDARD_NO_PAD.decode_append(text, octets);
    decoded.map_err(|_| {
        octets.clear();
        let is_digit = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/');
        let digits = text.iter().take_while(|octet| is_digit(octet)).count();
        ParseError::bad_value(field, digits)
    })
}

#[cfg(test)]
mod tests {
    use super::decode;
    use wire::ParseError;

    #[test]
    fn with_padding_and_without() {
        let check = |text: &str, expected: Result<&[u8], usize>| {
            let mut octets = b"before".to_vec();
            let decoded = decode(text.as_bytes(), "abuf", &mut octets);
            let expected = expected.map_err(|at| ParseError::bad_value("abuf", at));
            assert_eq!(decoded.map(|()| octets.as_slice()), expected, "{text}");
        };
        check("", Ok(b""));
        check("AAEC", Ok(&[0, 1, 2]));
        check("AAECAw==", Ok(&[0, 1, 2, 3]));
        check("AAECAw", Ok(&[0, 1, 2, 3]));
        check("AAE*", Err(3));
        check("AA\nE", Err(2));
        check("AAECA", Err(5));
        check("AAECAx==", Err(6));
    }
}
