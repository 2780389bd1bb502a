//! Options and records as texts, in whichever of its forms a list comes.

use super::leaves::{Item, Leaves};
use crate::json::{Document, Place};

/// An option or a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ItemText<'a> {
    pub(super) index: u32,
    /// Owner, or name of an option.
    pub(super) name: &'a str,
    /// Code or type.
    pub(super) kind: &'a str,
    pub(super) class: &'a str,
    pub(super) ttl: &'a str,
    pub(super) data: &'a str,
}

/// Calls `each` with the items of a list, in order.
pub(super) fn for_each<'a>(
    document: &Document<'a>,
    leaves: &Leaves,
    items: &[Item],
    list: u8,
    mut each: impl FnMut(ItemText<'a>),
) {
    let text = |place| document.text_or_number(place).unwrap_or_default();
    for item in items.iter().filter(|item| item.list == list) {
        each(ItemText {
            index: item.index,
            name: text(item.name),
            kind: text(item.kind),
            class: text(item.class),
            ttl: text(item.ttl),
            data: text(item.data),
        });
    }
    if let Some(joined) = leaves.joined.get(usize::from(list)) {
        for_each_joined(joined, text, each);
    }
}

/// Items whose members stand in texts with bars between them. A text with more or fewer than there are kinds is of no use:
/// nobody knows which is whose.
fn for_each_joined<'a>(
    joined: &Item,
    text: impl Fn(Place) -> &'a str,
    mut each: impl FnMut(ItemText<'a>),
) {
    let kinds = text(joined.kind);
    if kinds.is_empty() {
        return;
    }
    let count = kinds.split('|').count();
    let parts = |place| {
        let all = text(place);
        let is_whole = all.split('|').count() == count;
        (if is_whole { all } else { "" }).split('|')
    };
    let (mut names, mut classes) = (parts(joined.name), parts(joined.class));
    let (mut ttls, mut datas) = (parts(joined.ttl), parts(joined.data));
    for (kind, index) in kinds.split('|').zip(0_u32..) {
        let [name, class, ttl, data] =
            [&mut names, &mut classes, &mut ttls, &mut datas].map(|parts| {
                let part = parts.next().unwrap_or_default();
                if part == "-" { "" } else { part }
            });
        each(ItemText {
            index,
            name,
            kind: if kind == "-" { "" } else { kind },
            class,
            ttl,
            data,
        });
    }
}
