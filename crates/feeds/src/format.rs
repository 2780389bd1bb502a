//! How the messages of a feed are encoded, and where a file of them is cut into units.

use crate::{
    atlas, bmp, dns_collector, dnstap, fstrm, mrt, openbmp, pcap, pdns, ris_live, signature,
};
use wire::{Fault, ParseError};

/// How the messages of a feed are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// MRT records (RFC 6396), one or many per message.
    Mrt,
    /// BMP behind the header of an OpenBMP collector, as RouteViews publishes it.
    OpenBmp,
    /// BMP messages (RFC 7854), one or many per message.
    Bmp,
    /// JSON of RIPE RIS Live, one object per message; in files one per line.
    RisLive,
    /// dnstap (<https://dnstap.info>), one protobuf per message.
    Dnstap,
    /// dnstap in Frame Streams, one or many frames per message.
    Fstrm,
    /// JSON of RIPE Atlas DNS measurements: objects, arrays or lines.
    Atlas,
    /// JSON of DNS-collector, flat or nested.
    DnsCollector,
    /// PowerDNS protobuf, one or many per message.
    Pdns,
    /// Packet captures, pcap or pcapng: a whole file, or a part with the file's header, per message.
    Pcap,
    /// Each message by its signature.
    Auto,
}

/// A piece of a file in which no unit can be found is passed on in units of at most so many octets: small enough for
/// the default limits of a Kafka broker.
pub const GAP_OCTETS_MAX: usize = 512 * 1024;
/// Units that may be of any length, as those of captures, have at most so many octets unless less is asked for: the more
/// packets are in a unit, the more fragments and streams find together.
pub const PART_OCTETS_MAX: usize = 64 * 1024 * 1024;

/// What stands at the front of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// One unit of so many octets.
    Whole(usize),
    /// One unit of so many octets, of which the first `header_octets` belong in front of the next one too.
    Part {
        /// The whole unit.
        octets: usize,
        /// What is to be repeated.
        header_octets: usize,
    },
    /// More octets are needed to tell.
    Incomplete,
    /// So many octets belong to no unit; the next one begins behind them.
    Gap(usize),
    /// No unit begins here, and nobody can say where the next one does.
    Damaged,
}

impl Unit {
    /// What stands at the front of a file, where cutting a unit off it has failed.
    pub(crate) fn cannot_be_cut(error: ParseError) -> Self {
        if error.fault == Fault::Truncated {
            Self::Incomplete
        } else {
            Self::Damaged
        }
    }
}

impl Format {
    /// All formats, in the order in which messages list them.
    pub const ALL: [Self; 11] = [
        Self::Mrt,
        Self::OpenBmp,
        Self::Bmp,
        Self::RisLive,
        Self::Dnstap,
        Self::Fstrm,
        Self::Atlas,
        Self::DnsCollector,
        Self::Pdns,
        Self::Pcap,
        Self::Auto,
    ];

    /// As in configurations, on the command line, and in the column `format`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mrt => "mrt",
            Self::OpenBmp => "openbmp",
            Self::Bmp => "bmp",
            Self::RisLive => "ris-live",
            Self::Dnstap => "dnstap",
            Self::Fstrm => "fstrm",
            Self::Atlas => "atlas",
            Self::DnsCollector => "dns-collector",
            Self::Pdns => "pdns",
            Self::Pcap => "pcap",
            Self::Auto => "auto",
        }
    }

    /// The format of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format of a message by its signature, as [`Format::Auto`] takes it; none if it has none that we know.
    pub fn of_message(octets: &[u8]) -> Option<Self> {
        signature::format_of(octets)
    }

    /// Whether its messages are usually files of the past, whose times are never absurd.
    pub const fn is_archive(self) -> bool {
        matches!(self, Self::Mrt | Self::Pcap)
    }

    /// Whether its messages carry those of the DNS, with addresses of clients.
    pub const fn is_dns(self) -> bool {
        match self {
            Self::Dnstap
            | Self::Fstrm
            | Self::Atlas
            | Self::DnsCollector
            | Self::Pdns
            | Self::Pcap => true,
            Self::Mrt | Self::OpenBmp | Self::Bmp | Self::RisLive | Self::Auto => false,
        }
    }

    /// Finds the end of the first unit of a file, of which `octets` are the next, or at its end all that is left. Units that
    /// may be of any length have at most [`PART_OCTETS_MAX`].
    pub fn first_unit(self, octets: &[u8], is_end: bool) -> Unit {
        self.first_unit_within(octets, is_end, PART_OCTETS_MAX)
    }

    /// As [`Format::first_unit`], where units that may be of any length have at most so many octets.
    pub fn first_unit_within(self, octets: &[u8], is_end: bool, octets_max: usize) -> Unit {
        match self {
            Self::Mrt => mrt::first_unit(octets, is_end),
            Self::OpenBmp => openbmp::first_unit(octets, is_end),
            Self::Bmp => bmp::first_unit(octets, is_end),
            Self::RisLive => ris_live::first_unit(octets, is_end),
            Self::Dnstap => dnstap::first_unit(octets, is_end),
            Self::Fstrm => fstrm::first_unit(octets, is_end),
            Self::Atlas => atlas::first_unit(octets, is_end),
            Self::DnsCollector => dns_collector::first_unit(octets, is_end),
            Self::Pdns => pdns::first_unit(octets, is_end),
            Self::Pcap => pcap::first_unit(octets, is_end, octets_max),
            Self::Auto => signature::first_unit(octets, is_end, octets_max),
        }
    }
}
