//! Columns that say where a route comes from, when it was seen, and who told.

use super::staged::{Context, Seen, Staged, StagedPeer, context, mark, present};
use crate::build::{
    AddressKeys, Dictionary, Keys, Marks, Numbers, Stage, TextKeys, Validities, Validity, named,
    names,
};
use crate::{Kind, ObservedAtSource, Peer, RibView, RouteRun};
use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};

/// The columns of provenance and time.
#[derive(Debug)]
pub(super) struct SeenColumns {
    context_marks: Marks,
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
    observed_at_source: Keys,
    sources: Dictionary,
    router_at: Numbers<TimestampMicrosecondType>,
    originated_at: Numbers<TimestampMicrosecondType>,
}

impl SeenColumns {
    pub(super) fn new() -> Self {
        Self {
            context_marks: Marks::default(),
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
            observed_at_source: Keys::default(),
            sources: names(&ObservedAtSource::ALL.map(ObservedAtSource::name)),
            router_at: Numbers::new(Kind::Timestamp),
            originated_at: Numbers::new(Kind::Timestamp),
        }
    }

    #[inline]
    pub(super) fn context(&mut self, run: &RouteRun<'_>) -> Context {
        let provenance = run.provenance;
        let (project, collector) = (named(provenance.project), named(provenance.collector));
        Context {
            kafka_topic: self.kafka_topic.key(provenance.kafka_topic),
            kafka_partition: provenance.kafka_partition,
            ingested_at: provenance.ingested_at,
            project: self.project.optional_key(project),
            collector: self.collector.optional_key(collector),
            router: self.router.optional_key(provenance.router),
            format: self.format.static_key(provenance.format),
            observed_at_source: run.observed_at.source as i32,
            rib_view: run.rib_view as i32,
            present: mark(project.is_some(), context::PROJECT)
                | mark(collector.is_some(), context::COLLECTOR)
                | mark(provenance.router.is_some(), context::ROUTER),
        }
    }

    /// Fills `to`, which is all zeros, and returns the presence bits.
    #[inline]
    pub(super) fn stage(run: &RouteRun<'_>, to: &mut Seen) -> u32 {
        to.kafka_offset = run.provenance.kafka_offset;
        to.item = run.item;
        to.observed_at = run.observed_at.at;
        to.brokered_at = run.provenance.brokered_at.unwrap_or_default();
        to.originated_at = run.originated_at.unwrap_or_default();
        let mut marks = mark(run.provenance.brokered_at.is_some(), present::BROKERED_AT)
            | mark(run.originated_at.is_some(), present::ORIGINATED_AT);
        if let Some(reported_at) = run.observed_at.reported_at {
            marks |= present::REPORTED_AT;
            to.reported_at = reported_at;
        }
        if let Some(router_at) = run.router_at {
            marks |= present::ROUTER_AT;
            to.router_at = router_at;
        }
        marks
    }

    pub(super) fn expand(&mut self, stage: &Stage<'_, Staged>, contexts: &Stage<'_, Context>) {
        for span in contexts.spans {
            self.context_marks.push(span.values.present, span.rows);
        }
        self.kafka_topic
            .push(contexts, |context| context.kafka_topic);
        self.kafka_partition
            .push(contexts, |context| context.kafka_partition);
        self.ingested_at
            .push(contexts, |context| context.ingested_at);
        self.project
            .push_optional(contexts, context::PROJECT, |context| context.project);
        self.collector
            .push_optional(contexts, context::COLLECTOR, |context| context.collector);
        self.router
            .push_optional(contexts, context::ROUTER, |context| context.router);
        self.format.push(contexts, |context| context.format);
        self.observed_at_source
            .push(contexts, |context| context.observed_at_source);
        self.kafka_offset.push(stage, |run| run.seen.kafka_offset);
        self.item.push_ascending(stage, |run| run.seen.item);
        self.observed_at.push(stage, |run| run.seen.observed_at);
        self.brokered_at
            .push_optional(stage, present::BROKERED_AT, |run| run.seen.brokered_at);
        self.reported_at
            .push_optional(stage, present::REPORTED_AT, |run| run.seen.reported_at);
        self.router_at
            .push_optional(stage, present::ROUTER_AT, |run| run.seen.router_at);
        self.originated_at
            .push_optional(stage, present::ORIGINATED_AT, |run| run.seen.originated_at);
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let contexts = Validities::new(&self.context_marks);
        arrays.extend([
            self.kafka_topic.finish(&Validity::Full),
            self.kafka_partition.finish(&Validity::Full),
            self.kafka_offset.finish(&Validity::Full),
            self.item.finish(&Validity::Full),
            self.observed_at.finish(&Validity::Full),
            self.brokered_at
                .finish(&validities.of(present::BROKERED_AT)),
            self.ingested_at.finish(&Validity::Full),
            self.reported_at
                .finish(&validities.of(present::REPORTED_AT)),
            self.project.finish(&contexts.of(context::PROJECT)),
            self.collector.finish(&contexts.of(context::COLLECTOR)),
            self.router.finish(&contexts.of(context::ROUTER)),
            self.format.finish(&Validity::Full),
            self.observed_at_source
                .finish(&Validity::Full, &self.sources),
            self.router_at.finish(&validities.of(present::ROUTER_AT)),
            self.originated_at
                .finish(&validities.of(present::ORIGINATED_AT)),
        ]);
        self.context_marks.clear();
    }
}

/// The columns that tell of the peer, and which of its tables.
#[derive(Debug)]
pub(super) struct PeerColumns {
    ip: AddressKeys,
    bgp_id: AddressKeys,
    asn: Numbers<Int64Type>,
    distinguisher: TextKeys,
    rib_view: Keys,
    rib_views: Dictionary,
}

impl PeerColumns {
    pub(super) fn new() -> Self {
        Self {
            ip: AddressKeys::default(),
            bgp_id: AddressKeys::default(),
            asn: Numbers::new(Kind::Long),
            distinguisher: TextKeys::default(),
            rib_view: Keys::default(),
            rib_views: names(&RibView::ALL.map(RibView::name)),
        }
    }

    /// Fills `to`, which is all zeros, and returns the presence bits.
    #[inline]
    pub(super) fn stage(&mut self, peer: &Peer<'_>, to: &mut StagedPeer) -> u32 {
        to.ip = self.ip.key(peer.ip);
        to.asn = peer.asn;
        let mut marks = 0;
        if let Some(bgp_id) = peer.bgp_id {
            marks |= present::PEER_BGP_ID;
            to.bgp_id = self.bgp_id.key_v4(bgp_id);
        }
        if let Some(distinguisher) = peer.distinguisher {
            marks |= present::PEER_DISTINGUISHER;
            to.distinguisher = self.distinguisher.key(distinguisher);
        }
        marks
    }

    pub(super) fn expand(&mut self, stage: &Stage<'_, Staged>, contexts: &Stage<'_, Context>) {
        self.ip.push(stage, |run| run.peer.ip);
        self.bgp_id
            .push_optional(stage, present::PEER_BGP_ID, |run| run.peer.bgp_id);
        self.asn.push(stage, |run| i64::from(run.peer.asn));
        self.distinguisher
            .push_optional(stage, present::PEER_DISTINGUISHER, |run| {
                run.peer.distinguisher
            });
        self.rib_view.push(contexts, |context| context.rib_view);
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            self.ip.finish(&Validity::Full),
            self.bgp_id.finish(&validities.of(present::PEER_BGP_ID)),
            self.asn.finish(&Validity::Full),
            self.distinguisher
                .finish(&validities.of(present::PEER_DISTINGUISHER)),
            self.rib_view.finish(&Validity::Full, &self.rib_views),
        ]);
    }
}
