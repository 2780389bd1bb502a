//! The integration tests: one binary.

mod bmp;
mod bmp_oracle;
mod broker;
mod cli;
mod convert;
mod corpus;
mod crash;
mod kafka;
mod mutate;
mod oracle;
mod pipeline;
mod program;
mod replay;
mod schema;
mod support;
mod tidy;
