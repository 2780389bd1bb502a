//! What peers hold and how it changes: paths move, attributes are rewritten, prefixes flap and are withdrawn.

use crate::random::Random;
use crate::route::{Variant, blank, describe};
use crate::world::{Family, Peer, Prefix, World};
use crate::writer::bgp::{Attributes, Update};
use std::ops::Range;

/// One origin of so many is unstable, and half of all changes are about these.
const STABLE_PER_UNSTABLE: usize = 50;

/// The tables of all peers, and the UPDATE that is being composed.
#[derive(Clone, Debug)]
pub(crate) struct Churn {
    tables: Vec<Vec<Held>>,
    withdrawn: Vec<Prefix>,
    announced: Vec<Prefix>,
    route: Attributes,
}

/// What a peer holds for one prefix.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    variant: Variant,
    present: bool,
}

impl Churn {
    /// All tables empty.
    pub(crate) fn new(world: &World) -> Self {
        let table = |peer: &Peer| vec![Held::default(); world.prefixes[peer.family as usize].len()];
        Self {
            tables: world.peers.iter().map(table).collect(),
            withdrawn: Vec::new(),
            announced: Vec::new(),
            route: blank(),
        }
    }

    /// Composes the UPDATE of a change in one peer's table. False if its family has no prefixes.
    pub(crate) fn change(&mut self, world: &World, random: &mut Random, peer: usize) -> bool {
        self.clear();
        let family = world.peers[peer].family;
        let Some(origin) = unsettled_origin(world, random, family) else {
            return false;
        };
        let prefixes = some_of(world.prefixes_of(origin, family), random);
        match random.below(100) {
            0..14 => self.withdraw(world, peer, prefixes.clone()),
            14..20 => self.swap(world, random, peer, prefixes.clone()),
            20..40 => self.announce(
                world,
                peer,
                origin,
                prefixes,
                Variant::with_other_attributes,
            ),
            _ => self.announce(world, peer, origin, prefixes, Variant::with_other_path),
        }
        if self.withdrawn.is_empty() && self.announced.is_empty() {
            // All of them were gone already: this is how a prefix that flaps comes back.
            let prefixes = world.prefixes_of(origin, family);
            self.announce(world, peer, origin, prefixes, Variant::with_other_path);
        }
        true
    }

    /// Composes the UPDATE of a table transfer with the routes of the `holder`-th origin. False after the last one.
    pub(crate) fn transfer(&mut self, world: &World, peer: usize, holder: usize) -> bool {
        self.clear();
        let family = world.peers[peer].family;
        let Some(&origin) = world.origins_with[family as usize].get(holder) else {
            return false;
        };
        self.announce(
            world,
            peer,
            origin,
            world.prefixes_of(origin, family),
            |variant| variant,
        );
        true
    }

    /// The UPDATE that was composed last.
    pub(crate) fn update(&self, peer: &Peer) -> Update<'_> {
        Update {
            family: peer.family,
            withdrawn: &self.withdrawn,
            announced: &self.announced,
            attributes: &self.route,
            width: peer.ends.width,
        }
    }

    /// Its attributes, to be damaged.
    pub(crate) fn route_mut(&mut self) -> &mut Attributes {
        &mut self.route
    }

    fn clear(&mut self) {
        self.withdrawn.clear();
        self.announced.clear();
    }

    /// Withdraws those of `prefixes` that the peer holds.
    fn withdraw(&mut self, world: &World, peer: usize, prefixes: Range<usize>) {
        let known = &world.prefixes[world.peers[peer].family as usize];
        for number in prefixes {
            let held = &mut self.tables[peer][number];
            if std::mem::take(&mut held.present) {
                self.withdrawn.push(known[number]);
            }
        }
    }

    /// Announces all of `prefixes`, which are of `origin`, with one set of attributes.
    fn announce(
        &mut self,
        world: &World,
        peer: usize,
        origin: u32,
        prefixes: Range<usize>,
        turn: impl Fn(Variant) -> Variant,
    ) {
        let teller = &world.peers[peer];
        let table = &mut self.tables[peer];
        let variant = turn(table[prefixes.start].variant);
        table[prefixes.clone()].fill(Held {
            variant,
            present: true,
        });
        self.announced
            .extend_from_slice(&world.prefixes[teller.family as usize][prefixes]);
        describe(world, teller, origin, variant, &mut self.route);
    }

    /// Withdraws prefixes and announces those of another origin in one message.
    fn swap(&mut self, world: &World, random: &mut Random, peer: usize, prefixes: Range<usize>) {
        let family = world.peers[peer].family;
        let others = &world.origins_with[family as usize];
        let other = others[random.below(others.len())];
        let announced = world.prefixes_of(other, family);
        if announced.contains(&prefixes.start) {
            return; // one message does not say both of one prefix
        }
        self.withdraw(world, peer, prefixes);
        self.announce(world, peer, other, announced, Variant::with_other_path);
    }
}

fn unsettled_origin(world: &World, random: &mut Random, family: Family) -> Option<u32> {
    let origins = &world.origins_with[family as usize];
    let unstable = origins.len().div_ceil(STABLE_PER_UNSTABLE);
    let among = if random.chance(1, 2) {
        unstable
    } else {
        origins.len()
    };
    origins.get(random.below(among)).copied()
}

/// All prefixes of an origin, or a single one of them.
fn some_of(prefixes: Range<usize>, random: &mut Random) -> Range<usize> {
    if random.chance(1, 2) {
        return prefixes;
    }
    let one = prefixes.start + random.below(prefixes.len());
    one..one + 1
}
