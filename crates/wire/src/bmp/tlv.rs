//! TLVs of Initiation, Peer Up, Peer Down, Termination and Route Mirroring (RFC 7854, sections 4.3 to 4.10; RFC 9736).

use crate::{ParseError, Reader};

/// One TLV: u16 type | u16 length | value.
#[derive(Clone, Copy, Debug)]
pub struct Tlv<'a> {
    /// What it is, among those of its message.
    pub tlv_type: u16,
    /// The value.
    pub value: Reader<'a>,
}

/// Splits one TLV off the front.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated).
#[inline(always)]
pub fn split_tlv<'a>(reader: &mut Reader<'a>) -> Result<Tlv<'a>, ParseError> {
    let tlv_type = reader.u16("TLV type")?;
    let octets = usize::from(reader.u16("TLV length")?);
    Ok(Tlv {
        tlv_type,
        value: reader.frame(octets, "TLV value")?,
    })
}

/// Type of a TLV of Initiation (IANA, BMP Initiation Information TLVs), and of Peer Up and Peer Down, where the first and the
/// last two mean the same (RFC 9736; RFC 9069, section 5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InformationType(pub u16);

impl InformationType {
    /// Free-form text; there may be several.
    pub const STRING: Self = Self(0);
    /// sysDescr of the router (RFC 1213).
    pub const SYSTEM_DESCRIPTION: Self = Self(1);
    /// sysName of the router.
    pub const SYSTEM_NAME: Self = Self(2);
    /// Name of the routing instance or table.
    pub const TABLE_NAME: Self = Self(3);
    /// Administrative label (RFC 8671, section 6.3).
    pub const ADMIN_LABEL: Self = Self(4);
}

/// Type of a TLV of Termination (IANA, BMP Termination Message TLVs).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminationType(pub u16);

impl TerminationType {
    /// Free-form text.
    pub const STRING: Self = Self(0);
    /// u16 reason.
    pub const REASON: Self = Self(1);
}

/// Type of a TLV of Route Mirroring (IANA, BMP Route Mirroring TLVs).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MirroringType(pub u16);

impl MirroringType {
    /// A BGP message.
    pub const BGP_MESSAGE: Self = Self(0);
    /// u16 code about the mirroring.
    pub const INFORMATION: Self = Self(1);

    /// The code of [`MirroringType::INFORMATION`] for messages that were not mirrored.
    pub const MESSAGES_LOST: u16 = 1;
}
