//! What we do with an input, cut into the units that are Kafka messages elsewhere.

use arrow::array::RecordBatch;
use feeds::{Decoder, DecoderSettings, Format, Outcome};
use lake::WorkerFiles;
use std::hint::black_box;
use tables::{
    BmpReport, Builders, DnsMeasurementRow, DnsMessageRow, DnsRecordRow, Provenance, RejectRow,
    RouteRun, RowSink, SessionRow, Table,
};

/// How messages of a format are decoded: times are believed, however old they are.
pub fn settings(format: Format) -> DecoderSettings {
    DecoderSettings {
        is_archive: true,
        ..DecoderSettings::new(format)
    }
}

/// Decoded and checked, nothing copied. Gives the number of rows that count.
pub fn runs(settings: DecoderSettings, units: &[&[u8]]) -> u64 {
    let mut sink = Count::default();
    decode(settings, units, &mut sink, |_, _| ());
    sink.rows
}

/// All columns as Arrow arrays. Gives the number of rows that count.
pub fn columns(settings: DecoderSettings, units: &[&[u8]]) -> u64 {
    let mut rows = 0;
    let mut count = |(table, batch): (Table, RecordBatch)| {
        rows += rows_that_count(table, black_box(&batch));
    };
    let mut builders = Builders::new();
    decode(settings, units, &mut builders, |builders, _| {
        if builders.has_full() {
            builders.full().for_each(&mut count);
        }
    });
    builders.finish().for_each(&mut count);
    rows
}

/// All batches of all tables.
pub fn batches(settings: DecoderSettings, units: &[&[u8]]) -> Vec<(Table, RecordBatch)> {
    let (mut builders, mut batches) = (Builders::new(), Vec::new());
    decode(settings, units, &mut builders, |builders, _| {
        batches.extend(builders.full());
    });
    batches.extend(builders.finish());
    batches
}

/// Batches as Parquet.
///
/// # Errors
/// If they cannot be written.
pub fn encode(batches: &[(Table, RecordBatch)], files: &mut WorkerFiles) -> lake::Result<u64> {
    let mut rows = 0;
    for (table, batch) in batches {
        files.write(*table, batch)?;
        rows += rows_that_count(*table, batch);
    }
    files.close()?;
    Ok(rows)
}

/// All columns as Parquet.
///
/// # Errors
/// If they cannot be written.
pub fn parquet(
    settings: DecoderSettings,
    units: &[&[u8]],
    files: &mut WorkerFiles,
) -> lake::Result<u64> {
    let (mut rows, mut failure) = (0, None);
    let mut write = |(table, batch): (Table, RecordBatch)| {
        rows += rows_that_count(table, &batch);
        failure = failure.take().or(files.write(table, &batch).err());
    };
    let mut builders = Builders::new();
    decode(settings, units, &mut builders, |builders, _| {
        if builders.has_full() {
            builders.full().for_each(&mut write);
        }
    });
    builders.finish().for_each(&mut write);
    files.close()?;
    failure.map_or(Ok(rows), Err)
}

/// Rows of what feeds are about; sessions, statistics and rejects come with them.
fn rows_that_count(table: Table, batch: &RecordBatch) -> u64 {
    match table {
        Table::Routes | Table::Rib | Table::OtherRoutes => batch.num_rows() as u64,
        Table::DnsMessages | Table::DnsMeasurements => batch.num_rows() as u64,
        _ => 0,
    }
}

/// Decodes all units in order and calls `each_unit` after every one.
pub fn decode<S: RowSink>(
    settings: DecoderSettings,
    units: &[&[u8]],
    sink: &mut S,
    mut each_unit: impl FnMut(&mut S, Outcome),
) {
    let format = settings.format;
    let mut decoder = Decoder::new(settings);
    for (kafka_offset, unit) in (0..).zip(units) {
        let provenance = Provenance {
            kafka_topic: "bench",
            kafka_partition: 0,
            kafka_offset,
            brokered_at: None,
            ingested_at: 0,
            project: "bench",
            collector: "bench",
            router: None,
            format: format.name(),
        };
        let outcome = decoder.decode(unit, &provenance, sink);
        each_unit(sink, outcome);
    }
}

/// Looks at every row, keeps counts.
#[derive(Debug, Default)]
pub struct Count {
    /// Rows of what the feed is about.
    pub rows: u64,
    /// Rows of rejects.
    pub rejects: u64,
}

impl RowSink for Count {
    fn routes(&mut self, run: &RouteRun<'_>) {
        self.rows += black_box(run).rows() as u64;
    }

    fn session(&mut self, row: &SessionRow<'_>) {
        black_box(row);
    }

    fn bmp_stats(&mut self, report: &BmpReport<'_>) {
        black_box(report);
    }

    fn dns_message(&mut self, row: &DnsMessageRow<'_>) {
        self.rows += 1;
        black_box(row);
    }

    fn dns_record(&mut self, row: &DnsRecordRow<'_>) {
        black_box(row);
    }

    fn dns_measurement(&mut self, row: &DnsMeasurementRow<'_>) {
        self.rows += 1;
        black_box(row);
    }

    fn reject(&mut self, row: &RejectRow<'_>) {
        self.rejects += 1;
        black_box(row);
    }
}
