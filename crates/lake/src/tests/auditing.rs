//! The audit, on good lakes and on lakes damaged on purpose.

use super::support::{Process, at, batch, decode, keys, parts, referenced};
use crate::data_file::data_file;
use crate::fence::{Change, CommitSteps, commit};
use crate::ledger::{FileEntry, applied_key, fence, offset_key};
use crate::local::path_of;
use crate::steps::Steps;
use crate::{Lake, LakeSettings, Report, WriteError, verify};
use std::fs;
use std::path::PathBuf;
use tables::Table;
use tempfile::{TempDir, tempdir};

/// A lake of two partitions and two flushes.
async fn lake() -> (TempDir, Process) {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0, 1]).await;
    process.flush(25).await;
    process.flush(25).await;
    (folder, process)
}

async fn audit(process: &Process) -> Report {
    process.lake.verify().await.unwrap()
}

/// The audit fails, and one of its problems says this.
fn check_problem(report: &Report, text: &str) {
    assert!(!report.ok);
    assert!(
        report.problems.iter().any(|problem| problem.contains(text)),
        "{:#?}",
        report.problems
    );
}

#[tokio::test]
async fn a_good_lake() {
    let (folder, process) = lake().await;
    let report = verify(LakeSettings::in_folder(folder.path(), "corewatch"))
        .await
        .unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(report.ok);
    assert_eq!(report.partitions.len(), 2);
    let one = &report.partitions[0];
    let expected = decode(&at(0), 0, 50);
    assert_eq!((one.from, one.to, one.messages, one.holes), (0, 50, 45, 5));
    assert_eq!((one.parsed, one.rejected, one.skipped), (35, 5, 5));
    assert_eq!(one.rows, expected.keys[&Table::Routes].len() as u64);
    assert_eq!((one.rejects, one.missing, one.duplicates), (5, 0, 0));
    let rows = keys(&process.lake, Table::Routes).await.len() as u64;
    assert_eq!(report.tables["routes"].rows, rows);
    assert!(report.pending.is_empty() && report.in_flight.is_empty() && report.orphans.is_empty());
}

#[tokio::test]
async fn nothing_is_created_where_there_is_no_lake() {
    let folder = tempdir().unwrap();
    let error = verify(LakeSettings::in_folder(folder.path(), "corewatch"))
        .await
        .unwrap_err();
    assert!(matches!(error, WriteError::NoLake { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let (folder, _process) = lake().await;
    let error = verify(LakeSettings::in_folder(folder.path(), "other"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("other.ingest_log"), "{error}");
}

#[tokio::test]
async fn a_pending_flush_is_listed_and_no_damage() {
    let (_folder, mut process) = lake().await;
    super::publishing::leave_pending(&mut process, 30).await;
    let report = audit(&process).await;
    assert_eq!(report.problems, Vec::<String>::new());
    assert_eq!((report.ok, report.pending.len()), (true, 1));
    assert_eq!(
        report.partitions[0].rows,
        decode(&at(0), 0, 80).keys[&Table::Routes].len() as u64
    );
    assert!(report.in_flight.is_empty() && report.orphans.is_empty());
}

#[tokio::test]
async fn unreferenced_files_are_in_flight_until_their_flush_cannot_land() {
    let (_folder, mut process) = lake().await;
    let mut zombie = Process::with(process.lake.clone(), &[0]).await;
    let flush = zombie.prepare(25).await;
    process.flush(25).await;
    zombie.publish(flush).await;
    let report = audit(&process).await;
    assert!(report.ok && !report.in_flight.is_empty() && report.orphans.is_empty());
    super::publishing::raise_generation(&process.lake, 1).await;
    assert_eq!(
        audit(&process).await.in_flight.len(),
        report.in_flight.len()
    );
    super::publishing::raise_generation(&process.lake, 2).await;
    let report_after = audit(&process).await;
    assert!(report_after.ok && report_after.in_flight.is_empty());
    assert_eq!(report_after.orphans.len(), report.in_flight.len());
}

#[tokio::test]
async fn a_dropped_file() {
    let (_folder, process) = lake().await;
    fs::remove_file(path_of(&referenced(&process.lake, Table::Rejects).await[0])).unwrap();
    let report = audit(&process).await;
    check_problem(&report, "cannot be read");
    check_problem(&report, "rows, but the ledger says");
    assert!(report.partitions.iter().map(|p| p.missing).sum::<u64>() > 0);
}

#[tokio::test]
async fn a_dropped_file_of_the_ledger() {
    let (_folder, process) = lake().await;
    fs::remove_file(path_of(
        &referenced(&process.lake, Table::IngestLog).await[0],
    ))
    .unwrap();
    let report = audit(&process).await;
    check_problem(&report, "the ledger cannot be read whole");
    check_problem(&report, "names it, but the ledger does not");
}

#[tokio::test]
async fn a_changed_octet() {
    let (_folder, process) = lake().await;
    let path = path_of(&referenced(&process.lake, Table::Routes).await[0]);
    let mut octets = fs::read(&path).unwrap();
    octets[9] ^= 1;
    fs::write(&path, octets).unwrap();
    check_problem(&audit(&process).await, "its CRC-32C is");
}

/// The file is whole, but it is another one: one row of it says another offset.
#[tokio::test]
async fn a_changed_row() {
    let (_folder, process) = lake().await;
    let location = referenced(&process.lake, Table::Rejects).await[0].clone();
    let mut files = process.lake.worker_files("vandal");
    let rows = vec![(super::support::TOPIC.to_owned(), 0, 4711, 0)];
    files
        .write(Table::Rejects, &batch(Table::Rejects, &rows))
        .unwrap();
    fs::rename(&files.close().unwrap()[0].path, path_of(&location)).unwrap();
    let report = audit(&process).await;
    check_problem(&report, "but the ledger says");
    check_problem(&report, "rows are of no range of the flush");
}

#[tokio::test]
async fn a_flush_that_is_in_a_table_twice() {
    let (_folder, process) = lake().await;
    let location = referenced(&process.lake, Table::Rejects).await[0].clone();
    let rows = super::support::read_parquet(&path_of(&location)).num_rows() as u64;
    append(&process.lake, Table::Rejects, &[location], vec![]).await;
    let report = audit(&process).await;
    check_problem(&report, "names it 2 times");
    assert_eq!(
        report.partitions.iter().map(|p| p.duplicates).sum::<u64>(),
        rows
    );
}

#[tokio::test]
async fn a_file_that_no_flush_has_written() {
    let (_folder, process) = lake().await;
    let location = referenced(&process.lake, Table::Rejects).await[0].clone();
    let copy = location.replace(".parquet", "-copy.parquet");
    fs::copy(path_of(&location), path_of(&copy)).unwrap();
    append(&process.lake, Table::Rejects, &[copy], vec![]).await;
    check_problem(&audit(&process).await, "names it, but the ledger does not");
}

#[tokio::test]
async fn an_offset_that_has_moved() {
    let (_folder, process) = lake().await;
    let set = vec![(offset_key(&at(0)), fence(60, "0192"))];
    append(&process.lake, Table::IngestLog, &[], set).await;
    check_problem(
        &audit(&process).await,
        "the ledger's offset is Some(\"60/0192\")",
    );
}

#[tokio::test]
async fn a_table_that_leads() {
    let (_folder, process) = lake().await;
    append(
        &process.lake,
        Table::Routes,
        &[],
        vec![(applied_key(&at(1)), "51".into())],
    )
    .await;
    check_problem(
        &audit(&process).await,
        "table routes is at 51, ahead of the ledger",
    );
}

#[tokio::test]
async fn a_range_that_is_missing() {
    let (_folder, mut process) = lake().await;
    // A ledger that has been set forward behind the back of the rows.
    let set = vec![(offset_key(&at(0)), fence(60, "0192"))];
    append(&process.lake, Table::IngestLog, &[], set).await;
    process.assign(&[0]).await;
    process.flush(5).await;
    let report = audit(&process).await;
    check_problem(&report, "begins at 60, but the range before ended at 50");
    assert_eq!(report.partitions[0].missing, 10);
}

#[tokio::test]
async fn rows_that_are_there_twice_in_one_flush() {
    let (_folder, mut process) = lake().await;
    let ticket = process.lake.begin_flush().await.unwrap();
    let mut decoded = decode(&at(0), 50, 60);
    let doubled = decoded.keys.get_mut(&Table::Rejects).unwrap();
    doubled.push(doubled[0].clone());
    for (table, keys) in &decoded.keys {
        process.files.write(*table, &batch(*table, keys)).unwrap();
    }
    let range = decoded.range(at(0), process.parts[&at(0)].fence.clone(), None);
    let flush = parts(ticket, vec![range], &mut process.files);
    process.publish(flush).await;
    let report = audit(&process).await;
    check_problem(&report, "1 rows are there more than once");
    check_problem(&report, "1 rows, but the ledger says 2");
    assert_eq!(report.partitions[0].duplicates, 1);
}

/// Changes a table past all fences.
async fn append(lake: &Lake, table: Table, locations: &[String], set: Vec<(String, String)>) {
    let loaded = lake.shared.tables.load(table).await.unwrap();
    let entry = |path: &String| {
        let local: PathBuf = path_of(path);
        let rows = super::support::read_parquet(&local).num_rows() as u64;
        let octets = local.metadata().unwrap().len();
        let entry = FileEntry {
            path: path.clone(),
            rows,
            octets,
            crc32c: 0,
        };
        data_file(table, &loaded, &entry, "vandal").unwrap()
    };
    let files = locations.iter().map(entry).collect();
    let change = Change {
        files,
        set,
        flush: "vandal".into(),
        ..Change::default()
    };
    let (catalog, steps) = (&lake.shared.tables.catalog, Steps::default());
    commit(
        catalog,
        &loaded,
        change,
        Box::new(|_| Ok(())),
        &steps,
        CommitSteps::TABLE,
    )
    .await
    .unwrap();
}
