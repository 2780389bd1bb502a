//! Addresses as text (RFC 5952, dotted decimal). Most are IPv4: those are read here, which takes a third of what the standard
//! library takes for them; it reads the others.

use std::net::{IpAddr, Ipv4Addr};

/// An address; none if it is anything else.
#[inline]
pub(crate) fn parse(text: &str) -> Option<IpAddr> {
    match parse_v4(text.as_bytes()) {
        Some(address) => Some(IpAddr::V4(address)),
        None => text.parse().ok(),
    }
}

/// Four numbers of at most three digits, without zeros in front.
#[inline]
fn parse_v4(text: &[u8]) -> Option<Ipv4Addr> {
    let (mut bits, mut number, mut digits, mut dots) = (0_u32, 0_u32, 0_u32, 0_u32);
    for octet in text {
        match octet {
            b'0'..=b'9' if digits < 3 && (digits == 0 || number != 0) => {
                let digit = u32::from(octet.wrapping_sub(b'0'));
                number = number.wrapping_mul(10).wrapping_add(digit);
                digits = digits.wrapping_add(1);
            }
            b'.' if digits != 0 && dots < 3 && number <= 255 => {
                bits = bits << 8 | number;
                (number, digits) = (0, 0);
                dots = dots.wrapping_add(1);
            }
            _ => return None,
        }
    }
    let is_whole = dots == 3 && digits != 0 && number <= 255;
    is_whole.then(|| Ipv4Addr::from_bits(bits << 8 | number))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn as_the_standard_library_reads_them() {
        let numbers = [
            "", "0", "00", "01", "9", "10", "99", "255", "256", "1000", "a", "+1",
        ];
        for one in numbers {
            for other in numbers {
                for text in [
                    format!("{one}.{other}.2.{one}"),
                    format!("192.0.{other}.{one}"),
                    format!("192.{other}.2"),
                    format!("192.0.2.1.{other}"),
                    format!("{one}{other}"),
                    format!("2001:db8::{one}.{other}.2.1"),
                    format!("2001:db8::{other}"),
                ] {
                    assert_eq!(parse(&text), text.parse().ok(), "{text}");
                }
            }
        }
    }
}
