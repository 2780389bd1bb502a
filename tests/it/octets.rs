//! The messages of a corpus case: octets in hexadecimal with comments, or text as it is.

/// The messages in the upper part of a case.
///
/// # Errors
/// Says what is no octet.
pub fn messages_of(text: &str) -> Result<Vec<Vec<u8>>, String> {
    text.split("\n+\n").map(octets_of).collect()
}

fn octets_of(text: &str) -> Result<Vec<u8>, String> {
    let mut octets = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("| ") {
            Some(text) => octets.extend_from_slice(text.as_bytes()),
            None => push_hexadecimal(line, &mut octets)?,
        }
    }
    Ok(octets)
}

/// Hexadecimal octets, up to the comment.
fn push_hexadecimal(line: &str, octets: &mut Vec<u8>) -> Result<(), String> {
    let digits = line.split('#').next().unwrap_or("");
    let digits: String = digits.split_ascii_whitespace().collect();
    for pair in digits.as_bytes().chunks(2) {
        let pair = str::from_utf8(pair).map_err(|_| format!("no octets: {line}"))?;
        let octet = u8::from_str_radix(pair, 16).map_err(|_| format!("no octet: {pair}"))?;
        octets.push(octet);
    }
    Ok(())
}
