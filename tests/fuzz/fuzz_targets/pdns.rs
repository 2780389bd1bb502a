//! PowerDNS protobuf, one message or many.
#![no_main]

use feeds::Format;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::file(Format::Pdns, octets));
