//! The integration tests: one binary.

mod broker;
mod crash;
mod kafka;
mod pipeline;
mod program;
mod tidy;
