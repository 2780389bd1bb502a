//! A worker's open files: batches become Parquet pages on the worker's own thread. Publishes nothing.
//!
//! A file holds rows of one table and one hour. At most [`OPEN_HOURS_MAX`] hours of a table are open; rows of other
//! hours wait in memory until the files are closed.

use crate::error::{Result, WriteError};
use crate::layout::{Layout, Layouts};
use crate::local::create_folder;
use crate::spool::Spool;
use arrow::array::{Array, RecordBatch, TimestampMicrosecondArray, UInt32Array};
use arrow::compute::take_record_batch;
use parquet::arrow::ArrowWriter;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tables::Table;

/// Hours of one table that are open at a time; each open file holds a row group in memory, about 9 MB.
pub const OPEN_HOURS_MAX: usize = 3;
/// A file of so many octets is closed and another one begun.
pub const FILE_OCTETS_MAX: u64 = 64 * 1024 * 1024;

/// A finished file, synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedFile {
    /// Its table.
    pub table: Table,
    /// Where it lies now.
    pub path: PathBuf,
    /// Rows in it.
    pub rows: u64,
    /// Its length in octets.
    pub octets: u64,
    /// CRC-32C (RFC 3720, appendix B.4) of all of it.
    pub crc32c: u32,
    /// Which hour since 1970 (day, for the ledger) its rows are of; 0 outside a lake.
    pub(crate) period: i64,
}

/// The open files of one worker.
#[derive(Debug)]
pub struct WorkerFiles {
    layouts: Layouts,
    place: Place,
    worker: String,
    started: u64,
    open: BTreeMap<(Table, i64), OpenFile>,
    waiting: BTreeMap<(Table, i64), Vec<RecordBatch>>,
    waiting_octets: u64,
    closed: Vec<ClosedFile>,
    /// Files begun since the last close, whatever has become of them.
    begun: Vec<PathBuf>,
}

/// Where files are written.
#[derive(Debug)]
enum Place {
    /// In the spool, for a flush to publish.
    Spool(Arc<Spool>),
    /// In one folder per table, to stay.
    Folders(PathBuf),
}

impl WorkerFiles {
    /// Files of a lake; `worker` tells the workers of a process apart.
    pub(crate) fn new(layouts: Layouts, spool: Arc<Spool>, worker: &str) -> Self {
        Self::at(layouts, Place::Spool(spool), worker)
    }

    /// Files outside a lake, `folder/<table>/<stem>-<n>.parquet`; files of the same name are replaced. A file has its
    /// name only once it is whole.
    ///
    /// # Errors
    /// As [`Layouts::plain`].
    pub fn plain(folder: &Path, stem: &str) -> Result<Self> {
        Ok(Self::at(
            Layouts::plain()?,
            Place::Folders(folder.into()),
            stem,
        ))
    }

    fn at(layouts: Layouts, place: Place, worker: &str) -> Self {
        let (open, waiting) = (BTreeMap::new(), BTreeMap::new());
        Self {
            layouts,
            place,
            worker: worker.into(),
            started: 0,
            open,
            waiting,
            waiting_octets: 0,
            closed: vec![],
            begun: vec![],
        }
    }

    /// Takes rows of a table; its columns are those of [`Table::schema`].
    ///
    /// # Errors
    /// [`WriteError::File`] and [`WriteError::Parquet`]: the rows since the last close are lost, call
    /// [`WorkerFiles::discard`] and decode them again.
    pub fn write(&mut self, table: Table, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        match split(self.layouts.of(table), batch)? {
            Split::One(period) => self.write_period(table, period, batch),
            Split::Many(parts) => {
                for (period, rows) in parts {
                    self.write_period(
                        table,
                        period,
                        &take_record_batch(batch, &UInt32Array::from(rows))?,
                    )?;
                }
                Ok(())
            }
        }
    }

    /// Octets of rows that wait in memory for the close, because too many hours are open. A flush makes room.
    pub fn buffered_octets(&self) -> u64 {
        self.waiting_octets
    }

    /// Octets of the files written since the last close, about.
    pub fn written_octets(&self) -> u64 {
        self.closed.iter().map(|file| file.octets).sum::<u64>()
            + self.open.values().map(OpenFile::octets).sum::<u64>()
    }

    /// Number of files that are open now.
    pub fn open_files(&self) -> usize {
        self.open.len()
    }

    /// Finishes and syncs all files, also those that rolled before.
    ///
    /// # Errors
    /// As [`WorkerFiles::write`].
    pub fn close(&mut self) -> Result<Vec<ClosedFile>> {
        while let Some((_, file)) = self.open.pop_first() {
            self.closed.push(file.close()?);
        }
        while let Some(((table, period), batches)) = self.waiting.pop_first() {
            let mut file = self.start(table, period)?;
            for batch in &batches {
                file.write(batch)?;
            }
            self.closed.push(file.close()?);
        }
        self.waiting_octets = 0;
        self.begun.clear();
        Ok(std::mem::take(&mut self.closed))
    }

    /// Drops all rows since the last close and deletes their files.
    pub fn discard(&mut self) {
        self.open.clear();
        self.closed.clear();
        for path in std::mem::take(&mut self.begun) {
            // What stays is removed with the spool.
            let _ = fs::remove_file(unfinished(&path));
            let _ = fs::remove_file(path);
        }
        self.waiting.clear();
        self.waiting_octets = 0;
    }

    fn write_period(&mut self, table: Table, period: i64, batch: &RecordBatch) -> Result<()> {
        let key = (table, period);
        if !self.open.contains_key(&key) {
            if self
                .open
                .keys()
                .filter(|(other, _)| *other == table)
                .count()
                >= OPEN_HOURS_MAX
            {
                self.waiting_octets += batch.get_array_memory_size() as u64;
                self.waiting.entry(key).or_default().push(batch.clone());
                return Ok(());
            }
            let file = self.start(table, period)?;
            self.open.insert(key, file);
        }
        let Some(file) = self.open.get_mut(&key) else {
            return Ok(());
        };
        file.write(batch)?;
        if file.octets() >= FILE_OCTETS_MAX
            && let Some(full) = self.open.remove(&key)
        {
            self.closed.push(full.close()?);
        }
        Ok(())
    }

    fn start(&mut self, table: Table, period: i64) -> Result<OpenFile> {
        let name = format!("{}-{}.parquet", self.worker, self.started);
        self.started += 1;
        let folder = match &self.place {
            Place::Spool(spool) => spool.folder(),
            Place::Folders(folder) => folder,
        };
        let path = folder.join(table.name()).join(name);
        self.begun.push(path.clone());
        OpenFile::create(self.layouts.of(table), table, period, path)
    }
}

/// Hours of the rows of a batch.
enum Split {
    One(i64),
    Many(BTreeMap<i64, Vec<u32>>),
}

fn split(layout: &Layout, batch: &RecordBatch) -> Result<Split> {
    let Some(period_us) = layout.period_us else {
        return Ok(Split::One(0));
    };
    let column = batch
        .column(layout.time_column)
        .as_any()
        .downcast_ref::<TimestampMicrosecondArray>();
    let Some(times) = column.filter(|times| times.null_count() == 0) else {
        let column = layout.schema.field(layout.time_column).name();
        let fault = format!("column {column} must be a time in microseconds and never null");
        return Err(arrow::error::ArrowError::SchemaError(fault).into());
    };
    Ok(split_times(times.values(), period_us))
}

fn split_times(times: &[i64], period_us: i64) -> Split {
    let (min, max) = times.iter().fold((i64::MAX, i64::MIN), |(min, max), time| {
        (min.min(*time), max.max(*time))
    });
    if min.div_euclid(period_us) == max.div_euclid(period_us) {
        return Split::One(min.div_euclid(period_us));
    }
    let mut parts: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
    for (row, time) in (0u32..).zip(times) {
        parts
            .entry(time.div_euclid(period_us))
            .or_default()
            .push(row);
    }
    Split::Many(parts)
}

/// One Parquet file being written.
#[derive(Debug)]
pub(crate) struct OpenFile {
    table: Table,
    period: i64,
    path: PathBuf,
    writer: ArrowWriter<Checksummed>,
    schema: arrow::datatypes::SchemaRef,
    rows: u64,
}

impl OpenFile {
    pub(crate) fn create(
        layout: &Layout,
        table: Table,
        period: i64,
        path: PathBuf,
    ) -> Result<Self> {
        create_folder(crate::local::parent(&path))?;
        let file =
            File::create(unfinished(&path)).map_err(|e| WriteError::file("create", &path, e))?;
        let schema = layout.schema.clone();
        let writer = ArrowWriter::try_new_with_options(
            Checksummed::new(file),
            schema.clone(),
            layout.options.clone(),
        )
        .map_err(|e| WriteError::parquet("begin", &path, e))?;
        Ok(Self {
            table,
            period,
            path,
            writer,
            schema,
            rows: 0,
        })
    }

    /// The writer looks at types, not at names, so names are compared here.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let names = batch.schema_ref().fields().iter().map(|field| field.name());
        if !names.eq(self.schema.fields().iter().map(|field| field.name())) {
            let fault = format!(
                "columns of a batch are not those of table {}",
                self.table.name()
            );
            return Err(arrow::error::ArrowError::SchemaError(fault).into());
        }
        self.rows += batch.num_rows() as u64;
        self.writer
            .write(batch)
            .map_err(|e| WriteError::parquet("write", &self.path, e))
    }

    /// Octets on disk and in the row group that is being filled.
    fn octets(&self) -> u64 {
        (self.writer.bytes_written() + self.writer.in_progress_size()) as u64
    }

    pub(crate) fn close(mut self) -> Result<ClosedFile> {
        self.writer
            .finish()
            .map_err(|e| WriteError::parquet("finish", &self.path, e))?;
        let output = self.writer.inner_mut();
        output
            .sync()
            .map_err(|e| WriteError::file("sync", &self.path, e))?;
        let (octets, crc32c) = (output.octets, output.crc32c);
        fs::rename(unfinished(&self.path), &self.path)
            .map_err(|e| WriteError::file("rename", &self.path, e))?;
        Ok(ClosedFile {
            table: self.table,
            path: self.path,
            rows: self.rows,
            octets,
            crc32c,
            period: self.period,
        })
    }
}

/// A name that no pattern for Parquet files matches.
fn unfinished(path: &Path) -> PathBuf {
    path.with_extension("parquet.part")
}

/// A file whose checksum is computed on the way to it.
#[derive(Debug)]
struct Checksummed {
    file: BufWriter<File>,
    crc32c: u32,
    octets: u64,
}

impl Checksummed {
    fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(64 * 1024, file),
            crc32c: 0,
            octets: 0,
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()
    }
}

impl Write for Checksummed {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let written = self.file.write(octets)?;
        self.crc32c = crc32c::crc32c_append(self.crc32c, &octets[..written]);
        self.octets += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
