//! A Kafka broker that holds nothing: it gives the same messages over and over, already encoded, up to an end.
//!
//! It speaks what a consumer needs that assigns its partitions itself (Apache Kafka protocol guide): ApiVersions 0,
//! Metadata 2, ListOffsets 1, Fetch 4, with record batches of version 2. Only base offsets are written anew, which the
//! checksum does not cover. There are no groups, and nothing can be sent to it.

use anyhow::{Result, ensure};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Its only topic.
pub const TOPIC: &str = "mrt.bench";
/// How many partitions that has. Each gives all messages.
pub const PARTITIONS: i32 = 4;

const MESSAGES_PER_BATCH: usize = 500;
/// Octets of a record batch before its attributes, from where the checksum and the length count.
const BATCH_LENGTH_FROM: usize = 12;
/// Any time will do: archives are believed.
const BROKERED_AT_MS: i64 = 1_700_000_000_000;
/// A request is small.
const REQUEST_OCTETS_MAX: usize = 1 << 20;
/// A fetch at the end waits no longer.
const WAIT_MAX_MS: i32 = 50;

const FETCH: i16 = 1;
const LIST_OFFSETS: i16 = 2;
const METADATA: i16 = 3;
const API_VERSIONS: i16 = 18;
/// Key, lowest and highest version. Produce is named because clients take it for a sign of record batches version 2.
const APIS: [(i16, i16, i16); 5] = [
    (0, 3, 3),
    (FETCH, 4, 4),
    (LIST_OFFSETS, 1, 1),
    (METADATA, 2, 2),
    (API_VERSIONS, 0, 0),
];
const UNSUPPORTED_VERSION: i16 = 35;
/// A time that means the end of a partition.
const LATEST: i64 = -1;

/// The broker; it serves as long as the program runs.
#[derive(Debug)]
pub struct NullBroker {
    port: u16,
}

impl NullBroker {
    /// Serves these messages in each partition, `passes` times one after the other.
    ///
    /// # Errors
    /// If no port can be had, or there are no messages.
    pub fn start(messages: &[&[u8]], passes: usize) -> Result<Self> {
        ensure!(!messages.is_empty(), "no messages");
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let log = Arc::new(Log::new(messages, passes, port));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = Arc::clone(&log);
                // A client that goes away ends its thread.
                std::thread::spawn(move || serve(stream, &log));
            }
        });
        Ok(Self { port })
    }

    /// Its address.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

/// What every partition holds.
struct Log {
    batches: Vec<Batch>,
    /// Messages of one pass.
    pass: i64,
    end: i64,
    port: u16,
}

/// A record batch, and the offset of its first message within a pass.
struct Batch {
    first: i64,
    octets: Vec<u8>,
}

impl Log {
    fn new(messages: &[&[u8]], passes: usize, port: u16) -> Self {
        let mut first = 0;
        let mut batches = Vec::new();
        for chunk in messages.chunks(MESSAGES_PER_BATCH) {
            let octets = encoded(chunk);
            batches.push(Batch { first, octets });
            first += chunk.len() as i64;
        }
        Self {
            batches,
            pass: first,
            end: first.saturating_mul(passes as i64),
            port,
        }
    }

    /// Appends the batches from the one that holds `offset`, at most so many octets, but at least one batch.
    fn push_from(&self, offset: i64, octets_max: usize, out: &mut Vec<u8>) {
        let (mut begin, within) = (offset - offset % self.pass, offset % self.pass);
        let mut place = self.batches.partition_point(|batch| batch.first <= within) - 1;
        let from = out.len();
        while let Some(batch) = self.batches.get(place) {
            let base = begin + batch.first;
            let is_first = out.len() == from;
            if base >= self.end || (!is_first && out.len() - from + batch.octets.len() > octets_max)
            {
                break;
            }
            out.extend(base.to_be_bytes());
            out.extend(batch.octets.iter().skip(8));
            place += 1;
            if place == self.batches.len() {
                (place, begin) = (0, begin + self.pass);
            }
        }
    }
}

/// A record batch with base offset 0.
fn encoded(messages: &[&[u8]]) -> Vec<u8> {
    let count = messages.len() as i32;
    let mut checked = Vec::new();
    checked.extend(0_i16.to_be_bytes()); // attributes: not compressed
    checked.extend((count - 1).to_be_bytes()); // last offset, from the base
    checked.extend(BROKERED_AT_MS.to_be_bytes()); // first and last time
    checked.extend(BROKERED_AT_MS.to_be_bytes());
    checked.extend((-1_i64).to_be_bytes()); // producer id, epoch, sequence: none
    checked.extend((-1_i16).to_be_bytes());
    checked.extend((-1_i32).to_be_bytes());
    checked.extend(count.to_be_bytes());
    for (place, message) in messages.iter().enumerate() {
        push_record(message, place as i64, &mut checked);
    }
    let mut batch = 0_i64.to_be_bytes().to_vec(); // base offset
    batch.extend((checked.len() as i32 + 9).to_be_bytes()); // length after itself
    batch.extend(0_i32.to_be_bytes()); // leader epoch
    batch.push(2); // version
    batch.extend(crc32c::crc32c(&checked).to_be_bytes());
    debug_assert_eq!(batch.len(), BATCH_LENGTH_FROM + 9);
    batch.extend(checked);
    batch
}

fn push_record(message: &[u8], offset: i64, out: &mut Vec<u8>) {
    let mut record = vec![0]; // attributes
    push_varint(0, &mut record); // time, from the first
    push_varint(offset, &mut record);
    push_varint(-1, &mut record); // no key
    push_varint(message.len() as i64, &mut record);
    record.extend(message);
    push_varint(0, &mut record); // headers
    push_varint(record.len() as i64, out);
    out.extend(record);
}

/// Zigzag, then 7 bits per octet, as in Protocol Buffers.
fn push_varint(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Answers one client until it goes away.
fn serve(mut stream: TcpStream, log: &Log) -> Result<()> {
    stream.set_nodelay(true)?;
    let (mut request, mut answer) = (Vec::new(), Vec::new());
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        ensure!(length <= REQUEST_OCTETS_MAX, "request of {length} octets");
        request.resize(length, 0);
        stream.read_exact(&mut request)?;
        answer.clear();
        answer.extend(0_i32.to_be_bytes());
        respond(&mut Fields(&request), log, &mut answer)?;
        let length = (answer.len() as i32 - 4).to_be_bytes();
        answer.splice(..4, length);
        stream.write_all(&answer)?;
    }
}

fn respond(request: &mut Fields<'_>, log: &Log, out: &mut Vec<u8>) -> Result<()> {
    let (api, version) = (request.i16()?, request.i16()?);
    out.extend(request.array::<4>()?); // correlation id
    request.text()?; // client id
    match api {
        API_VERSIONS => push_api_versions(version, out),
        METADATA => push_metadata(log, out),
        LIST_OFFSETS => push_offsets(request, log, out)?,
        FETCH => push_messages(request, log, out)?,
        _ => anyhow::bail!("request {api} is not answered"),
    }
    Ok(())
}

/// Clients begin with a newer version, and take the one that they are told of.
fn push_api_versions(version: i16, out: &mut Vec<u8>) {
    let error = if version == 0 { 0 } else { UNSUPPORTED_VERSION };
    out.extend(error.to_be_bytes());
    push_count(APIS.len(), out);
    for (key, lowest, highest) in APIS {
        [key, lowest, highest]
            .iter()
            .for_each(|number| out.extend(number.to_be_bytes()));
    }
}

/// One broker, number 1, that leads all partitions; no controller, so nobody asks to administer it.
fn push_metadata(log: &Log, out: &mut Vec<u8>) {
    const NODE: [u8; 4] = 1_i32.to_be_bytes();
    push_count(1, out);
    out.extend(NODE);
    push_text("127.0.0.1", out);
    out.extend(i32::from(log.port).to_be_bytes());
    out.extend((-1_i16).to_be_bytes()); // rack
    push_text("bench", out); // cluster id
    out.extend((-1_i32).to_be_bytes()); // controller
    push_count(1, out);
    out.extend(0_i16.to_be_bytes());
    push_text(TOPIC, out);
    out.push(0); // not internal
    out.extend(PARTITIONS.to_be_bytes());
    for partition in 0..PARTITIONS {
        out.extend(0_i16.to_be_bytes());
        out.extend(partition.to_be_bytes());
        out.extend(NODE);
        for _replicas_and_in_sync in 0..2 {
            push_count(1, out);
            out.extend(NODE);
        }
    }
}

fn push_offsets(request: &mut Fields<'_>, log: &Log, out: &mut Vec<u8>) -> Result<()> {
    request.i32()?; // replica
    request.for_each_partition(out, |partition, request, out| {
        let time = request.i64()?;
        out.extend(partition.to_be_bytes());
        out.extend(0_i16.to_be_bytes());
        out.extend((-1_i64).to_be_bytes()); // time
        out.extend(if time == LATEST { log.end } else { 0 }.to_be_bytes());
        Ok(())
    })
}

fn push_messages(request: &mut Fields<'_>, log: &Log, out: &mut Vec<u8>) -> Result<()> {
    request.i32()?; // replica
    let wait_ms = request.i32()?;
    request.i32()?; // at least so many octets
    let octets_max = request.i32()? as usize;
    request.array::<1>()?; // isolation
    out.extend(0_i32.to_be_bytes()); // throttle time
    let mut given = 0;
    request.for_each_partition(out, |partition, request, out| {
        let offset = request.i64()?.max(0);
        let partition_max = request.i32()? as usize;
        out.extend(partition.to_be_bytes());
        out.extend(0_i16.to_be_bytes());
        out.extend(log.end.to_be_bytes()); // high watermark, last stable offset
        out.extend(log.end.to_be_bytes());
        out.extend((-1_i32).to_be_bytes()); // aborted transactions
        let mut messages = Vec::new();
        if offset < log.end && given < octets_max {
            log.push_from(offset, partition_max.min(octets_max - given), &mut messages);
        }
        given += messages.len();
        push_count(messages.len(), out);
        out.extend(messages);
        Ok(())
    })?;
    if given == 0 {
        std::thread::sleep(Duration::from_millis(
            wait_ms.clamp(0, WAIT_MAX_MS).unsigned_abs().into(),
        ));
    }
    Ok(())
}

fn push_count(count: usize, out: &mut Vec<u8>) {
    out.extend((count as i32).to_be_bytes());
}

fn push_text(text: &str, out: &mut Vec<u8>) {
    out.extend((text.len() as i16).to_be_bytes());
    out.extend(text.as_bytes());
}

/// The fields of a request that are not read yet.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let Some((array, rest)) = self.0.split_first_chunk() else {
            anyhow::bail!("a request is too short");
        };
        self.0 = rest;
        Ok(*array)
    }

    fn i16(&mut self) -> Result<i16> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    fn i32(&mut self) -> Result<i32> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// A text; null is empty.
    fn text(&mut self) -> Result<&'a [u8]> {
        let octets = usize::try_from(self.i16()?).unwrap_or(0);
        let Some((text, rest)) = self.0.split_at_checked(octets) else {
            anyhow::bail!("a request is too short");
        };
        self.0 = rest;
        Ok(text)
    }

    /// Topics and their partitions, which the answer names in the same order.
    fn for_each_partition(
        &mut self,
        out: &mut Vec<u8>,
        mut each: impl FnMut(i32, &mut Self, &mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let topics = self.i32()?.max(0);
        out.extend(topics.to_be_bytes());
        for _ in 0..topics {
            let topic = self.text()?;
            out.extend((topic.len() as i16).to_be_bytes());
            out.extend(topic);
            let partitions = self.i32()?.max(0);
            out.extend(partitions.to_be_bytes());
            for _ in 0..partitions {
                let partition = self.i32()?;
                each(partition, self, out)?;
            }
        }
        Ok(())
    }
}
