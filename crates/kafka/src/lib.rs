//! Kafka as corewatch uses it: batches of borrowed messages, rebalances, offsets, a producer, an embedded broker.
//!
//! The only crate that may hold `unsafe`: consuming in batches and forwarding partitions to a thread's own queue exist
//! in librdkafka's C interface alone (`native.rs`, `batch.rs`). It parses no payload and keeps no offsets: what was
//! consumed, and up to where it is safe, is known to whoever publishes it.
//!
//! One consumer serves W worker threads. The control thread owns the [`BatchConsumer`] and polls it; every worker owns a
//! [`WorkerQueue`] and takes [`Batch`]es from it. The consumer leaves its group when all of them are dropped.

mod admin;
mod batch;
mod cluster;
mod consumer;
mod embedded;
mod error;
mod native;
mod partition;
mod producer;
mod queue;
mod rebalance;
mod settings;

pub use admin::Admin;
pub use batch::{Batch, Delivery, Message, PartitionError, PartitionFault};
pub use cluster::{Cluster, NextRecord, TopicPartitions, Watermarks};
pub use consumer::{BatchConsumer, Event, EventKind};
pub use embedded::EmbeddedBroker;
pub use error::Error;
pub use partition::{Position, Start, TopicPartition};
pub use producer::{Ahead, ProducerSettings, Record, Replayer, Sent};
pub use queue::WorkerQueue;
pub use rebalance::Rebalance;
pub use settings::ConsumerSettings;

#[cfg(test)]
mod tests;
