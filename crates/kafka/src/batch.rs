//! One batch of messages as librdkafka handed it over: payloads are borrowed, and given back together on drop.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::slice;

use rdkafka::error::{IsError, RDKafkaErrorCode as Code};
use rdkafka_sys as sys;

use crate::error::is_authorization;
use crate::native::{RawMessage, destroy_message};
use crate::partition::TopicPartition;

/// Messages taken from a [`crate::WorkerQueue`] in one call, in order within each partition.
///
/// While it lives, its queue can neither be asked again nor paused nor rewound.
pub struct Batch<'queue> {
    messages: &'queue [RawMessage],
}

/// What a batch holds: messages, and what befell a partition between them.
#[derive(Clone, Debug)]
pub enum Delivery<'batch> {
    /// A message.
    Message(Message<'batch>),
    /// A partition that could not be read.
    ///
    /// librdkafka counts it as if it were a message: before the partition is trusted again, it must be rewound to the
    /// next offset expected ([`crate::WorkerQueue::rewind`]) or restarted ([`crate::BatchConsumer::restart`]).
    Failed(PartitionError),
}

/// One message of Kafka, borrowed from its batch.
#[derive(Clone, Copy, Debug)]
pub struct Message<'batch> {
    /// The topic's name. Neighbours of one partition share the same string.
    pub topic: &'batch str,
    /// The partition's number.
    pub partition: i32,
    /// Its offset. Offsets may have holes (control records, compaction), and after a pause some come twice: whoever
    /// keeps the next offset expected must drop what lies below it.
    pub offset: i64,
    /// When the broker or the producer stamped it, in microseconds since 1970 (Kafka keeps milliseconds).
    pub brokered_at_us: Option<i64>,
    /// The key; none if it is null.
    pub key: Option<&'batch [u8]>,
    /// The value; none if it is null, which is not the same as empty.
    pub payload: Option<&'batch [u8]>,
}

/// A partition that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionError {
    /// The partition; number -1 if the whole topic is meant.
    pub partition: TopicPartition,
    /// The offset that was asked for, if any.
    pub offset: Option<i64>,
    /// What kind of trouble it is.
    pub fault: PartitionFault,
    /// librdkafka's words.
    pub reason: String,
}

/// Kinds of trouble with one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionFault {
    /// The offset is below the log's start (data lost to retention) or beyond its end (topic made anew). The partition
    /// stands still until it is restarted.
    OffsetOutOfRange,
    /// We may not read the topic. librdkafka keeps trying.
    Authorization,
    /// The topic or partition is gone. librdkafka keeps trying.
    Unknown,
    /// A record batch is damaged, or its codec unknown. It is not skipped: it comes again.
    Damaged,
    /// Anything else; librdkafka keeps trying.
    Other,
}

impl<'queue> Batch<'queue> {
    /// Takes over messages.
    ///
    /// # Safety
    /// All of `messages` are live, come from one client's batch call and are destroyed by nobody else.
    pub(crate) unsafe fn new(messages: &'queue [RawMessage]) -> Self {
        Self { messages }
    }

    /// How many deliveries the batch holds.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether nothing arrived in time.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The deliveries, in the order they arrived.
    pub fn iter(&self) -> Deliveries<'_> {
        Deliveries {
            messages: self.messages.iter(),
            topic_handle: std::ptr::null_mut(),
            topic: "",
            batch: PhantomData,
        }
    }
}

impl<'batch> IntoIterator for &'batch Batch<'_> {
    type Item = Delivery<'batch>;
    type IntoIter = Deliveries<'batch>;

    fn into_iter(self) -> Deliveries<'batch> {
        self.iter()
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        for message in self.messages {
            // SAFETY: live and ours since `new`; what borrows from it borrows the batch, which nobody can any more.
            unsafe { destroy_message(*message) };
        }
    }
}

/// The deliveries of a batch.
pub struct Deliveries<'batch> {
    messages: slice::Iter<'batch, RawMessage>,
    topic_handle: *mut sys::rd_kafka_topic_t,
    topic: &'batch str,
    batch: PhantomData<&'batch sys::rd_kafka_message_t>,
}

impl<'batch> Iterator for Deliveries<'batch> {
    type Item = Delivery<'batch>;

    fn next(&mut self) -> Option<Delivery<'batch>> {
        // SAFETY: the batch keeps its messages alive while it is borrowed, and nobody writes to them.
        let message = unsafe { &**self.messages.next()? };
        self.name_topic(message.rkt);
        Some(if message.err.is_error() {
            Delivery::Failed(partition_error(message, self.topic))
        } else {
            Delivery::Message(borrow(message, self.topic))
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.messages.size_hint()
    }
}

impl ExactSizeIterator for Deliveries<'_> {}

impl Deliveries<'_> {
    /// Neighbours mostly share their topic: its name is asked for once per change.
    fn name_topic(&mut self, handle: *mut sys::rd_kafka_topic_t) {
        if handle == self.topic_handle {
            return;
        }
        self.topic_handle = handle;
        self.topic = if handle.is_null() {
            ""
        } else {
            // SAFETY: a message holds its topic, so the name lives as long as the batch. It ends with NUL.
            let name = unsafe { CStr::from_ptr(sys::rd_kafka_topic_name(handle)) };
            name.to_str().unwrap_or("")
        };
    }
}

fn borrow<'batch>(message: &'batch sys::rd_kafka_message_t, topic: &'batch str) -> Message<'batch> {
    Message {
        topic,
        partition: message.partition,
        offset: message.offset,
        brokered_at_us: brokered_at_us(message),
        key: key(message),
        payload: payload(message),
    }
}

fn payload(message: &sys::rd_kafka_message_t) -> Option<&[u8]> {
    if message.payload.is_null() {
        return None;
    }
    // SAFETY: librdkafka gives `len` readable octets at a payload that is not null, unchanged until it is destroyed.
    Some(unsafe { slice::from_raw_parts(message.payload.cast::<u8>(), message.len) })
}

fn key(message: &sys::rd_kafka_message_t) -> Option<&[u8]> {
    if message.key.is_null() {
        return None;
    }
    // SAFETY: librdkafka gives `key_len` readable octets at a key that is not null, unchanged until it is destroyed.
    Some(unsafe { slice::from_raw_parts(message.key.cast::<u8>(), message.key_len) })
}

fn brokered_at_us(message: &sys::rd_kafka_message_t) -> Option<i64> {
    let mut kind = sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    // SAFETY: a live message; the kind is written.
    let milliseconds = unsafe { sys::rd_kafka_message_timestamp(message, &mut kind) };
    if kind == sys::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE {
        return None;
    }
    u64::try_from(milliseconds).ok()?;
    milliseconds.checked_mul(1000)
}

#[cold]
fn partition_error(message: &sys::rd_kafka_message_t, topic: &str) -> PartitionError {
    let code = Code::from(message.err);
    // The payload of an error is its description.
    let reason = payload(message).map(|text| String::from_utf8_lossy(text).into_owned());
    PartitionError {
        partition: TopicPartition::new(topic, message.partition),
        offset: Some(message.offset).filter(|offset| *offset >= 0),
        fault: fault_of(code),
        reason: reason.unwrap_or_else(|| code.to_string()),
    }
}

fn fault_of(code: Code) -> PartitionFault {
    match code {
        Code::AutoOffsetReset | Code::OffsetOutOfRange | Code::NoOffset => {
            PartitionFault::OffsetOutOfRange
        }
        code if is_authorization(code) => PartitionFault::Authorization,
        Code::UnknownTopic
        | Code::UnknownTopicOrPartition
        | Code::UnknownPartition
        | Code::UnknownTopicId => PartitionFault::Unknown,
        Code::BadMessage | Code::BadCompression | Code::InvalidMessage | Code::NotImplemented => {
            PartitionFault::Damaged
        }
        _ => PartitionFault::Other,
    }
}
