//! serde_json into typed, borrowed structs: the JSON of RIPE Atlas alone, no address, no base64, no DNS message looked at.

use serde::Deserialize;
use std::hint::black_box;

/// Deserialises every line; counts responses.
pub fn responses(lines: &[&[u8]]) -> u64 {
    lines
        .iter()
        .filter_map(|line| serde_json::from_slice::<Measurement<'_>>(line).ok())
        .map(|measurement| black_box(measurement).responses() as u64)
        .sum()
}

/// Whether it can read a line, which has a DNS message.
pub fn has_message(line: &[u8]) -> bool {
    let measurement: Option<Measurement<'_>> = serde_json::from_slice(line).ok();
    measurement.is_some_and(|measurement| {
        let own = measurement.result.iter();
        let set = measurement.resultset.iter().flatten();
        let mut results = own.chain(set.filter_map(|response| response.result.as_ref()));
        measurement.kind == "dns" && results.any(|result| result.abuf.is_some())
    })
}

#[derive(Debug, Deserialize)]
struct Measurement<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "msm_id")]
    _msm_id: i64,
    #[serde(rename = "prb_id")]
    _prb_id: i64,
    #[serde(rename = "group_id")]
    _group_id: Option<i64>,
    #[serde(rename = "msm_name")]
    _msm_name: Option<&'a str>,
    #[serde(rename = "fw")]
    _fw: i64,
    #[serde(rename = "mver")]
    _mver: Option<&'a str>,
    #[serde(rename = "from")]
    _from: &'a str,
    #[serde(rename = "timestamp")]
    _timestamp: i64,
    #[serde(rename = "stored_timestamp")]
    _stored_timestamp: Option<i64>,
    #[serde(rename = "lts")]
    _lts: Option<i64>,
    #[serde(rename = "sslvers")]
    _sslvers: Option<&'a str>,
    #[serde(rename = "name")]
    _name: Option<&'a str>,
    #[serde(rename = "dst_name")]
    _dst_name: Option<&'a str>,
    #[serde(rename = "dst_addr")]
    _dst_addr: Option<&'a str>,
    #[serde(rename = "dst_port")]
    _dst_port: Option<&'a str>,
    #[serde(rename = "af")]
    _af: Option<u8>,
    #[serde(rename = "src_addr")]
    _src_addr: Option<&'a str>,
    #[serde(rename = "retry")]
    _retry: Option<i64>,
    #[serde(rename = "ttl")]
    _ttl: Option<i64>,
    #[serde(rename = "proto")]
    _proto: Option<&'a str>,
    #[serde(rename = "qbuf")]
    _qbuf: Option<&'a str>,
    #[serde(borrow)]
    result: Option<Outcome<'a>>,
    #[serde(rename = "error", borrow)]
    _error: Option<Failure<'a>>,
    #[serde(borrow)]
    resultset: Option<Vec<Response<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Response<'a> {
    #[serde(rename = "time")]
    _time: Option<i64>,
    #[serde(rename = "lts")]
    _lts: Option<i64>,
    #[serde(rename = "sslvers")]
    _sslvers: Option<&'a str>,
    #[serde(rename = "subid")]
    _subid: Option<i64>,
    #[serde(rename = "submax")]
    _submax: Option<i64>,
    #[serde(rename = "name")]
    _name: Option<&'a str>,
    #[serde(rename = "dst_name")]
    _dst_name: Option<&'a str>,
    #[serde(rename = "dst_addr")]
    _dst_addr: Option<&'a str>,
    #[serde(rename = "dst_port")]
    _dst_port: Option<&'a str>,
    #[serde(rename = "af")]
    _af: Option<u8>,
    #[serde(rename = "src_addr")]
    _src_addr: Option<&'a str>,
    #[serde(rename = "retry")]
    _retry: Option<i64>,
    #[serde(rename = "ttl")]
    _ttl: Option<i64>,
    #[serde(rename = "proto")]
    _proto: Option<&'a str>,
    #[serde(rename = "qbuf")]
    _qbuf: Option<&'a str>,
    #[serde(borrow)]
    result: Option<Outcome<'a>>,
    #[serde(rename = "error", borrow)]
    _error: Option<Failure<'a>>,
}

#[derive(Debug, Deserialize)]
struct Outcome<'a> {
    #[serde(rename = "rt")]
    _rt: f64,
    #[serde(rename = "qt")]
    _qt: Option<f64>,
    #[serde(rename = "size")]
    _size: Option<i64>,
    abuf: Option<&'a str>,
    #[serde(rename = "client-cookie-mismatch")]
    _cookie_mismatch: Option<bool>,
    #[serde(rename = "ID")]
    _id: Option<i64>,
    #[serde(rename = "QDCOUNT")]
    _qdcount: Option<i64>,
    #[serde(rename = "ANCOUNT")]
    _ancount: Option<i64>,
    #[serde(rename = "NSCOUNT")]
    _nscount: Option<i64>,
    #[serde(rename = "ARCOUNT")]
    _arcount: Option<i64>,
    #[serde(rename = "answers", borrow)]
    _answers: Option<Vec<Answer<'a>>>,
}

#[derive(Debug, Deserialize)]
struct Answer<'a> {
    #[serde(rename = "TYPE")]
    _type: &'a str,
    #[serde(rename = "NAME")]
    _name: Option<&'a str>,
    #[serde(rename = "RDATA", borrow)]
    _rdata: Option<Vec<&'a str>>,
    #[serde(rename = "TTL")]
    _ttl: Option<i64>,
    #[serde(rename = "MNAME")]
    _mname: Option<&'a str>,
    #[serde(rename = "RNAME")]
    _rname: Option<&'a str>,
    #[serde(rename = "SERIAL")]
    _serial: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Failure<'a> {
    #[serde(rename = "timeout")]
    _timeout: Option<i64>,
    #[serde(rename = "getaddrinfo")]
    _getaddrinfo: Option<&'a str>,
    #[serde(rename = "socket")]
    _socket: Option<&'a str>,
}

impl Measurement<'_> {
    fn responses(&self) -> usize {
        self.resultset.as_ref().map_or(1, Vec::len)
    }
}
