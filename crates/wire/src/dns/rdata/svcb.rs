//! Parameters of SVCB and HTTPS records as text (RFC 9460, section 2.1 and appendix A).

use super::text::{write_base64, write_quoted, write_runs};
use super::{Rdata, RdataError};
use crate::ParseError;
use core::fmt::{self, Write};
use core::net::{Ipv4Addr, Ipv6Addr};

/// All that is left: u16 key, u16 length, value; the keys must rise.
pub(super) fn write_parameters(
    rdata: &mut Rdata<'_>,
    text: &mut impl Write,
) -> Result<(), RdataError> {
    let mut least = 0_u32;
    while !rdata.is_empty() {
        let begin = rdata.at;
        let key = rdata.u16("SvcParamKey")?;
        if u32::from(key) < least {
            return Err(ParseError::bad_value("SvcParamKey", begin).into());
        }
        if least > 0 {
            text.write_char(' ')?;
        }
        least = u32::from(key).wrapping_add(1);
        let octets = rdata.u16("SvcParamValue length")?;
        let mut value = *rdata;
        rdata.take(octets.into(), "SvcParamValue")?;
        value.end = rdata.at;
        write_key(key, text)?;
        write_value(key, &mut value, text)?;
    }
    Ok(())
}

/// Keys with a name (IANA, DNS Service Bindings).
fn write_key(key: u16, text: &mut impl Write) -> fmt::Result {
    let name = match key {
        0 => "mandatory",
        1 => "alpn",
        2 => "no-default-alpn",
        3 => "port",
        4 => "ipv4hint",
        5 => "ech",
        6 => "ipv6hint",
        7 => "dohpath",
        8 => "ohttp",
        _ => return write!(text, "key{key}"),
    };
    text.write_str(name)
}

/// A value with the `=` before it; a key that stands for itself has none.
fn write_value(key: u16, value: &mut Rdata<'_>, text: &mut impl Write) -> Result<(), RdataError> {
    if value.is_empty() && !matches!(key, 0 | 1 | 3 | 4 | 6) {
        return Ok(());
    }
    text.write_char('=')?;
    match key {
        0 => write_list(value, text, |value, text| {
            let key = value.u16("mandatory")?;
            Ok(write_key(key, text)?)
        }),
        1 => {
            text.write_char('"')?;
            write_list(value, text, write_protocol)?;
            Ok(text.write_char('"')?)
        }
        3 => {
            write!(text, "{}", value.u16("port")?)?;
            Ok(value.finish()?)
        }
        4 => write_list(value, text, |value, text| {
            let address = Ipv4Addr::from(value.array::<4>("ipv4hint")?);
            Ok(write!(text, "{address}")?)
        }),
        5 => Ok(write_base64(value.rest(), text)?),
        6 => write_list(value, text, |value, text| {
            let address = Ipv6Addr::from(value.array::<16>("ipv6hint")?);
            Ok(write!(text, "{address}")?)
        }),
        2 | 8 => Ok(value.finish()?),
        _ => Ok(write_quoted(value.rest(), text)?),
    }
}

/// One item at least, with commas between them.
fn write_list<'a, W: Write>(
    value: &mut Rdata<'a>,
    text: &mut W,
    mut write_item: impl FnMut(&mut Rdata<'a>, &mut W) -> Result<(), RdataError>,
) -> Result<(), RdataError> {
    write_item(value, text)?;
    while !value.is_empty() {
        text.write_char(',')?;
        write_item(value, text)?;
    }
    Ok(())
}

/// A protocol of `alpn`: commas and backslashes in it are escaped twice, first as part of the list, then as part of the text.
fn write_protocol(value: &mut Rdata<'_>, text: &mut impl Write) -> Result<(), RdataError> {
    let begin = value.at;
    let protocol = value.counted("alpn")?;
    if protocol.is_empty() {
        return Err(ParseError::bad_length("alpn", begin).into());
    }
    let is_plain = |octet: u8| matches!(octet, 0x20..=0x7E) && octet != b'"' && octet != b'\\';
    for part in protocol.split_inclusive(|octet| matches!(octet, b',' | b'\\')) {
        let (run, special) = match part.split_last() {
            Some((special @ (b',' | b'\\'), run)) => (run, Some(*special)),
            _ => (part, None),
        };
        write_runs(run, is_plain, text)?;
        match special {
            Some(b'\\') => text.write_str(r"\\\\")?,
            Some(_) => text.write_str(r"\\,")?,
            None => (),
        }
    }
    Ok(())
}
