//! A lake that an older version has made gets the columns that this version writes and the lake lacks.
//!
//! Only columns that may be null are added, only to a table itself, never inside one of its columns, and always at the
//! end: rows from before read null. Types are never changed. Flushes that are still pending are applied first, as they
//! must be before a partition spec changes; their files, and those of an older version that is still running, fit
//! afterwards as well, because the columns that they have keep their ids.
//!
//! It is a commit like any other, with an append of no files: of two processes one adds the columns, and the other finds
//! them there. Without the append, readers that go by the schema of the newest snapshot would see the columns late.

use crate::apply::apply;
use crate::catalog::Tables;
use crate::error::{Result, WriteError};
use crate::fence::{Change, CommitSteps, Condition, commit};
use crate::ledger::pendings;
use crate::retry::{Backoff, until_done};
use crate::schema::missing_columns;
use crate::steps::Steps;
use iceberg::spec::NestedFieldRef;
use iceberg::table::Table as Loaded;
use tables::Table;

/// Adds the columns that tables lack. Others may do the same at the same time.
///
/// # Errors
/// [`WriteError::ColumnChanged`] if a table lacks more than that, or has something else: then nothing is changed.
/// What passes by itself is waited out.
pub(crate) async fn complete(tables: &Tables, steps: &Steps) -> Result<()> {
    let mut incomplete = vec![];
    for table in Table::ALL {
        let loaded = until_done(|| tables.load(table)).await?;
        if !missing(table, &loaded)?.is_empty() {
            incomplete.push(table);
        }
    }
    if incomplete.is_empty() {
        return Ok(());
    }
    apply_pendings(tables, steps).await?;
    for table in incomplete {
        complete_table(tables, steps, table).await?;
    }
    Ok(())
}

async fn apply_pendings(tables: &Tables, steps: &Steps) -> Result<()> {
    let ledger = until_done(|| tables.load(Table::IngestLog)).await?;
    // In any order, as in an assignment.
    for (flush, pending) in pendings(&ledger)? {
        apply(tables, steps, &flush, &pending).await?;
    }
    Ok(())
}

/// Only the table itself says whether it has the columns, never the answer to a commit.
async fn complete_table(tables: &Tables, steps: &Steps, table: Table) -> Result<()> {
    let mut backoff = Backoff::new();
    loop {
        let loaded = until_done(|| tables.load(table)).await?;
        let columns = missing(table, &loaded)?;
        if columns.is_empty() {
            return Ok(());
        }
        let Err(error) = add_columns(tables, steps, &loaded, columns).await else {
            continue;
        };
        let error = WriteError::catalog(format!("add columns to table {}", table.name()), error);
        // Refused: somebody has added columns meanwhile, and the table will say so.
        if error.is_refusal() {
            backoff.wait(&error).await
        } else {
            backoff.after(error).await?
        }
    }
}

async fn add_columns(
    tables: &Tables,
    steps: &Steps,
    loaded: &Loaded,
    columns: Vec<NestedFieldRef>,
) -> iceberg::Result<()> {
    let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
    tracing::info!(table = loaded.identifier().name(), columns = ?names, "an older version made this table: adding columns");
    let change = Change {
        columns,
        flush: "none: columns are added".to_owned(),
        ..Change::default()
    };
    let condition = unchanged(loaded);
    commit(
        &tables.catalog,
        loaded,
        change,
        condition,
        steps,
        CommitSteps::SCHEMA,
    )
    .await
}

fn missing(table: Table, loaded: &Loaded) -> Result<Vec<NestedFieldRef>> {
    missing_columns(table, loaded.metadata().current_schema())
}

/// The table still has the schema that it had.
fn unchanged(loaded: &Loaded) -> Condition {
    let schema = loaded.metadata().current_schema_id();
    Box::new(
        move |table| match table.metadata().current_schema_id() == schema {
            true => Ok(()),
            false => Err("the table has another schema already".into()),
        },
    )
}
