//! Reports together, and each of their rows alone.

use super::{BmpReport, BmpStat, BmpStatsBuilder};
use crate::{
    BATCH_ROWS, Builders, ObservedAt, ObservedAtSource, Peer, Provenance, RibView, RowSink, Table,
};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type};
use std::net::{IpAddr, Ipv4Addr};

const PROVENANCE: Provenance<'static> = Provenance {
    kafka_topic: "t",
    kafka_partition: 3,
    kafka_offset: 4,
    brokered_at: None,
    ingested_at: 6,
    project: "",
    collector: "rrc00",
    router: Some("r1"),
    format: "openbmp",
};
const PEER: Peer<'static> = Peer {
    ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    asn: 64500,
    bgp_id: Some(Ipv4Addr::new(192, 0, 2, 2)),
    distinguisher: None,
};
const STAT: BmpStat<'static> = BmpStat {
    stat_type: 7,
    stat_name: Some("adj_in_routes"),
    family: None,
    value: Some(1),
    value_raw: None,
};
const REPORT: BmpReport<'static> = BmpReport {
    provenance: &PROVENANCE,
    item: 0,
    observed_at: ObservedAt {
        at: 5,
        source: ObservedAtSource::PerPeer,
        reported_at: None,
    },
    router_at: None,
    peer: &PEER,
    rib_view: RibView::AdjInPre,
    stats: &[],
};

/// Every row is the same among others as alone, whatever stands beside it.
#[test]
fn rows_together_are_as_alone() {
    let (provenances, peers, stats) = (provenances(), peers(), stats());
    let of_provenances = provenances.iter().map(|provenance| BmpReport {
        provenance,
        ..REPORT
    });
    let of_peers = peers.iter().map(|peer| BmpReport { peer, ..REPORT });
    let varied: Vec<_> = of_provenances.chain(of_peers).chain(times()).collect();
    // Of any length, and more rows than wait at once. First of one kind only, so that columns are constant, or null.
    let plain = [STAT; 9];
    let reports = varied.iter().cycle().zip(0..).take(20 * varied.len());
    let mut reports: Vec<_> = reports
        .map(|(report, number)| BmpReport {
            item: number,
            stats: &stats[..number as usize % (stats.len() + 1)],
            ..*report
        })
        .collect();
    reports.splice(
        0..0,
        [plain.len(), 4, 1].map(|rows| BmpReport {
            stats: &plain[..rows],
            ..REPORT
        }),
    );
    check(&reports);
    check(&reports[..3]);
}

fn provenances() -> [Provenance<'static>; 7] {
    let mut all = [PROVENANCE; 7];
    all[0].router = Some("r2");
    all[1].router = None;
    all[2].collector = "rrc01";
    all[3].project = "ris";
    all[4].kafka_offset = 5;
    all[5].kafka_partition = 4;
    all[6].brokered_at = Some(0);
    all
}

fn peers() -> [Peer<'static>; 4] {
    let mut all = [PEER; 4];
    all[0].ip = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 3));
    all[1].asn = 64501;
    all[2].bgp_id = None;
    all[3].distinguisher = Some("1:1");
    all
}

fn times() -> [BmpReport<'static>; 4] {
    let mut all = [REPORT; 4];
    all[0].observed_at.at = 6;
    all[1].observed_at.reported_at = Some(0);
    all[2].router_at = Some(0);
    all[3].rib_view = RibView::LocRib;
    all
}

fn stats() -> [BmpStat<'static>; 9] {
    let mut all = [STAT; 9];
    // The same place among the names that are known by their type.
    (all[1].stat_type, all[1].stat_name) = (71, Some("another"));
    (all[2].stat_name, all[2].value) = (None, Some(u64::MAX));
    all[2].value_raw = Some(&[1, 2]);
    (all[4].family, all[4].value) = (Some((2, 1)), None);
    all[5] = all[4];
    all[6].value_raw = Some(&[]);
    all[7].value_raw = Some(&[3]);
    all
}

fn check(reports: &[BmpReport<'_>]) {
    let mut together = BmpStatsBuilder::new();
    for report in reports {
        assert!(together.append(report).is_none());
    }
    let together = together.finish();
    let mut alone = BmpStatsBuilder::new();
    let mut place = 0;
    for report in reports {
        for (stat, item) in report.stats.chunks(1).zip(report.item..) {
            let stats = stat;
            assert!(
                alone
                    .append(&BmpReport {
                        stats,
                        item,
                        ..*report
                    })
                    .is_none()
            );
            let alone = alone.finish();
            for (one, of_many) in alone.columns().iter().zip(together.columns()) {
                assert_eq!(one, &of_many.slice(place, 1), "{stat:?}");
            }
            place += 1;
        }
    }
    assert_eq!(together.num_rows(), place);
}

/// A mebibyte of statistics without a value is a quarter of a million rows.
#[test]
fn a_long_report_is_cut_into_batches() {
    let stats: Vec<_> = (0..100_000)
        .map(|value| BmpStat {
            value: Some(value),
            ..STAT
        })
        .collect();
    let mut builders = Builders::new();
    for stats in [&stats[..5], &stats] {
        builders.bmp_stats(&BmpReport { stats, ..REPORT });
    }
    let mut batches: Vec<_> = builders.full().collect();
    assert!(
        batches
            .iter()
            .all(|(_, batch)| batch.num_rows() == BATCH_ROWS)
    );
    batches.extend(builders.finish());
    assert!(batches.iter().all(|(table, _)| *table == Table::BmpStats));
    let found: Vec<_> = batches
        .iter()
        .flat_map(|(_, batch)| numbered(batch))
        .collect();
    let expected: Vec<_> = (0..5).chain(0..100_000).collect();
    assert_eq!(found, expected);
}

/// The values of a batch, which are those of `item`.
fn numbered(batch: &RecordBatch) -> Vec<i64> {
    let items = batch["item"].as_primitive::<Int32Type>().values();
    let values = batch["value"].as_primitive::<Int64Type>().values();
    assert!(
        items
            .iter()
            .map(|item| i64::from(*item))
            .eq(values.iter().copied())
    );
    values.to_vec()
}
