//! Columns of the path attributes (RFC 4271, section 5). Lists are copied here, when the run is appended.

use super::as_path::AsPaths;
use super::communities::Communities;
use super::staged::{Staged, StagedAttributes, present};
use crate::build::{
    AddressKeys, Dictionary, Flags, Keys, Numbers, Octets, Stage, Validities, mark, names,
};
use crate::{Kind, PathAttributes};
use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use std::net::IpAddr;

/// The columns of the path attributes.
#[derive(Debug)]
pub(super) struct AttributeColumns {
    next_hop: AddressKeys,
    next_hop_link_local: AddressKeys,
    as_paths: AsPaths,
    origin: Keys,
    origins: Dictionary,
    med: Numbers<Int64Type>,
    local_pref: Numbers<Int64Type>,
    aggregator_asn: Numbers<Int64Type>,
    only_to_customer: Numbers<Int64Type>,
    aigp: Numbers<Int64Type>,
    aggregator_ip: AddressKeys,
    originator_id: AddressKeys,
    communities: Communities,
    raw: Octets,
    atomic_aggregate: Flags,
    stripped_asn: Numbers<Int64Type>,
}

impl AttributeColumns {
    pub(super) fn new() -> Self {
        Self {
            next_hop: AddressKeys::default(),
            next_hop_link_local: AddressKeys::default(),
            as_paths: AsPaths::new(),
            origin: Keys::default(),
            origins: names(&ORIGINS),
            med: Numbers::new(Kind::Long),
            local_pref: Numbers::new(Kind::Long),
            aggregator_asn: Numbers::new(Kind::Long),
            only_to_customer: Numbers::new(Kind::Long),
            aigp: Numbers::new(Kind::Long),
            aggregator_ip: AddressKeys::default(),
            originator_id: AddressKeys::default(),
            communities: Communities::new(),
            raw: Octets::default(),
            atomic_aggregate: Flags::default(),
            stripped_asn: Numbers::new(Kind::Long),
        }
    }

    /// Copies the lists of `from` for so many rows, and fills `to`, which is all zeros. Returns the presence bits.
    #[inline]
    pub(super) fn stage(
        &mut self,
        from: &PathAttributes<'_>,
        rows: usize,
        to: &mut StagedAttributes,
    ) -> u32 {
        let mut marks = mark(from.atomic_aggregate, present::ATOMIC_AGGREGATE)
            | mark(from.as_width_inferred, present::AS_WIDTH_INFERRED);
        if let Some(next_hop) = from.next_hop {
            marks |= present::NEXT_HOP;
            to.next_hop = self.next_hop.key(next_hop);
        }
        if let Some(path) = from.as_path {
            marks |= self.as_paths.push_copies(path, rows, &mut to.as_path);
        }
        if let Some(code) = from.origin {
            marks |= mark(usize::from(code) < ORIGINS.len(), present::ORIGIN);
            to.origin = i32::from(code).min(ORIGINS.len() as i32 - 1);
        }
        marks |= mark(from.med.is_some(), present::MED)
            | mark(from.local_pref.is_some(), present::LOCAL_PREF);
        to.med = from.med.unwrap_or_default();
        to.local_pref = from.local_pref.unwrap_or_default();
        if let Some((asn, ip)) = from.aggregator {
            marks |= present::AGGREGATOR;
            (to.aggregator_asn, to.aggregator_ip) = (asn, self.aggregator_ip.key_v4(ip));
        }
        marks |= self
            .communities
            .push_copies(from, rows, &mut to.communities);
        if has_rare(from) {
            marks | self.stage_rare(from, rows, to)
        } else {
            marks
        }
    }

    #[inline(never)]
    fn stage_rare(
        &mut self,
        from: &PathAttributes<'_>,
        rows: usize,
        to: &mut StagedAttributes,
    ) -> u32 {
        let aigp = from.aigp.and_then(|metric| i64::try_from(metric).ok());
        let link_local = from.next_hop_link_local.map(IpAddr::V6);
        to.next_hop_link_local = self.next_hop_link_local.optional_key(link_local);
        to.only_to_customer = from.only_to_customer.unwrap_or_default();
        to.originator_id = self.originator_id.optional_key_v4(from.originator_id);
        to.aigp = aigp.unwrap_or_default();
        to.raw_octets = self.raw.push_copies(from.raw, rows);
        to.stripped_asn = from.stripped_asn.unwrap_or_default();
        mark(link_local.is_some(), present::NEXT_HOP_LINK_LOCAL)
            | mark(from.only_to_customer.is_some(), present::ONLY_TO_CUSTOMER)
            | mark(from.originator_id.is_some(), present::ORIGINATOR_ID)
            | mark(aigp.is_some(), present::AIGP)
            | mark(!from.raw.is_empty(), present::RAW)
            | mark(from.stripped_asn.is_some(), present::STRIPPED_ASN)
    }

    pub(super) fn expand(&mut self, stage: &Stage<'_, Staged>) {
        self.next_hop
            .push_optional(stage, present::NEXT_HOP, |run| run.attributes.next_hop);
        self.next_hop_link_local
            .push_optional(stage, present::NEXT_HOP_LINK_LOCAL, |run| {
                run.attributes.next_hop_link_local
            });
        self.as_paths.expand(stage);
        self.origin
            .push_optional(stage, present::ORIGIN, |run| run.attributes.origin);
        self.med
            .push_optional(stage, present::MED, |run| i64::from(run.attributes.med));
        self.local_pref
            .push_optional(stage, present::LOCAL_PREF, |run| {
                i64::from(run.attributes.local_pref)
            });
        self.aggregator_asn
            .push_optional(stage, present::AGGREGATOR, |run| {
                i64::from(run.attributes.aggregator_asn)
            });
        self.aggregator_ip
            .push_optional(stage, present::AGGREGATOR, |run| {
                run.attributes.aggregator_ip
            });
        self.only_to_customer
            .push_optional(stage, present::ONLY_TO_CUSTOMER, |run| {
                i64::from(run.attributes.only_to_customer)
            });
        self.aigp
            .push_optional(stage, present::AIGP, |run| run.attributes.aigp);
        self.originator_id
            .push_optional(stage, present::ORIGINATOR_ID, |run| {
                run.attributes.originator_id
            });
        self.communities.expand(stage);
        self.raw
            .push(stage, present::RAW, |run| run.attributes.raw_octets);
        self.stripped_asn
            .push_optional(stage, present::STRIPPED_ASN, |run| {
                i64::from(run.attributes.stripped_asn)
            });
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        arrays.push(self.next_hop.finish(&validities.of(present::NEXT_HOP)));
        arrays.push(
            self.next_hop_link_local
                .finish(&validities.of(present::NEXT_HOP_LINK_LOCAL)),
        );
        self.as_paths.finish(validities, arrays);
        let aggregator = validities.of(present::AGGREGATOR);
        arrays.extend([
            self.origin
                .finish(&validities.of(present::ORIGIN), &self.origins),
            self.med.finish(&validities.of(present::MED)),
            self.local_pref.finish(&validities.of(present::LOCAL_PREF)),
            self.aggregator_asn.finish(&aggregator),
            self.only_to_customer
                .finish(&validities.of(present::ONLY_TO_CUSTOMER)),
            self.aigp.finish(&validities.of(present::AIGP)),
            self.atomic_aggregate
                .finish(validities, present::ATOMIC_AGGREGATE),
            self.aggregator_ip.finish(&aggregator),
            self.originator_id
                .finish(&validities.of(present::ORIGINATOR_ID)),
        ]);
        self.communities.finish(validities, arrays);
        arrays.push(self.raw.finish(&validities.of(present::RAW)));
    }

    /// The column `stripped_asn`, which came later than the others and so stands last.
    pub(super) fn finish_stripped(&mut self, validities: &Validities<'_>) -> ArrayRef {
        self.stripped_asn
            .finish(&validities.of(present::STRIPPED_ASN))
    }
}

/// By code (RFC 4271, section 4.3); other codes are null.
const ORIGINS: [&str; 3] = ["igp", "egp", "incomplete"];

/// Whether it has attributes that few routes have.
#[inline]
fn has_rare(from: &PathAttributes<'_>) -> bool {
    from.next_hop_link_local.is_some()
        | from.only_to_customer.is_some()
        | from.originator_id.is_some()
        | from.aigp.is_some()
        | !from.raw.is_empty()
        | from.stripped_asn.is_some()
}
