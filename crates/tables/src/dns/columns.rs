//! The columns of what a DNS message says, and of when it was seen.

use crate::{Column, Kind};

/// Whose clock it was.
pub(crate) const SEEN: [Column; 1] = [Column::required(
    "observed_at_source",
    Kind::Dict,
    "Whose clock `observed_at` is: `response` or `query`: the observer's, when it passed; `capture`: that of a packet \
     capture; `broker`: Kafka's; `clamped`: Kafka's, because the feed's own was absurd; `collector`: that of whoever \
     collects; `ingested`: ours, because nobody else tells.",
)];

/// The size of the message, and the header's numbers.
pub(crate) const HEADER: [Column; 4] = [
    Column::optional(
        "message_octets",
        Kind::Int,
        "Octets of the message, without the length in front of it on TCP. Null if nobody says.",
    ),
    Column::optional(
        "dns_id",
        Kind::Int,
        "ID (RFC 1035, section 4.1.1). Null if it is not known.",
    ),
    Column::optional(
        "opcode",
        Kind::Int,
        "OPCODE (IANA, DNS OpCodes): 0 is QUERY. Null if it is not known.",
    ),
    Column::optional(
        "rcode",
        Kind::Int,
        "RCODE (IANA, DNS RCODEs), extended by the eight bits of the OPT record where there is one (RFC 6891, section \
         6.1.3): 3 is NXDOMAIN. 0 in queries. Null if it is not known.",
    ),
];

/// Flags, counts, the question, EDNS and the answers.
pub(crate) const MESSAGE: [Column; 32] =
    crate::column::join(&[&FLAGS, &COUNTS, &QNAME, &QUESTION, &OPT, &OPTIONS, &ANSWERS]);

const FLAGS: [Column; 7] = [
    Column::optional(
        "aa",
        Kind::Boolean,
        "Authoritative Answer (RFC 1035, section 4.1.1). Null if it is not known.",
    ),
    Column::optional(
        "tc",
        Kind::Boolean,
        "TrunCation (RFC 1035, section 4.1.1): the sender has left something out. Null if it is not known.",
    ),
    Column::optional(
        "rd",
        Kind::Boolean,
        "Recursion Desired (RFC 1035, section 4.1.1). Null if it is not known.",
    ),
    Column::optional(
        "ra",
        Kind::Boolean,
        "Recursion Available (RFC 1035, section 4.1.1). Null if it is not known.",
    ),
    Column::optional(
        "z",
        Kind::Boolean,
        "The reserved bit, which ought to be zero (RFC 1035, section 4.1.1). Null if it is not known.",
    ),
    Column::optional(
        "ad",
        Kind::Boolean,
        "Authentic Data (RFC 4035, section 3.2.3). Null if it is not known.",
    ),
    Column::optional(
        "cd",
        Kind::Boolean,
        "Checking Disabled (RFC 4035, section 3.2.2). Null if it is not known.",
    ),
];

const COUNTS: [Column; 4] = [
    Column::optional(
        "qdcount",
        Kind::Int,
        "QDCOUNT, the number of questions, as the header claims. Null if it is not known.",
    ),
    Column::optional(
        "ancount",
        Kind::Int,
        "ANCOUNT, the number of records in the answer section, as the header claims. Null if it is not known.",
    ),
    Column::optional(
        "nscount",
        Kind::Int,
        "NSCOUNT, the number of records in the authority section, as the header claims. Null if it is not known.",
    ),
    Column::optional(
        "arcount",
        Kind::Int,
        "ARCOUNT, the number of records in the additional section, as the header claims. Null if it is not known.",
    ),
];

const QNAME: [Column; 6] = [
    Column::optional(
        "qname",
        Kind::Text,
        "QNAME of the first question: lower-case, `\\.`, `\\\\` and `\\DDD` for octets outside of 0x21 to 0x7E, no final \
         dot, `.` for the root. Null without a question that could be read.",
    ),
    Column::optional(
        "qname_labels",
        Kind::Int,
        "Labels of QNAME without the root's. Null where `qname` is.",
    ),
    Column::optional(
        "qname_octets",
        Kind::Int,
        "Octets of QNAME on the wire, uncompressed, with the root label: 255 at most in a sound name. Null where `qname` \
         is.",
    ),
    Column::optional(
        "qname_mixed_case",
        Kind::Boolean,
        "Whether QNAME had capital letters, as resolvers add them against forged answers (0x20). Null if it is not known.",
    ),
    Column::optional(
        "registered_domain",
        Kind::Dict,
        "The registered domain of QNAME: its public suffix and one label more. Null if there is none, where `qname` \
         is, and where `registered_domains` is off.",
    ),
    Column::optional(
        "public_suffix",
        Kind::Dict,
        "The public suffix of QNAME by the Public Suffix List. Null where `qname` is, and where `registered_domains` is off.",
    ),
];

const QUESTION: [Column; 2] = [
    Column::optional(
        "qtype",
        Kind::Int,
        "QTYPE of the first question (IANA, DNS RR TYPEs): 1 is A, 28 is AAAA. Null if it is not known.",
    ),
    Column::optional(
        "qclass",
        Kind::Int,
        "QCLASS of the first question (IANA, DNS CLASSes): 1 is IN. Null if it is not known.",
    ),
];

const OPT: [Column; 4] = [
    Column::optional(
        "edns_udp_octets",
        Kind::Int,
        "The largest UDP payload that the sender takes (RFC 6891, section 6.2.3). Null without an OPT record.",
    ),
    Column::optional(
        "edns_version",
        Kind::Int,
        "VERSION of EDNS (RFC 6891, section 6.1.3). Null without an OPT record.",
    ),
    Column::optional(
        "edns_flags",
        Kind::Int,
        "All 16 flags of the OPT record (RFC 6891, section 6.1.4). Null without one.",
    ),
    Column::optional(
        "edns_do",
        Kind::Boolean,
        "DNSSEC OK (RFC 3225): 0x8000 of `edns_flags`. Null without an OPT record.",
    ),
];

const OPTIONS: [Column; 6] = [
    Column::optional(
        "edns_options",
        Kind::List(&Kind::Int),
        "Codes of the options of the OPT record (IANA, DNS EDNS0 Option Codes), in order; empty if it has none. Null \
         without an OPT record, or if they are not known.",
    ),
    Column::optional(
        "edns_ede",
        Kind::List(&Kind::Int),
        "INFO-CODEs of Extended DNS Errors (RFC 8914), in order. Null if there is none.",
    ),
    Column::optional(
        "edns_ede_text",
        Kind::Text,
        "EXTRA-TEXT of Extended DNS Errors (RFC 8914), several separated by `; `. Null if there is none.",
    ),
    Column::optional(
        "edns_nsid",
        Kind::Text,
        "Name Server Identifier (RFC 5001): text if printable, else hexadecimal. Null if there is none.",
    ),
    Column::optional(
        "edns_ecs",
        Kind::Text,
        "Client Subnet (RFC 7871) as a prefix, for example `192.0.2.0/24`. Null if there is none, or it is damaged.",
    ),
    Column::optional(
        "edns_ecs_scope",
        Kind::Int,
        "SCOPE PREFIX-LENGTH of the Client Subnet (RFC 7871): for whom the answer holds. Null without one.",
    ),
];

const ANSWERS: [Column; 3] = [
    Column::optional(
        "answer_ttl_min_s",
        Kind::Long,
        "The least TTL of the answer section in seconds, one with its top bit set read as 0 (RFC 2181, section 8). Null if \
         there are no answers.",
    ),
    Column::optional(
        "answer_addresses",
        Kind::List(&Kind::Text),
        "Addresses of the A and AAAA records of the answer section, in order (RFC 5952). Null if there is none.",
    ),
    Column::optional(
        "answer_cnames",
        Kind::List(&Kind::Text),
        "Targets of the CNAME records of the answer section, in order, in the form of `qname`. Null if there is none.",
    ),
];

/// What stands behind the last record.
pub(crate) const TRAILING: [Column; 1] = [Column::optional(
    "trailing_octets",
    Kind::Int,
    "Octets behind the last record; 0 in a sound message. Null if it is not known.",
)];

/// Where reading ended, and the message itself.
pub(crate) const RAW: [Column; 2] = [
    Column::optional(
        "error_offset",
        Kind::Int,
        "Where reading ended, in octets from the begin of the message. Null unless `parse_status` tells of damage.",
    ),
    Column::optional(
        "message_raw",
        Kind::Binary,
        "The message as received, without the length in front of it on TCP. Null if it is not kept: damaged messages \
         always are, others by configuration; unless addresses are to be hidden that cannot be found in it.",
    ),
];
