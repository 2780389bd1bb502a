//! Texts of a probe without the addresses of its host: where they are not kept, none of its texts may tell them.

use crate::Privacy;
use crate::dns::Dns;
use std::net::{IpAddr, SocketAddr};

/// The addresses that a probe's texts must not tell, and what may stand instead of each; none if they are kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clients {
    hidden: [Option<(IpAddr, Option<IpAddr>)>; 2],
}

impl Clients {
    /// Hides these, unless addresses are kept.
    pub(super) fn new(privacy: &Privacy, clients: [Option<IpAddr>; 2], dns: &mut Dns) -> Self {
        if *privacy == Privacy::Keep {
            return Self::default();
        }
        let hidden = clients.map(|client| {
            let client = client?;
            Some((client.to_canonical(), dns.client_address(client)))
        });
        Self { hidden }
    }

    /// Appends a text without them, however they are written.
    pub(super) fn push_shown(&self, text: &str, to: &mut String) {
        if self.hidden == [None; 2] {
            return to.push_str(text);
        }
        let may_be_address = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
        let mut rest = text;
        while let Some(begin) = rest.find(may_be_address) {
            let (before, word) = rest.split_at_checked(begin).unwrap_or((rest, ""));
            let end = word.find(|c| !may_be_address(c)).unwrap_or(word.len());
            let (word, behind) = word.split_at_checked(end).unwrap_or((word, ""));
            to.push_str(before);
            self.push_word(word, to);
            rest = behind;
        }
        to.push_str(rest);
    }

    /// Appends a word that may be an address, or have one in it: then nothing but the address that may be shown.
    fn push_word(&self, word: &str, to: &mut String) {
        let found = self.hidden.iter().flatten().find(|(hidden, _)| {
            addresses_in(word).any(|address| address.to_canonical() == *hidden)
                || !is_address(word) && word.to_ascii_lowercase().contains(&hidden.to_string())
        });
        match found {
            Some((_, Some(shown))) => to.push_str(&shown.to_string()),
            Some((_, None)) => {}
            None => to.push_str(word),
        }
    }
}

/// Whether a word is nothing but an address, or one with a port: then it is that one, whatever stands in it.
fn is_address(word: &str) -> bool {
    let plain = word.trim_matches('.').trim_end_matches(':');
    plain.parse::<IpAddr>().is_ok() || plain.parse::<SocketAddr>().is_ok()
}

/// The addresses that a word may mean: alone, with a port, or with a mark of the sentence behind it.
fn addresses_in(word: &str) -> impl Iterator<Item = IpAddr> {
    let plain = word.trim_matches('.').trim_end_matches(':');
    let with_port = plain.parse().map(|address: SocketAddr| address.ip()).ok();
    let before_port = plain.rsplit_once(':').and_then(|(ip, _)| ip.parse().ok());
    [plain.parse().ok(), with_port, before_port]
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Clients;

    fn check(text: &str, expected: &str) {
        let clients = Clients {
            hidden: [
                Some((
                    "192.0.2.77".parse().unwrap(),
                    Some("192.0.2.0".parse().unwrap()),
                )),
                Some(("2001:db8::7".parse().unwrap(), None)),
            ],
        };
        let mut shown = String::new();
        clients.push_shown(text, &mut shown);
        assert_eq!(shown, expected);
    }

    #[test]
    fn no_address_of_the_host_stays() {
        check("bind 192.0.2.77 failed", "bind 192.0.2.0 failed");
        check("192.0.2.77:53, 192.0.2.77.", "192.0.2.0, 192.0.2.0");
        check("::ffff:192.0.2.77", "192.0.2.0");
        check("add192.0.2.77", "192.0.2.0");
        check("[2001:DB8:0:0::7]:53", "[]:53");
        check("2001:db8:0:0:0:0:0:7:53", "");
        check("x192.0.2.78 ü a:b", "x192.0.2.78 ü a:b");
        check("192.0.2.7, 2001:db8::77", "192.0.2.7, 2001:db8::77");
        check("192.0.2.770", "192.0.2.0");
        check("", "");
    }

    #[test]
    fn addresses_stay_if_they_may() {
        let mut shown = String::new();
        Clients::default().push_shown("192.0.2.77", &mut shown);
        assert_eq!(shown, "192.0.2.77");
    }
}
