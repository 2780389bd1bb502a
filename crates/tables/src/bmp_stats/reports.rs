//! Columns whose values all rows of one Statistics Report share: where it comes from, when it was seen, and who told.

use super::BmpReport;
use crate::RibView;
use crate::build::{
    Dictionary, Keys, Marks, Seen, SeenColumns, Source, Span, Stage, Teller, TellerColumns,
    Validities, Validity, names,
};
use arrow::array::ArrayRef;

/// What the rows of a report share.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Report {
    source: Source,
    seen: Seen,
    peer: Teller,
    rib_view: i32,
    present: u32,
}

/// The columns.
#[derive(Debug)]
pub(super) struct ReportColumns {
    marks: Marks,
    seen: SeenColumns,
    peer: TellerColumns,
    rib_view: Keys,
    rib_views: Dictionary,
}

impl ReportColumns {
    pub(super) fn new() -> Self {
        Self {
            marks: Marks::default(),
            seen: SeenColumns::new(),
            peer: TellerColumns::new(),
            rib_view: Keys::default(),
            rib_views: names(&RibView::ALL.map(RibView::name)),
        }
    }

    /// What the rows of `from` share.
    #[inline]
    pub(super) fn of(&mut self, from: &BmpReport<'_>) -> Report {
        let mut report = Report {
            source: self.seen.source(from.provenance),
            rib_view: from.rib_view as i32,
            ..Report::default()
        };
        let seen = &mut report.seen;
        report.present = seen.fill(from.provenance, from.item, from.observed_at, from.router_at)
            | self.peer.fill(from.peer, &mut report.peer);
        report
    }

    /// The rows of these reports.
    pub(super) fn push(&mut self, reports: &[Span<Report>], rows: usize) {
        let mut any = 0;
        for report in reports {
            self.marks.push(report.values.present, report.rows);
            any |= u64::from(report.values.present);
        }
        let stage = Stage {
            spans: reports,
            rows,
            any,
        };
        self.seen.push(
            &stage,
            |report| &report.seen,
            &stage,
            |report| &report.source,
        );
        self.peer.push(&stage, |report| &report.peer);
        self.rib_view.push(&stage, |report| report.rib_view);
    }

    /// The arrays of all rows.
    pub(super) fn finish(&mut self, arrays: &mut Vec<ArrayRef>) {
        let validities = Validities::new(&self.marks);
        self.seen.finish(&validities, arrays);
        arrays.push(self.seen.finish_router_at(&validities));
        self.peer.finish(&validities, arrays);
        arrays.push(self.rib_view.finish(&Validity::Full, &self.rib_views));
        self.marks.clear();
    }
}
