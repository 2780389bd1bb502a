//! Octets in network order, and lengths that are known only after what they count.

use std::net::IpAddr;

/// Appends two octets.
pub(crate) fn put_u16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Appends four octets.
pub(crate) fn put_u32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Appends 4 or 16 octets.
pub(crate) fn put_address(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => out.extend_from_slice(&address.octets()),
        IpAddr::V6(address) => out.extend_from_slice(&address.octets()),
    }
}

/// Appends a 16-bit length and then what `body` appends, which is what the length counts.
pub(crate) fn with_length_u16(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    put_u16(out, 0);
    body(out);
    let length_octets = (out.len() - at - 2) as u16;
    patch_u16(out, at, length_octets);
}

/// The same with a 32-bit length.
pub(crate) fn with_length_u32(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    put_u32(out, 0);
    body(out);
    let length_octets = (out.len() - at - 4) as u32;
    out[at..at + 4].copy_from_slice(&length_octets.to_be_bytes());
}

/// Overwrites two octets at `at`.
pub(crate) fn patch_u16(out: &mut [u8], at: usize, value: u16) {
    out[at..at + 2].copy_from_slice(&value.to_be_bytes());
}
