//! The tables of fences: who may commit, and what a crash leaves.

use super::support::{Process, at, check_exact, decode, parts, settings, unapplied};
use crate::fence::{Change, CommitSteps, commit};
use crate::ledger::{pendings, property, state_key};
use crate::local::path_of;
use crate::steps::Steps;
use crate::{Lake, Published, WriteError};
use tables::Table;
use tempfile::tempdir;

fn landed(published: &Published) -> bool {
    matches!(published, Published::Landed { .. })
}

#[tokio::test]
async fn publishes_and_goes_on() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0, 1]).await;
    for _ in 0..3 {
        assert!(landed(&process.flush(25).await));
    }
    check_exact(&process.lake, &[(0, 75), (1, 75)]).await;
}

#[tokio::test]
async fn a_start_reads_offsets_and_states() {
    let folder = tempdir().unwrap();
    let mut first = Process::start(folder.path(), &[0, 1]).await;
    first.flush(25).await;
    let second = Process::start(folder.path(), &[0, 1]).await;
    assert_eq!(second.parts, first.parts);
    assert_eq!(second.parts[&at(0)].offset, 25);
    assert_eq!(
        second.parts[&at(0)].state,
        format!("{} 0", at(0)).into_bytes()
    );
}

#[tokio::test]
async fn an_unchanged_state_keeps_its_file_and_a_changed_one_gets_another() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    let mut paths = vec![];
    for _ in 0..3 {
        process.flush(60).await;
        let ledger = process
            .lake
            .shared
            .tables
            .load(Table::IngestLog)
            .await
            .unwrap();
        paths.push(property(&ledger, &state_key(&at(0))).unwrap().to_owned());
    }
    // States are made of offset / 100 at the begin of the range: 0, 0, 1.
    assert_eq!(paths[0], paths[1]);
    assert_ne!(paths[1], paths[2]);
}

#[tokio::test]
async fn an_empty_range_commits_the_start() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    process.parts.get_mut(&at(0)).unwrap().offset = 40;
    assert!(landed(&process.flush(0).await));
    let next = Process::start(folder.path(), &[0]).await;
    assert_eq!(next.parts[&at(0)].offset, 40);
    assert!(next.parts[&at(0)].fence.is_some());
}

#[tokio::test]
async fn a_replay_is_lost() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    let mut zombie = Process::start(folder.path(), &[0]).await;
    let replayed = zombie.prepare(25).await;
    assert!(landed(&process.flush(25).await));
    assert_eq!(zombie.publish(replayed).await, Published::Lost);
    check_exact(&process.lake, &[(0, 25)]).await;
}

#[tokio::test]
async fn a_lost_process_goes_on_after_an_assignment() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    let mut other = Process::start(folder.path(), &[0]).await;
    process.flush(25).await;
    assert_eq!(other.flush(10).await, Published::Lost);
    other.assign(&[0]).await;
    assert!(landed(&other.flush(10).await));
    assert_eq!(process.flush(10).await, Published::Lost);
    check_exact(&process.lake, &[(0, 35)]).await;
}

/// The offset is right, but the history is not: somebody else has committed the same offsets.
#[tokio::test]
async fn the_flush_in_the_fence_counts_not_only_the_offset() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    process.flush(25).await;
    let mut zombie = Process::start(folder.path(), &[0]).await;
    let mut stale = zombie.prepare(25).await;
    stale.ranges[0].fence = Some("25/0192".into());
    assert_eq!(zombie.publish(stale).await, Published::Lost);
    check_exact(&process.lake, &[(0, 25)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_writers_with_one_start_exactly_one_commits() {
    for _ in 0..5 {
        let folder = tempdir().unwrap();
        let mut one = Process::start(folder.path(), &[0]).await;
        let mut two = Process::start(folder.path(), &[0]).await;
        let first = tokio::spawn(async move { one.flush(25).await });
        let second = tokio::spawn(async move { (two.flush(25).await, two) });
        let (first, (second, two)) = (first.await.unwrap(), second.await.unwrap());
        assert_ne!(landed(&first), landed(&second));
        check_exact(&two.lake, &[(0, 25)]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_writers_of_four_partitions_all_commit() {
    let folder = tempdir().unwrap();
    let mut writers = vec![];
    for partition in 0..4 {
        let mut process = Process::start(folder.path(), &[partition]).await;
        writers.push(tokio::spawn(async move {
            for _ in 0..4 {
                assert!(landed(&process.flush(25).await));
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let lake = Lake::open(settings(folder.path())).await.unwrap();
    check_exact(&lake, &[(0, 100), (1, 100), (2, 100), (3, 100)]).await;
}

#[tokio::test]
async fn an_append_without_files_makes_a_snapshot_that_the_next_commit_respects() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    raise_generation(&process.lake, 1).await;
    let ledger = process
        .lake
        .shared
        .tables
        .load(Table::IngestLog)
        .await
        .unwrap();
    assert_eq!(ledger.metadata().snapshots().count(), 1);
    assert!(landed(&process.flush(25).await));
    check_exact(&process.lake, &[(0, 25)]).await;
}

/// One removal of orphans may pass while a flush is under way; after a second one its files may be gone.
#[tokio::test]
async fn a_flush_survives_one_removal_and_not_two() {
    for (removals, survives) in [(1, true), (2, false)] {
        let folder = tempdir().unwrap();
        let mut process = Process::start(folder.path(), &[0]).await;
        let flush = process.prepare(25).await;
        raise_generation(&process.lake, removals).await;
        assert_eq!(
            landed(&process.publish(flush).await),
            survives,
            "{removals} removals"
        );
    }
}

/// What the removal of orphans does first: an append without files.
pub async fn raise_generation(lake: &Lake, to: u64) {
    let ledger = lake.shared.tables.load(Table::IngestLog).await.unwrap();
    let set = vec![("corewatch.generation".to_owned(), to.to_string())];
    let change = Change {
        set,
        flush: "barrier".into(),
        ..Change::default()
    };
    let (catalog, steps) = (&lake.shared.tables.catalog, Steps::default());
    commit(
        catalog,
        &ledger,
        change,
        Box::new(|_| Ok(())),
        &steps,
        CommitSteps::LEDGER,
    )
    .await
    .unwrap();
}

#[tokio::test]
async fn what_a_crash_leaves_pending_is_applied_by_the_heir() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0, 1]).await;
    process.flush(25).await;
    leave_pending(&mut process, 30).await;
    let lake = &process.lake;
    assert_eq!(unapplied(lake, Table::Routes).await.len(), 1);
    // The heir of one partition brings the whole flush into the tables.
    let heir = Process::start(folder.path(), &[1]).await;
    assert_eq!(unapplied(lake, Table::Routes).await, Vec::<String>::new());
    check_exact(&heir.lake, &[(0, 55), (1, 55)]).await;
}

#[tokio::test]
async fn a_pending_of_others_is_left_to_them() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    leave_pending(&mut process, 30).await;
    Process::start(folder.path(), &[1]).await;
    assert_eq!(unapplied(&process.lake, Table::Routes).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn owner_and_heirs_may_apply_the_same_flush_at_once() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0, 1]).await;
    leave_pending(&mut process, 30).await;
    let mut heirs = vec![];
    for partition in [0, 1, 0, 1] {
        let path = folder.path().to_owned();
        heirs.push(tokio::spawn(async move {
            Process::start(&path, &[partition]).await
        }));
    }
    for heir in heirs {
        heir.await.unwrap();
    }
    check_exact(&process.lake, &[(0, 30), (1, 30)]).await;
}

/// Publishes a flush to the ledger only, as a process does that dies right after the commit.
pub async fn leave_pending(process: &mut Process, messages: i64) {
    let flush = process.prepare(messages).await;
    let lake = process.lake.clone();
    let mut done = lake.shared.done.lock().await;
    let uploaded = lake.upload(&flush).await.unwrap();
    assert!(lake.commit_only(flush, uploaded, &mut done).await.unwrap());
}

#[tokio::test]
async fn a_pending_goes_one_flush_after_it_is_applied() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    for _ in 0..4 {
        process.flush(25).await;
        let ledger = process
            .lake
            .shared
            .tables
            .load(Table::IngestLog)
            .await
            .unwrap();
        assert_eq!(pendings(&ledger).unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_pending_whose_file_is_gone_is_damage_and_is_named() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    leave_pending(&mut process, 30).await;
    let ledger = process
        .lake
        .shared
        .tables
        .load(Table::IngestLog)
        .await
        .unwrap();
    let pending = pendings(&ledger).unwrap().into_values().next().unwrap();
    let path = &pending.files["rejects"][0].path;
    std::fs::remove_file(path_of(path)).unwrap();
    let lake = Lake::open(settings(folder.path())).await.unwrap();
    let error = lake.assign(&[at(0)]).await.unwrap_err();
    assert!(
        matches!(&error, WriteError::Damaged { path: named, .. } if named == path),
        "{error}"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn parts_that_contradict_each_other_are_refused() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    process.flush(25).await;
    let fault = async |change: fn(&mut crate::FlushParts)| {
        let ticket = process.lake.begin_flush().await.unwrap();
        let part = &process.parts[&at(0)];
        let range = decode(&at(0), 25, 27).range(at(0), part.fence.clone(), None);
        let mut flush = parts(ticket, vec![range], &mut process.lake.worker_files("t1"));
        flush.ranges[0].rows.clear();
        change(&mut flush);
        process.lake.publish(flush).await.unwrap_err().to_string()
    };
    assert!(fault(|f| f.ranges.clear()).await.contains("no range"));
    assert!(
        fault(|f| f.ranges.push(f.ranges[0].clone()))
            .await
            .contains("twice")
    );
    assert!(
        fault(|f| f.ranges[0].from = 24)
            .await
            .contains("its fence is")
    );
    assert!(
        fault(|f| f.ranges[0].to = 30)
            .await
            .contains("does not hold 2 offsets")
    );
    assert!(
        fault(|f| f.ranges[0].counts.parsed += 1)
            .await
            .contains("do not add up")
    );
    assert!(
        fault(|f| f.ranges[0].rows.extend([(Table::Rib, 1)]))
            .await
            .contains("1 rows of rib")
    );
}

#[tokio::test]
async fn topic_ids_are_recorded() {
    let folder = tempdir().unwrap();
    let mut process = Process::start(folder.path(), &[0]).await;
    let mut flush = process.prepare(5).await;
    flush.topic_ids.insert("a.b".into(), "cluster/topic".into());
    process.publish(flush).await;
    assert_eq!(
        process.lake.topic_id("a.b").await.unwrap().as_deref(),
        Some("cluster/topic")
    );
    assert_eq!(process.lake.topic_id("a").await.unwrap(), None);
}
