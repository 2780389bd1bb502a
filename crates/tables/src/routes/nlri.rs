//! Columns of the prefix, one value per row: its text, and integers that ranges can be searched by.

use super::NlriItem;
use super::items::ItemColumns;
use super::staged::{Staged, StagedNlri, present};
use crate::build::{
    Dictionary, Keys, Numbers, PrefixTexts, Stage, Validities, Validity, mark, names, take_vec,
};
use crate::{Kind, Nlri, Prefix, RouteKind, RouteRun};
use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type};

/// The columns that say what happened to which prefix.
#[derive(Debug)]
pub(super) struct NlriColumns {
    /// Prefixes of the stage, one per row.
    prefixes: Vec<Prefix>,
    kind: Keys,
    kinds: Dictionary,
    afi: Numbers<Int32Type>,
    safi: Numbers<Int32Type>,
    prefix: PrefixTexts,
    prefix_len: Numbers<Int32Type>,
    ip_version: Numbers<Int32Type>,
    prefix_start: Numbers<Int64Type>,
    prefix_end: Numbers<Int64Type>,
    path_id: PathIds,
    items: ItemColumns,
}

impl NlriColumns {
    pub(super) fn new() -> Self {
        Self {
            prefixes: Vec::new(),
            kind: Keys::default(),
            kinds: names(&RouteKind::ALL.map(RouteKind::name)),
            afi: Numbers::new(Kind::Int),
            safi: Numbers::new(Kind::Int),
            prefix: PrefixTexts::default(),
            prefix_len: Numbers::new(Kind::Int),
            ip_version: Numbers::new(Kind::Int),
            prefix_start: Numbers::new(Kind::Long),
            prefix_end: Numbers::new(Kind::Long),
            path_id: PathIds::new(),
            items: ItemColumns::new(),
        }
    }

    /// Copies the prefixes, and fills `to`, which is all zeros. Returns the presence bits; items must all have the same.
    /// `rows_before` is the number of rows of the batch so far.
    #[inline]
    pub(super) fn stage(
        &mut self,
        run: &RouteRun<'_>,
        rows_before: usize,
        to: &mut StagedNlri,
    ) -> u32 {
        (to.kind, to.afi, to.safi) = (run.kind as i32, run.afi, run.safi);
        match run.nlri {
            Nlri::Prefixes { prefixes, path_ids } => {
                self.prefixes.extend_from_slice(prefixes);
                if path_ids.is_empty() {
                    return present::PREFIX;
                }
                self.path_id.push(path_ids.iter().copied(), rows_before);
                present::PREFIX | present::PATH_ID
            }
            Nlri::Items { items, octets } => self.stage_items(items, octets, rows_before),
        }
    }

    #[inline(never)]
    fn stage_items(&mut self, items: &[NlriItem], octets: &[u8], rows_before: usize) -> u32 {
        let prefixes = items.iter().map(|item| item.prefix.unwrap_or_default());
        self.prefixes.extend(prefixes);
        self.items.push(items, octets, rows_before);
        let marks = items.first().map_or(0, item_marks);
        if marks & present::PATH_ID != 0 {
            let path_ids = items.iter().map(|item| item.path_id.unwrap_or_default());
            self.path_id.push(path_ids, rows_before);
        }
        marks
    }

    pub(super) fn expand(&mut self, stage: &Stage<'_, Staged>) {
        self.kind.push(stage, |run| run.nlri.kind);
        self.afi.push(stage, |run| i32::from(run.nlri.afi));
        self.safi.push(stage, |run| i32::from(run.nlri.safi));
        let prefixes = self.prefixes.as_slice();
        self.prefix.extend(prefixes);
        self.prefix_len
            .extend(prefixes.iter().map(|prefix| i32::from(prefix.length())));
        self.ip_version.extend(
            prefixes
                .iter()
                .map(|prefix| if prefix.is_v6() { 6 } else { 4 }),
        );
        self.prefix_start
            .extend(prefixes.iter().map(|prefix| prefix.high() as i64));
        self.prefix_end.extend(prefixes.iter().map(end_of));
        self.prefixes.clear();
    }

    pub(super) fn finish(
        &mut self,
        rows: usize,
        validities: &Validities<'_>,
        arrays: &mut Vec<ArrayRef>,
    ) {
        let prefix = validities.of(present::PREFIX);
        arrays.extend([
            self.kind.finish(&Validity::Full, &self.kinds),
            self.afi.finish(&Validity::Full),
            self.safi.finish(&Validity::Full),
            self.prefix.finish(&prefix),
            self.prefix_len.finish(&prefix),
            self.ip_version.finish(&prefix),
            self.prefix_start.finish(&prefix),
            self.prefix_end.finish(&prefix),
            self.path_id.finish(rows, &validities.of(present::PATH_ID)),
        ]);
        arrays.extend(self.items.finish(rows));
    }
}

/// Number of items at the front that have the same presence bits.
pub(super) fn alike(items: &[NlriItem]) -> usize {
    let Some(first) = items.first() else {
        return 0;
    };
    let is_alike = |item: &&NlriItem| item_marks(item) == item_marks(first);
    items.iter().take_while(is_alike).count()
}

fn item_marks(item: &NlriItem) -> u32 {
    mark(item.prefix.is_some(), present::PREFIX) | mark(item.path_id.is_some(), present::PATH_ID)
}

/// The last IPv4 address, or the upper half of the last IPv6 address.
#[inline]
fn end_of(prefix: &Prefix) -> i64 {
    let all = if prefix.is_v6() {
        u64::MAX
    } else {
        u64::from(u32::MAX)
    };
    let hosts = all.checked_shr(u32::from(prefix.length())).unwrap_or(0);
    (prefix.high() | hosts) as i64
}

/// The column `path_id`: one value per row, where there are any.
#[derive(Debug)]
struct PathIds {
    /// Up to the last row that has one.
    ids: Vec<i64>,
    column: Numbers<Int64Type>,
}

impl PathIds {
    fn new() -> Self {
        Self {
            ids: Vec::new(),
            column: Numbers::new(Kind::Long),
        }
    }

    fn push(&mut self, path_ids: impl Iterator<Item = u32>, rows_before: usize) {
        self.ids.resize(rows_before, 0);
        self.ids.extend(path_ids.map(i64::from));
    }

    fn finish(&mut self, rows: usize, validity: &Validity) -> ArrayRef {
        if self.ids.is_empty() {
            self.column.skip(rows);
        } else {
            self.ids.resize(rows, 0);
            self.column.extend(take_vec(&mut self.ids).iter().copied());
        }
        self.column.finish(validity)
    }
}
