//! Columns of text that repeats: keys into a dictionary.

use super::values::{Taken, Values};
use super::{Addresses, Dictionary, Repeated, Stage, Texts, Validity, built};
use arrow::array::{ArrayRef, DictionaryArray, Int32Array, StringArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::Int32Type;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A column of keys.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    keys: Values<i32>,
    repeated: Repeated<Option<(u32, i32)>>,
}

impl Keys {
    /// The key of each span, once per row.
    #[inline]
    pub(crate) fn push<V>(&mut self, stage: &Stage<'_, V>, key: impl Fn(&V) -> i32) {
        self.keys.push(stage, key);
    }

    /// The same for a column that may be null: `bit` is its presence bit.
    #[inline]
    pub(crate) fn push_optional<V>(
        &mut self,
        stage: &Stage<'_, V>,
        bit: impl Into<u64>,
        key: impl Fn(&V) -> i32,
    ) {
        if stage.any & bit.into() == 0 {
            return self.keys.skip(stage.rows);
        }
        self.keys.push(stage, key);
    }

    /// One key per row.
    #[inline]
    pub(crate) fn extend(&mut self, keys: impl ExactSizeIterator<Item = i32> + Clone) {
        self.keys.extend(keys);
    }

    /// The array of all rows, and the column is empty again.
    pub(crate) fn finish(&mut self, validity: &Validity, dictionary: &Dictionary) -> ArrayRef {
        let rows = self.keys.rows();
        let (keys, nulls) = match (self.keys.take(), validity) {
            (_, Validity::Empty) => return self.repeat(None, rows, dictionary),
            (Taken::Constant(key), Validity::Full) => {
                return self.repeat(Some(key), rows, dictionary);
            }
            (Taken::Constant(key), Validity::Mixed(nulls)) => {
                (vec![key; rows], Some(nulls.clone()))
            }
            (Taken::Varied(keys), Validity::Mixed(nulls)) => (keys, Some(nulls.clone())),
            (Taken::Varied(keys), Validity::Full) => (keys, None),
        };
        dictionary_array(keys, nulls, &dictionary.values)
    }

    /// A key means the same as long as the generation does, so an older array of values will do.
    fn repeat(&mut self, key: Option<i32>, rows: usize, dictionary: &Dictionary) -> ArrayRef {
        let key = key.filter(|_| rows > 0);
        let meaning = key.map(|key| (dictionary.generation, key));
        self.repeated.slice(meaning, rows, |rows| match key {
            Some(key) => dictionary_array(vec![key; rows], None, &dictionary.values),
            None => null_array(rows),
        })
    }
}

/// A column of texts with its own interner.
#[derive(Debug, Default)]
pub(crate) struct TextKeys {
    texts: Texts,
    keys: Keys,
}

impl TextKeys {
    /// The key of `text`.
    #[inline]
    pub(crate) fn key(&mut self, text: &str) -> i32 {
        self.texts.key(text)
    }

    /// As [`Texts::varied_key`], 0 if there is none.
    #[inline]
    pub(crate) fn optional_varied_key(&mut self, text: Option<&str>) -> i32 {
        text.map(|text| self.texts.varied_key(text))
            .unwrap_or_default()
    }

    /// As [`Texts::varied_key`].
    #[inline]
    pub(crate) fn varied_key(&mut self, text: &str) -> i32 {
        self.texts.varied_key(text)
    }

    /// As [`Texts::static_key`].
    #[inline]
    pub(crate) fn static_key(&mut self, text: &'static str) -> i32 {
        self.texts.static_key(text)
    }

    /// The key of `text`, 0 if there is none.
    #[inline]
    pub(crate) fn optional_key(&mut self, text: Option<&str>) -> i32 {
        text.map(|text| self.texts.key(text)).unwrap_or_default()
    }

    /// As [`Keys::push`].
    #[inline]
    pub(crate) fn push<V>(&mut self, stage: &Stage<'_, V>, key: impl Fn(&V) -> i32) {
        self.keys.push(stage, key);
    }

    /// As [`Keys::push_optional`].
    #[inline]
    pub(crate) fn push_optional<V>(
        &mut self,
        stage: &Stage<'_, V>,
        bit: impl Into<u64>,
        key: impl Fn(&V) -> i32,
    ) {
        self.keys.push_optional(stage, bit, key);
    }

    /// As [`Keys::extend`].
    #[inline]
    pub(crate) fn extend(&mut self, keys: impl ExactSizeIterator<Item = i32> + Clone) {
        self.keys.extend(keys);
    }

    /// As [`Keys::finish`]. Keys given out before are void.
    pub(crate) fn finish(&mut self, validity: &Validity) -> ArrayRef {
        let array = self.keys.finish(validity, &self.texts.dictionary());
        self.texts.reset_if_full();
        array
    }
}

/// A column of addresses with its own interner.
#[derive(Debug, Default)]
pub(crate) struct AddressKeys {
    addresses: Addresses,
    keys: Keys,
}

impl AddressKeys {
    /// The key of `address`.
    #[inline]
    pub(crate) fn key(&mut self, address: IpAddr) -> i32 {
        self.addresses.key(address)
    }

    /// The key of `address`, 0 if there is none.
    #[inline]
    pub(crate) fn optional_key(&mut self, address: Option<IpAddr>) -> i32 {
        address
            .map(|address| self.addresses.key(address))
            .unwrap_or_default()
    }

    /// The key of an IPv6 address.
    #[inline]
    pub(crate) fn key_v6(&mut self, address: Ipv6Addr) -> i32 {
        self.addresses.key_v6(address)
    }

    /// The key of an IPv4 address.
    #[inline]
    pub(crate) fn key_v4(&mut self, address: Ipv4Addr) -> i32 {
        self.addresses.key_v4(address)
    }

    /// The key of an IPv4 address, 0 if there is none.
    #[inline]
    pub(crate) fn optional_key_v4(&mut self, address: Option<Ipv4Addr>) -> i32 {
        address
            .map(|address| self.addresses.key_v4(address))
            .unwrap_or_default()
    }

    /// As [`Keys::push`].
    #[inline]
    pub(crate) fn push<V>(&mut self, stage: &Stage<'_, V>, key: impl Fn(&V) -> i32) {
        self.keys.push(stage, key);
    }

    /// As [`Keys::push_optional`].
    #[inline]
    pub(crate) fn push_optional<V>(
        &mut self,
        stage: &Stage<'_, V>,
        bit: impl Into<u64>,
        key: impl Fn(&V) -> i32,
    ) {
        self.keys.push_optional(stage, bit, key);
    }

    /// As [`Keys::finish`]. Keys given out before are void.
    pub(crate) fn finish(&mut self, validity: &Validity) -> ArrayRef {
        let array = self.keys.finish(validity, &self.addresses.dictionary());
        self.addresses.reset_if_full();
        array
    }
}

/// Keys with their values as an array.
pub(crate) fn dictionary_array(
    keys: Vec<i32>,
    nulls: Option<NullBuffer>,
    values: &ArrayRef,
) -> ArrayRef {
    let keys = built(Int32Array::try_new(ScalarBuffer::from(keys), nulls));
    Arc::new(built(DictionaryArray::<Int32Type>::try_new(
        keys,
        Arc::clone(values),
    )))
}

fn null_array(rows: usize) -> ArrayRef {
    let values: ArrayRef = Arc::new(StringArray::new_null(0));
    let keys = Int32Array::new_null(rows);
    Arc::new(built(DictionaryArray::<Int32Type>::try_new(keys, values)))
}
