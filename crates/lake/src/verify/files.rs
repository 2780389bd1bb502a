//! Which data files the tables name, and which lie beside them unnamed.

use super::TableReport;
use crate::error::{Result, WriteError};
use crate::ledger::FileEntry;
use crate::local::path_of;
use iceberg::spec::{ManifestEntryRef, ManifestFile};
use iceberg::table::Table as Loaded;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

/// All data files that tables name, by a hash of their path: of files there may be millions.
#[derive(Default)]
pub(super) struct FileIndex {
    hasher: RandomState,
    files: HashMap<u64, Named>,
}

struct Named {
    rows: u64,
    count: u32,
    seen: bool,
}

/// What the tables say of a file.
pub(super) struct References {
    /// How many times it is named.
    pub(super) count: u32,
    /// How many rows they say it has.
    pub(super) rows: Option<u64>,
}

impl FileIndex {
    /// Takes all files that the table names now.
    pub(super) async fn add_table(&mut self, loaded: &Loaded) -> Result<TableReport> {
        let mut totals = TableReport::default();
        for manifest in manifests(loaded).await? {
            for entry in entries(loaded, &manifest).await? {
                totals.rows += entry.record_count();
                totals.octets += entry.file_size_in_bytes();
                totals.files += 1;
                let named = Named {
                    rows: entry.record_count(),
                    count: 0,
                    seen: false,
                };
                self.files
                    .entry(self.hash(entry.file_path()))
                    .or_insert(named)
                    .count += 1;
            }
        }
        Ok(totals)
    }

    /// Marks a file that the ledger names.
    pub(super) fn see(&mut self, location: &str) -> References {
        match self.files.get_mut(&self.hash(location)) {
            None => References {
                count: 0,
                rows: None,
            },
            Some(named) => {
                named.seen = true;
                References {
                    count: named.count,
                    rows: Some(named.rows),
                }
            }
        }
    }

    /// Files of a table that the ledger does not name.
    pub(super) async fn unseen(&self, loaded: &Loaded) -> Result<Vec<String>> {
        let mut unseen = vec![];
        if self.files.values().all(|named| named.seen) {
            return Ok(unseen);
        }
        for manifest in manifests(loaded).await? {
            let paths = entries(loaded, &manifest)
                .await?
                .into_iter()
                .map(|entry| entry.file_path().to_owned());
            unseen.extend(paths.filter(|path| {
                self.files
                    .get(&self.hash(path))
                    .is_some_and(|named| !named.seen)
            }));
        }
        Ok(unseen)
    }

    fn hash(&self, location: &str) -> u64 {
        self.hasher.hash_one(path_of(location))
    }
}

/// Paths of all data files that the table names now.
pub(super) async fn named_paths(loaded: &Loaded) -> Result<Vec<PathBuf>> {
    let mut paths = vec![];
    for manifest in manifests(loaded).await? {
        let entries = entries(loaded, &manifest).await?;
        paths.extend(entries.iter().map(|entry| path_of(entry.file_path())));
    }
    Ok(paths)
}

/// The ledger's own files in the order of their commits.
pub(super) async fn ledger_files(ledger: &Loaded) -> Result<Vec<FileEntry>> {
    let mut files = vec![];
    for manifest in manifests(ledger).await? {
        for entry in entries(ledger, &manifest).await? {
            let (path, rows, octets) = (
                entry.file_path().to_owned(),
                entry.record_count(),
                entry.file_size_in_bytes(),
            );
            files.push((
                entry.sequence_number(),
                FileEntry {
                    path,
                    rows,
                    octets,
                    crc32c: 0,
                },
            ));
        }
    }
    files.sort_by_key(|(sequence, _)| *sequence);
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

async fn manifests(loaded: &Loaded) -> Result<Vec<ManifestFile>> {
    let Some(snapshot) = loaded.metadata().current_snapshot() else {
        return Ok(vec![]);
    };
    let list = loaded
        .manifest_list_reader(snapshot)
        .load()
        .await
        .map_err(|e| fault(loaded, e))?;
    Ok(list.consume_entries().into_iter().collect())
}

async fn entries(loaded: &Loaded, manifest: &ManifestFile) -> Result<Vec<ManifestEntryRef>> {
    let manifest = manifest
        .load_manifest(loaded.file_io())
        .await
        .map_err(|e| fault(loaded, e))?;
    let (entries, _) = manifest.into_parts();
    Ok(entries
        .into_iter()
        .filter(|entry| entry.is_alive())
        .collect())
}

fn fault(loaded: &Loaded, error: iceberg::Error) -> WriteError {
    WriteError::catalog(
        format!("list the files of table {}", loaded.identifier().name()),
        error,
    )
}

/// Data files of a table's folder that nobody names, with the generation in their name.
pub(super) fn unreferenced(
    loaded: &Loaded,
    index: &FileIndex,
    awaited: &BTreeSet<PathBuf>,
) -> Result<Vec<(PathBuf, Option<u64>)>> {
    let mut found = vec![];
    let data = path_of(loaded.metadata().location()).join("data");
    walk(&data, &mut |path| {
        let is_named =
            index.files.contains_key(&index.hasher.hash_one(&path)) || awaited.contains(&path);
        if !is_named {
            let generation = generation_of(&path);
            found.push((path, generation));
        }
    })
    .map_err(|e| WriteError::file("list the files of", &data, e))?;
    found.sort();
    Ok(found)
}

/// Names are `<generation>-<flush>-<worker>-<n>.parquet`.
fn generation_of(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.split_once('-')?.0.parse().ok()
}

fn walk(folder: &Path, visit: &mut impl FnMut(PathBuf)) -> std::io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, visit)?
        } else {
            visit(path)
        }
    }
    Ok(())
}
