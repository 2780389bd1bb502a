//! Lakes of an older version: they get the columns and the table that they lack, and keep every row.

use super::publishing::leave_pending;
use super::support::{Process, at, check_exact, decode, settings, unapplied};
use crate::catalog::Tables;
use crate::evolve::complete;
use crate::layout::Layouts;
use crate::schema::{iceberg_schema, missing_columns};
use crate::spool::Spool;
use crate::steps::{self, Steps};
use crate::{Lake, Published, Shared, WriteError, verify};
use arrow::array::{Array, RecordBatch};
use futures::TryStreamExt;
use iceberg::spec::{ListType, NestedField, NestedFieldRef, Schema, StructType, Type};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tables::Table;
use tempfile::tempdir;
use tokio::sync::Mutex;

/// What the older version does not write: columns in the middle and at the end, of every kind.
const LACKING: [(Table, &[&str]); 3] = [
    (
        Table::Routes,
        &[
            "med",
            "communities",
            "large_communities",
            "error",
            "stripped_asn",
        ],
    ),
    (Table::Rejects, &["message_type"]),
    (Table::Sessions, &["rib_view"]),
];

fn lacking(table: Table) -> &'static [&'static str] {
    let found = LACKING.iter().find(|(lacks, _)| *lacks == table);
    found.map_or(&[], |(_, columns)| columns)
}

fn older_schema(table: Table) -> Schema {
    let ours = iceberg_schema(table).unwrap();
    let fields = ours.as_struct().fields().iter();
    let kept = fields.filter(|field| !lacking(table).contains(&field.name.as_str()));
    Schema::builder()
        .with_fields(kept.cloned())
        .build()
        .unwrap()
}

/// A lake as the older version makes and opens it: without `bmp_stats`, and with fewer columns.
pub async fn older_lake(folder: &Path) -> Lake {
    let settings = settings(folder).absolute().unwrap();
    let tables = Tables::open(&settings, true).await.unwrap();
    for table in Table::ALL
        .into_iter()
        .filter(|table| *table != Table::BmpStats)
    {
        tables
            .create_with(table, older_schema(table))
            .await
            .unwrap();
    }
    let loaded = tables.load_existing().await.unwrap();
    let schemas: BTreeMap<_, _> = loaded
        .iter()
        .map(|(table, loaded)| (*table, loaded.metadata().current_schema().clone()))
        .collect();
    let locations = loaded
        .iter()
        .map(|(table, loaded)| (*table, loaded.metadata().location().to_owned()));
    let shared = Shared {
        locations: locations.collect(),
        layouts: Layouts::of_older(&schemas).unwrap(),
        spool: Arc::new(Spool::open(&settings.spool).unwrap()),
        steps: Steps::default(),
        done: Mutex::default(),
        tables,
        settings,
    };
    Lake {
        shared: Arc::new(shared),
    }
}

async fn current_schema(tables: &Tables, table: Table) -> Arc<Schema> {
    let loaded = tables.load(table).await.unwrap();
    loaded.metadata().current_schema().clone()
}

/// Every table has our columns: those of before as they were, and the new ones behind them, with their documentation.
pub async fn check_complete(tables: &Tables) {
    for table in Table::ALL {
        let schema = current_schema(tables, table).await;
        assert_eq!(missing_columns(table, &schema).unwrap(), [], "{table:?}");
        let names: Vec<_> = schema
            .as_struct()
            .fields()
            .iter()
            .map(|field| &field.name)
            .collect();
        let ours = table.columns().iter().map(|column| column.name);
        let is_old = |name: &&str| !lacking(table).contains(name);
        let (old, new): (Vec<_>, Vec<_>) = ours.partition(is_old);
        assert_eq!(names, [old, new].concat(), "{table:?}");
        for column in table.columns() {
            let field = schema.as_struct().field_by_name(column.name).unwrap();
            assert_eq!(field.doc.as_deref(), Some(column.doc), "{}", column.name);
            assert_eq!(field.required, !column.nullable, "{}", column.name);
        }
    }
}

/// A column of `routes` as a reader that is not ours gives it.
async fn read_column(lake: &Lake, column: &str) -> Vec<RecordBatch> {
    let loaded = lake.shared.tables.load(Table::Routes).await.unwrap();
    let scan = loaded
        .scan()
        .select(["kafka_offset", column])
        .build()
        .unwrap();
    scan.to_arrow().await.unwrap().try_collect().await.unwrap()
}

fn count(batches: &[RecordBatch], of: impl Fn(&RecordBatch) -> usize) -> usize {
    batches.iter().map(of).sum()
}

#[tokio::test]
async fn rows_of_before_stay_and_read_null() {
    let folder = tempdir().unwrap();
    let mut older = Process::with(older_lake(folder.path()).await, &[0]).await;
    older.flush(25).await;
    leave_pending(&mut older, 25).await;
    let ids = current_schema(&older.lake.shared.tables, Table::Routes).await;
    let report = verify(settings(folder.path())).await.unwrap();
    assert_eq!(report.problems, Vec::<String>::new());

    let lake = Lake::open(settings(folder.path())).await.unwrap();
    check_complete(&lake.shared.tables).await;
    assert_eq!(unapplied(&lake, Table::Routes).await, Vec::<String>::new());
    let now = current_schema(&lake.shared.tables, Table::Routes).await;
    for field in ids.as_struct().fields() {
        assert_eq!(now.field_by_id(field.id), Some(field), "{}", field.name);
    }
    check_exact(&lake, &[(0, 50)]).await;
    let old_rows = decode(&at(0), 0, 50).keys[&Table::Routes].len();
    // The reader of the iceberg crate cannot fill lists with nulls.
    for column in ["med", "error", "stripped_asn"] {
        let batches = read_column(&lake, column).await;
        assert_eq!(count(&batches, RecordBatch::num_rows), old_rows, "{column}");
        assert_eq!(
            count(&batches, |batch| batch.column(1).null_count()),
            old_rows,
            "{column}"
        );
    }

    let mut process = Process::with(lake, &[0]).await;
    process.flush(25).await;
    check_exact(&process.lake, &[(0, 75)]).await;
    let batches = read_column(&process.lake, "stripped_asn").await;
    let new_rows = count(&batches, RecordBatch::num_rows) - old_rows;
    let nulls = count(&batches, |batch| batch.column(1).null_count()) - old_rows;
    assert!(0 < nulls && nulls < new_rows, "{nulls} of {new_rows}");
    assert_eq!(
        process.lake.verify().await.unwrap().problems,
        Vec::<String>::new()
    );
}

/// A rolling update: the older version goes on for a while, and takes a partition over.
#[tokio::test]
async fn the_older_version_may_go_on_writing() {
    let folder = tempdir().unwrap();
    let mut older = Process::with(older_lake(folder.path()).await, &[0]).await;
    older.flush(25).await;
    let mut newer = Process::start(folder.path(), &[1]).await;
    newer.flush(25).await;
    assert!(matches!(older.flush(25).await, Published::Landed { .. }));
    leave_pending(&mut newer, 25).await;
    older.assign(&[0, 1]).await;
    older.flush(50).await;
    let newer = Process::start(folder.path(), &[0, 1]).await;
    check_exact(&newer.lake, &[(0, 100), (1, 100)]).await;
    assert_eq!(
        newer.lake.verify().await.unwrap().problems,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn many_processes_may_open_an_old_lake_at_once() {
    let folder = tempdir().unwrap();
    let mut older = Process::with(older_lake(folder.path()).await, &[0]).await;
    leave_pending(&mut older, 25).await;
    let open = || Lake::open(settings(folder.path()));
    let (one, two, three) = tokio::join!(open(), open(), open());
    for lake in [one, two, three] {
        check_complete(&lake.unwrap().shared.tables).await;
    }
    let process = Process::start(folder.path(), &[0]).await;
    check_exact(&process.lake, &[(0, 25)]).await;
    let loaded = process
        .lake
        .shared
        .tables
        .load(Table::Routes)
        .await
        .unwrap();
    assert_eq!(
        loaded.metadata().schemas_iter().count(),
        2,
        "columns were added once"
    );
}

#[tokio::test]
async fn a_process_frozen_while_it_adds_columns_is_replaced() {
    let names = [
        steps::BEFORE_SCHEMA_COMMIT,
        steps::SCHEMA_CHECKED,
        steps::SCHEMA_SWAPPED,
    ];
    for name in names {
        let folder = tempdir().unwrap();
        Process::with(older_lake(folder.path()).await, &[0])
            .await
            .flush(25)
            .await;
        freeze(folder.path(), name).await;
        let mut heir = Process::start(folder.path(), &[0]).await;
        check_complete(&heir.lake.shared.tables).await;
        heir.flush(25).await;
        check_exact(&heir.lake, &[(0, 50)]).await;
    }
}

/// Adds columns on a thread of its own until it is frozen.
async fn freeze(folder: &Path, name: &str) {
    let steps = Arc::new(Steps::new(Some(name)));
    let (settings, its_steps) = (settings(folder), steps.clone());
    let frozen = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let tables = Tables::open(&settings.absolute().unwrap(), true)
                .await
                .unwrap();
            tables.create_missing().await.unwrap();
            complete(&tables, &its_steps).await
        })
    });
    let begin = Instant::now();
    while !steps.is_reached(name) {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "{name} is never reached"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!frozen.is_finished(), "{name}");
}

#[tokio::test]
async fn the_ledger_gets_columns_as_well() {
    let folder = tempdir().unwrap();
    let tables = Tables::open(&settings(folder.path()).absolute().unwrap(), true)
        .await
        .unwrap();
    let ours = iceberg_schema(Table::IngestLog).unwrap();
    let fields = ours.as_struct().fields().iter();
    let kept = fields.filter(|field| !["files", "last_observed_at"].contains(&&*field.name));
    let older = Schema::builder()
        .with_fields(kept.cloned())
        .build()
        .unwrap();
    tables.create_with(Table::IngestLog, older).await.unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    process.flush(25).await;
    check_exact(&process.lake, &[(0, 25)]).await;
    let report = process.lake.verify().await.unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
}

/// A structure that grows is another type; then no table is touched.
#[tokio::test]
async fn nothing_is_added_within_a_column_nor_beside_a_changed_one() {
    let folder = tempdir().unwrap();
    let tables = Tables::open(&settings(folder.path()).absolute().unwrap(), true)
        .await
        .unwrap();
    tables
        .create_with(Table::Routes, older_schema(Table::Routes))
        .await
        .unwrap();
    let ledger = iceberg_schema(Table::IngestLog).unwrap();
    let fields = ledger.as_struct().fields().iter().map(without_checksums);
    let ledger = Schema::builder().with_fields(fields).build().unwrap();
    tables.create_with(Table::IngestLog, ledger).await.unwrap();
    let before = current_schema(&tables, Table::Routes).await;

    let error = Lake::open(settings(folder.path())).await.unwrap_err();
    assert!(matches!(error, WriteError::ColumnChanged { .. }), "{error}");
    let error = error.to_string();
    assert!(
        error.contains("table ingest_log: column files.element.crc32c is missing"),
        "{error}"
    );
    assert_eq!(current_schema(&tables, Table::Routes).await, before);
}

fn without_checksums(field: &NestedFieldRef) -> NestedFieldRef {
    let Type::List(list) = &*field.field_type else {
        return field.clone();
    };
    let Type::Struct(fields) = &*list.element_field.field_type else {
        return field.clone();
    };
    let kept = fields
        .fields()
        .iter()
        .filter(|field| field.name != "crc32c");
    let element = Type::Struct(StructType::new(kept.cloned().collect()));
    let element = NestedField::list_element(list.element_field.id, element, true);
    let list = Type::List(ListType::new(Arc::new(element)));
    Arc::new(NestedField::new(
        field.id,
        &field.name,
        list,
        field.required,
    ))
}
