//! Named steps of publishing, where a test can freeze the process and kill it.
//!
//! With `park_at = "ledger_swapped:2"` the thread that reaches that step for the second time says so on standard error
//! and sleeps for ever. Nothing else depends on steps.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// All files of the flush lie synced in the spool.
pub(crate) const SPOOLED: &str = "spooled";
/// One data file has its final name.
pub(crate) const UPLOADED: &str = "uploaded";
/// One decoder state has its final name.
pub(crate) const STATE_UPLOADED: &str = "state_uploaded";
/// Everything that the commits will name is in place.
pub(crate) const ALL_UPLOADED: &str = "all_uploaded";
/// A commit to the ledger is about to be tried.
pub(crate) const BEFORE_LEDGER_COMMIT: &str = "before_ledger_commit";
/// The fence of the ledger holds; nothing is swapped yet.
pub(crate) const LEDGER_CHECKED: &str = "ledger_checked";
/// The ledger has the flush; nobody has read the answer.
pub(crate) const LEDGER_SWAPPED: &str = "ledger_swapped";
/// A commit to a data table is about to be tried.
pub(crate) const BEFORE_TABLE_COMMIT: &str = "before_table_commit";
/// The fence of the data table holds; nothing is swapped yet.
pub(crate) const TABLE_CHECKED: &str = "table_checked";
/// The data table has the flush; nobody has read the answer.
pub(crate) const TABLE_SWAPPED: &str = "table_swapped";
/// One data table is seen to have the flush.
pub(crate) const TABLE_APPLIED: &str = "table_applied";
/// All data tables have the flush.
pub(crate) const APPLIED: &str = "applied";
/// The flush is published; the caller has not been told.
pub(crate) const BEFORE_HINT: &str = "before_hint";
/// Offsets and states of an assignment are read; pending flushes are not applied yet.
pub(crate) const STATE_READ: &str = "state_read";
/// An assignment is complete; the caller has not been told.
pub(crate) const ASSIGNED: &str = "assigned";

/// A commit of columns that a table lacks is about to be tried.
pub(crate) const BEFORE_SCHEMA_COMMIT: &str = "before_schema_commit";
/// The table still has the schema that lacks them; nothing is swapped yet.
pub(crate) const SCHEMA_CHECKED: &str = "schema_checked";
/// The table has the columns; nobody has read the answer.
pub(crate) const SCHEMA_SWAPPED: &str = "schema_swapped";

/// Names of the steps of a flush and then of an assignment, in their order. Those of the schema are reached only where
/// an older version has made the lake.
pub const NAMES: [&str; 15] = [
    SPOOLED,
    UPLOADED,
    STATE_UPLOADED,
    ALL_UPLOADED,
    BEFORE_LEDGER_COMMIT,
    LEDGER_CHECKED,
    LEDGER_SWAPPED,
    BEFORE_TABLE_COMMIT,
    TABLE_CHECKED,
    TABLE_SWAPPED,
    TABLE_APPLIED,
    APPLIED,
    BEFORE_HINT,
    STATE_READ,
    ASSIGNED,
];

/// Counts the steps and parks at the one that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    park_at: Option<(String, usize)>,
    reached: Mutex<HashMap<&'static str, usize>>,
}

impl Steps {
    /// `order` is `name` or `name:n`; n counts from 1.
    pub(crate) fn new(order: Option<&str>) -> Self {
        let park_at = order.map(|order| match order.split_once(':') {
            Some((name, n)) => (name.to_owned(), n.parse().unwrap_or(1)),
            None => (order.to_owned(), 1),
        });
        Self {
            park_at,
            reached: Mutex::default(),
        }
    }

    pub(crate) fn reach(&self, name: &'static str) {
        let Some((wanted, n)) = &self.park_at else {
            return;
        };
        if wanted == name && self.count(name) == *n {
            park(name);
        }
    }

    /// Whether somebody has come to the step that was asked for.
    #[cfg(test)]
    pub(crate) fn is_reached(&self, name: &str) -> bool {
        self.reached
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(name)
    }

    fn count(&self, name: &'static str) -> usize {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        let count = reached.entry(name).or_default();
        *count += 1;
        *count
    }
}

fn park(name: &str) -> ! {
    // Nobody is left to tell if standard error is closed: park all the same.
    let _ = writeln!(std::io::stderr(), "parked at {name}");
    loop {
        std::thread::park();
    }
}
