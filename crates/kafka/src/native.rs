//! The calls of librdkafka's C interface that have no safe binding, and who owns what in them.
//!
//! | call | ownership |
//! |---|---|
//! | `rd_kafka_queue_new` | ours: destroyed in [`NativeQueue::drop`], before the client is |
//! | `rd_kafka_queue_get_partition` | a reference: dropped as soon as the partition is forwarded |
//! | `rd_kafka_queue_forward` | takes its own references |
//! | `rd_kafka_consume_batch_queue` | every pointer it fills is ours ([`crate::Batch`] destroys them) |

use std::ffi::{CStr, CString, c_char};
use std::ptr::{self, NonNull};
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use rdkafka_sys as sys;

/// A message of librdkafka's, as a batch call hands it over.
pub(crate) type RawMessage = *mut sys::rd_kafka_message_t;

/// One reference to a librdkafka queue, given back on drop.
pub(crate) struct NativeQueue(NonNull<sys::rd_kafka_queue_t>);

// SAFETY: librdkafka's queues are guarded by their own lock and may be used from any thread.
unsafe impl Send for NativeQueue {}

impl NativeQueue {
    /// A new queue of `client`.
    ///
    /// # Safety
    /// The queue must be dropped before the client is.
    pub(crate) unsafe fn new<C: ClientContext>(client: &Client<C>) -> Option<Self> {
        // SAFETY: the client's pointer is valid while the client is borrowed.
        NonNull::new(unsafe { sys::rd_kafka_queue_new(client.native_ptr()) }).map(Self)
    }

    /// Sends what is fetched from a partition to this queue, and what already waits for it too.
    ///
    /// Must come before the partition is assigned, or its first messages go to the consumer's own queue.
    pub(crate) fn receive<C: ClientContext>(
        &self,
        client: &Client<C>,
        topic: &str,
        partition: i32,
    ) {
        let Ok(topic) = CString::new(topic) else {
            return; // No topic has a NUL in its name: there is nothing to forward.
        };
        // SAFETY: client and name are valid for the call; the reference it returns is ours.
        let source = NonNull::new(unsafe {
            sys::rd_kafka_queue_get_partition(client.native_ptr(), topic.as_ptr(), partition)
        })
        .map(Self);
        if let Some(source) = source {
            // SAFETY: both queues are live; forwarding takes references of its own.
            unsafe { sys::rd_kafka_queue_forward(source.0.as_ptr(), self.0.as_ptr()) };
        }
    }

    /// Fills `slots` from the front and returns how many: returns once all are filled or `timeout` has passed.
    ///
    /// Every filled slot is a message that the caller must destroy.
    pub(crate) fn take_messages(&self, timeout: Duration, slots: &mut [RawMessage]) -> usize {
        // SAFETY: the queue is live and the slots are writable for their length.
        let taken = unsafe {
            sys::rd_kafka_consume_batch_queue(
                self.0.as_ptr(),
                milliseconds(timeout),
                slots.as_mut_ptr(),
                slots.len(),
            )
        };
        usize::try_from(taken).unwrap_or(0)
    }

    /// The next event on this queue within `timeout`.
    fn next_event(&self, timeout: Duration) -> Option<NativeEvent> {
        // SAFETY: the queue is live; the event it returns is ours.
        NonNull::new(unsafe { sys::rd_kafka_queue_poll(self.0.as_ptr(), milliseconds(timeout)) })
            .map(NativeEvent)
    }
}

impl Drop for NativeQueue {
    fn drop(&mut self) {
        // SAFETY: the one reference this value stands for, given back once.
        unsafe { sys::rd_kafka_queue_destroy(self.0.as_ptr()) };
    }
}

/// Gives one message back to librdkafka.
///
/// # Safety
/// `message` came out of [`NativeQueue::take_messages`], was not destroyed before, and nothing borrows from it.
pub(crate) unsafe fn destroy_message(message: RawMessage) {
    // SAFETY: promised by the caller.
    unsafe { sys::rd_kafka_message_destroy(message) };
}

/// The cluster's id, if the broker tells one within `timeout`.
pub(crate) fn cluster_id<C: ClientContext>(
    client: &Client<C>,
    timeout: Duration,
) -> Option<String> {
    let rk = client.native_ptr();
    // SAFETY: the client is live; the string is ours until it is freed below, in librdkafka's own allocator.
    let id = NonNull::new(unsafe { sys::rd_kafka_clusterid(rk, milliseconds(timeout)) })?;
    // SAFETY: librdkafka ends its strings with NUL.
    let owned = unsafe { text(id.as_ptr()) };
    // SAFETY: allocated by librdkafka, freed once, not used after.
    unsafe { sys::rd_kafka_mem_free(rk, id.as_ptr().cast()) };
    owned.filter(|id| !id.is_empty())
}

/// The node id of the controller, -1 if none is known within `timeout`.
pub(crate) fn controller_id<C: ClientContext>(client: &Client<C>, timeout: Duration) -> i32 {
    // SAFETY: the client is live.
    unsafe { sys::rd_kafka_controllerid(client.native_ptr(), milliseconds(timeout)) }
}

/// The id of each of `topics`, where the broker tells one within `timeout`.
pub(crate) fn topic_ids<C: ClientContext>(
    client: &Client<C>,
    topics: &[&str],
    timeout: Duration,
) -> Vec<(String, String)> {
    let names: Vec<CString> = topics
        .iter()
        .filter_map(|topic| CString::new(*topic).ok())
        .collect();
    let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    // SAFETY: the queue is dropped at the end of this function, the client outlives it.
    let Some(answers) = (unsafe { NativeQueue::new(client) }) else {
        return Vec::new();
    };
    // SAFETY: the collection copies the names; it, the queue and the client are valid for the call, and DescribeTopics
    // keeps none of the collection. Null options are the defaults.
    unsafe {
        let collection =
            sys::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len());
        let queue = answers.0.as_ptr();
        sys::rd_kafka_DescribeTopics(client.native_ptr(), collection, ptr::null(), queue);
        sys::rd_kafka_TopicCollection_destroy(collection);
    }
    answers
        .next_event(timeout)
        .map_or_else(Vec::new, |event| event.topic_ids())
}

/// An event of librdkafka's, given back on drop.
struct NativeEvent(NonNull<sys::rd_kafka_event_t>);

impl NativeEvent {
    fn topic_ids(&self) -> Vec<(String, String)> {
        let mut count = 0;
        // SAFETY: the event is live, and an event of another kind gives a null result. The array and all it points to
        // belong to the event and are only read while it is borrowed.
        unsafe {
            let result = sys::rd_kafka_event_DescribeTopics_result(self.0.as_ptr());
            if result.is_null() {
                return Vec::new();
            }
            let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &mut count);
            (0..count)
                .filter_map(|index| described_id(*topics.add(index)))
                .collect()
        }
    }
}

impl Drop for NativeEvent {
    fn drop(&mut self) {
        // SAFETY: ours since the poll, destroyed once.
        unsafe { sys::rd_kafka_event_destroy(self.0.as_ptr()) };
    }
}

/// Name and id of a described topic; brokers without topic ids give the nil one.
///
/// # Safety
/// `topic` is a live description.
unsafe fn described_id(topic: *const sys::rd_kafka_TopicDescription_t) -> Option<(String, String)> {
    // SAFETY: the description is live, and so is what it points to.
    unsafe {
        let id = sys::rd_kafka_TopicDescription_topic_id(topic);
        if id.is_null() || is_nil(id) {
            return None;
        }
        let name = text(sys::rd_kafka_TopicDescription_name(topic))?;
        Some((name, text(sys::rd_kafka_Uuid_base64str(id))?))
    }
}

/// # Safety
/// `id` is a live UUID.
unsafe fn is_nil(id: *const sys::rd_kafka_Uuid_t) -> bool {
    // SAFETY: promised by the caller.
    unsafe {
        sys::rd_kafka_Uuid_most_significant_bits(id) == 0
            && sys::rd_kafka_Uuid_least_significant_bits(id) == 0
    }
}

/// A copy of a C string, none for null.
///
/// # Safety
/// `string` is null or ends with NUL.
unsafe fn text(string: *const c_char) -> Option<String> {
    if string.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    Some(
        unsafe { CStr::from_ptr(string) }
            .to_string_lossy()
            .into_owned(),
    )
}

fn milliseconds(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}
