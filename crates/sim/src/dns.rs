//! What a resolver sees of the DNS, as an endless series of dnstap messages: what its clients ask and are told (CLIENT), and
//! what it asks the servers of the zones itself (RESOLVER).

mod answered;
mod asked;
mod clients;
mod damage;
mod domains;
mod popularity;
mod settings;

pub use settings::ResolverSettings;

use crate::clock::Clock;
use crate::random::Random;
use crate::record::{Expected, Record};
use crate::writer::dns::{Edns, Message, Name, flag};
use crate::writer::dnstap::{Frame, Protocol, Role};
use crate::writer::fstrm;
use answered::{Answered, truncated, udp_octets_max};
use asked::{About, Asked};
use clients::{Client, Clients, resolver};
use damage::Fault;
use domains::Domains;
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};

const IDENTITY: &str = "sim-resolver";
const VERSION: &str = "sim 1";
/// One response of so many comes in a frame with its query.
const COMPANION_SHARE: u32 = 8;
/// One query of a client of so many is never answered.
const LOST_SHARE: u32 = 400;
/// The resolver asks a server again after so long, and gives up after twice that.
const PATIENCE_NS: i64 = 400_000_000;
/// Who answers for the public suffixes and for the root.
const SUFFIX_SERVER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 250);
/// The cookie that the resolver gives to all servers.
const COOKIE: (u16, [u8; 8]) = (10, *b"resolver");

/// The messages of a resolver's dnstap, one after the other, for ever; each one's key is its client.
#[derive(Clone, Debug)]
pub struct Resolver {
    domains: Domains,
    clients: Clients,
    random: Random,
    clock: Clock,
    damaged_per_million: u32,
    /// When each name that is kept was fetched, in nanoseconds since 1970.
    cache: HashMap<(String, u16), i64>,
    /// What is still to be seen, by its time and then as it came about.
    pending: BTreeMap<(i64, u64), Record>,
    frames: u64,
}

impl Resolver {
    /// The traffic of these settings; each value is taken to the nearest one inside its range.
    pub fn new(settings: &ResolverSettings) -> Self {
        let settings = settings.clamped();
        Self {
            domains: Domains::new(settings.seed, settings.domains),
            clients: Clients::new(settings.seed, settings.clients),
            random: Random::new(settings.seed),
            clock: Clock::new(settings.start_us, settings.queries_per_second),
            damaged_per_million: settings.damaged_per_million,
            cache: HashMap::new(),
            pending: BTreeMap::new(),
            frames: 0,
        }
    }
}

impl Iterator for Resolver {
    type Item = Record;

    /// The next message; there always is one.
    fn next(&mut self) -> Option<Record> {
        loop {
            let first = self.pending.first_entry();
            if let Some(due) = first.filter(|first| first.key().0 <= self.clock.now_us()) {
                return Some(due.remove());
            }
            self.clock.pass(&mut self.random);
            self.ask();
        }
    }
}

/// Messages as a file of Frame Streams has them.
pub fn frame_stream(records: &[Record]) -> Vec<u8> {
    fstrm::stream(records.iter().map(|record| &record.octets[..]))
}

/// Two who talk, and as what they are seen.
#[derive(Clone, Debug)]
struct Talk {
    role: Role,
    protocol: Protocol,
    client: IpAddr,
    server: IpAddr,
    /// Whose servers are asked.
    zone: Option<Name>,
    /// The client of the resolver that all is about.
    cause: IpAddr,
}

/// A query with all that its response depends on.
struct Exchange<'a> {
    talk: &'a Talk,
    query: Message,
    answered: &'a Answered,
    /// Those of the response, besides the query's.
    flags: u16,
    query_ns: i64,
    response_ns: i64,
}

impl Resolver {
    /// A client asks, and all that comes of it.
    fn ask(&mut self) {
        let at_ns = self.clock.now_us() * 1_000 + self.random.below(1_000) as i64;
        let client = self.clients.any(&mut self.random);
        let asked = Asked::any(&self.domains, &mut self.random);
        let (answered, found_ns) = self.resolve(&client, &asked, at_ns);
        let talk = Talk {
            role: Role::Client,
            protocol: client.protocol(),
            client: client.ip,
            server: resolver(client.ip, 0).ip(),
            zone: None,
            cause: client.ip,
        };
        let query = self.query(&asked, flag::RD, client.edns());
        if self.random.chance(1, LOST_SHARE) {
            self.see_query(&talk, at_ns, &query);
            return;
        }
        let response_ns = found_ns + 20_000 + self.random.below(180_000) as i64;
        self.exchange(Exchange {
            talk: &talk,
            query,
            answered: &answered,
            flags: flag::RA,
            query_ns: at_ns,
            response_ns,
        });
    }

    /// What the resolver knows or finds out, and when.
    fn resolve(&mut self, client: &Client, asked: &Asked, at_ns: i64) -> (Answered, i64) {
        let talk = upstream(client, asked);
        if matches!(&asked.about, About::Host(domain, _) if domain.is_lame()) {
            return self.give_up(&talk, asked, at_ns);
        }
        let answered = Answered::truly(asked);
        let key = (asked.qname.clone(), asked.qtype);
        if let Some(fetched_ns) = self.cache.get(&key) {
            let age_s = u32::try_from((at_ns - fetched_ns) / 1_000_000_000).unwrap_or(0);
            if age_s < answered.ttl_s() {
                return (answered.aged(age_s), at_ns);
            }
        }
        let found_ns = self.fetch(&talk, asked, &answered, at_ns);
        if !matches!(asked.about, About::Nothing { .. }) {
            self.cache.insert(key, found_ns);
        }
        (answered, found_ns)
    }

    /// Asks a server of the zone. Returns when that has answered.
    fn fetch(&mut self, talk: &Talk, asked: &Asked, answered: &Answered, at_ns: i64) -> i64 {
        let query = self.own_query(asked);
        let round_trip_us = match &asked.about {
            About::Host(domain, _) | About::Reverse(domain) => domain.round_trip_us(),
            About::Nothing { .. } => 12_000,
        };
        let jitter_us = self.random.below(1 + round_trip_us / 4);
        let took_ns = (round_trip_us + jitter_us) as i64 * 1_000 + self.random.below(1_000) as i64;
        let query_ns = at_ns + 60_000;
        self.exchange(Exchange {
            talk,
            query,
            answered,
            flags: flag::AA,
            query_ns,
            response_ns: query_ns + took_ns,
        })
    }

    /// Asks twice and hears nothing.
    fn give_up(&mut self, talk: &Talk, asked: &Asked, at_ns: i64) -> (Answered, i64) {
        for retry in 0..2 {
            let query = self.own_query(asked);
            self.see_query(talk, at_ns + 60_000 + retry * PATIENCE_NS, &query);
        }
        (Answered::unreachable(), at_ns + 2 * PATIENCE_NS)
    }

    /// A query of the resolver itself: letters are capital by chance, so that a forged answer has to guess them (0x20).
    fn own_query(&mut self, asked: &Asked) -> Message {
        let edns = Edns {
            udp_octets: 1232,
            is_do: true,
            options: vec![(COOKIE.0, COOKIE.1.to_vec())],
        };
        let mut query = self.query(asked, 0, Some(edns));
        let mut bits = self.random.bits();
        query.qname = query.qname.map_letters(|letter| {
            bits = bits.rotate_left(1);
            if bits & 1 == 1 {
                letter.to_ascii_uppercase()
            } else {
                letter
            }
        });
        query
    }

    fn query(&mut self, asked: &Asked, flags: u16, edns: Option<Edns>) -> Message {
        Message {
            id: self.random.bits() as u16,
            flags,
            qname: Name::new(&asked.qname),
            qtype: asked.qtype,
            answers: Vec::new(),
            authority: Vec::new(),
            edns,
        }
    }

    /// Lets a query and its response be seen, and both over TCP again if the response does not fit into UDP. Returns when
    /// the last one was seen.
    fn exchange(&mut self, exchange: Exchange<'_>) -> i64 {
        let Exchange {
            talk, ref query, ..
        } = exchange;
        let response = exchange.answered.response(query, exchange.flags);
        let octets = response.octets();
        if talk.protocol != Protocol::Udp || octets.len() <= udp_octets_max(query) {
            self.see_both(&exchange, &octets);
            return exchange.response_ns;
        }
        self.see_both(&exchange, &truncated(response).octets());
        let took_ns = exchange.response_ns - exchange.query_ns;
        let query_ns = exchange.response_ns + 100_000;
        self.exchange(Exchange {
            talk: &Talk {
                protocol: Protocol::Tcp,
                ..talk.clone()
            },
            query: Message {
                id: query.id ^ 0x5555,
                ..query.clone()
            },
            query_ns,
            response_ns: query_ns + 2 * took_ns,
            ..exchange
        })
    }

    /// The query in a frame of its own, or in that of the response.
    fn see_both(&mut self, exchange: &Exchange<'_>, response: &[u8]) {
        let &Exchange {
            talk,
            query_ns,
            response_ns,
            ..
        } = exchange;
        let query = exchange.query.octets();
        let is_companion = self.random.chance(1, COMPANION_SHARE);
        let port = self.port();
        if !is_companion {
            self.see(talk, port, (query_ns, Some(query.clone())), None);
        }
        let query = is_companion.then_some(query);
        let response = Some((response_ns, response.to_vec()));
        self.see(talk, port, (query_ns, query), response);
    }

    fn see_query(&mut self, talk: &Talk, query_ns: i64, query: &Message) {
        let port = self.port();
        self.see(talk, port, (query_ns, Some(query.octets())), None);
    }

    fn port(&mut self) -> u16 {
        1_024 + self.random.below(64_512) as u16
    }

    /// Lets a frame be seen when its time has come. Some are damaged.
    fn see(
        &mut self,
        talk: &Talk,
        port: u16,
        (query_ns, mut query): (i64, Option<Vec<u8>>),
        mut response: Option<(i64, Vec<u8>)>,
    ) {
        let rows = u64::from(query.is_some()) + u64::from(response.is_some());
        let damaged = self.random.chance(self.damaged_per_million, 1_000_000);
        let fault = damaged.then(|| Fault::any(&mut self.random));
        let named = response.as_mut().map(|(_, octets)| octets);
        if let (Some(fault), Some(message)) = (fault, named.or(query.as_mut())) {
            fault.spoil_message(message, &mut self.random);
        }
        let zone = talk.zone.as_ref().map(|zone| {
            let mut octets = Vec::new();
            zone.write(&mut octets);
            octets
        });
        let frame = Frame {
            identity: IDENTITY,
            version: VERSION,
            role: talk.role,
            protocol: talk.protocol,
            client: (talk.client, port).into(),
            server: (talk.server, port_of(talk.protocol)).into(),
            query_ns,
            response_ns: response.as_ref().map(|(at_ns, _)| *at_ns),
            query: query.as_deref(),
            response: response.as_ref().map(|(_, octets)| &octets[..]),
            query_zone: zone.as_deref(),
        };
        let at_us = frame.response_ns.unwrap_or(query_ns) / 1_000;
        let mut octets = Vec::with_capacity(256);
        let begin = frame.write(&mut octets);
        if let Some(fault) = fault {
            fault.spoil_frame(&mut octets, begin, &mut self.random);
        }
        let record = Record {
            at_us,
            peer_ip: Some(talk.cause),
            octets,
            expected: fault.map_or(Expected::dns(rows), |fault| fault.expected(rows)),
        };
        self.pending.insert((at_us, self.frames), record);
        self.frames += 1;
    }
}

/// Whom the resolver asks.
fn upstream(client: &Client, asked: &Asked) -> Talk {
    let (server, zone) = match &asked.about {
        About::Host(domain, _) => (domain.server(), domain.text()),
        About::Reverse(domain) => (domain.server(), "100.51.198.in-addr.arpa".to_owned()),
        About::Nothing { zone } => (SUFFIX_SERVER.into(), zone.clone()),
    };
    Talk {
        role: Role::Resolver,
        protocol: Protocol::Udp,
        client: resolver(server, 0).ip(),
        server,
        zone: Some(Name::new(&zone)),
        cause: client.ip,
    }
}

fn port_of(protocol: Protocol) -> u16 {
    match protocol {
        Protocol::Udp | Protocol::Tcp => 53,
        Protocol::Dot | Protocol::Doq => 853,
        Protocol::Doh => 443,
    }
}

#[cfg(test)]
mod tests;
