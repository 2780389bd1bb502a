//! What a worker needs to know of each table to write its files. Made once, shared by all threads.

use crate::encoding::writer_options;
use crate::error::Result;
use crate::schema::arrow_schema;
#[cfg(test)]
use crate::schema::shared_columns;
use arrow::datatypes::SchemaRef;
use iceberg::spec::Schema;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use std::collections::BTreeMap;
use std::sync::Arc;
use tables::Table;

/// Microseconds of an hour.
pub(crate) const HOUR_US: i64 = 3_600_000_000;
/// Microseconds of a day.
pub(crate) const DAY_US: i64 = 24 * HOUR_US;

/// The layouts of all tables.
#[derive(Clone, Debug)]
pub struct Layouts(Arc<BTreeMap<Table, Layout>>);

/// How files of one table are written.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// The columns; in a lake their fields carry Iceberg's ids.
    pub(crate) schema: SchemaRef,
    pub(crate) options: ArrowWriterOptions,
    /// Index of the column that says when a row was observed.
    pub(crate) time_column: usize,
    /// Rows are parted by so many microseconds of that column; none: one file takes all.
    pub(crate) period_us: Option<i64>,
}

impl Layouts {
    /// For files that belong to no lake: no field ids, and one file takes all hours.
    ///
    /// # Errors
    /// None in practice: only if a table lacks its own time column.
    pub fn plain() -> Result<Self> {
        let layouts =
            Table::ALL.map(|table| Ok((table, Layout::new(table, table.schema(), None)?)));
        layouts
            .into_iter()
            .collect::<Result<_>>()
            .map(|layouts| Self(Arc::new(layouts)))
    }

    /// For the tables of a lake, by their loaded schemas.
    pub(crate) fn of_lake(schemas: &BTreeMap<Table, Arc<Schema>>) -> Result<Self> {
        let layout = |(table, schema): (&Table, &Arc<Schema>)| {
            Ok((
                *table,
                Layout::new(
                    *table,
                    arrow_schema(*table, schema)?,
                    Some(period_us(*table)),
                )?,
            ))
        };
        schemas
            .iter()
            .map(layout)
            .collect::<Result<_>>()
            .map(|layouts| Self(Arc::new(layouts)))
    }

    /// Those of a version that does not write the columns that the tables lack.
    #[cfg(test)]
    pub(crate) fn of_older(schemas: &BTreeMap<Table, Arc<Schema>>) -> Result<Self> {
        let layout = |(table, schema): (&Table, &Arc<Schema>)| {
            let columns = shared_columns(*table, schema);
            Ok((
                *table,
                Layout::new(*table, columns, Some(period_us(*table)))?,
            ))
        };
        let layouts = schemas.iter().map(layout).collect::<Result<_>>()?;
        Ok(Self(Arc::new(layouts)))
    }

    pub(crate) fn of(&self, table: Table) -> &Layout {
        &self.0[&table]
    }
}

impl Layout {
    fn new(table: Table, schema: SchemaRef, period_us: Option<i64>) -> Result<Self> {
        let time_column = schema.index_of(table.time_column())?;
        Ok(Self {
            schema,
            options: writer_options(table),
            time_column,
            period_us,
        })
    }
}

/// Length of a partition: the ledger grows slowly, data does not.
pub(crate) fn period_us(table: Table) -> i64 {
    if table == Table::IngestLog {
        DAY_US
    } else {
        HOUR_US
    }
}
