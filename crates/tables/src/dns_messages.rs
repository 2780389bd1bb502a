//! Table `dns_messages`: one row per DNS message.

mod builder;
mod columns;
mod exchange;
mod policy;
#[cfg(test)]
mod tests;

pub use builder::DnsMessagesBuilder;
pub(crate) use columns::{COLUMNS, DOC};

use crate::{DnsContent, ObservedAt, Provenance};
use std::net::IpAddr;

/// One DNS message, and how it was seen.
#[derive(Clone, Copy, Debug)]
pub struct DnsMessageRow<'a> {
    /// The Kafka message.
    pub provenance: &'a Provenance<'a>,
    /// Number of the row within the Kafka message and this table.
    pub item: i32,
    /// When it was seen.
    pub observed_at: ObservedAt,
    /// Who spoke to whom, and how.
    pub exchange: &'a DnsExchange<'a>,
    /// What the message says.
    pub content: &'a DnsContent<'a>,
}

/// Who spoke to whom, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct DnsExchange<'a> {
    /// When the query was seen, as reported, UTC microseconds since 1970.
    pub query_at: Option<i64>,
    /// When the response was seen, as reported.
    pub response_at: Option<i64>,
    /// From query to response in nanoseconds, where the feed has both times; may be negative.
    pub latency_ns: Option<i64>,
    /// Query or response.
    pub kind: DnsKind,
    /// In which role the observer took part.
    pub role: Option<DnsRole>,
    /// Whether it is the other message of a frame that carried both.
    pub is_companion: bool,
    /// 4 or 6.
    pub ip_version: Option<u8>,
    /// How it was carried.
    pub transport: Option<Transport>,
    /// Version of HTTP: 1, 2 or 3.
    pub http_version: Option<u8>,
    /// Address of who asks.
    pub client_ip: Option<IpAddr>,
    /// Address of who answers.
    pub server_ip: Option<IpAddr>,
    /// Port of who asks.
    pub client_port: Option<u16>,
    /// Port of who answers.
    pub server_port: Option<u16>,
    /// TTL or hop limit of the IP packet.
    pub ip_ttl: Option<u8>,
    /// Whether there was no answer but an error of the network, where the feed tells.
    pub network_error: Option<bool>,
    /// The zone that the observer took for responsible, as text.
    pub query_zone: Option<&'a str>,
    /// The policy that was applied, if one was.
    pub policy: Option<&'a DnsPolicy<'a>>,
}

/// A policy that a resolver has applied to a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DnsPolicy<'a> {
    /// Type of policy.
    pub policy_type: Option<&'a str>,
    /// What was done.
    pub action: Option<&'a str>,
    /// What the rule was matched with.
    pub matched: Option<&'a str>,
    /// The rule: text if printable, else hexadecimal.
    pub rule: Option<&'a str>,
    /// The value that matched: text if printable, else hexadecimal.
    pub value: Option<&'a str>,
}

/// Query or response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsKind {
    /// A question.
    #[default]
    Query,
    /// An answer.
    Response,
}

impl DnsKind {
    /// All, by their number.
    pub(crate) const ALL: [Self; 2] = [Self::Query, Self::Response];

    /// As in the column `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Response => "response",
        }
    }
}

/// In which role the observer took part (dnstap's message types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsRole {
    /// Authoritative server.
    Auth,
    /// Resolver, towards authoritative servers.
    Resolver,
    /// Resolver, towards its clients.
    Client,
    /// Forwarder, towards its upstream.
    Forwarder,
    /// Stub resolver.
    Stub,
    /// Tool of a person.
    Tool,
    /// Dynamic update (RFC 2136).
    Update,
}

impl DnsRole {
    /// All, by their number.
    pub(crate) const ALL: [Self; 7] = [
        Self::Auth,
        Self::Resolver,
        Self::Client,
        Self::Forwarder,
        Self::Stub,
        Self::Tool,
        Self::Update,
    ];

    /// As in the column `role`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Resolver => "resolver",
            Self::Client => "client",
            Self::Forwarder => "forwarder",
            Self::Stub => "stub",
            Self::Tool => "tool",
            Self::Update => "update",
        }
    }
}

/// How a DNS message was carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS: DoT or DoH, the observer does not say which.
    Tls,
    /// DNS over TLS (RFC 7858).
    Dot,
    /// DNS over HTTPS (RFC 8484).
    Doh,
    /// DNSCrypt over UDP.
    DnscryptUdp,
    /// DNSCrypt over TCP.
    DnscryptTcp,
    /// DNS over QUIC (RFC 9250).
    Doq,
}

impl Transport {
    /// All, by their number.
    pub(crate) const ALL: [Self; 8] = [
        Self::Udp,
        Self::Tcp,
        Self::Tls,
        Self::Dot,
        Self::Doh,
        Self::DnscryptUdp,
        Self::DnscryptTcp,
        Self::Doq,
    ];

    /// As in the column `transport`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Dot => "dot",
            Self::Doh => "doh",
            Self::DnscryptUdp => "dnscrypt_udp",
            Self::DnscryptTcp => "dnscrypt_tcp",
            Self::Doq => "doq",
        }
    }
}
