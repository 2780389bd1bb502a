//! Prefixes behind MPLS labels (RFC 8277, section 2), and in VPNs behind a Route Distinguisher too (RFC 4364, 4659, 6514).

use crate::bgp::nlri_form::{NlriForm, NlriView};
use crate::bgp::{Afi, IpPrefix};
use crate::{ParseError, Reader};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const LABEL_OCTETS: usize = 3;
const LABEL_BITS: usize = 24;
const RD_BITS: usize = 64;
/// What stands for the labels of a withdrawal: the one by RFC 8277, section 2.4, the other by old implementations.
const NO_LABEL: [[u8; LABEL_OCTETS]; 2] = [[0x80, 0, 0], [0, 0, 0]];
/// Route Distinguishers have types 0, 1 and 2 (RFC 4364, section 4.2).
const RD_TYPE_MAX: u16 = 2;

/// Splits one off the front.
///
/// ```text
/// u8 length of the rest in bits | label entries (3 octets each) | Route Distinguisher (8 octets) | prefix
/// ```
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated); [`Fault::BadLength`](crate::Fault::BadLength) for a length that leaves
/// no prefix of the family.
pub(super) fn split_labelled<'a>(
    reader: &mut Reader<'a>,
    form: NlriForm,
    afi: Afi,
) -> Result<NlriView<'a>, ParseError> {
    let begin = *reader;
    let bad_length = ParseError::bad_length("NLRI length", begin.offset());
    let bits = usize::from(reader.u8("NLRI length")?);
    let mut frame = reader.frame(bits.div_ceil(8), "NLRI")?;
    let has_rd = matches!(form, NlriForm::Vpn | NlriForm::MulticastVpn);
    let rd_bits = if has_rd { RD_BITS } else { 0 };
    let (labels, is_stack_odd) = if has_labels(form, frame) {
        count_labels(frame.rest(), bits, rd_bits, afi).ok_or(bad_length)?
    } else {
        (0, false)
    };
    let label_octets = labels.saturating_mul(LABEL_OCTETS);
    let labels = frame.frame(label_octets, "label")?;
    let rd = if has_rd {
        Some(frame.array("route distinguisher")?)
    } else {
        None
    };
    let before = label_octets.saturating_mul(8).saturating_add(rd_bits);
    let prefix_bits = bits.checked_sub(before).ok_or(bad_length)?;
    let (prefix, has_host_bits) = prefix_of(frame.rest(), prefix_bits, afi).ok_or(bad_length)?;
    Ok(NlriView {
        prefix: Some(prefix),
        rd,
        labels,
        is_odd: is_stack_odd || has_host_bits,
        ..NlriView::between(begin, *reader)
    })
}

/// Whether label entries are only those of a withdrawal that names none.
pub(super) fn has_no_labels(labels: &[u8]) -> bool {
    NO_LABEL.iter().any(|none| none == labels)
}

/// Multicast VPN routes have none by RFC 6514, but some send them: a Route Distinguisher begins with its type, which a
/// label entry of a low number looks like, and then only what follows tells.
fn has_labels(form: NlriForm, frame: Reader<'_>) -> bool {
    match (form, frame.rest()) {
        (NlriForm::Plain, _) => false,
        (NlriForm::MulticastVpn, [first, second, third, fourth, fifth, ..]) => {
            let is_last_label = is_bottom(&[*third]);
            !is_rd_type([*first, *second]) || is_last_label && is_rd_type([*fourth, *fifth])
        }
        _ => true,
    }
}

/// The number of label entries: up to the one with the bottom-of-stack bit. Where that does not come before the prefix,
/// it is one, or as many more as the length needs: one alone need not carry the bit (RFC 8277, section 2.2). Also
/// returns whether it was so. None if what is left is no prefix of the family.
fn count_labels(octets: &[u8], bits: usize, rd_bits: usize, afi: Afi) -> Option<(usize, bool)> {
    let prefix_bits = |labels: usize| {
        bits.checked_sub(labels.saturating_mul(LABEL_BITS))?
            .checked_sub(rd_bits)
    };
    let leaves_prefix =
        |labels: &usize| prefix_bits(*labels).is_some_and(|bits| bits <= address_bits(afi));
    let mut entries = octets.chunks_exact(LABEL_OCTETS);
    let bottom = entries.position(|entry| is_bottom(entry) || has_no_labels(entry));
    let by_stack = bottom.map(|place| place.saturating_add(1));
    let is_believable = |labels: &usize| {
        prefix_bits(*labels).is_some() && (rd_bits == 0 || has_rd_behind(octets, *labels))
    };
    match by_stack.filter(is_believable) {
        Some(labels) => Some((labels, false)).filter(|_| leaves_prefix(&labels)),
        None => (1..=octets.len().div_euclid(LABEL_OCTETS))
            .find(leaves_prefix)
            .map(|labels| (labels, true)),
    }
}

/// Whether a Route Distinguisher of a known type stands behind so many labels: a bit in it may look like the bottom of a
/// stack, where one label alone came without.
fn has_rd_behind(octets: &[u8], labels: usize) -> bool {
    let rd = octets.get(labels.saturating_mul(LABEL_OCTETS)..);
    rd.and_then(|rd| rd.first_chunk())
        .is_some_and(|rd_type| is_rd_type(*rd_type))
}

fn is_rd_type(octets: [u8; 2]) -> bool {
    u16::from_be_bytes(octets) <= RD_TYPE_MAX
}

/// Whether the last bit of a label entry is set.
fn is_bottom(entry: &[u8]) -> bool {
    entry.last().is_some_and(|last| last & 1 != 0)
}

fn address_bits(afi: Afi) -> usize {
    if afi == Afi::IPV4 { 32 } else { 128 }
}

/// The prefix in `octets`, and whether host bits were set.
fn prefix_of(octets: &[u8], bits: usize, afi: Afi) -> Option<(IpPrefix, bool)> {
    let address = address_of(octets, afi);
    let prefix = IpPrefix::new(address, u8::try_from(bits).ok()?)?;
    Some((prefix, prefix.address() != address))
}

/// An address whose last octets may be missing.
fn address_of(octets: &[u8], afi: Afi) -> IpAddr {
    if afi == Afi::IPV4 {
        Ipv4Addr::from(zero_filled(octets)).into()
    } else {
        Ipv6Addr::from(zero_filled(octets)).into()
    }
}

fn zero_filled<const N: usize>(octets: &[u8]) -> [u8; N] {
    let mut filled = [0; N];
    for (to, from) in filled.iter_mut().zip(octets) {
        *to = *from;
    }
    filled
}
