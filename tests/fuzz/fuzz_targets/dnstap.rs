//! dnstap frames.
#![no_main]

use feeds::Format;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::file(Format::Dnstap, octets));
