//! What is known of each peer: what its session has negotiated, and what its messages have taught.
//!
//! A Peer Up may be days before the messages that need it, so all of this is part of the decoder's state.

use hashbrown::HashMap;
use std::net::IpAddr;
use tables::{Direction, RibView};
use wire::bgp::{AddPath, Afi, AsnWidth, CapabilityCode, Open, Safi, add_path_families};
use wire::{Fault, ParseError, Reader};

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

    /// Everything, in an order that does not depend on how it came about. Empty if nothing is known.
    ///
    /// ```text
    /// peers, each: router (16) | u8 scope | distinguisher (8) | u8 address octets | address | u8 1 session, 3 of four-octet ASNs, 0 none
    ///   with a session: lists of families received, families sent, and u8 view, family that are complete
    ///   a list of u8 direction, family, u8 count that are learned
    /// list: u8 count, then so many; family: u16 AFI, u8 SAFI; peers and lists are in order, nothing is there twice
    /// ```
    pub(crate) fn export(&self) -> Vec<u8> {
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_unstable_by_key(|entry| entry.key);
        let mut octets = Vec::new();
        for entry in entries {
            entry.export(&mut octets);
        }
        octets
    }

    /// Takes up what [`Peers::export`] gave, instead of what is known.
    ///
    /// # Errors
    /// If it is something else: whatever is loaded is exported as the same octets.
    pub(crate) fn load(octets: &[u8]) -> Result<Self, ParseError> {
        let mut peers = Self::default();
        let mut reader = Reader::new(octets);
        while !reader.is_empty() {
            let offset = reader.offset();
            let entry = Entry::load(&mut reader)?;
            if peers.entries.len() >= PEERS_MAX {
                return Err(ParseError::new(Fault::OverLimit, "peers", offset));
            }
            if peers
                .entries
                .last()
                .is_some_and(|last| last.key >= entry.key)
            {
                return Err(ParseError::bad_value("order of peers", offset));
            }
            let has_session = usize::from(entry.session.is_some());
            peers.sessions = peers.sessions.saturating_add(has_session);
            peers.places.insert(entry.key, peers.entries.len());
            peers.entries.push(entry);
        }
        Ok(peers)
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

    fn export(&self, octets: &mut Vec<u8>) {
        octets.extend_from_slice(&self.key.router);
        octets.push(self.key.scope.0);
        octets.extend_from_slice(&self.key.distinguisher);
        match self.key.ip {
            IpAddr::V4(ip) => {
                octets.push(4);
                octets.extend_from_slice(&ip.octets());
            }
            IpAddr::V6(ip) => {
                octets.push(16);
                octets.extend_from_slice(&ip.octets());
            }
        }
        octets.push(match &self.session {
            None => 0,
            Some(session) if session.negotiated.is_four_octet => HAS_FOUR_OCTET_SESSION,
            Some(_) => HAS_SESSION,
        });
        if let Some(session) = &self.session {
            push_list(octets, &session.negotiated.add_path_received, |_, one| *one);
            push_list(octets, &session.negotiated.add_path_sent, |_, one| *one);
            let mut complete = session.complete.clone();
            complete.sort_unstable_by_key(table_order);
            push_list(octets, &complete, |octets, (view, family)| {
                octets.push(*view as u8);
                *family
            });
        }
        let mut learned = self.learned.clone();
        learned.sort_unstable_by_key(Learned::order);
        push_list(octets, &learned, |octets, one| {
            octets.extend_from_slice(&[one.direction as u8, one.count]);
            one.family
        });
    }

    fn load(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let router = reader.array("router")?;
        let scope = Scope(reader.u8("scope")?);
        let distinguisher = reader.array("distinguisher")?;
        let ip_offset = reader.offset();
        let ip: IpAddr = match reader.u8("address octets")? {
            4 => reader.array::<4>("address")?.into(),
            16 => reader.array::<16>("address")?.into(),
            _ => return Err(ParseError::bad_value("address octets", ip_offset)),
        };
        let flags_offset = reader.offset();
        let session = match reader.u8("flags")? {
            0 => None,
            flags @ (HAS_SESSION | HAS_FOUR_OCTET_SESSION) => {
                Some(Session::load(reader, flags == HAS_FOUR_OCTET_SESSION)?)
            }
            _ => return Err(ParseError::bad_value("flags", flags_offset)),
        };
        let learned = load_list(reader, Learned::load, Learned::order)?;
        Ok(Self {
            key: PeerKey {
                router,
                scope,
                distinguisher,
                ip,
            },
            session,
            learned,
        })
    }
}

impl Session {
    fn load(reader: &mut Reader<'_>, is_four_octet: bool) -> Result<Self, ParseError> {
        Ok(Self {
            negotiated: Negotiated {
                is_four_octet,
                add_path_received: load_list(reader, load_family, |one| family_order(*one))?,
                add_path_sent: load_list(reader, load_family, |one| family_order(*one))?,
            },
            complete: load_list(reader, load_table, table_order)?,
        })
    }
}

impl Learned {
    fn load(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let direction = load_named(reader, &[Direction::Sent, Direction::Received])?;
        let count_offset = reader.offset();
        let count = reader.u8("count")?;
        if !(1..=CONSISTENT).contains(&count) {
            return Err(ParseError::bad_value("count", count_offset));
        }
        Ok(Self {
            direction,
            count,
            family: load_family(reader)?,
        })
    }

    fn order(&self) -> (u8, (u16, u8)) {
        (self.direction as u8, family_order(self.family))
    }
}

const HAS_SESSION: u8 = 1;
const HAS_FOUR_OCTET_SESSION: u8 = 3;
/// By their number.
const RIB_VIEWS: [RibView; 6] = [
    RibView::AdjInPre,
    RibView::AdjInPost,
    RibView::AdjOutPre,
    RibView::AdjOutPost,
    RibView::LocRib,
    RibView::Unknown,
];

/// `before` writes what stands before an element's family, and returns that.
fn push_list<T>(octets: &mut Vec<u8>, list: &[T], before: impl Fn(&mut Vec<u8>, &T) -> Family) {
    octets.push(u8::try_from(list.len()).unwrap_or(u8::MAX));
    for one in list.iter().take(usize::from(u8::MAX)) {
        let (Afi(afi), Safi(safi)) = before(octets, one);
        octets.extend_from_slice(&afi.to_be_bytes());
        octets.push(safi);
    }
}

fn load_list<T, O: Ord>(
    reader: &mut Reader<'_>,
    each: impl Fn(&mut Reader<'_>) -> Result<T, ParseError>,
    order: impl Fn(&T) -> O,
) -> Result<Vec<T>, ParseError> {
    let offset = reader.offset();
    let count = usize::from(reader.u8("list count")?);
    if count > FAMILIES_MAX {
        return Err(ParseError::new(Fault::OverLimit, "list count", offset));
    }
    let list: Vec<T> = (0..count).map(|_| each(reader)).collect::<Result<_, _>>()?;
    if !list.is_sorted_by(|one, next| order(one) < order(next)) {
        return Err(ParseError::bad_value("order of list", offset));
    }
    Ok(list)
}

fn load_table(reader: &mut Reader<'_>) -> Result<(RibView, Family), ParseError> {
    let view = load_named(reader, &RIB_VIEWS)?;
    Ok((view, load_family(reader)?))
}

fn load_family(reader: &mut Reader<'_>) -> Result<Family, ParseError> {
    Ok((Afi(reader.u16("AFI")?), Safi(reader.u8("SAFI")?)))
}

fn load_named<T: Copy>(reader: &mut Reader<'_>, all: &[T]) -> Result<T, ParseError> {
    let offset = reader.offset();
    let number = usize::from(reader.u8("number")?);
    all.get(number)
        .copied()
        .ok_or(ParseError::bad_value("number", offset))
}

fn family_order((afi, safi): Family) -> (u16, u8) {
    (afi.0, safi.0)
}

fn table_order((view, family): &(RibView, Family)) -> (u8, (u16, u8)) {
    (*view as u8, family_order(*family))
}

#[cfg(test)]
mod tests;
