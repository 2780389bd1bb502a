//! Where decoded rows go: into the builders of their tables, counted on the way. Here the octets are copied, for the
//! only time, into Arrow buffers.

use std::collections::BTreeMap;
use tables::{BmpStatRow, Builders, ObservedAt, RejectRow, RouteRun, RowSink, SessionRow, Table};

/// The sink of one worker, or of one conversion.
#[derive(Debug, Default)]
pub struct MessageSink {
    builders: Builders,
    tally: Tally,
}

/// What went through a sink.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    rows: [u64; Table::DATA.len()],
    rejects: BTreeMap<&'static str, u64>,
    observed_at: Option<(i64, i64)>,
}

impl MessageSink {
    /// The builders, for their batches.
    pub fn builders(&mut self) -> &mut Builders {
        &mut self.builders
    }

    /// What went through since the last call.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }
}

impl RowSink for MessageSink {
    #[inline]
    fn routes(&mut self, run: &RouteRun<'_>) {
        self.tally
            .count(run.table(), run.rows() as u64, run.observed_at);
        self.builders.routes(run);
    }

    fn session(&mut self, row: &SessionRow<'_>) {
        self.tally.count(Table::Sessions, 1, row.observed_at);
        self.builders.session(row);
    }

    fn bmp_stat(&mut self, row: &BmpStatRow<'_>) {
        self.tally.count(Table::BmpStats, 1, row.observed_at);
        self.builders.bmp_stat(row);
    }

    fn reject(&mut self, row: &RejectRow<'_>) {
        self.tally.count(Table::Rejects, 1, row.observed_at);
        *self.tally.rejects.entry(row.reason).or_default() += 1;
        self.builders.reject(row);
    }
}

impl Tally {
    /// Rows by table.
    pub fn rows(&self) -> impl Iterator<Item = (Table, u64)> {
        Table::DATA.into_iter().zip(self.rows)
    }

    /// Rows of `rejects` by reason.
    pub fn rejects(&self) -> &BTreeMap<&'static str, u64> {
        &self.rejects
    }

    /// Earliest observation, UTC microseconds since 1970.
    pub fn first_observed_at(&self) -> Option<i64> {
        self.observed_at.map(|(first, _)| first)
    }

    /// Latest observation.
    pub fn last_observed_at(&self) -> Option<i64> {
        self.observed_at.map(|(_, last)| last)
    }

    /// Adds what another sink, or this one later, has counted.
    pub fn add(&mut self, other: &Self) {
        for (rows, more) in self.rows.iter_mut().zip(other.rows) {
            *rows += more;
        }
        for (reason, more) in &other.rejects {
            *self.rejects.entry(reason).or_default() += more;
        }
        for at in other
            .observed_at
            .into_iter()
            .flat_map(|(first, last)| [first, last])
        {
            self.observe(at);
        }
    }

    #[inline]
    fn count(&mut self, table: Table, rows: u64, observed_at: ObservedAt) {
        self.rows[table as usize] += rows;
        self.observe(observed_at.at);
    }

    #[inline]
    fn observe(&mut self, at: i64) {
        let (first, last) = self.observed_at.unwrap_or((at, at));
        self.observed_at = Some((first.min(at), last.max(at)));
    }
}
