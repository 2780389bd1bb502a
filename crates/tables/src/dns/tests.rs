//! A slow reference: what the columns of a message ought to hold, one value at a time. The tests of the tables compare
//! their batches with it.

use crate::tests::value;
use crate::{
    DnsContent, DnsEdns, DnsHeader, DnsQuestion, ObservedAt, ObservedAtSource, ParseStatus,
    Provenance, TextList,
};
use arrow::array::RecordBatch;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An optional value as text, `-` if it is null.
pub(crate) fn text(value: Option<impl ToString>) -> String {
    value.map_or("-".into(), |value| value.to_string())
}

/// Octets as [`value`] writes them.
pub(crate) fn octets(octets: Option<&[u8]>) -> String {
    octets.map_or("-".into(), |octets| format!("{octets:?}"))
}

fn list(values: impl IntoIterator<Item = impl ToString>) -> String {
    let values = values.into_iter().map(|value| value.to_string());
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}

/// The same, null if it is empty.
fn filled<T: ToString>(values: impl ExactSizeIterator<Item = T>) -> String {
    if values.len() == 0 {
        return "-".into();
    }
    list(values)
}

/// Compares every value of `batch` with the rows expected of it.
pub(crate) fn check_batch(batch: &RecordBatch, expected: &[Vec<String>]) {
    assert_eq!(batch.num_rows(), expected.len());
    for (row, expected) in expected.iter().enumerate() {
        assert_eq!(batch.num_columns(), expected.len());
        for (place, expected) in expected.iter().enumerate() {
            let name = batch.schema_ref().field(place).name().clone();
            let found = value(batch.column(place), row);
            assert_eq!(&found, expected, "{name}, row {row}");
        }
    }
}

/// The common columns.
pub(crate) fn seen_row(from: &Provenance<'_>, item: i32, observed_at: ObservedAt) -> Vec<String> {
    let named = |name: &str| text(Some(name).filter(|name| !name.is_empty()));
    vec![
        from.kafka_topic.into(),
        from.kafka_partition.to_string(),
        from.kafka_offset.to_string(),
        item.to_string(),
        observed_at.at.to_string(),
        text(from.brokered_at),
        from.ingested_at.to_string(),
        text(observed_at.reported_at),
        named(from.project),
        named(from.collector),
        from.format.into(),
    ]
}

/// `message_octets` to `rcode`.
pub(crate) fn header_row(content: &DnsContent<'_>) -> Vec<String> {
    let header = &content.header;
    let known = |bit| header.known & bit != 0;
    vec![
        text(content.octets_count),
        text(known(DnsHeader::ID).then_some(header.id)),
        text(known(DnsHeader::OPCODE).then_some(header.opcode)),
        text(known(DnsHeader::RCODE).then_some(header.rcode)),
    ]
}

/// `aa` to `answer_cnames`.
pub(crate) fn message_row(content: &DnsContent<'_>) -> Vec<String> {
    let header = &content.header;
    let mut row = Vec::new();
    for flag in [0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010_u16] {
        let is_known = header.known & u32::from(flag) << DnsHeader::FLAGS_SHIFT != 0;
        row.push(text(is_known.then_some(header.flags & flag != 0)));
    }
    for (place, count) in header.counts.iter().enumerate() {
        let is_known = header.known & DnsHeader::QDCOUNT << place != 0;
        row.push(text(is_known.then_some(count)));
    }
    row.extend(question_row(content.question));
    row.extend(edns_row(content.edns));
    row.extend([
        text(content.answer_ttl_min_s),
        filled(content.answer_addresses.iter()),
        filled(content.answer_cnames.iter().collect::<Vec<_>>().into_iter()),
    ]);
    row
}

fn question_row(question: Option<DnsQuestion<'_>>) -> [String; 8] {
    [
        text(question.map(|question| question.qname)),
        text(question.map(|question| question.qname_labels)),
        text(question.map(|question| question.qname_octets)),
        text(question.and_then(|question| question.qname_mixed_case)),
        text(question.and_then(|question| question.registered_domain)),
        text(question.and_then(|question| question.public_suffix)),
        text(question.and_then(|question| question.qtype)),
        text(question.and_then(|question| question.qclass)),
    ]
}

fn edns_row(edns: Option<DnsEdns<'_>>) -> [String; 10] {
    let of = edns.unwrap_or_default();
    [
        text(of.udp_octets),
        text(of.version),
        text(of.flags),
        text(of.flags.map(|flags| flags & 0x8000 != 0)),
        text(of.options.map(list)),
        filled(of.ede.iter()),
        text(of.ede_text),
        text(of.nsid),
        text(of.ecs),
        text(of.ecs_scope),
    ]
}

/// `trailing_octets` to `message_raw`, with the column `parse_status` as given.
pub(crate) fn end_row(content: &DnsContent<'_>, parse_status: Option<ParseStatus>) -> Vec<String> {
    vec![
        text(content.trailing_octets),
        text(parse_status.map(ParseStatus::name)),
        text(content.error_offset),
        octets(content.raw),
    ]
}

pub(crate) const PROVENANCE: Provenance<'static> = Provenance {
    kafka_topic: "t",
    kafka_partition: 3,
    kafka_offset: 4,
    brokered_at: None,
    ingested_at: 6,
    project: "",
    collector: "ns1",
    router: None,
    format: "dnstap",
};

pub(crate) const OBSERVED_AT: ObservedAt = ObservedAt {
    at: 5,
    source: ObservedAtSource::Response,
    reported_at: None,
};

/// Provenances of all kinds. A router is not told.
pub(crate) const PROVENANCES: [Provenance<'static>; 4] = [
    PROVENANCE,
    Provenance {
        kafka_topic: "u",
        kafka_partition: 0,
        brokered_at: Some(0),
        router: Some("r"),
        ..PROVENANCE
    },
    Provenance {
        kafka_offset: 1 << 40,
        ingested_at: -1,
        project: "atlas",
        ..PROVENANCE
    },
    Provenance {
        collector: "",
        format: "pcap",
        ..PROVENANCE
    },
];

/// Times of all kinds.
pub(crate) const TIMES: [ObservedAt; 3] = [
    OBSERVED_AT,
    ObservedAt {
        at: i64::MIN,
        source: ObservedAtSource::Capture,
        reported_at: None,
    },
    ObservedAt {
        at: 7,
        source: ObservedAtSource::Clamped,
        reported_at: Some(0),
    },
];

const QUESTION: DnsQuestion<'static> = DnsQuestion {
    qname: "www.example.co.uk",
    qname_labels: 4,
    qname_octets: 19,
    qname_mixed_case: Some(true),
    registered_domain: Some("example.co.uk"),
    public_suffix: Some("co.uk"),
    qtype: Some(1),
    qclass: Some(1),
};

const EDNS: DnsEdns<'static> = DnsEdns {
    udp_octets: Some(65_535),
    version: Some(0),
    flags: Some(0x8000),
    options: Some(&[3, 65_535]),
    ede: &[0, 65_535],
    ede_text: Some(""),
    nsid: Some("a"),
    ecs: Some("192.0.2.0/24"),
    ecs_scope: Some(0),
};

const ADDRESSES: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(0, 10, 255, 1)),
    IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, 0xa)),
    IpAddr::V6(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0201)),
];

const FULL: DnsContent<'static> = DnsContent {
    octets_count: Some(65_535),
    header: DnsHeader {
        known: DnsHeader::ALL,
        id: 65_535,
        opcode: 15,
        rcode: 4095,
        flags: 0xffff,
        counts: [1, 0, 2, 65_535],
    },
    question: Some(QUESTION),
    edns: Some(EDNS),
    answer_ttl_min_s: Some(i64::MAX),
    answer_addresses: &ADDRESSES,
    answer_cnames: TextList {
        text: "a.b.c",
        ends: &[1, 1, 5],
    },
    trailing_octets: Some(0),
    parse_status: ParseStatus::Ok,
    error_offset: Some(0),
    raw: Some(&[0, 255]),
};

/// Contents of all kinds: nothing, everything, and everything but one thing.
pub(crate) fn contents() -> Vec<DnsContent<'static>> {
    let mut all = vec![DnsContent::default(), FULL];
    for change in CHANGES {
        let mut changed = FULL;
        change(&mut changed);
        all.push(changed);
    }
    for bit in 0..32 {
        let mut changed = FULL;
        changed.header.known = 1 << bit;
        changed.header.flags = 1 << (bit % 16);
        all.push(changed);
    }
    for parse_status in ParseStatus::ALL {
        all.push(DnsContent {
            parse_status,
            raw: None,
            ..FULL
        });
    }
    let questions = question_changes().into_iter().map(|question| DnsContent {
        question: Some(question),
        ..FULL
    });
    let options = edns_changes().into_iter().map(|edns| DnsContent {
        edns: Some(edns),
        ..FULL
    });
    all.extend(questions.chain(options));
    all
}

const CHANGES: [fn(&mut DnsContent<'static>); 9] = [
    |content| content.octets_count = None,
    |content| content.question = None,
    |content| content.edns = None,
    |content| content.answer_ttl_min_s = None,
    |content| content.answer_addresses = &ADDRESSES[..1],
    |content| content.answer_addresses = &[],
    |content| content.answer_cnames = TextList::default(),
    |content| (content.trailing_octets, content.error_offset) = (None, None),
    |content| content.raw = Some(&[]),
];

fn question_changes() -> [DnsQuestion<'static>; 6] {
    let mut all = [QUESTION; 6];
    (all[0].qname, all[0].qname_labels, all[0].qname_octets) = (".", 0, 1);
    all[1].qname_mixed_case = Some(false);
    all[2].qname_mixed_case = None;
    (all[3].registered_domain, all[3].public_suffix) = (None, Some("uk"));
    (all[4].registered_domain, all[4].public_suffix) = (Some("example.uk"), None);
    (all[5].qtype, all[5].qclass) = (None, None);
    all
}

fn edns_changes() -> [DnsEdns<'static>; 7] {
    let mut all = [EDNS; 7];
    (all[0].udp_octets, all[0].version, all[0].flags) = (None, None, None);
    all[1].flags = Some(0x7fff);
    all[1].options = Some(&[]);
    (all[2].options, all[2].ede) = (None, &[]);
    (all[3].ede_text, all[3].nsid) = (None, None);
    (all[4].ecs, all[4].ecs_scope) = (None, None);
    all[5] = DnsEdns::default();
    all[6] = DnsEdns {
        options: Some(&[10]),
        ..DnsEdns::default()
    };
    all
}

/// Many rows: each of those that are constant or null for long, then each kind among the others, twice.
pub(crate) fn many(kinds: usize) -> impl Iterator<Item = usize> {
    let constant = std::iter::repeat_n(0, 70).chain(std::iter::repeat_n(1, 130));
    constant.chain((0..kinds).chain((0..kinds).rev()))
}
