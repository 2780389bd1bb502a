//! One file per command.

pub mod check;
pub mod convert;
pub mod demo;
pub mod replay;
pub mod run;
pub mod schema;
pub mod verify;
