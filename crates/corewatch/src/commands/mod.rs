//! The commands, one file each: their arguments, what they do, and what they print.

pub mod check;
pub mod convert;
pub mod demo;
pub mod replay;
pub mod run;
pub mod schema;
pub mod verify;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use feeds::Format;

/// Reads a format by its name; clap lists them all if there is none of that name.
fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .try_map(|name| Format::by_name(&name).ok_or("no such format"))
}
