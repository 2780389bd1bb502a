//! Opening a lake: what is refused, what is tolerated, and whose spool is cleaned.

use super::support::{Process, check_exact, settings};
use crate::catalog::Tables;
use crate::schema::iceberg_schema;
use crate::spool::Spool;
use crate::{Lake, WriteError};
use iceberg::spec::{NestedField, NestedFieldRef, PrimitiveType, Schema, Type};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tables::Table;
use tempfile::tempdir;

/// Makes table `sessions` with other columns than ours before a lake is opened.
async fn create_sessions(folder: &Path, change: impl FnOnce(&mut Vec<NestedFieldRef>)) {
    let tables = Tables::open(&settings(folder), true).await.unwrap();
    let mut fields = iceberg_schema(Table::Sessions)
        .unwrap()
        .as_struct()
        .fields()
        .to_vec();
    change(&mut fields);
    let schema = Schema::builder().with_fields(fields).build().unwrap();
    tables.create_with(Table::Sessions, schema).await.unwrap();
}

async fn open_error(change: impl FnOnce(&mut Vec<NestedFieldRef>)) -> String {
    let folder = tempdir().unwrap();
    create_sessions(folder.path(), change).await;
    let error = Lake::open(settings(folder.path())).await.unwrap_err();
    assert!(
        matches!(
            error,
            WriteError::ColumnChanged {
                table: "sessions",
                ..
            }
        ),
        "{error}"
    );
    error.to_string()
}

fn field(name: &str, primitive: PrimitiveType, required: bool) -> NestedFieldRef {
    Arc::new(NestedField::new(
        900,
        name,
        Type::Primitive(primitive),
        required,
    ))
}

fn place(fields: &[NestedFieldRef], name: &str) -> usize {
    fields.iter().position(|field| field.name == name).unwrap()
}

#[tokio::test]
async fn a_changed_type_is_refused_by_name() {
    let error = open_error(|fields| {
        let n = place(fields, "item");
        fields[n] = field("item", PrimitiveType::Long, true);
    });
    let error = error.await;
    assert!(
        error.contains("column item is long in the lake, but this version writes int"),
        "{error}"
    );
}

#[tokio::test]
async fn a_missing_column_that_is_never_null_is_refused_by_name() {
    let error = open_error(|fields| {
        fields.remove(place(fields, "kind"));
    });
    assert!(error.await.contains("column kind is missing"));
}

#[tokio::test]
async fn a_new_column_that_must_not_be_null_is_refused() {
    let error = open_error(|fields| fields.push(field("extra", PrimitiveType::Long, true)));
    assert!(error.await.contains("column extra is required"));
}

#[tokio::test]
async fn a_new_column_that_may_be_null_is_left_null() {
    let folder = tempdir().unwrap();
    create_sessions(folder.path(), |fields| {
        fields.insert(0, field("extra", PrimitiveType::Long, false));
    })
    .await;
    let mut process = Process::start(folder.path(), &[0]).await;
    process.flush(25).await;
    check_exact(&process.lake, &[(0, 25)]).await;
}

#[tokio::test]
async fn many_processes_may_open_a_new_lake_at_once() {
    let folder = tempdir().unwrap();
    let path = folder.path();
    let open = || Lake::open(settings(path));
    let (one, two, three) = tokio::join!(open(), open(), open());
    for lake in [one, two, three] {
        lake.unwrap();
    }
}

#[test]
fn only_folders_of_the_dead_are_cleaned() {
    let folder = tempdir().unwrap();
    let living = Spool::open(folder.path()).unwrap();
    fs::write(living.folder().join("file"), "x").unwrap();
    let dead = folder.path().join("process-0192");
    fs::create_dir(&dead).unwrap();
    fs::write(folder.path().join("process-0192.lock"), "").unwrap();
    let stranger = folder.path().join("other");
    fs::create_dir(&stranger).unwrap();
    let next = Spool::open(folder.path()).unwrap();
    assert!(living.folder().join("file").exists() && next.folder().exists() && stranger.exists());
    assert!(!dead.exists());
    drop(living);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        4,
        "ours, its lock, the door, the stranger"
    );
}
