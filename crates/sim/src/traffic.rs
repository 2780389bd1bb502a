//! The sessions of a collector as an endless series of MRT records, or those of a router as one of OpenBMP messages.

use crate::churn::Churn;
use crate::clock::{Clock, Ticker};
use crate::damage::Damage;
use crate::random::Random;
use crate::record::{Expected, Record};
use crate::session::{self, Scripted, Step, state};
use crate::settings::Settings;
use crate::world::{COLLECTOR_ID, Peer, World};
use crate::writer::bmp::{self, About, Statistics};
use crate::writer::openbmp::Envelope;
use crate::writer::{bgp, mrt};
use std::collections::VecDeque;
use std::net::Ipv4Addr;

/// Every session sends a KEEPALIVE so often: a third of the hold time (RFC 4271, section 10).
const KEEPALIVE_US: i64 = 30_000_000;
const HOLD_TIME_S: u16 = 90;
/// A session that was reset stays down so long.
const DOWN_US: i64 = 5_000_000;
/// Few records are longer.
const RECORD_OCTETS_USUAL: usize = 256;
/// Administrative Reset (RFC 4486, section 3).
const RESET: (u8, u8, &str) = (6, 4, "scheduled maintenance");
const ROUTER: Envelope<'static> = Envelope {
    collector: "sim",
    router_hash: *b"simulated router",
    router_ip: COLLECTOR_ID,
    group: "simulated",
};

/// The records of a collector, or the messages of a router, one after the other, for ever.
///
/// First all sessions come up, one by one: state changes, OPEN, the whole table, End-of-RIB. A session that is up sends
/// updates and keepalives, and now and then one is reset. A router begins with an Initiation; it tells of sessions that are
/// up or down, not of what happens in between, and reports statistics instead of keepalives.
#[derive(Clone, Debug)]
pub struct Traffic {
    envelope: Kind,
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

/// What the messages are put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Mrt,
    /// And whether the router has introduced itself.
    OpenBmp {
        is_known: bool,
    },
}

impl Traffic {
    /// The MRT records of a collector with these settings; each value is taken to the nearest one inside its range.
    pub fn new(settings: &Settings) -> Self {
        Self::of_kind(Kind::Mrt, settings)
    }

    /// The same sessions as those of a router, which an OpenBMP collector monitors.
    pub fn of_router(settings: &Settings) -> Self {
        Self::of_kind(Kind::OpenBmp { is_known: false }, settings)
    }

    fn of_kind(envelope: Kind, settings: &Settings) -> Self {
        let settings = settings.clamped();
        let world = World::new(&settings);
        let peers = world.peers.len();
        let mut script = VecDeque::new();
        (0..peers).for_each(|peer| session::come_up(&mut script, peer, 0));
        let interval_us = i64::from(settings.reset_interval_s) * 1_000_000;
        Self {
            envelope,
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
        if self.envelope == (Kind::OpenBmp { is_known: false }) {
            self.envelope = Kind::OpenBmp { is_known: true };
            return Some(self.initiation());
        }
        loop {
            if let Some(record) = self.turn() {
                return Some(record);
            }
        }
    }
}

impl Traffic {
    /// What happens next. None: nobody is told of it.
    fn turn(&mut self) -> Option<Record> {
        self.clock.pass(&mut self.random);
        self.start_reset();
        if let Some(peer) = self.due_for_keepalive() {
            return Some(self.sign_of_life(peer));
        }
        match self.next_step() {
            Some(scripted) => self.play(scripted),
            None => Some(self.change()),
        }
    }

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

    fn play(&mut self, Scripted { peer, step, .. }: Scripted) -> Option<Record> {
        match (step, self.envelope) {
            (Step::Transfer { holder }, _) => Some(self.transfer(peer, holder)),
            (Step::Keepalive, Kind::Mrt) => Some(self.keepalive(peer)),
            (Step::Notification, Kind::Mrt) => Some(self.notification(peer)),
            (Step::State { old, new }, Kind::Mrt) => Some(self.state_change(peer, old, new)),
            (Step::Open, Kind::Mrt) => Some(self.open(peer)),
            (Step::State { new, .. }, Kind::OpenBmp { .. }) if new == state::ESTABLISHED => {
                Some(self.peer_up(peer))
            }
            (Step::State { old, .. }, Kind::OpenBmp { .. }) if old == state::ESTABLISHED => {
                Some(self.peer_down(peer))
            }
            (_, Kind::OpenBmp { .. }) => None,
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
            return self.sign_of_life(peer);
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
        let mut message = Vec::with_capacity(RECORD_OCTETS_USUAL);
        bgp::update(&mut message, &update);
        let Some(damage) = damage else {
            return self.message(peer, expected, &message);
        };
        damage.spoil_octets(&mut message, &mut self.random);
        self.message(peer, damage.expected(routes), &message)
    }

    /// What a session sends that has nothing to say, or what a router says of it.
    fn sign_of_life(&self, peer: usize) -> Record {
        match self.envelope {
            Kind::Mrt => self.keepalive(peer),
            Kind::OpenBmp { .. } => self.statistics(peer),
        }
    }

    fn keepalive(&self, peer: usize) -> Record {
        self.message(peer, Expected::NOTHING, &written(bgp::keepalive))
    }

    fn end_of_rib(&self, peer: usize) -> Record {
        let family = self.world.peers[peer].family;
        let message = written(|out| bgp::end_of_rib(out, family));
        self.message(peer, Expected::SESSION, &message)
    }

    fn notification(&self, peer: usize) -> Record {
        self.message(peer, Expected::SESSION, &written(reset_notification))
    }

    fn open(&self, peer: usize) -> Record {
        let Peer { ends, bgp_id, .. } = &self.world.peers[peer];
        let message = self.written_open(peer, ends.peer_asn, *bgp_id);
        self.message(peer, Expected::SESSION, &message)
    }

    /// The OPEN of one of the two ends.
    fn written_open(&self, peer: usize, asn: u32, bgp_id: Ipv4Addr) -> Vec<u8> {
        let Peer { ends, family, .. } = &self.world.peers[peer];
        written(|out| bgp::open(out, asn, ends.width, HOLD_TIME_S, bgp_id, *family))
    }

    fn state_change(&self, peer: usize, old: u16, new: u16) -> Record {
        let ends = &self.world.peers[peer].ends;
        let mut record = self.record(Some(peer), Expected::SESSION);
        mrt::state_change(&mut record.octets, record.at_us, ends, old, new);
        record
    }

    fn initiation(&self) -> Record {
        let mut record = self.record(None, Expected::SESSION);
        ROUTER.write(&mut record.octets, record.at_us, |out| {
            bmp::initiation(out, "sim-router", "simulated");
        });
        record
    }

    fn peer_up(&self, peer: usize) -> Record {
        let Peer { ends, bgp_id, .. } = &self.world.peers[peer];
        let sent = self.written_open(peer, ends.local_asn, COLLECTOR_ID);
        let received = self.written_open(peer, ends.peer_asn, *bgp_id);
        self.report(peer, Expected::SESSION, |out, about| {
            bmp::peer_up(out, about, &sent, &received);
        })
    }

    fn peer_down(&self, peer: usize) -> Record {
        self.report(peer, Expected::SESSION, |out, about| {
            bmp::peer_down(out, about, &written(reset_notification));
        })
    }

    fn statistics(&self, peer: usize) -> Record {
        let family = self.world.peers[peer].family;
        let routes = self.world.prefixes[family as usize].len() as u64;
        let statistics = Statistics {
            family,
            refused: self.clock.now_us().div_euclid(KEEPALIVE_US) as u32,
            routes,
        };
        let expected = Expected {
            bmp_stats: Statistics::COUNT,
            ..Expected::NOTHING
        };
        self.report(peer, expected, |out, about| {
            bmp::statistics(out, about, &statistics);
        })
    }

    /// A BGP message of a peer in its envelope.
    fn message(&self, peer: usize, expected: Expected, message: &[u8]) -> Record {
        if self.envelope != Kind::Mrt {
            return self.report(peer, expected, |out, about| {
                bmp::route_monitoring(out, about, message);
            });
        }
        let ends = &self.world.peers[peer].ends;
        let mut record = self.record(Some(peer), expected);
        mrt::message(&mut record.octets, record.at_us, ends, |out| {
            out.extend_from_slice(message);
        });
        record
    }

    /// What a router says of a peer.
    fn report(
        &self,
        peer: usize,
        expected: Expected,
        write: impl FnOnce(&mut Vec<u8>, &About<'_>),
    ) -> Record {
        let Peer { ends, bgp_id, .. } = &self.world.peers[peer];
        let mut record = self.record(Some(peer), expected);
        let about = About {
            ends,
            bgp_id: *bgp_id,
            at_us: record.at_us,
        };
        ROUTER.write(&mut record.octets, record.at_us, |out| write(out, &about));
        record
    }

    /// A record of now, still without octets.
    fn record(&self, peer: Option<usize>, expected: Expected) -> Record {
        Record {
            at_us: self.clock.now_us(),
            peer_ip: peer.map(|peer| self.world.peers[peer].ends.peer_ip),
            octets: Vec::with_capacity(RECORD_OCTETS_USUAL),
            expected,
        }
    }
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out);
    out
}

fn reset_notification(out: &mut Vec<u8>) {
    let (code, subcode, text) = RESET;
    bgp::notification(out, code, subcode, text);
}

#[cfg(test)]
mod tests;
