//! The integration tests: one binary.

mod bmp;
mod bmp_oracle;
mod broker;
mod checked;
mod cli;
mod convert;
mod corpus;
mod crash;
mod damage;
mod dns_lake;
mod families;
mod kafka;
mod mutate;
mod octets;
mod oracle;
mod pipeline;
mod privacy;
mod program;
mod replay;
mod ris_live;
mod schema;
mod support;
mod tidy;
mod views;
