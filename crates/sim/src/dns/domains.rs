//! Registered domains and what their zones hold. Nobody has them: every registered label ends in `-example`, and all addresses
//! are those of documentation (RFC 5737, 3849). What a zone holds is worked out when it is asked for, always the same.

use super::popularity::Popularity;
use crate::random::{Random, mix, scale};
use crate::writer::dns::{Data, Name, Resource, rtype};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Of which a label is made of three: a power of two, so that numbers are labels.
const SYLLABLES: [&str; 32] = [
    "ba", "dor", "fen", "gal", "hi", "jun", "ka", "lo", "mer", "nix", "or", "pel", "qui", "ras",
    "sol", "tam", "ul", "vex", "wi", "yar", "zen", "bri", "cal", "du", "el", "fra", "gro", "hel",
    "ist", "kro", "lin", "mo",
];
/// Public suffixes, the frequent ones several times.
const SUFFIXES: [&str; 24] = [
    "com", "com", "com", "com", "com", "com", "com", "com", "net", "net", "org", "org", "de", "de",
    "co.uk", "co.uk", "nl", "fr", "io", "eu", "com.br", "co.jp", "com.au", "info",
];
/// Labels of hosts, the most asked for first; the registered domain itself has an empty one.
pub(crate) const HOSTS: [&str; 14] = [
    "www", "api", "", "cdn", "static", "mail", "img", "auth", "m", "push", "login", "assets",
    "vpn", "smtp",
];
const TTLS_S: [u32; 5] = [30, 60, 300, 3_600, 86_400];
/// One domain of so many cannot be resolved.
const LAME_SHARE: usize = 80;

/// All domains.
#[derive(Clone, Debug)]
pub(crate) struct Domains {
    seed: u64,
    popularity: Popularity,
    hosts: Popularity,
}

/// One domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Domain {
    /// All that is in it depends on this.
    seed: u64,
    /// The registered label.
    pub(crate) label: String,
    pub(crate) suffix: &'static str,
}

impl Domains {
    pub(crate) fn new(seed: u64, count: usize) -> Self {
        Self {
            seed,
            popularity: Popularity::new(count),
            hosts: Popularity::new(HOSTS.len()),
        }
    }

    /// A domain, popular ones more often.
    pub(crate) fn any(&self, random: &mut Random) -> Domain {
        Domain::new(self.seed, self.popularity.any(random))
    }

    /// A label of [`HOSTS`].
    pub(crate) fn any_host(&self, random: &mut Random) -> &'static str {
        HOSTS[self.hosts.any(random)]
    }
}

impl Domain {
    /// Different numbers below 32,768 give different labels: an odd factor only puts them into another order.
    fn new(seed: u64, number: usize) -> Self {
        let shuffled = number.wrapping_mul(20_011).wrapping_add(seed as usize);
        let syllable = |place: usize| SYLLABLES[(shuffled >> (5 * place)) % SYLLABLES.len()];
        let seed = mix([seed, number as u64, 0, 0]);
        Self {
            seed,
            label: format!("{}{}{}-example", syllable(0), syllable(1), syllable(2)),
            suffix: SUFFIXES[scale(seed, SUFFIXES.len())],
        }
    }

    /// The registered domain as text.
    pub(crate) fn text(&self) -> String {
        format!("{}.{}", self.label, self.suffix)
    }

    /// A number below `bound`, always the same for the same `parts`.
    fn pick(&self, what: &str, host: &str, bound: usize) -> usize {
        let number = |text: &str| {
            let fold = |hash: u64, octet: u8| hash.wrapping_mul(257).wrapping_add(octet.into());
            text.bytes().fold(1, fold)
        };
        scale(mix([self.seed, number(what), number(host), 0]), bound)
    }

    /// Whether none of its servers answers.
    pub(crate) fn is_lame(&self) -> bool {
        self.pick("lame", "", LAME_SHARE) == 0
    }

    /// Whether its records are signed (DNSSEC).
    pub(crate) fn is_signed(&self) -> bool {
        self.pick("signed", "", 4) == 0
    }

    /// The address of the server that is asked for it.
    pub(crate) fn server(&self) -> IpAddr {
        let host = self.pick("server", "", 64) as u8;
        if self.pick("server family", "", 3) == 0 {
            Ipv6Addr::new(0x2001, 0xdb8, 0x53, 0, 0, 0, 0, host.into()).into()
        } else {
            Ipv4Addr::new(203, 0, 113, host).into()
        }
    }

    /// How long that server takes, in microseconds: most are near, some are far.
    pub(crate) fn round_trip_us(&self) -> usize {
        let farthest = [8_000, 20_000, 40_000, 160_000][self.pick("distance", "", 4)];
        2_000 + self.pick("round trip", "", farthest)
    }

    /// The records of a host; none if the host has none of that type.
    pub(crate) fn records(&self, host: &str, qtype: u16) -> Vec<Resource> {
        let domain = self.text();
        let name = if host.is_empty() {
            domain.clone()
        } else {
            format!("{host}.{domain}")
        };
        match qtype {
            rtype::A | rtype::AAAA => self.addresses(host, &name, qtype),
            rtype::HTTPS if self.pick("https", host, 3) == 0 => {
                vec![self.resource(&name, qtype, Data::Octets(HTTP_VERSIONS.to_vec()))]
            }
            _ if !host.is_empty() => Vec::new(),
            rtype::NS => named(["ns1", "ns2"], &domain)
                .map(|server| self.resource(&name, qtype, Data::Name(server)))
                .collect(),
            rtype::MX => named(["mail", "smtp"], &domain)
                .zip([10, 20])
                .map(|(server, preference)| {
                    self.resource(&name, qtype, Data::Mx(preference, server))
                })
                .collect(),
            rtype::TXT => self.texts(&name),
            _ => Vec::new(),
        }
    }

    /// Addresses of a host, of some behind an alias, of few behind two.
    fn addresses(&self, host: &str, name: &str, qtype: u16) -> Vec<Resource> {
        let aliases = match host {
            "" => 0,
            _ => [0, 0, 0, 1, 1, 2][self.pick("aliases", host, 6)],
        };
        let targets = [
            format!("{}.cdn-example.net", self.label),
            format!("edge{}.pop-example.net", self.pick("edge", host, 40)),
        ];
        let chain: Vec<&str> = std::iter::once(name)
            .chain(targets.iter().map(String::as_str))
            .take(aliases + 1)
            .collect();
        let alias =
            |pair: &[&str]| self.resource(pair[0], rtype::CNAME, Data::Name(Name::new(pair[1])));
        let mut records: Vec<Resource> = chain.windows(2).map(alias).collect();
        let last = chain[chain.len() - 1];
        let count = match qtype {
            rtype::AAAA => [0, 1, 2][self.pick("IPv6", host, 3)],
            _ => [1, 1, 2, 4][self.pick("IPv4", host, 4)],
        };
        let address = |number| Data::Address(self.address(host, qtype, number));
        records.extend((0..count).map(|number| self.resource(last, qtype, address(number))));
        records
    }

    fn address(&self, host: &str, qtype: u16, number: usize) -> IpAddr {
        let place = self.pick("address", host, 0x1_0000 - 8) + number;
        if qtype == rtype::AAAA {
            return Ipv6Addr::new(0x2001, 0xdb8, 0xa, 0, 0, 0, 0, place as u16).into();
        }
        let [network, host] = (place as u16).to_be_bytes();
        match network % 2 {
            0 => Ipv4Addr::new(198, 51, 100, host).into(),
            _ => Ipv4Addr::new(203, 0, 113, host).into(),
        }
    }

    /// Few domains have so many texts that they do not fit into a UDP message.
    fn texts(&self, name: &str) -> Vec<Resource> {
        let count = if self.pick("texts", "", 6) == 0 { 9 } else { 1 };
        let text = |number: usize| {
            let proof = self.pick("proof", "", 1 << 32) + number;
            let filling = "0123456789abcdef".repeat(if count > 1 { 10 } else { 1 });
            vec![format!("site-verification={proof:08x}{filling}")]
        };
        (0..count)
            .map(|number| self.resource(name, rtype::TXT, Data::Text(text(number))))
            .collect()
    }

    /// The SOA record of the domain, or of its public suffix: what tells that there is nothing, and for how long.
    pub(crate) fn authority(zone: &str) -> Resource {
        let name = |text: &str| Name::new(text);
        Resource {
            owner: name(zone),
            rtype: rtype::SOA,
            ttl_s: 300,
            data: Data::Soa(
                name("ns1.nic-example.net"),
                name("hostmaster.nic-example.net"),
            ),
        }
    }

    /// The signature of records that begin with `first` (RFC 4034, section 3): its form is right, nothing was signed.
    pub(crate) fn signature(&self, first: &Resource) -> Resource {
        let mut data = Vec::with_capacity(128);
        data.extend(first.rtype.to_be_bytes());
        data.extend([13, self.text().split('.').count() as u8]);
        data.extend(first.ttl_s.to_be_bytes());
        data.extend([0x69, 0x7d, 0x46, 0, 0x69, 0x55, 0xb9, 0]);
        data.extend((self.seed as u16).to_be_bytes());
        Name::new(&self.text()).write(&mut data);
        (0..8).for_each(|part| data.extend(mix([self.seed, 64, part, 0]).to_be_bytes()));
        Resource {
            owner: first.owner.clone(),
            rtype: rtype::RRSIG,
            ttl_s: first.ttl_s,
            data: Data::Octets(data),
        }
    }

    fn resource(&self, owner: &str, rtype: u16, data: Data) -> Resource {
        Resource {
            owner: Name::new(owner),
            rtype,
            ttl_s: TTLS_S[self.pick("TTL", owner, TTLS_S.len())],
            data,
        }
    }
}

/// An HTTPS record for the name itself: HTTP/3 and HTTP/2 (RFC 9460).
const HTTP_VERSIONS: [u8; 13] = [0, 1, 0, 0, 1, 0, 6, 2, b'h', b'3', 2, b'h', b'2'];

fn named(hosts: [&'static str; 2], domain: &str) -> impl Iterator<Item = Name> {
    hosts
        .map(|host| Name::new(&format!("{host}.{domain}")))
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_domains_have_the_same_label() {
        let labels: BTreeSet<_> = (0..32_768)
            .map(|number| Domain::new(7, number).label)
            .collect();
        assert_eq!(labels.len(), 32_768);
        assert!(
            labels
                .iter()
                .all(|label| label.ends_with("-example") && label.len() <= 63)
        );
    }

    #[test]
    fn what_a_zone_holds_stays_the_same() {
        let domains = [Domain::new(7, 5), Domain::new(7, 5)];
        let [first, second] =
            domains.map(|domain| HOSTS.map(|host| format!("{:?}", domain.records(host, rtype::A))));
        assert_eq!(first, second);
        assert!(
            first.iter().all(|records| records.contains("Address(")),
            "{first:?}"
        );
    }
}
