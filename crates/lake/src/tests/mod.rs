#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod auditing;
mod evolving;
mod faults;
mod freezing;
mod opening;
mod publishing;
pub(crate) mod support;
mod writing;
