//! What is known of peers: when it is settled, learned, void, and how it travels.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::saved::RIB_VIEWS;
use super::*;
use wire::bgp::parse_open;
use wire::{Fault, Reader};

const UNICAST: Family = (Afi::IPV4, Safi::UNICAST);
const MULTICAST: Family = (Afi::IPV4, Safi::MULTICAST);

fn key(number: u8) -> PeerKey {
    PeerKey {
        router: [number / 16; 16],
        scope: Scope(number % 3),
        distinguisher: [0, 0, 0, 0, 0, 0, 0, number % 5],
        ip: [192, 0, 2, number].into(),
    }
}

fn loc_rib() -> PeerKey {
    PeerKey {
        scope: Scope::LOC_RIB,
        ..key(0)
    }
}

/// The body of an OPEN with the ADD-PATH families (AFI 1, SAFI, send and receive).
fn open(is_four_octet: bool, add_path: &[(u8, u8)]) -> Vec<u8> {
    let mut capabilities = Vec::new();
    if is_four_octet {
        capabilities.extend([65, 4, 0, 0, 0xfb, 0xf4]);
    }
    capabilities.extend([69, 4 * add_path.len() as u8]);
    capabilities.extend(add_path.iter().flat_map(|(safi, how)| [0, 1, *safi, *how]));
    let octets = capabilities.len() as u8;
    let head = [4, 0xfb, 0xf4, 0, 90, 10, 0, 0, 1, octets + 2, 2, octets];
    [&head[..], &capabilities].concat()
}

fn settled(scope: Scope, sent: &[u8], received: &[u8]) -> Negotiated {
    let parse = |octets| parse_open(Reader::new(octets)).unwrap();
    Negotiated::by_opens(scope, &parse(sent), &parse(received)).unwrap()
}

#[test]
fn add_path_holds_where_one_side_sends_and_the_other_receives() {
    for (ours, theirs, is_received, is_sent) in [
        (1, 2, true, false),
        (2, 1, false, true),
        (3, 3, true, true),
        (1, 3, true, false),
        (2, 2, false, false),
        (1, 1, false, false),
    ] {
        let (sent, received) = (open(true, &[(1, ours)]), open(true, &[(1, theirs)]));
        let negotiated = settled(Scope(0), &sent, &received);
        let families = |holds: bool| if holds { vec![UNICAST] } else { Vec::new() };
        assert_eq!(negotiated.add_path_received, families(is_received));
        assert_eq!(negotiated.add_path_sent, families(is_sent));
    }
    let other_family = settled(Scope(0), &open(true, &[(2, 3)]), &open(true, &[(1, 3)]));
    assert_eq!(other_family.add_path_received, []);
    // In any order, the first of two counts.
    let (many, one) = (
        open(true, &[(2, 3), (1, 3), (2, 1)]),
        open(true, &[(1, 1), (2, 1)]),
    );
    let negotiated = settled(Scope(0), &one, &many);
    assert_eq!(negotiated.add_path_received, [UNICAST, MULTICAST]);
    // A Loc-RIB's OPENs are both its own.
    let both = open(true, &[(1, 2), (2, 1)]);
    let negotiated = settled(Scope::LOC_RIB, &both, &both);
    assert_eq!(negotiated.add_path_received, [UNICAST]);
}

#[test]
fn four_octets_need_both() {
    let (with, without) = (open(true, &[]), open(false, &[]));
    for (sent, received, expected) in [
        (&with, &with, true),
        (&with, &without, false),
        (&without, &with, false),
    ] {
        assert_eq!(settled(Scope(0), sent, received).is_four_octet, expected);
    }
}

fn with_add_path() -> Negotiated {
    Negotiated {
        is_four_octet: true,
        add_path_received: vec![UNICAST],
        add_path_sent: vec![MULTICAST],
    }
}

#[test]
fn a_session_tells_until_it_ends() {
    let mut peers = Peers::default();
    let path_ids = |peers: &mut Peers, family| peers.path_ids(&key(1), Direction::Received, family);
    assert_eq!(path_ids(&mut peers, UNICAST), PathIds::Unknown);
    assert_eq!(peers.asn_width(&key(1)), None);

    assert!(peers.up(&key(1), with_add_path()));
    assert_eq!(path_ids(&mut peers, UNICAST), PathIds::Told(true));
    assert_eq!(path_ids(&mut peers, MULTICAST), PathIds::Told(false));
    let sent = peers.path_ids(&key(1), Direction::Sent, MULTICAST);
    assert_eq!(sent, PathIds::Told(true));
    assert_eq!(peers.asn_width(&key(1)), Some(AsnWidth::Four));
    assert_eq!(
        peers.path_ids(&key(2), Direction::Received, UNICAST),
        PathIds::Unknown
    );

    // Another begins: nothing of the one before holds.
    assert!(peers.up(&key(1), Negotiated::default()));
    assert_eq!(path_ids(&mut peers, UNICAST), PathIds::Told(false));
    assert_eq!(peers.asn_width(&key(1)), Some(AsnWidth::Two));

    peers.down(&key(1));
    assert_eq!(path_ids(&mut peers, UNICAST), PathIds::Unknown);
    assert!(peers.is_empty() && !peers.has_sessions());
    assert_eq!(peers.export(), []);
}

#[test]
fn a_loc_rib_is_believed_only_where_both_readings_fit() {
    let mut peers = Peers::default();
    assert!(peers.up(&loc_rib(), with_add_path()));
    let mut path_ids = |family| peers.path_ids(&loc_rib(), Direction::Received, family);
    assert_eq!(path_ids(UNICAST), PathIds::Announced);
    assert_eq!(path_ids(MULTICAST), PathIds::Unknown);
}

#[test]
fn tables_are_initial_until_they_are_complete() {
    let mut peers = Peers::default();
    let views = [RibView::AdjInPre, RibView::AdjInPost];
    let initial = |peers: &mut Peers| views.map(|view| peers.is_initial(&key(1), view, UNICAST));
    // Nobody saw it begin.
    assert_eq!(initial(&mut peers), [false, false]);
    peers.complete(&key(1), RibView::AdjInPre, UNICAST);
    assert!(peers.is_empty());

    assert!(peers.up(&key(1), with_add_path()));
    assert_eq!(initial(&mut peers), [true, true]);
    peers.complete(&key(1), RibView::AdjInPre, UNICAST);
    assert_eq!(initial(&mut peers), [false, true]);
    assert!(peers.is_initial(&key(1), RibView::AdjInPre, MULTICAST));
    assert!(peers.up(&key(1), with_add_path()));
    assert_eq!(initial(&mut peers), [true, true]);
}

#[test]
fn the_others_are_found_after_one_is_forgotten() {
    let mut peers = Peers::default();
    for number in 0..100 {
        assert!(peers.up(&key(number), with_add_path()));
    }
    for number in (0..100).step_by(3) {
        peers.down(&key(number));
    }
    for number in 0..100 {
        let expected = (number % 3 != 0).then_some(AsnWidth::Four);
        assert_eq!(peers.asn_width(&key(number)), expected, "{number}");
    }
}

/// Peers with everything that there can be, the order of events by `seed`.
fn some_peers(seed: u64) -> Peers {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below) as u8
    };
    let mut peers = Peers::default();
    for _ in 0..400 {
        let key = if next(9) == 0 {
            loc_rib()
        } else {
            key(next(50))
        };
        let family = (Afi(u16::from(next(3))), Safi(next(3)));
        let view = RIB_VIEWS[usize::from(next(6))];
        let direction = [Direction::Sent, Direction::Received][usize::from(next(2))];
        match next(5) {
            0 => peers.down(&key),
            1 => assert!(peers.up(&key, with_add_path())),
            2 => peers.complete(&key, view, family),
            _ => {
                peers.observe_path_ids(&key, direction, family, next(3) != 0);
            }
        }
    }
    peers
}

#[test]
fn what_is_exported_is_loaded() {
    for seed in 0..50 {
        let peers = some_peers(seed);
        let exported = peers.export();
        let mut loaded = Peers::load(&exported).unwrap();
        assert_eq!(loaded.export(), exported);
        assert_eq!(loaded.sessions, peers.sessions);
        for entry in &peers.entries {
            for direction in [Direction::Sent, Direction::Received] {
                let expected = entry.path_ids(direction, UNICAST);
                assert_eq!(loaded.path_ids(&entry.key, direction, UNICAST), expected);
            }
        }
    }
}

#[test]
fn the_order_of_events_does_not_show() {
    let mut peers = [Peers::default(), Peers::default()];
    let numbers: Vec<u8> = (0..60).collect();
    for number in &numbers {
        assert!(peers[0].up(&key(*number), with_add_path()));
        peers[0].complete(&key(*number), RibView::LocRib, MULTICAST);
        peers[0].complete(&key(*number), RibView::AdjInPre, UNICAST);
    }
    for number in numbers.iter().rev() {
        assert!(peers[1].up(&key(*number), with_add_path()));
        peers[1].complete(&key(*number), RibView::AdjInPre, UNICAST);
        peers[1].complete(&key(*number), RibView::LocRib, MULTICAST);
    }
    assert_eq!(peers[0].export(), peers[1].export());
}

#[test]
fn damaged_octets_are_refused_or_mean_what_they_say() {
    let exported = some_peers(1).export();
    for end in 0..exported.len() {
        if let Ok(loaded) = Peers::load(&exported[..end]) {
            assert_eq!(loaded.export(), &exported[..end]);
        }
    }
    let mut damaged = exported.clone();
    for place in 0..exported.len() {
        for change in [1, 0x80, 0xff] {
            damaged[place] ^= change;
            if let Ok(loaded) = Peers::load(&damaged) {
                assert_eq!(loaded.export(), damaged);
            }
            damaged[place] = exported[place];
        }
    }
}

#[test]
fn hostile_octets_are_refused() {
    let mut peers = Peers::default();
    assert!(peers.up(&key(1), Negotiated::default()));
    let one = peers.export();
    let check = |octets: &[u8], expected| {
        assert_eq!(Peers::load(octets).unwrap_err(), expected);
    };
    let twice = [&one[..], &one].concat();
    let order = ParseError::bad_value("order of peers", one.len());
    check(&twice, order);
    // Flags, then the counts of four lists.
    let flags = one.len() - 5;
    let changed = |place: usize, value: u8| {
        let mut octets = one.clone();
        octets[place] = value;
        octets
    };
    check(&changed(flags, 2), ParseError::bad_value("flags", flags));
    let over = ParseError::new(Fault::OverLimit, "list count", flags + 1);
    check(&changed(flags + 1, 33), over);
    let last = one.len() - 1;
    let mut learned = changed(last, 1);
    learned.extend([1, 4, 0, 1, 1]);
    check(&learned, ParseError::bad_value("count", last + 2));
    let mut learned = changed(last, 2);
    learned.extend([1, 3, 0, 1, 1, 1, 3, 0, 1, 1]);
    check(&learned, ParseError::bad_value("order of list", last));
}

#[test]
fn no_more_than_so_many_are_remembered() {
    let mut peers = Peers::default();
    let numbered = |number: usize| PeerKey {
        ip: std::net::Ipv4Addr::from(number as u32).into(),
        ..key(0)
    };
    for number in 0..PEERS_MAX {
        assert!(peers.up(&numbered(number), Negotiated::default()));
    }
    assert!(!peers.up(&numbered(PEERS_MAX), Negotiated::default()));
    assert!(peers.up(&numbered(0), with_add_path()));
    peers.down(&numbered(0));
    assert!(peers.up(&numbered(PEERS_MAX), Negotiated::default()));
    let exported = peers.export();
    assert_eq!(Peers::load(&exported).unwrap().export(), exported);
}
