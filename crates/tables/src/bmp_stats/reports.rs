//! Columns whose values all rows of one Statistics Report share: where it comes from, when it was seen, and who told.

use super::BmpReport;
use crate::build::{
    AddressKeys, Dictionary, Keys, Marks, Numbers, Span, Stage, TextKeys, Validities, Validity,
    named, names,
};
use crate::{Kind, RibView};
use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};

/// What the rows of a report share. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Report {
    kafka_topic: i32,
    kafka_partition: i32,
    kafka_offset: i64,
    item: i32,
    observed_at: i64,
    brokered_at: i64,
    ingested_at: i64,
    reported_at: i64,
    project: i32,
    collector: i32,
    router: i32,
    format: i32,
    router_at: i64,
    peer_ip: i32,
    peer_bgp_id: i32,
    peer_asn: u32,
    peer_distinguisher: i32,
    rib_view: i32,
    present: u32,
}

/// Presence bits of a report.
mod present {
    pub(super) const BROKERED_AT: u32 = 1;
    pub(super) const REPORTED_AT: u32 = 1 << 1;
    pub(super) const PROJECT: u32 = 1 << 2;
    pub(super) const COLLECTOR: u32 = 1 << 3;
    pub(super) const ROUTER: u32 = 1 << 4;
    pub(super) const ROUTER_AT: u32 = 1 << 5;
    pub(super) const BGP_ID: u32 = 1 << 6;
    pub(super) const DISTINGUISHER: u32 = 1 << 7;
}

/// The columns.
#[derive(Debug)]
pub(super) struct ReportColumns {
    marks: Marks,
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
    peer_ip: AddressKeys,
    peer_bgp_id: AddressKeys,
    peer_asn: Numbers<Int64Type>,
    peer_distinguisher: TextKeys,
    rib_view: Keys,
    rib_views: Dictionary,
}

impl ReportColumns {
    pub(super) fn new() -> Self {
        Self {
            marks: Marks::default(),
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
            peer_ip: AddressKeys::default(),
            peer_bgp_id: AddressKeys::default(),
            peer_asn: Numbers::new(Kind::Long),
            peer_distinguisher: TextKeys::default(),
            rib_view: Keys::default(),
            rib_views: names(&RibView::ALL.map(RibView::name)),
        }
    }

    /// What the rows of `report` share.
    #[inline]
    pub(super) fn of(&mut self, report: &BmpReport<'_>) -> Report {
        let (provenance, peer, seen) = (report.provenance, report.peer, report.observed_at);
        let (project, collector) = (named(provenance.project), named(provenance.collector));
        Report {
            kafka_topic: self.kafka_topic.key(provenance.kafka_topic),
            kafka_partition: provenance.kafka_partition,
            kafka_offset: provenance.kafka_offset,
            item: report.item,
            observed_at: seen.at,
            brokered_at: provenance.brokered_at.unwrap_or_default(),
            ingested_at: provenance.ingested_at,
            reported_at: seen.reported_at.unwrap_or_default(),
            project: self.project.optional_key(project),
            collector: self.collector.optional_key(collector),
            router: self.router.optional_key(provenance.router),
            format: self.format.static_key(provenance.format),
            router_at: report.router_at.unwrap_or_default(),
            peer_ip: self.peer_ip.key(peer.ip),
            peer_bgp_id: self.peer_bgp_id.optional_key_v4(peer.bgp_id),
            peer_asn: peer.asn,
            peer_distinguisher: self.peer_distinguisher.optional_key(peer.distinguisher),
            rib_view: report.rib_view as i32,
            present: bit(provenance.brokered_at.is_some(), present::BROKERED_AT)
                | bit(seen.reported_at.is_some(), present::REPORTED_AT)
                | bit(project.is_some(), present::PROJECT)
                | bit(collector.is_some(), present::COLLECTOR)
                | bit(provenance.router.is_some(), present::ROUTER)
                | bit(report.router_at.is_some(), present::ROUTER_AT)
                | bit(peer.bgp_id.is_some(), present::BGP_ID)
                | bit(peer.distinguisher.is_some(), present::DISTINGUISHER),
        }
    }

    /// The rows of these reports.
    pub(super) fn push(&mut self, reports: &[Span<Report>], rows: usize) {
        for report in reports {
            self.marks.push(report.values.present, report.rows);
        }
        let any = reports
            .iter()
            .fold(0, |any, report| any | report.values.present);
        let stage = Stage {
            spans: reports,
            rows,
            any,
        };
        self.push_provenance(&stage);
        self.router_at
            .push_optional(&stage, present::ROUTER_AT, |report| report.router_at);
        self.peer_ip.push(&stage, |report| report.peer_ip);
        self.peer_bgp_id
            .push_optional(&stage, present::BGP_ID, |report| report.peer_bgp_id);
        self.peer_asn
            .push(&stage, |report| i64::from(report.peer_asn));
        self.peer_distinguisher
            .push_optional(&stage, present::DISTINGUISHER, |report| {
                report.peer_distinguisher
            });
        self.rib_view.push(&stage, |report| report.rib_view);
    }

    fn push_provenance(&mut self, stage: &Stage<'_, Report>) {
        self.kafka_topic.push(stage, |report| report.kafka_topic);
        self.kafka_partition
            .push(stage, |report| report.kafka_partition);
        self.kafka_offset.push(stage, |report| report.kafka_offset);
        self.item.push_ascending(stage, |report| report.item);
        self.observed_at.push(stage, |report| report.observed_at);
        self.brokered_at
            .push_optional(stage, present::BROKERED_AT, |report| report.brokered_at);
        self.ingested_at.push(stage, |report| report.ingested_at);
        self.reported_at
            .push_optional(stage, present::REPORTED_AT, |report| report.reported_at);
        self.project
            .push_optional(stage, present::PROJECT, |report| report.project);
        self.collector
            .push_optional(stage, present::COLLECTOR, |report| report.collector);
        self.router
            .push_optional(stage, present::ROUTER, |report| report.router);
        self.format.push(stage, |report| report.format);
    }

    /// The arrays of all rows.
    pub(super) fn finish(&mut self, arrays: &mut Vec<ArrayRef>) {
        let validities = Validities::new(&self.marks);
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
            self.project.finish(&validities.of(present::PROJECT)),
            self.collector.finish(&validities.of(present::COLLECTOR)),
            self.router.finish(&validities.of(present::ROUTER)),
            self.format.finish(&Validity::Full),
            self.router_at.finish(&validities.of(present::ROUTER_AT)),
            self.peer_ip.finish(&Validity::Full),
            self.peer_bgp_id.finish(&validities.of(present::BGP_ID)),
            self.peer_asn.finish(&Validity::Full),
            self.peer_distinguisher
                .finish(&validities.of(present::DISTINGUISHER)),
            self.rib_view.finish(&Validity::Full, &self.rib_views),
        ]);
        self.marks.clear();
    }
}

#[inline]
fn bit(is_present: bool, bit: u32) -> u32 {
    u32::from(is_present) * bit
}
