//! The tables of the collector at one time, as TABLE_DUMP_V2 (RFC 6396, section 4.3): the index of peers first, then one
//! record per prefix with an entry of each peer that carries its family.

use crate::record::{Expected, Record};
use crate::route::{Variant, blank, describe};
use crate::settings::Settings;
use crate::world::{COLLECTOR_ID, Family, Peer, World};
use crate::writer::bgp::Attributes;
use crate::writer::mrt::{self, IndexedPeer};

/// Largest age of a route in the dump, in seconds.
const AGE_MAX_S: u32 = 86_400;

/// The table dump of a world in which all sessions are up and nothing has happened yet; every record bears the time
/// [`Settings::start_us`], in whole seconds.
pub fn table_dump(settings: &Settings) -> TableDump {
    let settings = settings.clamped();
    let world = World::new(&settings);
    let route = blank();
    let at_s = settings.start_us.div_euclid(1_000_000) as u32;
    TableDump {
        world,
        at_s,
        next: None,
        sequence: 0,
        route,
    }
}

/// The records of a table dump, in their order. See [`table_dump`].
#[derive(Clone, Debug)]
pub struct TableDump {
    world: World,
    at_s: u32,
    /// Where the next record is; none before the index of peers.
    next: Option<Place>,
    sequence: u32,
    route: Attributes,
}

/// A prefix: its family, its origin as an index of the family's origins, and how many of its prefixes come before it.
#[derive(Clone, Copy, Debug)]
struct Place {
    family: Family,
    holder: usize,
    number: usize,
}

impl Iterator for TableDump {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        match self.next {
            None => {
                self.next = Some(Place {
                    family: Family::V4,
                    holder: 0,
                    number: 0,
                });
                Some(self.index())
            }
            Some(place) => self.entry_from(place),
        }
    }
}

impl TableDump {
    fn index(&self) -> Record {
        let mut octets = Vec::new();
        let peers = self.world.peers.iter().map(indexed);
        mrt::peer_index_table(&mut octets, self.at_s, COLLECTOR_ID, "", peers);
        self.record(octets, 0)
    }

    /// The record of the first prefix at `place` or behind it.
    fn entry_from(&mut self, place: Place) -> Option<Record> {
        let Place {
            family,
            holder,
            number,
        } = place;
        let Some(&origin) = self.world.origins_with[family as usize].get(holder) else {
            return match family {
                Family::V4 => self.entry_from(Place {
                    family: Family::V6,
                    holder: 0,
                    number: 0,
                }),
                Family::V6 => None,
            };
        };
        let range = self.world.prefixes_of(origin, family);
        self.next = Some(if number + 1 < range.len() {
            Place {
                number: number + 1,
                ..place
            }
        } else {
            Place {
                family,
                holder: holder + 1,
                number: 0,
            }
        });
        Some(self.entry(family, origin, range.start + number))
    }

    fn entry(&mut self, family: Family, origin: u32, prefix: usize) -> Record {
        let Self {
            world,
            at_s,
            sequence,
            route,
            ..
        } = self;
        let mut octets = Vec::with_capacity(64 * world.peers.len());
        let mut rows = 0;
        mrt::rib(
            &mut octets,
            *at_s,
            *sequence,
            family,
            &world.prefixes[family as usize][prefix],
            |out| {
                for (number, peer) in (0u16..).zip(&world.peers) {
                    if peer.family != family {
                        continue;
                    }
                    describe(world, peer, origin, Variant::default(), route);
                    mrt::rib_entry(
                        out,
                        number,
                        at_s.saturating_sub(age_s(origin, number)),
                        route,
                    );
                    rows += 1;
                }
                rows
            },
        );
        self.sequence += 1;
        self.record(octets, rows.into())
    }

    fn record(&self, octets: Vec<u8>, rib: u64) -> Record {
        Record {
            at_us: i64::from(self.at_s) * 1_000_000,
            peer_ip: None,
            octets,
            expected: Expected {
                rib,
                ..Expected::NOTHING
            },
        }
    }
}

fn indexed(peer: &Peer) -> IndexedPeer {
    IndexedPeer {
        bgp_id: peer.bgp_id,
        ip: peer.ends.peer_ip,
        asn: peer.ends.peer_asn,
    }
}

fn age_s(origin: u32, peer: u16) -> u32 {
    (origin * 37 + u32::from(peer) * 101) % AGE_MAX_S
}
