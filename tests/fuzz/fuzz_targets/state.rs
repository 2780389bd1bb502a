//! What a decoder has learned, carried over to another one; and states that nobody has written.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::state(octets));
