//! Where a row comes from and when it was seen: the columns that all tables share.

/// The Kafka message that a row was decoded from, and who sent it. All times are UTC microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance<'a> {
    /// Topic; the file name for converted files.
    pub kafka_topic: &'a str,
    /// Partition of the topic.
    pub kafka_partition: i32,
    /// Offset of the message in the partition.
    pub kafka_offset: i64,
    /// When Kafka took the message; none for files.
    pub brokered_at: Option<i64>,
    /// When we took it.
    pub ingested_at: i64,
    /// The measurement project, for example `ris`; empty if nobody says.
    pub project: &'a str,
    /// The collector, for example `rrc00`; empty if nobody says.
    pub collector: &'a str,
    /// The monitored router, where the format names one.
    pub router: Option<&'a str>,
    /// How the message was encoded, for example `mrt`.
    pub format: &'static str,
}

/// When the observer saw it, and how we know. UTC microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservedAt {
    /// The time that counts.
    pub at: i64,
    /// Whose clock it is.
    pub source: ObservedAtSource,
    /// The feed's own time, where it was absurd and has been replaced.
    pub reported_at: Option<i64>,
}

/// Whose clock `observed_at` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObservedAtSource {
    /// The BMP per-peer header.
    PerPeer,
    /// The collector's envelope.
    Collector,
    /// Kafka's time.
    Broker,
    /// The MRT header.
    Mrt,
    /// Kafka's time, because the feed's own was absurd.
    Clamped,
}

impl ObservedAtSource {
    /// As in the column `observed_at_source`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PerPeer => "per_peer",
            Self::Collector => "collector",
            Self::Broker => "broker",
            Self::Mrt => "mrt",
            Self::Clamped => "clamped",
        }
    }
}
