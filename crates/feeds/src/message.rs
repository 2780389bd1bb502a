//! The rows of one message on their way to the sink: numbered, counted, and refused parts among them.

use crate::{DecoderSettings, Format, Notice, Notices, Outcome, Privacy};
use tables::{
    BmpReport, Disposition, DnsMeasurementRow, DnsMessageRow, DnsRecordRow, ObservedAt,
    ObservedAtSource, Peer, Provenance, RejectRow, RouteRun, RowSink, SessionRow, Table,
};
use wire::{ParseError, Reader};

/// A live feed's time may be so much older than Kafka's.
const OLDER_MAX_US: i64 = 7 * 24 * 3600 * 1_000_000;
/// And so much newer.
const NEWER_MAX_US: i64 = 3600 * 1_000_000;

/// Reason of the reject of a BGP message of which nobody says whose it is.
pub(crate) const NO_ENVELOPE: &str = "no_envelope";

/// Numbers the rows of one message within their table, and knows in the end what became of it.
#[derive(Debug)]
pub(crate) struct MessageRows<'a, S> {
    provenance: &'a Provenance<'a>,
    /// How the message is encoded; none if nobody knows.
    format: Option<Format>,
    settings: &'a DecoderSettings,
    sink: &'a mut S,
    given: &'a mut Given,
    notices: &'a mut Notices,
}

/// Rows that a message has given so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    rows: [i32; Table::DATA.len()],
    skipped: &'static str,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            rows: [0; Table::DATA.len()],
            skipped: "empty",
        }
    }
}

impl Given {
    /// Number of the next row of a table, of which so many more come.
    #[inline]
    fn next(&mut self, table: Table, rows: usize) -> i32 {
        let Some(count) = self.rows.get_mut(table as usize) else {
            return 0;
        };
        let next = *count;
        *count = next.saturating_add(i32::try_from(rows).unwrap_or(i32::MAX));
        next
    }

    /// What became of the message.
    #[inline]
    pub(crate) fn outcome(&self) -> Outcome {
        let given = |tables: &[Table]| {
            let count = |table: &Table| self.rows.get(*table as usize).copied().unwrap_or(0);
            tables.iter().any(|table| count(table) != 0)
        };
        let [data @ .., rejects] = &Table::DATA;
        if given(data) {
            Outcome::Parsed
        } else if given(&[*rejects]) {
            Outcome::Rejected
        } else {
            Outcome::Skipped(self.skipped)
        }
    }
}

impl<'a, S: RowSink> MessageRows<'a, S> {
    #[inline]
    pub(crate) fn new(
        provenance: &'a Provenance<'a>,
        format: Option<Format>,
        settings: &'a DecoderSettings,
        sink: &'a mut S,
        given: &'a mut Given,
        notices: &'a mut Notices,
    ) -> Self {
        Self {
            provenance,
            format,
            settings,
            sink,
            given,
            notices,
        }
    }

    /// The same, for a part of the message whose envelope tells more of where it comes from.
    #[inline]
    pub(crate) fn with_provenance<'b>(
        &'b mut self,
        provenance: &'b Provenance<'b>,
    ) -> MessageRows<'b, S> {
        MessageRows {
            provenance,
            format: self.format,
            settings: self.settings,
            sink: self.sink,
            given: self.given,
            notices: self.notices,
        }
    }

    /// The provenance of a unit: the caller's, with what it leaves open from the envelope, and then from the settings.
    #[inline]
    pub(crate) fn named(&self, format: &'static str, collector: &'a str) -> Provenance<'a> {
        let (told, settings) = (self.provenance, self.settings);
        let first = |texts: [&'a str; 3]| texts.into_iter().find(|text| !text.is_empty());
        let collector = first([told.collector, collector, &settings.collector]);
        Provenance {
            project: first([told.project, &settings.project, ""]).unwrap_or_default(),
            collector: collector.unwrap_or_default(),
            format,
            ..*told
        }
    }

    /// How the feed is to be decoded.
    pub(crate) fn settings(&self) -> &'a DecoderSettings {
        self.settings
    }

    /// Counts something that leaves no row.
    #[cold]
    pub(crate) fn notice(&mut self, notice: Notice, more: u64) {
        self.notices.add(notice, more);
    }

    pub(crate) fn provenance(&self) -> &'a Provenance<'a> {
        self.provenance
    }

    /// Pushes a run; its `item` is set here.
    #[inline]
    pub(crate) fn routes(&mut self, run: &mut RouteRun<'_>) {
        run.item = self.given.next(run.table(), run.rows());
        self.sink.routes(run);
    }

    /// Pushes a row of `sessions`; its `item` is set here.
    pub(crate) fn session(&mut self, row: &mut SessionRow<'_>) {
        row.item = self.given.next(Table::Sessions, 1);
        self.sink.session(row);
    }

    /// Pushes statistics; their `item` is set here.
    pub(crate) fn bmp_stats(&mut self, report: &mut BmpReport<'_>) {
        report.item = self.given.next(Table::BmpStats, report.rows());
        self.sink.bmp_stats(report);
    }

    /// Pushes a row of `dns_messages`; its `item` is set here.
    #[inline]
    pub(crate) fn dns_message(&mut self, row: &mut DnsMessageRow<'_>) {
        row.item = self.given.next(Table::DnsMessages, 1);
        self.sink.dns_message(row);
    }

    /// Pushes a row of `dns_records`; its `item` is set here.
    pub(crate) fn dns_record(&mut self, row: &mut DnsRecordRow<'_>) {
        row.item = self.given.next(Table::DnsRecords, 1);
        self.sink.dns_record(row);
    }

    /// Pushes a row of `dns_measurements`; its `item` is set here.
    #[inline]
    pub(crate) fn dns_measurement(&mut self, row: &mut DnsMeasurementRow<'_>) {
        row.item = self.given.next(Table::DnsMeasurements, 1);
        self.sink.dns_measurement(row);
    }

    /// Pushes a reject.
    #[cold]
    pub(crate) fn reject(&mut self, reject: &Reject<'_>) {
        let row = RejectRow {
            provenance: self.provenance,
            item: self.given.next(Table::Rejects, 1),
            observed_at: reject.observed_at.unwrap_or_else(|| self.unobserved()),
            peer: reject.peer,
            reason: reject.reason,
            field: reject.field,
            disposition: reject.disposition,
            error_offset: reject.error_offset as u64,
            message_type: reject.message_type,
            octets: if self.may_keep(reject) {
                reject.octets
            } else {
                &[]
            },
            octets_count: reject.octets.len(),
        };
        self.sink.reject(&row);
    }

    /// Whether a refused part may be kept as received: not where an address of a client may stand in it.
    fn may_keep(&self, reject: &Reject<'_>) -> bool {
        let tells_no_client = match self.format {
            Some(format) => !format.is_dns(),
            None => reject.reason == NO_ENVELOPE,
        };
        tells_no_client || self.settings.privacy == Privacy::Keep
    }

    /// Notes why a part of the message gives no row. Counts only if no other part does.
    #[inline]
    pub(crate) fn skip(&mut self, reason: &'static str) {
        self.given.skipped = reason;
    }

    /// The feed's time, unless it is absurd: then Kafka's. It depends on the message alone, so a replay gives the same.
    #[inline]
    pub(crate) fn observed_at(&self, at: i64, source: ObservedAtSource) -> ObservedAt {
        match self.provenance.brokered_at {
            Some(brokered_at) if !self.settings.is_archive && is_absurd(at, brokered_at) => {
                ObservedAt {
                    at: brokered_at,
                    source: ObservedAtSource::Clamped,
                    reported_at: Some(at),
                }
            }
            _ => ObservedAt {
                at,
                source,
                reported_at: None,
            },
        }
    }

    /// The time of a message that tells none.
    pub(crate) fn unobserved(&self) -> ObservedAt {
        let (at, source) = match self.provenance.brokered_at {
            Some(at) => (at, ObservedAtSource::Broker),
            None => (self.provenance.ingested_at, ObservedAtSource::Ingested),
        };
        ObservedAt {
            at,
            source,
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
