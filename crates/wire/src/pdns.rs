//! PowerDNS protobuf (dnsmessage.proto of PowerDNS): what a server has read in a DNS message, not the message itself. The
//! names and devices of requestors are passed over.
//!
//! On TCP, and in files, u16 length | PBDNSMessage, again and again.

use crate::protobuf::{Fields, Tag};
use crate::{ParseError, Reader};

/// One PBDNSMessage. What is not there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Message<'a> {
    /// What was observed.
    pub message_type: Option<MessageType>,
    /// Who observed it.
    pub server_identity: Option<&'a [u8]>,
    /// 1 for IPv4, 2 for IPv6.
    pub family: Option<u32>,
    /// 1 UDP, 2 TCP, 3 DoT, 4 DoH, 5 DNSCrypt on UDP, 6 DNSCrypt on TCP, 7 DoQ.
    pub protocol: Option<u32>,
    /// Address of who asks: 4 or 16 octets, or whatever was sent.
    pub from: Option<&'a [u8]>,
    /// Address of who answers.
    pub to: Option<&'a [u8]>,
    /// Port of who asks.
    pub from_port: Option<u32>,
    /// Port of who answers.
    pub to_port: Option<u32>,
    /// Octets of the DNS message.
    pub message_octets: Option<u64>,
    /// When it was seen.
    pub time: Time,
    /// ID of the DNS message.
    pub id: Option<u32>,
    /// The question.
    pub question: Option<Question<'a>>,
    /// The response, or of a query what will be one.
    pub response: Option<Response<'a>>,
    /// Client Subnet: 4 or 16 octets of address. The length of the prefix is not told.
    pub client_subnet: Option<&'a [u8]>,
    /// 1 HTTP/1, 2 HTTP/2, 3 HTTP/3.
    pub http_version: Option<u32>,
    /// The second 16 bits of the header, the first octet in the low bits: as memory holds them on the exporter's machine.
    pub header_flags: Option<u32>,
    /// The TTL of the OPT record, likewise; from the authoritative server nothing but VERSION.
    pub edns_version: Option<u32>,
    /// INFO-CODE of an Extended DNS Error (RFC 8914).
    pub ede: Option<u32>,
    /// Its EXTRA-TEXT.
    pub ede_text: Option<&'a [u8]>,
}

/// Type of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageType(pub u32);

impl MessageType {
    /// A query that the server has received.
    pub const QUERY: Self = Self(1);
    /// A response that it has returned.
    pub const RESPONSE: Self = Self(2);
    /// A query that it has sent to another server.
    pub const OUTGOING_QUERY: Self = Self(3);
    /// A response of another server.
    pub const INCOMING_RESPONSE: Self = Self(4);
    /// From inside of the server.
    pub const INTERNAL: Self = Self(5);
}

/// A time since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// Seconds.
    pub seconds: Option<u32>,
    /// And microseconds.
    pub microseconds: u32,
}

/// The question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Question<'a> {
    /// QNAME as text, with its final dot.
    pub qname: Option<&'a [u8]>,
    /// QTYPE.
    pub qtype: Option<u32>,
    /// QCLASS.
    pub qclass: Option<u32>,
}

/// The response.
#[derive(Clone, Copy, Debug, Default)]
pub struct Response<'a> {
    /// RCODE, or [`Response::NETWORK_ERROR`].
    pub rcode: Option<u32>,
    /// When the query was seen.
    pub query_time: Time,
    /// Name of the policy that was applied.
    pub policy: Option<&'a [u8]>,
    /// What the policy was matched with: 1 unknown, 2 QNAME, 3 client's address, 4 address in the response, 5 name or
    /// 6 address of a name server.
    pub policy_type: Option<u32>,
    /// The rule.
    pub policy_trigger: Option<&'a [u8]>,
    /// The value that matched.
    pub policy_hit: Option<&'a [u8]>,
    /// 1 none, 2 drop, 3 NXDOMAIN, 4 NODATA, 5 truncate, 6 another.
    pub policy_kind: Option<u32>,
    /// All its fields, for the records among them.
    fields: Option<Fields<'a>>,
}

impl<'a> Response<'a> {
    /// There was no response, but an error of the network, or a timeout.
    pub const NETWORK_ERROR: u32 = 65536;

    /// The records of the answer section that the server was told to export.
    pub fn records(&self) -> Records<'a> {
        Records {
            fields: self.fields.unwrap_or(Fields::new(Reader::new(&[]))),
        }
    }
}

/// Records of a response.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a> {
    fields: Fields<'a>,
}

/// A resource record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// NAME as text, with its final dot.
    pub name: Option<&'a [u8]>,
    /// TYPE.
    pub record_type: Option<u32>,
    /// CLASS.
    pub class: Option<u32>,
    /// TTL.
    pub ttl: Option<u32>,
    /// RDATA: as it is for A and AAAA, text for others.
    pub rdata: Option<&'a [u8]>,
}

/// Splits one message off the front of `input`, and returns it without its length, with the octets after it.
///
/// # Errors
/// [`Fault::Truncated`](crate::Fault::Truncated) if more input could complete it; [`Fault::BadLength`](crate::Fault::BadLength)
/// for a length of 0.
#[inline]
pub fn split_message(input: &[u8]) -> Result<(Reader<'_>, &[u8]), ParseError> {
    let mut reader = Reader::new(input);
    let octets = reader.u16("message length")?;
    if octets == 0 {
        return Err(ParseError::bad_length("message length", 0));
    }
    let message = reader.frame(octets.into(), "message")?;
    Ok((message, reader.rest()))
}

/// Reads one PBDNSMessage: all that `reader` holds. The last field of a kind counts; a response is not merged with one before.
///
/// # Errors
/// Those of [`Fields`].
pub fn parse_message(reader: Reader<'_>) -> Result<Message<'_>, ParseError> {
    let mut message = Message::default();
    let mut fields = Fields::new(reader);
    while let Some(tag) = fields.next_tag()? {
        if tag.number() < 16 {
            message.take_first(tag, &mut fields)?;
        } else {
            message.take_later(tag, &mut fields)?;
        }
    }
    Ok(message)
}

const VARINT_1: Tag = Tag::varint(1);
const VARINT_2: Tag = Tag::varint(2);
const VARINT_3: Tag = Tag::varint(3);
const VARINT_4: Tag = Tag::varint(4);
const VARINT_5: Tag = Tag::varint(5);
const VARINT_6: Tag = Tag::varint(6);
const VARINT_7: Tag = Tag::varint(7);
const VARINT_8: Tag = Tag::varint(8);
const VARINT_9: Tag = Tag::varint(9);
const VARINT_10: Tag = Tag::varint(10);
const VARINT_11: Tag = Tag::varint(11);
const OCTETS_1: Tag = Tag::octets(1);
const OCTETS_2: Tag = Tag::octets(2);
const OCTETS_3: Tag = Tag::octets(3);
const OCTETS_5: Tag = Tag::octets(5);
const OCTETS_6: Tag = Tag::octets(6);
const OCTETS_7: Tag = Tag::octets(7);
const OCTETS_8: Tag = Tag::octets(8);
const OCTETS_9: Tag = Tag::octets(9);
const OCTETS_12: Tag = Tag::octets(12);
const OCTETS_13: Tag = Tag::octets(13);
const OCTETS_14: Tag = Tag::octets(14);
const VARINT_20: Tag = Tag::varint(20);
const VARINT_21: Tag = Tag::varint(21);
const VARINT_24: Tag = Tag::varint(24);
const VARINT_28: Tag = Tag::varint(28);
const VARINT_29: Tag = Tag::varint(29);
const VARINT_31: Tag = Tag::varint(31);
const OCTETS_32: Tag = Tag::octets(32);

impl<'a> Message<'a> {
    #[inline]
    fn take_first(&mut self, tag: Tag, fields: &mut Fields<'a>) -> Result<(), ParseError> {
        match tag {
            VARINT_1 => self.message_type = Some(MessageType(fields.varint_u32("type")?)),
            OCTETS_3 => self.server_identity = Some(fields.octets("server identity")?.rest()),
            VARINT_4 => self.family = Some(fields.varint_u32("socket family")?),
            VARINT_5 => self.protocol = Some(fields.varint_u32("socket protocol")?),
            OCTETS_6 => self.from = Some(fields.octets("from")?.rest()),
            OCTETS_7 => self.to = Some(fields.octets("to")?.rest()),
            VARINT_8 => self.message_octets = Some(fields.varint("in bytes")?),
            VARINT_9 => self.time.seconds = Some(fields.varint_u32("time")?),
            VARINT_10 => self.time.microseconds = fields.varint_u32("time microseconds")?,
            VARINT_11 => self.id = Some(fields.varint_u32("id")?),
            OCTETS_12 => {
                let question = fields.octets("question")?;
                merge_question(question, self.question.get_or_insert_default())?;
            }
            OCTETS_13 => self.response = Some(parse_response(fields.octets("response")?)?),
            OCTETS_14 => self.client_subnet = Some(fields.octets("client subnet")?.rest()),
            other => fields.skip(other)?,
        }
        Ok(())
    }

    #[inline]
    fn take_later(&mut self, tag: Tag, fields: &mut Fields<'a>) -> Result<(), ParseError> {
        match tag {
            VARINT_20 => self.from_port = Some(fields.varint_u32("from port")?),
            VARINT_21 => self.to_port = Some(fields.varint_u32("to port")?),
            VARINT_24 => self.http_version = Some(fields.varint_u32("HTTP version")?),
            VARINT_28 => self.header_flags = Some(fields.varint_u32("header flags")?),
            VARINT_29 => self.edns_version = Some(fields.varint_u32("EDNS version")?),
            VARINT_31 => self.ede = Some(fields.varint_u32("EDE")?),
            OCTETS_32 => self.ede_text = Some(fields.octets("EDE text")?.rest()),
            other => fields.skip(other)?,
        }
        Ok(())
    }
}

fn merge_question<'a>(reader: Reader<'a>, question: &mut Question<'a>) -> Result<(), ParseError> {
    let mut fields = Fields::new(reader);
    while let Some(tag) = fields.next_tag()? {
        match tag {
            OCTETS_1 => question.qname = Some(fields.octets("QNAME")?.rest()),
            VARINT_2 => question.qtype = Some(fields.varint_u32("QTYPE")?),
            VARINT_3 => question.qclass = Some(fields.varint_u32("QCLASS")?),
            other => fields.skip(other)?,
        }
    }
    Ok(())
}

/// Reads a response, and checks its records.
fn parse_response(reader: Reader<'_>) -> Result<Response<'_>, ParseError> {
    let mut fields = Fields::new(reader);
    let mut response = Response {
        fields: Some(fields),
        ..Response::default()
    };
    while let Some(tag) = fields.next_tag()? {
        match tag {
            VARINT_1 => response.rcode = Some(fields.varint_u32("RCODE")?),
            OCTETS_2 => {
                parse_record(fields.octets("record")?)?;
            }
            OCTETS_3 => response.policy = Some(fields.octets("policy")?.rest()),
            VARINT_5 => response.query_time.seconds = Some(fields.varint_u32("query time")?),
            VARINT_6 => {
                response.query_time.microseconds = fields.varint_u32("query time microseconds")?;
            }
            VARINT_7 => response.policy_type = Some(fields.varint_u32("policy type")?),
            OCTETS_8 => response.policy_trigger = Some(fields.octets("policy trigger")?.rest()),
            OCTETS_9 => response.policy_hit = Some(fields.octets("policy hit")?.rest()),
            VARINT_10 => response.policy_kind = Some(fields.varint_u32("policy kind")?),
            other => fields.skip(other)?,
        }
    }
    Ok(response)
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        // They have been checked.
        while let Some(tag) = self.fields.next_tag().ok()? {
            if tag == OCTETS_2 {
                return parse_record(self.fields.octets("record").ok()?).ok();
            }
            self.fields.skip(tag).ok()?;
        }
        None
    }
}

fn parse_record(reader: Reader<'_>) -> Result<Record<'_>, ParseError> {
    let mut record = Record::default();
    let mut fields = Fields::new(reader);
    while let Some(tag) = fields.next_tag()? {
        match tag {
            OCTETS_1 => record.name = Some(fields.octets("NAME")?.rest()),
            VARINT_2 => record.record_type = Some(fields.varint_u32("TYPE")?),
            VARINT_3 => record.class = Some(fields.varint_u32("CLASS")?),
            VARINT_4 => record.ttl = Some(fields.varint_u32("TTL")?),
            OCTETS_5 => record.rdata = Some(fields.octets("RDATA")?.rest()),
            other => fields.skip(other)?,
        }
    }
    Ok(record)
}

#[cfg(test)]
mod tests;
