//! Other parsers of the same octets. Each counts the rows it gives, and looks at all it has made.

pub mod bgpkit;
pub mod dns;
pub mod netgauze;
pub mod serde_json_atlas;
pub mod serde_json_typed;

use serde::{Deserialize, Serialize};

/// What a parser has made of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Read {
    /// Units that it could read.
    pub accepted: u64,
    /// Units that it refused.
    pub refused: u64,
    /// Routes in what it read.
    pub routes: u64,
}

impl Read {
    /// One unit more: its routes, or that it was refused.
    pub fn add<E>(&mut self, routes: Result<usize, E>) {
        match routes {
            Ok(routes) => {
                self.accepted += 1;
                self.routes += routes as u64;
            }
            Err(_) => self.refused += 1,
        }
    }
}
