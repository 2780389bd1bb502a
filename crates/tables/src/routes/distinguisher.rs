//! Route Distinguishers (RFC 4364, section 4.2) as text.

use std::fmt;
use std::net::Ipv4Addr;

/// A Route Distinguisher: u16 type, then 6 octets in the form of that type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteDistinguisher(pub [u8; 8]);

/// `64512:1` (type 0), `192.0.2.1:1` (type 1), `4200000000:1` (type 2); any other type is 16 hexadecimal digits.
impl fmt::Display for RouteDistinguisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [t0, t1, a, b, c, d, e, g] = self.0;
        let (ahead, behind) = (u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([e, g]));
        match u16::from_be_bytes([t0, t1]) {
            0 => {
                let asn = u16::from_be_bytes([a, b]);
                write!(f, "{asn}:{}", u32::from_be_bytes([c, d, e, g]))
            }
            1 => write!(f, "{}:{behind}", Ipv4Addr::from_bits(ahead)),
            2 => write!(f, "{ahead}:{behind}"),
            _ => write!(f, "{:016x}", u64::from_be_bytes(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(octets: [u8; 8], expected: &str) {
        assert_eq!(RouteDistinguisher(octets).to_string(), expected);
    }

    #[test]
    fn every_type() {
        check([0, 0, 0xfc, 0, 0, 0, 0, 1], "64512:1");
        check([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], "0:4294967295");
        check([0, 1, 192, 0, 2, 1, 0xff, 0xff], "192.0.2.1:65535");
        check([0, 2, 0xfa, 0x56, 0xea, 0, 0, 1], "4200000000:1");
        check([0, 3, 1, 2, 3, 4, 5, 6], "0003010203040506");
        check([0xff; 8], "ffffffffffffffff");
    }
}
