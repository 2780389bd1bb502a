//! NOTIFICATION (RFC 4271, section 4.5) with the shutdown communication (RFC 9003), also inside a hard reset (RFC 8538).

use crate::{ParseError, Reader};

/// One NOTIFICATION: u8 code | u8 subcode | data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notification<'a> {
    /// Error code.
    pub code: u8,
    /// Error subcode.
    pub subcode: u8,
    /// What an administrator wrote about it, where it is valid UTF-8.
    pub shutdown_text: Option<&'a str>,
}

const CEASE: u8 = 6;
const ADMINISTRATIVE_SHUTDOWN: u8 = 2;
const ADMINISTRATIVE_RESET: u8 = 4;
const HARD_RESET: u8 = 9;

/// Parses the body of a NOTIFICATION.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated).
pub fn parse_notification(body: Reader<'_>) -> Result<Notification<'_>, ParseError> {
    let mut reader = body;
    let code = reader.u8("error code")?;
    let subcode = reader.u8("error subcode")?;
    Ok(Notification {
        code,
        subcode,
        shutdown_text: reason_text(code, subcode, reader),
    })
}

/// A hard reset holds the code, subcode and data of the NOTIFICATION that it stands for (RFC 8538, section 3.1).
fn reason_text(code: u8, subcode: u8, mut data: Reader<'_>) -> Option<&str> {
    if (code, subcode) != (CEASE, HARD_RESET) {
        return shutdown_text(code, subcode, data);
    }
    let [code, subcode] = data.array("hard reset").ok()?;
    shutdown_text(code, subcode, data)
}

/// u8 length | UTF-8 text (RFC 9003, section 2). A malformed one is no fault of the message.
fn shutdown_text(code: u8, subcode: u8, mut data: Reader<'_>) -> Option<&str> {
    if code != CEASE || !matches!(subcode, ADMINISTRATIVE_SHUTDOWN | ADMINISTRATIVE_RESET) {
        return None;
    }
    let octets = data.u8("shutdown communication length").ok()?;
    let text = data
        .frame(usize::from(octets), "shutdown communication")
        .ok()?;
    core::str::from_utf8(text.rest())
        .ok()
        .filter(|text| !text.is_empty())
}
