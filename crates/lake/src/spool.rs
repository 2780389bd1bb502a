//! The spool: where one process writes files before they get their final names. It must be on the file system of the
//! warehouse. A folder in it belongs to one process, and is removed by the next one to start once its owner is dead.

use crate::error::{Result, WriteError};
use crate::local::create_folder;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const FOLDER_PREFIX: &str = "process-";
const LOCK_SUFFIX: &str = ".lock";

/// The spool folder of this process; removed when dropped.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    lock_path: PathBuf,
    /// Held locked for life: the system lets go of it when the process dies, in whatever way.
    _lock: File,
}

impl Spool {
    /// Removes what dead processes left in `spool`, and makes a folder of our own.
    ///
    /// # Errors
    /// [`WriteError::File`].
    pub(crate) fn open(spool: &Path) -> Result<Self> {
        create_folder(spool)?;
        // Nobody else makes or removes folders meanwhile: a new folder is never seen without its locked lock.
        let _door = locked(&spool.join("door.lock"))?;
        remove_dead(spool).map_err(|e| WriteError::file("clean the spool", spool, e))?;
        let folder = spool.join(format!("{FOLDER_PREFIX}{}", uuid::Uuid::now_v7().simple()));
        let lock_path = lock_of(&folder);
        let lock = locked(&lock_path)?;
        create_folder(&folder)?;
        Ok(Self {
            folder,
            lock_path,
            _lock: lock,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // Whatever stays, the next process removes.
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_file(&self.lock_path);
    }
}

fn remove_dead(spool: &Path) -> io::Result<()> {
    for entry in fs::read_dir(spool)? {
        let folder = entry?.path();
        let is_ours = folder
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(FOLDER_PREFIX));
        if is_ours && folder.is_dir() && !is_alive(&folder)? {
            fs::remove_dir_all(&folder)?;
            fs::remove_file(lock_of(&folder))?;
        }
    }
    Ok(())
}

fn is_alive(folder: &Path) -> io::Result<bool> {
    match open_lock(&lock_of(folder))?.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

fn locked(path: &Path) -> Result<File> {
    let open = || {
        let file = open_lock(path)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(|e| WriteError::file("lock", path, e))
}

fn open_lock(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}

fn lock_of(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(LOCK_SUFFIX);
    name.into()
}
