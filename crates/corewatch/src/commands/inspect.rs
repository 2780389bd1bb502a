//! `corewatch inspect`: what is in a topic. It joins no group and commits nothing.

mod shown;

use super::{CLUSTER_TIMEOUT, client_setting, format_parser};
use crate::cli::End;
use crate::clock;
use crate::config::Problems;
use crate::output;
use crate::privacy::PrivacyArgs;
use anyhow::{Result, bail};
use feeds::{Decoder, DecoderSettings, Format, Outcome};
use kafka::{
    BatchConsumer, Cluster, ConsumerSettings, Delivery, EventKind, Message, Start, TopicPartition,
    WorkerQueue,
};
use serde::Serialize;
use shown::Shown;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tables::{Builders, Provenance};

/// How long one call waits for messages.
const BATCH_TIMEOUT: Duration = Duration::from_millis(50);
const BATCH_MESSAGES_MAX: usize = 1_000;
/// Nothing comes any more: what is left are control records, or the brokers are away.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// Show the first messages of a topic decoded, and which formats they have
///
/// Reads every partition from the first message that Kafka still has. No group is joined, nothing is committed. Of a
/// message with many rows the first few are shown, the second and later ones as far as they differ from the one before.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Kafka brokers, `host:port`, separated by commas
    #[arg(long, value_name = "B")]
    brokers: String,
    /// The topic
    #[arg(long, value_name = "T")]
    topic: String,
    /// How its messages are encoded; `auto` takes each by its first octets
    #[arg(long, value_name = "F", default_value = "auto", value_parser = format_parser())]
    format: Format,
    /// Messages to look at, of all partitions together
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    #[command(flatten)]
    privacy: PrivacyArgs,
    /// A setting of the Kafka client, librdkafka, by its own name; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = client_setting)]
    librdkafka: Vec<(String, String)>,
    /// Show only counts, as a line of JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// If the brokers cannot be reached or refuse, or there is no such topic.
pub fn run(args: &Args) -> Result<End> {
    let settings = ConsumerSettings {
        client: args.librdkafka.iter().cloned().collect(),
        ..ConsumerSettings::new(args.brokers.as_str())
    };
    let mut inspection = Inspection::begin(args, &settings)?;
    inspection.read_all(&settings)?;
    let counts = &inspection.counts;
    if args.json {
        output::print_json(counts)?;
    } else {
        output::print(&counts.for_a_person())?;
    }
    Ok(End::Done)
}

impl Args {
    /// How messages are to be decoded.
    ///
    /// # Errors
    /// [`Problems`] with the key.
    fn decoder_settings(&self) -> Result<DecoderSettings, Problems> {
        Ok(DecoderSettings {
            privacy: self.privacy.resolve()?,
            ..DecoderSettings::new(self.format)
        })
    }
}

/// The partitions of the topic, as far as they have been read.
struct Inspection<'a> {
    args: &'a Args,
    partitions: Vec<Partition>,
    builders: Builders,
    counts: Counts,
}

/// A partition with messages.
struct Partition {
    at: TopicPartition,
    decoder: Decoder,
    next_offset: i64,
    /// What was there at the beginning ends here.
    end: i64,
}

impl<'a> Inspection<'a> {
    /// Asks which messages there are.
    fn begin(args: &'a Args, settings: &ConsumerSettings) -> Result<Self> {
        let decoder_settings = args.decoder_settings()?;
        let cluster = Cluster::new(settings, CLUSTER_TIMEOUT)?;
        let count = cluster.topic(&args.topic)?.partition_count;
        let all: Vec<_> = (0..count)
            .map(|partition| TopicPartition::new(args.topic.as_str(), partition))
            .collect();
        let marks = cluster.watermarks(&all)?;
        let partitions = all.into_iter().zip(marks).map(|(at, marks)| Partition {
            at,
            decoder: Decoder::new(decoder_settings.clone()),
            next_offset: marks.low,
            end: marks.high,
        });
        Ok(Self {
            args,
            partitions: partitions.collect(),
            builders: Builders::new(),
            counts: Counts::default(),
        })
    }

    fn is_done(&self) -> bool {
        let is_read = |partition: &Partition| partition.next_offset >= partition.end;
        self.counts.messages >= self.args.limit || self.partitions.iter().all(is_read)
    }

    fn read_all(&mut self, settings: &ConsumerSettings) -> Result<()> {
        if self.is_done() {
            return Ok(());
        }
        let (consumer, mut queues) = BatchConsumer::alone(settings, 1, BATCH_MESSAGES_MAX)?;
        let starts: Vec<Start> = self.partitions.iter().map(Partition::start).collect();
        consumer.assign_all(&starts)?;
        let mut heard_at = Instant::now();
        while !self.is_done() {
            refuse_to_wait_for(&consumer)?;
            for queue in &mut queues {
                if self.read_batch(queue)? {
                    heard_at = Instant::now();
                }
            }
            if heard_at.elapsed() > SILENCE_MAX {
                output::complain("no message comes any more: there may be only control records");
                break;
            }
        }
        Ok(())
    }

    /// Whether there was anything in it.
    fn read_batch(&mut self, queue: &mut WorkerQueue) -> Result<bool> {
        let batch = queue.batch(BATCH_TIMEOUT);
        for delivery in &batch {
            match delivery {
                _ if self.is_done() => break,
                Delivery::Message(message) => self.show(&message)?,
                Delivery::Failed(error) => bail!("{}: {}", error.partition, error.reason),
            }
        }
        Ok(!batch.is_empty())
    }

    fn show(&mut self, message: &Message<'_>) -> Result<()> {
        let is_it = |one: &&mut Partition| one.at.partition == message.partition;
        let Some(partition) = self.partitions.iter_mut().find(is_it) else {
            return Ok(());
        };
        partition.next_offset = message.offset + 1;
        let payload = message.payload.unwrap_or_default();
        let format = match self.args.format {
            Format::Auto => Format::of_message(payload),
            told => Some(told),
        };
        let format = format.map_or("unknown", Format::name);
        let provenance = Provenance {
            kafka_topic: &partition.at.topic,
            kafka_partition: message.partition,
            kafka_offset: message.offset,
            brokered_at: message.brokered_at_us,
            ingested_at: clock::now_us(),
            project: "",
            collector: "",
            router: None,
            format: self.args.format.name(),
        };
        let outcome = match message.payload {
            Some(payload) => partition
                .decoder
                .decode(payload, &provenance, &mut self.builders),
            None => Outcome::Skipped("null"),
        };
        let shown = Shown {
            message,
            format,
            outcome,
            batches: self.builders.finish().collect(),
        };
        self.counts.add(&shown);
        if self.args.json {
            return Ok(());
        }
        output::print(&shown.for_a_person()?)
    }
}

impl Partition {
    fn start(&self) -> Start {
        Start {
            partition: self.at.clone(),
            offset: self.next_offset,
            worker: 0,
        }
    }
}

/// Ends with the client's words where waiting does not help.
fn refuse_to_wait_for(consumer: &BatchConsumer) -> Result<()> {
    for event in consumer.poll(Duration::ZERO) {
        if matches!(
            event.kind,
            EventKind::Fatal | EventKind::Authentication | EventKind::Authorization
        ) {
            bail!("Kafka: {}", event.reason);
        }
    }
    Ok(())
}

/// The mix of what was seen, by the names that `convert` has for it.
#[derive(Debug, Default, Serialize)]
struct Counts {
    messages: u64,
    octets: u64,
    formats: BTreeMap<&'static str, u64>,
    parsed: u64,
    rejected: u64,
    skipped: u64,
    skipped_by_reason: BTreeMap<&'static str, u64>,
    rows: BTreeMap<&'static str, u64>,
}

impl Counts {
    fn add(&mut self, shown: &Shown<'_>) {
        self.messages += 1;
        self.octets += shown.message.payload.unwrap_or_default().len() as u64;
        *self.formats.entry(shown.format).or_default() += 1;
        match shown.outcome {
            Outcome::Parsed => self.parsed += 1,
            Outcome::Rejected => self.rejected += 1,
            Outcome::Skipped(reason) => {
                self.skipped += 1;
                *self.skipped_by_reason.entry(reason).or_default() += 1;
            }
        }
        for (table, batch) in &shown.batches {
            *self.rows.entry(table.name()).or_default() += batch.num_rows() as u64;
        }
    }

    fn for_a_person(&self) -> String {
        let line = |name: &str, count: u64| [name.to_owned(), output::grouped(count)];
        let mut lines = vec![line("messages", self.messages), line("octets", self.octets)];
        let of = |head: &str, counts: &BTreeMap<&str, u64>| {
            let line = |(name, count): (&&str, &u64)| line(&format!("{head}{name}"), *count);
            counts.iter().map(line).collect::<Vec<_>>()
        };
        lines.extend(of("format ", &self.formats));
        lines.push(line("parsed", self.parsed));
        lines.push(line("rejected", self.rejected));
        lines.push(line("skipped", self.skipped));
        lines.extend(of("  ", &self.skipped_by_reason));
        lines.extend(of("rows of ", &self.rows));
        output::columns(&lines)
    }
}
