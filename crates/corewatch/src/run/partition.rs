//! One partition in the hands of its worker: where it is, what it has counted since the last flush, what it has learned.

use crate::config::Feed;
use crate::pipeline::{MessageSink, Tally};
use crate::run::messages::{Beginning, PartitionPart};
use feeds::{Decoder, Notices, Outcome, StateError};
use kafka::{Message, TopicPartition};
use lake::Counts;
use std::sync::Arc;
use tables::Provenance;

/// A partition that a worker reads.
pub(super) struct Partition {
    pub(super) at: TopicPartition,
    /// Number of its feed in the configuration.
    pub(super) feed_number: usize,
    feed: Arc<Feed>,
    /// As the topic's name tells, else empty.
    project: String,
    /// The same.
    collector: String,
    decoder: Decoder,
    /// The last flush: where a rollback goes back to.
    base: Base,
    /// The flush that is on its way, if one is.
    pending: Option<Base>,
    next_offset: i64,
    counts: Counts,
    tally: Tally,
}

#[derive(Clone)]
struct Base {
    offset: i64,
    state: Vec<u8>,
    state_version: u64,
}

impl Partition {
    /// Begins where the ledger stands.
    pub(super) fn begin(beginning: &Beginning, feed: Arc<Feed>) -> Result<Self, StateError> {
        let mut decoder = Decoder::new(feed.decoder_settings());
        decoder.load_state(&beginning.state)?;
        let (project, collector) = observers(&feed, &beginning.partition.topic);
        let state_version = decoder.state_version();
        let mut partition = Self {
            at: beginning.partition.clone(),
            feed_number: beginning.feed,
            feed,
            project,
            collector,
            decoder,
            base: Base {
                offset: beginning.committed,
                state: beginning.state.clone(),
                state_version,
            },
            pending: None,
            next_offset: beginning.committed,
            counts: Counts::default(),
            tally: Tally::default(),
        };
        partition.advance(beginning.offset);
        Ok(partition)
    }

    /// Offset of the next message expected.
    pub(super) fn next_offset(&self) -> i64 {
        self.next_offset
    }

    /// Decodes one message, unless it has been decoded already: after a pause some come twice.
    pub(super) fn decode(
        &mut self,
        message: &Message<'_>,
        ingested_at: i64,
        sink: &mut MessageSink,
    ) -> Option<Outcome> {
        if message.offset < self.next_offset {
            return None;
        }
        self.advance(message.offset);
        let payload = message.payload.unwrap_or_default();
        let provenance = Provenance {
            kafka_topic: &self.at.topic,
            kafka_partition: self.at.partition,
            kafka_offset: message.offset,
            brokered_at: message.brokered_at_us,
            ingested_at,
            project: &self.project,
            collector: &self.collector,
            router: None,
            format: self.feed.format.name(),
        };
        let outcome = match message.payload {
            Some(_) => self.decoder.decode(payload, &provenance, sink),
            None => Outcome::Skipped("null"),
        };
        self.next_offset += 1;
        self.counts.messages += 1;
        self.counts.octets += payload.len() as u64;
        match outcome {
            Outcome::Parsed => self.counts.parsed += 1,
            Outcome::Rejected => self.counts.rejected += 1,
            Outcome::Skipped(_) => self.counts.skipped += 1,
        }
        Some(outcome)
    }

    /// Takes over what the sink has counted for this partition's messages.
    pub(super) fn add_tally(&mut self, tally: &Tally) {
        self.tally.add(tally);
    }

    /// What its decoder has noticed since the last call.
    pub(super) fn take_notices(&mut self) -> Notices {
        self.decoder.take_notices()
    }

    /// There is nothing before `to`: control records, compacted or lost messages.
    pub(super) fn advance(&mut self, to: i64) {
        let holes = to - self.next_offset;
        if holes > 0 {
            self.counts.holes += holes.unsigned_abs();
            self.next_offset = to;
        }
    }

    /// Closes what has been counted since the last flush.
    pub(super) fn close_part(&mut self) -> PartitionPart {
        let has_changed = self.decoder.state_version() != self.base.state_version;
        let state = has_changed.then(|| self.decoder.export_state());
        let tally = std::mem::take(&mut self.tally);
        self.pending = Some(Base {
            offset: self.next_offset,
            state: state.clone().unwrap_or_else(|| self.base.state.clone()),
            state_version: self.decoder.state_version(),
        });
        PartitionPart {
            partition: self.at.clone(),
            from: self.base.offset,
            to: self.next_offset,
            counts: std::mem::take(&mut self.counts),
            rows: tally.rows().filter(|(_, rows)| *rows > 0).collect(),
            first_observed_at: tally.first_observed_at(),
            last_observed_at: tally.last_observed_at(),
            state,
        }
    }

    /// The flush has landed.
    pub(super) fn release(&mut self) {
        if let Some(landed) = self.pending.take() {
            self.base = landed;
        }
    }

    /// Forgets everything since the last flush that landed.
    pub(super) fn roll_back(&mut self) -> Result<(), StateError> {
        self.pending = None;
        self.decoder = Decoder::new(self.feed.decoder_settings());
        self.decoder.load_state(&self.base.state)?;
        self.base.state_version = self.decoder.state_version();
        self.next_offset = self.base.offset;
        self.counts = Counts::default();
        self.tally = Tally::default();
        Ok(())
    }
}

/// Project and collector, where the topic's name tells them.
fn observers(feed: &Feed, topic: &str) -> (String, String) {
    let captures = feed.topics.captures(topic);
    let named = |name: &str| {
        let captured = captures.as_ref().and_then(|captures| captures.name(name));
        captured.map_or_else(String::new, |captured| captured.as_str().to_owned())
    };
    (named("project"), named("collector"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::config::Config;

    /// What a topic's name tells of its observers; the rest is for the decoder, which may know better than the configuration.
    fn check(pattern: &str, topic: &str, project: &str, collector: &str) {
        let text = format!(
            "[kafka]\nbrokers = [\"b\"]\n[[feed]]\nname = \"f\"\ntopics = '{pattern}'\nformat = \"openbmp\"\n\
             project = \"configured\"\ncollector = \"configured\"\n\
             [lake]\ncatalog = \"sqlite\"\nuri = \"c.db\"\nwarehouse = \"w\"\n"
        );
        let config = Config::parse(&text, "c.toml").unwrap();
        let found = observers(&config.feeds[0], topic);
        assert_eq!(found, (project.to_owned(), collector.to_owned()));
        let settings = config.feeds[0].decoder_settings();
        assert_eq!(settings.collector, "configured");
    }

    #[test]
    fn the_name_of_a_topic_tells_its_observers() {
        let routeviews = r"^(?<project>routeviews)\.(?<collector>.+?)(\.\d+)?\.bmp_raw$";
        check(
            routeviews,
            "routeviews.linx.6447.bmp_raw",
            "routeviews",
            "linx",
        );
        check(
            routeviews,
            "routeviews.amsix.ams.bmp_raw",
            "routeviews",
            "amsix.ams",
        );
        check(r"^openbmp\.", "openbmp.bmp_raw", "", "");
    }
}
