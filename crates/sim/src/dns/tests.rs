use super::*;

fn settings(damaged_per_million: u32) -> ResolverSettings {
    ResolverSettings {
        damaged_per_million,
        ..ResolverSettings::default()
    }
}

fn take(settings: &ResolverSettings, frames: usize) -> Vec<Record> {
    Resolver::new(settings).take(frames).collect()
}

fn has(record: &Record, octets: &[u8]) -> bool {
    record
        .octets
        .windows(octets.len())
        .any(|window| window == octets)
}

#[test]
fn the_same_settings_give_the_same_octets() {
    let all = take(&settings(20_000), 3_000);
    assert_eq!(all, take(&settings(20_000), 3_000));
    let other = ResolverSettings {
        seed: 2,
        ..settings(20_000)
    };
    assert_ne!(all, take(&other, 3_000));
}

#[test]
fn time_does_not_go_back_and_passes_as_asked() {
    let all = take(&settings(0), 20_000);
    assert!(all.is_sorted_by_key(|record| record.at_us));
    let seconds = (all[all.len() - 1].at_us - all[0].at_us) / 1_000_000;
    assert!((10..40).contains(&seconds), "{seconds} s");
}

#[test]
fn every_kind_of_traffic_is_there() {
    let all = take(&settings(0), 20_000);
    let kinds: [(&str, &[u8]); 12] = [
        ("a popular suffix", b"\x03com\x00"),
        ("a suffix of two labels", b"\x02co\x02uk\x00"),
        ("a leaked name", b"\x05local\x00"),
        ("a name of an address", b"\x07in-addr\x04arpa\x00"),
        ("an alias", b"\x0bcdn-example"),
        ("a client's network", &[0, 8, 0, 7, 0, 1, 24, 0]),
        ("a cookie", &[0, 10, 0, 8]),
        ("an Extended DNS Error", b"\x00\x16no server"),
        ("EDNS of 4096 octets", &[0, 0, 41, 0x10, 0]),
        ("a pointer", &[0xc0, 12]),
        ("IPv6", &[0x10, 2]),
        ("TCP", &[0x18, 2]),
    ];
    for (kind, octets) in kinds {
        assert!(all.iter().any(|record| has(record, octets)), "{kind}");
    }
    let companions = all
        .iter()
        .filter(|record| record.expected.dns_messages == 2);
    assert!((500..2_000).contains(&companions.count()));
}

#[test]
fn as_many_are_damaged_as_asked_for() {
    let (mut all, frames) = (Expected::default(), 30_000);
    for record in Resolver::new(&settings(30_000)).take(frames) {
        all += record.expected;
    }
    assert!((250..350).contains(&all.dns_damaged), "{all:?}");
    assert!((500..700).contains(&all.rejects), "{all:?}");
    assert!(all.dns_messages > 29_000, "{all:?}");
    assert_eq!(all.data_rows(), all.dns_messages);
}

#[test]
fn extreme_settings_are_taken_to_their_ranges() {
    let extreme = ResolverSettings {
        seed: u64::MAX,
        clients: 0,
        domains: usize::MAX,
        start_us: i64::MIN,
        queries_per_second: 0,
        damaged_per_million: u32::MAX,
    };
    for record in Resolver::new(&extreme).take(500) {
        assert!(record.expected.rejects == 1 || record.expected.dns_damaged == 1);
        assert!(!record.octets.is_empty());
    }
}
