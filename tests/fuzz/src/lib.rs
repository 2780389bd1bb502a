//! What the fuzz targets do with their octets. That nothing panics, and that memory is bounded, libFuzzer sees by itself.

#[path = "../../it/checked.rs"]
mod checked;
mod dns;

pub use dns::dns;

use checked::Checked;
use feeds::{Decoder, DecoderSettings, Format, Outcome, Unit};
use tables::Provenance;

const PROVENANCE: Provenance<'static> = Provenance {
    kafka_topic: "fuzz",
    kafka_partition: 0,
    kafka_offset: 0,
    brokered_at: Some(1_735_689_600_000_000),
    ingested_at: 0,
    project: "",
    collector: "",
    router: None,
    format: "fuzz",
};

/// Decodes octets as one message, and then as a file, unit by unit.
pub fn file(format: Format, octets: &[u8]) {
    decode(&mut decoder(format), octets);
    let (mut decoder, mut rest) = (decoder(format), octets);
    while !rest.is_empty() {
        let taken = match format.first_unit(rest, true) {
            Unit::Whole(octets) | Unit::Part { octets, .. } | Unit::Gap(octets) => octets,
            Unit::Incomplete | Unit::Damaged => rest.len(),
        };
        assert!(taken > 0, "no unit at all");
        let (unit, after) = rest
            .split_at_checked(taken)
            .expect("a unit inside the file");
        decode(&mut decoder, unit);
        rest = after;
    }
    // What is read from a pipe comes piece by piece: what is there already must not decide otherwise.
    let half = &octets[..octets.len() / 2];
    if let Unit::Whole(taken) = format.first_unit(half, false) {
        assert_eq!(format.first_unit(octets, true), Unit::Whole(taken));
    }
}

/// Decodes octets as the body of an UPDATE, behind an octet that says in which kind of MRT record.
pub fn update(octets: &[u8]) {
    let Some((kind, body)) = octets.split_first() else {
        return;
    };
    // BGP4MP_MESSAGE, MESSAGE_AS4, and both with path identifiers (RFC 6396, 8050).
    let subtype = [1, 4, 8, 9][usize::from(kind % 4)];
    let peers: &[u8] = if matches!(subtype, 4 | 9) {
        &[0, 0, 0xfb, 0xf4, 0, 0, 0x31, 0x6e]
    } else {
        &[0xfb, 0xf4, 0x31, 0x6e]
    };
    let Ok(message_octets) = u16::try_from(body.len() + 19) else {
        return;
    };
    let addresses = [0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254];
    let header = [&message_octets.to_be_bytes()[..], &[2]].concat();
    let record = [peers, &addresses, &[0xff; 16], &header, body].concat();
    let length = (record.len() as u32).to_be_bytes();
    let message = [
        &[0x67, 0x74, 0x85, 0x80, 0, 16, 0, subtype],
        &length[..],
        &record,
    ]
    .concat();
    decode(&mut decoder(Format::Mrt), &message);
}

/// Carries over what a message teaches: whole, with one octet changed, and as if the octets were a state themselves.
pub fn state(octets: &[u8]) {
    let mut first = decoder(Format::Auto);
    decode(&mut first, octets);
    let state = first.export_state();
    let mut second = decoder(Format::Auto);
    second.load_state(&state).expect("a state of ours");
    assert_eq!(second.export_state(), state);
    assert_eq!(decode(&mut second, octets), decode(&mut first, octets));

    if let [message @ .., high, low, flips] = octets
        && !state.is_empty()
    {
        let mut changed = state;
        let place = usize::from(u16::from_be_bytes([*high, *low])) % changed.len();
        changed[place] ^= flips;
        load(&changed, message);
    }
    load(octets, octets);
}

/// Loads what may be a state, and decodes with what it says.
fn load(state: &[u8], message: &[u8]) {
    let mut first = decoder(Format::Auto);
    if first.load_state(state).is_err() {
        return;
    }
    let (exported, mut second) = (first.export_state(), decoder(Format::Auto));
    second.load_state(&exported).expect("a state of ours");
    assert_eq!(second.export_state(), exported);
    assert_eq!(decode(&mut second, message), decode(&mut first, message));
}

fn decoder(format: Format) -> Decoder {
    Decoder::new(DecoderSettings::new(format))
}

/// Decodes one message: its rows are checked and counted.
fn decode(decoder: &mut Decoder, message: &[u8]) -> (Outcome, Checked) {
    let mut rows = Checked::default();
    let outcome = decoder.decode(message, &PROVENANCE, &mut rows);
    rows.check(message, outcome);
    (outcome, rows)
}
