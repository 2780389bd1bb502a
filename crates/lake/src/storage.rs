//! Iceberg's storage on the local file system, made durable: iceberg's own syncs manifests, but neither metadata.json
//! nor any folder, so a loss of power could leave a catalog that points at nothing.

use crate::local::{create_synced, parent, path_of, sync_folder};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use iceberg::io::{
    FileMetadata, FileRead, FileWrite, InputFile, LocalFsStorage, OutputFile, Storage,
    StorageConfig, StorageFactory,
};
use iceberg::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Makes [`SyncedStorage`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SyncedStorageFactory;

#[typetag::serde]
impl StorageFactory for SyncedStorageFactory {
    fn build(&self, _: &StorageConfig) -> Result<Arc<dyn Storage>> {
        Ok(Arc::new(SyncedStorage(LocalFsStorage::new())))
    }
}

/// Local files; a write is on disk when it returns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SyncedStorage(LocalFsStorage);

#[async_trait]
#[typetag::serde]
impl Storage for SyncedStorage {
    async fn exists(&self, location: &str) -> Result<bool> {
        self.0.exists(location).await
    }

    async fn metadata(&self, location: &str) -> Result<FileMetadata> {
        self.0.metadata(location).await.map_err(outside)
    }

    async fn read(&self, location: &str) -> Result<Bytes> {
        self.0.read(location).await.map_err(outside)
    }

    async fn reader(&self, location: &str) -> Result<Box<dyn FileRead>> {
        self.0.reader(location).await.map_err(outside)
    }

    /// metadata.json. Its folder also holds the manifests that it names, so one sync of the folder covers all.
    async fn write(&self, location: &str, octets: Bytes) -> Result<()> {
        let path = path_of(location);
        write_synced(&path, &octets).map_err(|e| {
            Error::new(
                ErrorKind::Unexpected,
                format!("cannot write {}", path.display()),
            )
            .with_source(e)
        })
    }

    async fn writer(&self, location: &str) -> Result<Box<dyn FileWrite>> {
        self.0.writer(location).await.map_err(outside)
    }

    async fn delete(&self, location: &str) -> Result<()> {
        self.0.delete(location).await
    }

    async fn delete_prefix(&self, location: &str) -> Result<()> {
        self.0.delete_prefix(location).await
    }

    async fn delete_stream(&self, locations: BoxStream<'static, String>) -> Result<()> {
        self.0.delete_stream(locations).await
    }

    fn new_input(&self, location: &str) -> Result<InputFile> {
        Ok(InputFile::new(Arc::new(self.clone()), location.to_owned()))
    }

    fn new_output(&self, location: &str) -> Result<OutputFile> {
        Ok(OutputFile::new(Arc::new(self.clone()), location.to_owned()))
    }
}

fn write_synced(path: &Path, octets: &[u8]) -> std::io::Result<()> {
    let folder = parent(path);
    create_synced(folder)?;
    let mut file = File::create(path)?;
    file.write_all(octets)?;
    file.sync_all()?;
    sync_folder(folder)
}

/// The file system failed, not the data: iceberg calls a file that cannot be opened `DataInvalid`, as it calls a file
/// that cannot be understood. Only the first may pass by itself.
fn outside(error: Error) -> Error {
    Error::new(ErrorKind::Unexpected, error.message().to_owned()).with_source(error)
}
