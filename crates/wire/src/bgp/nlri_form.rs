//! NLRI that hold more than a prefix: how those of each family are framed, and one cut off the front.
//!
//! What a column can hold is read: prefix, labels, Route Distinguisher. The rest is left as received.

use crate::bgp::nlri_evpn::split_evpn;
use crate::bgp::nlri_labelled::{has_no_labels, split_labelled};
use crate::bgp::{Afi, IpPrefix, Safi};
use crate::{ParseError, Reader};

/// How the NLRI of a family are framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NlriForm {
    /// u8 length in bits | prefix (RFC 4760, section 5).
    Plain,
    /// u8 length in bits | labels | prefix (RFC 8277, section 2).
    Labelled,
    /// u8 length in bits | labels | Route Distinguisher | prefix (RFC 4364, section 4.3.4; RFC 4659; RFC 9832).
    Vpn,
    /// As [`NlriForm::Vpn`], with labels or without (RFC 6514).
    MulticastVpn,
    /// u8 type | u8 length | value (RFC 7432, section 7).
    Evpn,
    /// u8 or u16 length | value (RFC 8955, section 4.1), which in VPNs begins with a Route Distinguisher (section 8).
    Flowspec {
        /// Whether it is that of VPNs.
        is_vpn: bool,
    },
    /// u16 type | u16 length | value (RFC 9552, section 5.2), which in VPNs begins with a Route Distinguisher.
    LinkState {
        /// Whether it is that of VPNs.
        is_vpn: bool,
    },
    /// u8 length in bits: 0, or 32 to 96 | origin AS and route target (RFC 4684, section 4).
    RouteTarget,
    /// u8 length in bits: 96 or 192 | distinguisher, colour, endpoint (RFC 9830, section 2.1).
    SegmentRoutingPolicy,
    /// u8 length in bits: 128 | Route Distinguisher | address | group (RFC 6037, section 3.1.1).
    MulticastTree,
    /// u8 type | u8 length | value (RFC 6514, section 4; RFC 7117, section 13).
    TypeLength,
    /// u16 type | u16 length | value (RFC 9015, section 3.2).
    ServiceChain,
    /// u16 length | value that begins with a Route Distinguisher (RFC 4761, section 3.2.2; RFC 6074, section 3.2.2.1).
    Vpls,
    /// u8 architecture | u16 type | u8 length | value (draft-ietf-bess-mup-safi).
    MobileUserPlane,
    /// Not known: what there is counts as one.
    Unknown,
}

impl NlriForm {
    /// That of a family.
    #[inline]
    pub const fn of(afi: Afi, safi: Safi) -> Self {
        match (afi.0, safi.0) {
            (1 | 2, 1 | 2) => Self::Plain,
            (1 | 2, 4) => Self::Labelled,
            (1 | 2, 76 | 128) => Self::Vpn,
            (1 | 2, 129) => Self::MulticastVpn,
            (25, 70) => Self::Evpn,
            (1 | 2 | 25, 133) => Self::Flowspec { is_vpn: false },
            (1 | 2 | 25, 134) => Self::Flowspec { is_vpn: true },
            (16388, 71 | 80) => Self::LinkState { is_vpn: false },
            (16388, 72) => Self::LinkState { is_vpn: true },
            (1, 132) => Self::RouteTarget,
            (1 | 2, 73) => Self::SegmentRoutingPolicy,
            (1, 66) => Self::MulticastTree,
            (1 | 2, 5) | (25, 8) => Self::TypeLength,
            (31, 9) => Self::ServiceChain,
            (25, 65) => Self::Vpls,
            (1 | 2, 85) => Self::MobileUserPlane,
            _ => Self::Unknown,
        }
    }

    /// Whether prefix, labels and Route Distinguisher are all that there is.
    pub const fn is_prefix(self) -> bool {
        matches!(
            self,
            Self::Plain | Self::Labelled | Self::Vpn | Self::MulticastVpn
        )
    }
}

/// One NLRI, cut by its length, and read as far as columns go.
#[derive(Clone, Copy, Debug)]
pub struct NlriView<'a> {
    /// Path Identifier (RFC 7911).
    pub path_id: Option<u32>,
    /// All of it, without the path identifier.
    pub octets: Reader<'a>,
    /// The prefix, where there is one.
    pub prefix: Option<IpPrefix>,
    /// Route Distinguisher.
    pub rd: Option<[u8; 8]>,
    /// Label entries, 3 octets each. Empty if there are none.
    pub labels: Reader<'a>,
    /// It reads oddly: a host bit is set, or the bottom of a label stack never comes.
    pub is_odd: bool,
    /// What is wrong inside of it; its end is known all the same, and of what is inside nothing is believed.
    pub fault: Option<ParseError>,
}

impl<'a> NlriView<'a> {
    /// What lies between `begin` and `end`, not looked into.
    pub(super) fn between(begin: Reader<'a>, end: Reader<'a>) -> Self {
        let mut rest = begin;
        let octets = end.offset().saturating_sub(begin.offset());
        Self {
            path_id: None,
            octets: rest.frame(octets, "NLRI").unwrap_or(begin),
            prefix: None,
            rd: None,
            labels: Reader::new(&[]),
            is_odd: false,
            fault: None,
        }
    }

    /// Whether its labels stand there only because something must: a withdrawal need not name any (RFC 8277, section 2.4).
    pub fn has_no_labels(&self) -> bool {
        has_no_labels(self.labels.rest())
    }

    /// The same, with the Route Distinguisher at the front of its value.
    fn with_rd(self, value: Reader<'a>) -> Self {
        let mut value = value;
        match value.array("route distinguisher") {
            Ok(rd) => Self {
                rd: Some(rd),
                ..self
            },
            Err(error) => Self {
                fault: Some(error),
                ..self
            },
        }
    }
}

/// Splits one NLRI off the front. Those of [`NlriForm::Plain`] are for [`parse_ipv4_nlri`](crate::bgp::parse_ipv4_nlri).
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated), [`Fault::BadLength`](crate::Fault::BadLength): where it ends is not
/// known.
#[inline(never)]
pub fn split_nlri<'a>(
    reader: &mut Reader<'a>,
    form: NlriForm,
    afi: Afi,
    has_path_ids: bool,
) -> Result<NlriView<'a>, ParseError> {
    // Where NLRI cannot be told apart, identifiers cannot either.
    let path_id = if has_path_ids && form != NlriForm::Unknown {
        Some(reader.u32("path identifier")?)
    } else {
        None
    };
    let nlri = match form {
        NlriForm::Plain | NlriForm::Labelled | NlriForm::Vpn | NlriForm::MulticastVpn => {
            split_labelled(reader, form, afi)?
        }
        NlriForm::Evpn => split_evpn(reader)?,
        _ => split_frame(reader, form)?,
    };
    Ok(NlriView { path_id, ..nlri })
}

/// Whether NLRI read well with, or without, path identifiers: they end exactly, nothing in them is odd or wrong, and
/// without identifiers the default route of no VPN stands there more than once in a row. See
/// [`nlri_fits`](crate::bgp::nlri_fits).
#[cold]
pub fn framed_nlri_fits(nlri: Reader<'_>, form: NlriForm, afi: Afi, has_path_ids: bool) -> bool {
    let mut reader = nlri;
    let mut default_before = None;
    while !reader.is_empty() {
        let Ok(nlri) = split_nlri(&mut reader, form, afi, has_path_ids) else {
            return false;
        };
        if nlri.is_odd || nlri.fault.is_some() {
            return false;
        }
        let is_default = nlri.prefix.is_some_and(|prefix| prefix.length() == 0);
        let default = is_default.then_some(nlri.rd);
        if !has_path_ids && is_default && default_before == default {
            return false;
        }
        default_before = default;
    }
    true
}

/// One that is cut by its length alone.
fn split_frame<'a>(reader: &mut Reader<'a>, form: NlriForm) -> Result<NlriView<'a>, ParseError> {
    let begin = *reader;
    let (octets, has_rd) = split_length(reader, form)?;
    let value = reader.frame(octets, "NLRI")?;
    let nlri = NlriView::between(begin, *reader);
    Ok(if has_rd { nlri.with_rd(value) } else { nlri })
}

/// Reads up to the value: how many octets that has, and whether it begins with a Route Distinguisher.
fn split_length(reader: &mut Reader<'_>, form: NlriForm) -> Result<(usize, bool), ParseError> {
    match form {
        NlriForm::Flowspec { is_vpn } => Ok((split_flowspec_length(reader)?, is_vpn)),
        NlriForm::LinkState { is_vpn } => {
            reader.u16("NLRI type")?;
            Ok((usize::from(reader.u16("NLRI length")?), is_vpn))
        }
        NlriForm::RouteTarget => split_bits(reader, |bits| matches!(bits, 0 | 32..=96)),
        NlriForm::SegmentRoutingPolicy => split_bits(reader, |bits| matches!(bits, 96 | 192)),
        NlriForm::MulticastTree => {
            split_bits(reader, |bits| bits == 128).map(|(octets, _)| (octets, true))
        }
        NlriForm::TypeLength => {
            reader.u8("route type")?;
            Ok((usize::from(reader.u8("NLRI length")?), false))
        }
        NlriForm::ServiceChain => {
            reader.u16("route type")?;
            Ok((usize::from(reader.u16("NLRI length")?), false))
        }
        NlriForm::Vpls => Ok((usize::from(reader.u16("NLRI length")?), true)),
        NlriForm::MobileUserPlane => {
            reader.u8("architecture type")?;
            reader.u16("route type")?;
            Ok((usize::from(reader.u8("NLRI length")?), false))
        }
        _ => Ok((reader.len(), false)),
    }
}

/// A length in bits, of which only some are legal.
fn split_bits(
    reader: &mut Reader<'_>,
    is_legal: impl Fn(u8) -> bool,
) -> Result<(usize, bool), ParseError> {
    let offset = reader.offset();
    let bits = reader.u8("NLRI length")?;
    if is_legal(bits) {
        Ok((usize::from(bits).div_ceil(8), false))
    } else {
        Err(ParseError::bad_length("NLRI length", offset))
    }
}

/// One octet below 240, else two whose first four bits are ones (RFC 8955, section 4.1).
fn split_flowspec_length(reader: &mut Reader<'_>) -> Result<usize, ParseError> {
    let first = usize::from(reader.u8("NLRI length")?);
    if first < 0xf0 {
        return Ok(first);
    }
    let second = usize::from(reader.u8("NLRI length")?);
    Ok((first & 0x0f) << 8 | second)
}
