//! The tables that analysts query: for each one its row, its columns with their documentation, and the builder that
//! turns rows into Arrow columns.
//!
//! A feed pushes rows into a [`RowSink`]. Rows borrow from the octets that were received; a builder copies them, once,
//! into Arrow buffers. This crate knows no feed, reads no clock and does no I/O.

mod column;
mod provenance;

mod bmp_stats;
mod dns;
mod dns_measurements;
mod dns_messages;
mod dns_records;
mod ingest_log;
mod peer;
mod rejects;
mod routes;
mod sessions;

mod build;
mod builders;

#[cfg(test)]
mod tests;

pub use bmp_stats::{BmpReport, BmpStat, BmpStatsBuilder};
pub use builders::{BATCH_OCTETS, BATCH_ROWS, Builders};
pub use column::{Column, Kind, Table};
pub use dns::{DnsContent, DnsEdns, DnsHeader, DnsQuestion, ParseStatus, TextList};
pub use dns_measurements::{DnsMeasurementRow, DnsMeasurementsBuilder};
pub use dns_messages::{
    DnsExchange, DnsKind, DnsMessageRow, DnsMessagesBuilder, DnsPolicy, DnsRole, Transport,
};
pub use dns_records::{DnsRecordRow, DnsRecordsBuilder};
pub use peer::{Peer, RibView};
pub use provenance::{ObservedAt, ObservedAtSource, Provenance};
pub use rejects::{Disposition, REJECT_OCTETS_MAX, RejectRow, RejectsBuilder};
pub use routes::{
    AsPath, Nlri, NlriItem, Part, PathAttributes, Prefix, RouteDistinguisher, RouteError,
    RouteKind, RouteRun, RoutesBuilder,
};
pub use sessions::{Direction, SessionKind, SessionRow, SessionsBuilder};

/// Where a decoder puts its rows. Always generic, never `dyn`: it is called once per message.
pub trait RowSink {
    /// A run of routes: rows of the table that [`RouteRun::table`] tells.
    fn routes(&mut self, run: &RouteRun<'_>);
    /// One row of `sessions`.
    fn session(&mut self, row: &SessionRow<'_>);
    /// Rows of `bmp_stats` that share a report.
    fn bmp_stats(&mut self, report: &BmpReport<'_>);
    /// One row of `dns_messages`.
    fn dns_message(&mut self, row: &DnsMessageRow<'_>);
    /// One row of `dns_records`.
    fn dns_record(&mut self, row: &DnsRecordRow<'_>);
    /// One row of `dns_measurements`.
    fn dns_measurement(&mut self, row: &DnsMeasurementRow<'_>);
    /// One row of `rejects`.
    fn reject(&mut self, row: &RejectRow<'_>);
}
