//! What holds for the rows of every message, however damaged it is.

use feeds::Outcome;
use tables::{
    BmpReport, DnsMeasurementRow, DnsMessageRow, DnsRecordRow, RejectRow, RouteRun, RowSink,
    SessionRow,
};

/// Counts rows and checks what holds for each.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub data: usize,
    pub rejects: usize,
    pub reject_octets: usize,
}

impl Checked {
    /// Checks what holds for a whole message.
    pub fn check(&self, message: &[u8], outcome: Outcome) {
        let expected = match (self.data, self.rejects) {
            (1.., _) => outcome == Outcome::Parsed,
            (0, 1..) => outcome == Outcome::Rejected,
            (0, 0) => matches!(outcome, Outcome::Skipped(_)),
        };
        assert!(expected, "{outcome:?} {self:?} {message:02x?}");
        // Every fault costs at most its own octets, so a message is refused a few times over, not once per octet.
        assert!(
            self.reject_octets <= 8 * message.len(),
            "{self:?} {message:02x?}"
        );
    }
}

impl RowSink for Checked {
    fn routes(&mut self, run: &RouteRun<'_>) {
        assert!(run.rows() > 0, "an empty run");
        self.data += run.rows();
    }

    fn session(&mut self, _: &SessionRow<'_>) {
        self.data += 1;
    }

    fn bmp_stats(&mut self, report: &BmpReport<'_>) {
        assert!(report.rows() > 0, "an empty report");
        self.data += report.rows();
    }

    fn dns_message(&mut self, _: &DnsMessageRow<'_>) {
        self.data += 1;
    }

    fn dns_record(&mut self, _: &DnsRecordRow<'_>) {
        self.data += 1;
    }

    fn dns_measurement(&mut self, _: &DnsMeasurementRow<'_>) {
        self.data += 1;
    }

    fn reject(&mut self, row: &RejectRow<'_>) {
        assert!(
            row.error_offset <= row.octets_count as u64,
            "{} {} at {} of {}",
            row.reason,
            row.field,
            row.error_offset,
            row.octets_count
        );
        self.rejects += 1;
        self.reject_octets += row.octets_count;
    }
}
