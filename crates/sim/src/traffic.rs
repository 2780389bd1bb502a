//! The sessions of a collector as an endless series of MRT records.

use crate::churn::Churn;
use crate::clock::{Clock, Ticker};
use crate::damage::Damage;
use crate::random::Random;
use crate::record::{Expected, Record};
use crate::session::{self, Scripted, Step};
use crate::settings::Settings;
use crate::world::{Peer, World};
use crate::writer::{bgp, mrt};
use std::collections::VecDeque;

/// Every session sends a KEEPALIVE so often: a third of the hold time (RFC 4271, section 10).
const KEEPALIVE_US: i64 = 30_000_000;
const HOLD_TIME_S: u16 = 90;
/// A session that was reset stays down so long.
const DOWN_US: i64 = 5_000_000;
/// Few records are longer.
const RECORD_OCTETS_USUAL: usize = 256;

/// The records of a collector, one after the other, for ever.
///
/// First all sessions come up, one by one: state changes, OPEN, the whole table, End-of-RIB. A session that is up sends
/// updates and keepalives, and now and then one is reset.
#[derive(Clone, Debug)]
pub struct Traffic {
    world: World,
    churn: Churn,
    random: Random,
    clock: Clock,
    keepalive: Ticker,
    reset: Ticker,
    damaged_per_million: u32,
    /// What sessions that are not up do next.
    script: VecDeque<Scripted>,
    /// The sessions that are up; the first one sends the next KEEPALIVE.
    up: VecDeque<usize>,
}

impl Traffic {
    /// The traffic of these settings; each value is taken to the nearest one inside its range.
    pub fn new(settings: &Settings) -> Self {
        let settings = settings.clamped();
        let world = World::new(&settings);
        let peers = world.peers.len();
        let mut script = VecDeque::new();
        (0..peers).for_each(|peer| session::come_up(&mut script, peer, 0));
        let interval_us = i64::from(settings.reset_interval_s) * 1_000_000;
        Self {
            churn: Churn::new(&world),
            random: Random::new(!settings.seed),
            clock: Clock::new(settings.start_us, settings.updates_per_second),
            keepalive: Ticker::new(settings.start_us, (KEEPALIVE_US / peers as i64).max(1)),
            reset: Ticker::new(settings.start_us, interval_us),
            damaged_per_million: settings.damaged_per_million,
            script,
            up: VecDeque::with_capacity(peers),
            world,
        }
    }
}

impl Iterator for Traffic {
    type Item = Record;

    /// The next record; there always is one.
    fn next(&mut self) -> Option<Record> {
        self.clock.pass(&mut self.random);
        self.start_reset();
        if let Some(peer) = self.due_for_keepalive() {
            return Some(self.keepalive(peer));
        }
        Some(match self.next_step() {
            Some(scripted) => self.play(scripted),
            None => self.change(),
        })
    }
}

impl Traffic {
    fn start_reset(&mut self) {
        let now_us = self.clock.now_us();
        if self.up.is_empty() || !self.reset.is_due(now_us) {
            return;
        }
        let chosen = self.random.below(self.up.len());
        if let Some(peer) = self.up.remove(chosen) {
            session::reset(&mut self.script, peer, now_us + DOWN_US);
        }
    }

    /// Sessions take turns, so that each has its own within [`KEEPALIVE_US`].
    fn due_for_keepalive(&mut self) -> Option<usize> {
        if self.up.is_empty() || !self.keepalive.is_due(self.clock.now_us()) {
            return None;
        }
        self.up.rotate_left(1);
        self.up.back().copied()
    }

    /// The next step of the script. None while it waits, and every other time while other sessions can talk.
    fn next_step(&mut self) -> Option<Scripted> {
        let not_before_us = self.script.front()?.not_before_us;
        if self.up.is_empty() {
            self.clock.pass_until(not_before_us);
        } else if self.clock.now_us() < not_before_us || self.random.chance(1, 2) {
            return None;
        }
        self.script.pop_front()
    }

    fn play(&mut self, Scripted { peer, step, .. }: Scripted) -> Record {
        match step {
            Step::Keepalive => self.keepalive(peer),
            Step::Notification => self.notification(peer),
            Step::State { old, new } => self.state_change(peer, old, new),
            Step::Open => self.open(peer),
            Step::Transfer { holder } => self.transfer(peer, holder),
        }
    }

    fn transfer(&mut self, peer: usize, holder: usize) -> Record {
        if !self.churn.transfer(&self.world, peer, holder) {
            self.up.push_back(peer);
            return self.end_of_rib(peer);
        }
        let step = Step::Transfer { holder: holder + 1 };
        self.script.push_front(Scripted {
            peer,
            step,
            not_before_us: 0,
        });
        self.update(peer, None)
    }

    /// One session that is up tells of a change.
    fn change(&mut self) -> Record {
        let chosen = self.random.below(self.up.len());
        let peer = self.up[chosen];
        if !self.churn.change(&self.world, &mut self.random, peer) {
            return self.keepalive(peer);
        }
        let announces = !self
            .churn
            .update(&self.world.peers[peer])
            .announced
            .is_empty();
        let damaged = announces && self.random.chance(self.damaged_per_million, 1_000_000);
        let damage = damaged.then(|| Damage::any(&mut self.random));
        self.update(peer, damage)
    }

    /// The UPDATE that was composed last.
    fn update(&mut self, peer: usize, damage: Option<Damage>) -> Record {
        if let Some(damage) = damage {
            damage.spoil_attributes(self.churn.route_mut());
        }
        let update = self.churn.update(&self.world.peers[peer]);
        let routes = (update.withdrawn.len() + update.announced.len()) as u64;
        let expected = Expected {
            routes,
            ..Expected::NOTHING
        };
        let (mut record, message_at) =
            self.message(peer, expected, |out| bgp::update(out, &update));
        if let Some(damage) = damage {
            damage.spoil_octets(&mut record.octets, message_at, &mut self.random);
            record.expected = damage.expected(routes);
        }
        record
    }

    fn keepalive(&self, peer: usize) -> Record {
        self.message(peer, Expected::NOTHING, bgp::keepalive).0
    }

    fn end_of_rib(&self, peer: usize) -> Record {
        let family = self.world.peers[peer].family;
        self.message(peer, Expected::SESSION, |out| bgp::end_of_rib(out, family))
            .0
    }

    /// Administrative Reset (RFC 4486, section 3).
    fn notification(&self, peer: usize) -> Record {
        let write = |out: &mut Vec<u8>| bgp::notification(out, 6, 4, "scheduled maintenance");
        self.message(peer, Expected::SESSION, write).0
    }

    fn open(&self, peer: usize) -> Record {
        let Peer {
            ends,
            bgp_id,
            family,
            ..
        } = &self.world.peers[peer];
        let write = |out: &mut Vec<u8>| {
            bgp::open(
                out,
                ends.peer_asn,
                ends.width,
                HOLD_TIME_S,
                *bgp_id,
                *family,
            );
        };
        self.message(peer, Expected::SESSION, write).0
    }

    fn state_change(&self, peer: usize, old: u16, new: u16) -> Record {
        let ends = &self.world.peers[peer].ends;
        let mut record = self.record(peer, Expected::SESSION);
        mrt::state_change(&mut record.octets, record.at_us, ends, old, new);
        record
    }

    /// A record with the BGP message that `write` appends, and where in it that message begins.
    fn message(
        &self,
        peer: usize,
        expected: Expected,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> (Record, usize) {
        let ends = &self.world.peers[peer].ends;
        let mut record = self.record(peer, expected);
        let mut message_at = 0;
        mrt::message(&mut record.octets, record.at_us, ends, |out| {
            message_at = out.len();
            write(out);
        });
        (record, message_at)
    }

    /// A record of now, still without octets.
    fn record(&self, peer: usize, expected: Expected) -> Record {
        Record {
            at_us: self.clock.now_us(),
            peer_ip: Some(self.world.peers[peer].ends.peer_ip),
            octets: Vec::with_capacity(RECORD_OCTETS_USUAL),
            expected,
        }
    }
}

#[cfg(test)]
mod tests;
