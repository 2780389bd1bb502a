//! Texts of values that repeat from message to message, each formatted once.

use hashbrown::HashMap;
use std::net::IpAddr;

/// So many texts are kept of a kind; then it begins anew.
const TEXTS_MAX: usize = 4096;

/// What BMP messages need as text.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) router: Cache<IpAddr>,
    pub(crate) distinguisher: Distinguishers,
}

/// Texts of peer distinguishers.
pub(crate) type Distinguishers = Cache<[u8; 8]>;

/// Texts by their values.
#[derive(Debug)]
pub(crate) struct Cache<K> {
    texts: Vec<(K, Box<str>)>,
    places: HashMap<K, usize>,
    /// Mostly the next one is the same.
    last: usize,
}

impl<K> Default for Cache<K> {
    fn default() -> Self {
        Self {
            texts: Vec::new(),
            places: HashMap::new(),
            last: 0,
        }
    }
}

impl<K: Copy + Eq + std::hash::Hash> Cache<K> {
    /// The text of a value, which `format` writes if it is not known.
    #[inline]
    pub(crate) fn text(&mut self, value: K, format: impl FnOnce(K) -> String) -> &str {
        if self.texts.get(self.last).is_none_or(|last| last.0 != value) {
            self.last = self.place(value, format);
        }
        self.texts.get(self.last).map_or("", |(_, text)| text)
    }

    /// How many texts are kept.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    fn place(&mut self, value: K, format: impl FnOnce(K) -> String) -> usize {
        if let Some(place) = self.places.get(&value) {
            return *place;
        }
        if self.texts.len() >= TEXTS_MAX {
            self.texts.clear();
            self.places.clear();
        }
        let place = self.texts.len();
        self.texts.push((value, format(value).into_boxed_str()));
        self.places.insert(value, place);
        place
    }
}
