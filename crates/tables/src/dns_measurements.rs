//! Table `dns_measurements`: responses to probes that measure the DNS (RIPE Atlas), one row each.

mod builder;
mod columns;
mod ends;
mod measured;
mod outcome;
#[cfg(test)]
mod tests;

pub use builder::DnsMeasurementsBuilder;
pub(crate) use columns::{COLUMNS, DOC};

use crate::{DnsContent, ObservedAt, Provenance, Transport};
use std::net::IpAddr;

/// One response to a probe, or the lack of one.
#[derive(Clone, Copy, Debug)]
pub struct DnsMeasurementRow<'a> {
    /// The Kafka message.
    pub provenance: &'a Provenance<'a>,
    /// Number of the row within the Kafka message and this table.
    pub item: i32,
    /// When it was measured.
    pub observed_at: ObservedAt,
    /// Number of the measurement.
    pub msm_id: Option<i64>,
    /// Number of the probe.
    pub prb_id: Option<i64>,
    /// Number of the group of measurements.
    pub group_id: Option<i64>,
    /// Name of the measurement.
    pub msm_name: Option<&'a str>,
    /// Version of the probe's firmware.
    pub firmware: Option<&'a str>,
    /// Version of TLS.
    pub tls_version: Option<&'a str>,
    /// When the platform stored it, UTC microseconds since 1970.
    pub stored_at: Option<i64>,
    /// How long ago the probe's clock was synchronised, in seconds.
    pub clock_sync_age_s: Option<i32>,
    /// Address of the probe as the platform sees it.
    pub probe_ip: Option<IpAddr>,
    /// Address that the probe sent from.
    pub source_ip: Option<IpAddr>,
    /// Address that was asked.
    pub server_ip: Option<IpAddr>,
    /// Name that was asked.
    pub server_name: Option<&'a str>,
    /// Port that was asked.
    pub server_port: Option<u16>,
    /// 4 or 6.
    pub ip_version: Option<u8>,
    /// TTL or hop limit of the response.
    pub ip_ttl: Option<u8>,
    /// Number of retries.
    pub retry: Option<i32>,
    /// Number of the query within its measurement.
    pub subid: Option<i32>,
    /// How many there are.
    pub submax: Option<i32>,
    /// How it was carried.
    pub transport: Option<Transport>,
    /// From query to response, in microseconds.
    pub rtt_us: Option<i64>,
    /// The same, counted from when the connection stood.
    pub rtt_after_connect_us: Option<i64>,
    /// Kind of error: the first key of it.
    pub error_kind: Option<&'a str>,
    /// The whole error as JSON.
    pub error_text: Option<&'a str>,
    /// How long the probe has waited, in milliseconds.
    pub timeout_ms: Option<i32>,
    /// Whether the server has returned another client cookie than was sent.
    pub cookie_mismatch: Option<bool>,
    /// Which instance of the server has answered: its NSID, or else what it says of itself in TXT records.
    pub server_instance: Option<&'a str>,
    /// The answers as the probe has read them, where it did not send the message itself.
    pub answers_json: Option<&'a str>,
    /// The query as sent.
    pub query_raw: Option<&'a [u8]>,
    /// What the response says.
    pub content: &'a DnsContent<'a>,
}
