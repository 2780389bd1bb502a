//! What messages become: both forms, what operators leave out, and the three forms of lists.

use crate::dns::row_texts::decode;
use crate::{DecoderSettings, Format, Privacy};

#[track_caller]
fn check_with(settings: &DecoderSettings, message: &str, expected: &[&str]) {
    assert_eq!(decode(settings, &[message.as_bytes()]), expected);
}

fn settings(privacy: Privacy) -> DecoderSettings {
    DecoderSettings {
        privacy,
        gives_dns_records: true,
        ..DecoderSettings::new(Format::DnsCollector)
    }
}

/// A message becomes this outcome and these rows.
#[track_caller]
fn check(message: &str, expected: &[&str]) {
    check_with(&settings(Privacy::Keep), message, expected);
}

const ENVELOPE: &str = "0 response Response=1735689600123456 collector=ns1 response_at=1735689600123456 latency=14125000 \
    role=client ip=4 by=udp client=198.51.100.77 client_port=38599 server=192.0.2.53 server_port=53";
const CONTENT: &str = "octets=82 id=34555 opcode=0 rcode=0 flags=8180 counts=[1, 2, 0, 1] qname=www.example \
    registered=www.example qtype=1 qclass=1 edns_version=0 edns_flags=32768 options=[15, 8, 3] ede=[22] ede_text=no authority \
    nsid=x ecs=203.0.113.0/24 ttl=60 addresses=[192.0.2.80] cnames=[\"a.example\"]";
const RECORDS: [&str; 2] = [
    "record 0 at=1735689600123456 section=1 index=0 owner=www.example type=5 class=1 ttl=300 text=a.Example. \
        qname=www.example server=192.0.2.53 id=34555",
    "record 1 at=1735689600123456 section=1 index=1 owner=a.example type=1 class=1 ttl=60 text=192.0.2.80 \
        qname=www.example server=192.0.2.53 id=34555",
];

#[test]
fn objects_in_objects() {
    let row = format!("{ENVELOPE} {CONTENT}");
    check(
        r#"{"network":{"family":"IPv4","protocol":"UDP","query-ip":"198.51.100.77","query-port":"38599",
        "response-ip":"192.0.2.53","response-port":"53","ip-defragmented":false},"dns":{"length":82,"id":34555,"opcode":0,
        "rcode":"NOERROR","qname":"www.Example","qtype":"A","qclass":"IN","qdcount":1,"ancount":2,"nscount":0,"arcount":1,
        "flags":{"qr":true,"tc":false,"aa":false,"ra":true,"ad":false,"rd":true,"cd":false},"malformed-packet":false,
        "resource-records":{"an":[{"name":"www.example","rdatatype":"CNAME","class":"IN","ttl":300,"rdata":"a.Example."},
        {"name":"a.example","rdatatype":"A","class":"IN","ttl":60,"rdata":"192.0.2.80"}],"ns":[],"ar":"-"}},
        "edns":{"udp-size":1232,"rcode":0,"version":0,"dnssec-ok":1,"options":[{"code":15,"name":"ERRORS",
        "data":"22 - no authority"},{"code":8,"name":"CSUBNET","data":"203.0.113.0/24"},{"code":3,"name":"NSID","data":"x"}]},
        "dnstap":{"operation":"CLIENT_RESPONSE","identity":"ns1","version":"-","extra":"-",
        "timestamp-rfc3339ns":"2025-01-01T00:00:00.123456789Z","latency":0.014125,"policy-rule":"-","query-zone":"-"}}"#,
        &["parsed", &row, RECORDS[0], RECORDS[1]],
    );
}

const FLAT: &str = r#"{"network.family":"INET","network.protocol":"UDP","network.query-ip":"198.51.100.77",
    "network.query-port":"38599","network.response-ip":"192.0.2.53","network.response-port":"53","dns.length":82,
    "dns.id":34555,"dns.opcode":0,"dns.rcode":"NOERROR","dns.qname":"www.Example","dns.qtype":"A","dns.qclass":"IN",
    "dns.qdcount":1,"dns.ancount":2,"dns.nscount":0,"dns.arcount":1,"dns.flags.qr":true,"dns.flags.tc":false,
    "dns.flags.aa":false,"dns.flags.ra":true,"dns.flags.ad":false,"dns.flags.rd":true,"dns.flags.cd":false,
    "dns.malformed-packet":0,"dns.resource-records.ar":"-","dns.resource-records.ns":[],LISTS,"edns.udp-size":1232,
    "edns.rcode":0,"edns.version":0,"edns.dnssec-ok":1,"dnstap.operation":"CLIENT_RESPONSE","dnstap.identity":"ns1",
    "dnstap.timestamp-rfc3339ns":"2025-01-01T00:00:00.123456789Z","dnstap.latency":"0.014125"}"#;

#[test]
fn flat_with_numbers_among_the_names() {
    let row = format!("{ENVELOPE} {CONTENT}");
    let lists = r#""dns.resource-records.an.1.name":"a.example","dns.resource-records.an.1.rdata":"192.0.2.80",
        "dns.resource-records.an.0.class":"IN","dns.resource-records.an.0.name":"www.example",
        "dns.resource-records.an.0.rdata":"a.Example.","dns.resource-records.an.0.rdatatype":"CNAME",
        "dns.resource-records.an.0.ttl":300,"dns.resource-records.an.1.rdatatype":"A","dns.resource-records.an.1.ttl":60,
        "edns.options.0.code":15,"edns.options.0.data":"22 - no authority","edns.options.0.name":"ERRORS",
        "edns.options.1.code":8,"edns.options.1.data":"203.0.113.0/24","edns.options.2.code":3,"edns.options.2.data":"x",
        "edns.options.x.code":1"#;
    let message = FLAT.replace("LISTS", lists);
    check(&message, &["parsed", &row, RECORDS[0], RECORDS[1]]);
}

#[test]
fn flat_with_bars_between() {
    let row = format!("{ENVELOPE} {CONTENT}");
    let lists = r#""dns.resource-records.an.names":"www.example|a.example","dns.resource-records.an.rdatatypes":"CNAME|A",
        "dns.resource-records.an.rdatas":"a.Example.|192.0.2.80","dns.resource-records.an.ttls":"300|60",
        "dns.resource-records.an.classes":"IN|IN","dns.resource-records.ns.names":"-","edns.options.codes":"15|8|3",
        "edns.options.datas":"22 - no authority|203.0.113.0/24|x","edns.options.names":"ERRORS|CSUBNET|NSID""#;
    let message = FLAT.replace("LISTS", lists);
    check(&message, &["parsed", &row, RECORDS[0], RECORDS[1]]);
    // A bar inside of a text: whose it is nobody knows.
    let lists = r#""dns.resource-records.an.names":"t.example|t.example","dns.resource-records.an.rdatatypes":"TXT|TXT",
        "dns.resource-records.an.rdatas":"a|b|c","dns.resource-records.an.ttls":"9|8""#;
    let message = format!(r#"{{"dns.qname":"t.example",{lists}}}"#);
    check(
        &message,
        &[
            "parsed",
            "0 query Ingested=7 qname=t.example registered=t.example ttl=8",
            "record 0 at=7 section=1 index=0 owner=t.example type=16 class=1 ttl=9 qname=t.example",
            "record 1 at=7 section=1 index=1 owner=t.example type=16 class=1 ttl=8 qname=t.example",
        ],
    );
}

#[test]
fn the_message_itself_counts() {
    check(
        r#"{"dnstap.operation":"AUTH_QUERY","dns.qname":"other","extracted.dns_payload":"EjQBAAABAAAAAAAAA3d3dwdleGFtcGxlAAABAAE=",
        "network.query-ip":"198.51.100.77"}"#,
        &[
            "parsed",
            "0 query Ingested=7 role=auth client=198.51.100.77 octets=29 id=4660 opcode=0 rcode=0 flags=0100 \
                counts=[1, 0, 0, 0] qname=www.example registered=www.example qtype=1 qclass=1",
        ],
    );
    check(
        r#"{"dnstap":{"operation":"AUTH_QUERY"},"dns":{"qname":"www.example"},"extracted":{"dns_payload":"EjQ*"}}"#,
        &[
            "parsed",
            "reject 0: bad_value extracted.dns_payload at 3 of 4",
            "0 query Ingested=7 role=auth qname=www.example registered=www.example",
        ],
    );
}

#[test]
fn what_is_not_there_is_null() {
    check(
        r#"{"dns.qname":"-","dns.rcode":"-","dns.id":7,"dnstap.identity":"-","dnstap.operation":"-","dns.flags.qr":true,
        "network.query-ip":"-","network.query-port":"-","network.family":"-","network.protocol":"-","dnstap.latency":"-",
        "dnstap.timestamp-rfc3339ns":"-","edns.options":"-","edns.udp-size":0,"edns.version":0,"edns.dnssec-ok":0,
        "dns.malformed-packet":true,"geoip.city":"-","tag":1,"dns":"-"}"#,
        &["parsed", "0 response Ingested=7 id=7 status=question"],
    );
    check(
        r#"{"dns.qname":".","dns.malformed-packet":1}"#,
        &["parsed", "0 query Ingested=7 qname=. status=answer"],
    );
    check(
        r#"{"dns.rcode":"SERVFAIL","dns.malformed-packet":true,"dns.flags.qr":true,"edns.rcode":16,"dnstap.latency":0}"#,
        &["parsed", "0 response Ingested=7 rcode=18 status=question"],
    );
    check(
        r#"{"dns":{"rcode":"UNKNOWN","qname":"x","qtype":"UNKNOWN","opcode":"NOTIFY"},"edns":{"rcode":1}}"#,
        &["parsed", "0 query Ingested=7 opcode=4 qname=x"],
    );
    // Of options nothing is told, or that there are none.
    check(
        r#"{"dns.id":7,"edns.udp-size":1232}"#,
        &["parsed", "0 query Ingested=7 id=7"],
    );
    check(
        r#"{"dns.id":7,"edns.udp-size":1232,"edns.options":"-"}"#,
        &["parsed", "0 query Ingested=7 id=7 options=[]"],
    );
    check(
        r#"{"dns":{"id":7},"edns":{"udp-size":1232,"options":[]}}"#,
        &["parsed", "0 query Ingested=7 id=7 options=[]"],
    );
}

#[test]
fn what_cannot_be_read_is_null_and_told() {
    check(
        r#"{"dnstap":{"operation":"CLIENT_ANSWER","timestamp-rfc3339ns":"today"},"network":{"protocol":"QUIC","family":"IPv5",
        "query-ip":"x","query-port":"65536","response-port":53},"dns":{"qname":"a..b","qtype":"A?","rcode":7,"opcode":99,
        "length":1.5,"resource-records":{"an":[{"name":"x","rdatatype":"?"}]}},"edns":{"options":[{"code":"x"},{"code":8,"data":"y"}]}}"#,
        &[
            "parsed",
            "reject 0: bad_value dnstap.operation at 0 of 13",
            "reject 1: bad_value dnstap.timestamp-rfc3339ns at 0 of 5",
            "reject 2: bad_value network.family at 0 of 4",
            "reject 3: bad_value network.protocol at 0 of 4",
            "reject 4: bad_value network.query-ip at 0 of 1",
            "reject 5: bad_value network.query-port at 0 of 5",
            "reject 6: bad_value edns.options at 0 of 1",
            "reject 7: bad_value edns.options at 0 of 1",
            "reject 8: bad_value dns.length at 0 of 3",
            "reject 9: bad_value dns.opcode at 0 of 2",
            "reject 10: bad_value dns.qtype at 0 of 2",
            "reject 11: bad_value dns.qname at 0 of 4",
            "0 query Ingested=7 server_port=53 rcode=7 options=[8]",
            "reject 12: bad_value dns.resource-records at 0 of 1",
        ],
    );
}

#[test]
fn clients_are_shown_as_privacy_says() {
    let message = r#"{"dnstap":{"operation":"CLIENT_QUERY","policy-type":"RPZ","policy-match":"CLIENT_IP","policy-value":"198.51.100.77"},
        "network":{"query-ip":"198.51.100.77","response-ip":"192.0.2.53"},
        "edns":{"options":[{"code":8,"data":"198.51.100.77/32"}]}}"#;
    let check = |privacy, expected: &str| {
        let row = format!("0 query Ingested=7 role=client {expected}");
        check_with(&settings(privacy), message, &["parsed", &row]);
    };
    check(
        Privacy::Keep,
        "client=198.51.100.77 server=192.0.2.53 policy_type=RPZ match=CLIENT_IP value=198.51.100.77 options=[8] \
         ecs=198.51.100.77/32",
    );
    check(
        Privacy::Truncate,
        "client=198.51.100.0 server=192.0.2.53 policy_type=RPZ match=CLIENT_IP options=[8] ecs=198.51.100.0/24",
    );
    check(
        Privacy::Drop,
        "server=192.0.2.53 policy_type=RPZ match=CLIENT_IP options=[8]",
    );
}

#[test]
fn what_is_no_message_is_refused() {
    check(
        "{}\n[7]\n{\"dns.qname\":\"x\",}",
        &[
            "rejected",
            "reject 0: missing dnstap.operation at 0 of 2",
            "reject 1: bad_value JSON object at 0 of 1",
            "reject 2: bad_value JSON at 17 of 18",
        ],
    );
}
