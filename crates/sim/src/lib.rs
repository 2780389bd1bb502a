//! Synthetic feeds of BGP and of the DNS whose every row is known before anything is decoded.
//!
//! [`Traffic`] plays the sessions of a route collector as an endless series of MRT records, or those of a router as what an
//! OpenBMP collector makes of its BMP; [`table_dump`] gives the tables that a route collector would write. [`Resolver`] is the dnstap of a resolver with its clients.
//! The same [`Settings`] give the same octets on every machine. Each
//! [`Record`] tells how many rows it must become, so that whoever sends it can audit what arrives.
//!
//! No I/O, no network, no clock: times come from the settings. AS numbers and prefixes look like global ones, because
//! detectors sort out reserved ones, but who holds them there is made up.

mod churn;
mod clock;
mod damage;
mod dns;
mod dump;
mod random;
mod record;
mod route;
mod session;
mod settings;
mod traffic;
mod world;
mod writer;

pub use dns::{Resolver, ResolverSettings, frame_stream};
pub use dump::{TableDump, table_dump};
pub use record::{Expected, Record};
pub use settings::Settings;
pub use traffic::Traffic;
