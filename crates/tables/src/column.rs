//! What a column is. Its documentation stands beside it and is what `corewatch schema`, the Iceberg schema and so any
//! engine's DESCRIBE show.

use crate::{
    bmp_stats, dns_measurements, dns_messages, dns_records, ingest_log, rejects, routes, sessions,
};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use std::sync::{Arc, LazyLock};

/// The tables, in the order in which they are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Announcements and withdrawals.
    Routes,
    /// Entries of table dumps; the columns of `routes`.
    Rib,
    /// Routes that are none of the public Internet: VPNs, EVPN, flow specification and more; the columns of `routes`.
    OtherRoutes,
    /// What happened to peers' sessions.
    Sessions,
    /// What routers count about their peers (BMP statistics).
    BmpStats,
    /// DNS messages.
    DnsMessages,
    /// Questions and resource records of DNS messages, where they are asked for.
    DnsRecords,
    /// Responses to probes that measure the DNS.
    DnsMeasurements,
    /// What was refused, and why.
    Rejects,
    /// The ledger: what was published, by range of offsets.
    IngestLog,
}

impl Table {
    /// Tables that hold decoded rows: all but the ledger.
    pub const DATA: [Self; 9] = [
        Self::Routes,
        Self::Rib,
        Self::OtherRoutes,
        Self::Sessions,
        Self::BmpStats,
        Self::DnsMessages,
        Self::DnsRecords,
        Self::DnsMeasurements,
        Self::Rejects,
    ];
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Routes,
        Self::Rib,
        Self::OtherRoutes,
        Self::Sessions,
        Self::BmpStats,
        Self::DnsMessages,
        Self::DnsRecords,
        Self::DnsMeasurements,
        Self::Rejects,
        Self::IngestLog,
    ];

    /// As it is called in the catalog.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Routes => "routes",
            Self::Rib => "rib",
            Self::OtherRoutes => "other_routes",
            Self::Sessions => "sessions",
            Self::BmpStats => "bmp_stats",
            Self::DnsMessages => "dns_messages",
            Self::DnsRecords => "dns_records",
            Self::DnsMeasurements => "dns_measurements",
            Self::Rejects => "rejects",
            Self::IngestLog => "ingest_log",
        }
    }

    /// What a row of it is.
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Routes => routes::ROUTES_DOC,
            Self::Rib => routes::RIB_DOC,
            Self::OtherRoutes => routes::OTHER_ROUTES_DOC,
            Self::Sessions => sessions::DOC,
            Self::BmpStats => bmp_stats::DOC,
            Self::DnsMessages => dns_messages::DOC,
            Self::DnsRecords => dns_records::DOC,
            Self::DnsMeasurements => dns_measurements::DOC,
            Self::Rejects => rejects::DOC,
            Self::IngestLog => ingest_log::DOC,
        }
    }

    /// Its columns, in their order. Columns are only ever appended.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Routes | Self::Rib | Self::OtherRoutes => &routes::COLUMNS,
            Self::Sessions => &sessions::COLUMNS,
            Self::BmpStats => &bmp_stats::COLUMNS,
            Self::DnsMessages => &dns_messages::COLUMNS,
            Self::DnsRecords => &dns_records::COLUMNS,
            Self::DnsMeasurements => &dns_measurements::COLUMNS,
            Self::Rejects => &rejects::COLUMNS,
            Self::IngestLog => &ingest_log::COLUMNS,
        }
    }

    /// Its Arrow schema: that of the batches its builder makes.
    pub fn schema(self) -> SchemaRef {
        static SCHEMAS: LazyLock<[SchemaRef; 10]> =
            LazyLock::new(|| Table::ALL.map(|table| schema(table.columns())));
        Arc::clone(&SCHEMAS[self as usize])
    }

    /// The column that says when a row belongs: its files are partitioned by it.
    pub const fn time_column(self) -> &'static str {
        match self {
            Self::IngestLog => "committed_at",
            _ => "observed_at",
        }
    }

    /// The table of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }
}

/// A column: name, type, and what it means.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name; never an SQL keyword. Units stand last in it.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be null.
    pub nullable: bool,
    /// What it means, with unit, source and RFC.
    pub doc: &'static str,
}

/// Type of a column, as Iceberg knows it; there are no unsigned integers there.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// True or false.
    Boolean,
    /// 32 bits, signed.
    Int,
    /// 64 bits, signed.
    Long,
    /// UTC microseconds since 1970.
    Timestamp,
    /// UTF-8 text.
    Text,
    /// UTF-8 text that repeats: a dictionary in memory.
    Dict,
    /// Octets.
    Binary,
    /// So many octets.
    Fixed(i32),
    /// A list; its elements are never null.
    List(&'static Kind),
    /// Named fields.
    Struct(&'static [Column]),
}

impl Column {
    /// A column that may not be null.
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            nullable: false,
            doc,
        }
    }

    /// A column that may be null.
    pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            nullable: true,
            doc,
        }
    }

    pub(crate) fn field(&self) -> Field {
        Field::new(self.name, self.kind.data_type(), self.nullable)
    }
}

impl Kind {
    /// The Arrow type of the arrays that builders make.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Int => DataType::Int32,
            Self::Long => DataType::Int64,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
            Self::Text => DataType::Utf8,
            Self::Dict => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Self::Binary => DataType::Binary,
            Self::Fixed(octets) => DataType::FixedSizeBinary(octets),
            Self::List(element) => DataType::List(element.element_field()),
            Self::Struct(columns) => {
                DataType::Struct(columns.iter().map(Column::field).collect::<Fields>())
            }
        }
    }

    /// The element of a list of this kind.
    pub(crate) fn element_field(self) -> FieldRef {
        Arc::new(Field::new("element", self.data_type(), false))
    }
}

/// All columns of some lists, as one. It fails to compile if `N` is not their number.
pub(crate) const fn join<const N: usize>(lists: &[&[Column]]) -> [Column; N] {
    let mut joined = [Column::required("", Kind::Boolean, ""); N];
    let (mut list, mut filled) = (0, 0);
    while list < lists.len() {
        let mut place = 0;
        while place < lists[list].len() {
            joined[filled] = lists[list][place];
            (place, filled) = (place + 1, filled + 1);
        }
        list += 1;
    }
    assert!(filled == N, "N is the number of columns");
    joined
}

/// The Arrow schema of a list of columns.
fn schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(
        columns.iter().map(Column::field).collect::<Fields>(),
    ))
}
