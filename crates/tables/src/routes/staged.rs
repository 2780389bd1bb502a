//! A run whose lists are copied already and whose texts are keys: what waits to be spread over the columns.

/// Values of a run that are the same for all its rows. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Staged {
    pub(super) seen: Seen,
    pub(super) peer: StagedPeer,
    pub(super) nlri: StagedNlri,
    pub(super) attributes: StagedAttributes,
    pub(super) error: i32,
}

/// What a whole Kafka batch mostly has in common: many runs become one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) kafka_topic: i32,
    pub(super) kafka_partition: i32,
    pub(super) ingested_at: i64,
    pub(super) project: i32,
    pub(super) collector: i32,
    pub(super) router: i32,
    pub(super) format: i32,
    pub(super) observed_at_source: i32,
    pub(super) rib_view: i32,
    /// Presence bits, of [`context`].
    pub(super) present: u32,
}

/// When and where in its topic.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub(super) kafka_offset: i64,
    pub(super) item: i32,
    pub(super) observed_at: i64,
    pub(super) brokered_at: i64,
    pub(super) reported_at: i64,
    pub(super) router_at: i64,
    pub(super) originated_at: i64,
}

/// Who told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StagedPeer {
    pub(super) ip: i32,
    pub(super) bgp_id: i32,
    pub(super) asn: u32,
    pub(super) distinguisher: i32,
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

/// Presence bits of a run: one for each column, or columns, that may be null, and one for each boolean.
pub(super) mod present {
    /// The reference: most attributes are absent exactly where this one is.
    pub(in super::super) const AS_PATH: u32 = 1;
    pub(in super::super) const BROKERED_AT: u32 = 1 << 1;
    pub(in super::super) const REPORTED_AT: u32 = 1 << 2;
    pub(in super::super) const ROUTER_AT: u32 = 1 << 3;
    pub(in super::super) const ORIGINATED_AT: u32 = 1 << 4;
    pub(in super::super) const PEER_BGP_ID: u32 = 1 << 5;
    pub(in super::super) const PEER_DISTINGUISHER: u32 = 1 << 6;
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

/// Presence bits of a [`Context`].
pub(super) mod context {
    pub(in super::super) const PROJECT: u32 = 1;
    pub(in super::super) const COLLECTOR: u32 = 2;
    pub(in super::super) const ROUTER: u32 = 4;
}

/// `bit` if `is_present`, else nothing.
#[inline]
pub(super) fn mark(is_present: bool, bit: u32) -> u32 {
    u32::from(is_present).wrapping_neg() & bit
}
