//! Wire formats of the routing and the naming system as borrowed views: nothing is copied, nothing is allocated, no clock is read.
//!
//! Every step cuts a frame by its length, then parses the frame. Unknown codepoints are normal and kept.

#![no_std]
#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

pub mod bgp;
pub mod bmp;
pub mod capture;
pub mod dns;
pub mod dnstap;
mod error;
pub mod fstrm;
pub mod mrt;
pub mod openbmp;
pub mod packet;
pub mod pdns;
pub mod protobuf;
mod reader;

pub use error::{Fault, ParseError};
pub use reader::Reader;
