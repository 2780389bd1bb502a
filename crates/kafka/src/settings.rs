//! The consumer's librdkafka settings, each with its reason. Nothing here is a matter of taste.

use std::collections::BTreeMap;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use crate::error::Error;

/// How to reach the brokers, and as whom.
#[derive(Clone, Debug, Default)]
pub struct ConsumerSettings {
    /// `host:port`, separated by commas.
    pub brokers: String,
    /// The consumer group; none: partitions are assigned by hand and nothing is committed.
    pub group_id: Option<String>,
    /// The static member's name: it must outlive a restart (the pod's name in a StatefulSet).
    pub group_instance_id: Option<String>,
    /// librdkafka settings by their own names: security, time-outs, and whatever of the defaults below must differ.
    pub client: BTreeMap<String, String>,
}

/// Defaults that `client` may override.
#[rustfmt::skip]
const DEFAULTS: [(&str, &str); 13] = [
    ("client.id", "corewatch"),
    // 1,000 by default, and a trap: a full queue is asked again only after that time, which halves the rate.
    ("fetch.queue.backoff.ms", "5"),
    // Both limits are read on the worker's queue that a partition is forwarded to: memory is workers × 32 MiB.
    ("queued.min.messages", "50000"),
    ("queued.max.messages.kbytes", "32768"),
    // One answer of the default 50 MB would overrun that queue.
    ("fetch.max.bytes", "8388608"),
    ("max.partition.fetch.bytes", "1048576"),
    ("session.timeout.ms", "45000"),
    // What a transaction aborted is no data.
    ("isolation.level", "read_committed"),
    // A flipped bit between broker and us must not become a route.
    ("check.crcs", "true"),
    // New topics show only with the metadata: 5 minutes by default.
    ("topic.metadata.refresh.interval.ms", "60000"),
    // A broker that goes away is said within seconds, not after a minute.
    ("socket.timeout.ms", "30000"),
    ("socket.keepalive.enable", "true"),
    // A broker closes idle connections; that is no news.
    ("log.connection.close", "false"),
];

/// Settings that the exactly-once design fixes: value, and what to tell whoever overrides it.
#[rustfmt::skip]
const FIXED: [(&str, &str, &str); 5] = [
    ("enable.auto.commit", "false",
     "is always false: the lake holds the offsets; Kafka's are a hint written after it"),
    ("enable.auto.offset.store", "false",
     "is always false: the lake holds the offsets; Kafka's are a hint written after it"),
    ("auto.offset.reset", "error",
     "is always error: any other value hides lost data; set `start` and `on_gap` of the feed instead"),
    // In a batch call librdkafka 2.12 counts the end-of-partition event as a message: a pause, and every rebalance is
    // one, then continues one offset too far. `Cluster::next_records` finds the end instead.
    ("enable.partition.eof", "false",
     "is always false: librdkafka would skip a message at the end of a partition whenever the group is rebalanced"),
    // Eager assignors stop every member at every rebalance.
    ("partition.assignment.strategy", "cooperative-sticky",
     "is always cooperative-sticky: all members of a group must agree on it"),
];

/// Settings with a place of their own in the configuration.
const ELSEWHERE: [(&str, &str); 4] = [
    ("bootstrap.servers", "brokers"),
    ("metadata.broker.list", "brokers"),
    ("group.id", "group_id"),
    ("group.instance.id", "group_instance_id"),
];

/// What KIP-848 (`group.protocol=consumer`) decides at the broker, so that librdkafka refuses to be told.
const CLASSIC_PROTOCOL_ONLY: [&str; 3] = [
    "session.timeout.ms",
    "heartbeat.interval.ms",
    "partition.assignment.strategy",
];

/// librdkafka assigns by hand only in a client that names a group. No member of it ever joins, nothing is committed.
const NO_GROUP: &str = "corewatch-no-group";

impl ConsumerSettings {
    /// Settings for `brokers` and nothing else: no group, no overrides.
    pub fn new(brokers: impl Into<String>) -> Self {
        Self {
            brokers: brokers.into(),
            ..Self::default()
        }
    }

    /// The configuration of a consumer.
    ///
    /// # Errors
    /// [`Error::Setting`] if `client` names a setting that is decided here or elsewhere.
    pub(crate) fn consumer_config(&self) -> Result<ClientConfig, Error> {
        let mut config = self.base_config()?;
        config.set("group.id", self.group().unwrap_or(NO_GROUP));
        if let (Some(_), Some(instance)) = (self.group(), &self.group_instance_id) {
            config.set("group.instance.id", instance);
        }
        if config.get("group.protocol") == Some("consumer") {
            for key in CLASSIC_PROTOCOL_ONLY {
                config.remove(key);
            }
        }
        Ok(config)
    }

    /// The configuration of a client that only asks: topics, offsets, ids.
    ///
    /// # Errors
    /// As [`Self::consumer_config`].
    pub(crate) fn query_config(&self) -> Result<ClientConfig, Error> {
        let mut config = self.base_config()?;
        // Neither belongs to a client without a group; librdkafka would say so in the log.
        for key in ["group.protocol", "group.remote.assignor"] {
            config.remove(key);
        }
        Ok(config)
    }

    /// The group that is joined, if any.
    pub(crate) fn group(&self) -> Option<&str> {
        self.group_id.as_deref().filter(|group| !group.is_empty())
    }

    fn base_config(&self) -> Result<ClientConfig, Error> {
        self.check_overrides()?;
        let mut config = ClientConfig::new();
        config.set_log_level(RDKafkaLogLevel::Info);
        config.set("bootstrap.servers", &self.brokers);
        for (key, value) in DEFAULTS {
            config.set(key, value);
        }
        for (key, value) in &self.client {
            config.set(key, value);
        }
        for (key, value, _) in FIXED {
            config.set(key, value);
        }
        Ok(config)
    }

    fn check_overrides(&self) -> Result<(), Error> {
        for key in self.client.keys() {
            if let Some((_, _, reason)) = FIXED.iter().find(|(fixed, _, _)| fixed == key) {
                return refuse(key, reason);
            }
            if let Some((_, field)) = ELSEWHERE.iter().find(|(name, _)| name == key) {
                return refuse(key, &format!("is set by `{field}`"));
            }
        }
        Ok(())
    }
}

fn refuse(key: &str, reason: &str) -> Result<(), Error> {
    Err(Error::Setting {
        key: key.to_owned(),
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn with(key: &str, value: &str) -> ConsumerSettings {
        let mut settings = ConsumerSettings::new("127.0.0.1:1");
        settings.group_id = Some("g".to_owned());
        settings.client.insert(key.to_owned(), value.to_owned());
        settings
    }

    #[test]
    fn what_the_design_fixes_is_refused_with_its_reason() {
        for (key, ..) in FIXED {
            let error = with(key, "true").consumer_config().unwrap_err().to_string();
            assert!(error.contains(key) && error.contains("always"), "{error}");
        }
        for (key, field) in ELSEWHERE {
            let error = with(key, "x").consumer_config().unwrap_err().to_string();
            assert!(error.contains(field), "{error}");
        }
    }

    #[test]
    fn overrides_win_over_defaults() {
        let config = with("session.timeout.ms", "6000")
            .consumer_config()
            .unwrap();
        assert_eq!(config.get("session.timeout.ms"), Some("6000"));
        assert_eq!(config.get("fetch.queue.backoff.ms"), Some("5"));
        assert_eq!(config.get("auto.offset.reset"), Some("error"));
    }

    #[test]
    fn the_new_group_protocol_is_told_nothing_it_refuses() {
        let config = with("group.protocol", "consumer")
            .consumer_config()
            .unwrap();
        for key in CLASSIC_PROTOCOL_ONLY {
            assert_eq!(config.get(key), None);
        }
    }

    #[test]
    fn an_empty_group_is_no_group() {
        let mut settings = with("client.id", "x");
        settings.group_id = Some(String::new());
        settings.group_instance_id = Some("pod-0".to_owned());
        let config = settings.consumer_config().unwrap();
        assert_eq!(config.get("group.id"), Some(NO_GROUP));
        assert_eq!(config.get("group.instance.id"), None);
    }
}
