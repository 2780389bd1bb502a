//! Where files are cut, by what is in them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use feeds::PART_OCTETS_MAX;
use std::io::Write;

/// A record of type OSPFv2, with a body of so many octets.
fn record(body_octets: usize) -> Vec<u8> {
    let mut record = vec![0x5c, 0x2a, 0xad, 0x80, 0, 11, 0, 0];
    record.extend(u32::try_from(body_octets).unwrap().to_be_bytes());
    record.resize(12 + body_octets, 7);
    record
}

/// Octets of every unit of a file that gives its octets in pieces of `piece`.
fn cut(file: &[u8], piece: usize) -> Vec<usize> {
    let mut units = Units::new(
        Box::new(Slow(io::Cursor::new(file.to_vec()), piece)),
        Format::Mrt,
        PART_OCTETS_MAX,
    );
    let mut lengths = vec![];
    while let Some(unit) = units.next().unwrap() {
        assert_eq!(unit.number, i64::try_from(lengths.len()).unwrap());
        lengths.push(unit.octets.len());
    }
    assert_eq!(units.octets(), file.len() as u64);
    lengths
}

/// A reader that gives little at a time.
struct Slow(io::Cursor<Vec<u8>>, usize);

impl Read for Slow {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let octets = self.1.min(into.len());
        self.0.read(&mut into[..octets])
    }
}

fn check(file: &[u8], expected: &[usize]) {
    for piece in [1, 13, 1 << 20] {
        assert_eq!(cut(file, piece), expected, "in pieces of {piece}");
    }
}

#[test]
fn nothing_is_no_unit() {
    check(&[], &[]);
}

#[test]
fn records_are_units() {
    check(&[record(0), record(5)].concat(), &[12, 17]);
}

#[test]
fn a_record_larger_than_the_buffer_is_one_unit() {
    let large = READ_OCTETS * 5 + 1;
    assert_eq!(
        cut(&[record(3), record(large)].concat(), 100_000),
        [15, 12 + large]
    );
}

#[test]
fn a_record_that_is_cut_off_is_one_unit() {
    check(&[record(4), record(9)[..20].to_vec()].concat(), &[16, 20]);
}

#[test]
fn a_long_cut_off_record_goes_in_pieces() {
    let file = &record(GAP_OCTETS_MAX)[..GAP_OCTETS_MAX + 11];
    assert_eq!(cut(file, 1 << 20), [GAP_OCTETS_MAX, 11]);
}

/// A KEEPALIVE in a record of type BGP4MP.
fn keepalive() -> Vec<u8> {
    let mut record = vec![0x5c, 0x2a, 0xad, 0x80, 0, 16, 0, 1, 0, 0, 0, 35];
    record.extend([
        0xfb, 0xf4, 0x31, 0x6e, 0, 0, 0, 1, 192, 0, 2, 1, 192, 0, 2, 254,
    ]);
    record.extend([0xff; 16]);
    record.extend([0, 19, 4]);
    record
}

#[test]
fn damage_is_one_unit_and_those_behind_it_are_found() {
    let damage: &[u8] = &[vec![0xf0; 100], vec![0; 200]].concat();
    let (good, bad): (&[u8], &[u8]) = (&keepalive(), &record(1));
    let file = [bad, damage, good, good, good, &good[..30]].concat();
    check(&file, &[13, 300, 47, 47, 47, 30]);
}

#[test]
fn damage_goes_in_pieces() {
    let file = vec![0xff; 2 * GAP_OCTETS_MAX + 1];
    assert_eq!(cut(&file, 1 << 20), [GAP_OCTETS_MAX, GAP_OCTETS_MAX, 1]);
    let (one, few) = (GAP_OCTETS_MAX + 7, [keepalive(), keepalive(), keepalive()]);
    let file = [vec![0xff; one], few.concat(), vec![0xff; 3 << 20]].concat();
    let units = cut(&file, 1 << 20);
    assert_eq!(units[..5], [GAP_OCTETS_MAX, 7, 47, 47, 47]);
    assert_eq!(units[5..], [GAP_OCTETS_MAX; 6]);
}

/// Neither time nor memory grows faster than a file of nothing but damage.
#[test]
fn a_large_file_of_damage_is_cut_at_once() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let damage: Vec<u8> = (0..64 << 20)
        .map(|_| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random as u8
        })
        .collect();
    let mut units = Units::new(
        Box::new(io::Cursor::new(damage)),
        Format::Mrt,
        PART_OCTETS_MAX,
    );
    let began = std::time::Instant::now();
    while units.next().unwrap().is_some() {}
    assert_eq!(units.octets(), 64 << 20);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    assert!(units.buffer.len() <= 64 << 20, "{}", units.buffer.len());
}

/// Two members, packed one after the other, give the two records in them.
fn check_packed(pack: impl Fn(&[u8]) -> Vec<u8>) {
    let packed = [pack(&record(1)), pack(&record(2))].concat();
    assert_ne!(Packing::of(&packed), Packing::None);
    let mut octets = vec![];
    unpack(io::Cursor::new(packed))
        .unwrap()
        .read_to_end(&mut octets)
        .unwrap();
    assert_eq!(octets, [record(1), record(2)].concat());
}

#[test]
fn all_members_are_unpacked() {
    check_packed(|octets| {
        let mut packer = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
        packer.write_all(octets).unwrap();
        packer.finish().unwrap()
    });
    check_packed(|octets| {
        let mut packer = bzip2::write::BzEncoder::new(vec![], bzip2::Compression::fast());
        packer.write_all(octets).unwrap();
        packer.finish().unwrap()
    });
    check_packed(|octets| {
        let mut packer = liblzma::write::XzEncoder::new(vec![], 1);
        packer.write_all(octets).unwrap();
        packer.finish().unwrap()
    });
    check_packed(|octets| zstd::encode_all(octets, 1).unwrap());
}

#[test]
fn a_packed_file_that_is_cut_off_gives_what_was_read_then_the_error() {
    let whole: Vec<u8> = (0..1000).flat_map(|_| record(50)).collect();
    let packed = zstd::encode_all(&*whole, 1).unwrap();
    let cut = io::Cursor::new(packed[..packed.len() - 3].to_vec());
    let mut units = Units::new(unpack(cut).unwrap(), Format::Mrt, PART_OCTETS_MAX);
    let error = loop {
        match units.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("no error"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_time_in_2005_is_not_bzip2() {
    assert_eq!(Packing::of(b"BZh9\0\x10\0\x04\0\0\0\x10"), Packing::None);
}

#[test]
fn files_are_called_by_their_name_unless_two_have_it() {
    let paths = ["a/x.gz", "b/x.gz", "c/y.gz"].map(PathBuf::from);
    let expected = ["a/x.gz", "b/x.gz", "y.gz"];
    for (path, expected) in paths.iter().zip(expected) {
        assert_eq!(title(path, &paths), expected);
    }
    assert_eq!(title(Path::new("-"), &paths), "stdin");
}

/// The header is repeated, and counts once.
#[test]
fn a_capture_is_cut_between_packets_and_each_unit_has_the_header() {
    let header = [
        &[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0][..],
        &[0; 8],
        &[0xff, 0xff, 0, 0, 101, 0, 0, 0],
    ]
    .concat();
    let packet = |number: u8| {
        let mut record = vec![0; 8];
        record.extend([40, 0, 0, 0, 40, 0, 0, 0]);
        record.extend([number; 40]);
        record
    };
    let records: Vec<Vec<u8>> = (0..10).map(packet).collect();
    let file = [header.clone(), records.concat()].concat();
    for (octets_max, packets) in [
        (file.len(), 10),
        (24 + 3 * 56, 3),
        (24 + 4 * 56 - 1, 3),
        (30, 1),
    ] {
        for piece in [1, 7, 1 << 20] {
            let slow = Slow(io::Cursor::new(file.clone()), piece);
            let mut units = Units::new(Box::new(slow), Format::Pcap, octets_max);
            for expected in records.chunks(packets) {
                let unit = units.next().unwrap().unwrap().octets;
                assert_eq!(unit, [header.clone(), expected.concat()].concat());
            }
            assert!(units.next().unwrap().is_none());
            assert_eq!(units.octets(), file.len() as u64);
        }
    }
}
