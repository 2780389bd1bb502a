//! The feeds of the demo: topics of the embedded broker, and how the configuration has them.

use feeds::Format;

pub(super) const PARTITIONS: i32 = 4;
pub(super) const TOPIC: &str = "mrt.demo";
/// The table dump has a partition of its own, so that it stays in order.
pub(super) const DUMP_TOPIC: &str = "mrt.demo-dump";
pub(super) const OPENBMP_TOPIC: &str = "openbmp.demo";
pub(super) const DNSTAP_TOPIC: &str = "dnstap.demo";
pub(super) const BMP_TOPIC: &str = "bmp.demo";

/// A feed, as the configuration has it.
pub(super) struct Feed {
    format: Format,
    /// The topics that it matches, with their partitions.
    pub(super) topics: &'static [(&'static str, i32)],
    pattern: &'static str,
    is_archive: bool,
}

pub(super) const MRT: Feed = Feed {
    format: Format::Mrt,
    topics: &[(TOPIC, PARTITIONS), (DUMP_TOPIC, 1)],
    pattern: r"^mrt\.(?<collector>.+)$",
    is_archive: true,
};

/// Its messages tell their collector.
pub(super) const OPENBMP: Feed = Feed {
    format: Format::OpenBmp,
    topics: &[(OPENBMP_TOPIC, PARTITIONS)],
    pattern: r"^openbmp\.",
    is_archive: false,
};

/// Its messages tell who they are from. Clients' addresses are truncated, as they are where nothing else is said.
pub(super) const DNSTAP: Feed = Feed {
    format: Format::Dnstap,
    topics: &[(DNSTAP_TOPIC, PARTITIONS)],
    pattern: r"^dnstap\.",
    is_archive: false,
};

/// Files of the past.
pub(super) const BMP: Feed = Feed {
    format: Format::Bmp,
    topics: &[(BMP_TOPIC, PARTITIONS)],
    pattern: r"^bmp\.(?<collector>.+)$",
    is_archive: true,
};

impl Feed {
    /// As it stands in the configuration.
    pub(super) fn as_configured(&self) -> String {
        let (format, pattern, is_archive) = (self.format.name(), self.pattern, self.is_archive);
        format!(
            r#"
[[feed]]
name = "{format}"
topics = '{pattern}'
format = "{format}"
project = "demo"
start = "earliest"
archive = {is_archive}
"#
        )
    }
}
