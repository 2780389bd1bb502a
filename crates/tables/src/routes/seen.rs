//! Columns that say how a route was seen: by whose clock, in which of the router's tables, and when it was learned.

use super::RouteRun;
use super::staged::{Context, Staged, present};
use crate::build::{Dictionary, Keys, Numbers, Stage, Validities, Validity, mark, names};
use crate::{Kind, ObservedAtSource, RibView};
use arrow::array::ArrayRef;
use arrow::datatypes::TimestampMicrosecondType;

/// The columns.
#[derive(Debug)]
pub(super) struct ViewColumns {
    observed_at_source: Keys,
    sources: Dictionary,
    originated_at: Numbers<TimestampMicrosecondType>,
    rib_view: Keys,
    rib_views: Dictionary,
}

impl ViewColumns {
    pub(super) fn new() -> Self {
        Self {
            observed_at_source: Keys::default(),
            sources: names(&ObservedAtSource::ALL.map(ObservedAtSource::name)),
            originated_at: Numbers::new(Kind::Timestamp),
            rib_view: Keys::default(),
            rib_views: names(&RibView::ALL.map(RibView::name)),
        }
    }

    /// Fills `to`, which is zero, and returns the presence bits.
    #[inline]
    pub(super) fn stage(run: &RouteRun<'_>, to: &mut i64) -> u32 {
        *to = run.originated_at.unwrap_or_default();
        mark(run.originated_at.is_some(), present::ORIGINATED_AT)
    }

    pub(super) fn expand(&mut self, stage: &Stage<'_, Staged>, contexts: &Stage<'_, Context>) {
        self.observed_at_source
            .push(contexts, |context| context.observed_at_source);
        self.originated_at
            .push_optional(stage, present::ORIGINATED_AT, |run| run.originated_at);
        self.rib_view.push(contexts, |context| context.rib_view);
    }

    pub(super) fn finish_source(&mut self) -> ArrayRef {
        self.observed_at_source
            .finish(&Validity::Full, &self.sources)
    }

    pub(super) fn finish_originated_at(&mut self, validities: &Validities<'_>) -> ArrayRef {
        self.originated_at
            .finish(&validities.of(present::ORIGINATED_AT))
    }

    pub(super) fn finish_rib_view(&mut self) -> ArrayRef {
        self.rib_view.finish(&Validity::Full, &self.rib_views)
    }
}
