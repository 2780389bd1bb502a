//! Commits that fail before they are applied, after it, or so late that nobody waits for them any more: whatever the
//! catalog answers, every row is there once.

use super::evolving::{check_complete, older_lake};
use super::support::{Process, check_exact, settings};
use crate::Lake;
use crate::catalog::Tables;
use crate::evolve::complete;
use crate::steps::Steps;
use async_trait::async_trait;
use iceberg::table::Table;
use iceberg::{
    Catalog, Error, ErrorKind, Namespace, NamespaceIdent, Result, TableCommit, TableCreation,
    TableIdent,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::tempdir;

/// What becomes of a commit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Good,
    /// Refused without having been looked at.
    FailsBefore(ErrorKind),
    /// Applied, but the answer is a failure.
    FailsAfter(ErrorKind),
    /// The answer is a failure; applied a while later, if the table has not moved.
    Late,
    /// Not applied, but the answer says so: the SQL catalog ignores a failure of its database's commit.
    Lies,
}

/// A catalog whose commits meet these fates, in turn, again and again.
#[derive(Debug)]
struct Faulty {
    inner: Arc<dyn Catalog>,
    fates: Vec<Fate>,
    commits: AtomicUsize,
}

fn failure(kind: ErrorKind) -> Result<Table> {
    Err(Error::new(kind, "injected"))
}

#[async_trait]
impl Catalog for Faulty {
    async fn load_table(&self, table: &TableIdent) -> Result<Table> {
        self.inner.load_table(table).await
    }

    async fn update_table(&self, commit: TableCommit) -> Result<Table> {
        let n = self.commits.fetch_add(1, Ordering::SeqCst);
        match self.fates[n % self.fates.len()] {
            Fate::Good => self.inner.update_table(commit).await,
            Fate::FailsBefore(kind) => failure(kind),
            Fate::FailsAfter(kind) => {
                self.inner.update_table(commit).await?;
                failure(kind)
            }
            Fate::Late => {
                let inner = self.inner.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(30)).await;
                    let _ = inner.update_table(commit).await;
                });
                failure(ErrorKind::Unexpected)
            }
            Fate::Lies => self.inner.load_table(commit.identifier()).await,
        }
    }

    async fn list_namespaces(&self, _: Option<&NamespaceIdent>) -> Result<Vec<NamespaceIdent>> {
        unreachable!()
    }
    async fn create_namespace(
        &self,
        _: &NamespaceIdent,
        _: HashMap<String, String>,
    ) -> Result<Namespace> {
        unreachable!()
    }
    async fn get_namespace(&self, _: &NamespaceIdent) -> Result<Namespace> {
        unreachable!()
    }
    async fn namespace_exists(&self, _: &NamespaceIdent) -> Result<bool> {
        unreachable!()
    }
    async fn update_namespace(&self, _: &NamespaceIdent, _: HashMap<String, String>) -> Result<()> {
        unreachable!()
    }
    async fn drop_namespace(&self, _: &NamespaceIdent) -> Result<()> {
        unreachable!()
    }
    async fn list_tables(&self, _: &NamespaceIdent) -> Result<Vec<TableIdent>> {
        unreachable!()
    }
    async fn create_table(&self, _: &NamespaceIdent, _: TableCreation) -> Result<Table> {
        unreachable!()
    }
    async fn drop_table(&self, _: &TableIdent) -> Result<()> {
        unreachable!()
    }
    async fn purge_table(&self, _: &TableIdent) -> Result<()> {
        unreachable!()
    }
    async fn table_exists(&self, _: &TableIdent) -> Result<bool> {
        unreachable!()
    }
    async fn rename_table(&self, _: &TableIdent, _: &TableIdent) -> Result<()> {
        unreachable!()
    }
    async fn register_table(&self, _: &TableIdent, _: String) -> Result<Table> {
        unreachable!()
    }
}

async fn faulty(folder: &std::path::Path, fates: &[Fate]) -> Lake {
    let lake = Lake::open(settings(folder)).await.unwrap();
    lake.with_catalog(|inner| catalog(inner, fates))
}

fn catalog(inner: Arc<dyn Catalog>, fates: &[Fate]) -> Arc<dyn Catalog> {
    Arc::new(Faulty {
        inner,
        fates: fates.to_vec(),
        commits: AtomicUsize::new(0),
    })
}

/// Two processes, one after the other, so that recovery meets the same fates.
async fn check(fates: &[Fate]) {
    let folder = tempdir().unwrap();
    for start in 0..2 {
        let lake = faulty(folder.path(), fates).await;
        let mut process = Process::with(lake, &[0, 1]).await;
        for n in 1..=2 {
            process.flush(25).await;
            let to = 25 * (2 * start + n);
            check_exact(&process.lake, &[(0, to), (1, to)]).await;
        }
    }
    // What is late may still come; it must find the door shut.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let lake = Lake::open(settings(folder.path())).await.unwrap();
    check_exact(&lake, &[(0, 100), (1, 100)]).await;
    assert_eq!(lake.verify().await.unwrap().problems, Vec::<String>::new());
}

const KINDS: [ErrorKind; 3] = [
    ErrorKind::Unexpected,
    ErrorKind::CatalogCommitConflicts,
    ErrorKind::PreconditionFailed,
];

#[tokio::test]
async fn failures_before_a_commit() {
    for kind in KINDS {
        check(&[Fate::FailsBefore(kind), Fate::Good]).await;
    }
}

#[tokio::test]
async fn failures_after_a_commit() {
    for kind in KINDS {
        check(&[Fate::FailsAfter(kind)]).await;
    }
}

#[tokio::test]
async fn commits_that_land_late() {
    check(&[Fate::Late, Fate::Good]).await;
    check(&[Fate::Late, Fate::Late, Fate::Good]).await;
}

#[tokio::test]
async fn commits_that_only_say_they_landed() {
    check(&[Fate::Lies, Fate::Good]).await;
}

#[tokio::test]
async fn all_fates_in_turn() {
    let unexpected = ErrorKind::Unexpected;
    let fates = [
        Fate::Good,
        Fate::Late,
        Fate::FailsAfter(unexpected),
        Fate::Lies,
        Fate::FailsBefore(unexpected),
    ];
    check(&fates).await;
}

/// Columns that an older version lacks are added once, whatever the answer.
#[tokio::test]
async fn columns_meet_every_fate() {
    let before = KINDS.map(|kind| vec![Fate::FailsBefore(kind), Fate::Good]);
    let after = KINDS.map(|kind| vec![Fate::FailsAfter(kind)]);
    let others = [
        vec![Fate::Late, Fate::Good],
        vec![Fate::Late, Fate::Late, Fate::Good],
        vec![Fate::Lies, Fate::Good],
    ];
    for fates in before.iter().chain(&after).chain(&others) {
        let folder = tempdir().unwrap();
        let mut older = Process::with(older_lake(folder.path()).await, &[0]).await;
        older.flush(25).await;
        let tables = Tables::open(&settings(folder.path()), false).await.unwrap();
        tables.create_missing().await.unwrap();
        let faulty = tables.with_catalog(|inner| catalog(inner, fates));
        complete(&faulty, &Steps::default()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        check_complete(&tables).await;
        let routes = tables.load(tables::Table::Routes).await.unwrap();
        assert_eq!(routes.metadata().schemas_iter().count(), 2, "{fates:?}");
        let mut process = Process::start(folder.path(), &[0]).await;
        process.flush(25).await;
        check_exact(&process.lake, &[(0, 50)]).await;
    }
}
