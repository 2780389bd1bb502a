//! Messages of DNS-collector.
#![no_main]

use feeds::Format;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fuzz::file(Format::DnsCollector, octets));
