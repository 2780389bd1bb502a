//! Readers of DNS messages, and of the dnstap frames around them.

use domain::base::Message as Walked;
use hickory_proto::op::Message as Tree;
use prost::Message;
use std::hint::black_box;

/// A frame as prost reads it; fields that nobody here looks at included, as any user of the schema has them.
#[derive(Clone, PartialEq, Message)]
struct Dnstap {
    #[prost(bytes = "bytes", optional, tag = "1")]
    identity: Option<bytes::Bytes>,
    #[prost(bytes = "bytes", optional, tag = "2")]
    version: Option<bytes::Bytes>,
    #[prost(bytes = "bytes", optional, tag = "3")]
    extra: Option<bytes::Bytes>,
    #[prost(message, optional, tag = "14")]
    message: Option<Carried>,
    #[prost(int32, required, tag = "15")]
    kind: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Carried {
    #[prost(int32, required, tag = "1")]
    kind: i32,
    #[prost(int32, optional, tag = "2")]
    family: Option<i32>,
    #[prost(int32, optional, tag = "3")]
    protocol: Option<i32>,
    #[prost(bytes = "bytes", optional, tag = "4")]
    query_address: Option<bytes::Bytes>,
    #[prost(bytes = "bytes", optional, tag = "5")]
    response_address: Option<bytes::Bytes>,
    #[prost(uint32, optional, tag = "6")]
    query_port: Option<u32>,
    #[prost(uint32, optional, tag = "7")]
    response_port: Option<u32>,
    #[prost(uint64, optional, tag = "8")]
    query_seconds: Option<u64>,
    #[prost(fixed32, optional, tag = "9")]
    query_nanoseconds: Option<u32>,
    #[prost(bytes = "bytes", optional, tag = "10")]
    query_message: Option<bytes::Bytes>,
    #[prost(bytes = "bytes", optional, tag = "11")]
    query_zone: Option<bytes::Bytes>,
    #[prost(uint64, optional, tag = "12")]
    response_seconds: Option<u64>,
    #[prost(fixed32, optional, tag = "13")]
    response_nanoseconds: Option<u32>,
    #[prost(bytes = "bytes", optional, tag = "14")]
    response_message: Option<bytes::Bytes>,
}

/// The frames of Frame Streams as shared buffers, so that prost need not copy what is in them.
pub fn frames(units: &[&[u8]]) -> Vec<bytes::Bytes> {
    let data = |unit: &&[u8]| {
        let (length, payload) = unit.split_first_chunk::<4>()?;
        (*length != [0; 4]).then(|| bytes::Bytes::copy_from_slice(payload))
    };
    units.iter().filter_map(data).collect()
}

/// The DNS messages in them.
pub fn messages(frames: &[bytes::Bytes]) -> Vec<bytes::Bytes> {
    let message = |frame: &bytes::Bytes| carried(Dnstap::decode(frame.clone()).ok()?);
    frames.iter().filter_map(message).collect()
}

/// hickory: one tree for each message. Gives how many it has read.
pub fn hickory(messages: &[bytes::Bytes]) -> u64 {
    let is_read = |message: &&bytes::Bytes| black_box(Tree::from_vec(message)).is_ok();
    messages.iter().filter(is_read).count() as u64
}

/// prost for the frame, hickory for the message in it.
pub fn prost_hickory(frames: &[bytes::Bytes]) -> u64 {
    let is_read = |frame: &&bytes::Bytes| {
        let message = Dnstap::decode((*frame).clone()).ok().and_then(carried);
        message.is_some_and(|message| black_box(Tree::from_vec(&message)).is_ok())
    };
    frames.iter().filter(is_read).count() as u64
}

/// domain: every question and record stepped over, nothing written.
pub fn domain(messages: &[bytes::Bytes]) -> u64 {
    let is_read = |message: &&bytes::Bytes| black_box(records(message)).is_some();
    messages.iter().filter(is_read).count() as u64
}

fn records(octets: &[u8]) -> Option<usize> {
    let message = Walked::from_octets(octets).ok()?;
    let mut questions = message.question();
    let mut count = 0;
    for question in &mut questions {
        question.ok()?;
        count += 1;
    }
    let mut section = questions.answer().ok()?;
    loop {
        for record in &mut section {
            record.ok()?;
            count += 1;
        }
        match section.next_section().ok()? {
            Some(next) => section = next,
            None => return Some(count),
        }
    }
}

fn carried(frame: Dnstap) -> Option<bytes::Bytes> {
    let message = frame.message?;
    message.response_message.or(message.query_message)
}
