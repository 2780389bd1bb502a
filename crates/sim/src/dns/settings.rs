//! What the traffic of a resolver is like.

/// So many registered domains can be told apart.
const DOMAINS_MAX: usize = 32_768;

/// What the traffic of a resolver is like. Equal settings give equal octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolverSettings {
    /// Chooses the names, the clients and what they ask.
    pub seed: u64,
    /// Who asks, at least one and at most 60,000.
    pub clients: usize,
    /// Registered domains with names in them, at least one and at most 32,768.
    pub domains: usize,
    /// Time of the first query, UTC microseconds since 1970; at least 0.
    pub start_us: i64,
    /// Mean number of queries of clients per second of the feed's own time.
    pub queries_per_second: u32,
    /// So many of a million frames are damaged on purpose.
    pub damaged_per_million: u32,
}

impl Default for ResolverSettings {
    /// Three hundred clients, two thousand domains, from 2026-01-01 on, nothing damaged.
    fn default() -> Self {
        Self {
            seed: 1,
            clients: 300,
            domains: 2_000,
            start_us: 1_767_225_600_000_000,
            queries_per_second: 400,
            damaged_per_million: 0,
        }
    }
}

impl ResolverSettings {
    /// The same with each value inside its range.
    pub(crate) fn clamped(&self) -> Self {
        Self {
            clients: self.clients.clamp(1, 60_000),
            domains: self.domains.clamp(1, DOMAINS_MAX),
            start_us: self.start_us.max(0),
            queries_per_second: self.queries_per_second.max(1),
            ..self.clone()
        }
    }
}
