//! A run whose lists are copied already and whose texts are keys: what waits to be spread over the columns.

use crate::build::{Seen, Source, Teller};

/// Values of a run that are the same for all its rows. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Staged {
    pub(super) seen: Seen,
    pub(super) originated_at: i64,
    pub(super) peer: Teller,
    pub(super) nlri: StagedNlri,
    pub(super) attributes: StagedAttributes,
    pub(super) error: i32,
}

/// What a whole Kafka batch mostly has in common: many runs become one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) source: Source,
    pub(super) observed_at_source: i32,
    pub(super) rib_view: i32,
}

/// What happened, in which family.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StagedNlri {
    pub(super) kind: i32,
    pub(super) afi: u16,
    pub(super) safi: u8,
}

/// Path attributes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StagedAttributes {
    pub(super) next_hop: i32,
    pub(super) next_hop_link_local: i32,
    pub(super) as_path: StagedAsPath,
    pub(super) origin: i32,
    pub(super) med: u32,
    pub(super) local_pref: u32,
    pub(super) aggregator_asn: u32,
    pub(super) aggregator_ip: i32,
    pub(super) only_to_customer: u32,
    pub(super) originator_id: i32,
    pub(super) aigp: i64,
    pub(super) communities: ElementCounts,
    pub(super) raw_octets: u32,
    pub(super) stripped_asn: u32,
}

/// AS_PATH.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StagedAsPath {
    pub(super) asn_count: u32,
    pub(super) text: i32,
    pub(super) origin_asn: u32,
}

/// How many elements the lists have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ElementCounts {
    pub(super) cluster_list: u32,
    pub(super) communities: u32,
    pub(super) large: u32,
    pub(super) ext: u32,
    pub(super) ipv6_ext: u32,
}

/// Presence bits of a run, beside those that every such table has (1 to 5): one for each column, or columns, that may be
/// null, and one for each boolean.
pub(super) mod present {
    /// The reference: most attributes are absent exactly where this one is.
    pub(in super::super) const AS_PATH: u32 = 1;
    pub(in super::super) const ORIGINATED_AT: u32 = 1 << 6;
    pub(in super::super) const PREFIX: u32 = 1 << 7;
    pub(in super::super) const PATH_ID: u32 = 1 << 8;
    pub(in super::super) const STRIPPED_ASN: u32 = 1 << 9;
    pub(in super::super) const NEXT_HOP: u32 = 1 << 10;
    pub(in super::super) const NEXT_HOP_LINK_LOCAL: u32 = 1 << 11;
    pub(in super::super) const AS_PATH_TEXT: u32 = 1 << 12;
    pub(in super::super) const ORIGIN_ASN: u32 = 1 << 13;
    pub(in super::super) const ORIGIN: u32 = 1 << 14;
    pub(in super::super) const MED: u32 = 1 << 15;
    pub(in super::super) const LOCAL_PREF: u32 = 1 << 16;
    pub(in super::super) const AGGREGATOR: u32 = 1 << 17;
    pub(in super::super) const ONLY_TO_CUSTOMER: u32 = 1 << 18;
    pub(in super::super) const AIGP: u32 = 1 << 19;
    pub(in super::super) const ORIGINATOR_ID: u32 = 1 << 20;
    pub(in super::super) const CLUSTER_LIST: u32 = 1 << 21;
    pub(in super::super) const COMMUNITIES: u32 = 1 << 22;
    pub(in super::super) const LARGE_COMMUNITIES: u32 = 1 << 23;
    pub(in super::super) const EXT_COMMUNITIES: u32 = 1 << 24;
    pub(in super::super) const IPV6_EXT_COMMUNITIES: u32 = 1 << 25;
    pub(in super::super) const RAW: u32 = 1 << 26;
    pub(in super::super) const ERROR: u32 = 1 << 27;
    pub(in super::super) const ATOMIC_AGGREGATE: u32 = 1 << 28;
    pub(in super::super) const AS_WIDTH_INFERRED: u32 = 1 << 29;
    pub(in super::super) const ADD_PATH_INFERRED: u32 = 1 << 30;
    pub(in super::super) const INITIAL_DUMP: u32 = 1 << 31;
}
