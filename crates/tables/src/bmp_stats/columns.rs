//! The columns of `bmp_stats`.

use crate::column::join;
use crate::{Column, Kind, peer, provenance};

/// What a row of `bmp_stats` is.
pub(crate) const DOC: &str = "What routers count about their peers: one row per counter or gauge of a BMP Statistics Report (RFC 7854, section \
     4.8).";

/// The columns of `bmp_stats`.
pub(crate) static COLUMNS: [Column; 24] =
    join(&[&provenance::COLUMNS, &SEEN, &peer::COLUMNS, &STATISTIC]);

const SEEN: [Column; 1] = [Column::optional(
    "router_at",
    Kind::Timestamp,
    "The router's own time from the BMP per-peer header (RFC 7854, section 4.2). Null if there is none, or it is \
     `observed_at`.",
)];

const STATISTIC: [Column; 7] = [
    Column::required(
        "rib_view",
        Kind::Dict,
        "Which of the router's tables is counted, as in `routes`.",
    ),
    Column::required(
        "stat_type",
        Kind::Int,
        "Stat Type (IANA, BMP Statistics Types).",
    ),
    Column::optional(
        "stat_name",
        Kind::Dict,
        "What it counts. Null for a type that is not known.",
    ),
    Column::optional(
        "afi",
        Kind::Int,
        "Family that is counted: AFI. Null where the type counts all families.",
    ),
    Column::optional(
        "safi",
        Kind::Int,
        "Family that is counted: SAFI. Null where the type counts all families.",
    ),
    Column::optional(
        "value",
        Kind::Long,
        "The number. Null where its form is not known, or it is above 2^63 - 1.",
    ),
    Column::optional(
        "value_raw",
        Kind::Binary,
        "The value as received, where `value` and the family do not tell all of it. Null elsewhere.",
    ),
];
