//! Tables `routes` and `rib`: one row per prefix that was announced, withdrawn or found in a table dump.
//!
//! A [`RouteRun`] is one set of path attributes with the prefixes that it applies to: attributes are decoded once per
//! message, not once per prefix.

mod as_path;
mod attributes;
mod builder;
mod columns;
mod communities;
mod distinguisher;
mod items;
mod nlri;
mod seen;
mod staged;
#[cfg(test)]
mod tests;

pub use builder::RoutesBuilder;
pub(crate) use columns::{COLUMNS, OTHER_ROUTES_DOC, RIB_DOC, ROUTES_DOC};
pub use distinguisher::RouteDistinguisher;

use crate::{ObservedAt, Peer, Provenance, RibView, Table};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One set of path attributes with its prefixes, decoded and checked, nothing copied yet.
#[derive(Clone, Copy, Debug)]
pub struct RouteRun<'a> {
    /// The message.
    pub provenance: &'a Provenance<'a>,
    /// Number of the first row within the message and its table; the others follow.
    pub item: i32,
    /// When it was seen.
    pub observed_at: ObservedAt,
    /// The router's own time, where it differs (BMP).
    pub router_at: Option<i64>,
    /// When the route was learned (table dumps).
    pub originated_at: Option<i64>,
    /// Who told.
    pub peer: &'a Peer<'a>,
    /// Which table it was seen in.
    pub rib_view: RibView,
    /// What happened.
    pub kind: RouteKind,
    /// Address Family Identifier.
    pub afi: u16,
    /// Subsequent Address Family Identifier.
    pub safi: u8,
    /// The prefixes.
    pub nlri: Nlri<'a>,
    /// The attributes; those of a withdrawal are all absent.
    pub attributes: &'a PathAttributes<'a>,
    /// Seen between the start of a session and its End-of-RIB.
    pub is_initial_dump: bool,
    /// ADD-PATH was inferred, not negotiated in sight of us.
    pub add_path_inferred: bool,
    /// What RFC 7606 made of a malformed message.
    pub error: Option<RouteError>,
}

impl<'a> RouteRun<'a> {
    /// Number of rows that this run becomes.
    #[inline]
    pub fn rows(&self) -> usize {
        match self.nlri {
            Nlri::Prefixes { prefixes, .. } => prefixes.len(),
            Nlri::Items { items, .. } => items.len(),
        }
    }

    /// The table that its rows belong to: what is no route of the public Internet stands apart, because the same prefix
    /// means something else in every VPN (RFC 4364, section 4.1), or is none at all.
    #[inline]
    pub fn table(&self) -> Table {
        match (self.kind, self.nlri) {
            (_, Nlri::Items { .. }) if !self.is_of_internet() => Table::OtherRoutes,
            (RouteKind::Rib, _) => Table::Rib,
            (RouteKind::Announce | RouteKind::Withdraw, _) => Table::Routes,
        }
    }

    /// Whether its family is IPv4 or IPv6 unicast, multicast or labelled unicast.
    fn is_of_internet(&self) -> bool {
        matches!((self.afi, self.safi), (1 | 2, 1 | 2 | 4))
    }

    /// The run of the first `rows` rows and that of the others; all are in one of them if there is nothing to cut.
    pub fn split_at(&self, rows: usize) -> (Self, Option<Self>) {
        if rows >= self.rows() {
            return (*self, None);
        }
        let (first, others) = self.nlri.split_at(rows);
        let item = self.item.wrapping_add(rows as i32);
        let others = Self {
            nlri: others,
            item,
            ..*self
        };
        (
            Self {
                nlri: first,
                ..*self
            },
            Some(others),
        )
    }
}

/// What happened to the prefixes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// Announced, or announced anew.
    Announce,
    /// Withdrawn, or treated as withdrawn.
    Withdraw,
    /// Found in a table dump.
    Rib,
}

impl RouteKind {
    /// All, by their number.
    pub(crate) const ALL: [Self; 3] = [Self::Announce, Self::Withdraw, Self::Rib];

    /// As in the column `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Announce => "announce",
            Self::Withdraw => "withdraw",
            Self::Rib => "rib",
        }
    }
}

/// What was done about a malformed message that still gave rows (RFC 7606, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// The announced prefixes are counted as withdrawn.
    TreatAsWithdraw,
    /// The bad attribute was ignored.
    AttributeDiscard,
    /// A table dump's entry with malformed attributes: kept, never treated as withdrawn.
    MalformedRibEntry,
    /// The prefixes before the unreadable rest were kept.
    PartialNlri,
}

impl RouteError {
    /// All, by their number.
    pub(crate) const ALL: [Self; 4] = [
        Self::TreatAsWithdraw,
        Self::AttributeDiscard,
        Self::MalformedRibEntry,
        Self::PartialNlri,
    ];

    /// As in the column `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TreatAsWithdraw => "treat_as_withdraw",
            Self::AttributeDiscard => "attribute_discard",
            Self::MalformedRibEntry => "malformed_rib_entry",
            Self::PartialNlri => "partial_nlri",
        }
    }
}

/// Network Layer Reachability Information of a run.
#[derive(Clone, Copy, Debug)]
pub enum Nlri<'a> {
    /// Prefixes, never none; `path_ids` is empty, or holds one for each (RFC 7911).
    Prefixes {
        /// The prefixes.
        prefixes: &'a [Prefix],
        /// Their path identifiers.
        path_ids: &'a [u32],
    },
    /// NLRI that hold more than a prefix, never none: one row each.
    Items {
        /// The NLRI.
        items: &'a [NlriItem],
        /// The octets that they point into.
        octets: &'a [u8],
    },
}

impl Nlri<'_> {
    fn split_at(self, rows: usize) -> (Self, Self) {
        match self {
            Self::Prefixes { prefixes, path_ids } => {
                let (first, others) = prefixes.split_at(rows);
                let (first_ids, other_ids) = path_ids.split_at(rows.min(path_ids.len()));
                let part = |prefixes, path_ids| Self::Prefixes { prefixes, path_ids };
                (part(first, first_ids), part(others, other_ids))
            }
            Self::Items { items, octets } => {
                let (first, others) = items.split_at(rows);
                let part = |items| Self::Items { items, octets };
                (part(first), part(others))
            }
        }
    }
}

/// One NLRI that may hold more than a prefix: labels, a route distinguisher, or fields that no column has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NlriItem {
    /// The prefix, where there is one.
    pub prefix: Option<Prefix>,
    /// Path Identifier (RFC 7911).
    pub path_id: Option<u32>,
    /// Route Distinguisher (RFC 4364, section 4.2).
    pub rd: Option<[u8; 8]>,
    /// MPLS label entries, 3 octets each (RFC 8277, section 2).
    pub labels: Option<Part>,
    /// The NLRI as received, where the columns do not tell all of it.
    pub raw: Option<Part>,
}

/// Where something lies among the octets of its run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Offset of its first octet.
    pub start: u32,
    /// Number of its octets.
    pub octets: u32,
}

impl Part {
    /// The part itself; empty if it does not lie within `octets`.
    #[inline]
    pub fn of(self, octets: &[u8]) -> &[u8] {
        let start = self.start as usize;
        let end = start.saturating_add(self.octets as usize);
        octets.get(start..end).unwrap_or_default()
    }
}

/// An IP prefix with its host bits cleared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    high: u64,
    low: u64,
    code: u16,
}

impl Prefix {
    const V6: u16 = 256;

    /// `address` as a number, host bits cleared by the caller; `length` at most 32.
    #[inline]
    pub const fn v4(address: u32, length: u8) -> Self {
        Self {
            high: address as u64,
            low: 0,
            code: length as u16,
        }
    }

    /// Upper and lower 64 bits, host bits cleared by the caller; `length` at most 128.
    #[inline]
    pub const fn v6(high: u64, low: u64, length: u8) -> Self {
        Self {
            high,
            low,
            code: length as u16 | Self::V6,
        }
    }

    /// Prefix length in bits.
    #[inline]
    pub const fn length(self) -> u8 {
        (self.code & 0xff) as u8
    }

    /// Whether it is an IPv6 prefix.
    #[inline]
    pub const fn is_v6(self) -> bool {
        self.code & Self::V6 != 0
    }

    /// The IPv4 address, or the upper 64 bits of the IPv6 address.
    #[inline]
    pub const fn high(self) -> u64 {
        self.high
    }

    /// The lower 64 bits of an IPv6 address; 0 for IPv4.
    #[inline]
    pub const fn low(self) -> u64 {
        self.low
    }
}

/// Path attributes of one message. Lists are octets as on the wire: builders turn them into numbers while copying.
/// An absent attribute is none, never zero.
#[derive(Clone, Copy, Debug)]
pub struct PathAttributes<'a> {
    /// ORIGIN code: 0 IGP, 1 EGP, 2 INCOMPLETE (RFC 4271).
    pub origin: Option<u8>,
    /// AS_PATH, after the merge with AS4_PATH (RFC 6793).
    pub as_path: Option<AsPath<'a>>,
    /// The width of the ASNs was inferred from the octets, against what the message says.
    pub as_width_inferred: bool,
    /// NEXT_HOP, or the global next hop of MP_REACH_NLRI.
    pub next_hop: Option<IpAddr>,
    /// The link-local next hop beside it (RFC 2545).
    pub next_hop_link_local: Option<Ipv6Addr>,
    /// MULTI_EXIT_DISC.
    pub med: Option<u32>,
    /// LOCAL_PREF.
    pub local_pref: Option<u32>,
    /// ATOMIC_AGGREGATE.
    pub atomic_aggregate: bool,
    /// AGGREGATOR, after the merge with AS4_AGGREGATOR: ASN and address.
    pub aggregator: Option<(u32, Ipv4Addr)>,
    /// ORIGINATOR_ID (RFC 4456).
    pub originator_id: Option<Ipv4Addr>,
    /// CLUSTER_LIST (RFC 4456): 4 octets each.
    pub cluster_list: Option<&'a [u8]>,
    /// COMMUNITIES (RFC 1997): 4 octets each.
    pub communities: Option<&'a [u8]>,
    /// LARGE_COMMUNITY (RFC 8092): 12 octets each.
    pub large_communities: Option<&'a [u8]>,
    /// Extended communities (RFC 4360): 8 octets each.
    pub ext_communities: Option<&'a [u8]>,
    /// IPv6 address specific extended communities (RFC 5701): 20 octets each.
    pub ipv6_ext_communities: Option<&'a [u8]>,
    /// OTC (RFC 9234).
    pub only_to_customer: Option<u32>,
    /// AIGP metric (RFC 7311).
    pub aigp: Option<u64>,
    /// ASN of the collector, where it stood at the front of AS_PATH and has been stripped from it.
    pub stripped_asn: Option<u32>,
    /// Attributes that are kept as received: flags, code, length, value, one after the other. Empty if none.
    pub raw: &'a [u8],
}

impl PathAttributes<'_> {
    /// None at all, as a withdrawal has them.
    pub const NONE: PathAttributes<'static> = PathAttributes {
        origin: None,
        as_path: None,
        as_width_inferred: false,
        next_hop: None,
        next_hop_link_local: None,
        med: None,
        local_pref: None,
        atomic_aggregate: false,
        aggregator: None,
        originator_id: None,
        cluster_list: None,
        communities: None,
        large_communities: None,
        ext_communities: None,
        ipv6_ext_communities: None,
        only_to_customer: None,
        aigp: None,
        stripped_asn: None,
        raw: &[],
    };
}

impl Default for PathAttributes<'_> {
    fn default() -> Self {
        Self::NONE
    }
}

/// AS_PATH as segments: type 1 AS_SET, 2 AS_SEQUENCE, 3 AS_CONFED_SEQUENCE, 4 AS_CONFED_SET (RFC 4271, 5065).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsPath<'a> {
    /// One plain AS_SEQUENCE (or none at all): four octets per ASN, without the segment header.
    Sequence(&'a [u8]),
    /// Any segments, each: u8 type, u8 count, then four octets per ASN. They are well-formed.
    Segments(&'a [u8]),
}
