//! Statistics Report (RFC 7854, section 4.8; RFC 8671, 9069, 9972): u32 count, then so many TLVs.

use crate::bgp::{Afi, Safi};
use crate::bmp::split_tlv;
use crate::{ParseError, Reader};

/// One statistic: u16 type | u16 length | value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistic<'a> {
    /// What is counted.
    pub stat_type: StatisticType,
    /// The value as received.
    pub octets: &'a [u8],
    /// What it says.
    pub value: StatisticValue,
}

/// A value, known by its length: no type decides it, so that a type unknown to us does not end the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatisticValue {
    /// A counter of 4 octets or a gauge of 8.
    Number(u64),
    /// A gauge of one family: u16 AFI | u8 SAFI | u64.
    PerFamily(Afi, Safi, u64),
    /// Something else.
    Other,
}

/// Splits one statistic off the front.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated).
#[inline(always)]
pub fn split_statistic<'a>(reader: &mut Reader<'a>) -> Result<Statistic<'a>, ParseError> {
    let tlv = split_tlv(reader)?;
    let octets = tlv.value.rest();
    let value = match *octets {
        [a, b, c, d] => StatisticValue::Number(u32::from_be_bytes([a, b, c, d]).into()),
        [a, b, c, d, e, f, g, h] => {
            StatisticValue::Number(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
        }
        [afi, i, safi, a, b, c, d, e, f, g, h] => StatisticValue::PerFamily(
            Afi(u16::from_be_bytes([afi, i])),
            Safi(safi),
            u64::from_be_bytes([a, b, c, d, e, f, g, h]),
        ),
        _ => StatisticValue::Other,
    };
    Ok(Statistic {
        stat_type: StatisticType(tlv.tlv_type),
        octets,
        value,
    })
}

/// Type of a statistic (IANA, BMP Statistics Types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatisticType(pub u16);

impl StatisticType {
    /// What it counts; none if it is not assigned.
    #[inline]
    pub fn name(self) -> Option<&'static str> {
        NAMES.get(usize::from(self.0)).copied().flatten()
    }
}

/// By type; those from 18 on are of RFC 9972. A table and no `match`: from one statistic to the next types differ, so a jump
/// would be mispredicted.
static NAMES: [Option<&str>; 44] = [
    Some("prefixes_rejected_by_inbound_policy"),
    Some("duplicate_prefix_advertisements"),
    Some("duplicate_withdraws"),
    Some("updates_invalidated_by_cluster_list_loop"),
    Some("updates_invalidated_by_as_path_loop"),
    Some("updates_invalidated_by_originator_id"),
    Some("updates_invalidated_by_as_confed_loop"),
    Some("routes_in_adj_ribs_in"),
    Some("routes_in_loc_rib"),
    Some("routes_in_adj_rib_in_per_family"),
    Some("routes_in_loc_rib_per_family"),
    Some("updates_treated_as_withdraw"),
    Some("prefixes_treated_as_withdraw"),
    Some("duplicate_update_messages"),
    Some("routes_in_pre_policy_adj_rib_out"),
    Some("routes_in_post_policy_adj_rib_out"),
    Some("routes_in_pre_policy_adj_rib_out_per_family"),
    Some("routes_in_post_policy_adj_rib_out_per_family"),
    Some("routes_in_pre_policy_adj_rib_in"),
    Some("routes_in_pre_policy_adj_rib_in_per_family"),
    Some("routes_in_post_policy_adj_rib_in"),
    Some("routes_in_post_policy_adj_rib_in_per_family"),
    Some("routes_rejected_by_inbound_policy_per_family"),
    Some("routes_accepted_by_inbound_policy_per_family"),
    None,
    None,
    Some("routes_suppressed_by_damping_per_family"),
    Some("routes_stale_by_graceful_restart_per_family"),
    Some("routes_stale_by_long_lived_graceful_restart_per_family"),
    Some("routes_left_before_received_route_threshold"),
    Some("routes_left_before_received_route_threshold_per_family"),
    Some("routes_left_before_license_threshold"),
    Some("routes_left_before_license_threshold_per_family"),
    Some("routes_in_adj_rib_in_rejected_by_as_path_length"),
    Some("routes_in_adj_rib_in_rejected_by_as_path_length_per_family"),
    Some("routes_in_adj_rib_in_rov_invalid_per_family"),
    Some("routes_in_adj_rib_in_rov_valid_per_family"),
    Some("routes_in_adj_rib_in_rov_not_found_per_family"),
    Some("routes_rejected_by_outbound_policy_per_family"),
    Some("routes_in_adj_rib_out_filtered_by_as_path_length"),
    Some("routes_in_adj_rib_out_filtered_by_as_path_length_per_family"),
    Some("routes_in_adj_rib_out_rov_invalid_per_family"),
    Some("routes_in_adj_rib_out_rov_valid_per_family"),
    Some("routes_in_adj_rib_out_rov_not_found_per_family"),
];
