//! Damage: every case of the corpus, cut short at every octet, and with every octet changed. The decoder neither panics nor
//! loses count, an error lies inside the octets that it is about, and a flood of faults costs little.

use crate::checked::Checked;
use crate::corpus::Case;
use crate::support::PROVENANCE;
use feeds::Decoder;
use std::time::{Duration, Instant};

/// Larger cases are sampled.
const OCTETS_MAX: usize = 4096;
/// What an octet is changed into: ends of ranges, single bits, lengths that are a little wrong.
pub const CHANGES: [fn(u8) -> u8; 8] = [
    |_| 0,
    |_| 0xff,
    |octet| octet ^ 0x01,
    |octet| octet ^ 0x80,
    |octet| octet ^ 0x10,
    |octet| octet.wrapping_add(1),
    |octet| octet.wrapping_sub(1),
    |octet| !octet,
];
/// No message of the corpus may take so long, however damaged; they take microseconds.
const PATIENCE: Duration = Duration::from_millis(500);

#[test]
fn truncated_messages() {
    for_each_message(|case, before, message| {
        for end in chosen(message.len()) {
            check(case, before, &message[..end]);
        }
    });
}

#[test]
fn changed_octets() {
    for_each_message(|case, before, message| {
        let mut changed = message.to_vec();
        for place in chosen(message.len()) {
            for change in CHANGES {
                changed[place] = change(message[place]);
                check(case, before, &changed);
            }
            changed[place] = message[place];
        }
    });
}

#[test]
fn changed_state_is_refused_or_loaded() {
    for name in ["table-dump-v2.txt", "peer-up.txt"] {
        let case = Case::all()
            .into_iter()
            .find(|case| case.path.ends_with(name));
        let case = case.expect("the case");
        let mut first = case.decoder();
        first.decode(&case.messages[0], &PROVENANCE, &mut Checked::default());
        let state = first.export_state();
        assert!(!state.is_empty());
        for end in 0..state.len() {
            let loaded = case.decoder().load_state(&state[..end]);
            assert_eq!(loaded.is_ok(), end == 0, "{name} cut at {end}");
        }
        for place in 0..state.len() {
            for change in CHANGES {
                let mut changed = state.clone();
                changed[place] = change(changed[place]);
                let mut decoder = case.decoder();
                let _ = decoder.load_state(&changed);
                decoder.decode(&case.messages[1], &PROVENANCE, &mut Checked::default());
            }
        }
    }
}

/// Calls `each` with every message of the corpus, its case and the state of a decoder that has seen those before it.
fn for_each_message(mut each: impl FnMut(&Case, &[u8], &[u8])) {
    for case in Case::all() {
        let mut state = case.decoder();
        for message in &case.messages {
            each(&case, &state.export_state(), message);
            state.decode(message, &PROVENANCE, &mut Checked::default());
        }
    }
}

/// All places of a small message, some of a large one, the same in every run.
fn chosen(octets: usize) -> Vec<usize> {
    if octets <= OCTETS_MAX {
        return (0..octets).collect();
    }
    sample(octets, OCTETS_MAX)
}

/// So many places among as many octets, the same in every run.
pub fn sample(octets: usize, count: usize) -> Vec<usize> {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize % octets
    };
    (0..count).map(|_| next()).collect()
}

fn check(case: &Case, state: &[u8], message: &[u8]) {
    let mut decoder = case.decoder();
    decoder.load_state(state).expect("a state of ours");
    check_message(&mut decoder, message);
}

/// Decodes a message and checks what holds for any.
pub fn check_message(decoder: &mut Decoder, message: &[u8]) -> Checked {
    let mut rows = Checked::default();
    let began = Instant::now();
    let outcome = decoder.decode(message, &PROVENANCE, &mut rows);
    assert!(began.elapsed() < PATIENCE, "{message:02x?}");
    rows.check(message, outcome);
    rows
}
