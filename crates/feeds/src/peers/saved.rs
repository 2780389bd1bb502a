//! What is known of peers as octets, for the state that is saved with each flush.

use super::{
    CONSISTENT, Entry, FAMILIES_MAX, Family, Learned, Negotiated, PEERS_MAX, PeerKey, Peers, Scope,
    Session, family_order,
};
use std::net::IpAddr;
use tables::{Direction, RibView};
use wire::bgp::{Afi, Safi};
use wire::{Fault, ParseError, Reader};

impl Peers {
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
pub(super) const RIB_VIEWS: [RibView; 6] = [
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

fn table_order((view, family): &(RibView, Family)) -> (u8, (u16, u8)) {
    (*view as u8, family_order(*family))
}
