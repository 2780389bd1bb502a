//! The columns of `dns_messages`.

use crate::column::join;
use crate::dns::columns::{HEADER, MESSAGE, RAW, SEEN, TRAILING};
use crate::provenance::COLUMNS_WITHOUT_ROUTER;
use crate::{Column, Kind};

/// What a row of `dns_messages` is.
pub(crate) const DOC: &str = "DNS messages as servers, resolvers and packet captures saw them, one row each, queries and responses apart (RFC \
     1035). Damaged messages are rows too; `parse_status` tells.";

/// The columns of `dns_messages`.
pub(crate) static COLUMNS: [Column; 75] = join(&[
    &COLUMNS_WITHOUT_ROUTER,
    &SEEN,
    &TIMES,
    &EXCHANGE,
    &ENDS,
    &HEADER,
    &NETWORK_ERROR,
    &MESSAGE,
    &POLICY,
    &TRAILING,
    &PARSE_STATUS,
    &RAW,
]);

const TIMES: [Column; 3] = [
    Column::optional(
        "query_at",
        Kind::Timestamp,
        "When the observer saw the query, as it reports; in rows of responses too. Null if it does not say.",
    ),
    Column::optional(
        "response_at",
        Kind::Timestamp,
        "When the observer saw the response, as it reports. Null if it does not say, and for queries.",
    ),
    Column::optional(
        "latency_ns",
        Kind::Long,
        "From query to response in nanoseconds, as the observer's clock has it: it may be negative. Null unless the feed has \
         both times.",
    ),
];

const EXCHANGE: [Column; 6] = [
    Column::required("kind", Kind::Dict, "`query` or `response`."),
    Column::optional(
        "role",
        Kind::Dict,
        "In which role the observer took part (dnstap): `auth`: authoritative server; `resolver`: resolver towards \
         authoritative servers; `client`: resolver towards its clients; `forwarder`, `stub`, `tool`; `update`: dynamic update \
         (RFC 2136). Null if it does not say.",
    ),
    Column::required(
        "companion",
        Kind::Boolean,
        "Whether it is the other message of a frame that carried both: the query of a response.",
    ),
    Column::optional("ip_version", Kind::Int, "4 or 6. Null if nobody says."),
    Column::optional(
        "transport",
        Kind::Dict,
        "How it was carried: `udp`, `tcp`, `dot` (RFC 7858), `doh` (RFC 8484), `doq` (RFC 9250), `dnscrypt_udp`, \
         `dnscrypt_tcp`; `tls`: DoT or DoH. Null if nobody says.",
    ),
    Column::optional(
        "http_version",
        Kind::Int,
        "Version of HTTP: 1, 2 or 3. Null unless it was carried by HTTP and the observer says so.",
    ),
];

const ENDS: [Column; 7] = [
    Column::optional(
        "client_ip",
        Kind::Dict,
        "Address of who asks as text (RFC 5952), made unrecognisable as configured. Null if it is not known, or dropped.",
    ),
    Column::optional(
        "server_ip",
        Kind::Dict,
        "Address of who answers as text (RFC 5952). Null if it is not known.",
    ),
    Column::optional(
        "client_ip_int",
        Kind::Long,
        "`client_ip` as a number, to search ranges: the IPv4 address, or the upper 64 bits of the IPv6 address in two's \
         complement, which is negative from 8000:: on. Null where `client_ip` is.",
    ),
    Column::optional(
        "server_ip_int",
        Kind::Long,
        "`server_ip` as a number, as `client_ip_int`. Null where `server_ip` is.",
    ),
    Column::optional(
        "client_port",
        Kind::Int,
        "Port of who asks. Null if it is not known.",
    ),
    Column::optional(
        "server_port",
        Kind::Int,
        "Port of who answers. Null if it is not known.",
    ),
    Column::optional(
        "ip_ttl",
        Kind::Int,
        "TTL (IPv4) or Hop Limit (IPv6) of the packet. Null unless the feed has packets.",
    ),
];

const NETWORK_ERROR: [Column; 1] = [Column::optional(
    "network_error",
    Kind::Boolean,
    "Whether there was no response but an error of the network, or none in time (PowerDNS). Null if the feed does not tell.",
)];

const POLICY: [Column; 6] = [
    Column::optional(
        "query_zone",
        Kind::Dict,
        "The zone that the observer took for responsible, in the form of `qname`. Null if it does not say.",
    ),
    Column::optional(
        "policy_type",
        Kind::Dict,
        "Type of the policy that was applied, for example `RPZ`. Null if none was, or nobody says.",
    ),
    Column::optional(
        "policy_action",
        Kind::Dict,
        "What the policy did, for example `NXDOMAIN`. Null if none was applied, or nobody says.",
    ),
    Column::optional(
        "policy_match",
        Kind::Dict,
        "What the policy's rule was matched with, for example `QNAME`. Null if none was applied, or nobody says.",
    ),
    Column::optional(
        "policy_rule",
        Kind::Dict,
        "The rule that matched: text if printable, else hexadecimal. Null if none did, or nobody says.",
    ),
    Column::optional(
        "policy_value",
        Kind::Dict,
        "The value that matched: text if printable, else hexadecimal. Null if none did, or nobody says.",
    ),
];

const PARSE_STATUS: [Column; 1] = [Column::required(
    "parse_status",
    Kind::Dict,
    "How far the message could be read: `ok`: to its end; `cut`: captured short; `header_short`: shorter than a header; \
     `question`, `answer`, `authority`, `additional`: damaged in that section; `opt`: in the options of the OPT record; \
     `edns_misplaced`: an OPT record outside of the additional section; `edns_duplicate`: a second one. All columns that \
     could be read hold what was.",
)];
