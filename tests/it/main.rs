//! The integration tests: one binary.

mod broker;
mod crash;
mod kafka;
mod oracle;
mod program;
mod support;
