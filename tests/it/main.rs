//! The integration tests: one binary.

mod broker;
mod corpus;
mod crash;
mod kafka;
mod mutate;
mod oracle;
mod program;
mod support;
