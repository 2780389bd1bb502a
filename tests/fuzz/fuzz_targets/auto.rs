//! Messages of which only the signature tells what they are.
#![no_main]

use feeds::Format;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::file(Format::Auto, octets));
