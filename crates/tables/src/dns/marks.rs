//! Presence bits of what a DNS message says. The first 19 are those of [`DnsHeader::known`], as they are.

use crate::DnsHeader;

/// AA, TC, RD, RA, Z, AD and CD are set: so many places above their place in the header.
const SET_SHIFT: u32 = 15;

pub(super) const MESSAGE_OCTETS: u64 = 1 << 26;
pub(super) const QUESTION: u64 = 1 << 27;
pub(super) const MIXED_CASE_KNOWN: u64 = 1 << 28;
pub(super) const MIXED_CASE: u64 = 1 << 29;
pub(super) const REGISTERED_DOMAIN: u64 = 1 << 30;
pub(super) const PUBLIC_SUFFIX: u64 = 1 << 31;
pub(super) const QTYPE: u64 = 1 << 32;
pub(super) const QCLASS: u64 = 1 << 33;
pub(super) const EDNS_UDP_OCTETS: u64 = 1 << 34;
pub(super) const EDNS_VERSION: u64 = 1 << 35;
pub(super) const EDNS_FLAGS: u64 = 1 << 36;
pub(super) const EDNS_DO: u64 = 1 << 37;
pub(super) const EDNS_OPTIONS: u64 = 1 << 38;
pub(super) const EDNS_EDE: u64 = 1 << 39;
pub(super) const EDNS_EDE_TEXT: u64 = 1 << 40;
pub(super) const EDNS_NSID: u64 = 1 << 41;
pub(super) const EDNS_ECS: u64 = 1 << 42;
pub(super) const EDNS_ECS_SCOPE: u64 = 1 << 43;
pub(super) const ANSWER_TTL: u64 = 1 << 44;
pub(super) const ANSWER_ADDRESSES: u64 = 1 << 45;
pub(super) const ANSWER_CNAMES: u64 = 1 << 46;
pub(super) const TRAILING_OCTETS: u64 = 1 << 47;
pub(super) const ERROR_OFFSET: u64 = 1 << 48;
pub(super) const RAW: u64 = 1 << 49;
/// There is a message, or damage to tell of.
pub(crate) const STATUS: u64 = 1 << 50;

/// `bit` if `is_present`, else nothing.
#[inline]
pub(crate) fn mark(is_present: bool, bit: u64) -> u64 {
    u64::from(is_present).wrapping_neg() & bit
}

/// Of a header: what is known, and which flags are set.
#[inline]
pub(super) fn of_header(header: &DnsHeader) -> u64 {
    let set = u32::from(header.flags) & DnsHeader::FLAGS >> DnsHeader::FLAGS_SHIFT;
    u64::from(header.known & DnsHeader::ALL | set << SET_SHIFT)
}

/// The bits that a flag is known, and that it is set; `flag` is its bit in the header.
pub(super) fn of_flag(flag: u16) -> (u64, u64) {
    let flag = u64::from(flag);
    (flag << DnsHeader::FLAGS_SHIFT, flag << SET_SHIFT)
}
