use super::*;
use std::collections::HashSet;

fn world(prefixes: usize) -> World {
    let settings = Settings {
        peers: 90,
        prefixes_v4: prefixes,
        prefixes_v6: prefixes,
        ..Settings::default()
    };
    World::new(&settings)
}

#[test]
fn as_many_prefixes_as_asked_for_and_none_twice() {
    let world = world(5_000);
    for family in Family::ALL {
        let prefixes = &world.prefixes[family as usize];
        let distinct: HashSet<&Prefix> = prefixes.iter().collect();
        let held: usize = world
            .origins
            .iter()
            .map(|origin| origin.prefixes(family).len())
            .sum();
        assert_eq!([prefixes.len(), distinct.len(), held], [5_000; 3]);
    }
}

#[test]
fn host_bits_are_zero() {
    for prefix in world(2_000).prefixes.iter().flatten() {
        let mut address = [0; 16];
        address[..prefix.significant_octets().len()].copy_from_slice(prefix.significant_octets());
        let host_bits = u128::from_be_bytes(address) << prefix.length;
        assert_eq!(host_bits, 0, "{prefix:?}");
    }
}

#[test]
fn as_numbers_and_sessions_are_unique_and_none_is_as_trans() {
    let world = world(20_000);
    let all = (0..Graph::FULL_TABLE).map(|node| world.graph.asn(node));
    let asns: Vec<u32> = all
        .chain((0..world.origins.len() as u32).map(|origin| world.graph.origin_asn(origin)))
        .collect();
    assert_eq!(asns.iter().collect::<HashSet<_>>().len(), asns.len());
    assert!(!asns.contains(&23_456));
    let addresses: HashSet<_> = world.peers.iter().map(|peer| peer.ends.peer_ip).collect();
    assert_eq!(addresses.len(), 90);
}

#[test]
fn paths_lead_from_the_peer_to_the_origin_without_loops() {
    let world = world(2_000);
    let mut path = Vec::new();
    let mut lengths = HashSet::new();
    for (number, peer) in (0u64..).zip(&world.peers) {
        for origin in (0..world.origins.len() as u32).step_by(7) {
            world.graph.path(
                peer.node,
                origin,
                crate::random::mix([number, origin.into(), 0, 0]),
                &mut path,
            );
            assert_eq!(path.first(), Some(&peer.ends.peer_asn));
            assert_eq!(path.last(), Some(&world.graph.origin_asn(origin)));
            assert_eq!(
                path.iter().collect::<HashSet<_>>().len(),
                path.len(),
                "{path:?}"
            );
            lengths.insert(path.len());
        }
    }
    assert!(
        lengths.contains(&2) && lengths.contains(&5) && lengths.iter().all(|n| *n < 16),
        "{lengths:?}"
    );
}
