//! Columns that say who spoke to whom, and how.

use super::policy::{Policy, PolicyColumns};
use crate::build::{
    AddressKeys, Dictionary, Flags, Keys, Numbers, Stage, Validities, Validity, names,
};
use crate::dns::marks::mark;
use crate::{DnsExchange, DnsKind, DnsRole, Kind, Transport};
use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type, TimestampMicrosecondType};
use std::net::IpAddr;

/// Presence bits, beside those that every such table has (1 to 5).
pub(super) mod present {
    pub(super) const QUERY_AT: u64 = 1 << 6;
    pub(super) const RESPONSE_AT: u64 = 1 << 7;
    pub(super) const LATENCY: u64 = 1 << 8;
    pub(super) const ROLE: u64 = 1 << 9;
    pub(super) const COMPANION: u64 = 1 << 10;
    pub(super) const IP_VERSION: u64 = 1 << 11;
    pub(super) const TRANSPORT: u64 = 1 << 12;
    pub(super) const HTTP_VERSION: u64 = 1 << 13;
    pub(super) const CLIENT_IP: u64 = 1 << 14;
    pub(super) const SERVER_IP: u64 = 1 << 15;
    pub(super) const CLIENT_PORT: u64 = 1 << 16;
    pub(super) const SERVER_PORT: u64 = 1 << 17;
    pub(super) const IP_TTL: u64 = 1 << 18;
    pub(super) const NETWORK_ERROR_KNOWN: u64 = 1 << 19;
    pub(super) const NETWORK_ERROR: u64 = 1 << 20;
    pub(in super::super) const QUERY_ZONE: u64 = 1 << 21;
    pub(in super::super) const POLICY_TYPE: u64 = 1 << 22;
    pub(in super::super) const POLICY_ACTION: u64 = 1 << 23;
    pub(in super::super) const POLICY_MATCH: u64 = 1 << 24;
    pub(in super::super) const POLICY_RULE: u64 = 1 << 25;
    pub(in super::super) const POLICY_VALUE: u64 = 1 << 26;
}

/// Who spoke to whom, with addresses and texts as keys. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Exchange {
    query_at: i64,
    response_at: i64,
    latency_ns: i64,
    client: End,
    server: End,
    kind: u8,
    role: u8,
    transport: u8,
    ip_version: u8,
    http_version: u8,
    ip_ttl: u8,
    pub(super) policy: Policy,
}

/// An address and its port.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    number: i64,
    ip: i32,
    port: u16,
}

/// The columns.
#[derive(Debug)]
pub(super) struct ExchangeColumns {
    query_at: Numbers<TimestampMicrosecondType>,
    response_at: Numbers<TimestampMicrosecondType>,
    latency_ns: Numbers<Int64Type>,
    kind: Keys,
    kinds: Dictionary,
    role: Keys,
    roles: Dictionary,
    companion: Flags,
    ip_version: Numbers<Int32Type>,
    transport: Keys,
    transports: Dictionary,
    http_version: Numbers<Int32Type>,
    client: EndColumns,
    server: EndColumns,
    ip_ttl: Numbers<Int32Type>,
    network_error: Flags,
    policy: PolicyColumns,
}

impl ExchangeColumns {
    pub(super) fn new() -> Self {
        Self {
            query_at: Numbers::new(Kind::Timestamp),
            response_at: Numbers::new(Kind::Timestamp),
            latency_ns: Numbers::new(Kind::Long),
            kind: Keys::default(),
            kinds: names(&DnsKind::ALL.map(DnsKind::name)),
            role: Keys::default(),
            roles: names(&DnsRole::ALL.map(DnsRole::name)),
            companion: Flags::default(),
            ip_version: Numbers::new(Kind::Int),
            transport: Keys::default(),
            transports: names(&Transport::ALL.map(Transport::name)),
            http_version: Numbers::new(Kind::Int),
            client: EndColumns::new(),
            server: EndColumns::new(),
            ip_ttl: Numbers::new(Kind::Int),
            network_error: Flags::default(),
            policy: PolicyColumns::default(),
        }
    }

    /// Fills `to`, which is all zeros, and returns the presence bits.
    #[inline]
    pub(super) fn fill(&mut self, from: &DnsExchange<'_>, to: &mut Exchange) -> u64 {
        to.query_at = from.query_at.unwrap_or_default();
        to.response_at = from.response_at.unwrap_or_default();
        to.latency_ns = from.latency_ns.unwrap_or_default();
        to.kind = from.kind as u8;
        to.role = from.role.map(|role| role as u8).unwrap_or_default();
        to.transport = from.transport.map(|how| how as u8).unwrap_or_default();
        to.ip_version = from.ip_version.unwrap_or_default();
        to.http_version = from.http_version.unwrap_or_default();
        to.ip_ttl = from.ip_ttl.unwrap_or_default();
        let policy = if from.policy.is_some() | from.query_zone.is_some() {
            self.policy.fill(from, &mut to.policy)
        } else {
            0
        };
        self.client.fill(from.client_ip.as_ref(), &mut to.client);
        self.server.fill(from.server_ip.as_ref(), &mut to.server);
        to.client.port = from.client_port.unwrap_or_default();
        to.server.port = from.server_port.unwrap_or_default();
        marks_of(from) | policy
    }

    pub(super) fn push<V>(&mut self, stage: &Stage<'_, V>, of: impl Fn(&V) -> &Exchange + Copy) {
        self.query_at
            .push_optional(stage, present::QUERY_AT, |row| of(row).query_at);
        self.response_at
            .push_optional(stage, present::RESPONSE_AT, |row| of(row).response_at);
        self.latency_ns
            .push_optional(stage, present::LATENCY, |row| of(row).latency_ns);
        self.kind.push(stage, |row| of(row).kind.into());
        self.role
            .push_optional(stage, present::ROLE, |row| of(row).role.into());
        self.ip_version
            .push_optional(stage, present::IP_VERSION, |row| of(row).ip_version.into());
        self.transport
            .push_optional(stage, present::TRANSPORT, |row| of(row).transport.into());
        self.http_version
            .push_optional(stage, present::HTTP_VERSION, |row| {
                of(row).http_version.into()
            });
        let (ip, port) = (present::CLIENT_IP, present::CLIENT_PORT);
        (self.client).push(stage, ip, port, |row| &of(row).client);
        let (ip, port) = (present::SERVER_IP, present::SERVER_PORT);
        (self.server).push(stage, ip, port, |row| &of(row).server);
        self.ip_ttl
            .push_optional(stage, present::IP_TTL, |row| of(row).ip_ttl.into());
        self.policy.push(stage, |row| &of(row).policy);
    }

    /// The columns `query_at` to `ip_ttl`.
    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let of = |bit| validities.of(bit);
        let (client, server) = (of(present::CLIENT_IP), of(present::SERVER_IP));
        arrays.extend([
            self.query_at.finish(&of(present::QUERY_AT)),
            self.response_at.finish(&of(present::RESPONSE_AT)),
            self.latency_ns.finish(&of(present::LATENCY)),
            self.kind.finish(&Validity::Full, &self.kinds),
            self.role.finish(&of(present::ROLE), &self.roles),
            self.companion.finish(validities, present::COMPANION),
            self.ip_version.finish(&of(present::IP_VERSION)),
            self.transport
                .finish(&of(present::TRANSPORT), &self.transports),
            self.http_version.finish(&of(present::HTTP_VERSION)),
            self.client.ip.finish(&client),
            self.server.ip.finish(&server),
            self.client.number.finish(&client),
            self.server.number.finish(&server),
            self.client.port.finish(&of(present::CLIENT_PORT)),
            self.server.port.finish(&of(present::SERVER_PORT)),
            self.ip_ttl.finish(&of(present::IP_TTL)),
        ]);
    }

    /// The column `network_error`.
    pub(super) fn finish_network_error(&mut self, validities: &Validities<'_>) -> ArrayRef {
        self.network_error.finish_optional(
            validities,
            present::NETWORK_ERROR,
            present::NETWORK_ERROR_KNOWN,
        )
    }

    /// The columns `query_zone` to `policy_value`.
    pub(super) fn finish_policy(
        &mut self,
        validities: &Validities<'_>,
        arrays: &mut Vec<ArrayRef>,
    ) {
        self.policy.finish(validities, arrays);
    }
}

/// The presence bits of all but the policy.
#[inline]
fn marks_of(from: &DnsExchange<'_>) -> u64 {
    mark(from.query_at.is_some(), present::QUERY_AT)
        | mark(from.response_at.is_some(), present::RESPONSE_AT)
        | mark(from.latency_ns.is_some(), present::LATENCY)
        | mark(from.role.is_some(), present::ROLE)
        | mark(from.is_companion, present::COMPANION)
        | mark(from.ip_version.is_some(), present::IP_VERSION)
        | mark(from.transport.is_some(), present::TRANSPORT)
        | mark(from.http_version.is_some(), present::HTTP_VERSION)
        | mark(from.client_ip.is_some(), present::CLIENT_IP)
        | mark(from.server_ip.is_some(), present::SERVER_IP)
        | mark(from.client_port.is_some(), present::CLIENT_PORT)
        | mark(from.server_port.is_some(), present::SERVER_PORT)
        | mark(from.ip_ttl.is_some(), present::IP_TTL)
        | mark(from.network_error.is_some(), present::NETWORK_ERROR_KNOWN)
        | mark(from.network_error == Some(true), present::NETWORK_ERROR)
}

/// What texts of the exchange take where they are new, roughly.
#[inline]
pub(super) fn policy_octets(from: &DnsExchange<'_>) -> usize {
    let text = |text: Option<&str>| text.map_or(0, str::len);
    let policy = from.policy.map_or(0, |policy| {
        text(policy.policy_type)
            + text(policy.action)
            + text(policy.matched)
            + text(policy.rule)
            + text(policy.value)
    });
    policy + text(from.query_zone)
}

/// The columns of one end.
#[derive(Debug)]
struct EndColumns {
    ip: AddressKeys,
    number: Numbers<Int64Type>,
    port: Numbers<Int32Type>,
}

impl EndColumns {
    fn new() -> Self {
        Self {
            ip: AddressKeys::default(),
            number: Numbers::new(Kind::Long),
            port: Numbers::new(Kind::Int),
        }
    }

    #[inline]
    fn fill(&mut self, ip: Option<&IpAddr>, to: &mut End) {
        match ip {
            Some(IpAddr::V4(v4)) => {
                to.ip = self.ip.key_v4(*v4);
                to.number = v4.to_bits().into();
            }
            Some(IpAddr::V6(v6)) => {
                to.ip = self.ip.key_v6(*v6);
                // Two's complement.
                to.number = (v6.to_bits() >> 64) as i64;
            }
            None => {}
        }
    }

    fn push<V>(
        &mut self,
        stage: &Stage<'_, V>,
        has_ip: u64,
        has_port: u64,
        end: impl Fn(&V) -> &End + Copy,
    ) {
        self.ip.push_optional(stage, has_ip, |row| end(row).ip);
        self.number
            .push_optional(stage, has_ip, |row| end(row).number);
        self.port
            .push_optional(stage, has_port, |row| end(row).port.into());
    }
}
