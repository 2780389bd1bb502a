//! What each publisher wraps around the wire formats: a message comes in, rows go out.
//!
//! A [`Decoder`] belongs to one partition of one topic (or to one file): what earlier messages taught it, later ones
//! need. It does no I/O, reads no clock and starts no thread, so the same messages give the same rows, always.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod decoder;
mod format;
mod message;
mod notice;
mod outcome;
mod sample;
mod signature;

mod bmp;
mod mrt;
mod openbmp;
mod ris_live;

mod atlas;
mod dns_collector;
mod dnstap;
mod fstrm;
mod pcap;
mod pdns;

mod base64;
mod bgp;
mod dns;
mod json;
mod peers;
mod state;

pub use decoder::{Decoder, DecoderSettings};
pub use dns::{Privacy, PrivacyKey};
pub use format::{Format, GAP_OCTETS_MAX, PART_OCTETS_MAX, Unit};
pub use notice::{Notice, Notices};
pub use outcome::Outcome;
pub use state::StateError;

#[cfg(test)]
mod tests;
