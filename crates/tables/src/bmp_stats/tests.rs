//! Rows that share a report, and rows that only seem to.

use super::{BmpStatRow, BmpStatsBuilder};
use crate::{ObservedAt, ObservedAtSource, Peer, Provenance, RibView};
use arrow::array::Array;
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
const ROW: BmpStatRow<'static> = BmpStatRow {
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
    stat_type: 7,
    stat_name: Some("adj_in_routes"),
    family: None,
    value: Some(1),
    value_raw: None,
};

/// Every row gives the same among the others as alone, whatever it shares with the one before.
#[test]
fn rows_together_are_as_alone() {
    let others = [
        Provenance {
            router: Some("r2"),
            ..PROVENANCE
        },
        Provenance {
            router: None,
            ..PROVENANCE
        },
        Provenance {
            collector: "rrc01",
            ..PROVENANCE
        },
        Provenance {
            project: "ris",
            ..PROVENANCE
        },
        Provenance {
            kafka_offset: 5,
            ..PROVENANCE
        },
        Provenance {
            kafka_partition: 4,
            ..PROVENANCE
        },
        Provenance {
            brokered_at: Some(0),
            ..PROVENANCE
        },
    ];
    let peers = [
        Peer {
            ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 3)),
            ..PEER
        },
        Peer { asn: 64501, ..PEER },
        Peer {
            bgp_id: None,
            ..PEER
        },
        Peer {
            distinguisher: Some("1:1"),
            ..PEER
        },
    ];
    let of_peers = peers.iter().map(|peer| BmpStatRow { peer, ..ROW });
    let of_others = others
        .iter()
        .map(|provenance| BmpStatRow { provenance, ..ROW });
    let of_one = [
        BmpStatRow {
            observed_at: ObservedAt {
                at: 6,
                ..ROW.observed_at
            },
            ..ROW
        },
        BmpStatRow {
            observed_at: ObservedAt {
                reported_at: Some(0),
                ..ROW.observed_at
            },
            ..ROW
        },
        BmpStatRow {
            router_at: Some(0),
            ..ROW
        },
        BmpStatRow {
            rib_view: RibView::LocRib,
            ..ROW
        },
        BmpStatRow {
            stat_type: 71,
            stat_name: Some("another"),
            ..ROW
        },
        BmpStatRow {
            stat_name: None,
            value: Some(u64::MAX),
            value_raw: Some(&[1, 2]),
            ..ROW
        },
        BmpStatRow {
            family: Some((2, 1)),
            value: None,
            ..ROW
        },
    ];
    let varied = of_peers.chain(of_others).chain(of_one);
    let rows: Vec<_> = varied.flat_map(|row| [ROW, row, row]).collect();
    // More than wait at once.
    check(rows.iter().copied().cycle().take(20 * rows.len()));
}

/// Numbered as rows of one message, and again so that none follows the one before.
fn check<'a>(rows: impl Iterator<Item = BmpStatRow<'a>> + Clone) {
    for step in [1, 0] {
        let numbered = rows.clone().zip(0..).map(|(row, number)| BmpStatRow {
            item: number * step,
            ..row
        });
        let numbered: Vec<_> = numbered.collect();
        let mut together = BmpStatsBuilder::new();
        numbered.iter().for_each(|row| together.append(row));
        let together = together.finish();
        assert_eq!(together.num_rows(), numbered.len());
        let mut alone = BmpStatsBuilder::new();
        for (place, row) in numbered.iter().enumerate() {
            alone.append(row);
            let alone = alone.finish();
            for (one, of_many) in alone.columns().iter().zip(together.columns()) {
                assert_eq!(one, &of_many.slice(place, 1), "{row:?}");
            }
        }
    }
}
