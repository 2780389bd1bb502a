//! A few things by their key: when there are too many, the one that came first has to go.

use hashbrown::HashMap;
use std::hash::Hash;

/// At most `N` values.
#[derive(Debug)]
pub(super) struct Ring<K, V, const N: usize> {
    places: HashMap<K, usize>,
    slots: Vec<Option<(K, V)>>,
    /// Where the next one goes.
    next: usize,
}

impl<K, V, const N: usize> Default for Ring<K, V, N> {
    fn default() -> Self {
        Self {
            places: HashMap::new(),
            slots: Vec::new(),
            next: 0,
        }
    }
}

impl<K: Copy + Eq + Hash, V, const N: usize> Ring<K, V, N> {
    /// The value of a key.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = *self.places.get(key)?;
        let (_, value) = self.slots.get_mut(place)?.as_mut()?;
        Some(value)
    }

    /// Puts a value in whose key is not there; returns the one that had to go.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        let place = self.next;
        self.next = place.saturating_add(1).checked_rem(N).unwrap_or_default();
        let gone = match self.slots.get_mut(place) {
            Some(slot) => slot.replace((key, value)),
            None => {
                self.slots.push(Some((key, value)));
                None
            }
        };
        if let Some((key, _)) = &gone {
            self.places.remove(key);
        }
        self.places.insert(key, place);
        gone
    }

    /// Takes a value out.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.places.remove(key)?;
        let (_, value) = self.slots.get_mut(place)?.take()?;
        Some(value)
    }

    /// Takes all values out, in the order in which they came.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (K, V)> {
        self.places.clear();
        let next = std::mem::take(&mut self.next);
        let mut slots = std::mem::take(&mut self.slots);
        let oldest = next.min(slots.len());
        slots.rotate_left(oldest);
        slots.into_iter().flatten()
    }
}
