//! Table `ingest_log`: the ledger. Its rows are made where they are committed; here are only its columns.

use crate::column::join;
use crate::{Column, Kind};

/// What a row of `ingest_log` is.
pub(crate) const DOC: &str = "The ledger of what was published: one row per flush and range of Kafka offsets. An offset is in the tables if and \
     only if a row covers it.";

/// The columns of `ingest_log`.
pub(crate) static COLUMNS: [Column; 19] = join(&[&RANGE, &OUTCOME, &FLUSH]);

const RANGE: [Column; 4] = [
    Column::required("kafka_topic", Kind::Text, "Kafka topic of the range."),
    Column::required("kafka_partition", Kind::Int, "Partition of the topic."),
    Column::required("from_offset", Kind::Long, "First offset of the range."),
    Column::required(
        "to_offset",
        Kind::Long,
        "Offset after the last one of the range, where the next range begins.",
    ),
];

const OUTCOME: [Column; 10] = [
    Column::required(
        "messages",
        Kind::Long,
        "Messages in the range: the sum of `parsed`, `rejected` and `skipped`.",
    ),
    Column::required(
        "parsed",
        Kind::Long,
        "Messages that gave at least one row other than rejects.",
    ),
    Column::required(
        "rejected",
        Kind::Long,
        "Messages that gave nothing but rejects.",
    ),
    Column::required(
        "skipped",
        Kind::Long,
        "Messages that gave no row at all, such as keepalives.",
    ),
    Column::required(
        "holes",
        Kind::Long,
        "Offsets of the range without a message: transaction markers, compaction, gaps that were accepted.",
    ),
    Column::required("octets", Kind::Long, "Octets of the messages' values."),
    Column::required(
        "rows",
        Kind::List(&TABLE_ROWS),
        "Rows that the messages gave, by table.",
    ),
    Column::optional(
        "files",
        Kind::List(&DATA_FILE),
        "Data files of the whole flush, on one of its rows. Null on the others.",
    ),
    Column::optional(
        "first_observed_at",
        Kind::Timestamp,
        "Least `observed_at` of the rows. Null if there are none.",
    ),
    Column::optional(
        "last_observed_at",
        Kind::Timestamp,
        "Greatest `observed_at` of the rows. Null if there are none.",
    ),
];

const TABLE_ROWS: Kind = Kind::Struct(&[
    Column::required("table", Kind::Text, "Name of the table."),
    Column::required("rows", Kind::Long, "Rows of the range in it."),
]);

const DATA_FILE: Kind = Kind::Struct(&[
    Column::required("table", Kind::Text, "Name of the table that it belongs to."),
    Column::required("path", Kind::Text, "Location of the file."),
    Column::required("rows", Kind::Long, "Rows in it."),
    Column::required("octets", Kind::Long, "Its length in octets."),
    Column::required(
        "crc32c",
        Kind::Long,
        "CRC-32C of its octets (RFC 3720, appendix B.4), as an unsigned number.",
    ),
]);

const FLUSH: [Column; 5] = [
    Column::required(
        "flush_id",
        Kind::Text,
        "Identifier of the flush; its files carry it in their names.",
    ),
    Column::required("worker", Kind::Text, "The process that published it."),
    Column::required("version", Kind::Text, "Version of corewatch."),
    Column::required(
        "config_sha256",
        Kind::Text,
        "SHA-256 of its configuration, in hexadecimal digits.",
    ),
    Column::required(
        "committed_at",
        Kind::Timestamp,
        "When it was committed. The ledger is partitioned by its day.",
    ),
];
