//! Where a partition begins: where the ledger stands, or by the feed's policy if the ledger does not know it.

use crate::config::{Feed, OnGap, Start};
use anyhow::{Result, bail};
use kafka::{Cluster, TopicPartition, Watermarks};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of topics and feeds before anything is consumed.
pub(super) struct Contacts {
    /// Feeds of which the ledger knew a topic when this process started.
    known_feeds: BTreeSet<usize>,
    cluster_id: Option<String>,
}

impl Contacts {
    pub(super) fn new(known_feeds: BTreeSet<usize>, cluster: &Cluster) -> Self {
        Self {
            known_feeds,
            cluster_id: cluster.id(),
        }
    }

    /// Where partitions begin that the ledger does not know. `start` counts at the first contact with the feed only: what
    /// appears later begins at its beginning, for nobody was there to skip it on purpose.
    pub(super) fn first_offsets(
        &self,
        cluster: &Cluster,
        feed_number: usize,
        feed: &Feed,
        partitions: &[TopicPartition],
    ) -> Result<Vec<i64>> {
        let marks = cluster.watermarks(partitions)?;
        let start = if self.known_feeds.contains(&feed_number) {
            Start::Earliest
        } else {
            feed.start
        };
        Ok(match start {
            Start::Earliest => marks.iter().map(|mark| mark.low).collect(),
            Start::Latest => marks.iter().map(|mark| mark.high).collect(),
            Start::At(at_us) => cluster.offsets_at(partitions, at_us)?,
        })
    }

    /// Cluster id and topic id of each topic, where the broker can say.
    pub(super) fn topic_ids(
        &self,
        cluster: &Cluster,
        topics: &BTreeSet<&str>,
    ) -> BTreeMap<String, String> {
        let Some(cluster_id) = &self.cluster_id else {
            return BTreeMap::new();
        };
        let names: Vec<&str> = topics.iter().copied().collect();
        let ids = cluster.topic_ids(&names);
        ids.into_iter()
            .map(|(topic, id)| (topic, format!("{cluster_id}/{id}")))
            .collect()
    }
}

/// Refuses a topic that is not the one the ledger knows: the same offsets would mean other messages.
pub(super) fn check_topic_id(topic: &str, recorded: Option<&str>, found: &str) -> Result<()> {
    match recorded {
        Some(recorded) if recorded != found => bail!(
            "topic {topic} is not the one that this lake has read: its id was {recorded} and is {found} (topic made anew, or another cluster). \
             Its offsets would mean other messages. Publish it to a lake, or a namespace, of its own"
        ),
        _ => Ok(()),
    }
}

/// The offset to begin at, when the ledger says `committed` and Kafka holds `marks`.
pub(super) fn begin_at(
    partition: &TopicPartition,
    committed: i64,
    marks: Watermarks,
    on_gap: OnGap,
) -> Result<i64> {
    if committed > marks.high {
        bail!(
            "{partition}: the lake has read up to offset {committed}, but the topic ends at {}: it was made anew, or the brokers lost messages. \
             Publish it to a lake, or a namespace, of its own",
            marks.high
        );
    }
    if committed >= marks.low {
        return Ok(committed);
    }
    let lost = marks.low - committed;
    match on_gap {
        OnGap::Stop => bail!(
            "{partition}: offsets {committed} to {} ({lost} of them) are gone: retention deleted them before they were read. \
             Set on_gap = \"record\" in the feed to record the gap and go on",
            marks.low - 1
        ),
        OnGap::Record => {
            tracing::warn!(%partition, from = committed, to = marks.low, lost, "offsets are gone: recorded as a gap");
            Ok(marks.low)
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn at(committed: i64, low: i64, high: i64, on_gap: OnGap) -> Result<i64> {
        begin_at(
            &TopicPartition::new("t", 0),
            committed,
            Watermarks { low, high },
            on_gap,
        )
    }

    #[test]
    fn a_gap_stops_or_is_recorded() {
        assert_eq!(at(5, 0, 9, OnGap::Stop).unwrap(), 5);
        assert_eq!(at(9, 9, 9, OnGap::Stop).unwrap(), 9);
        assert!(
            at(5, 7, 9, OnGap::Stop)
                .unwrap_err()
                .to_string()
                .contains("offsets 5 to 6 (2 of them) are gone")
        );
        assert_eq!(at(5, 7, 9, OnGap::Record).unwrap(), 7);
    }

    #[test]
    fn an_offset_beyond_the_end_is_another_topic() {
        assert!(
            at(10, 0, 9, OnGap::Record)
                .unwrap_err()
                .to_string()
                .contains("made anew")
        );
    }

    #[test]
    fn a_topic_made_anew_is_refused() {
        assert!(check_topic_id("t", None, "c/1").is_ok());
        assert!(check_topic_id("t", Some("c/1"), "c/1").is_ok());
        assert!(
            check_topic_id("t", Some("c/1"), "c/2")
                .unwrap_err()
                .to_string()
                .contains("made anew")
        );
    }
}
