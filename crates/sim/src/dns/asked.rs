//! What clients ask for: mostly hosts of popular domains, and what is always there besides, names that do not exist.

use super::domains::{Domain, Domains};
use crate::random::Random;
use crate::writer::dns::rtype;

/// Devices whose names leak out of the local network.
const DEVICES: [&str; 6] = ["printer", "nas", "tv", "macbook", "wpad", "_ipps._tcp"];
/// The public zone that has no `.local` is the root.
const ROOT: &str = "";

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// As text; lower-case.
    pub(crate) qname: String,
    pub(crate) qtype: u16,
    pub(crate) about: About,
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// A host of a domain, by its label.
    Host(Domain, &'static str),
    /// The name of an address, which is that of a host.
    Reverse(Domain),
    /// Nothing: the zone says so.
    Nothing { zone: String },
}

impl Asked {
    /// What is asked next.
    pub(crate) fn any(domains: &Domains, random: &mut Random) -> Self {
        let domain = domains.any(random);
        match random.below(100) {
            0..83 => Self::host(domain, domains.any_host(random), random),
            83..87 => Self::reverse(domain, random),
            87..91 => Self::nothing(ROOT, letters(random), random),
            91..94 => Self::typing_error(&domain, random),
            94..97 => Self::leaked(random),
            _ => Self::nothing(
                &domain.text(),
                format!("{:012x}", random.bits() >> 16),
                random,
            ),
        }
    }

    fn host(domain: Domain, host: &'static str, random: &mut Random) -> Self {
        let qtype = match random.below(100) {
            0..56 => rtype::A,
            56..80 => rtype::AAAA,
            80..95 => rtype::HTTPS,
            95 => rtype::NS,
            96 => rtype::MX,
            _ => rtype::TXT,
        };
        let is_of_domain = matches!(qtype, rtype::NS | rtype::MX | rtype::TXT);
        let host = if is_of_domain { "" } else { host };
        let qname = match host {
            "" => domain.text(),
            _ => format!("{host}.{}", domain.text()),
        };
        let about = About::Host(domain, host);
        Self {
            qname,
            qtype,
            about,
        }
    }

    fn reverse(domain: Domain, random: &mut Random) -> Self {
        let host = random.below(256);
        let (network, is_public) = match random.below(2) {
            0 => ("100.51.198.in-addr.arpa", true),
            _ => ("20.10.in-addr.arpa", false),
        };
        if is_public {
            return Self {
                qname: format!("{host}.{network}"),
                qtype: rtype::PTR,
                about: About::Reverse(domain),
            };
        }
        Self {
            qtype: rtype::PTR,
            ..Self::nothing("10.in-addr.arpa", format!("{host}.0.20"), random)
        }
    }

    /// A label that is nowhere below a zone.
    fn nothing(zone: &str, label: String, random: &mut Random) -> Self {
        let qname = match zone {
            ROOT => label,
            _ => format!("{label}.{zone}"),
        };
        let zone = zone.to_owned();
        Self {
            qname,
            qtype: if random.chance(2, 3) {
                rtype::A
            } else {
                rtype::AAAA
            },
            about: About::Nothing { zone },
        }
    }

    /// A letter more than the label has, so that it is nobody's.
    fn typing_error(domain: &Domain, random: &mut Random) -> Self {
        let mut label = domain.label.clone();
        let end = label.len() - "-example".len();
        let at = random.below(end);
        label.insert(at, 'x');
        Self::nothing(domain.suffix, label, random)
    }

    fn leaked(random: &mut Random) -> Self {
        let device = DEVICES[random.below(DEVICES.len())];
        let label = match random.below(4) {
            0 => format!("{device}.local"),
            number => format!("{device}-{number}.local"),
        };
        Self::nothing(ROOT, label, random)
    }
}

/// What browsers ask for to learn whether somebody lies about names that do not exist.
fn letters(random: &mut Random) -> String {
    let count = 7 + random.below(9);
    let mut letter = || char::from(b'a' + random.below(26) as u8);
    (0..count).map(|_| letter()).collect()
}
