//! Puts in place what the commits of a flush will name: data files, decoder states, the ledger's own file. All names
//! carry the flush and its generation. Done again after a failure, it goes on where it stopped.

use crate::Lake;
use crate::error::Result;
use crate::flush::{FlushParts, RangePart, TopicPartition};
use crate::layout::period_us;
use crate::ledger::{FileEntry, property, state_key};
use crate::ledger_rows::ledger_rows;
use crate::local::{move_file, path_of, write_whole};
use crate::publish::{Files, bad};
use crate::retry::until_done;
use crate::steps::{ALL_UPLOADED, STATE_UPLOADED, UPLOADED};
use crate::writer::{ClosedFile, OpenFile};
use iceberg::table::Table as Loaded;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::future::ready;
use tables::Table;

/// Decoder states are small, written once a flush and read once a start.
const STATE_ZSTD_LEVEL: i32 = 3;
/// Octets of a state's SHA-256 that its name shows.
const STATE_HASH_OCTETS: usize = 16;

/// Where everything of a flush lies now.
pub(crate) struct Uploaded {
    pub(crate) files: Files,
    pub(crate) states: BTreeMap<TopicPartition, String>,
    pub(crate) ledger_file: FileEntry,
}

impl Lake {
    pub(crate) async fn upload(&self, parts: &FlushParts) -> Result<Uploaded> {
        let mut files = Files::new();
        for file in &parts.files {
            let entry = self.upload_file(parts, file).await?;
            files
                .entry(file.table.name().to_owned())
                .or_default()
                .push(entry);
            self.shared.steps.reach(UPLOADED);
        }
        let ledger = until_done(|| self.shared.tables.load(Table::IngestLog)).await?;
        let mut states = BTreeMap::new();
        for (n, range) in parts.ranges.iter().enumerate() {
            if let Some(location) = self.upload_state(parts, n, range, &ledger).await? {
                states.insert(range.at.clone(), location);
            }
        }
        let ledger_file = self.upload_ledger_file(parts, &files).await?;
        self.shared.steps.reach(ALL_UPLOADED);
        Ok(Uploaded {
            files,
            states,
            ledger_file,
        })
    }

    /// `<table>/data/<hour>/<generation>-<flush>-<worker>-<n>.parquet`
    async fn upload_file(&self, parts: &FlushParts, file: &ClosedFile) -> Result<FileEntry> {
        let ticket = &parts.ticket;
        let Some(name) = file.path.file_name().and_then(|name| name.to_str()) else {
            return Err(bad(
                &ticket.id,
                format!("{} is no file of a worker", file.path.display()),
            ));
        };
        let folder = format!(
            "{}/data/{}",
            self.location(file.table),
            folder_name(file.table, file.period)
        );
        let path = format!("{folder}/{}-{}-{name}", ticket.generation, ticket.id);
        until_done(|| ready(move_file(&file.path, &path_of(&path)))).await?;
        Ok(FileEntry {
            path,
            rows: file.rows,
            octets: file.octets,
            crc32c: file.crc32c,
        })
    }

    /// The path that the partition's property names now, if the state is the same, else a new file of this flush. Files
    /// are never shared by content alone: a shared one can be removed while it is being named again.
    async fn upload_state(
        &self,
        parts: &FlushParts,
        n: usize,
        range: &RangePart,
        ledger: &Loaded,
    ) -> Result<Option<String>> {
        let Some(state) = &range.state else {
            return Ok(None);
        };
        let hash = hash(state);
        let now = property(ledger, &state_key(&range.at));
        if let Some(now) = now.filter(|now| {
            now.rsplit('/')
                .next()
                .is_some_and(|name| name.starts_with(&hash))
        }) {
            return Ok(Some(now.to_owned()));
        }
        let ticket = &parts.ticket;
        let name = format!(
            "{hash}-{}-{}-{n}-g{}.zst",
            ticket.id, range.at.partition, ticket.generation
        );
        let location = format!("{}/state/{name}", self.location(Table::IngestLog));
        let packed = zstd::encode_all(state.as_slice(), STATE_ZSTD_LEVEL).map_err(|e| {
            bad(
                &ticket.id,
                format!("the state of {} cannot be compressed: {e}", range.at),
            )
        })?;
        let spool = self.shared.spool.folder().join(&name);
        until_done(|| ready(write_whole(&spool, &path_of(&location), &packed))).await?;
        self.shared.steps.reach(STATE_UPLOADED);
        Ok(Some(location))
    }

    async fn upload_ledger_file(&self, parts: &FlushParts, files: &Files) -> Result<FileEntry> {
        let file = until_done(|| ready(self.write_ledger_file(parts, files))).await?;
        self.upload_file(parts, &file).await
    }

    fn write_ledger_file(&self, parts: &FlushParts, files: &Files) -> Result<ClosedFile> {
        let table = Table::IngestLog;
        let rows = ledger_rows(parts, files, &self.shared.settings)?;
        let period = parts.committed_at.div_euclid(period_us(table));
        let path = self
            .shared
            .spool
            .folder()
            .join(table.name())
            .join("ledger.parquet");
        let mut file = OpenFile::create(self.shared.layouts.of(table), table, period, path)?;
        file.write(&rows)?;
        file.close()
    }
}

/// The hour or day as people write it; sorts by time.
fn folder_name(table: Table, period: i64) -> String {
    let format = if table == Table::IngestLog {
        "%Y-%m-%d"
    } else {
        "%Y-%m-%d-%H"
    };
    match jiff::Timestamp::from_microsecond(period.saturating_mul(period_us(table))) {
        Ok(time) => time.strftime(format).to_string(),
        Err(_) => period.to_string(),
    }
}

fn hash(state: &[u8]) -> String {
    let mut text = String::new();
    for octet in Sha256::digest(state).iter().take(STATE_HASH_OCTETS) {
        // Writing to a string never fails.
        let _ = write!(text, "{octet:02x}");
    }
    text
}
