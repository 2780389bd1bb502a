//! What is known of each peer: what its session has negotiated, and what its messages have taught.
//!
//! A Peer Up may be days before the messages that need it, so all of this is part of the decoder's state.

mod saved;

use hashbrown::HashMap;
use std::net::IpAddr;
use tables::{Direction, RibView};
use wire::ParseError;
use wire::bgp::{AddPath, Afi, AsnWidth, CapabilityCode, Open, Safi, add_path_families};

/// So many peers are remembered at most; messages of others are read by inference.
const PEERS_MAX: usize = 32 * 1024;
/// So many families are remembered of a peer, for each purpose. IANA knows of some thirty that anyone uses.
const FAMILIES_MAX: usize = 32;
/// So many messages in a row must show that a peer sends path identifiers unannounced. A guess.
const CONSISTENT: u8 = 3;

/// Address family and subsequent address family.
pub(crate) type Family = (Afi, Safi);

/// Whose messages belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PeerKey {
    /// The router that reports, or our end of the session: a hash, an address or a name, whatever the feed has.
    pub(crate) router: [u8; 16],
    /// Which kind of feed, and of peer.
    pub(crate) scope: Scope,
    /// Peer distinguisher of BMP.
    pub(crate) distinguisher: [u8; 8],
    /// Address of the peer.
    pub(crate) ip: IpAddr,
}

/// Kind of a peer: the Peer Type of BMP, or a number above those for other feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Scope(pub(crate) u8);

impl Scope {
    /// Loc-RIB Instance Peer (RFC 9069).
    pub(crate) const LOC_RIB: Self = Self(3);
    /// A peer in an MRT record.
    pub(crate) const MRT: Self = Self(255);
    /// A peer of RIS Live.
    pub(crate) const RIS_LIVE: Self = Self(254);
}

/// Whether NLRI of a family carry path identifiers (RFC 7911), as far as anyone has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathIds {
    /// The envelope says, or both OPENs do.
    Told(bool),
    /// The OPENs of a Loc-RIB do, which are made up: what it sends may differ from them.
    Announced,
    /// Earlier messages of the peer could be read only with them.
    Learned,
    /// A few could, not yet often enough in a row.
    Suspected,
    /// Nobody has said.
    Unknown,
}

/// An address as the router of a [`PeerKey`].
#[inline]
pub(crate) fn octets_of(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// What the two OPENs of a session have settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Negotiated {
    /// Both can do four-octet ASNs (RFC 6793).
    pub(crate) is_four_octet: bool,
    /// Families for which the peer sends path identifiers.
    pub(crate) add_path_received: Vec<Family>,
    /// Families for which the router does.
    pub(crate) add_path_sent: Vec<Family>,
}

impl Negotiated {
    /// What the OPEN that a router has sent and the one that it has received settle between them.
    ///
    /// Those of a Loc-RIB are made up, both alike: what they say of sending holds (RFC 9069, section 5.1).
    ///
    /// # Errors
    /// Never for OPENs that were parsed.
    pub(crate) fn by_opens(
        scope: Scope,
        sent: &Open<'_>,
        received: &Open<'_>,
    ) -> Result<Self, ParseError> {
        let (ours, theirs) = (add_path(sent)?, add_path(received)?);
        let settled = |from: &[AddPath], to: &[AddPath]| {
            let is_received = |one: &AddPath| {
                let same = |other: &&AddPath| (other.afi, other.safi) == (one.afi, one.safi);
                scope == Scope::LOC_RIB || to.iter().find(same).is_some_and(|to| to.receives())
            };
            let sent = from.iter().filter(|one| one.sends());
            let families = sent.filter(|one| is_received(one));
            families.map(|one| (one.afi, one.safi)).collect()
        };
        Ok(Self {
            is_four_octet: sent.is_four_octet && received.is_four_octet,
            add_path_received: settled(&theirs, &ours),
            add_path_sent: settled(&ours, &theirs),
        })
    }
}

/// The families of an OPEN's ADD-PATH capabilities, in order; of several for a family the first counts.
fn add_path(open: &Open<'_>) -> Result<Vec<AddPath>, ParseError> {
    let mut families = Vec::new();
    open.capabilities.for_each(|code, value| {
        if CapabilityCode(code) == CapabilityCode::ADD_PATH {
            families.extend(add_path_families(value));
        }
    })?;
    families.sort_by_key(|one| family_order((one.afi, one.safi)));
    families.dedup_by_key(|one| (one.afi, one.safi));
    families.truncate(FAMILIES_MAX);
    Ok(families)
}

/// All peers of a partition.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    entries: Vec<Entry>,
    /// How many of them have a session.
    sessions: usize,
    places: HashMap<PeerKey, usize>,
    /// Messages of one peer mostly follow each other.
    last: usize,
    version: u64,
}

#[derive(Debug)]
struct Entry {
    key: PeerKey,
    session: Option<Session>,
    learned: Vec<Learned>,
}

/// A session whose Peer Up was seen.
#[derive(Debug)]
struct Session {
    negotiated: Negotiated,
    /// Tables that are complete: their End-of-RIB was seen.
    complete: Vec<(RibView, Family)>,
}

#[derive(Clone, Copy, Debug)]
struct Learned {
    direction: Direction,
    family: Family,
    /// Messages in a row that could be read only with path identifiers, up to [`CONSISTENT`].
    count: u8,
}

impl Peers {
    /// Counts up with everything that [`Peers::export`] would show.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Whether nothing is known of anyone.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether any session was seen to begin.
    #[inline]
    pub(crate) fn has_sessions(&self) -> bool {
        self.sessions != 0
    }

    /// A session begins, or begins anew: what was known of the one before is void. False if it cannot be remembered.
    pub(crate) fn up(&mut self, key: &PeerKey, negotiated: Negotiated) -> bool {
        self.version = self.version.wrapping_add(1);
        let session = Some(Session {
            negotiated,
            complete: Vec::new(),
        });
        let Some(entry) = self.entry_or_new(key) else {
            return false;
        };
        let before = std::mem::replace(&mut entry.session, session);
        entry.learned.clear();
        self.sessions = self.sessions.saturating_add(usize::from(before.is_none()));
        true
    }

    /// A session has ended: nothing is known of the peer any more.
    pub(crate) fn down(&mut self, key: &PeerKey) {
        let Some(place) = self.places.remove(key) else {
            return;
        };
        self.version = self.version.wrapping_add(1);
        let removed = self.entries.swap_remove(place);
        let has_session = usize::from(removed.session.is_some());
        self.sessions = self.sessions.saturating_sub(has_session);
        if let Some(moved) = self.entries.get(place) {
            self.places.insert(moved.key, place);
        }
    }

    /// Width of ASNs that the session of a peer has settled.
    #[inline]
    pub(crate) fn asn_width(&mut self, key: &PeerKey) -> Option<AsnWidth> {
        let session = self.entry(key)?.session.as_ref()?;
        Some(if session.negotiated.is_four_octet {
            AsnWidth::Four
        } else {
            AsnWidth::Two
        })
    }

    /// Whether NLRI of that family carry path identifiers when they go in that direction.
    #[inline]
    pub(crate) fn path_ids(
        &mut self,
        key: &PeerKey,
        direction: Direction,
        family: Family,
    ) -> PathIds {
        match self.entry(key) {
            Some(entry) => entry.path_ids(direction, family),
            None => PathIds::Unknown,
        }
    }

    /// Notes that NLRI could be read in one way only. Returns whether that has just taught what the peer does.
    pub(crate) fn observe_path_ids(
        &mut self,
        key: &PeerKey,
        direction: Direction,
        family: Family,
        has_path_ids: bool,
    ) -> bool {
        let entry = if has_path_ids {
            self.entry_or_new(key)
        } else {
            self.entry(key)
        };
        let Some(entry) = entry else { return false };
        let Some(count) = entry.observe(direction, family, has_path_ids) else {
            return false;
        };
        self.version = self.version.wrapping_add(1);
        count == CONSISTENT
    }

    /// The initial table of a family is complete.
    pub(crate) fn complete(&mut self, key: &PeerKey, rib_view: RibView, family: Family) {
        let Some(session) = self.entry(key).and_then(|entry| entry.session.as_mut()) else {
            return;
        };
        let table = (rib_view, family);
        if session.complete.len() < FAMILIES_MAX && !session.complete.contains(&table) {
            session.complete.push(table);
            self.version = self.version.wrapping_add(1);
        }
    }

    /// Whether routes of a family still belong to the initial table: the session was seen to begin, and its End-of-RIB
    /// was not.
    #[inline]
    pub(crate) fn is_initial(&mut self, key: &PeerKey, rib_view: RibView, family: Family) -> bool {
        match self.entry(key).and_then(|entry| entry.session.as_ref()) {
            Some(session) => !session.complete.contains(&(rib_view, family)),
            None => false,
        }
    }

    #[inline]
    fn entry(&mut self, key: &PeerKey) -> Option<&mut Entry> {
        if self
            .entries
            .get(self.last)
            .is_none_or(|last| last.key != *key)
        {
            self.last = *self.places.get(key)?;
        }
        self.entries.get_mut(self.last)
    }

    fn entry_or_new(&mut self, key: &PeerKey) -> Option<&mut Entry> {
        if !self.places.contains_key(key) {
            if self.entries.len() >= PEERS_MAX {
                return None;
            }
            self.places.insert(*key, self.entries.len());
            self.entries.push(Entry {
                key: *key,
                session: None,
                learned: Vec::new(),
            });
        }
        self.entry(key)
    }
}

impl Entry {
    #[inline]
    fn path_ids(&self, direction: Direction, family: Family) -> PathIds {
        let is_same = |one: &&Learned| (one.direction, one.family) == (direction, family);
        let count = self.learned.iter().find(is_same).map(|one| one.count);
        let told = self.session.as_ref().map(|session| {
            let families = match direction {
                Direction::Received => &session.negotiated.add_path_received,
                Direction::Sent => &session.negotiated.add_path_sent,
            };
            families.contains(&family)
        });
        match told {
            Some(true) if self.key.scope == Scope::LOC_RIB => PathIds::Announced,
            Some(has_path_ids) if self.key.scope != Scope::LOC_RIB => PathIds::Told(has_path_ids),
            _ => match count {
                Some(CONSISTENT..) => PathIds::Learned,
                Some(_) => PathIds::Suspected,
                None => PathIds::Unknown,
            },
        }
    }

    /// The new count, if it has changed.
    fn observe(&mut self, direction: Direction, family: Family, has_path_ids: bool) -> Option<u8> {
        let same = |one: &Learned| (one.direction, one.family) == (direction, family);
        let place = self.learned.iter().position(same);
        match (place, has_path_ids) {
            (Some(place), true) => {
                let learned = self.learned.get_mut(place)?;
                if learned.count >= CONSISTENT {
                    return None;
                }
                learned.count = learned.count.saturating_add(1);
                Some(learned.count)
            }
            (Some(place), false) => {
                self.learned.swap_remove(place);
                Some(0)
            }
            (None, true) if self.learned.len() < FAMILIES_MAX => {
                self.learned.push(Learned {
                    direction,
                    family,
                    count: 1,
                });
                Some(1)
            }
            (None, _) => None,
        }
    }
}

/// As numbers, which have an order.
fn family_order((afi, safi): Family) -> (u16, u8) {
    (afi.0, safi.0)
}

#[cfg(test)]
mod tests;
