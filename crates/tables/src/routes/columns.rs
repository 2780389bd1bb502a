//! The columns of `routes` and `rib`.

use super::communities::LARGE_COMMUNITY;
use crate::column::join;
use crate::{Column, Kind, peer, provenance};

/// What a row of `routes` is.
pub(crate) const ROUTES_DOC: &str = "Routes as peers announced and withdrew them: one row per prefix of a BGP UPDATE (RFC 4271), with its attributes.";

/// What a row of `rib` is.
pub(crate) const RIB_DOC: &str = "Routes as table dumps list them (RFC 6396): one row per prefix and peer. The columns are those of `routes`.";

/// What a row of `other_routes` is.
pub(crate) const OTHER_ROUTES_DOC: &str = "Routes that are none of the public Internet: VPNs (RFC 4364), EVPN (RFC 7432), flow specification (RFC 8955), \
     BGP-LS (RFC 9552), route target constraint (RFC 4684) and families nobody knows, announced, withdrawn or from table \
     dumps. The columns are those of `routes`.";

/// The columns of `routes`, `rib` and `other_routes`.
pub(crate) static COLUMNS: [Column; 57] = join(&[
    &provenance::COLUMNS,
    &SEEN,
    &peer::COLUMNS,
    &NLRI,
    &NEXT_HOP,
    &AS_PATH,
    &ATTRIBUTES,
    &LISTS,
    &NOTES,
]);

const SEEN: [Column; 3] = [
    Column::required(
        "observed_at_source",
        Kind::Dict,
        "Whose clock `observed_at` is: `per_peer` (BMP per-peer header), `collector` (its envelope), `broker` (Kafka), \
         `mrt` (MRT header), `clamped` (Kafka's, because the feed's own was absurd), or `ingested` (ours, because \
         nobody tells a time).",
    ),
    Column::optional(
        "router_at",
        Kind::Timestamp,
        "The router's own time from the BMP per-peer header (RFC 7854, section 4.2), which may be years off. Null if \
         there is none, or it is `observed_at`.",
    ),
    Column::optional(
        "originated_at",
        Kind::Timestamp,
        "When the collector learned the route: Originated Time of a table dump (RFC 6396, section 4.3.4). Null outside \
         of table dumps.",
    ),
];

const NLRI: [Column; 13] = [
    Column::required(
        "rib_view",
        Kind::Dict,
        "Which of the router's tables the route was seen in: `adj_in_pre`, `adj_in_post` (RFC 7854), `adj_out_pre`, \
         `adj_out_post` (RFC 8671), `loc_rib` (RFC 9069), or `unknown`: formats other than BMP do not say, and neither \
         does BMP of mirrored messages (RFC 7854, section 4.7).",
    ),
    Column::required(
        "kind",
        Kind::Dict,
        "`announce`, `withdraw`, or `rib` for an entry of a table dump.",
    ),
    Column::required(
        "afi",
        Kind::Int,
        "Address Family Identifier (RFC 4760): 1 is IPv4, 2 is IPv6.",
    ),
    Column::required(
        "safi",
        Kind::Int,
        "Subsequent Address Family Identifier (RFC 4760): 1 is unicast, 2 is multicast, 4 is labelled unicast (RFC \
         8277), 128 is VPN (RFC 4364).",
    ),
    Column::optional(
        "prefix",
        Kind::Text,
        "The prefix as canonical text (RFC 5952), for example `192.0.2.0/24`. Null where the NLRI holds none.",
    ),
    Column::optional(
        "prefix_len",
        Kind::Int,
        "Length of the prefix in bits. Null where `prefix` is.",
    ),
    Column::optional("ip_version", Kind::Int, "4 or 6. Null where `prefix` is."),
    Column::optional(
        "prefix_start",
        Kind::Long,
        "First address of the prefix as a number; of IPv6 the upper 64 bits. Compare it only within one `ip_version`. \
         Null where `prefix` is.",
    ),
    Column::optional(
        "prefix_end",
        Kind::Long,
        "Last address of the prefix, in the same form as `prefix_start`. Null where `prefix` is.",
    ),
    Column::optional(
        "path_id",
        Kind::Long,
        "ADD-PATH Path Identifier (RFC 7911). Null if the NLRI has none.",
    ),
    Column::optional(
        "rd",
        Kind::Text,
        "Route Distinguisher of a VPN or EVPN route (RFC 4364, section 4.2): `64512:1` (type 0), `192.0.2.1:1` (type \
         1), `4200000000:1` (type 2), else 16 hexadecimal digits. Null for families without one.",
    ),
    Column::optional(
        "labels",
        Kind::List(&Kind::Int),
        "MPLS labels in order (RFC 8277), each the upper 20 bits of its entry. Null for families without labels, and where \
         a withdrawal gives none: 0x800000 or 0 in their place (section 2.4).",
    ),
    Column::optional(
        "nlri_raw",
        Kind::Binary,
        "The NLRI as received, where the columns do not tell all of it: EVPN, flow specification, BGP-LS, route \
         targets, families nobody knows. Null elsewhere.",
    ),
];

const NEXT_HOP: [Column; 2] = [
    Column::optional(
        "next_hop",
        Kind::Dict,
        "NEXT_HOP (RFC 4271), or the global address of MP_REACH_NLRI (RFC 4760), as text. Null if the route has none.",
    ),
    Column::optional(
        "next_hop_link_local",
        Kind::Dict,
        "The link-local address beside `next_hop` (RFC 2545). Null if there is none.",
    ),
];

const AS_PATH: [Column; 3] = [
    Column::optional(
        "as_path",
        Kind::List(&Kind::Long),
        "All ASNs of AS_PATH in order, from the peer to the origin, after the merge with AS4_PATH (RFC 6793). Null if \
         the route has none; empty if it has an empty one.",
    ),
    Column::optional(
        "as_path_text",
        Kind::Dict,
        "AS_PATH as text if it is more than a sequence: sets as `{1,2}`, confederations (RFC 5065) as `(1 2)` and \
         `[1,2]`. Null if `as_path` tells all.",
    ),
    Column::optional(
        "origin_asn",
        Kind::Long,
        "Last ASN of AS_PATH. Null if the path is empty or does not end in an AS_SEQUENCE, so that no one AS is the \
         origin (RFC 6811, section 2).",
    ),
];

const ATTRIBUTES: [Column; 9] = [
    Column::optional(
        "origin",
        Kind::Dict,
        "ORIGIN (RFC 4271): `igp`, `egp`, `incomplete`. Null if absent.",
    ),
    Column::optional(
        "med",
        Kind::Long,
        "MULTI_EXIT_DISC (RFC 4271). Null if absent, which is not 0.",
    ),
    Column::optional(
        "local_pref",
        Kind::Long,
        "LOCAL_PREF (RFC 4271). Null if absent, which is not 0.",
    ),
    Column::optional(
        "aggregator_asn",
        Kind::Long,
        "ASN of AGGREGATOR, after the merge with AS4_AGGREGATOR (RFC 6793). Null if absent.",
    ),
    Column::optional(
        "only_to_customer",
        Kind::Long,
        "ASN of Only to Customer, OTC (RFC 9234). Null if absent.",
    ),
    Column::optional(
        "aigp",
        Kind::Long,
        "AIGP metric (RFC 7311). Null if absent or above 2^63 - 1; then it is in `attributes_raw`.",
    ),
    Column::required(
        "atomic_aggregate",
        Kind::Boolean,
        "Whether ATOMIC_AGGREGATE is present (RFC 4271).",
    ),
    Column::optional(
        "aggregator_ip",
        Kind::Dict,
        "Address of AGGREGATOR (RFC 4271) as text. Null if absent.",
    ),
    Column::optional(
        "originator_id",
        Kind::Dict,
        "ORIGINATOR_ID (RFC 4456) as text. Null if absent.",
    ),
];

const LISTS: [Column; 6] = [
    Column::optional(
        "cluster_list",
        Kind::List(&Kind::Dict),
        "CLUSTER_LIST (RFC 4456), identifiers as text. Null if absent.",
    ),
    Column::optional(
        "communities",
        Kind::List(&Kind::Long),
        "COMMUNITIES (RFC 1997), each as ASN x 65,536 + value. Null if absent.",
    ),
    Column::optional(
        "large_communities",
        Kind::List(&LARGE_COMMUNITY),
        "Large communities (RFC 8092). Null if absent.",
    ),
    Column::optional(
        "ext_communities",
        Kind::List(&Kind::Fixed(8)),
        "Extended communities (RFC 4360), 8 octets each as received. Null if absent.",
    ),
    Column::optional(
        "ipv6_ext_communities",
        Kind::List(&Kind::Fixed(20)),
        "IPv6 address specific extended communities (RFC 5701), 20 octets each as received. Null if absent.",
    ),
    Column::optional(
        "attributes_raw",
        Kind::Binary,
        "Path attributes that have no column, one after the other as received: flags, code, length, value. Null if \
         there are none.",
    ),
];

const NOTES: [Column; 5] = [
    Column::required(
        "is_initial_dump",
        Kind::Boolean,
        "Whether it was seen between the start of a session and its End-of-RIB (RFC 4724): a table being sent, not news.",
    ),
    Column::required(
        "add_path_inferred",
        Kind::Boolean,
        "Whether ADD-PATH (RFC 7911) was inferred from the octets, because its negotiation was not seen.",
    ),
    Column::required(
        "as_width_inferred",
        Kind::Boolean,
        "Whether the width of ASNs (RFC 6793) was inferred from the octets, against what the message says.",
    ),
    Column::optional(
        "error",
        Kind::Dict,
        "What was done about a malformed message that still gave rows (RFC 7606): `treat_as_withdraw`, \
         `attribute_discard`, `malformed_rib_entry`, `partial_nlri`. Null if it was well-formed. `rejects` has the octets.",
    ),
    Column::optional(
        "stripped_asn",
        Kind::Long,
        "ASN of the collector, which stood first in AS_PATH and is left out of `as_path`. Null where nothing was left \
         out: the feed is not set to (`strip_collector_asn`), or the path does not begin with the collector's ASN.",
    ),
];
