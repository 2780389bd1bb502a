//! Where the members of a result, or of a response in a set, are; and what every response of a result shares.

use crate::dns::Dns;
use crate::json::{Document, Place, told};
use crate::message::MessageRows;
use std::net::IpAddr;
use tables::RowSink;

/// Where the members are. Of two with the same name the last one counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Members {
    pub(super) kind: Place,
    pub(super) resultset: Place,
    from: Place,
    msm_id: Place,
    prb_id: Place,
    msm_name: Place,
    group_id: Place,
    firmware: Place,
    stored_timestamp: Place,
    pub(super) timestamp: Place,
    pub(super) time: Place,
    pub(super) lts: Place,
    pub(super) sslvers: Place,
    pub(super) subid: Place,
    pub(super) submax: Place,
    pub(super) name: Place,
    pub(super) dst_name: Place,
    pub(super) dst_addr: Place,
    pub(super) dst_port: Place,
    pub(super) af: Place,
    pub(super) src_addr: Place,
    pub(super) retry: Place,
    pub(super) ttl: Place,
    pub(super) proto: Place,
    pub(super) qbuf: Place,
    pub(super) result: Place,
    pub(super) error: Place,
}

impl Members {
    /// Finds the members of an object; none of anything else.
    #[inline]
    pub(super) fn read(document: &Document<'_>, object: Place) -> Option<Self> {
        let mut places = Self::default();
        for (name, place) in document.members(object)? {
            if let Some(named) = places.named(name) {
                *named = place;
            }
        }
        Some(places)
    }

    #[inline]
    fn named(&mut self, name: &[u8]) -> Option<&mut Place> {
        Some(match name {
            b"type" => &mut self.kind,
            b"resultset" => &mut self.resultset,
            b"from" => &mut self.from,
            b"msm_id" => &mut self.msm_id,
            b"prb_id" => &mut self.prb_id,
            b"msm_name" => &mut self.msm_name,
            b"group_id" => &mut self.group_id,
            b"fw" => &mut self.firmware,
            b"stored_timestamp" => &mut self.stored_timestamp,
            b"timestamp" => &mut self.timestamp,
            b"time" => &mut self.time,
            b"lts" => &mut self.lts,
            b"sslvers" => &mut self.sslvers,
            b"subid" => &mut self.subid,
            b"submax" => &mut self.submax,
            b"name" => &mut self.name,
            b"dst_name" => &mut self.dst_name,
            b"dst_addr" => &mut self.dst_addr,
            b"dst_port" => &mut self.dst_port,
            b"af" => &mut self.af,
            b"src_addr" => &mut self.src_addr,
            b"retry" => &mut self.retry,
            b"ttl" => &mut self.ttl,
            b"proto" => &mut self.proto,
            b"qbuf" => &mut self.qbuf,
            b"result" => &mut self.result,
            b"error" => &mut self.error,
            _ => return None,
        })
    }

    /// Whether it has what a response of DNS has.
    pub(super) fn tells_response(&self, document: &Document<'_>) -> bool {
        document.members(self.result).is_some()
            || document.has(self.resultset)
            || document.has(self.error)
    }
}

/// Where the members of `result` are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ResultMembers {
    pub(super) rt: Place,
    pub(super) qt: Place,
    pub(super) size: Place,
    pub(super) abuf: Place,
    pub(super) cookie_mismatch: Place,
    pub(super) id: Place,
    pub(super) qdcount: Place,
    pub(super) ancount: Place,
    pub(super) nscount: Place,
    pub(super) arcount: Place,
    pub(super) answers: Place,
}

impl ResultMembers {
    /// Finds the members of an object; none of anything else.
    #[inline]
    pub(super) fn read(document: &Document<'_>, object: Place) -> Option<Self> {
        let mut places = Self::default();
        for (name, place) in document.members(object)? {
            let named = match name {
                b"rt" => &mut places.rt,
                b"qt" => &mut places.qt,
                b"size" => &mut places.size,
                b"abuf" => &mut places.abuf,
                b"client-cookie-mismatch" => &mut places.cookie_mismatch,
                b"ID" => &mut places.id,
                b"QDCOUNT" => &mut places.qdcount,
                b"ANCOUNT" => &mut places.ancount,
                b"NSCOUNT" => &mut places.nscount,
                b"ARCOUNT" => &mut places.arcount,
                b"answers" => &mut places.answers,
                _ => continue,
            };
            *named = place;
        }
        Some(places)
    }
}

/// What every response of a result shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probe<'a> {
    pub(super) msm_id: Option<i64>,
    pub(super) prb_id: Option<i64>,
    pub(super) group_id: Option<i64>,
    pub(super) msm_name: Option<&'a str>,
    pub(super) firmware: Option<&'a str>,
    pub(super) stored_at: Option<i64>,
    /// As it was told, and as rows may have it.
    pub(super) from: (Option<IpAddr>, Option<IpAddr>),
}

impl<'a> Probe<'a> {
    #[inline]
    pub(super) fn read<S: RowSink>(
        document: &Document<'a>,
        top: &Members,
        dns: &mut Dns,
        rows: &mut MessageRows<'_, S>,
    ) -> Self {
        let from = read_address(document, "from", top.from, rows);
        let mut id = |field, place| told(document, field, place, document.integer(place), rows);
        let (msm_id, prb_id) = (id("msm_id", top.msm_id), id("prb_id", top.prb_id));
        let group_id = id("group_id", top.group_id);
        let firmware = document.text_or_number(top.firmware);
        let stored = seconds(document, top.stored_timestamp);
        Self {
            msm_id,
            prb_id,
            group_id,
            msm_name: read_text(document, "msm_name", top.msm_name, rows),
            firmware: told(document, "fw", top.firmware, firmware, rows),
            stored_at: told(
                document,
                "stored_timestamp",
                top.stored_timestamp,
                stored,
                rows,
            ),
            from: (from, from.and_then(|ip| dns.client_address(ip))),
        }
    }
}

/// A string that is not empty.
#[inline]
pub(super) fn read_text<'a, S: RowSink>(
    document: &Document<'a>,
    field: &'static str,
    place: Place,
    rows: &mut MessageRows<'_, S>,
) -> Option<&'a str> {
    let text = document.string(place).filter(|text| !text.is_empty());
    told(document, field, place, text, rows)
}

#[inline]
fn read_address<S: RowSink>(
    document: &Document<'_>,
    field: &'static str,
    place: Place,
    rows: &mut MessageRows<'_, S>,
) -> Option<IpAddr> {
    told(document, field, place, document.address(place), rows)
}

/// Seconds since 1970 as microseconds, up to 2106.
#[inline]
pub(super) fn seconds(document: &Document<'_>, place: Place) -> Option<i64> {
    const LAST_US: i64 = u32::MAX as i64 * 1_000_000;
    document
        .decimal(place, 6)
        .filter(|at| (0..=LAST_US).contains(at))
}
