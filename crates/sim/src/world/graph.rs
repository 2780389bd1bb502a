//! Who serves whom: a clique of tier-1 networks, transit networks below them, origins at the edge.
//!
//! Paths are valley-free (Gao 2001): up from the origin by customer links, across at most one link between two
//! tier-1 networks, down by customer links to the peer.

use crate::random::{Random, scale};

/// Networks that buy from nobody and all exchange routes with each other.
const TIER_ONE: usize = 9;
/// Networks between them and the origins.
const TRANSIT: usize = 50;
/// More than any climb has: two halvings per doubling of transit networks, and both ends.
const CLIMB_MAX: usize = 12;

/// All autonomous systems: first tier-1, then transit, then one for each origin.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    asns: Vec<u32>,
    /// Two of each, one of them used three times of four; the same twice where there is one.
    providers: Vec<[u32; 2]>,
}

impl Graph {
    /// A graph with that many origins.
    pub(crate) fn new(random: &mut Random, origins: usize) -> Self {
        let mut graph = Self {
            asns: Vec::new(),
            providers: Vec::new(),
        };
        for number in 0..TIER_ONE {
            graph.add(1_201 + 311 * number as u32, [0, 0]);
        }
        for number in 0..TRANSIT {
            graph.add(
                transit_asn(number as u32),
                transit_providers(random, number),
            );
        }
        for number in 0..origins {
            let provider = |random: &mut Random| (TIER_ONE + random.below(TRANSIT)) as u32;
            graph.add(
                origin_asn(number as u32),
                [provider(random), provider(random)],
            );
        }
        graph
    }

    fn add(&mut self, asn: u32, providers: [u32; 2]) {
        self.asns.push(asn);
        self.providers.push(providers);
    }

    /// Networks that may be peers of the collector: those with a full table.
    pub(crate) const FULL_TABLE: usize = TIER_ONE + TRANSIT;

    /// The AS number of a network.
    pub(crate) fn asn(&self, node: usize) -> u32 {
        self.asns[node]
    }

    /// The AS number of an origin.
    pub(crate) fn origin_asn(&self, origin: u32) -> u32 {
        self.asn(Self::FULL_TABLE + origin as usize)
    }

    /// Writes the AS_PATH on which `peer` reaches `origin`, the peer first. Each `choice` gives one of the possible paths.
    pub(crate) fn path(&self, peer: usize, origin: u32, choice: u64, path: &mut Vec<u32>) {
        let down = self.climb(peer, choice);
        let up = self.climb(Self::FULL_TABLE + origin as usize, choice.rotate_left(17));
        let (down, up) = meet(down.nodes(), up.nodes());
        path.clear();
        path.extend(
            down.iter()
                .chain(up.iter().rev())
                .map(|node| self.asn(*node)),
        );
    }

    /// The networks from `node` up to a tier-1 network, both included.
    fn climb(&self, node: usize, choice: u64) -> Climb {
        let mut climb = Climb {
            nodes: [node; CLIMB_MAX],
            length: 1,
        };
        let mut node = node;
        while node >= TIER_ONE && climb.length < CLIMB_MAX {
            let turn = choice.rotate_left(climb.length as u32 * 7);
            node = self.providers[node][usize::from(scale(turn, 4) == 0)] as usize;
            climb.nodes[climb.length] = node;
            climb.length += 1;
        }
        climb
    }
}

struct Climb {
    nodes: [usize; CLIMB_MAX],
    length: usize,
}

impl Climb {
    fn nodes(&self) -> &[usize] {
        &self.nodes[..self.length]
    }
}

/// Cuts two climbs where they first meet, so that the network where they do stands once; at the top they meet always.
fn meet<'a>(down: &'a [usize], up: &'a [usize]) -> (&'a [usize], &'a [usize]) {
    let met = down.iter().zip(1..).find_map(|(node, length)| {
        let at = up.iter().position(|other| other == node)?;
        Some((&down[..length], &up[..at]))
    });
    met.unwrap_or((down, up))
}

/// One provider of the first tier, and either another one or a larger transit network.
fn transit_providers(random: &mut Random, number: usize) -> [u32; 2] {
    let top = random.below(TIER_ONE) as u32;
    match number / 2 {
        0 => [top, random.below(TIER_ONE) as u32],
        larger => [top, (TIER_ONE + random.below(larger)) as u32],
    }
}

/// Every fourth has an AS number of four octets.
fn transit_asn(number: u32) -> u32 {
    if number % 4 == 3 {
        196_700 + 1_009 * number
    } else {
        4_001 + 137 * number
    }
}

/// Two of three have an AS number of two octets while they last. 23456 (AS_TRANS) is never hit.
fn origin_asn(number: u32) -> u32 {
    let narrow = 11_001 + 3 * number;
    if !number.is_multiple_of(3) && narrow < 64_000 {
        narrow
    } else {
        262_144 + number
    }
}
