//! Runs become record batches of `routes` or `rib`.
//!
//! A run waits in the stage, its lists copied and its texts turned into keys, until there are [`STAGE_ROWS`] rows; then
//! one tight loop per column writes them out. Bitmaps are made when the batch is done.

use super::attributes::AttributeColumns;
use super::items::item_octets;
use super::nlri::{NlriColumns, alike};
use super::seen::ViewColumns;
use super::staged::{Context, Staged, present};
use super::{Nlri, PathAttributes, RouteError, RouteRun};
use crate::build::{
    Dictionary, Flags, Keys, Marks, SeenColumns, Span, Stage, TellerColumns, Validities, built,
    mark, names,
};
use crate::{AsPath, BATCH_OCTETS, Table};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

/// Rows that wait before they are spread over the columns.
const STAGE_ROWS: usize = 1024;
/// What a row takes besides its lists, roughly: some thirty columns that vary.
const ROW_OCTETS: usize = 256;

/// Builder of `routes` and of `rib`, which have the same columns.
#[derive(Debug)]
pub struct RoutesBuilder {
    schema: SchemaRef,
    staged: Vec<Span<Staged>>,
    staged_rows: usize,
    staged_any: u32,
    contexts: Vec<Span<Context>>,
    marks: Marks,
    octets: usize,
    seen: SeenColumns,
    view: ViewColumns,
    peer: TellerColumns,
    nlri: NlriColumns,
    attributes: AttributeColumns,
    is_initial_dump: Flags,
    add_path_inferred: Flags,
    as_width_inferred: Flags,
    error: Keys,
    errors: Dictionary,
}

impl Default for RoutesBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl RoutesBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self {
            schema: Table::Routes.schema(),
            staged: Vec::new(),
            staged_rows: 0,
            staged_any: 0,
            contexts: Vec::new(),
            marks: Marks::default(),
            octets: 0,
            seen: SeenColumns::new(),
            view: ViewColumns::new(),
            peer: TellerColumns::new(),
            nlri: NlriColumns::new(),
            attributes: AttributeColumns::new(),
            is_initial_dump: Flags::default(),
            add_path_inferred: Flags::default(),
            as_width_inferred: Flags::default(),
            error: Keys::default(),
            errors: names(&RouteError::ALL.map(RouteError::name)),
        }
    }

    /// Appends the rows of `run`, and returns what did not fit into [`BATCH_OCTETS`]: finish the batch, then append
    /// that. A long list times many prefixes is a thousand times what was received.
    #[inline]
    #[must_use = "rows that did not fit would be lost"]
    pub fn append<'a>(&mut self, run: &RouteRun<'a>) -> Option<RouteRun<'a>> {
        let row_octets = row_octets(run);
        let rows = match run.nlri {
            Nlri::Prefixes { prefixes, .. } => prefixes.len(),
            Nlri::Items { .. } => return self.append_items(run, row_octets),
        };
        if self.octets + rows.saturating_mul(row_octets) > BATCH_OCTETS {
            return self.append_part(run, row_octets);
        }
        self.stage(run, rows, rows * row_octets);
        None
    }

    /// Rows since the last batch.
    pub fn rows(&self) -> usize {
        self.marks.rows()
    }

    /// Octets of memory that they take, roughly.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// The batch of all rows since the last one; the builder is ready for the next.
    pub fn finish(&mut self) -> RecordBatch {
        self.expand();
        let rows = self.marks.rows();
        let validities = Validities::new(&self.marks);
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        self.seen.finish(&validities, &mut arrays);
        arrays.extend([
            self.view.finish_source(),
            self.seen.finish_router_at(&validities),
            self.view.finish_originated_at(&validities),
        ]);
        self.peer.finish(&validities, &mut arrays);
        arrays.push(self.view.finish_rib_view());
        self.nlri.finish(rows, &validities, &mut arrays);
        self.attributes.finish(&validities, &mut arrays);
        arrays.extend([
            self.is_initial_dump
                .finish(&validities, present::INITIAL_DUMP),
            self.add_path_inferred
                .finish(&validities, present::ADD_PATH_INFERRED),
            self.as_width_inferred
                .finish(&validities, present::AS_WIDTH_INFERRED),
            self.error
                .finish(&validities.of(present::ERROR), &self.errors),
            self.attributes.finish_stripped(&validities),
        ]);
        self.marks.clear();
        self.octets = 0;
        built(RecordBatch::try_new(self.schema.clone(), arrays))
    }

    #[cold]
    #[inline(never)]
    fn append_part<'a>(&mut self, run: &RouteRun<'a>, row_octets: usize) -> Option<RouteRun<'a>> {
        let mut room = BATCH_OCTETS.saturating_sub(self.octets) / row_octets;
        if self.rows() == 0 {
            room = room.max(1);
        }
        if room == 0 {
            return Some(*run);
        }
        let (part, rest) = run.split_at(room);
        self.stage_part(&part, part.rows() * row_octets);
        rest
    }

    /// Items that follow each other and lack the same columns are one span.
    #[inline(never)]
    fn append_items<'a>(&mut self, run: &RouteRun<'a>, row_octets: usize) -> Option<RouteRun<'a>> {
        let mut rest = *run;
        while let Nlri::Items { items, octets } = rest.nlri {
            let items = &items[..alike(items)];
            let sizes = items
                .iter()
                .map(|item| row_octets + item_octets(item, octets));
            let (rows, octets) = self.fitting(sizes);
            if rows == rest.rows() {
                self.stage_part(&rest, octets);
                return None;
            }
            if rows == 0 {
                return Some(rest);
            }
            let (part, others) = rest.split_at(rows);
            self.stage_part(&part, octets);
            rest = others?;
        }
        None
    }

    /// How many rows of these sizes there is room for, and the octets that they take.
    fn fitting(&self, sizes: impl Iterator<Item = usize>) -> (usize, usize) {
        let room = BATCH_OCTETS.saturating_sub(self.octets);
        let (mut rows, mut octets) = (0, 0);
        for size in sizes {
            let is_first = self.rows() + rows == 0;
            if octets + size > room && !is_first {
                break;
            }
            (rows, octets) = (rows + 1, octets + size);
        }
        (rows, octets)
    }

    #[inline(never)]
    fn stage_part(&mut self, part: &RouteRun<'_>, octets: usize) {
        self.stage(part, part.rows(), octets);
    }

    #[inline]
    fn stage(&mut self, run: &RouteRun<'_>, rows: usize, octets: usize) {
        if rows == 0 {
            return;
        }
        let context = Context {
            source: self.seen.source(run.provenance),
            observed_at_source: run.observed_at.source as i32,
            rib_view: run.rib_view as i32,
        };
        self.push_context(context, rows as u32);
        let marks = self.push_span(run, rows);
        self.marks.push(marks, rows as u32);
        self.staged_any |= marks;
        self.staged_rows += rows;
        self.octets += octets;
        if self.staged_rows >= STAGE_ROWS {
            self.expand();
        }
    }

    /// Fills a span in its place: it is too long to be moved about. Returns the presence bits.
    #[inline]
    fn push_span(&mut self, run: &RouteRun<'_>, rows: usize) -> u32 {
        let place = self.staged.len();
        self.staged.push(Span::default());
        let Span {
            rows: span_rows,
            values,
        } = &mut self.staged[place];
        *span_rows = rows as u32;
        values.error = run.error.map(|error| error as i32).unwrap_or_default();
        mark(run.is_initial_dump, present::INITIAL_DUMP)
            | mark(run.add_path_inferred, present::ADD_PATH_INFERRED)
            | mark(run.error.is_some(), present::ERROR)
            | (values.seen).fill(run.provenance, run.item, run.observed_at, run.router_at)
            | ViewColumns::stage(run, &mut values.originated_at)
            | self.peer.fill(run.peer, &mut values.peer)
            | self.nlri.stage(run, self.marks.rows(), &mut values.nlri)
            | self
                .attributes
                .stage(run.attributes, rows, &mut values.attributes)
    }

    #[inline]
    fn push_context(&mut self, context: Context, rows: u32) {
        match self.contexts.last_mut() {
            Some(last) if last.values == context => last.rows += rows,
            _ => self.contexts.push(Span {
                rows,
                values: context,
            }),
        }
    }

    #[inline(never)]
    fn expand(&mut self) {
        let (rows, any) = (self.staged_rows, self.staged_any);
        let stage = Stage {
            spans: &self.staged,
            rows,
            any: any.into(),
        };
        let contexts = Stage {
            spans: &self.contexts,
            rows,
            any: 0,
        };
        self.seen.push(
            &stage,
            |run| &run.seen,
            &contexts,
            |context| &context.source,
        );
        self.view.expand(&stage, &contexts);
        self.peer.push(&stage, |run| &run.peer);
        self.nlri.expand(&stage);
        self.attributes.expand(&stage);
        self.error
            .push_optional(&stage, present::ERROR, |run| run.error);
        self.staged.clear();
        self.contexts.clear();
        (self.staged_rows, self.staged_any) = (0, 0);
    }
}

/// What one row of `run` takes, roughly, an item's own octets aside. Numbers that have 4 octets on the wire have 8 in a
/// column.
#[inline]
fn row_octets(run: &RouteRun<'_>) -> usize {
    let octets = |list: Option<&[u8]>| list.map_or(0, <[u8]>::len);
    let PathAttributes {
        as_path,
        communities,
        large_communities,
        cluster_list,
        raw,
        ..
    } = run.attributes;
    let path = match as_path {
        Some(AsPath::Sequence(path) | AsPath::Segments(path)) => path.len(),
        None => 0,
    };
    let numbers = path + octets(*communities) + octets(*large_communities);
    let others =
        octets(run.attributes.ext_communities) + octets(run.attributes.ipv6_ext_communities);
    ROW_OCTETS + 2 * numbers + octets(*cluster_list) + others + raw.len()
}
