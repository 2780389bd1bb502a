//! Who asks: private addresses and those of documentation (RFC 1918, 4193, 5737, 3849), each with habits of its own.

use super::popularity::Popularity;
use crate::random::{Random, mix, scale};
use crate::writer::dns::Edns;
use crate::writer::dnstap::Protocol;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The resolver's own addresses.
const RESOLVER_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 53);
const RESOLVER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x53);
/// Codes of options.
pub(crate) const CLIENT_SUBNET: u16 = 8;
const COOKIE: u16 = 10;
const PADDING: u16 = 12;

/// All clients.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    seed: u64,
    activity: Popularity,
}

/// One client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    seed: u64,
    pub(crate) ip: IpAddr,
}

impl Clients {
    pub(crate) fn new(seed: u64, count: usize) -> Self {
        Self {
            seed,
            activity: Popularity::new(count),
        }
    }

    /// A client, busy ones more often.
    pub(crate) fn any(&self, random: &mut Random) -> Client {
        let number = self.activity.any(random);
        let seed = mix([self.seed, 0xc, number as u64, 0]);
        let ip = address(scale(seed, 6), number as u16);
        Client { seed, ip }
    }
}

fn address(network: usize, number: u16) -> IpAddr {
    let [high, low] = number.to_be_bytes();
    match network {
        0 | 1 => Ipv4Addr::new(10, 20, high, low).into(),
        2 => Ipv4Addr::new(172, 16, high, low).into(),
        3 => Ipv4Addr::new(192, 168, high, low).into(),
        4 => Ipv6Addr::new(0x2001, 0xdb8, 0x100, high.into(), 0, 0, 0, low.into()).into(),
        _ => Ipv6Addr::new(0xfd00, 0, 0, high.into(), 0, 0, 0, low.into()).into(),
    }
}

/// The resolver's address in the family of `other`.
pub(crate) fn resolver(other: IpAddr, port: u16) -> SocketAddr {
    if other.is_ipv6() {
        (RESOLVER_V6, port).into()
    } else {
        (RESOLVER_V4, port).into()
    }
}

impl Client {
    fn pick(&self, what: u64, bound: usize) -> usize {
        scale(mix([self.seed, what, 0, 0]), bound)
    }

    /// How it asks.
    pub(crate) fn protocol(&self) -> Protocol {
        match self.pick(1, 20) {
            0 => Protocol::Dot,
            1 => Protocol::Doh,
            2 => Protocol::Doq,
            _ => Protocol::Udp,
        }
    }

    /// The OPT record of its queries: one client of four has none.
    pub(crate) fn edns(&self) -> Option<Edns> {
        let udp_octets = [1232, 1232, 4096, 512][self.pick(2, 4)];
        let mut options = Vec::new();
        if self.pick(3, 8) == 0 {
            options.push((CLIENT_SUBNET, client_subnet(self.ip)));
        }
        if self.pick(4, 4) == 0 {
            options.push((COOKIE, mix([self.seed, 5, 0, 0]).to_be_bytes().to_vec()));
        }
        if self.protocol() != Protocol::Udp {
            options.push((PADDING, vec![0; 16 + self.pick(6, 32)]));
        }
        (self.pick(7, 4) != 0).then(|| Edns {
            udp_octets,
            is_do: self.pick(8, 3) == 0,
            options,
        })
    }
}

/// The client's network: 24 bits of IPv4, 56 of IPv6 (RFC 7871, section 6).
fn client_subnet(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => [&[0, 1, 24, 0], &ip.octets()[..3]].concat(),
        IpAddr::V6(ip) => [&[0, 2, 56, 0], &ip.octets()[..7]].concat(),
    }
}
