//! The body of one UPDATE, in an envelope that is well-formed: with either width of ASNs, with and without path identifiers.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::update(octets));
