//! From the ledger into the data tables: a flush that the ledger has is appended to each of its tables exactly once, by
//! its owner or by whoever inherits one of its partitions.

use crate::catalog::Tables;
use crate::data_file::data_file;
use crate::error::{Result, WriteError};
use crate::fence::{Change, CommitSteps, Condition, commit};
use crate::ledger::{FileEntry, Pending, PendingRange, Position, applied_key, position, tables_of};
use crate::retry::{Backoff, until_done};
use crate::steps::{APPLIED, Steps, TABLE_APPLIED};
use iceberg::table::Table as Loaded;
use tables::Table;

/// Appends the files of a flush to all its tables; returns when they are there. Calling it again, by anybody, at any
/// time, changes nothing.
///
/// # Errors
/// [`WriteError::Damaged`] and [`WriteError::Torn`]; what passes by itself is waited out.
pub(crate) async fn apply(
    tables: &Tables,
    steps: &Steps,
    flush: &str,
    pending: &Pending,
) -> Result<()> {
    for (table, files) in tables_of(flush, pending)? {
        Applying {
            tables,
            steps,
            flush,
            table,
            files,
            ranges: &pending.ranges,
        }
        .run()
        .await?;
        steps.reach(TABLE_APPLIED);
    }
    steps.reach(APPLIED);
    Ok(())
}

/// One flush on its way into one table.
struct Applying<'a> {
    tables: &'a Tables,
    steps: &'a Steps,
    flush: &'a str,
    table: Table,
    files: &'a [FileEntry],
    ranges: &'a [PendingRange],
}

impl Applying<'_> {
    /// Only the table's offsets say whether a commit has landed, never its answer.
    async fn run(&self) -> Result<()> {
        let mut backoff = Backoff::new();
        loop {
            let loaded = until_done(|| self.tables.load(self.table)).await?;
            match position(&loaded, self.ranges)? {
                Position::Applied => return Ok(()),
                Position::Torn => {
                    return Err(WriteError::Torn {
                        table: self.table.name(),
                        flush: self.flush.to_owned(),
                    });
                }
                Position::Ready => {}
            }
            if let Err(error) = self.commit(&loaded).await {
                // Refused by the fence: somebody has applied it meanwhile, and the table will say so.
                if error.is_refusal() {
                    backoff.wait(&error).await
                } else {
                    backoff.after(error).await?
                }
            }
        }
    }

    async fn commit(&self, loaded: &Loaded) -> Result<()> {
        let files = self
            .files
            .iter()
            .map(|file| data_file(self.table, loaded, file, self.flush));
        let change = Change {
            files: files.collect::<Result<_>>()?,
            set: self
                .ranges
                .iter()
                .map(|range| (applied_key(&range.at), range.to.to_string()))
                .collect(),
            flush: self.flush.to_owned(),
            ..Change::default()
        };
        let committed = commit(
            &self.tables.catalog,
            loaded,
            change,
            self.fence(),
            self.steps,
            CommitSteps::TABLE,
        )
        .await;
        committed.map_err(|e| {
            WriteError::catalog(format!("add a flush to table {}", self.table.name()), e)
        })
    }

    /// The table has nothing of the flush.
    fn fence(&self) -> Condition {
        let ranges = self.ranges.to_vec();
        Box::new(move |table| match position(table, &ranges) {
            Ok(Position::Ready) => Ok(()),
            Ok(_) => Err("the table has this flush already".into()),
            Err(error) => Err(error.to_string()),
        })
    }
}
