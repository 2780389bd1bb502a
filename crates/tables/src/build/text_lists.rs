//! List columns whose elements are text that hardly repeats.

use super::prefix_text::push_address;
use super::values::take_vec;
use super::{Lists, Stage, Validity, built};
use crate::{Kind, TextList};
use arrow::array::{ArrayRef, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use std::net::IpAddr;
use std::sync::Arc;

/// A column of lists of text.
#[derive(Debug)]
pub(crate) struct TextLists {
    lists: Lists,
    /// 0, and where each element ends.
    ends: Vec<i32>,
    text: Vec<u8>,
}

impl TextLists {
    pub(crate) fn new() -> Self {
        Self {
            lists: Lists::new(Kind::Text),
            ends: vec![0],
            text: Vec::new(),
        }
    }

    /// Copies the list of one row and returns how many elements it has; the row itself follows by [`TextLists::push`].
    pub(crate) fn push_texts(&mut self, list: TextList<'_>) -> u32 {
        for text in list.iter() {
            self.text.extend_from_slice(text.as_bytes());
            self.ends.push(self.text.len() as i32);
        }
        list.ends.len() as u32
    }

    /// The same for addresses, as text.
    pub(crate) fn push_addresses(&mut self, addresses: &[IpAddr]) -> u32 {
        for address in addresses {
            push_address(*address, &mut self.text);
            self.ends.push(self.text.len() as i32);
        }
        addresses.len() as u32
    }

    /// The rows of each span, with the length of their lists; 0 for those without the presence bit `bit`.
    #[inline]
    pub(crate) fn push<V>(
        &mut self,
        stage: &Stage<'_, V>,
        bit: impl Into<u64>,
        length: impl Fn(&V) -> u32,
    ) {
        self.lists.push(stage, bit, length);
    }

    /// The array of all rows, and the column is empty again.
    pub(crate) fn finish(&mut self, validity: &Validity) -> ArrayRef {
        let (ends, text) = (&mut self.ends, &mut self.text);
        self.lists.finish(validity, || {
            let taken = take_vec(ends);
            ends.push(0);
            let offsets = OffsetBuffer::new(ScalarBuffer::from(taken));
            let text = Buffer::from_vec(take_vec(text));
            Arc::new(built(StringArray::try_new(offsets, text, None)))
        })
    }
}
