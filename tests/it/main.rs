//! The integration tests: one binary.

mod broker;
mod checked;
mod cli;
mod convert;
mod corpus;
mod crash;
mod families;
mod damage;
mod kafka;
mod mutate;
mod octets;
mod oracle;
mod pipeline;
mod program;
mod replay;
mod schema;
mod support;
mod tidy;
mod views;
