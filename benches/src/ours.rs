//! What we do with an input, cut into the units that are Kafka messages elsewhere.

use arrow::array::RecordBatch;
use feeds::{Decoder, DecoderSettings, Format, Outcome};
use std::hint::black_box;
use tables::{BmpReport, Builders, Provenance, RejectRow, RouteRun, RowSink, SessionRow, Table};

/// Decoded and checked, nothing copied. Gives the number of routes.
pub fn runs(format: Format, units: &[&[u8]]) -> u64 {
    let mut sink = Count::default();
    decode(format, units, &mut sink, |_, _| ());
    sink.routes
}

/// All columns as Arrow arrays. Gives the number of routes.
pub fn columns(format: Format, units: &[&[u8]]) -> u64 {
    let mut rows = 0;
    let mut count = |(table, batch): (Table, RecordBatch)| {
        if matches!(table, Table::Routes | Table::Rib | Table::OtherRoutes) {
            rows += black_box(&batch).num_rows() as u64;
        }
    };
    let mut builders = Builders::new();
    decode(format, units, &mut builders, |builders, _| {
        if builders.has_full() {
            builders.full().for_each(&mut count);
        }
    });
    builders.finish().for_each(&mut count);
    rows
}

/// Decodes all units in order and calls `each_unit` after every one.
pub fn decode<S: RowSink>(
    format: Format,
    units: &[&[u8]],
    sink: &mut S,
    mut each_unit: impl FnMut(&mut S, Outcome),
) {
    let mut decoder = Decoder::new(DecoderSettings {
        is_archive: true,
        ..DecoderSettings::new(format)
    });
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
    /// Rows of routes, of whatever table.
    pub routes: u64,
    /// Rows of rejects.
    pub rejects: u64,
}

impl RowSink for Count {
    fn routes(&mut self, run: &RouteRun<'_>) {
        self.routes += black_box(run).rows() as u64;
    }

    fn session(&mut self, row: &SessionRow<'_>) {
        black_box(row);
    }

    fn bmp_stats(&mut self, report: &BmpReport<'_>) {
        black_box(report);
    }

    fn dns_message(&mut self, _: &tables::DnsMessageRow<'_>) {}

    fn dns_record(&mut self, _: &tables::DnsRecordRow<'_>) {}

    fn dns_measurement(&mut self, _: &tables::DnsMeasurementRow<'_>) {}

    fn reject(&mut self, row: &RejectRow<'_>) {
        self.rejects += 1;
        black_box(row);
    }
}
