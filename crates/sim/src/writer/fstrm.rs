//! Frame Streams (<https://farsightsec.github.io/fstrm/>), as a file has them: START, one frame for each message, STOP.

use super::octets::{put_u32, with_length_u32};

const START: u32 = 2;
const STOP: u32 = 3;
/// Type of the field that names the content.
const CONTENT_TYPE: u32 = 1;
const DNSTAP: &[u8] = b"protobuf:dnstap.Dnstap";

/// A file of dnstap messages.
pub(crate) fn stream<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    control(&mut out, |out| {
        put_u32(out, START);
        put_u32(out, CONTENT_TYPE);
        with_length_u32(out, |out| out.extend_from_slice(DNSTAP));
    });
    for message in messages {
        with_length_u32(&mut out, |out| out.extend_from_slice(message));
    }
    control(&mut out, |out| put_u32(out, STOP));
    out
}

/// A control frame has a length of 0 before its own.
fn control(out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    put_u32(out, 0);
    with_length_u32(out, body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_begins_and_ends() {
        let out = stream([&[1, 2, 3][..], &[4]]);
        let hex: String = out.iter().map(|octet| format!("{octet:02x}")).collect();
        let expected = "00000000 00000022 00000002 00000001 00000016 70726f746f6275663a646e737461702e446e73746170
            00000003 010203 00000001 04
            00000000 00000004 00000003";
        assert_eq!(hex, expected.split_whitespace().collect::<String>());
    }
}
