//! Options of the OPT record (RFC 6891, section 6.1.2).

use super::Edns;
use crate::{ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Code of an EDNS option (IANA, DNS EDNS0 Option Codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionCode(pub u16);

impl OptionCode {
    /// Name Server Identifier (RFC 5001).
    pub const NSID: Self = Self(3);
    /// Client Subnet (RFC 7871).
    pub const CLIENT_SUBNET: Self = Self(8);
    /// Cookie (RFC 7873).
    pub const COOKIE: Self = Self(10);
    /// Padding (RFC 7830).
    pub const PADDING: Self = Self(12);
    /// Extended DNS Error (RFC 8914).
    pub const EXTENDED_ERROR: Self = Self(15);
}

/// One option: u16 code | u16 length | data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdnsOption<'a> {
    /// What it is.
    pub code: OptionCode,
    /// Its data.
    pub data: &'a [u8],
    /// Where the data begins in the message.
    pub data_offset: usize,
}

/// Data of [`OptionCode::CLIENT_SUBNET`] (RFC 7871, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientSubnet {
    /// ADDRESS, filled up with zeros.
    pub address: IpAddr,
    /// SOURCE PREFIX-LENGTH: how many bits of the address were sent.
    pub source_bits: u8,
    /// SCOPE PREFIX-LENGTH: for how many of them the answer holds.
    pub scope_bits: u8,
}

/// Data of [`OptionCode::EXTENDED_ERROR`] (RFC 8914, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExtendedError<'a> {
    /// INFO-CODE.
    pub info_code: u16,
    /// EXTRA-TEXT, which should be UTF-8; without NULs at its end.
    pub extra_text: &'a [u8],
}

/// Data of [`OptionCode::COOKIE`] (RFC 7873, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cookie<'a> {
    /// The client's.
    pub client: [u8; 8],
    /// The server's: empty, or 8 to 32 octets.
    pub server: &'a [u8],
}

impl<'a> EdnsOption<'a> {
    /// The Client Subnet; none if this is another option, or one that a server would refuse: of another family, of more bits
    /// than it has, with more or fewer octets than the bits need, or with bits set behind them (RFC 7871, section 7.1.2).
    pub fn client_subnet(&self) -> Option<ClientSubnet> {
        if self.code != OptionCode::CLIENT_SUBNET {
            return None;
        }
        let (&[f0, f1, source_bits, scope_bits], sent) = self.data.split_first_chunk::<4>()?;
        let (address, bits_max) = match u16::from_be_bytes([f0, f1]) {
            1 => (Ipv4Addr::from(filled_up::<4>(sent)?).into(), 32),
            2 => (Ipv6Addr::from(filled_up::<16>(sent)?).into(), 128),
            _ => return None,
        };
        let are_bits_sound = source_bits <= bits_max && scope_bits <= bits_max;
        let spare_bits = sent.len().checked_mul(8)?.checked_sub(source_bits.into())?;
        let mask = 0xFF_u8.checked_shl(spare_bits.try_into().ok()?)?;
        let is_rest_zero = sent.last().is_none_or(|octet| octet & !mask == 0);
        (are_bits_sound && is_rest_zero).then_some(ClientSubnet {
            address,
            source_bits,
            scope_bits,
        })
    }

    /// The Extended DNS Error; none if this is another option, or has no INFO-CODE.
    pub fn extended_error(&self) -> Option<ExtendedError<'a>> {
        if self.code != OptionCode::EXTENDED_ERROR {
            return None;
        }
        let (&info_code, mut extra_text) = self.data.split_first_chunk::<2>()?;
        while let Some((0, text)) = extra_text.split_last() {
            extra_text = text;
        }
        Some(ExtendedError {
            info_code: u16::from_be_bytes(info_code),
            extra_text,
        })
    }

    /// The cookies; none if this is another option, or of no length that it may have.
    pub fn cookie(&self) -> Option<Cookie<'a>> {
        if self.code != OptionCode::COOKIE {
            return None;
        }
        let (&client, server) = self.data.split_first_chunk::<8>()?;
        matches!(server.len(), 0 | 8..=32).then_some(Cookie { client, server })
    }
}

/// The first octets of an address with zeros behind them; none if there are too many.
fn filled_up<const N: usize>(sent: &[u8]) -> Option<[u8; N]> {
    let mut address = [0; N];
    address.get_mut(..sent.len())?.copy_from_slice(sent);
    Some(address)
}

impl<'a> Edns<'a> {
    /// The options in order, up to the first one that is cut short; that is the last item.
    #[inline]
    pub fn options(&self) -> impl Iterator<Item = Result<EdnsOption<'a>, ParseError>> + use<'a> {
        let (mut reader, begin) = (Reader::new(self.options), self.options_offset);
        core::iter::from_fn(move || {
            if reader.is_empty() {
                return None;
            }
            let option = split_option(&mut reader, begin);
            if option.is_err() {
                reader = Reader::new(&[]);
            }
            Some(option)
        })
    }
}

/// Splits one option off; the octets of the reader begin at `begin` in the message.
#[inline]
fn split_option<'a>(reader: &mut Reader<'a>, begin: usize) -> Result<EdnsOption<'a>, ParseError> {
    let in_message = |error: ParseError| ParseError {
        offset: begin.wrapping_add(error.offset),
        ..error
    };
    let code = reader.u16("OPTION-CODE").map_err(in_message)?;
    let octets = reader.u16("OPTION-LENGTH").map_err(in_message)?;
    let data = reader
        .frame(usize::from(octets), "OPTION-DATA")
        .map_err(in_message)?;
    Ok(EdnsOption {
        code: OptionCode(code),
        data: data.rest(),
        data_offset: begin.wrapping_add(data.offset()),
    })
}
