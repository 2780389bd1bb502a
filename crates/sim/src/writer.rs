//! Writers of the wire formats: exact, and only as much as the feed needs.

pub(crate) mod bgp;
pub(crate) mod bmp;
pub(crate) mod dns;
pub(crate) mod dnstap;
pub(crate) mod fstrm;
pub(crate) mod mrt;
mod octets;
pub(crate) mod openbmp;
