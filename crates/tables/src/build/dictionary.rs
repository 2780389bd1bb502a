//! Interners: each distinct text gets a number, its key, and stands once in an array of values that columns share.
//!
//! The array of values is extended when a batch needs it, never sorted or thinned out, so a key keeps its meaning until
//! the interner is reset. That happens between batches, once it has grown beyond [`ENTRIES_MAX`].

use super::built;
use super::prefix_text::push_address;
use arrow::array::{Array, ArrayRef, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// An interner with more entries than this is reset: weeks of a feed must not fill the memory.
const ENTRIES_MAX: usize = 16_384;
/// The same for the octets of its texts.
const TEXT_OCTETS_MAX: usize = 4 << 20;

/// The values that keys of one generation mean.
#[derive(Clone, Debug)]
pub(crate) struct Dictionary {
    /// The texts, by key.
    pub(crate) values: ArrayRef,
    /// How often the interner was reset before.
    pub(crate) generation: u32,
}

/// The dictionary of a closed set of names; the key of a name is its place.
pub(crate) fn names(names: &[&str]) -> Dictionary {
    Dictionary {
        values: Arc::new(StringArray::from(names.to_vec())),
        generation: 0,
    }
}

/// Interner of texts. Most of its columns hold the same text for hours, so the last one is looked at first.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    last: Option<(String, i32)>,
    last_static: Option<(&'static str, i32)>,
    /// Hashes and keys; the texts themselves stand in `values` alone.
    keys: HashTable<(u64, i32)>,
    hasher: DefaultHashBuilder,
    values: TextValues,
}

impl Texts {
    /// The key of `text`.
    #[inline]
    pub(crate) fn key(&mut self, text: &str) -> i32 {
        match &self.last {
            Some((last, key)) if last == text => *key,
            _ => self.look_up(text),
        }
    }

    /// The same for a column whose text changes from row to row.
    #[inline]
    pub(crate) fn varied_key(&mut self, text: &str) -> i32 {
        let hash = self.hasher.hash_one(text);
        match self.find(hash, text) {
            Some(key) => key,
            None => self.insert(hash, text),
        }
    }

    /// The key of a text that the program has itself, and so always in the same place.
    #[inline]
    pub(crate) fn static_key(&mut self, text: &'static str) -> i32 {
        match self.last_static {
            Some((last, key)) if std::ptr::eq(last, text) => key,
            _ => {
                let key = self.key(text);
                self.last_static = Some((text, key));
                key
            }
        }
    }

    /// All texts so far.
    pub(crate) fn dictionary(&mut self) -> Dictionary {
        self.values.dictionary()
    }

    /// Forgets everything if there is too much; keys given out before are void then. To be called between batches.
    pub(crate) fn reset_if_full(&mut self) -> bool {
        let is_full = self.values.is_full();
        if is_full {
            self.keys.clear();
            (self.last, self.last_static) = (None, None);
            self.values.clear();
        }
        is_full
    }

    #[inline(never)]
    fn look_up(&mut self, text: &str) -> i32 {
        let key = self.varied_key(text);
        let (last, last_key) = self.last.get_or_insert_default();
        last.clear();
        last.push_str(text);
        *last_key = key;
        key
    }

    #[inline]
    fn find(&self, hash: u64, text: &str) -> Option<i32> {
        let is_it = |(known, key): &(u64, i32)| *known == hash && self.values.is(*key, text);
        self.keys.find(hash, is_it).map(|(_, key)| *key)
    }

    #[inline(never)]
    fn insert(&mut self, hash: u64, text: &str) -> i32 {
        let key = self.values.push(text);
        self.keys
            .insert_unique(hash, (hash, key), |(hash, _)| *hash);
        key
    }
}

/// Interner of addresses. Their text is written once, when they are first seen.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    v4: AddressTable<u32>,
    v6: AddressTable<u128>,
    values: TextValues,
}

impl Addresses {
    /// The key of `address`.
    #[inline]
    pub(crate) fn key(&mut self, address: IpAddr) -> i32 {
        match address {
            IpAddr::V4(v4) => self.key_v4(v4),
            IpAddr::V6(v6) => self.key_v6(v6),
        }
    }

    /// The key of an IPv6 address.
    #[inline]
    pub(crate) fn key_v6(&mut self, address: Ipv6Addr) -> i32 {
        let bits = address.to_bits();
        match self.v6.find(bits, hash_v6(bits, self.v6.seed)) {
            Ok(key) => key,
            Err(slot) => self.v6.insert(
                slot,
                bits,
                self.values.push_address(address.into()),
                hash_v6,
            ),
        }
    }

    /// The key of an IPv4 address.
    #[inline]
    pub(crate) fn key_v4(&mut self, address: Ipv4Addr) -> i32 {
        let bits = address.to_bits();
        match self.v4.find(bits, hash_v4(bits, self.v4.seed)) {
            Ok(key) => key,
            Err(slot) => self.v4.insert(
                slot,
                bits,
                self.values.push_address(address.into()),
                hash_v4,
            ),
        }
    }

    /// All addresses so far.
    pub(crate) fn dictionary(&mut self) -> Dictionary {
        self.values.dictionary()
    }

    /// Forgets everything if there is too much; keys given out before are void then. To be called between batches.
    pub(crate) fn reset_if_full(&mut self) -> bool {
        let is_full = self.values.is_full();
        if is_full {
            self.v4 = AddressTable::default();
            self.v6 = AddressTable::default();
            self.values.clear();
        }
        is_full
    }
}

/// Addresses of one length with their keys: open addressing, at most half of the slots are taken, so that one look
/// mostly finds the key.
#[derive(Debug)]
struct AddressTable<A> {
    /// A power of two of them.
    slots: Vec<(A, i32)>,
    taken: usize,
    /// Chosen at random: senders must not be able to make addresses collide.
    seed: u64,
}

/// The key of a slot that is not taken.
const FREE: i32 = -1;

impl<A: Copy + Default> Default for AddressTable<A> {
    fn default() -> Self {
        Self {
            slots: vec![(A::default(), FREE); 256],
            taken: 0,
            seed: RandomState::new().hash_one(0),
        }
    }
}

impl<A: Copy + Default + Eq> AddressTable<A> {
    /// The key of `address`, or the slot that it is to be put in.
    #[inline]
    fn find(&self, address: A, hash: u64) -> Result<i32, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let (found, key) = self.slots[slot];
            if key == FREE {
                return Err(slot);
            }
            if found == address {
                return Ok(key);
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    #[inline(never)]
    fn insert(&mut self, slot: usize, address: A, key: i32, hash: impl Fn(A, u64) -> u64) -> i32 {
        self.slots[slot] = (address, key);
        self.taken += 1;
        if self.taken * 2 > self.slots.len() {
            self.grow(hash);
        }
        key
    }

    fn grow(&mut self, hash: impl Fn(A, u64) -> u64) {
        let larger = vec![(A::default(), FREE); self.slots.len() * 2];
        for (address, key) in std::mem::replace(&mut self.slots, larger) {
            if key != FREE
                && let Err(slot) = self.find(address, hash(address, self.seed))
            {
                self.slots[slot] = (address, key);
            }
        }
    }
}

#[inline]
fn hash_v4(bits: u32, seed: u64) -> u64 {
    fold(u64::from(bits) ^ seed, seed.rotate_left(32) | 1)
}

#[inline]
fn hash_v6(bits: u128, seed: u64) -> u64 {
    fold(
        (bits >> 64) as u64 ^ seed,
        fold(bits as u64 ^ seed.rotate_left(17), seed.rotate_left(32) | 1) | 1,
    )
}

/// Both halves of the product: every bit of the factors counts.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}

/// Texts one after the other, and the array made of them.
#[derive(Debug)]
struct TextValues {
    text: Vec<u8>,
    ends: Vec<i32>,
    array: Option<ArrayRef>,
    generation: u32,
}

impl Default for TextValues {
    fn default() -> Self {
        Self {
            text: Vec::new(),
            ends: vec![0],
            array: None,
            generation: 0,
        }
    }
}

impl TextValues {
    fn push(&mut self, text: &str) -> i32 {
        self.text.extend_from_slice(text.as_bytes());
        self.end()
    }

    /// Whether that is the text of a key.
    #[inline]
    fn is(&self, key: i32, text: &str) -> bool {
        let key = key as usize;
        let (begin, end) = (self.ends[key] as usize, self.ends[key + 1] as usize);
        self.text[begin..end] == *text.as_bytes()
    }

    fn push_address(&mut self, address: IpAddr) -> i32 {
        push_address(address, &mut self.text);
        self.end()
    }

    /// The key of the text that stands last.
    fn end(&mut self) -> i32 {
        let key = self.ends.len() - 1;
        self.ends.push(self.text.len() as i32);
        key as i32
    }

    fn dictionary(&mut self) -> Dictionary {
        let entries = self.ends.len() - 1;
        let values = match &self.array {
            Some(array) if array.len() == entries => Arc::clone(array),
            _ => self.extended(),
        };
        Dictionary {
            values,
            generation: self.generation,
        }
    }

    fn extended(&mut self) -> ArrayRef {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.ends.clone()));
        let text = Buffer::from_vec(self.text.clone());
        let array: ArrayRef = Arc::new(built(StringArray::try_new(offsets, text, None)));
        self.array = Some(Arc::clone(&array));
        array
    }

    fn is_full(&self) -> bool {
        self.ends.len() > ENTRIES_MAX || self.text.len() > TEXT_OCTETS_MAX
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.truncate(1);
        self.array = None;
        self.generation = self.generation.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use arrow::array::AsArray;

    fn check(addresses: &mut Addresses, address: &str, expected: i32) {
        let key = addresses.key(address.parse().unwrap());
        assert_eq!(key, expected);
        let values = addresses.dictionary().values;
        assert_eq!(values.as_string::<i32>().value(key as usize), address);
    }

    #[test]
    fn mapped_addresses_are_their_own() {
        let mut addresses = Addresses::default();
        check(&mut addresses, "192.0.2.1", 0);
        check(&mut addresses, "::ffff:192.0.2.1", 1);
        check(&mut addresses, "192.0.2.1", 0);
        check(&mut addresses, "0.0.0.0", 2);
        check(&mut addresses, "::", 3);
    }

    #[test]
    fn keys_stay_while_it_grows_and_are_void_after_a_reset() {
        let mut addresses = Addresses::default();
        for bits in 0..70_000_u32 {
            assert_eq!(addresses.key(Ipv4Addr::from_bits(bits).into()), bits as i32);
        }
        for bits in 0..70_000_u32 {
            assert_eq!(addresses.key(Ipv4Addr::from_bits(bits).into()), bits as i32);
        }
        assert_eq!(addresses.dictionary().values.len(), 70_000);
        assert!(addresses.reset_if_full());
        assert!(!addresses.reset_if_full());
        assert_eq!(addresses.dictionary().generation, 1);
        check(&mut addresses, "0.0.0.9", 0);
    }

    #[test]
    fn texts() {
        let mut texts = Texts::default();
        assert_eq!(
            ["", "a", "", "ab", "a", "a"].map(|text| texts.key(text)),
            [0, 1, 0, 2, 1, 1]
        );
        let long = "x".repeat(TEXT_OCTETS_MAX);
        assert_eq!(texts.key(&long), 3);
        assert_eq!(
            ["ab", "ab", "c"].map(|text| texts.static_key(text)),
            [2, 2, 4]
        );
        assert!(texts.reset_if_full());
        assert_eq!(["c", "ab"].map(|text| texts.static_key(text)), [0, 1]);
    }
}
