//! The integration tests: one binary.

mod broker;
mod checked;
mod cli;
mod convert;
mod corpus;
mod crash;
mod kafka;
mod mutate;
mod octets;
mod oracle;
mod pipeline;
mod program;
mod replay;
mod ris_live;
mod schema;
mod support;
mod tidy;
