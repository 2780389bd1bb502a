//! The rows of one message on their way to the sink: numbered, counted, and refused parts among them.

use crate::Outcome;
use tables::{
    Disposition, ObservedAt, ObservedAtSource, Peer, Provenance, RejectRow, RouteKind, RouteRun,
    RowSink, SessionRow,
};
use wire::{ParseError, Reader};

/// A live feed's time may be so much older than Kafka's.
const OLDER_MAX_US: i64 = 7 * 24 * 3600 * 1_000_000;
/// And so much newer.
const NEWER_MAX_US: i64 = 3600 * 1_000_000;

/// Numbers the rows of one message within their table, and knows in the end what became of it.
#[derive(Debug)]
pub(crate) struct MessageRows<'a, S> {
    provenance: &'a Provenance<'a>,
    is_archive: bool,
    sink: &'a mut S,
    routes: i32,
    rib: i32,
    sessions: i32,
    rejects: i32,
    skipped: &'static str,
}

impl<'a, S: RowSink> MessageRows<'a, S> {
    #[inline]
    pub(crate) fn new(provenance: &'a Provenance<'a>, is_archive: bool, sink: &'a mut S) -> Self {
        Self {
            provenance,
            is_archive,
            sink,
            routes: 0,
            rib: 0,
            sessions: 0,
            rejects: 0,
            skipped: "empty",
        }
    }

    pub(crate) fn provenance(&self) -> &'a Provenance<'a> {
        self.provenance
    }

    /// Pushes a run; its `item` is set here.
    #[inline]
    pub(crate) fn routes(&mut self, run: &mut RouteRun<'_>) {
        let next = if run.kind == RouteKind::Rib {
            &mut self.rib
        } else {
            &mut self.routes
        };
        run.item = *next;
        *next = next.saturating_add(i32::try_from(run.rows()).unwrap_or(i32::MAX));
        self.sink.routes(run);
    }

    /// Pushes a row of `sessions`; its `item` is set here.
    pub(crate) fn session(&mut self, row: &mut SessionRow<'_>) {
        row.item = self.sessions;
        self.sessions = self.sessions.saturating_add(1);
        self.sink.session(row);
    }

    /// Pushes a reject.
    #[cold]
    pub(crate) fn reject(&mut self, reject: &Reject<'_>) {
        let row = RejectRow {
            provenance: self.provenance,
            item: self.rejects,
            observed_at: reject.observed_at.unwrap_or_else(|| self.unobserved()),
            peer: reject.peer,
            reason: reject.reason,
            field: reject.field,
            disposition: reject.disposition,
            error_offset: reject.error_offset as u64,
            message_type: reject.message_type,
            octets: reject.octets,
        };
        self.rejects = self.rejects.saturating_add(1);
        self.sink.reject(&row);
    }

    /// Notes why a part of the message gives no row. Counts only if no other part does.
    #[inline]
    pub(crate) fn skip(&mut self, reason: &'static str) {
        self.skipped = reason;
    }

    /// What became of the message.
    #[inline]
    pub(crate) fn outcome(&self) -> Outcome {
        if self.routes | self.rib | self.sessions != 0 {
            Outcome::Parsed
        } else if self.rejects != 0 {
            Outcome::Rejected
        } else {
            Outcome::Skipped(self.skipped)
        }
    }

    /// The feed's time, unless it is absurd: then Kafka's. It depends on the message alone, so a replay gives the same.
    #[inline]
    pub(crate) fn observed_at(&self, at: i64, source: ObservedAtSource) -> ObservedAt {
        match self.provenance.brokered_at {
            Some(brokered_at) if !self.is_archive && is_absurd(at, brokered_at) => ObservedAt {
                at: brokered_at,
                source: ObservedAtSource::Clamped,
                reported_at: Some(at),
            },
            _ => ObservedAt {
                at,
                source,
                reported_at: None,
            },
        }
    }

    /// The time of a message that tells none.
    fn unobserved(&self) -> ObservedAt {
        let at = self
            .provenance
            .brokered_at
            .unwrap_or(self.provenance.ingested_at);
        ObservedAt {
            at,
            source: ObservedAtSource::Broker,
            reported_at: None,
        }
    }
}

fn is_absurd(at: i64, brokered_at: i64) -> bool {
    at < brokered_at.saturating_sub(OLDER_MAX_US) || at > brokered_at.saturating_add(NEWER_MAX_US)
}

/// A refused message, or part of one, and what was done about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reject<'a> {
    pub(crate) reason: &'static str,
    pub(crate) field: &'static str,
    pub(crate) error_offset: usize,
    pub(crate) disposition: Disposition,
    pub(crate) observed_at: Option<ObservedAt>,
    pub(crate) peer: Option<&'a Peer<'a>>,
    pub(crate) message_type: Option<u16>,
    pub(crate) octets: &'a [u8],
}

impl<'a> Reject<'a> {
    /// As [`Reject::new`], for the octets from where `unit` begins to the end of `last`; the error is counted from there.
    pub(crate) fn up_to(
        error: ParseError,
        disposition: Disposition,
        unit: Reader<'a>,
        last: Reader<'a>,
    ) -> Self {
        let end = last.offset().saturating_add(last.len());
        let octets = end.saturating_sub(unit.offset());
        let error = ParseError {
            offset: error.offset.saturating_sub(unit.offset()),
            ..error
        };
        Self::new(
            error,
            disposition,
            unit.rest().get(..octets).unwrap_or_default(),
        )
    }

    /// Nothing but the error and the octets it is in.
    pub(crate) fn new(error: ParseError, disposition: Disposition, octets: &'a [u8]) -> Self {
        Self {
            reason: error.fault.name(),
            field: error.field,
            error_offset: error.offset,
            disposition,
            observed_at: None,
            peer: None,
            message_type: None,
            octets,
        }
    }
}
