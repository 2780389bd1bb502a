//! The world that the collector looks at: autonomous systems and who serves whom, their prefixes, the collector's
//! sessions. Fixed once it is made; what happens in it is `traffic`.

mod graph;
mod peers;
mod prefixes;

pub(crate) use graph::Graph;
pub(crate) use peers::{COLLECTOR_ID, Peer};
pub(crate) use prefixes::{Family, Prefix};

use crate::random::Random;
use crate::settings::Settings;
use std::ops::Range;

/// Autonomous systems, prefixes, sessions.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) graph: Graph,
    pub(crate) origins: Vec<Origin>,
    /// The prefixes of each family, those of one origin side by side.
    pub(crate) prefixes: [Vec<Prefix>; 2],
    /// The origins that have prefixes of each family.
    pub(crate) origins_with: [Vec<u32>; 2],
    pub(crate) peers: Vec<Peer>,
}

/// An AS that announces prefixes of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    /// Its prefixes of each family, as a range of [`World::prefixes`].
    prefixes: [Range<usize>; 2],
}

impl World {
    /// The world of these settings, which are inside their ranges.
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut random = Random::new(settings.seed);
        let mut origins = Vec::new();
        let counts = [settings.prefixes_v4, settings.prefixes_v6];
        let prefixes = Family::ALL.map(|family| {
            share_out(&mut origins, &mut random, family, counts[family as usize]);
            prefixes::allocate(&mut random, family, &origins)
        });
        let graph = Graph::new(&mut random, origins.len());
        let peers = peers::sessions(&graph, settings.peers);
        let origins_with = Family::ALL.map(|family| holders(&origins, family));
        Self {
            seed: settings.seed,
            graph,
            origins,
            prefixes,
            origins_with,
            peers,
        }
    }

    /// The prefixes that an origin has of a family, as a range of [`World::prefixes`].
    pub(crate) fn prefixes_of(&self, origin: u32, family: Family) -> Range<usize> {
        self.origins[origin as usize].prefixes(family)
    }
}

impl Origin {
    pub(crate) fn prefixes(&self, family: Family) -> Range<usize> {
        self.prefixes[family as usize].clone()
    }
}

/// Gives `count` prefixes of a family to origins, few to most and many to some, and makes more origins as needed.
fn share_out(origins: &mut Vec<Origin>, random: &mut Random, family: Family, count: usize) {
    let mut given = 0;
    let mut next = 0;
    while given < count {
        let share = share(random).min(count - given);
        if next == origins.len() {
            origins.push(Origin::default());
        }
        origins[next].prefixes[family as usize] = given..given + share;
        given += share;
        next += 1;
    }
}

/// How many prefixes an origin has: half have one, one in sixteen has up to forty.
fn share(random: &mut Random) -> usize {
    match random.below(16) {
        0..8 => 1,
        8..15 => 1 + random.below(6),
        _ => 1 + random.below(40),
    }
}

fn holders(origins: &[Origin], family: Family) -> Vec<u32> {
    let held = |origin: &Origin| !origin.prefixes(family).is_empty();
    (0u32..)
        .zip(origins)
        .filter(|(_, origin)| held(origin))
        .map(|(number, _)| number)
        .collect()
}

#[cfg(test)]
mod tests;
