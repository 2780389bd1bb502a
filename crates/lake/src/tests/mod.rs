#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod faults;
mod publishing;
mod support;
mod writing;
