//! DNS messages on TCP, TLS and QUIC: each behind its length (RFC 1035, section 4.2.2). Does not look into them.

use crate::{ParseError, Reader};

/// Splits one message off the front of `input`, and returns it without its length, with the octets after it. It may be empty.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated) if more input could complete it.
#[inline]
pub fn split_tcp_message(input: &[u8]) -> Result<(&[u8], &[u8]), ParseError> {
    let mut reader = Reader::new(input);
    let octets = reader.u16("message length")?;
    let message = reader.frame(octets.into(), "message")?;
    Ok((message.rest(), reader.rest()))
}
