//! Columns that tables whose rows come in spans share: where a span comes from, when it was seen, and who told.

use super::{AddressKeys, Marks, Numbers, Stage, TextKeys, Validities, Validity, named};
use crate::{Kind, ObservedAt, Peer, Provenance};
use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};

/// Presence bits that every such table has: 1 to 5. All others are the table's own.
mod shared {
    pub(crate) const BROKERED_AT: u32 = 1 << 1;
    pub(crate) const REPORTED_AT: u32 = 1 << 2;
    pub(crate) const ROUTER_AT: u32 = 1 << 3;
    pub(crate) const PEER_BGP_ID: u32 = 1 << 4;
    pub(crate) const PEER_DISTINGUISHER: u32 = 1 << 5;
}

/// Presence bits of a [`Source`].
mod source {
    pub(super) const PROJECT: u32 = 1;
    pub(super) const COLLECTOR: u32 = 2;
    pub(super) const ROUTER: u32 = 4;
}

/// `bit` if `is_present`, else nothing.
#[inline]
pub(crate) fn mark(is_present: bool, bit: u32) -> u32 {
    u32::from(is_present).wrapping_neg() & bit
}

/// What a whole Kafka batch mostly has in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    kafka_topic: i32,
    kafka_partition: i32,
    ingested_at: i64,
    project: i32,
    collector: i32,
    router: i32,
    format: i32,
    present: u32,
}

/// When and where in its topic. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    kafka_offset: i64,
    item: i32,
    observed_at: i64,
    brokered_at: i64,
    reported_at: i64,
    router_at: i64,
}

impl Seen {
    /// Fills it, which is all zeros, and returns the presence bits.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        provenance: &Provenance<'_>,
        item: i32,
        observed_at: ObservedAt,
        router_at: Option<i64>,
    ) -> u32 {
        self.kafka_offset = provenance.kafka_offset;
        self.item = item;
        self.observed_at = observed_at.at;
        self.brokered_at = provenance.brokered_at.unwrap_or_default();
        let mut marks = mark(provenance.brokered_at.is_some(), shared::BROKERED_AT);
        if let Some(reported_at) = observed_at.reported_at {
            marks |= shared::REPORTED_AT;
            self.reported_at = reported_at;
        }
        if let Some(router_at) = router_at {
            marks |= shared::ROUTER_AT;
            self.router_at = router_at;
        }
        marks
    }
}

/// The columns of provenance and time.
#[derive(Debug)]
pub(crate) struct SeenColumns {
    source_marks: Marks,
    kafka_topic: TextKeys,
    kafka_partition: Numbers<Int32Type>,
    kafka_offset: Numbers<Int64Type>,
    item: Numbers<Int32Type>,
    observed_at: Numbers<TimestampMicrosecondType>,
    brokered_at: Numbers<TimestampMicrosecondType>,
    ingested_at: Numbers<TimestampMicrosecondType>,
    reported_at: Numbers<TimestampMicrosecondType>,
    project: TextKeys,
    collector: TextKeys,
    router: TextKeys,
    format: TextKeys,
    router_at: Numbers<TimestampMicrosecondType>,
}

impl SeenColumns {
    pub(crate) fn new() -> Self {
        Self {
            source_marks: Marks::default(),
            kafka_topic: TextKeys::default(),
            kafka_partition: Numbers::new(Kind::Int),
            kafka_offset: Numbers::new(Kind::Long),
            item: Numbers::new(Kind::Int),
            observed_at: Numbers::new(Kind::Timestamp),
            brokered_at: Numbers::new(Kind::Timestamp),
            ingested_at: Numbers::new(Kind::Timestamp),
            reported_at: Numbers::new(Kind::Timestamp),
            project: TextKeys::default(),
            collector: TextKeys::default(),
            router: TextKeys::default(),
            format: TextKeys::default(),
            router_at: Numbers::new(Kind::Timestamp),
        }
    }

    #[inline]
    pub(crate) fn source(&mut self, provenance: &Provenance<'_>) -> Source {
        let (project, collector) = (named(provenance.project), named(provenance.collector));
        Source {
            kafka_topic: self.kafka_topic.key(provenance.kafka_topic),
            kafka_partition: provenance.kafka_partition,
            ingested_at: provenance.ingested_at,
            project: self.project.optional_key(project),
            collector: self.collector.optional_key(collector),
            router: self.router.optional_key(provenance.router),
            format: self.format.static_key(provenance.format),
            present: mark(project.is_some(), source::PROJECT)
                | mark(collector.is_some(), source::COLLECTOR)
                | mark(provenance.router.is_some(), source::ROUTER),
        }
    }

    /// The rows of both stages, which are the same; `any` of `sources` is not looked at.
    pub(crate) fn push<V, C>(
        &mut self,
        stage: &Stage<'_, V>,
        seen: impl Fn(&V) -> &Seen + Copy,
        sources: &Stage<'_, C>,
        source: impl Fn(&C) -> &Source + Copy,
    ) {
        self.push_sources(sources, source);
        self.kafka_offset
            .push(stage, |span| seen(span).kafka_offset);
        self.item.push_ascending(stage, |span| seen(span).item);
        self.observed_at.push(stage, |span| seen(span).observed_at);
        self.brokered_at
            .push_optional(stage, shared::BROKERED_AT, |span| seen(span).brokered_at);
        self.reported_at
            .push_optional(stage, shared::REPORTED_AT, |span| seen(span).reported_at);
        self.router_at
            .push_optional(stage, shared::ROUTER_AT, |span| seen(span).router_at);
    }

    fn push_sources<C>(&mut self, sources: &Stage<'_, C>, source: impl Fn(&C) -> &Source + Copy) {
        let mut any = 0;
        for span in sources.spans {
            let present = source(&span.values).present;
            self.source_marks.push(present, span.rows);
            any |= u64::from(present);
        }
        let sources = &Stage { any, ..*sources };
        self.kafka_topic
            .push(sources, |span| source(span).kafka_topic);
        self.kafka_partition
            .push(sources, |span| source(span).kafka_partition);
        self.ingested_at
            .push(sources, |span| source(span).ingested_at);
        self.project
            .push_optional(sources, source::PROJECT, |span| source(span).project);
        self.collector
            .push_optional(sources, source::COLLECTOR, |span| source(span).collector);
        self.router
            .push_optional(sources, source::ROUTER, |span| source(span).router);
        self.format.push(sources, |span| source(span).format);
    }

    /// The columns that all tables begin with.
    pub(crate) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let sources = Validities::new(&self.source_marks);
        let router = self.router.finish(&sources.of(source::ROUTER));
        self.finish_but_router(validities, arrays);
        // Before the format.
        arrays.insert(arrays.len() - 1, router);
    }

    /// The same without the column `router`, for tables that have none.
    pub(crate) fn finish_without_router(
        &mut self,
        validities: &Validities<'_>,
        arrays: &mut Vec<ArrayRef>,
    ) {
        self.router.finish(&Validity::Empty);
        self.finish_but_router(validities, arrays);
    }

    fn finish_but_router(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let sources = Validities::new(&self.source_marks);
        arrays.extend([
            self.kafka_topic.finish(&Validity::Full),
            self.kafka_partition.finish(&Validity::Full),
            self.kafka_offset.finish(&Validity::Full),
            self.item.finish(&Validity::Full),
            self.observed_at.finish(&Validity::Full),
            self.brokered_at.finish(&validities.of(shared::BROKERED_AT)),
            self.ingested_at.finish(&Validity::Full),
            self.reported_at.finish(&validities.of(shared::REPORTED_AT)),
            self.project.finish(&sources.of(source::PROJECT)),
            self.collector.finish(&sources.of(source::COLLECTOR)),
            self.format.finish(&Validity::Full),
        ]);
        self.source_marks.clear();
    }

    /// The column `router_at`, which stands behind those in its own place.
    pub(crate) fn finish_router_at(&mut self, validities: &Validities<'_>) -> ArrayRef {
        self.router_at.finish(&validities.of(shared::ROUTER_AT))
    }
}

/// Who told. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Teller {
    ip: i32,
    bgp_id: i32,
    asn: u32,
    distinguisher: i32,
}

/// The columns that tell of the peer.
#[derive(Debug)]
pub(crate) struct TellerColumns {
    ip: AddressKeys,
    bgp_id: AddressKeys,
    asn: Numbers<Int64Type>,
    distinguisher: TextKeys,
}

impl TellerColumns {
    pub(crate) fn new() -> Self {
        Self {
            ip: AddressKeys::default(),
            bgp_id: AddressKeys::default(),
            asn: Numbers::new(Kind::Long),
            distinguisher: TextKeys::default(),
        }
    }

    /// Fills `to`, which is all zeros, and returns the presence bits.
    #[inline]
    pub(crate) fn fill(&mut self, peer: &Peer<'_>, to: &mut Teller) -> u32 {
        to.ip = self.ip.key(peer.ip);
        to.asn = peer.asn;
        let mut marks = 0;
        if let Some(bgp_id) = peer.bgp_id {
            marks |= shared::PEER_BGP_ID;
            to.bgp_id = self.bgp_id.key_v4(bgp_id);
        }
        if let Some(distinguisher) = peer.distinguisher {
            marks |= shared::PEER_DISTINGUISHER;
            to.distinguisher = self.distinguisher.key(distinguisher);
        }
        marks
    }

    pub(crate) fn push<V>(&mut self, stage: &Stage<'_, V>, teller: impl Fn(&V) -> &Teller + Copy) {
        self.ip.push(stage, |span| teller(span).ip);
        self.bgp_id
            .push_optional(stage, shared::PEER_BGP_ID, |span| teller(span).bgp_id);
        self.asn.push(stage, |span| i64::from(teller(span).asn));
        self.distinguisher
            .push_optional(stage, shared::PEER_DISTINGUISHER, |span| {
                teller(span).distinguisher
            });
    }

    pub(crate) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            self.ip.finish(&Validity::Full),
            self.bgp_id.finish(&validities.of(shared::PEER_BGP_ID)),
            self.asn.finish(&Validity::Full),
            self.distinguisher
                .finish(&validities.of(shared::PEER_DISTINGUISHER)),
        ]);
    }
}
