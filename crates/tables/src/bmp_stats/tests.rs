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
    let (provenances, peers) = (provenances(), peers());
    let of_provenances = provenances
        .iter()
        .map(|provenance| BmpStatRow { provenance, ..ROW });
    let of_peers = peers.iter().map(|peer| BmpStatRow { peer, ..ROW });
    let varied = of_provenances.chain(of_peers).chain(statistics());
    let rows: Vec<_> = varied.flat_map(|row| [ROW, row, row]).collect();
    // More than wait at once.
    check(rows.iter().copied().cycle().take(20 * rows.len()));
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

fn statistics() -> [BmpStatRow<'static>; 7] {
    let mut all = [ROW; 7];
    all[0].observed_at.at = 6;
    all[1].observed_at.reported_at = Some(0);
    all[2].router_at = Some(0);
    all[3].rib_view = RibView::LocRib;
    (all[4].stat_type, all[4].stat_name) = (71, Some("another"));
    (all[5].stat_name, all[5].value) = (None, Some(u64::MAX));
    all[5].value_raw = Some(&[1, 2]);
    (all[6].family, all[6].value) = (Some((2, 1)), None);
    all
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
