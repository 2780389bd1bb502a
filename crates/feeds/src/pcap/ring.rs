//! A few things by their key: when there are too many, the one that came first has to go.

use hashbrown::HashMap;
use std::collections::BTreeMap;
use std::hash::Hash;

/// At most `N` values.
#[derive(Debug)]
pub(super) struct Ring<K, V, const N: usize> {
    ordinals: HashMap<K, u64>,
    /// By the order in which they came.
    values: BTreeMap<u64, (K, V)>,
    next: u64,
}

impl<K, V, const N: usize> Default for Ring<K, V, N> {
    fn default() -> Self {
        Self {
            ordinals: HashMap::new(),
            values: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<K: Copy + Eq + Hash, V, const N: usize> Ring<K, V, N> {
    /// The value of a key.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let ordinal = self.ordinals.get(key)?;
        let (_, value) = self.values.get_mut(ordinal)?;
        Some(value)
    }

    /// Puts a value in whose key is not there; returns the one that had to go.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<(K, V)> {
        let is_full = self.values.len() >= N;
        let gone = is_full.then(|| self.values.pop_first()).flatten();
        if let Some((_, (key, _))) = &gone {
            self.ordinals.remove(key);
        }
        self.ordinals.insert(key, self.next);
        self.values.insert(self.next, (key, value));
        self.next = self.next.wrapping_add(1);
        gone.map(|(_, gone)| gone)
    }

    /// Takes a value out.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let ordinal = self.ordinals.remove(key)?;
        let (_, value) = self.values.remove(&ordinal)?;
        Some(value)
    }

    /// Takes all values out, in the order in which they came.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (K, V)> {
        self.ordinals.clear();
        std::mem::take(&mut self.values).into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_that_are_there_count() {
        let mut ring = Ring::<u32, u32, 2>::default();
        assert_eq!(ring.insert(1, 10), None);
        for key in 2..100 {
            assert_eq!(ring.insert(key, key), None, "{key}");
            assert_eq!(ring.remove(&key), Some(key));
        }
        assert_eq!(ring.insert(200, 20), None);
        assert_eq!(ring.insert(201, 30), Some((1, 10)));
        assert_eq!(ring.get_mut(&1), None);
        assert!(ring.drain().eq([(200, 20), (201, 30)]));
        assert_eq!(ring.get_mut(&200), None);
    }
}
