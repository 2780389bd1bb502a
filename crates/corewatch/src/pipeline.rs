//! Where decoded rows go: into the builders of their tables, counted on the way, and batch by batch into files. Here the
//! octets are copied, for the only time, into Arrow buffers.

use lake::{ClosedFile, WorkerFiles, WriteError};
use std::collections::BTreeMap;
use tables::{
    BmpReport, Builders, DnsMeasurementRow, DnsMessageRow, DnsRecordRow, ObservedAt, RejectRow,
    RouteRun, RowSink, SessionRow, Table,
};

/// A longer run is built piece by piece, with batches written in between: a message of 64 KiB can become 1 GiB of columns.
const PIECE_ROWS: usize = 1024;

/// The sink of one worker, or of one conversion.
#[derive(Debug)]
pub struct MessageSink {
    builders: Builders,
    tally: Tally,
    /// None: rows are counted, not kept.
    files: Option<WorkerFiles>,
    /// Why batches could not be written, since the last [`MessageSink::check`].
    failure: Option<WriteError>,
    has_written: bool,
}

/// What went through a sink.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    rows: [u64; Table::DATA.len()],
    rejects: BTreeMap<&'static str, u64>,
    observed_at: Option<(i64, i64)>,
}

impl MessageSink {
    /// A sink that writes to `files`, or one that only counts.
    pub fn new(files: Option<WorkerFiles>) -> Self {
        Self {
            builders: Builders::new(),
            tally: Tally::default(),
            files,
            failure: None,
            has_written: false,
        }
    }

    /// Call it after each message. Returns whether batches were written since the last call: that takes its time.
    ///
    /// # Errors
    /// Why rows of it could not be written: they are lost, discard them all and decode again.
    #[inline]
    pub fn check(&mut self) -> lake::Result<bool> {
        let has_written = std::mem::take(&mut self.has_written);
        self.failure.take().map_or(Ok(has_written), Err)
    }

    /// What went through since the last call.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// Octets that its rows take: in files, in their buffers, and in columns.
    pub fn octets(&self) -> u64 {
        let files = self
            .files
            .as_ref()
            .map_or(0, |files| files.written_octets() + files.buffered_octets());
        files + self.builders.octets() as u64
    }

    /// Writes out what is left and closes the files.
    ///
    /// # Errors
    /// As [`MessageSink::check`].
    pub fn close(&mut self) -> lake::Result<Vec<ClosedFile>> {
        self.check()?;
        let Some(files) = &mut self.files else {
            self.builders.finish().for_each(drop);
            return Ok(Vec::new());
        };
        for (table, batch) in self.builders.finish() {
            files.write(table, &batch)?;
        }
        files.close()
    }

    /// Forgets everything since the files were closed.
    pub fn discard(&mut self) {
        if let Some(files) = &mut self.files {
            files.discard();
        }
        *self = Self::new(self.files.take());
    }

    #[inline]
    fn write_full(&mut self) {
        if self.builders.has_full() {
            self.write_batches();
        }
    }

    #[cold]
    fn routes_by_piece(&mut self, run: &RouteRun<'_>) {
        let (mut piece, mut rest) = run.split_at(PIECE_ROWS);
        loop {
            self.builders.routes(&piece);
            self.write_full();
            let Some(more) = rest else { return };
            (piece, rest) = more.split_at(PIECE_ROWS);
        }
    }

    #[cold]
    fn write_batches(&mut self) {
        self.has_written = true;
        for (table, batch) in self.builders.full() {
            if let (Some(files), None) = (&mut self.files, &self.failure) {
                self.failure = files.write(table, &batch).err();
            }
        }
    }
}

impl RowSink for MessageSink {
    #[inline]
    fn routes(&mut self, run: &RouteRun<'_>) {
        self.tally
            .count(run.table(), run.rows() as u64, run.observed_at);
        if run.rows() > PIECE_ROWS {
            return self.routes_by_piece(run);
        }
        self.builders.routes(run);
        self.write_full();
    }

    fn session(&mut self, row: &SessionRow<'_>) {
        self.tally.count(Table::Sessions, 1, row.observed_at);
        self.builders.session(row);
        self.write_full();
    }

    fn bmp_stats(&mut self, report: &BmpReport<'_>) {
        let rows = report.rows() as u64;
        self.tally.count(Table::BmpStats, rows, report.observed_at);
        self.builders.bmp_stats(report);
        self.write_full();
    }

    #[inline]
    fn dns_message(&mut self, row: &DnsMessageRow<'_>) {
        self.tally.count(Table::DnsMessages, 1, row.observed_at);
        self.builders.dns_message(row);
        self.write_full();
    }

    fn dns_record(&mut self, row: &DnsRecordRow<'_>) {
        self.tally.count(Table::DnsRecords, 1, row.observed_at);
        self.builders.dns_record(row);
        self.write_full();
    }

    fn dns_measurement(&mut self, row: &DnsMeasurementRow<'_>) {
        self.tally.count(Table::DnsMeasurements, 1, row.observed_at);
        self.builders.dns_measurement(row);
        self.write_full();
    }

    fn reject(&mut self, row: &RejectRow<'_>) {
        self.tally.count(Table::Rejects, 1, row.observed_at);
        *self.tally.rejects.entry(row.reason).or_default() += 1;
        self.builders.reject(row);
        self.write_full();
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
