//! Interners: each distinct text gets a number, its key, and stands once in an array of values that columns share.
//!
//! The array of values is extended when a batch needs it, never sorted or thinned out, so a key keeps its meaning until
//! the interner is reset. That happens between batches, once it has grown beyond [`ENTRIES_MAX`].

use super::built;
use arrow::array::{Array, ArrayRef, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// An interner with more entries than this is reset: weeks of a feed must not fill the memory.
const ENTRIES_MAX: usize = 65_536;
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

/// Interner of texts.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    keys: HashMap<Box<str>, i32>,
    values: TextValues,
    last: Option<i32>,
}

impl Texts {
    /// The key of `text`.
    #[inline]
    pub(crate) fn key(&mut self, text: &str) -> i32 {
        if let Some(last) = self.last
            && self.values.text(last) == text.as_bytes()
        {
            return last;
        }
        let key = self
            .keys
            .get(text)
            .copied()
            .unwrap_or_else(|| self.insert(text));
        self.last = Some(key);
        key
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
            self.last = None;
            self.values.clear();
        }
        is_full
    }

    #[cold]
    fn insert(&mut self, text: &str) -> i32 {
        let key = self.values.push(text);
        self.keys.insert(text.into(), key);
        key
    }
}

/// Interner of addresses. Their text is written once, when they are first seen.
#[derive(Debug)]
pub(crate) struct Addresses {
    /// Open addressing: a key, or [`FREE`]. Their number is a power of two, and at most half are taken.
    slots: Vec<u32>,
    addresses: Vec<IpAddr>,
    values: TextValues,
    last: i32,
    /// Chosen at random for each process: senders must not be able to make addresses collide.
    seed: u64,
}

const FREE: u32 = u32::MAX;

impl Default for Addresses {
    fn default() -> Self {
        Self {
            slots: vec![FREE; 1024],
            addresses: Vec::new(),
            values: TextValues::default(),
            last: 0,
            seed: RandomState::new().hash_one(0) | 1,
        }
    }
}

impl Addresses {
    /// The key of `address`.
    #[inline]
    pub(crate) fn key(&mut self, address: IpAddr) -> i32 {
        if self.addresses.get(self.last as usize) == Some(&address) {
            return self.last;
        }
        let mut slot = self.first_slot(address);
        loop {
            let key = self.slots[slot];
            if key == FREE {
                break;
            }
            if self.addresses[key as usize] == address {
                self.last = key as i32;
                return self.last;
            }
            slot = self.next_slot(slot);
        }
        self.last = self.insert(address, slot);
        self.last
    }

    /// All addresses so far.
    pub(crate) fn dictionary(&mut self) -> Dictionary {
        self.values.dictionary()
    }

    /// Forgets everything if there is too much; keys given out before are void then. To be called between batches.
    pub(crate) fn reset_if_full(&mut self) -> bool {
        let is_full = self.values.is_full();
        if is_full {
            self.slots.fill(FREE);
            self.addresses.clear();
            self.values.clear();
        }
        is_full
    }

    #[cold]
    fn insert(&mut self, address: IpAddr, slot: usize) -> i32 {
        let key = self.values.push(&address.to_string());
        self.addresses.push(address);
        self.slots[slot] = key as u32;
        if self.addresses.len() * 2 > self.slots.len() {
            self.grow();
        }
        key
    }

    fn grow(&mut self) {
        self.slots = vec![FREE; self.slots.len() * 2];
        for key in 0..self.addresses.len() {
            let mut slot = self.first_slot(self.addresses[key]);
            while self.slots[slot] != FREE {
                slot = self.next_slot(slot);
            }
            self.slots[slot] = key as u32;
        }
    }

    #[inline]
    fn first_slot(&self, address: IpAddr) -> usize {
        hash(address, self.seed) as usize & (self.slots.len() - 1)
    }

    #[inline]
    fn next_slot(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }
}

#[inline]
fn hash(address: IpAddr, seed: u64) -> u64 {
    match address {
        IpAddr::V4(address) => hash_v4(address, seed),
        IpAddr::V6(address) => hash_v6(address, seed),
    }
}

#[inline]
fn hash_v4(address: Ipv4Addr, seed: u64) -> u64 {
    fold(u64::from(address.to_bits()) ^ seed, seed.rotate_left(32))
}

#[inline]
fn hash_v6(address: Ipv6Addr, seed: u64) -> u64 {
    let bits = address.to_bits();
    fold(
        (bits >> 64) as u64 ^ seed,
        fold(bits as u64 ^ seed, seed.rotate_left(32)) | 1,
    )
}

/// Both halves of the product: every bit of the factors counts.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a).wrapping_mul(u128::from(b));
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
        let key = self.ends.len() - 1;
        self.text.extend_from_slice(text.as_bytes());
        self.ends.push(self.text.len() as i32);
        key as i32
    }

    #[inline]
    fn text(&self, key: i32) -> &[u8] {
        let key = key as usize;
        &self.text[self.ends[key] as usize..self.ends[key + 1] as usize]
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
        assert!(texts.reset_if_full());
        assert_eq!(texts.key("ab"), 0);
    }
}
