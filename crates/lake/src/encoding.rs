//! How each column is encoded in Parquet. Measured on made-up routing rows, these settings take half the octets of
//! snappy with the defaults, and less time.
//!
//! What only grows is delta encoded; dictionaries pay for text and addresses, but not for values that hardly repeat, as
//! the elements of AS paths and communities.

use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use tables::{Column, Kind, Table};

/// Rows of a row group: small, because many files are open at a time, and each holds one in memory.
pub(crate) const ROW_GROUP_ROWS: usize = 131_072;

/// Numbers that hardly repeat from row to row.
const WITHOUT_DICTIONARY: [&str; 9] = [
    "origin_asn",
    "med",
    "local_pref",
    "dns_id",
    "client_port",
    "latency_ns",
    "rtt_us",
    "message_raw",
    "query_raw",
];

/// Settings of a table's files. Their footer holds no Arrow schema: it would name our dictionaries, and readers warn.
pub(crate) fn writer_options(table: Table) -> ArrowWriterOptions {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by(format!("corewatch {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(vec![KeyValue::new(
            "corewatch.table".to_owned(),
            table.name().to_owned(),
        )]));
    for column in table.columns() {
        builder = set_column(builder, column);
    }
    ArrowWriterOptions::new()
        .with_properties(builder.build())
        .with_skip_arrow_metadata(true)
}

fn set_column(builder: WriterPropertiesBuilder, column: &Column) -> WriterPropertiesBuilder {
    let path = ColumnPath::from(column.name);
    match column.kind {
        Kind::Timestamp => set_delta(builder, path),
        Kind::Long if column.name == "kafka_offset" => set_delta(builder, path),
        Kind::List(element) => set_element(builder, vec![column.name, "list", "element"], *element),
        _ if WITHOUT_DICTIONARY.contains(&column.name) => without_dictionary(builder, path),
        _ => builder,
    }
}

/// Numbers in lists go without a dictionary, however deep; text keeps it.
fn set_element(
    builder: WriterPropertiesBuilder,
    path: Vec<&str>,
    kind: Kind,
) -> WriterPropertiesBuilder {
    match kind {
        Kind::Struct(columns) => columns.iter().fold(builder, |builder, column| {
            let path = path.iter().copied().chain([column.name]).collect();
            set_element(builder, path, column.kind)
        }),
        Kind::Int | Kind::Long | Kind::Fixed(_) => {
            let path = path.into_iter().map(str::to_owned).collect();
            without_dictionary(builder, ColumnPath::new(path))
        }
        _ => builder,
    }
}

fn without_dictionary(
    builder: WriterPropertiesBuilder,
    path: ColumnPath,
) -> WriterPropertiesBuilder {
    builder.set_column_dictionary_enabled(path, false)
}

fn set_delta(builder: WriterPropertiesBuilder, path: ColumnPath) -> WriterPropertiesBuilder {
    builder
        .set_column_dictionary_enabled(path.clone(), false)
        .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED)
}
