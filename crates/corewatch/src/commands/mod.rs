//! The commands, one file each: their arguments, what they do, and what they print.

pub mod check;
pub mod convert;
pub mod demo;
pub mod inspect;
pub mod replay;
pub mod run;
pub mod schema;
pub mod verify;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use feeds::Format;
use std::time::Duration;

/// A question to the brokers may take so long.
const CLUSTER_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a format by its name; clap lists them all if there is none of that name.
fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .try_map(|name| Format::by_name(&name).ok_or("no such format"))
}

/// Reads a setting of the Kafka client.
fn client_setting(text: &str) -> Result<(String, String), &'static str> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}
