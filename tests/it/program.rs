//! The program under test, as a process, and the rows that it leaves behind.

use crate::broker::Broker;
use crate::support::column;
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int32Type, Int64Type};
use feeds::{Decoder, DecoderSettings, Format};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tables::{Builders, Provenance, Table};

/// The binary: the one that `COREWATCH_BIN` names, or the one beside this test.
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("COREWATCH_BIN") {
        return named.into();
    }
    let tests = std::env::current_exe().expect("the path of the test");
    let path = tests
        .parent()
        .and_then(Path::parent)
        .expect("the target folder")
        .join("corewatch");
    assert!(
        path.exists(),
        "no binary at {}: run `cargo build --workspace --bin corewatch`",
        path.display()
    );
    path
}

/// A worker over a folder: configuration, lake and log lie in it.
pub struct Program<'a> {
    pub folder: &'a Path,
    pub brokers: String,
    pub topics: String,
    pub format: Format,
    pub group_id: String,
    pub on_gap: &'static str,
    pub instance: &'static str,
}

/// A worker process. It ends with the test at the latest, also with one that fails.
pub struct Worker(Child);

impl Deref for Worker {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Worker {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl<'a> Program<'a> {
    /// A worker outside any group that reads the topics of that pattern and stops at a gap.
    pub fn new(broker: &Broker, folder: &'a Path, topics: &str) -> Self {
        Self {
            folder,
            brokers: broker.consumer("").brokers,
            topics: topics.to_owned(),
            format: Format::Mrt,
            group_id: String::new(),
            on_gap: "stop",
            instance: "",
        }
    }
}

impl Program<'_> {
    /// Starts `corewatch run`; its log goes to a file of its own.
    pub fn start(&self, log: &str, until_end: bool, park_at: Option<&str>) -> Worker {
        let config = self.folder.join("corewatch.toml");
        std::fs::write(&config, self.config()).expect("a configuration");
        let mut command = Command::new(binary());
        command.arg("run").arg("--config").arg(config);
        if until_end {
            command.arg("--until-end");
        }
        if let Some(step) = park_at {
            command.env("COREWATCH_PARK_AT", step);
        }
        let log = File::create(self.folder.join(log)).expect("a log");
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("corewatch starts");
        Worker(child)
    }

    fn config(&self) -> String {
        let folder = self.folder.display();
        let (brokers, group_id, topics) = (&self.brokers, &self.group_id, &self.topics);
        let (on_gap, instance, format) = (self.on_gap, self.instance, self.format.name());
        format!(
            r#"
[kafka]
brokers = ["{brokers}"]
group_id = "{group_id}"
group_instance_id = "{instance}"
workers = 2
[kafka.librdkafka]
"session.timeout.ms" = "6000"
"topic.metadata.refresh.interval.ms" = "2000"
[[feed]]
name = "it"
topics = '^{topics}$'
format = "{format}"
project = "test"
collector = "c0"
start = "earliest"
on_gap = "{on_gap}"
[lake]
catalog = "sqlite"
uri = "{folder}/catalog.db"
warehouse = "{folder}/warehouse"
flush_age = "200ms"
[http]
listen = "127.0.0.1:0"
"#
        )
    }

    /// Waits for the end of a worker and gives its exit code.
    pub fn wait(&self, mut child: Worker, log: &str) -> i32 {
        let began = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("a child") {
                return status.code().unwrap_or(-1);
            }
            assert!(
                began.elapsed() < Duration::from_secs(180),
                "{}",
                self.log(log)
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What a worker has logged.
    pub fn log(&self, log: &str) -> String {
        std::fs::read_to_string(self.folder.join(log)).unwrap_or_default()
    }

    /// The lake that it writes.
    pub fn lake(&self) -> lake::LakeSettings {
        lake::LakeSettings::in_folder(self.folder, "corewatch")
    }

    /// The audit must hold.
    pub fn verify(&self) -> lake::Report {
        let report = block_on(lake::verify(self.lake())).expect("a lake");
        assert!(report.ok, "{}", report.problems.join("\n"));
        report
    }

    /// What tells a right row of the lake from a wrong one.
    pub fn rows(&self) -> Rows {
        self.rows_with(marks)
    }

    /// All of every row of the lake, but for when it was taken.
    pub fn whole_rows(&self) -> Rows {
        self.rows_with(|_, batch| {
            let schema = batch.schema();
            let names = schema.fields().iter().map(|field| field.name().clone());
            names.filter(|name| name != "ingested_at").collect()
        })
    }

    fn rows_with(&self, marks: impl Fn(Table, &RecordBatch) -> Vec<String>) -> Rows {
        let files = block_on(lake::data_files(self.lake())).expect("a lake");
        let mut rows = Rows::default();
        for (table, paths) in files {
            for path in paths {
                let file = File::open(&path).expect("a data file");
                let reader = ParquetRecordBatchReaderBuilder::try_new(file)
                    .and_then(|reader| reader.build());
                for batch in reader.expect("Parquet") {
                    let batch = batch.expect("a batch");
                    rows.take(table, &batch, &marks(table, &batch));
                }
            }
        }
        rows
    }
}

/// Sends a signal by its name.
pub fn signal(child: &Child, name: &str) {
    let done = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(child.id().to_string())
        .status();
    assert!(
        done.is_ok_and(|status| status.success()),
        "cannot send {name}"
    );
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(future)
}

/// Rows by table: partition, offset, item, and what tells a right row from a wrong one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rows(pub BTreeMap<Table, Vec<(i32, i64, i32, String)>>);

impl Rows {
    /// What the messages of each partition must become, decoded here and now.
    pub fn expected(topic: &str, partitions: &[Vec<Vec<u8>>]) -> Self {
        let mut rows = Self::default();
        for (partition, messages) in partitions.iter().enumerate() {
            let settings = DecoderSettings::new(Format::Mrt);
            let (mut decoder, mut builders) = (Decoder::new(settings), Builders::new());
            for (offset, message) in messages.iter().enumerate() {
                let provenance = Provenance {
                    kafka_topic: topic,
                    kafka_partition: partition as i32,
                    kafka_offset: offset as i64,
                    brokered_at: Some(0),
                    ingested_at: 0,
                    project: "test",
                    collector: "c0",
                    router: None,
                    format: "mrt",
                };
                decoder.decode(message, &provenance, &mut builders);
                for (table, batch) in builders.full() {
                    rows.take(table, &batch, &marks(table, &batch));
                }
            }
            for (table, batch) in builders.finish() {
                rows.take(table, &batch, &marks(table, &batch));
            }
        }
        rows
    }

    /// In one order, for comparison.
    pub fn sorted(mut self) -> Self {
        self.0
            .retain(|table, rows| *table != Table::IngestLog && !rows.is_empty());
        self.0.values_mut().for_each(|rows| rows.sort_unstable());
        self
    }

    fn take(&mut self, table: Table, batch: &RecordBatch, marks: &[String]) {
        if table == Table::IngestLog {
            return;
        }
        let keys = ["kafka_partition", "kafka_offset", "item"];
        let [partition, offset, item] = keys.map(|name| {
            let column = batch.column_by_name(name);
            column.unwrap_or_else(|| panic!("no column {name}"))
        });
        let marks: Vec<(&String, Vec<String>)> = marks
            .iter()
            .map(|name| (name, column(batch, name)))
            .collect();
        let rows = self.0.entry(table).or_default();
        for row in 0..batch.num_rows() {
            let marks = marks
                .iter()
                .map(|(name, values)| format!("{name}={}", values[row]));
            rows.push((
                partition.as_primitive::<Int32Type>().value(row),
                offset.as_primitive::<Int64Type>().value(row),
                item.as_primitive::<Int32Type>().value(row),
                marks.collect::<Vec<_>>().join(" "),
            ));
        }
    }
}

/// Columns that tell a right row from a wrong one.
fn marks(table: Table, _: &RecordBatch) -> Vec<String> {
    let names: &[&str] = match table {
        Table::Routes | Table::Rib | Table::OtherRoutes => &["kind", "peer_ip", "prefix"],
        Table::Sessions => &["kind", "peer_ip"],
        Table::BmpStats => &["stat_type", "peer_ip"],
        Table::DnsMessages => &["kind", "qname", "client_ip"],
        Table::DnsRecords => &["owner", "rdata_text"],
        Table::DnsMeasurements => &["msm_id", "prb_id", "server_ip"],
        Table::Rejects => &["reason", "field"],
        Table::IngestLog => &[],
    };
    names.iter().map(|name| (*name).to_owned()).collect()
}
