//! The builders of all tables, as one sink of rows.

use crate::{
    BmpReport, BmpStatsBuilder, DnsMeasurementRow, DnsMeasurementsBuilder, DnsMessageRow,
    DnsMessagesBuilder, DnsRecordRow, DnsRecordsBuilder, RejectRow, RejectsBuilder, RouteRun,
    RoutesBuilder, RowSink, SessionRow, SessionsBuilder, Table,
};
use arrow::array::RecordBatch;

/// A batch is full with so many rows. A run is not cut for it, so there may be a few more.
pub const BATCH_ROWS: usize = 8192;

/// A batch is full with so many octets of memory; only a single row can be larger. Far below 2^31, where the offsets of
/// Arrow's lists end.
pub const BATCH_OCTETS: usize = 32 << 20;

/// The builders of all tables of decoded rows.
///
/// Decode a message into it, then take the full batches by [`Builders::full`], at least once per message; at a flush
/// take everything by [`Builders::finish`].
#[derive(Debug, Default)]
pub struct Builders {
    routes: RoutesBuilder,
    rib: RoutesBuilder,
    other_routes: RoutesBuilder,
    sessions: SessionsBuilder,
    bmp_stats: BmpStatsBuilder,
    dns_messages: DnsMessagesBuilder,
    dns_records: DnsRecordsBuilder,
    dns_measurements: DnsMeasurementsBuilder,
    rejects: RejectsBuilder,
    full: Vec<(Table, RecordBatch)>,
}

impl Builders {
    /// Empty builders.
    pub fn new() -> Self {
        Self::default()
    }

    /// The batches that have become full. Mostly there are none.
    pub fn full(&mut self) -> impl Iterator<Item = (Table, RecordBatch)> {
        self.full.drain(..)
    }

    /// Whether any have become full.
    #[inline]
    pub fn has_full(&self) -> bool {
        !self.full.is_empty()
    }

    /// All rows that were not taken yet, as batches that are not empty; the builders are empty then.
    pub fn finish(&mut self) -> impl Iterator<Item = (Table, RecordBatch)> {
        for table in Table::DATA {
            if self.buffered_rows(table) > 0 {
                self.finish_table(table);
            }
        }
        self.full.drain(..)
    }

    /// Rows of `table` that were not taken yet.
    pub fn rows(&self, table: Table) -> usize {
        let full = self.full.iter().filter(|(full, _)| *full == table);
        self.buffered_rows(table) + full.map(|(_, batch)| batch.num_rows()).sum::<usize>()
    }

    /// Octets of memory that all rows take that were not taken yet, roughly.
    pub fn octets(&self) -> usize {
        let buffered = self.routes.octets()
            + self.rib.octets()
            + self.other_routes.octets()
            + self.sessions.octets()
            + self.bmp_stats.octets()
            + self.dns_messages.octets()
            + self.dns_records.octets()
            + self.dns_measurements.octets()
            + self.rejects.octets();
        buffered
            + self
                .full
                .iter()
                .map(|(_, batch)| batch.get_array_memory_size())
                .sum::<usize>()
    }

    fn buffered_rows(&self, table: Table) -> usize {
        match table {
            Table::Routes => self.routes.rows(),
            Table::Rib => self.rib.rows(),
            Table::OtherRoutes => self.other_routes.rows(),
            Table::Sessions => self.sessions.rows(),
            Table::BmpStats => self.bmp_stats.rows(),
            Table::Rejects => self.rejects.rows(),
            Table::DnsMessages => self.dns_messages.rows(),
            Table::DnsRecords => self.dns_records.rows(),
            Table::DnsMeasurements => self.dns_measurements.rows(),
            Table::IngestLog => 0,
        }
    }

    #[cold]
    #[inline(never)]
    fn finish_table(&mut self, table: Table) {
        let batch = match table {
            Table::Routes => self.routes.finish(),
            Table::Rib => self.rib.finish(),
            Table::OtherRoutes => self.other_routes.finish(),
            Table::Sessions => self.sessions.finish(),
            Table::BmpStats => self.bmp_stats.finish(),
            Table::Rejects => self.rejects.finish(),
            Table::DnsMessages => self.dns_messages.finish(),
            Table::DnsRecords => self.dns_records.finish(),
            Table::DnsMeasurements => self.dns_measurements.finish(),
            Table::IngestLog => return,
        };
        self.full.push((table, batch));
    }
}

impl RowSink for Builders {
    #[inline]
    fn routes(&mut self, run: &RouteRun<'_>) {
        let table = run.table();
        let builder = match table {
            Table::OtherRoutes => &mut self.other_routes,
            Table::Rib => &mut self.rib,
            _ => &mut self.routes,
        };
        let mut rest = builder.append(run);
        while let Some(run) = rest {
            self.full.push((table, builder.finish()));
            rest = builder.append(&run);
        }
        if is_full(builder.rows(), builder.octets()) {
            self.finish_table(table);
        }
    }

    fn session(&mut self, row: &SessionRow<'_>) {
        self.sessions.append(row);
        if is_full(self.sessions.rows(), self.sessions.octets()) {
            self.finish_table(Table::Sessions);
        }
    }

    fn bmp_stats(&mut self, report: &BmpReport<'_>) {
        let builder = &mut self.bmp_stats;
        let mut rest = builder.append(report);
        while let Some(report) = rest {
            self.full.push((Table::BmpStats, builder.finish()));
            rest = builder.append(&report);
        }
        if is_full(builder.rows(), builder.octets()) {
            self.finish_table(Table::BmpStats);
        }
    }

    #[inline]
    fn dns_message(&mut self, row: &DnsMessageRow<'_>) {
        self.dns_messages.append(row);
        if is_full(self.dns_messages.rows(), self.dns_messages.octets()) {
            self.finish_table(Table::DnsMessages);
        }
    }

    #[inline]
    fn dns_record(&mut self, row: &DnsRecordRow<'_>) {
        self.dns_records.append(row);
        if is_full(self.dns_records.rows(), self.dns_records.octets()) {
            self.finish_table(Table::DnsRecords);
        }
    }

    fn dns_measurement(&mut self, row: &DnsMeasurementRow<'_>) {
        self.dns_measurements.append(row);
        let builder = &self.dns_measurements;
        if is_full(builder.rows(), builder.octets()) {
            self.finish_table(Table::DnsMeasurements);
        }
    }

    fn reject(&mut self, row: &RejectRow<'_>) {
        self.rejects.append(row);
        if is_full(self.rejects.rows(), self.rejects.octets()) {
            self.finish_table(Table::Rejects);
        }
    }
}

#[inline]
fn is_full(rows: usize, octets: usize) -> bool {
    rows >= BATCH_ROWS || octets >= BATCH_OCTETS
}
