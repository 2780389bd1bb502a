//! Columns that all DNS tables begin with: where a row comes from and when it was seen, and by whose clock.

use crate::build::{
    Dictionary, Keys, Seen, SeenColumns, Source, Span, Stage, Validities, Validity, names,
};
use crate::{ObservedAt, ObservedAtSource, Provenance};
use arrow::array::ArrayRef;

/// What many rows that follow each other mostly have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Context {
    source: Source,
    observed_at_source: i32,
}

/// The columns.
#[derive(Debug)]
pub(crate) struct DnsSeenColumns {
    seen: SeenColumns,
    contexts: Vec<Span<Context>>,
    observed_at_source: Keys,
    sources: Dictionary,
}

impl DnsSeenColumns {
    pub(crate) fn new() -> Self {
        Self {
            seen: SeenColumns::new(),
            contexts: Vec::new(),
            observed_at_source: Keys::default(),
            sources: names(&ObservedAtSource::ALL.map(ObservedAtSource::name)),
        }
    }

    /// Fills `to`, which is all zeros, and returns the presence bits: of 1 to 5.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        provenance: &Provenance<'_>,
        item: i32,
        observed_at: ObservedAt,
        to: &mut Seen,
    ) -> u64 {
        let context = Context {
            source: self.seen.source(provenance),
            observed_at_source: observed_at.source as i32,
        };
        match self.contexts.last_mut() {
            Some(last) if last.values == context => last.rows += 1,
            _ => self.contexts.push(Span {
                rows: 1,
                values: context,
            }),
        }
        to.fill(provenance, item, observed_at, None).into()
    }

    /// The rows of a stage, all that were filled since the last one.
    pub(crate) fn push<V>(&mut self, stage: &Stage<'_, V>, seen: impl Fn(&V) -> &Seen + Copy) {
        let contexts = Stage {
            spans: &self.contexts,
            rows: stage.rows,
            any: 0,
        };
        self.seen
            .push(stage, seen, &contexts, |context| &context.source);
        self.observed_at_source
            .push(&contexts, |context| context.observed_at_source);
        self.contexts.clear();
    }

    /// The columns that all tables begin with.
    pub(crate) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        self.seen.finish_without_router(validities, arrays);
    }

    /// The column `observed_at_source`, in tables that have it behind those.
    pub(crate) fn finish_source(&mut self) -> ArrayRef {
        self.observed_at_source
            .finish(&Validity::Full, &self.sources)
    }
}
