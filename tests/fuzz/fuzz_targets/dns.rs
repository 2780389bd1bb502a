//! DNS messages, with every name, option and RDATA of them.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::dns(octets));
