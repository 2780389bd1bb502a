//! dnstap in Frame Streams, one frame or many.
#![no_main]

use feeds::Format;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::file(Format::Fstrm, octets));
