//! Where a row comes from and when it was seen: the columns that all tables share.

use crate::column::join;
use crate::{Column, Kind};

/// The columns that all tables of decoded rows begin with.
pub(crate) const COLUMNS: [Column; 12] = [
    Column::required(
        "kafka_topic",
        Kind::Dict,
        "Kafka topic of the message that the row was decoded from; the file name for converted files.",
    ),
    Column::required(
        "kafka_partition",
        Kind::Int,
        "Partition of the topic; 0 for converted files.",
    ),
    Column::required(
        "kafka_offset",
        Kind::Long,
        "Offset of the message in the partition; for converted files the number of the record in the file.",
    ),
    Column::required(
        "item",
        Kind::Int,
        "Number of the row within its message and table. With topic, partition and offset it is the key of the row.",
    ),
    Column::required(
        "observed_at",
        Kind::Timestamp,
        "When the observer saw it, UTC microseconds. Tables are partitioned by its hour.",
    ),
    Column::optional(
        "brokered_at",
        Kind::Timestamp,
        "When Kafka took the message. Null for converted files.",
    ),
    Column::required(
        "ingested_at",
        Kind::Timestamp,
        "When corewatch took the message.",
    ),
    Column::optional(
        "reported_at",
        Kind::Timestamp,
        "The feed's own time, where it was absurd and `observed_at` is Kafka's instead. Null elsewhere.",
    ),
    Column::optional(
        "project",
        Kind::Dict,
        "The measurement project, for example `ris`. Null if nobody says.",
    ),
    Column::optional(
        "collector",
        Kind::Dict,
        "The collector, for example `rrc00`. Null if nobody says.",
    ),
    Column::optional(
        "router",
        Kind::Dict,
        "The monitored router. Null where the format names none.",
    ),
    Column::required(
        "format",
        Kind::Dict,
        "How the message was encoded, for example `mrt` or `openbmp`.",
    ),
];

/// The same without `router`, for tables that have none.
pub(crate) const COLUMNS_WITHOUT_ROUTER: [Column; 11] =
    join(&[COLUMNS.split_at(ROUTER).0, COLUMNS.split_at(ROUTER + 1).1]);

/// Place of the column `router`.
const ROUTER: usize = 10;

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
    /// Our own clock, because nobody else tells.
    Ingested,
    /// The observer's, when the response passed (dnstap, PowerDNS, RIPE Atlas).
    Response,
    /// The observer's, when the query passed.
    Query,
    /// The clock of a packet capture.
    Capture,
}

impl ObservedAtSource {
    /// All, by their number.
    pub(crate) const ALL: [Self; 9] = [
        Self::PerPeer,
        Self::Collector,
        Self::Broker,
        Self::Mrt,
        Self::Clamped,
        Self::Ingested,
        Self::Response,
        Self::Query,
        Self::Capture,
    ];

    /// As in the column `observed_at_source`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PerPeer => "per_peer",
            Self::Collector => "collector",
            Self::Broker => "broker",
            Self::Mrt => "mrt",
            Self::Clamped => "clamped",
            Self::Ingested => "ingested",
            Self::Response => "response",
            Self::Query => "query",
            Self::Capture => "capture",
        }
    }
}
