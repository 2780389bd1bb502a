//! The columns of `dns_records`.

use crate::column::join;
use crate::provenance::COLUMNS_WITHOUT_ROUTER;
use crate::{Column, Kind};

/// What a row of `dns_records` is.
pub(crate) const DOC: &str = "Resource records of DNS messages, and the questions behind the first one, one row each, where the configuration asks \
     for them. `kafka_topic`, `kafka_partition`, `kafka_offset`, and with `message_item` as \
     `item` are the key of their row of `dns_messages`.";

/// The columns of `dns_records`.
pub(crate) static COLUMNS: [Column; 23] = join(&[&COLUMNS_WITHOUT_ROUTER, &RECORD, &MESSAGE]);

const RECORD: [Column; 8] = [
    Column::required(
        "section",
        Kind::Int,
        "0 question, 1 answer, 2 authority, 3 additional; in an UPDATE zone, prerequisite, update, additional (RFC 2136).",
    ),
    Column::required(
        "index",
        Kind::Int,
        "Number of the question or record within its section, from 0 on.",
    ),
    Column::required(
        "owner",
        Kind::Text,
        "Owner of the record, or name of the question, in the form of `qname`.",
    ),
    Column::required("type", Kind::Int, "TYPE (IANA, DNS RR TYPEs)."),
    Column::required("class", Kind::Int, "CLASS (IANA, DNS CLASSes)."),
    Column::optional(
        "ttl_s",
        Kind::Long,
        "TTL in seconds, all 32 bits as received. Null for a question.",
    ),
    Column::optional(
        "rdata_text",
        Kind::Text,
        "RDATA in presentation form (RFC 1035, section 5.1; RFC 3597 for unknown types). Null for a question, and where it \
         could not be read.",
    ),
    Column::optional(
        "rdata",
        Kind::Binary,
        "RDATA with its names expanded (RFC 3597, section 4). Null for a question.",
    ),
];

const MESSAGE: [Column; 4] = [
    Column::optional(
        "qname",
        Kind::Text,
        "QNAME of the message's first question, as in `dns_messages`. Null without one.",
    ),
    Column::optional(
        "server_ip",
        Kind::Dict,
        "Address of who answers as text (RFC 5952). Null if it is not known.",
    ),
    Column::optional(
        "dns_id",
        Kind::Int,
        "ID of the message. Null if it is not known.",
    ),
    Column::required(
        "message_item",
        Kind::Int,
        "`item` of the message's row in `dns_messages`.",
    ),
];
