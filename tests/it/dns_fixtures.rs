//! Real DNS messages of RIPE Atlas with what RIPE's own reader makes of them, compared field by field.
//!
//! In the form of the fixtures, a record SOA has the name of who is responsible for the zone instead of its owner, and OPT with
//! an NSID has that instead of its options.

use crate::dns_captures::of_base64;
use crate::support::shared_data;
use serde_json::{Value, json};
use wire::dns::{
    Header, Message, NameText, Opcode, OptionCode, Record, RecordType, Section, Status,
    read_message,
};

const FOLDER: &str = "dns/RIPE-NCC+ripe-atlas-bigquery/tests/fixtures";

#[test]
fn every_field_is_theirs() {
    let Some(fixtures) = fixtures("fixtures.json") else {
        return;
    };
    assert_eq!(fixtures.len(), 1241);
    for (packed, theirs) in fixtures {
        let octets = of_base64(&packed);
        let (message, ours) = as_fixture(&octets);
        // One has OPT in the answer section, and RFC 6891, section 6.1.1 wants it in the additional section.
        let is_misplaced = message.status == Status::EdnsMisplaced;
        assert!(message.status == Status::Ok || is_misplaced, "{packed}");
        assert_eq!(message.trailing_octets, 0, "{packed}");
        assert_eq!(ours, in_lower_case(theirs), "{packed}");
    }
}

/// What they make of damaged messages. They stop at other places for two of them: a question of a type and a class that nobody
/// has defined (RFC 3597, section 2: it is read all the same), and a record behind the end of the message, made of zeros.
#[test]
fn damage_is_where_they_find_it() {
    let Some(fixtures) = fixtures("withErrors.json") else {
        return;
    };
    assert_eq!(fixtures.len(), 12);
    let mut elsewhere = Vec::new();
    for (packed, theirs) in fixtures {
        let octets = of_base64(&packed);
        let (message, mut ours) = as_fixture(&octets);
        let mut theirs = in_lower_case(theirs);
        let error = payload_of(&mut theirs).pop().expect("an error");
        let error = error["error"].as_str().expect("an error").to_owned();
        if error != as_error(&message) {
            elsewhere.push(error);
            let question = payload_of(&mut ours).pop().expect("a question");
            assert_eq!(
                (&question["type"], &question["class"]),
                (&json!(4096), &json!(271))
            );
        } else if payload_of(&mut ours).len() < payload_of(&mut theirs).len() {
            let record = payload_of(&mut theirs).pop().expect("a record");
            assert_eq!((&record["type"], &record["data"]), (&json!(0), &json!("")));
            elsewhere.push(error);
        }
        assert_eq!(ours, theirs, "{packed}");
    }
    let expected = [
        "parse error in additional section",
        "parse error in question section",
    ];
    assert_eq!(elsewhere, expected);
}

/// Messages in base64, each with what they make of it; none where there are no captures.
fn fixtures(file: &str) -> Option<Vec<(String, Value)>> {
    let text = std::fs::read_to_string(shared_data()?.join(FOLDER).join(file));
    let text = text.expect("fixtures");
    let Ok(Value::Object(fixtures)) = serde_json::from_str(&text) else {
        panic!("{file} is no object");
    };
    Some(fixtures.into_iter().collect())
}

fn payload_of(fixture: &mut Value) -> &mut Vec<Value> {
    fixture["payload"].as_array_mut().expect("a payload")
}

/// A fixture with all names in lower case, but those that stand for something else.
fn in_lower_case(mut fixture: Value) -> Value {
    for record in payload_of(&mut fixture) {
        let has_names = matches!(record["type"].as_str(), Some("NS" | "SOA" | "CNAME"));
        let name = record["name"].as_str().map(str::to_ascii_lowercase);
        if record["type"] != "OPT"
            && let Some(name) = name
        {
            record["name"] = name.into();
        }
        let data = record["data"].as_str().map(str::to_ascii_lowercase);
        if has_names && let Some(data) = data {
            record["data"] = data.into();
        }
    }
    fixture
}

/// What they would say of how far a message could be read.
fn as_error(message: &Message<'_>) -> String {
    let section = match message.status {
        Status::Damaged(Section::Question) => "question",
        Status::Damaged(Section::Answer) => "answer",
        Status::Damaged(Section::Authority) => "auth",
        Status::Damaged(Section::Additional) => "additional",
        _ => {
            let octets = message.octets.len();
            let read = octets - message.trailing_octets;
            return format!("bad buffer length. Expected:{octets}, got:{read}. Incomplete parse?");
        }
    };
    format!("parse error in {section} section")
}

/// What is found in a message, and that in the form of the fixtures.
fn as_fixture(octets: &[u8]) -> (Message<'_>, Value) {
    let (mut qname, mut owner) = (NameText::default(), NameText::default());
    let mut payload = Vec::new();
    let message = read_message(octets, &mut qname, |record| {
        record.owner.write_to(&mut owner);
        payload.push(record_as_fixture(record, owner.as_str()));
    });
    if let Some(question) = message.question {
        let line = question_as_fixture(qname.as_str(), question.qtype, question.qclass);
        payload.insert(0, line);
    }
    let header = message.header.expect("a header");
    let [qdcount, ancount, aucount, adcount] = header.counts;
    let fixture = json!({
        "id": header.id, "flags": flags_as_fixture(&header), "payload": payload,
        "qdcount": qdcount, "ancount": ancount, "aucount": aucount, "adcount": adcount,
    });
    (message, fixture)
}

/// What a query does not tell, and a response only repeats, is null.
fn flags_as_fixture(header: &Header) -> Value {
    let has = |bit: u16| header.flags & bit != 0;
    let response = |value: Value| {
        if header.is_response() {
            value
        } else {
            Value::Null
        }
    };
    let rcode = match header.rcode() {
        0 => "NoError",
        2 => "ServFail",
        3 => "NXDomain",
        4 => "NotImp",
        5 => "Refused",
        7 => "YXRRSet",
        _ => "Unassigned/Reserved",
    };
    let opcode = match header.opcode() {
        _ if header.is_response() => None,
        Opcode::QUERY => Some("Query"),
        _ => Some("Unassigned"),
    };
    json!({
        "query": !header.is_response(), "opcode": opcode,
        "authoritative_answer": response(has(0x0400).into()), "truncated": has(0x0200),
        "recursion_desired": has(0x0100), "recursion_available": has(0x0080),
        "z": header.flags & 0x0040, "authentic_data": has(0x0020), "checking_disabled": has(0x0010),
        "rcode": response(rcode.into()),
    })
}

fn question_as_fixture(name: &str, record_type: RecordType, class: u16) -> Value {
    json!({
        "section": "query", "type": type_as_fixture(record_type), "class": class_as_fixture(class),
        "name": name_as_fixture(name),
    })
}

fn record_as_fixture(record: &Record<'_>, owner: &str) -> Value {
    let section = match record.section {
        Section::Question => return question_as_fixture(owner, record.record_type, record.class),
        Section::Answer => "answer",
        Section::Authority => "authority",
        Section::Additional => "additional",
    };
    let (name, data) = name_and_data(record, owner);
    json!({
        "section": section, "type": type_as_fixture(record.record_type), "ttl": record.ttl,
        "class": class_as_fixture(record.class), "name": name, "data": data,
    })
}

fn type_as_fixture(record_type: RecordType) -> Value {
    match record_type.name() {
        Some("ANY") => "*".into(),
        Some(name) => name.into(),
        None => record_type.0.into(),
    }
}

fn class_as_fixture(class: u16) -> Value {
    match class {
        1 => "IN".into(),
        3 => "CH".into(),
        _ => class.into(),
    }
}

/// Addresses, texts and some names as text; of all others, the octets.
fn name_and_data(record: &Record<'_>, owner: &str) -> (String, String) {
    let mut text = String::new();
    let written = record.write_rdata_text(&mut text);
    let name = name_as_fixture(owner);
    match record.record_type {
        _ if written.is_err() => (),
        RecordType::A => return (name, text),
        RecordType::AAAA => return (name, ipv6_as_fixture(record.rdata)),
        RecordType::TXT => return (name, without_escapes(&text)),
        RecordType::NS | RecordType::CNAME => return (name, name_as_fixture(&text)),
        RecordType::SOA => return soa_as_fixture(&text),
        RecordType::OPT => return opt_as_fixture(record.rdata),
        _ => (),
    }
    (name, decimals(record.rdata))
}

fn decimals(octets: &[u8]) -> String {
    let octets: Vec<_> = octets.iter().map(u8::to_string).collect();
    octets.join(",")
}

fn ipv6_as_fixture(octets: &[u8]) -> String {
    let groups = octets.chunks(2);
    let groups: Vec<_> = groups
        .map(|two| format!("{:02x}{:02x}", two[0], two[1]))
        .collect();
    groups.join(":")
}

fn soa_as_fixture(text: &str) -> (String, String) {
    let words: Vec<_> = text.splitn(3, ' ').collect();
    let [mname, rname, numbers] = words[..] else {
        panic!("{text}");
    };
    let (mname, rname) = (name_as_fixture(mname), name_as_fixture(rname));
    (rname.clone(), format!("{mname} {rname} {numbers}"))
}

fn opt_as_fixture(rdata: &[u8]) -> (String, String) {
    let [high, low, _, _, nsid @ ..] = rdata else {
        return (".".to_owned(), decimals(rdata));
    };
    let code = OptionCode(u16::from_be_bytes([*high, *low]));
    if code != OptionCode::NSID {
        return (".".to_owned(), decimals(rdata));
    }
    if nsid.is_empty() {
        return ("NSID".to_owned(), decimals(rdata));
    }
    let nsid = nsid.iter().map(|octet| char::from(*octet)).collect();
    ("NSID".to_owned(), nsid)
}

/// A name with the final dot.
fn name_as_fixture(name: &str) -> String {
    if name == "." {
        return name.to_owned();
    }
    without_escapes(name) + "."
}

fn without_escapes(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text.chars());
    while let Some(char) = rest.next() {
        match (char, rest.clone().next()) {
            ('\\', Some('0'..='9')) => {
                let digits: String = rest.by_ref().take(3).collect();
                plain.push(char::from(digits.parse::<u8>().expect("an octet")));
            }
            ('\\', _) => plain.extend(rest.next()),
            _ => plain.push(char),
        }
    }
    plain
}
