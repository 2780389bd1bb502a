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
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "prefixes_rejected_by_inbound_policy",
            1 => "duplicate_prefix_advertisements",
            2 => "duplicate_withdraws",
            3 => "updates_invalidated_by_cluster_list_loop",
            4 => "updates_invalidated_by_as_path_loop",
            5 => "updates_invalidated_by_originator_id",
            6 => "updates_invalidated_by_as_confed_loop",
            7 => "routes_in_adj_ribs_in",
            8 => "routes_in_loc_rib",
            9 => "routes_in_adj_rib_in_per_family",
            10 => "routes_in_loc_rib_per_family",
            11 => "updates_treated_as_withdraw",
            12 => "prefixes_treated_as_withdraw",
            13 => "duplicate_update_messages",
            14 => "routes_in_pre_policy_adj_rib_out",
            15 => "routes_in_post_policy_adj_rib_out",
            16 => "routes_in_pre_policy_adj_rib_out_per_family",
            17 => "routes_in_post_policy_adj_rib_out_per_family",
            _ => return self.advanced_name(),
        })
    }

    /// Those of RFC 9972.
    #[inline]
    const fn advanced_name(self) -> Option<&'static str> {
        Some(match self.0 {
            18 => "routes_in_pre_policy_adj_rib_in",
            19 => "routes_in_pre_policy_adj_rib_in_per_family",
            20 => "routes_in_post_policy_adj_rib_in",
            21 => "routes_in_post_policy_adj_rib_in_per_family",
            22 => "routes_rejected_by_inbound_policy_per_family",
            23 => "routes_accepted_by_inbound_policy_per_family",
            26 => "routes_suppressed_by_damping_per_family",
            27 => "routes_stale_by_graceful_restart_per_family",
            28 => "routes_stale_by_long_lived_graceful_restart_per_family",
            29 => "routes_left_before_received_route_threshold",
            30 => "routes_left_before_received_route_threshold_per_family",
            31 => "routes_left_before_license_threshold",
            32 => "routes_left_before_license_threshold_per_family",
            33 => "routes_in_adj_rib_in_rejected_by_as_path_length",
            34 => "routes_in_adj_rib_in_rejected_by_as_path_length_per_family",
            35 => "routes_in_adj_rib_in_rov_invalid_per_family",
            36 => "routes_in_adj_rib_in_rov_valid_per_family",
            37 => "routes_in_adj_rib_in_rov_not_found_per_family",
            38 => "routes_rejected_by_outbound_policy_per_family",
            39 => "routes_in_adj_rib_out_filtered_by_as_path_length",
            40 => "routes_in_adj_rib_out_filtered_by_as_path_length_per_family",
            41 => "routes_in_adj_rib_out_rov_invalid_per_family",
            42 => "routes_in_adj_rib_out_rov_valid_per_family",
            43 => "routes_in_adj_rib_out_rov_not_found_per_family",
            _ => return None,
        })
    }
}
