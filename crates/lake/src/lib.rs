//! The lake: Parquet files in Iceberg tables, published exactly once.
//!
//! One table, the ledger `ingest_log`, is a write-ahead log: a single commit to it publishes files, offsets and decoder
//! states of a flush, and every other table follows it ([`Lake::publish`]). Whoever inherits a partition finishes what
//! its owner has left ([`Lake::assign`]). The audit is [`Lake::verify`]. Knows no Kafka and parses nothing.

mod apply;
mod assign;
mod catalog;
mod data_file;
mod encoding;
mod error;
mod evolve;
mod fence;
mod flush;
mod layout;
mod ledger;
mod ledger_rows;
mod local;
mod publish;
mod retry;
mod schema;
mod spool;
pub mod steps;
mod storage;
mod upload;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

pub use error::{Result, WriteError};
pub use flush::{Assigned, Counts, FlushParts, FlushTicket, Published, RangePart, TopicPartition};
pub use layout::Layouts;
pub use verify::{PartitionReport, Report, TableReport, data_files, verify};
pub use writer::{ClosedFile, FILE_OCTETS_MAX, OPEN_HOURS_MAX, WorkerFiles};

use crate::catalog::Tables;
use crate::retry::until_done;
use crate::spool::Spool;
use crate::steps::Steps;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tables::Table;
use tokio::sync::Mutex;

/// Where a lake lies and who writes to it.
#[derive(Clone, Debug)]
pub struct LakeSettings {
    /// The SQLite file of the catalog, `DIR/catalog.db`.
    pub catalog: PathBuf,
    /// Folder of the tables' files, `DIR/warehouse`.
    pub warehouse: PathBuf,
    /// Folder of files that are not finished, on the file system of the warehouse.
    pub spool: PathBuf,
    /// The tables lie in this namespace.
    pub namespace: String,
    /// Name of this process, for the ledger.
    pub worker_name: String,
    /// Version of this program, for the ledger.
    pub version: String,
    /// SHA-256 of its configuration, for the ledger.
    pub config_sha256: String,
    /// For tests: where to freeze, a name of [`steps::NAMES`] and how many times it is reached, as `applied:2`.
    pub park_at: Option<String>,
}

impl LakeSettings {
    /// A lake under a folder, with the usual names.
    pub fn in_folder(folder: &Path, namespace: &str) -> Self {
        Self {
            catalog: folder.join("catalog.db"),
            warehouse: folder.join("warehouse"),
            spool: folder.join("spool"),
            namespace: namespace.to_owned(),
            worker_name: String::new(),
            version: String::new(),
            config_sha256: String::new(),
            park_at: None,
        }
    }

    /// Paths are recorded in the tables, so they must mean the same everywhere.
    fn absolute(mut self) -> Result<Self> {
        for path in [&mut self.catalog, &mut self.warehouse, &mut self.spool] {
            *path = std::path::absolute(&*path).map_err(|e| WriteError::file("find", path, e))?;
        }
        Ok(self)
    }
}

/// One namespace of a lake, open for writing. Clones share it.
#[derive(Clone, Debug)]
pub struct Lake {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: LakeSettings,
    tables: Tables,
    locations: BTreeMap<Table, String>,
    layouts: Layouts,
    spool: Arc<Spool>,
    steps: Steps,
    /// Pending flushes seen applied in all their tables: to be removed with the next commit to the ledger. Held during
    /// an assignment and during a flush, which so exclude each other.
    done: Mutex<BTreeSet<String>>,
}

impl Lake {
    /// Opens a lake for writing. Creates what is missing: catalog, namespace, tables, columns that may be null, spool.
    ///
    /// # Errors
    /// [`WriteError::ColumnChanged`] if a table has another shape than this version writes,
    /// [`WriteError::TwoFileSystems`], and [`WriteError::Catalog`] and [`WriteError::File`].
    pub async fn open(settings: LakeSettings) -> Result<Self> {
        let settings = settings.absolute()?;
        let tables = Tables::open(&settings, true).await?;
        tables.create_missing().await?;
        let spool = Arc::new(Spool::open(&settings.spool)?);
        check_file_systems(&settings)?;
        let steps = Steps::new(settings.park_at.as_deref());
        evolve::complete(&tables, &steps).await?;
        let loaded = tables.load_all().await?;
        let schemas = loaded
            .iter()
            .map(|(table, loaded)| (*table, loaded.metadata().current_schema().clone()));
        let layouts = Layouts::of_lake(&schemas.collect())?;
        let locations = loaded
            .iter()
            .map(|(table, loaded)| (*table, loaded.metadata().location().to_owned()))
            .collect();
        let done = Mutex::default();
        Ok(Self {
            shared: Arc::new(Shared {
                settings,
                tables,
                locations,
                layouts,
                spool,
                steps,
                done,
            }),
        })
    }

    /// Files for one worker of this process to write to; `worker` tells the workers apart.
    pub fn worker_files(&self, worker: &str) -> WorkerFiles {
        WorkerFiles::new(
            self.shared.layouts.clone(),
            self.shared.spool.clone(),
            worker,
        )
    }

    /// Next offsets of all partitions that the ledger knows.
    ///
    /// # Errors
    /// [`WriteError::BadProperty`]; what passes by itself is waited out.
    pub async fn offsets(&self) -> Result<BTreeMap<TopicPartition, i64>> {
        let ledger = until_done(|| self.shared.tables.load(Table::IngestLog)).await?;
        ledger::offsets(&ledger)
    }

    /// Cluster id and topic id that were recorded at the first contact with a topic.
    ///
    /// # Errors
    /// What passes by itself is waited out.
    pub async fn topic_id(&self, topic: &str) -> Result<Option<String>> {
        let ledger = until_done(|| self.shared.tables.load(Table::IngestLog)).await?;
        Ok(ledger::property(&ledger, &ledger::topic_key(topic)).map(str::to_owned))
    }

    /// The same lake through another catalog.
    #[cfg(test)]
    fn with_catalog(
        &self,
        wrap: impl FnOnce(Arc<dyn iceberg::Catalog>) -> Arc<dyn iceberg::Catalog>,
    ) -> Self {
        let shared = &self.shared;
        let shared = Shared {
            settings: shared.settings.clone(),
            tables: shared.tables.with_catalog(wrap),
            locations: shared.locations.clone(),
            layouts: shared.layouts.clone(),
            spool: shared.spool.clone(),
            steps: Steps::default(),
            done: Mutex::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    fn location(&self, table: Table) -> &str {
        &self.shared.locations[&table]
    }
}

/// Files are moved from the spool to the warehouse in one step, which works on one file system only.
fn check_file_systems(settings: &LakeSettings) -> Result<()> {
    let device = |path: &Path| {
        path.metadata()
            .map(|m| m.dev())
            .map_err(|e| WriteError::file("look at", path, e))
    };
    if device(&settings.spool)? == device(&settings.warehouse)? {
        return Ok(());
    }
    Err(WriteError::TwoFileSystems {
        spool: settings.spool.clone(),
        warehouse: settings.warehouse.clone(),
    })
}
