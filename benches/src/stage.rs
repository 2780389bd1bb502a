//! What is done with an input, each time from its first octet.

use arrow::array::RecordBatch;
use bgpkit_parser::BgpkitParser;
use feeds::{Decoder, DecoderSettings, Format};
use std::hint::black_box;
use std::io::Cursor;
use tables::{BmpStatRow, Builders, Provenance, RejectRow, RouteRun, RowSink, SessionRow, Table};
use wire::mrt::split_record;

/// One way to work through an input.
pub struct Stage {
    /// As in the definitions.
    pub name: &'static str,
    /// Gives the number of routes.
    pub run: fn(&[u8]) -> u64,
}

/// The peer first: the others are measured against it.
pub const STAGES: [Stage; 3] = [
    Stage {
        name: "peer",
        run: bgpkit_elements,
    },
    Stage {
        name: "runs",
        run: runs,
    },
    Stage {
        name: "columns",
        run: columns,
    },
];

/// bgpkit-parser's elements: one object per route.
fn bgpkit_elements(octets: &[u8]) -> u64 {
    let parser = BgpkitParser::from_reader(Cursor::new(octets)).disable_warnings();
    parser
        .into_elem_iter()
        .map(|element| black_box(u64::from(element.prefix.prefix.prefix_len() <= 128)))
        .sum()
}

/// Decoded and checked, nothing copied.
fn runs(octets: &[u8]) -> u64 {
    let mut sink = Count::default();
    decode(octets, &mut sink, |_| ());
    sink.rows
}

/// All columns as Arrow arrays.
fn columns(octets: &[u8]) -> u64 {
    let mut rows = 0;
    let mut count = |(table, batch): (Table, RecordBatch)| {
        if matches!(table, Table::Routes | Table::Rib) {
            rows += black_box(&batch).num_rows() as u64;
        }
    };
    let mut builders = Builders::new();
    decode(octets, &mut builders, |builders| {
        builders.full().for_each(&mut count)
    });
    builders.finish().for_each(&mut count);
    rows
}

fn decode<S: RowSink>(octets: &[u8], sink: &mut S, mut each_message: impl FnMut(&mut S)) {
    let mut decoder = Decoder::new(DecoderSettings::new(Format::Mrt));
    let (mut rest, mut kafka_offset) = (octets, 0);
    while let Ok((record, after)) = split_record(rest) {
        let provenance = Provenance {
            kafka_topic: "bench",
            kafka_partition: 0,
            kafka_offset,
            brokered_at: None,
            ingested_at: 0,
            project: "bench",
            collector: "bench",
            router: None,
            format: Format::Mrt.name(),
        };
        decoder.decode(record.octets, &provenance, sink);
        each_message(sink);
        kafka_offset += 1;
        rest = after;
    }
}

/// Looks at every run, keeps a count.
#[derive(Default)]
struct Count {
    rows: u64,
}

impl RowSink for Count {
    fn routes(&mut self, run: &RouteRun<'_>) {
        self.rows += black_box(run).rows() as u64;
    }

    fn session(&mut self, row: &SessionRow<'_>) {
        black_box(row);
    }

    fn bmp_stat(&mut self, row: &BmpStatRow<'_>) {
        black_box(row);
    }

    fn reject(&mut self, row: &RejectRow<'_>) {
        black_box(row);
    }
}
