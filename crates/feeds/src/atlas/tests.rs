//! What results become: every form and every quirk that a probe or the platform is known for.

use crate::dns::row_texts::decode;
use crate::{DecoderSettings, Format, Privacy};

/// Query: ID 0x1234, RD, `www.example`, A, IN.
const QBUF: &str = "EjQBAAABAAAAAAAAA3d3dwdleGFtcGxlAAABAAE=";
/// Response to it: AA, RD, A 192.0.2.80 with TTL 300.
const ABUF: &str = "EjSFAAABAAEAAAAAA3d3dwdleGFtcGxlAAABAAHADAABAAEAAAEsAATAAAJQ";
/// What rows have of it.
const CONTENT: &str = "octets=45 id=4660 opcode=0 rcode=0 flags=8500 counts=[1, 1, 0, 0] qname=www.example \
    registered=www.example qtype=1 qclass=1 ttl=300 addresses=[192.0.2.80] raw=45";

#[track_caller]
fn check_with(privacy: Privacy, message: &str, expected: &[&str]) {
    let settings = DecoderSettings {
        privacy,
        ..DecoderSettings::new(Format::Atlas)
    };
    let message = message.replace("QBUF", QBUF).replace("ABUF", ABUF);
    let expected: Vec<String> = expected
        .iter()
        .map(|line| line.replace("CONTENT", CONTENT))
        .collect();
    assert_eq!(decode(&settings, &[message.as_bytes()]), expected);
}

/// A message becomes this outcome and these rows.
#[track_caller]
fn check(message: &str, expected: &[&str]) {
    check_with(Privacy::Keep, message, expected);
}

#[test]
fn a_result_of_the_platform() {
    check(
        r#"{"fw":5080,"mver":"2.6.2","lts":12,"dst_name":"ns.example","dst_addr":"192.0.2.53","dst_port":"53","af":4,
        "src_addr":"198.51.100.9","proto":"UDP","ttl":55,"retry":1,"qbuf":"QBUF","result":{"rt":38.576999999999998,
        "size":45,"abuf":"ABUF","ID":1,"ANCOUNT":2,"QDCOUNT":3,"NSCOUNT":4,"ARCOUNT":5,"answers":[{}]},"msm_id":10001,
        "prb_id":6012,"timestamp":1735689600,"msm_name":"Tdig","from":"203.0.113.7","type":"dns","group_id":10000,
        "stored_timestamp":1735689661}"#,
        &[
            "parsed",
            "measurement 0 source=Response at=1735689600000000 msm=10001 prb=6012 group=10000 name=Tdig fw=5080 \
            stored=1735689661000000 lts=12 probe=203.0.113.7 from=198.51.100.9 server=192.0.2.53 server_name=ns.example \
            port=53 ip=4 hops=55 retry=1 by=udp rtt=38577 query=29 CONTENT",
        ],
    );
}

#[test]
fn a_set_of_responses() {
    check(
        r#"{"lts":9,"msm_id":1,"fw":4780,"timestamp":1735689600,"type":"dns","resultset":[{"lts":-1,"time":1735689601,
        "subid":1,"submax":3,"af":6,"dst_addr":"2001:db8::53","proto":"TCP","result":{"rt":1,"abuf":"ABUF"}},
        {"subid":2,"submax":3,"error":{"timeout":5000}}, 7]}"#,
        &[
            "parsed",
            "measurement 0 source=Response at=1735689601000000 msm=1 fw=4780 server=2001:db8::53 ip=6 subid=1 submax=3 by=tcp \
                rtt=1000 CONTENT",
            "measurement 1 source=Response at=1735689600000000 msm=1 fw=4780 lts=9 subid=2 submax=3 error=timeout \
                text={\"timeout\":5000} timeout=5000",
            "reject 0: bad_value resultset at 0 of 10",
        ],
    );
    // What is wrong with what they share is told once.
    check(
        r#"{"type":"dns","src_addr":"x","timestamp":"y","resultset":[1,{},{},[]]}"#,
        &[
            "parsed",
            "reject 0: bad_value src_addr at 0 of 1",
            "reject 1: bad_value timestamp at 0 of 1",
            "measurement 0 source=Ingested at=7",
            "measurement 1 source=Ingested at=7",
            "reject 2: bad_value resultset at 0 of 2",
        ],
    );
    check(
        r#"{"type":"dns","resultset":[]}"#,
        &["skipped atlas_resultset_empty"],
    );
    check(
        r#"{"type":"dns","resultset":7}"#,
        &["rejected", "reject 0: bad_value resultset at 15 of 28"],
    );
}

#[test]
fn what_a_probe_prints() {
    check(
        "RESULT { \"fw\":9999, \"time\" : 999999999 , \"sslvers\" : \"TLSv1.3\" , \"name\" : \"ns.example\", \"proto\" : \"TCP\" ,\
         \"result\" : { \"rt\" : 2000.002,\"qt\" : 1000.0005, \"abuf\" : \"ABUF\" } }\nRESULT {\"error\":{\"TU_BAD_ADDR\":true}}\n",
        &[
            "parsed",
            "measurement 0 source=Response at=999999999000000 fw=9999 tls=TLSv1.3 server_name=ns.example by=tls rtt=2000002 \
                qt=1000001 CONTENT",
            "measurement 1 source=Ingested at=7 error=TU_BAD_ADDR text={\"TU_BAD_ADDR\":true}",
        ],
    );
}

#[test]
fn errors_have_many_forms() {
    let check = |error: &str, expected: &str| {
        let message = format!(r#"{{"type":"dns","error":{error}}}"#);
        let row = format!("measurement 0 source=Ingested at=7 {expected}");
        check(&message, &["parsed", row.trim_end()]);
    };
    check(
        r#"{"getaddrinfo": "Name \"x\" \u000a", "nameserver":"ns.example" , "timeout":"5000"}"#,
        r#"error=getaddrinfo text={"getaddrinfo":"Name \"x\" \u000a","nameserver":"ns.example","timeout":"5000"} timeout=5000"#,
    );
    check(
        r#"["query busy"]"#,
        r#"error=query busy text=["query busy"]"#,
    );
    check(
        r#"[{"query busy":1.5},null]"#,
        r#"error=query busy text=[{"query busy":1.5},null]"#,
    );
    check(r#""socket""#, r#"error=socket text="socket""#);
    check("{}", "text={}");
    check("[]", "text=[]");
    check("null", "");
}

#[test]
fn an_error_beside_a_result() {
    check(
        r#"{"type":"dns","error":{"idmismatch":"mismatch id"},"result":{"rt":5.5,"abuf":"ABUF","client-cookie-mismatch":true}}"#,
        &[
            "parsed",
            "measurement 0 source=Ingested at=7 rtt=5500 error=idmismatch text={\"idmismatch\":\"mismatch id\"} \
            mismatch=true CONTENT",
        ],
    );
}

#[test]
fn without_the_message_the_probe_is_believed() {
    check(
        r#"{"type":"dns","fw":"4560","qbuf":"QBUF","result":{"rt":3.4,"size":64,"ID":56909,"ANCOUNT":1,"QDCOUNT":"1","NSCOUNT":0,
        "ARCOUNT":2,"answers":[{"TYPE":"TXT","NAME":"ID.server","RDATA":["a\\034","b"]}]}}"#,
        &[
            "parsed",
            "measurement 0 source=Ingested at=7 fw=4560 rtt=3400 instance=a\\034b \
            answers=[{\"TYPE\":\"TXT\",\"NAME\":\"ID.server\",\"RDATA\":[\"a\\\\034\",\"b\"]}] query=29 octets=64 id=56909 \
            counts=[1, 1, 0, 2] qname=www.example registered=www.example qtype=1 qclass=1",
        ],
    );
    // Without counts, and with RDATA that is no list.
    check(
        r#"{"type":"dns","result":{"rt":3,"size":11,"answers":[{"TYPE":1,"RDLENGTH":4},{"NAME":"hostname.bind.","RDATA":"x"}]}}"#,
        &[
            "parsed",
            "measurement 0 source=Ingested at=7 rtt=3000 instance=x \
            answers=[{\"TYPE\":1,\"RDLENGTH\":4},{\"NAME\":\"hostname.bind.\",\"RDATA\":\"x\"}] octets=11",
        ],
    );
    check(
        r#"{"type":"dns","result":{}}"#,
        &["parsed", "measurement 0 source=Ingested at=7"],
    );
}

#[test]
fn an_instance_says_its_name_in_a_message() {
    // hostname.bind CH TXT "n1" "\"x".
    check(
        r#"{"type":"dns","result":{"abuf":"AACAAAABAAEAAAAACGhvc3RuYW1lBGJpbmQAABAAA8AMABAAAwAAAAAABgJuMQIieA=="}}"#,
        &[
            "parsed",
            "measurement 0 source=Ingested at=7 instance=n1\\034x octets=49 id=0 opcode=0 rcode=0 flags=8000 \
            counts=[1, 1, 0, 0] qname=hostname.bind registered=hostname.bind qtype=16 qclass=3 ttl=0 raw=49",
        ],
    );
    // The same question with NSID "ns" in the response.
    check(
        r#"{"type":"dns","result":{"abuf":"AACAAAABAAAAAAABCGhvc3RuYW1lBGJpbmQAABAAAwAAKQTQAAAAAAAGAAMAAm5z"}}"#,
        &[
            "parsed",
            "measurement 0 source=Ingested at=7 instance=ns octets=48 id=0 opcode=0 rcode=0 flags=8000 \
            counts=[1, 0, 0, 1] qname=hostname.bind registered=hostname.bind qtype=16 qclass=3 edns_version=0 edns_flags=0 \
            options=[3] nsid=ns raw=48",
        ],
    );
}

#[test]
fn base64_that_is_none_costs_its_column_alone() {
    check(
        r#"{"type":"dns","qbuf":"E","result":{"rt":1,"abuf":"AB*D","ANCOUNT":1}}"#,
        &[
            "parsed",
            "reject 0: bad_value abuf at 2 of 4",
            "reject 1: bad_value qbuf at 1 of 1",
            "measurement 0 source=Ingested at=7 rtt=1000 counts=[0, 1, 0, 0]",
        ],
    );
    // Cut short.
    check(
        r#"{"type":"dns","result":{"abuf":"EjSF"}}"#,
        &[
            "parsed",
            "measurement 0 source=Ingested at=7 octets=3 status=header_short raw=3",
        ],
    );
}

#[test]
fn members_of_odd_types_are_null_and_told() {
    check(
        r#"{"type":"dns","msm_id":"17","prb_id":1.5,"fw":4610.0,"timestamp":"1735689600.5","dst_port":53,"af":"4","subid":[1],
        "proto":"SCTP","dst_addr":"","src_addr":null,"from":"x","lts":true,"result-rt":1,"result-rdata":null,
        "result":[{"rt":1}],"error":null}"#,
        &[
            "parsed",
            "reject 0: bad_value from at 0 of 1",
            "reject 1: bad_value prb_id at 0 of 3",
            "reject 2: bad_value result at 0 of 8",
            "reject 3: bad_value lts at 0 of 4",
            "reject 4: bad_value subid at 0 of 2",
            "reject 5: bad_value proto at 0 of 4",
            "measurement 0 source=Response at=1735689600500000 msm=17 fw=4610.0 port=53 ip=4",
        ],
    );
}

#[test]
fn other_measurements_are_skipped_and_other_json_is_refused() {
    check(
        r#"{"type":"ping","msm_id":1}"#,
        &["skipped atlas_type_unknown"],
    );
    check(
        r#"{"msm_id":1}"#,
        &["rejected", "reject 0: missing type at 0 of 12"],
    );
    check(
        r#"{"type":7}"#,
        &["rejected", "reject 0: bad_value type at 2 of 10"],
    );
    check(
        "[7]",
        &["rejected", "reject 0: bad_value JSON object at 0 of 1"],
    );
    check(" \n", &["skipped empty"]);
}

#[test]
fn an_array_and_what_is_broken_in_it() {
    // A probe leaves `answers` unclosed where the second answer is cut.
    check(
        r#"[{"type":"dns","result":{"answers":[{"TYPE":"TXT"} } } , {"type":"ping"},{"type":"dns","#,
        &[
            "rejected",
            "reject 0: bad_value JSON at 50 of 53",
            "reject 1: bad_value JSON at 8 of 13",
        ],
    );
    check(
        "{\"type\":\"dns\",\"lts\":\n{\"type\":\"dns\"} {\"type\":\"dns\",\"ttl\":5}\n\n",
        &[
            "parsed",
            "reject 0: bad_value JSON at 19 of 20",
            "measurement 0 source=Ingested at=7",
            "measurement 1 source=Ingested at=7 hops=5",
        ],
    );
}

#[test]
fn addresses_of_the_probe_are_shown_as_privacy_says() {
    let message = r#"{"type":"dns","from":"203.0.113.7","src_addr":"198.51.100.9","dst_addr":"192.0.2.53","error":
        {"senderror":"from 198.51.100.9 (203.0.113.7:53) to 192.0.2.53"},"result":{"answers":[{"RDATA":["203.0.113.7"]}]}}"#;
    let check = |privacy, expected: &str| {
        let row = format!("measurement 0 source=Ingested at=7 {expected}");
        check_with(privacy, message, &["parsed", &row]);
    };
    check(
        Privacy::Truncate,
        "probe=203.0.113.0 from=198.51.100.0 server=192.0.2.53 ip=4 error=senderror \
         text={\"senderror\":\"from 198.51.100.0 (203.0.113.0) to 192.0.2.53\"} answers=[{\"RDATA\":[\"203.0.113.0\"]}]",
    );
    check(
        Privacy::Drop,
        "server=192.0.2.53 ip=4 error=senderror text={\"senderror\":\"from  () to 192.0.2.53\"} answers=[{\"RDATA\":[\"\"]}]",
    );
    check(
        Privacy::Keep,
        "probe=203.0.113.7 from=198.51.100.9 server=192.0.2.53 ip=4 error=senderror \
         text={\"senderror\":\"from 198.51.100.9 (203.0.113.7:53) to 192.0.2.53\"} answers=[{\"RDATA\":[\"203.0.113.7\"]}]",
    );
}
