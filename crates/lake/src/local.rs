//! Local files: everything that has to survive a loss of power is synced, file and folder.

use crate::error::{Result, WriteError};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The path of a location as Iceberg writes it.
pub(crate) fn path_of(location: &str) -> PathBuf {
    let path = location
        .strip_prefix("file://")
        .or_else(|| location.strip_prefix("file:"))
        .unwrap_or(location);
    path.into()
}

/// Moves a synced file to where it stays. Calling it again, after whatever failure, is harmless.
pub(crate) fn move_file(from: &Path, to: &Path) -> Result<()> {
    let folder = parent(to);
    create_folder(folder)?;
    let is_done = !from.exists() && to.exists();
    if !is_done {
        fs::rename(from, to).map_err(|e| WriteError::file("move a file to", to, e))?;
    }
    sync_folder(folder).map_err(|e| WriteError::file("sync", folder, e))
}

/// Writes a small file so that it is whole or not there at all.
pub(crate) fn write_whole(spool: &Path, to: &Path, octets: &[u8]) -> Result<()> {
    let write = || {
        fs::write(spool, octets)?;
        File::open(spool)?.sync_all()
    };
    write().map_err(|e| WriteError::file("write", spool, e))?;
    move_file(spool, to)
}

/// Creates a folder and those above it; the new names are synced.
pub(crate) fn create_folder(folder: &Path) -> Result<()> {
    create_synced(folder).map_err(|e| WriteError::file("create the folder", folder, e))
}

pub(crate) fn create_synced(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = parent(folder);
    create_synced(above)?;
    match fs::create_dir(folder) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => sync_folder(above),
    }
}

pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The folder of a file; the root's is the root.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("/"))
}
