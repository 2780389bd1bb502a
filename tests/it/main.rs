//! The integration tests: one binary.

mod broker;
mod crash;
mod kafka;
mod oracle;
mod pipeline;
mod program;
mod support;
mod tidy;
