//! The columns of `dns_measurements`.

use crate::column::join;
use crate::dns::columns::{HEADER, MESSAGE, RAW, SEEN, TRAILING};
use crate::provenance::COLUMNS_WITHOUT_ROUTER;
use crate::{Column, Kind};

/// What a row of `dns_measurements` is.
pub(crate) const DOC: &str = "Responses to probes that measure the DNS (RIPE Atlas), one row each, or the lack of one. The columns from \
     `message_octets` on are the response's.";

/// The columns of `dns_measurements`.
pub(crate) static COLUMNS: [Column; 80] = join(&[
    &COLUMNS_WITHOUT_ROUTER,
    &SEEN,
    &MEASUREMENT,
    &ENDS,
    &OUTCOME,
    &HEADER,
    &MESSAGE,
    &TRAILING,
    &PARSE_STATUS,
    &RAW,
]);

const MEASUREMENT: [Column; 8] = [
    Column::optional(
        "msm_id",
        Kind::Long,
        "Number of the measurement. Null if the result does not say.",
    ),
    Column::optional(
        "prb_id",
        Kind::Long,
        "Number of the probe. Null if the result does not say.",
    ),
    Column::optional(
        "group_id",
        Kind::Long,
        "Number of the group that the measurement belongs to. Null if it belongs to none.",
    ),
    Column::optional(
        "msm_name",
        Kind::Dict,
        "Name of the measurement, for example `Tdig`. Null if the result does not say.",
    ),
    Column::optional(
        "firmware",
        Kind::Dict,
        "Version of the probe's firmware. Null if the result does not say.",
    ),
    Column::optional(
        "tls_version",
        Kind::Dict,
        "Version of TLS. Null unless the query was sent over TLS.",
    ),
    Column::optional(
        "stored_at",
        Kind::Timestamp,
        "When the platform stored the result. Null if it does not say.",
    ),
    Column::optional(
        "clock_sync_age_s",
        Kind::Int,
        "How long ago the probe's clock was synchronised, in seconds. Null if it never was, or the probe does not say.",
    ),
];

const ENDS: [Column; 11] = [
    Column::optional(
        "probe_ip",
        Kind::Dict,
        "Address of the probe as the platform sees it, as text, made unrecognisable as configured. Null if it is not known, \
         or dropped.",
    ),
    Column::optional(
        "source_ip",
        Kind::Dict,
        "Address that the probe sent from, which may be a private one, as `probe_ip`. Null if it is not known, or dropped.",
    ),
    Column::optional(
        "server_ip",
        Kind::Dict,
        "Address that was asked as text (RFC 5952). Null if it is not known: its name may not have been resolved.",
    ),
    Column::optional(
        "server_name",
        Kind::Dict,
        "Name of the server that was asked. Null if the result does not say.",
    ),
    Column::optional(
        "server_port",
        Kind::Int,
        "Port that was asked. Null if the result does not say.",
    ),
    Column::optional(
        "ip_version",
        Kind::Int,
        "4 or 6. Null if the result does not say.",
    ),
    Column::optional(
        "ip_ttl",
        Kind::Int,
        "TTL (IPv4) or Hop Limit (IPv6) of the response. Null if the result does not say.",
    ),
    Column::optional(
        "retry",
        Kind::Int,
        "Number of retries. Null if the result does not say.",
    ),
    Column::optional(
        "subid",
        Kind::Int,
        "Number of the query among those of one result, from 1 on. Null if there is only one.",
    ),
    Column::optional(
        "submax",
        Kind::Int,
        "How many queries the result has. Null if there is only one.",
    ),
    Column::optional(
        "transport",
        Kind::Dict,
        "How it was carried, as in `dns_messages`; `tls` is DoT or DoH. Null if the result does not say.",
    ),
];

const OUTCOME: [Column; 9] = [
    Column::optional(
        "rtt_us",
        Kind::Long,
        "From query to response in microseconds. Null without a response.",
    ),
    Column::optional(
        "rtt_after_connect_us",
        Kind::Long,
        "The same, counted from when the connection stood. Null without a response, and over UDP.",
    ),
    Column::optional(
        "error_kind",
        Kind::Dict,
        "Kind of error, for example `timeout`: the first of the result. Null if there was none.",
    ),
    Column::optional(
        "error_text",
        Kind::Text,
        "All errors of the result as JSON. Null if there was none.",
    ),
    Column::optional(
        "timeout_ms",
        Kind::Int,
        "How long the probe has waited, in milliseconds. Null if it did not wait in vain.",
    ),
    Column::optional(
        "cookie_mismatch",
        Kind::Boolean,
        "Whether the server returned another client cookie than was sent (RFC 7873). Null if the result does not say.",
    ),
    Column::optional(
        "server_instance",
        Kind::Dict,
        "Which instance of the server has answered: its NSID (RFC 5001), or else what it says of itself in TXT records of \
         `hostname.bind` and `id.server` (RFC 4892). Null if it does not say.",
    ),
    Column::optional(
        "answers_json",
        Kind::Text,
        "The answers as the probe has read them, as JSON. Null if it has sent the message itself.",
    ),
    Column::optional(
        "query_raw",
        Kind::Binary,
        "The query as sent. Null if the result does not have it.",
    ),
];

const PARSE_STATUS: [Column; 1] = [Column::optional(
    "parse_status",
    Kind::Dict,
    "How far the response could be read, as in `dns_messages`. Null if there was none, or the result does not have it.",
)];
