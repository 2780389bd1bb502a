//! Files of workers: hours, rolls, and what readers see in them.

use super::support::{Process, batch, read_parquet, time};
use crate::local::path_of;
use crate::{Lake, WorkerFiles};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Field, TimestampMicrosecondType};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use std::fs::File;
use tables::Table;
use tempfile::tempdir;

fn keys(offsets: impl IntoIterator<Item = i64>) -> Vec<super::support::Key> {
    offsets
        .into_iter()
        .map(|offset| ("t".to_owned(), 0, offset, 0))
        .collect()
}

async fn files(folder: &std::path::Path) -> WorkerFiles {
    Lake::open(super::support::settings(folder))
        .await
        .unwrap()
        .worker_files("t0")
}

#[tokio::test]
async fn schemas_survive_the_catalog_with_their_documentation() {
    let folder = tempdir().unwrap();
    let lake = Lake::open(super::support::settings(folder.path()))
        .await
        .unwrap();
    for table in Table::ALL {
        let loaded = lake.shared.tables.load(table).await.unwrap();
        let schema = loaded.metadata().current_schema();
        for column in table.columns() {
            let field = schema.field_by_name(column.name).unwrap();
            assert_eq!(field.doc.as_deref(), Some(column.doc), "{}", column.name);
            assert_eq!(field.required, !column.nullable, "{}", column.name);
        }
        assert_eq!(loaded.metadata().properties()["comment"], table.doc());
        assert!(
            loaded
                .metadata_location()
                .unwrap()
                .ends_with(".gz.metadata.json")
        );
        let spec = loaded.metadata().default_partition_spec();
        assert_eq!(spec.fields()[0].field_id, 1000);
    }
}

/// Every column of a file, also elements of lists, names its field of the table by id.
#[tokio::test]
async fn files_carry_the_ids_of_the_table() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    process.flush(25).await;
    for table in [Table::Routes, Table::Rejects, Table::IngestLog] {
        let loaded = process.lake.shared.tables.load(table).await.unwrap();
        let schema = loaded.metadata().current_schema();
        let location = &super::support::referenced(&process.lake, table).await[0];
        let file = File::open(path_of(location)).unwrap();
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).unwrap();
        for field in metadata.schema().fields() {
            check_ids(field, field.name(), schema);
        }
        let footer = metadata.metadata();
        assert!(
            footer
                .file_metadata()
                .key_value_metadata()
                .unwrap()
                .iter()
                .all(|kv| kv.key != "ARROW:schema")
        );
    }
}

fn check_ids(field: &Field, path: &str, schema: &iceberg::spec::Schema) {
    let id: i32 = field.metadata()[PARQUET_FIELD_ID_META_KEY].parse().unwrap();
    assert_eq!(schema.name_by_field_id(id), Some(path));
    match field.data_type() {
        DataType::List(element) => check_ids(element, &format!("{path}.element"), schema),
        DataType::Struct(fields) => {
            for field in fields {
                check_ids(field, &format!("{path}.{}", field.name()), schema);
            }
        }
        _ => {}
    }
}

/// Dictionaries, lists, octets and nulls come back as they were.
#[tokio::test]
async fn rows_come_back_as_they_were() {
    let folder = tempdir().unwrap();
    for table in Table::DATA {
        let mut files = files(folder.path()).await;
        let written = batch(table, &keys([0, 1, 2, 3]));
        files.write(table, &written).unwrap();
        let closed = files.close().unwrap();
        let read = read_parquet(&closed[0].path);
        for (name, column) in written.schema().fields().iter().zip(written.columns()) {
            let back = read.column_by_name(name.name()).unwrap();
            let plain = arrow::compute::cast(column, back.data_type()).unwrap();
            assert_eq!(
                plain.to_data(),
                back.to_data(),
                "{} {}",
                table.name(),
                name.name()
            );
        }
    }
}

#[tokio::test]
async fn each_file_holds_one_hour_and_late_hours_wait() {
    let folder = tempdir().unwrap();
    let mut files = files(folder.path()).await;
    // Four messages an hour: six hours.
    let rows = batch(Table::Routes, &keys(0..24));
    files.write(Table::Routes, &rows).unwrap();
    assert_eq!(files.open_files(), 3);
    assert!(files.buffered_octets() > 0);
    let closed = files.close().unwrap();
    assert_eq!((files.open_files(), files.buffered_octets()), (0, 0));
    let mut offsets = vec![];
    for file in &closed {
        let read = read_parquet(&file.path);
        let times = read.column_by_name("observed_at").unwrap();
        let times = times.as_primitive::<TimestampMicrosecondType>();
        assert!(
            times
                .values()
                .iter()
                .all(|t| t.div_euclid(3_600_000_000) == file.period)
        );
        offsets.extend(times.values().iter().copied());
    }
    offsets.sort_unstable();
    assert_eq!(offsets, (0..24).map(time).collect::<Vec<_>>());
}

#[tokio::test]
async fn length_and_checksum_are_those_of_the_file() {
    let folder = tempdir().unwrap();
    let mut files = files(folder.path()).await;
    files
        .write(Table::Routes, &batch(Table::Routes, &keys(0..3)))
        .unwrap();
    for file in files.close().unwrap() {
        let octets = std::fs::read(&file.path).unwrap();
        assert_eq!(
            (file.octets, file.crc32c),
            (octets.len() as u64, crc32c::crc32c(&octets))
        );
    }
}

#[tokio::test]
async fn discarded_files_are_gone() {
    let folder = tempdir().unwrap();
    let mut files = files(folder.path()).await;
    files
        .write(Table::Routes, &batch(Table::Routes, &keys(0..24)))
        .unwrap();
    files.discard();
    assert_eq!(files.close().unwrap(), vec![]);
}

#[test]
fn plain_files_hold_all_hours_and_have_their_names_only_when_whole() {
    let folder = tempdir().unwrap();
    let mut files = WorkerFiles::plain(folder.path(), "updates").unwrap();
    files
        .write(Table::Routes, &batch(Table::Routes, &keys(0..24)))
        .unwrap();
    let path = folder.path().join("routes/updates-0.parquet");
    assert!(!path.exists());
    assert_eq!(files.close().unwrap()[0].path, path);
    assert_eq!(read_parquet(&path).num_rows(), 24);
}

#[test]
fn columns_of_another_table_are_refused() {
    let folder = tempdir().unwrap();
    let mut files = WorkerFiles::plain(folder.path(), "updates").unwrap();
    let rows = batch(Table::Routes, &keys(0..3));
    let error = files
        .write(Table::Routes, &rows.project(&[0, 1, 2, 3, 4]).unwrap())
        .unwrap_err();
    assert!(error.to_string().contains("routes"), "{error}");
}
