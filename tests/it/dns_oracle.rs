//! Real DNS messages, read by us, by `domain` and by hickory: every message as lines of its fields, compared line by line.

use crate::dns_captures::messages_of;
use crate::support::shared_data;
use domain::base::iana::Class;
use domain::base::opt::UnknownOptData;
use domain::base::rdata::ComposeRecordData;
use domain::base::zonefile_fmt::{DisplayKind, ZonefileFmt};
use domain::base::{Message as DomainMessage, ParsedRecord};
use domain::rdata::AllRecordData;
use hickory_proto::op::{Message as HickoryMessage, MessageType};
use hickory_proto::rr::Record as HickoryRecord;
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder, NameEncoding};
use std::collections::BTreeMap;
use wire::dns::{Message, NameText, Record, RecordType, Section, Status, read_message};

/// Messages of all captures.
const MESSAGES: usize = 28_917;

/// What another reader makes otherwise of so many messages of a file than we do, and what settles it. It has `refused` what we
/// read, or `read` what we do not read, or say something of; or the `head` is other, or a record of a `type`.
const DISAGREEMENTS: [(&str, &str, &str, usize, &str); 11] = [
    ("domain", "dns-exf.pcap", "read", 1, MISPLACED),
    ("domain", "dns-edns-bad-length.pcap", "read", 1, CUT_OPTION),
    ("domain", "dns-edns-ecs-weirds.pcap", "read", 1, CUT_OPTION),
    (
        "domain",
        "svcb-alpn-malformed-len-too-long.pcap",
        "type 65",
        1,
        ALPN,
    ),
    (
        "domain",
        "svcb-alpn-malformed-len-too-short.pcap",
        "type 65",
        1,
        ALPN,
    ),
    ("hickory", "dnssec.pcap", "head", 1, SMALL_PAYLOAD),
    (
        "hickory",
        "dns_extended_rcode.pcap",
        "head",
        1,
        SMALL_PAYLOAD,
    ),
    (
        "hickory",
        "dns-edns-ecs-weirds.pcap",
        "refused",
        4,
        BAD_OPTION,
    ),
    (
        "hickory",
        "svcb-alpn-malformed-len-too-long.pcap",
        "refused",
        1,
        BAD_RDATA,
    ),
    (
        "hickory",
        "svcb-alpn-malformed-len-too-short.pcap",
        "refused",
        1,
        BAD_RDATA,
    ),
    (
        "hickory",
        "dns-svcb-rdlength-mismatch.pcap",
        "refused",
        1,
        BAD_RDATA,
    ),
];

const MISPLACED: &str = "OPT is in the additional section: RFC 6891, section 6.1.1";
const CUT_OPTION: &str = "options have all of their octets: RFC 6891, section 6.1.2";
const BAD_OPTION: &str = "a message is more than one of its options: ours to keep";
const ALPN: &str = "protocols fill the value: RFC 9460, section 7.1.1";
const SMALL_PAYLOAD: &str =
    "less than 512 octets mean 512 (RFC 6891, section 6.2.3); we keep what was sent";
const BAD_RDATA: &str = "RDATA need not be understood: RFC 3597, section 3; its record has no text";

/// Records with empty RDATA that only we read. In UPDATE they stand for a name or a type (RFC 2136, sections 2.4 and 2.5); in a
/// query by address (RFC 1035, section 6.4) for the name that is asked for.
const EMPTY_RDATA: [(&str, usize); 2] = [("domain", 32), ("hickory", 2)];

#[test]
fn domain_and_hickory_read_the_same() {
    let Some(data) = shared_data() else { return };
    let (mut messages, mut found) = (0, BTreeMap::<_, usize>::new());
    for (path, of_file) in messages_of(&data.join("dns")) {
        let file = path.file_name().expect("a file").to_string_lossy();
        messages += of_file.len();
        for message in &of_file {
            let ours = ours(message);
            for what in differences(&ours, &domains(message)) {
                *found.entry(("domain", file.to_string(), what)).or_default() += 1;
            }
            let ours = ours.map(Reading::like_hickorys);
            for what in differences(&ours, &hickorys(message)) {
                *found
                    .entry(("hickory", file.to_string(), what))
                    .or_default() += 1;
            }
        }
    }
    assert_eq!(messages, MESSAGES);
    let empty = |reader| {
        let of_it = found
            .iter()
            .filter(|((by, _, what), _)| *by == reader && what == "empty");
        of_it.map(|(_, count)| count).sum()
    };
    assert_eq!(
        EMPTY_RDATA.map(|(reader, _)| (reader, empty(reader))),
        EMPTY_RDATA
    );
    found.retain(|(_, _, what), _| what != "empty");
    let expected: BTreeMap<_, _> = DISAGREEMENTS
        .map(|(reader, file, what, count, _)| ((reader, file.to_owned(), what.to_owned()), count))
        .into();
    assert_eq!(found, expected);
}

/// What a reader makes of a message: a line for each question and record.
#[derive(Debug)]
struct Reading {
    id: u16,
    flags: u16,
    counts: [u16; 4],
    rcode: u16,
    edns: Option<String>,
    lines: Vec<String>,
}

impl Reading {
    /// Without what hickory does not keep: Z, the counts, and OPT as a record.
    fn like_hickorys(mut self) -> Self {
        self.flags &= !0x4f;
        self.counts = [0; 4];
        self.lines.retain(|line| !line.contains(" type 41 "));
        self
    }
}

/// hickory's refusal of empty RDATA but in UPDATE.
const EMPTY: &str = "InvalidEmptyRecord";

/// Where two readings are not the same.
fn differences(ours: &Result<Reading, String>, theirs: &Result<Reading, String>) -> Vec<String> {
    let (ours, theirs) = match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(_), Err(_)) => return Vec::new(),
        (Ok(_), Err(error)) if error == EMPTY => return vec!["empty".to_owned()],
        (Ok(_), Err(_)) => return vec!["refused".to_owned()],
        (Err(_), Ok(_)) => return vec!["read".to_owned()],
    };
    let mut found = Vec::new();
    let head = |reading: &Reading| {
        let Reading {
            id,
            flags,
            counts,
            rcode,
            edns,
            ..
        } = reading;
        format!(
            "{id} {flags:04x} {counts:?} {rcode} {edns:?} {}",
            reading.lines.len()
        )
    };
    if head(ours) != head(theirs) {
        found.push("head".to_owned());
    }
    for (ours, theirs) in ours.lines.iter().zip(&theirs.lines) {
        let is_empty = ours.ends_with(" []") && theirs.ends_with(" damaged");
        let record_type = ours.split(' ').nth(3).unwrap_or_default();
        if is_empty {
            found.push("empty".to_owned());
        } else if ours != theirs {
            found.push(format!("type {record_type}"));
        }
    }
    found
}

fn ours(octets: &[u8]) -> Result<Reading, String> {
    let (mut qname, mut owner) = (NameText::default(), NameText::default());
    let mut lines = Vec::new();
    let message = read_message(octets, &mut qname, |record| {
        record.owner.write_to(&mut owner);
        lines.push(our_line(record, owner.as_str()));
    });
    if let Some(question) = message.question {
        let line = question_line(qname.as_str(), question.qtype.0, question.qclass);
        lines.insert(0, line);
    }
    let header = message.header.ok_or("header")?;
    if message.status != Status::Ok {
        return Err(format!("{:?} {:?}", message.status, message.error));
    }
    let extended = message
        .edns
        .map_or(0, |edns| u16::from(edns.extended_rcode));
    Ok(Reading {
        id: header.id,
        flags: header.flags,
        counts: header.counts,
        rcode: extended << 4 | u16::from(header.rcode()),
        edns: our_edns(&message),
        lines,
    })
}

fn our_line(record: &Record<'_>, owner: &str) -> String {
    let section = record.section as u8;
    let (record_type, class) = (record.record_type.0, record.class);
    if record.section == Section::Question {
        return question_line(owner, record_type, class);
    }
    let mut rdata = Vec::new();
    let is_sound = record.expand_rdata(|octets| rdata.extend(octets)).is_ok()
        && record.write_rdata_text(&mut String::new()).is_ok();
    let rdata = is_sound.then_some(&rdata);
    record_line(section, owner, [record_type, class], record.ttl, rdata)
}

fn our_edns(message: &Message<'_>) -> Option<String> {
    let edns = message.edns?;
    let codes = edns
        .options()
        .map(|option| option.expect("an option").code.0);
    let is_do = edns.flags & 0x8000 != 0;
    Some(edns_line(
        edns.udp_octets,
        edns.version,
        is_do,
        codes.collect(),
    ))
}

fn edns_line(udp_octets: u16, version: u8, is_do: bool, codes: Vec<u16>) -> String {
    format!("{udp_octets} {version} {is_do} {codes:?}")
}

fn question_line(qname: &str, qtype: u16, qclass: u16) -> String {
    format!("0 {qname} type {qtype} {qclass}")
}

fn record_line(
    section: u8,
    owner: &str,
    [record_type, class]: [u16; 2],
    ttl: u32,
    rdata: Option<&Vec<u8>>,
) -> String {
    let rdata = rdata.map_or("damaged".to_owned(), |rdata| format!("{rdata:02x?}"));
    format!("{section} {owner} type {record_type} {class} {ttl} {rdata}")
}

/// The text of a name, octet by octet.
fn text_of<'a>(labels: impl Iterator<Item = &'a [u8]>) -> String {
    let mut text = String::new();
    for label in labels.filter(|label| !label.is_empty()) {
        if !text.is_empty() {
            text.push('.');
        }
        for octet in label {
            match octet {
                b'.' | b'\\' => text.extend(['\\', char::from(*octet)]),
                0x21..=0x7e => text.push(char::from(octet.to_ascii_lowercase())),
                _ => text.push_str(&format!("\\{octet:03}")),
            }
        }
    }
    if text.is_empty() {
        ".".to_owned()
    } else {
        text
    }
}

fn domains(octets: &[u8]) -> Result<Reading, String> {
    let message = DomainMessage::from_octets(octets).map_err(|error| error.to_string())?;
    let counts = message.header_counts();
    let mut lines = Vec::new();
    for question in message.question() {
        let question = question.map_err(|error| error.to_string())?;
        let qname = text_of(question.qname().iter().map(|label| label.as_slice()));
        let (qtype, qclass) = (question.qtype().to_int(), question.qclass().to_int());
        lines.push(question_line(&qname, qtype, qclass));
    }
    let records = domain_records(&message)?;
    lines.extend(
        records
            .iter()
            .map(|(section, record)| domain_line(*section, record)),
    );
    let edns = message.opt().map(|opt| {
        let options = opt.opt().iter::<UnknownOptData<_>>();
        let codes = options.map(|option| option.expect("an option").code().to_int());
        edns_line(
            opt.udp_payload_size(),
            opt.version(),
            opt.dnssec_ok(),
            codes.collect(),
        )
    });
    Ok(Reading {
        id: message.header().id(),
        flags: u16::from_be_bytes([octets[2], octets[3]]),
        counts: [
            counts.qdcount(),
            counts.ancount(),
            counts.nscount(),
            counts.arcount(),
        ],
        rcode: message.opt_rcode().to_int(),
        edns,
        lines,
    })
}

/// The number of a section, and a record of it.
type DomainRecord<'a> = (u8, ParsedRecord<'a, &'a [u8]>);

/// The records of all sections, each with the number of its section.
fn domain_records<'a>(
    message: &'a DomainMessage<&'a [u8]>,
) -> Result<Vec<DomainRecord<'a>>, String> {
    let mut found = Vec::new();
    let mut section = Some(message.answer().map_err(|error| error.to_string())?);
    for number in 1.. {
        let Some(mut records) = section else { break };
        for record in records.by_ref() {
            found.push((number, record.map_err(|error| error.to_string())?));
        }
        section = records.next_section().map_err(|error| error.to_string())?;
    }
    Ok(found)
}

fn domain_line(section: u8, record: &ParsedRecord<'_, &[u8]>) -> String {
    let owner = record.owner();
    let owner = text_of(owner.iter().map(|label| label.as_slice()));
    let typed = record.to_any_record::<AllRecordData<_, _>>().ok();
    let rdata = typed.map(|record| {
        let mut rdata = Vec::new();
        record.data().compose_rdata(&mut rdata).expect("a vector");
        rdata
    });
    let codes = [record.rtype().to_int(), record.class().to_int()];
    record_line(
        section,
        &owner,
        codes,
        record.ttl().as_secs(),
        rdata.as_ref(),
    )
}

fn hickorys(octets: &[u8]) -> Result<Reading, String> {
    let message = HickoryMessage::from_vec(octets).map_err(|error| format!("{error:?}"))?;
    let mut lines = Vec::new();
    for query in &message.queries {
        let (qtype, qclass) = (query.query_type.into(), query.query_class.into());
        lines.push(question_line(&text_of(query.name.iter()), qtype, qclass));
    }
    let sections = [&message.answers, &message.authorities, &message.additionals];
    for (section, records) in (1..).zip(sections) {
        lines.extend(records.iter().map(|record| hickory_line(section, record)));
    }
    let edns = message.edns.as_ref().map(|edns| {
        let codes = edns
            .options()
            .options
            .iter()
            .map(|(code, _)| (*code).into());
        let is_do = u16::from(*edns.flags()) & 0x8000 != 0;
        edns_line(edns.max_payload(), edns.version(), is_do, codes.collect())
    });
    Ok(Reading {
        id: message.metadata.id,
        flags: hickory_flags(&message),
        counts: [0; 4],
        rcode: message.metadata.response_code.into(),
        edns,
        lines,
    })
}

fn hickory_flags(message: &HickoryMessage) -> u16 {
    let has = &message.metadata;
    let flags = [
        (has.message_type == MessageType::Response, 0x8000),
        (has.authoritative, 0x0400),
        (has.truncation, 0x0200),
        (has.recursion_desired, 0x0100),
        (has.recursion_available, 0x0080),
        (has.authentic_data, 0x0020),
        (has.checking_disabled, 0x0010),
    ];
    let opcode = u16::from(u8::from(has.op_code)) << 11;
    let set = flags.iter().filter(|(is_set, _)| *is_set);
    set.fold(opcode, |flags, (_, bit)| flags | bit)
}

fn hickory_line(section: u8, record: &HickoryRecord) -> String {
    let mut rdata = Vec::new();
    let mut encoder = BinEncoder::new(&mut rdata);
    encoder.set_name_encoding(NameEncoding::Uncompressed);
    record.data.emit(&mut encoder).expect("RDATA");
    let codes = [record.record_type().into(), record.dns_class.into()];
    record_line(
        section,
        &text_of(record.name.iter()),
        codes,
        record.ttl,
        Some(&rdata),
    )
}

/// RDATA as text is as `domain` writes it, but for letters, quotes and final dots, wherever neither of us writes it in
/// hexadecimal.
#[test]
fn domain_writes_the_same() {
    let Some(data) = shared_data() else { return };
    let (mut types, mut others) = (BTreeMap::<_, usize>::new(), Vec::new());
    for (path, of_file) in messages_of(&data.join("dns")) {
        for message in &of_file {
            let Ok(domain) = DomainMessage::from_octets(&message[..]) else {
                continue;
            };
            let Ok(theirs) = domain_records(&domain) else {
                continue;
            };
            for (ours, (_, theirs)) in our_texts(message).into_iter().zip(&theirs) {
                let record_type = theirs.rtype().to_int();
                let (Some(ours), Some(theirs)) = (ours, domain_text(theirs)) else {
                    continue;
                };
                *types.entry(record_type).or_default() += 1;
                if plain(&ours, record_type) != plain(&theirs, record_type) {
                    others.push(format!("{}: {ours} is {theirs}", path.display()));
                }
            }
        }
    }
    assert!(others.is_empty(), "{others:#?}");
    // Among them all that DNSSEC has, and what is seen every day.
    for (record_type, least) in [
        (1, 60_000),
        (46, 16_000),
        (47, 8000),
        (50, 40),
        (16, 190),
        (65, 3),
    ] {
        let count = types.get(&record_type).copied().unwrap_or_default();
        assert!(count >= least, "type {record_type}: {count}");
    }
}

/// The text of each record; none if it is damaged, or in hexadecimal.
fn our_texts(message: &[u8]) -> Vec<Option<String>> {
    let mut texts = Vec::new();
    read_message(message, &mut NameText::default(), |record| {
        let mut text = String::new();
        let is_written = record.write_rdata_text(&mut text).is_ok() && !text.starts_with("\\#");
        if record.section != Section::Question {
            texts.push(is_written.then_some(text));
        }
    });
    texts
}

fn domain_text(record: &ParsedRecord<'_, &[u8]>) -> Option<String> {
    let record = record.to_any_record::<AllRecordData<_, _>>().ok()?;
    let text = record
        .data()
        .display_zonefile(DisplayKind::Simple)
        .to_string();
    (record.class() != Class::CH && !text.starts_with("\\#")).then_some(text)
}

/// A text without what may differ; of signatures, without their times, which may be numbers (RFC 4034, section 3.2).
fn plain(text: &str, record_type: u16) -> String {
    let is_signature = RecordType(record_type).name() == Some("RRSIG");
    let words = text.split(' ').enumerate();
    let words = words.filter(|(place, _)| !(is_signature && matches!(place, 4 | 5)));
    let words: Vec<_> = words
        .map(|(_, word)| word.trim_end_matches('.').to_lowercase().replace('"', ""))
        .collect();
    words.join(" ")
}
