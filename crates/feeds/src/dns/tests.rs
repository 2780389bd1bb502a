#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

use super::content::{Content, Keeping};
use super::privacy::Addresses;
use super::{Carried, Dns, Privacy, PrivacyKey, push_message};
use crate::message::{Given, MessageRows, Reject};
use crate::{DecoderSettings, Format, Notices};
use std::net::IpAddr;
use tables::{
    BmpReport, Disposition, DnsContent, DnsExchange, DnsMeasurementRow, DnsMessageRow, DnsPolicy,
    DnsQuestion, DnsRecordRow, ParseStatus, Provenance, RejectRow, RouteRun, RowSink, SessionRow,
};
use wire::ParseError;

/// `www.example.co.uk`, with capital letters; it begins behind the header.
const QNAME: &[u8] = b"\x03wWw\x07Example\x02co\x02uk\0";
const QTYPE_A: &[u8] = &[0, 1, 0, 1];
/// Client Subnet 192.0.2.128/25, scope 24.
const SUBNET: &[u8] = &[0, 8, 0, 8, 0, 1, 25, 24, 192, 0, 2, 128];

/// The key of ipcrypt's published test vectors.
fn key() -> PrivacyKey {
    let half = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
    let mut octets = [0; 32];
    octets[..8].copy_from_slice(&half);
    let other = [0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10];
    octets[8..16].copy_from_slice(&other);
    let one = [0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe];
    octets[16..24].copy_from_slice(&one);
    let last = [0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01];
    octets[24..].copy_from_slice(&last);
    PrivacyKey::new(octets).unwrap()
}

fn header(flags: u16, counts: [u8; 4]) -> Vec<u8> {
    let mut octets = vec![0xab, 0xcd];
    octets.extend(flags.to_be_bytes());
    octets.extend(counts.iter().flat_map(|count| [0, *count]));
    octets
}

/// Owner as it is; TTL 300.
fn record(owner: &[u8], record_type: u8, rdata: &[u8]) -> Vec<u8> {
    let fixed = [0, record_type, 0, 1, 0, 0, 1, 44, 0, rdata.len() as u8];
    [owner, &fixed, rdata].concat()
}

/// UDP size 1232, DO, upper bits of the RCODE 1.
fn opt(options: &[u8]) -> Vec<u8> {
    let fixed = [0, 0, 41, 4, 0xd0, 1, 0, 0x80, 0, 0, options.len() as u8];
    [&fixed, options].concat()
}

/// A question for an address with these in the additional section.
fn query(additional: &[Vec<u8>]) -> Vec<u8> {
    let header = header(0x0100, [1, 0, 0, additional.len() as u8]);
    [
        header,
        QNAME.to_vec(),
        QTYPE_A.to_vec(),
        additional.concat(),
    ]
    .concat()
}

fn read<T>(
    octets: &[u8],
    cut_from: Option<u32>,
    privacy: &Privacy,
    then: impl FnOnce(&DnsContent<'_>) -> T,
) -> T {
    let mut content = Content::default();
    let mut addresses = Addresses::new(privacy);
    then(&content.read(octets, cut_from, Keeping::All, &mut addresses))
}

#[test]
fn a_response_says_all_of_it() {
    let options = [
        &[0, 3, 0, 3, b'n', b's', b'1'],
        SUBNET,
        &[0, 15, 0, 5, 0, 22, b'n', b'o', 0],
        &[0, 15, 0, 2, 0, 3],
        &[0, 15, 0, 3, 0, 9, 0xff],
    ]
    .concat();
    let mut message = header(0x8583, [1, 3, 0, 1]);
    message.extend([QNAME, QTYPE_A].concat());
    message.extend(record(&[0xc0, 12], 5, b"\x01b\xc0\x10"));
    message.extend(record(&[0xc0, 12], 1, &[192, 0, 2, 7]));
    message.extend(record(&[0xc0, 12], 28, &[0x20; 16]));
    message.extend(opt(&options));
    read(&message, None, &Privacy::Keep, |content| {
        assert_eq!(content.parse_status, ParseStatus::Ok);
        assert_eq!(content.octets_count, Some(message.len() as u32));
        let header = content.header;
        assert_eq!((header.id, header.opcode, header.rcode), (0xabcd, 0, 19));
        assert_eq!(header.counts, [1, 3, 0, 1]);
        let question = content.question.unwrap();
        assert_eq!(question.qname, "www.example.co.uk");
        assert_eq!((question.qname_labels, question.qname_octets), (4, 19));
        assert_eq!(question.qname_mixed_case, Some(true));
        assert_eq!(question.registered_domain, Some("example.co.uk"));
        assert_eq!(question.public_suffix, Some("co.uk"));
        assert_eq!((question.qtype, question.qclass), (Some(1), Some(1)));
        assert_eq!(content.answer_ttl_min_s, Some(300));
        let expected = ["192.0.2.7".parse().unwrap(), IpAddr::from([0x20; 16])];
        assert_eq!(content.answer_addresses, expected);
        let cnames: Vec<_> = content.answer_cnames.iter().collect();
        assert_eq!(cnames, ["b.example.co.uk"]);
        let edns = content.edns.unwrap();
        assert_eq!(edns.options, Some(&[3, 8, 15, 15, 15][..]));
        assert_eq!(edns.ede, [22, 3, 9]);
        assert_eq!(edns.ede_text, Some("no; \u{fffd}"));
        assert_eq!((edns.nsid, edns.ecs), (Some("ns1"), Some("192.0.2.128/25")));
        assert_eq!((edns.ecs_scope, edns.flags), (Some(24), Some(0x8000)));
        assert_eq!(content.trailing_octets, Some(0));
        assert_eq!(content.raw, Some(&message[..]));
    });
}

/// The status and offset of the error of a query whose first octets alone are there.
fn check_cut(octets: usize, cut_from: Option<u32>, expected: (ParseStatus, Option<u32>)) {
    let message = query(&[opt(SUBNET)]);
    read(&message[..octets], cut_from, &Privacy::Keep, |content| {
        let found = (content.parse_status, content.error_offset);
        assert_eq!(found, expected, "{octets} octets");
        let count = cut_from.unwrap_or(octets as u32);
        assert_eq!(content.octets_count, Some(count));
    });
}

#[test]
fn a_message_that_was_captured_short_is_cut() {
    check_cut(11, None, (ParseStatus::HeaderShort, Some(0)));
    check_cut(11, Some(58), (ParseStatus::Cut, Some(0)));
    check_cut(20, None, (ParseStatus::Question, Some(16)));
    check_cut(20, Some(58), (ParseStatus::Cut, Some(16)));
    check_cut(58, Some(100), (ParseStatus::Cut, None));
}

fn check_raw(message: &[u8], privacy: &Privacy, status: ParseStatus, expected: Option<&[u8]>) {
    read(message, None, privacy, |content| {
        assert_eq!(content.parse_status, status);
        assert_eq!(content.raw, expected, "{privacy:?}");
    });
    read(message, None, &Privacy::Keep, |content| {
        assert_eq!(content.raw, Some(message));
    });
}

#[test]
fn client_subnets_are_overwritten_in_what_is_kept() {
    let unknown = &[0xfd, 0xe9, 0, 2, 7, 7];
    let cookie = &[0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
    let message = query(&[opt(&[cookie, SUBNET, unknown].concat())]);
    let shown = |last: [u8; 4]| {
        let subnet = [&SUBNET[..8], &last].concat();
        query(&[opt(
            &[cookie, &subnet[..], &[0xfd, 0xe9, 0, 2, 0, 0]].concat()
        )])
    };
    let check = |privacy, last| {
        check_raw(&message, &privacy, ParseStatus::Ok, Some(&shown(last)));
    };
    check(Privacy::Truncate, [192, 0, 2, 0]);
    check(Privacy::Drop, [0; 4]);
    check(Privacy::Encrypt(key()), [100, 115, 72, 0]);
    let plain = query(&[opt(&[])]);
    check_raw(&plain, &Privacy::Drop, ParseStatus::Ok, Some(&plain));
}

#[test]
fn every_opt_record_is_looked_at() {
    let dropped = [&SUBNET[..8], &[0; 4]].concat();
    let twice = query(&[opt(&[]), opt(SUBNET)]);
    let expected = query(&[opt(&[]), opt(&dropped)]);
    let status = ParseStatus::EdnsDuplicate;
    check_raw(&twice, &Privacy::Drop, status, Some(&expected));
    let mut misplaced = query(&[opt(SUBNET)]);
    let mut expected = query(&[opt(&dropped)]);
    for message in [&mut misplaced, &mut expected] {
        (message[7], message[11]) = (1, 0);
    }
    let status = ParseStatus::EdnsMisplaced;
    check_raw(&misplaced, &Privacy::Drop, status, Some(&expected));
    // Of the second one nobody checks the options.
    let overrun = query(&[opt(&[]), opt(&SUBNET[..10])]);
    let expected = query(&[opt(&[]), opt(&[0, 8, 0, 8, 0, 0, 0, 0, 0, 0])]);
    let status = ParseStatus::EdnsDuplicate;
    check_raw(&overrun, &Privacy::Drop, status, Some(&expected));
}

#[test]
fn what_cannot_be_told_apart_is_not_kept() {
    let overrun = query(&[opt(&SUBNET[..10])]);
    check_raw(&overrun, &Privacy::Truncate, ParseStatus::Opt, None);
    let message = query(&[opt(SUBNET)]);
    let cut = &message[..message.len() - 1];
    check_raw(cut, &Privacy::Truncate, ParseStatus::Additional, None);
    check_raw(
        &message[..20],
        &Privacy::Truncate,
        ParseStatus::Question,
        None,
    );
    let short = &message[..11];
    check_raw(
        short,
        &Privacy::Truncate,
        ParseStatus::HeaderShort,
        Some(short),
    );
    // ARCOUNT does not count the OPT record.
    let mut trailing = query(&[opt(SUBNET)]);
    trailing[11] = 0;
    let mut expected = trailing.clone();
    expected[35..].fill(0);
    check_raw(
        &trailing,
        &Privacy::Truncate,
        ParseStatus::Ok,
        Some(&expected),
    );
}

#[test]
fn texts_of_damaged_options_are_not_told() {
    // NSID that goes on over half of the subnet.
    let message = query(&[opt(&[&[0, 3, 0, 10], &SUBNET[..10], &SUBNET[10..]].concat())]);
    let nsid = |privacy| {
        read(&message, None, &privacy, |content| {
            assert_eq!(content.parse_status, ParseStatus::Opt);
            let nsid = content.edns.unwrap().nsid;
            nsid.map(str::to_owned)
        })
    };
    assert_eq!(nsid(Privacy::Truncate), None);
    let swallowed = "0008000800011918c000";
    assert_eq!(nsid(Privacy::Keep).as_deref(), Some(swallowed));
}

#[test]
fn undamaged_messages_are_kept_only_if_asked_for() {
    let raw = |octets: &[u8]| {
        let (mut content, mut addresses) = (Content::default(), Addresses::new(&Privacy::Keep));
        let read = content.read(octets, None, Keeping::Damaged, &mut addresses);
        read.raw.map(<[u8]>::to_vec)
    };
    let message = query(&[]);
    assert_eq!(raw(&message), None);
    assert_eq!(raw(&message[..20]), Some(message[..20].to_vec()));
}

fn check_address(privacy: &Privacy, ip: &str, expected: Option<&str>) {
    let mut addresses = Addresses::new(privacy);
    let ip = ip.parse().unwrap();
    let expected = expected.map(|expected| expected.parse().unwrap());
    assert_eq!(addresses.shown(ip), expected);
    assert_eq!(addresses.shown(ip), expected, "remembered");
}

#[test]
fn addresses_are_what_the_mode_makes_of_them() {
    check_address(&Privacy::Keep, "192.0.2.1", Some("192.0.2.1"));
    check_address(&Privacy::Drop, "192.0.2.1", None);
    let truncate = Privacy::Truncate;
    check_address(&truncate, "192.0.2.1", Some("192.0.2.0"));
    check_address(&truncate, "2001:db8:1:2::3", Some("2001:db8:1::"));
    check_address(&truncate, "::ffff:192.0.2.1", Some("::ffff:192.0.2.0"));
    check_address(&truncate, "2002:c000:201::1", Some("2002:c000:200::"));
    let encrypt = Privacy::Encrypt(key());
    check_address(&encrypt, "192.0.2.1", Some("100.115.72.131"));
    check_address(&encrypt, "0.0.0.0", Some("151.82.155.134"));
    check_address(&encrypt, "::ffff:192.0.2.1", Some("::ffff:100.115.72.131"));
    let expected = "c180:5dd4:2587:3524:30ab:fa65:6ab6:f88";
    check_address(&encrypt, "2001:db8::1", Some(expected));
}

fn check_prefix(privacy: &Privacy, prefix: (&str, u8), expected: (&str, u8)) {
    let mut addresses = Addresses::new(privacy);
    let shown = addresses.shown_prefix(prefix.0.parse().unwrap(), prefix.1);
    let expected = (expected.0.parse().unwrap(), expected.1);
    assert_eq!(shown, Some(expected), "{prefix:?}");
}

#[test]
fn prefixes_are_what_the_mode_makes_of_them() {
    check_prefix(&Privacy::Keep, ("192.0.2.128", 25), ("192.0.2.128", 25));
    let truncate = Privacy::Truncate;
    check_prefix(&truncate, ("192.0.2.128", 25), ("192.0.2.0", 24));
    check_prefix(&truncate, ("192.0.0.0", 16), ("192.0.0.0", 16));
    check_prefix(&truncate, ("2001:db8:1:2::", 56), ("2001:db8:1::", 48));
    check_prefix(
        &truncate,
        ("::ffff:192.0.2.1", 128),
        ("::ffff:192.0.2.0", 120),
    );
    check_prefix(&truncate, ("0.0.0.0", 0), ("0.0.0.0", 0));
    check_prefix(&truncate, ("::", 0), ("::", 0));
    let encrypt = Privacy::Encrypt(key());
    check_prefix(&encrypt, ("192.0.2.1", 32), ("100.115.72.131", 32));
    check_prefix(&encrypt, ("192.0.2.0", 24), ("100.115.72.0", 24));
    check_prefix(&encrypt, ("2001:db8::", 32), ("c180:5dd4::", 32));
    assert_eq!(
        Addresses::new(&Privacy::Drop).shown_prefix("192.0.2.0".parse().unwrap(), 24),
        None
    );
}

#[test]
fn so_many_addresses_are_remembered_and_no_more() {
    let mut addresses = Addresses::new(&Privacy::Encrypt(key()));
    let shown: Vec<_> = (0..40_000_u32)
        .map(|ip| addresses.shown(IpAddr::V4(ip.into())))
        .collect();
    assert_eq!(addresses.shown(IpAddr::V4(7.into())), shown[7]);
    let Addresses::Encrypt(cipher) = &addresses else {
        unreachable!("it encrypts");
    };
    assert!(cipher.remembered() < 15_000);
}

#[test]
fn a_key_has_two_halves_and_is_never_shown() {
    assert_eq!(PrivacyKey::new([7; 32]), None);
    let text = format!(
        "{:?} {:?}",
        Privacy::Encrypt(key()),
        dns(Privacy::Encrypt(key()))
    );
    assert!(!text.contains("35"), "{text}");
}

fn dns(privacy: Privacy) -> Dns {
    Dns::new(&DecoderSettings {
        privacy,
        ..DecoderSettings::new(Format::Dnstap)
    })
}

fn check_question(told: &str, qname: &str, octets: u16, domain: Option<&str>) {
    dns(Privacy::Keep).with_question(told, |_, question| {
        let question = question.unwrap();
        assert_eq!(question.qname, qname);
        assert_eq!(question.qname_octets, octets, "{told}");
        assert_eq!(question.registered_domain, domain, "{told}");
    });
}

#[test]
fn a_question_may_be_told_as_text() {
    let domain = Some("example.com");
    check_question("www.example.com", "www.example.com", 17, domain);
    check_question("wWw.EXAMPLE.com.", "www.example.com", 17, domain);
    check_question(".", ".", 1, None);
    check_question("com.", "com", 5, None);
    check_question("a.b.corp", "a.b.corp", 10, Some("b.corp"));
    check_question(r"a\.b.example.com", r"a\.b.example.com", 17, domain);
    check_question(r"a\046b.example.com", r"a\.b.example.com", 17, domain);
    check_question(r"\\.example.com", r"\\.example.com", 15, domain);
    check_question(r"\065 .example.com", r"a\032.example.com", 16, domain);
    check_question(r"\300.example.com", "300.example.com", 17, domain);
    check_question("é.example.com", r"\195\169.example.com", 16, domain);
    check_question(r"a\", r"a\\", 4, None);
    // The list has this suffix in UTF-8 too.
    let chinese = r"\229\133\172\229\143\184.cn";
    check_question(
        "b.公司.cn",
        &format!("b.{chinese}"),
        13,
        Some(&format!("b.{chinese}")),
    );
}

#[test]
fn domains_are_left_out_if_told_so() {
    let mut dns = Dns::new(&DecoderSettings {
        gives_registered_domains: false,
        ..DecoderSettings::new(Format::Dnstap)
    });
    let check = |question: &DnsQuestion<'_>, qname| {
        assert_eq!(question.qname, qname);
        let domains = (question.registered_domain, question.public_suffix);
        assert_eq!(domains, (None, None));
    };
    dns.with_question("www.example.com", |_, question| {
        check(question.unwrap(), "www.example.com");
    });
    dns.with_content(&query(&[]), |_, content| {
        check(&content.question.unwrap(), "www.example.co.uk");
    });
}

#[test]
fn what_is_no_name_is_no_question() {
    let long = format!("{}.com", "a".repeat(64));
    let many = "a.".repeat(128);
    for told in ["", "..", "a..b", ".a", &long, &many] {
        dns(Privacy::Keep).with_question(told, |_, question| assert_eq!(question, None, "{told}"));
    }
    check_question(&"a.".repeat(127), &["a"; 127].join("."), 255, Some("a.a"));
}

#[test]
fn a_policy_that_went_by_the_client_does_not_tell_it() {
    let policy = |matched, rule| DnsPolicy {
        matched,
        rule: Some(rule),
        value: Some("192.0.2.1"),
        ..DnsPolicy::default()
    };
    let check = |matched, rule, tells_rule: bool, tells_value: bool| {
        let shown = dns(Privacy::Truncate).shown_policy(&policy(matched, rule));
        let found = (shown.rule.is_some(), shown.value.is_some());
        assert_eq!(found, (tells_rule, tells_value), "{matched:?} {rule}");
        let kept = dns(Privacy::Keep).shown_policy(&policy(matched, rule));
        assert_eq!(kept, policy(matched, rule));
    };
    check(Some("QNAME"), "bad.example", true, true);
    check(Some("RESPONSE_IP"), "32.1.2.0.192.rpz-ip", true, true);
    check(Some("CLIENT_IP"), "32.1.2.0.192", false, false);
    check(None, "bad.example", true, false);
    check(None, "32.1.2.0.192.rpz-client-ip", false, false);
    check(None, "192.0.2.1", false, false);
}

#[test]
fn one_message_may_be_read_while_another_is() {
    let (outer, inner) = (query(&[opt(SUBNET)]), query(&[]));
    let mut dns = dns(Privacy::Drop);
    for _ in 0..2 {
        dns.with_content(&outer, |dns, one| {
            dns.with_content(&inner, |_, other| assert_eq!(other.raw, Some(&inner[..])));
            assert!(one.edns.is_some());
            assert_ne!(one.raw, Some(&outer[..]));
        });
    }
}

/// What is asked of the rows, as text.
#[derive(Default)]
struct Rows(Vec<String>);

impl RowSink for Rows {
    fn routes(&mut self, _: &RouteRun<'_>) {}

    fn session(&mut self, _: &SessionRow<'_>) {}

    fn bmp_stats(&mut self, _: &BmpReport<'_>) {}

    fn dns_message(&mut self, row: &DnsMessageRow<'_>) {
        let (item, exchange) = (row.item, row.exchange);
        let raw = row.content.raw.map_or(0, <[u8]>::len);
        let (client, server) = (exchange.client_ip, exchange.server_ip);
        self.0
            .push(format!("message {item} {client:?} {server:?} raw {raw}"));
    }

    fn dns_record(&mut self, row: &DnsRecordRow<'_>) {
        let place = (row.item, row.section, row.index);
        let what = (row.owner, row.record_type, row.class, row.ttl_s);
        let rdata = (row.rdata_text, row.rdata);
        assert_eq!(row.qname, Some("www.example.co.uk"));
        assert_eq!(row.dns_id, Some(0xabcd));
        self.0.push(format!("{place:?} {what:?} {rdata:?}"));
    }

    fn dns_measurement(&mut self, _: &DnsMeasurementRow<'_>) {}

    fn reject(&mut self, row: &RejectRow<'_>) {
        let (kept, of) = (row.octets.len(), row.octets_count);
        self.0.push(format!("reject {kept} of {of}"));
    }
}

/// Rows that a feed pushes of which the settings are these.
fn rows_of(
    settings: &DecoderSettings,
    format: Option<Format>,
    push: impl FnOnce(&mut Dns, &mut MessageRows<'_, Rows>),
) -> Vec<String> {
    let provenance = Provenance {
        kafka_topic: "t",
        kafka_partition: 0,
        kafka_offset: 0,
        brokered_at: None,
        ingested_at: 0,
        project: "",
        collector: "",
        router: None,
        format: "dnstap",
    };
    let (mut sink, mut given, mut notices) =
        (Rows::default(), Given::default(), Notices::default());
    let mut rows = MessageRows::new(
        &provenance,
        format,
        settings,
        &mut sink,
        &mut given,
        &mut notices,
    );
    push(&mut Dns::new(settings), &mut rows);
    sink.0
}

/// Rows of a message from 192.0.2.77 to 192.0.2.53.
fn check_rows(octets: &[u8], privacy: Privacy, expected: &[&str]) {
    let settings = DecoderSettings {
        privacy,
        gives_dns_records: true,
        ..DecoderSettings::new(Format::Dnstap)
    };
    let found = rows_of(&settings, Some(Format::Dnstap), |dns, rows| {
        let carried = Carried {
            octets,
            cut_from: None,
            observed_at: rows.unobserved(),
            exchange: DnsExchange {
                client_ip: Some([192, 0, 2, 77].into()),
                server_ip: Some([192, 0, 2, 53].into()),
                ..DnsExchange::default()
            },
        };
        push_message(carried, dns, rows);
    });
    assert_eq!(found, expected);
}

#[test]
fn a_message_becomes_its_rows() {
    let mut message = header(0x8180, [2, 2, 1, 1]);
    message.extend([QNAME, QTYPE_A, b"\xc0\x10", &[0, 15, 0, 1]].concat());
    message.extend(record(&[0xc0, 12], 5, b"\x01b\xc0\x10"));
    message.extend(record(&[0xc0, 12], 1, &[192, 0, 2, 7]));
    message.extend(record(&[0xc0, 16], 28, &[1, 2, 3]));
    message.extend(opt(SUBNET));
    let rows = [
        "message 0 Some(192.0.2.0) Some(192.0.2.53) raw 0",
        r#"(0, 0, 1) ("example.co.uk", 15, 1, None) (None, None)"#,
        r#"(1, 1, 0) ("www.example.co.uk", 5, 1, Some(300)) (Some("b.example.co.uk"), Some([1, 98, 7, 69, 120, 97, 109, 112, 108, 101, 2, 99, 111, 2, 117, 107, 0]))"#,
        r#"(2, 1, 1) ("www.example.co.uk", 1, 1, Some(300)) (Some("192.0.2.7"), Some([192, 0, 2, 7]))"#,
        r#"(3, 2, 0) ("example.co.uk", 28, 1, Some(300)) (None, Some([1, 2, 3]))"#,
        r#"(4, 3, 0) (".", 41, 1232, Some(16809984)) (None, Some([0, 8, 0, 8, 0, 1, 25, 24, 192, 0, 2, 0]))"#,
    ];
    check_rows(&message, Privacy::Truncate, &rows);
}

#[test]
fn records_of_a_damaged_message_do_not_tell_what_they_may_have_swallowed() {
    let message = query(&[record(b"\0", 16, b"\x01t"), opt(&SUBNET[..10])]);
    let status = "message 0 None Some(192.0.2.53) raw 0";
    let unknown = [
        r#"(0, 3, 0) (".", 16, 1, Some(300)) (None, None)"#,
        r#"(1, 3, 1) (".", 41, 1232, Some(16809984)) (None, None)"#,
    ];
    check_rows(&message, Privacy::Drop, &[status, unknown[0], unknown[1]]);
    let kept = [
        "message 0 Some(192.0.2.77) Some(192.0.2.53) raw 69",
        r#"(0, 3, 0) (".", 16, 1, Some(300)) (Some("\"t\""), Some([1, 116]))"#,
        r#"(1, 3, 1) (".", 41, 1232, Some(16809984)) (None, Some([0, 8, 0, 8, 0, 1, 25, 24, 192, 0]))"#,
    ];
    check_rows(&message, Privacy::Keep, &kept);
}

#[test]
fn rejects_keep_octets_where_no_client_can_stand_in_them() {
    let check = |format, reason, privacy, expected: &str| {
        let settings = DecoderSettings {
            privacy,
            ..DecoderSettings::new(Format::Auto)
        };
        let rows = rows_of(&settings, format, |_, rows| {
            let error = ParseError::bad_value("message", 0);
            rows.reject(&Reject {
                reason,
                ..Reject::new(error, Disposition::MessageDiscard, &[7; 9])
            });
        });
        assert_eq!(rows, [expected], "{format:?}");
    };
    check(
        Some(Format::Dnstap),
        "bad_value",
        Privacy::Keep,
        "reject 9 of 9",
    );
    check(
        Some(Format::Dnstap),
        "bad_value",
        Privacy::Truncate,
        "reject 0 of 9",
    );
    check(
        Some(Format::Mrt),
        "bad_value",
        Privacy::Truncate,
        "reject 9 of 9",
    );
    check(None, "no_envelope", Privacy::Truncate, "reject 9 of 9");
    check(None, "format_unknown", Privacy::Drop, "reject 0 of 9");
    check(None, "format_unknown", Privacy::Keep, "reject 9 of 9");
}
