//! What can go wrong with a lake, and whether it is worth trying again.

use iceberg::ErrorKind;
use std::io;
use std::path::{Path, PathBuf};

/// A failure of the lake, told to a person.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file or folder could not be written, read or moved.
    #[error("cannot {doing} {path}: {source}", path = path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Rows could not be encoded as Parquet, or a Parquet file could not be read.
    #[error("cannot {doing} {path}: {source}", path = path.display())]
    Parquet {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the Parquet library said.
        source: parquet::errors::ParquetError,
    },
    /// Columns do not fit together; a fault of the program.
    #[error("cannot build a batch of columns: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// The catalog, or the table format, refused or failed.
    #[error("cannot {doing}: {}", chain(source))]
    Catalog {
        /// What was tried.
        doing: String,
        /// What the catalog said.
        source: Box<iceberg::Error>,
    },
    /// Nothing to open.
    #[error("there is no lake here: {what}. Give the folder that a demo or a worker has written")]
    NoLake {
        /// What is not there.
        what: String,
    },
    /// A table of the namespace has another shape than this version writes.
    #[error(
        "table {table}: column {column} is {found} in the lake, but this version writes {expected}. Use the version that made the lake, or another namespace"
    )]
    ColumnChanged {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// What we write.
        expected: String,
        /// What the lake has.
        found: String,
    },
    /// Spool and warehouse lie on two file systems, so that no file can be moved in one step.
    #[error("the spool {spool} and the warehouse {warehouse} are on two file systems; put the spool beside the warehouse", spool = spool.display(), warehouse = warehouse.display())]
    TwoFileSystems {
        /// The spool.
        spool: PathBuf,
        /// The warehouse.
        warehouse: PathBuf,
    },
    /// A property that only corewatch writes does not read as it should.
    #[error("table {table}: property {key} reads {value:?}, which no version of corewatch writes")]
    BadProperty {
        /// The table.
        table: String,
        /// Name of the property.
        key: String,
        /// Its value.
        value: String,
    },
    /// A file that the ledger names is gone or is another one.
    #[error(
        "{path} is named by {named_by}, but {fault}. Files of a lake must not be moved, changed or deleted by hand"
    )]
    Damaged {
        /// The file.
        path: String,
        /// Who names it.
        named_by: String,
        /// What is wrong with it.
        fault: String,
    },
    /// A table has some partitions of a flush and lacks others; this cannot happen.
    #[error(
        "table {table} holds flush {flush} in part. This is a fault of corewatch: stop all workers of this namespace and report it"
    )]
    Torn {
        /// The table.
        table: &'static str,
        /// The flush.
        flush: String,
    },
    /// The flush contradicts itself; a fault of the program.
    #[error("flush {flush}: {fault}")]
    BadFlush {
        /// The flush.
        flush: String,
        /// What is wrong with it.
        fault: String,
    },
}

/// A result of the lake.
pub type Result<T> = std::result::Result<T, WriteError>;

impl WriteError {
    pub(crate) fn file(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File {
            doing,
            path: path.into(),
            source,
        }
    }

    pub(crate) fn parquet(
        doing: &'static str,
        path: &Path,
        source: parquet::errors::ParquetError,
    ) -> Self {
        Self::Parquet {
            doing,
            path: path.into(),
            source,
        }
    }

    pub(crate) fn catalog(doing: impl Into<String>, source: iceberg::Error) -> Self {
        Self::Catalog {
            doing: doing.into(),
            source: Box::new(source),
        }
    }

    /// Whether the same call may succeed later, because a disk is full, a database locked or a store away.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::File { source, .. } => !is_final(source),
            Self::Parquet { source, .. } => {
                matches!(source, parquet::errors::ParquetError::External(_))
            }
            Self::Catalog { source, .. } => {
                source.retryable()
                    || matches!(
                        source.kind(),
                        ErrorKind::Unexpected | ErrorKind::CatalogCommitConflicts
                    )
            }
            _ => false,
        }
    }

    /// Whether a fence has refused a commit.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Catalog { source, .. } if source.kind() == ErrorKind::PreconditionFailed)
    }
}

/// A missing file may be a store that is away; a wrong kind of name never becomes right.
fn is_final(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidFilename | io::ErrorKind::NotADirectory
    )
}

/// The message and its causes: the SQL catalog hides the reason in the source.
fn chain(error: &iceberg::Error) -> String {
    let mut text = error.message().to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
