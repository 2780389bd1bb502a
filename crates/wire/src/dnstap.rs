//! dnstap (<https://dnstap.info>, dnstap.pb): one frame, a protobuf message `Dnstap` with a `Message` in it. Does not look into
//! the DNS messages.
//!
//! ```text
//! Dnstap  1 identity | 2 version | 3 extra | 14 message | 15 type, behind the message in every real file
//! Message 1 type | 2 family | 3 protocol | 4 query address | 5 response address | 6 query port | 7 response port
//!         8 query time, seconds | 9 nanoseconds | 10 query message | 11 query zone | 12 response time, seconds
//!         13 nanoseconds | 14 response message | 15 policy | 16 HTTP version
//! Policy  1 type | 2 rule | 3 action | 4 match | 5 value
//! ```
//!
//! Fields come in any order, the last one of a kind counts, and messages that come twice are merged, as protobuf wants it.

use crate::protobuf::{Fields, Tag};
use crate::{ParseError, Reader};

/// One frame. What is not there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dnstap<'a> {
    /// Who observed it.
    pub identity: Option<&'a [u8]>,
    /// What kind of frame it is.
    pub frame_type: Option<FrameType>,
    /// Where the message begins.
    pub message_offset: usize,
    /// What was observed.
    pub message: Option<Message<'a>>,
}

/// Type of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameType(pub u32);

impl FrameType {
    /// A DNS message was observed.
    pub const MESSAGE: Self = Self(1);
}

/// Type of a message: in which role it was observed. Odd ones are queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageType(pub u32);

impl MessageType {
    /// Whether it names the query, not the response.
    pub const fn is_query(self) -> bool {
        self.0 & 1 == 1
    }
}

/// An observed query or response, or both. What is not there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Message<'a> {
    /// In which role it was observed.
    pub message_type: Option<MessageType>,
    /// 1 for IPv4, 2 for IPv6.
    pub family: Option<u32>,
    /// 1 UDP, 2 TCP, 3 DoT, 4 DoH, 5 DNSCrypt on UDP, 6 DNSCrypt on TCP, 7 DoQ.
    pub protocol: Option<u32>,
    /// Address of who asks: 4 or 16 octets, or whatever was sent.
    pub query_address: Option<&'a [u8]>,
    /// Address of who answers.
    pub response_address: Option<&'a [u8]>,
    /// Port of who asks.
    pub query_port: Option<u32>,
    /// Port of who answers.
    pub response_port: Option<u32>,
    /// When the query was seen.
    pub query_time: Time,
    /// When the response was seen.
    pub response_time: Time,
    /// The query, a DNS message.
    pub query_message: Option<&'a [u8]>,
    /// The response, a DNS message.
    pub response_message: Option<&'a [u8]>,
    /// The zone that was taken for responsible, a name without compression.
    pub query_zone: Option<&'a [u8]>,
    /// The policy that was applied.
    pub policy: Option<Policy<'a>>,
    /// 1 HTTP/1, 2 HTTP/2, 3 HTTP/3.
    pub http_version: Option<u32>,
}

/// A time since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Seconds.
    pub seconds: Option<u64>,
    /// And nanoseconds.
    pub nanoseconds: u32,
}

/// A policy that a resolver has applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy<'a> {
    /// Type, as text.
    pub policy_type: Option<&'a [u8]>,
    /// The rule.
    pub rule: Option<&'a [u8]>,
    /// 1 NXDOMAIN, 2 NODATA, 3 pass, 4 drop, 5 truncate, 6 local data.
    pub action: Option<u32>,
    /// What the rule was matched with: 1 QNAME, 2 client's address, 3 address in the response, 4 name or 5 address of a
    /// name server.
    pub matched: Option<u32>,
    /// The value that matched.
    pub value: Option<&'a [u8]>,
}

/// Reads one frame: all that `reader` holds.
///
/// # Errors
/// Those of [`Fields`].
#[inline]
pub fn parse_frame(reader: Reader<'_>) -> Result<Dnstap<'_>, ParseError> {
    let mut frame = Dnstap::default();
    let mut fields = Fields::new(reader);
    while let Some(tag) = fields.next_tag()? {
        match tag {
            IDENTITY => frame.identity = Some(fields.octets("identity")?.rest()),
            MESSAGE => {
                let message = fields.octets("message")?;
                frame.message_offset = message.offset();
                merge_message(message, frame.message.get_or_insert_default())?;
            }
            TYPE => frame.frame_type = Some(FrameType(fields.varint_u32("type")?)),
            other => fields.skip(other)?,
        }
    }
    Ok(frame)
}

const IDENTITY: Tag = Tag::octets(1);
const MESSAGE: Tag = Tag::octets(14);
const TYPE: Tag = Tag::varint(15);

#[inline]
fn merge_message<'a>(reader: Reader<'a>, message: &mut Message<'a>) -> Result<(), ParseError> {
    let mut fields = Fields::new(reader);
    while let Some(tag) = fields.next_tag()? {
        match tag {
            TAG_1 => message.message_type = Some(MessageType(fields.varint_u32("message type")?)),
            TAG_2 => message.family = Some(fields.varint_u32("socket family")?),
            TAG_3 => message.protocol = Some(fields.varint_u32("socket protocol")?),
            TAG_4 => message.query_address = Some(fields.octets("query address")?.rest()),
            TAG_5 => message.response_address = Some(fields.octets("response address")?.rest()),
            TAG_6 => message.query_port = Some(fields.varint_u32("query port")?),
            TAG_7 => message.response_port = Some(fields.varint_u32("response port")?),
            TAG_8 => message.query_time.seconds = Some(fields.varint("query time")?),
            TAG_9 => message.query_time.nanoseconds = fields.fixed32("query time nanoseconds")?,
            TAG_10 => message.query_message = Some(fields.octets("query message")?.rest()),
            TAG_11 => message.query_zone = Some(fields.octets("query zone")?.rest()),
            TAG_12 => message.response_time.seconds = Some(fields.varint("response time")?),
            TAG_13 => {
                message.response_time.nanoseconds = fields.fixed32("response time nanoseconds")?;
            }
            TAG_14 => message.response_message = Some(fields.octets("response message")?.rest()),
            TAG_15 => merge_policy(
                fields.octets("policy")?,
                message.policy.get_or_insert_default(),
            )?,
            TAG_16 => message.http_version = Some(fields.varint_u32("HTTP version")?),
            _ => fields.skip(tag)?,
        }
    }
    Ok(())
}

const TAG_1: Tag = Tag::varint(1);
const TAG_2: Tag = Tag::varint(2);
const TAG_3: Tag = Tag::varint(3);
const TAG_4: Tag = Tag::octets(4);
const TAG_5: Tag = Tag::octets(5);
const TAG_6: Tag = Tag::varint(6);
const TAG_7: Tag = Tag::varint(7);
const TAG_8: Tag = Tag::varint(8);
const TAG_9: Tag = Tag::fixed32(9);
const TAG_10: Tag = Tag::octets(10);
const TAG_11: Tag = Tag::octets(11);
const TAG_12: Tag = Tag::varint(12);
const TAG_13: Tag = Tag::fixed32(13);
const TAG_14: Tag = Tag::octets(14);
const TAG_15: Tag = Tag::octets(15);
const TAG_16: Tag = Tag::varint(16);

#[cold]
fn merge_policy<'a>(reader: Reader<'a>, policy: &mut Policy<'a>) -> Result<(), ParseError> {
    const TYPE: Tag = Tag::octets(1);
    const RULE: Tag = Tag::octets(2);
    const ACTION: Tag = Tag::varint(3);
    const MATCH: Tag = Tag::varint(4);
    const VALUE: Tag = Tag::octets(5);
    let mut fields = Fields::new(reader);
    while let Some(tag) = fields.next_tag()? {
        match tag {
            TYPE => policy.policy_type = Some(fields.octets("policy type")?.rest()),
            RULE => policy.rule = Some(fields.octets("policy rule")?.rest()),
            ACTION => policy.action = Some(fields.varint_u32("policy action")?),
            MATCH => policy.matched = Some(fields.varint_u32("policy match")?),
            VALUE => policy.value = Some(fields.octets("policy value")?.rest()),
            other => fields.skip(other)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
