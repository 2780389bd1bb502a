//! A process in small: it decodes made-up messages of its partitions and publishes them.

use crate::ledger::{Position, pendings, position};
use crate::local::path_of;
use crate::{
    Counts, FlushParts, FlushTicket, Lake, LakeSettings, Published, RangePart, TopicPartition,
    WorkerFiles,
};
use arrow::array::{
    ArrayRef, AsArray, BinaryArray, BooleanArray, FixedSizeBinaryArray, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, TimeUnit};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use tables::Table;

pub const T0: i64 = 1_790_000_000_000_000;
pub const TOPIC: &str = "ris.rrc00.updates";

/// A row key: topic, partition, offset, item.
pub type Key = (String, i32, i64, i32);

pub struct Process {
    pub lake: Lake,
    pub files: WorkerFiles,
    pub parts: BTreeMap<TopicPartition, Part>,
}

/// What a process believes of a partition of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub fence: Option<String>,
    pub offset: i64,
    pub state: Vec<u8>,
}

pub fn at(partition: i32) -> TopicPartition {
    TopicPartition::new(TOPIC, partition)
}

pub fn settings(folder: &Path) -> LakeSettings {
    LakeSettings {
        worker_name: "w".into(),
        version: "0.1.0".into(),
        ..LakeSettings::in_folder(folder, "corewatch")
    }
}

impl Process {
    pub async fn start(folder: &Path, partitions: &[i32]) -> Self {
        let lake = Lake::open(settings(folder)).await.unwrap();
        Self::with(lake, partitions).await
    }

    pub async fn with(lake: Lake, partitions: &[i32]) -> Self {
        let files = lake.worker_files("t0");
        let mut process = Self {
            lake,
            files,
            parts: BTreeMap::new(),
        };
        process.assign(partitions).await;
        process
    }

    pub async fn assign(&mut self, partitions: &[i32]) {
        let wanted: Vec<_> = partitions.iter().map(|p| at(*p)).collect();
        let assigned = self.lake.assign(&wanted).await.unwrap();
        let part = |a: crate::Assigned| {
            let offset = a.offset.unwrap_or(0);
            (
                a.at,
                Part {
                    fence: a.fence,
                    offset,
                    state: a.state.unwrap_or_default(),
                },
            )
        };
        self.parts = assigned.into_iter().map(part).collect();
    }

    /// Decodes `messages` of each partition and closes the files.
    pub async fn prepare(&mut self, messages: i64) -> FlushParts {
        let ticket = self.lake.begin_flush().await.unwrap();
        let mut ranges = vec![];
        for (at, part) in self.parts.clone() {
            let decoded = decode(&at, part.offset, part.offset + messages);
            for (table, keys) in &decoded.keys {
                let schema = &self.lake.shared.layouts.of(*table).schema;
                let batch = with_columns(schema, &batch(*table, keys));
                self.files.write(*table, &batch).unwrap();
            }
            let state = (messages > 0).then(|| format!("{at} {}", part.offset / 100).into_bytes());
            ranges.push(decoded.range(at, part.fence, state));
        }
        parts(ticket, ranges, &mut self.files)
    }

    pub async fn flush(&mut self, messages: i64) -> Published {
        let parts = self.prepare(messages).await;
        self.publish(parts).await
    }

    pub async fn publish(&mut self, parts: FlushParts) -> Published {
        let published = self.lake.publish(parts.clone()).await.unwrap();
        if let Published::Landed { fences } = &published {
            for range in parts.ranges {
                let state = range
                    .state
                    .or_else(|| Some(self.parts[&range.at].state.clone()));
                let fence = Some(fences[&range.at].clone());
                let part = Part {
                    fence,
                    offset: range.to,
                    state: state.unwrap(),
                };
                self.parts.insert(range.at, part);
            }
        }
        published
    }
}

pub fn parts(ticket: FlushTicket, ranges: Vec<RangePart>, files: &mut WorkerFiles) -> FlushParts {
    let files = files.close().unwrap();
    FlushParts {
        ticket,
        ranges,
        files,
        topic_ids: BTreeMap::new(),
        committed_at: T0,
    }
}

/// What a stretch of messages gives.
pub struct Decoded {
    from: i64,
    to: i64,
    counts: Counts,
    pub keys: BTreeMap<Table, Vec<Key>>,
}

impl Decoded {
    pub fn range(
        self,
        at: TopicPartition,
        fence: Option<String>,
        state: Option<Vec<u8>>,
    ) -> RangePart {
        let rows = self
            .keys
            .iter()
            .map(|(table, keys)| (*table, keys.len() as u64))
            .collect();
        let (first, last) = (Some(time(self.from)), Some(time(self.to)));
        RangePart {
            at,
            from: self.from,
            to: self.to,
            fence,
            counts: self.counts,
            rows,
            first_observed_at: first,
            last_observed_at: last,
            state,
        }
    }
}

/// Of ten messages one is a hole, one is skipped, one rejected, and seven give one or two routes.
pub fn decode(at: &TopicPartition, from: i64, to: i64) -> Decoded {
    let mut decoded = Decoded {
        from,
        to,
        counts: Counts::default(),
        keys: BTreeMap::new(),
    };
    for offset in from..to {
        let key = |item| (at.topic.clone(), at.partition, offset, item);
        let counts = &mut decoded.counts;
        counts.messages += u64::from(offset % 10 != 0);
        counts.octets += 100;
        match offset % 10 {
            0 => counts.holes += 1,
            1 => counts.skipped += 1,
            2 => {
                counts.rejected += 1;
                decoded.keys.entry(Table::Rejects).or_default().push(key(0));
            }
            digit => {
                counts.parsed += 1;
                let routes = decoded.keys.entry(Table::Routes).or_default();
                routes.extend((0..1 + (digit % 2) as i32).map(key));
            }
        }
    }
    decoded
}

/// A quarter of an hour between messages.
pub fn time(offset: i64) -> i64 {
    T0 + offset * 900_000_000
}

/// Rows with these keys; every other column has a value made of the row's number, or a null.
pub fn batch(table: Table, keys: &[Key]) -> RecordBatch {
    let schema = table.schema();
    let column = |field: &Arc<Field>| match field.name().as_str() {
        "kafka_topic" => texts(keys.iter().map(|key| key.0.clone()), field.data_type()),
        "kafka_partition" => Arc::new(Int32Array::from_iter_values(keys.iter().map(|key| key.1))),
        "kafka_offset" => Arc::new(Int64Array::from_iter_values(keys.iter().map(|key| key.2))),
        "item" => Arc::new(Int32Array::from_iter_values(keys.iter().map(|key| key.3))),
        "observed_at" => times(keys.iter().map(|key| time(key.2))),
        _ => filler(field.data_type(), keys.len(), field.is_nullable()),
    };
    let columns = schema.fields().iter().map(column).collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

/// The columns that `schema` has: an older version writes fewer.
fn with_columns(schema: &Schema, batch: &RecordBatch) -> RecordBatch {
    let place = |field: &Arc<Field>| batch.schema().index_of(field.name()).unwrap();
    let places: Vec<_> = schema.fields().iter().map(place).collect();
    batch.project(&places).unwrap()
}

fn texts(values: impl Iterator<Item = String>, data_type: &DataType) -> ArrayRef {
    cast(&StringArray::from_iter_values(values), data_type).unwrap()
}

fn times(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(values).with_timezone("+00:00"))
}

/// Every third row is null, where it may be.
fn filler(data_type: &DataType, rows: usize, nullable: bool) -> ArrayRef {
    let values = values(data_type, rows);
    if !nullable || rows < 3 {
        return values;
    }
    let index = (0..rows as u32)
        .map(|row| (row % 3 != 2).then_some(row))
        .collect::<UInt32Array>();
    arrow::compute::take(&values, &index, None).unwrap()
}

fn values(data_type: &DataType, rows: usize) -> ArrayRef {
    let numbers = 0..rows as i64;
    match data_type {
        DataType::Boolean => Arc::new(numbers.map(|n| Some(n % 2 == 0)).collect::<BooleanArray>()),
        DataType::Int32 => Arc::new(Int32Array::from_iter_values(0..rows as i32)),
        DataType::Int64 => Arc::new(Int64Array::from_iter_values(numbers)),
        DataType::Timestamp(TimeUnit::Microsecond, _) => times(numbers.map(|n| T0 + n)),
        DataType::Binary => Arc::new(BinaryArray::from_iter_values(numbers.map(i64::to_be_bytes))),
        DataType::FixedSizeBinary(octets) => {
            let value = |n: i64| vec![n as u8; *octets as usize];
            Arc::new(FixedSizeBinaryArray::try_from_iter(numbers.map(value)).unwrap())
        }
        DataType::List(element) => {
            let lengths = (0..rows).map(|n| n % 4);
            let offsets = arrow::buffer::OffsetBuffer::from_lengths(lengths.clone());
            let elements = values(element.data_type(), lengths.sum());
            Arc::new(arrow::array::ListArray::new(
                element.clone(),
                offsets,
                elements,
                None,
            ))
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().map(|f| values(f.data_type(), rows)).collect();
            Arc::new(arrow::array::StructArray::new(
                fields.clone(),
                columns,
                None,
            ))
        }
        DataType::Utf8 | DataType::Dictionary(..) => {
            texts(numbers.map(|n| format!("text {}", n % 5)), data_type)
        }
        other => new_null_array(other, rows),
    }
}

/// All rows of a Parquet file.
pub fn read_parquet(path: &Path) -> RecordBatch {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = builder.schema().clone();
    let batches: Vec<_> = builder.build().unwrap().map(Result::unwrap).collect();
    arrow::compute::concat_batches(&schema, &batches).unwrap()
}

/// Locations of the data files that a table names now.
pub async fn referenced(lake: &Lake, table: Table) -> Vec<String> {
    let loaded = lake.shared.tables.load(table).await.unwrap();
    let mut found = vec![];
    let Some(snapshot) = loaded.metadata().current_snapshot() else {
        return found;
    };
    for manifest in loaded
        .manifest_list_reader(snapshot)
        .load()
        .await
        .unwrap()
        .entries()
    {
        let manifest = manifest.load_manifest(loaded.file_io()).await.unwrap();
        found.extend(
            manifest
                .entries()
                .iter()
                .map(|entry| entry.file_path().to_owned()),
        );
    }
    found
}

/// Keys of all rows of a table, sorted, with doubles.
pub async fn keys(lake: &Lake, table: Table) -> Vec<Key> {
    let mut found = vec![];
    for location in referenced(lake, table).await {
        found.extend(keys_of(&read_parquet(&path_of(&location))));
    }
    found.sort();
    found
}

fn keys_of(batch: &RecordBatch) -> Vec<Key> {
    let column = |name: &str| batch.column_by_name(name).unwrap().clone();
    let topics = cast(&column("kafka_topic"), &DataType::Utf8).unwrap();
    let (partitions, offsets, items) = (
        column("kafka_partition"),
        column("kafka_offset"),
        column("item"),
    );
    let key = |row| {
        let topic = topics.as_string::<i32>().value(row).to_owned();
        let partition = partitions.as_primitive::<Int32Type>().value(row);
        let offset = offsets.as_primitive::<Int64Type>().value(row);
        (
            topic,
            partition,
            offset,
            items.as_primitive::<Int32Type>().value(row),
        )
    };
    (0..batch.num_rows()).map(key).collect()
}

/// The lake holds exactly what messages `0..to` of these partitions give, in all tables.
pub async fn check_exact(lake: &Lake, expected: &[(i32, i64)]) {
    for table in [Table::Routes, Table::Rejects] {
        let decoded = expected.iter().map(|(p, to)| decode(&at(*p), 0, *to));
        let mut wanted: Vec<_> = decoded
            .flat_map(|mut d| d.keys.remove(&table).unwrap_or_default())
            .collect();
        wanted.sort();
        assert!(
            keys(lake, table).await == wanted,
            "rows of {} differ",
            table.name()
        );
    }
    let offsets = lake.offsets().await.unwrap();
    for (p, to) in expected {
        assert_eq!(
            offsets.get(&at(*p)).copied().unwrap_or(0),
            *to,
            "offset of {p}"
        );
    }
}

/// Names of the flushes that a table still lacks.
pub async fn unapplied(lake: &Lake, table: Table) -> Vec<String> {
    let ledger = lake.shared.tables.load(Table::IngestLog).await.unwrap();
    let loaded = lake.shared.tables.load(table).await.unwrap();
    let mut found = vec![];
    for (flush, pending) in pendings(&ledger).unwrap() {
        let lacks = position(&loaded, &pending.ranges).unwrap() != Position::Applied;
        if pending.files.contains_key(table.name()) && lacks {
            found.push(flush);
        }
    }
    found
}
