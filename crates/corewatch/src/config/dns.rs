//! Keys of feeds whose messages carry those of the DNS.

use super::Faults;
use crate::privacy::{KeySource, Mode, key_id};
use feeds::{DecoderSettings, Format, Privacy};
use std::path::PathBuf;

/// How messages of the DNS are read.
#[derive(Clone, Debug)]
pub struct Dns {
    /// What becomes of clients' addresses.
    pub privacy: Privacy,
    /// Of so many parts of 2^32 messages rows are made; of all if there is none.
    pub sample: Option<u32>,
    /// Whether rows of `dns_records` are made.
    pub gives_records: bool,
    /// Whether undamaged messages are kept as received, too.
    pub keeps_messages: bool,
    /// Whether registered domains are looked up.
    pub gives_registered_domains: bool,
    /// Ports of DNS servers in packet captures.
    pub ports: Vec<u16>,
}

impl Dns {
    /// Settings of a decoder with these.
    pub(super) fn decoder_settings(&self, format: Format) -> DecoderSettings {
        DecoderSettings {
            privacy: self.privacy.clone(),
            sample: self.sample,
            gives_dns_records: self.gives_records,
            keeps_dns_messages: self.keeps_messages,
            gives_registered_domains: self.gives_registered_domains,
            dns_ports: self.ports.clone(),
            ..DecoderSettings::new(format)
        }
    }

    /// The id of the key that addresses are encrypted with.
    pub fn key_id(&self) -> Option<String> {
        key_id(&self.privacy)
    }
}

/// The same as typed.
pub(super) struct TypedDns {
    pub(super) privacy: Option<String>,
    pub(super) privacy_key_file: Option<PathBuf>,
    pub(super) privacy_key_env: Option<String>,
    pub(super) sample: Option<f64>,
    pub(super) dns_records: Option<bool>,
    pub(super) dns_message_raw: Option<bool>,
    pub(super) registered_domains: Option<bool>,
    pub(super) dns_ports: Option<Vec<u16>>,
}

impl TypedDns {
    /// Checks the keys of a feed; `key` gives a key its full name.
    pub(super) fn resolve(
        self,
        format: Format,
        key: impl Fn(&str) -> String,
        problems: &mut Faults<'_>,
    ) -> Option<Dns> {
        self.refuse_strangers(format, &key, problems)?;
        let privacy = self.privacy(&key, problems);
        let sample = match self.sample {
            Some(share) => parts_of(share, &key("sample"), problems),
            None => Some(None),
        };
        let defaults = DecoderSettings::new(format);
        let ports = self.dns_ports.unwrap_or(defaults.dns_ports);
        if ports.is_empty() || ports.contains(&0) {
            problems.push(format!(
                "{}: {ports:?} names no port of a server, write for example [53, 5353]",
                key("dns_ports")
            ));
        }
        Some(Dns {
            privacy: privacy?,
            sample: sample?,
            gives_records: self.dns_records.unwrap_or(defaults.gives_dns_records),
            keeps_messages: self.dns_message_raw.unwrap_or(defaults.keeps_dns_messages),
            gives_registered_domains: (self.registered_domains)
                .unwrap_or(defaults.gives_registered_domains),
            ports,
        })
    }

    /// Keys that mean nothing for the format would lull their writer into a belief.
    fn refuse_strangers(
        &self,
        format: Format,
        key: impl Fn(&str) -> String,
        problems: &mut Faults<'_>,
    ) -> Option<()> {
        let typed = [
            ("privacy", self.privacy.is_some()),
            ("privacy_key_file", self.privacy_key_file.is_some()),
            ("privacy_key_env", self.privacy_key_env.is_some()),
            ("sample", self.sample.is_some()),
            ("dns_records", self.dns_records.is_some()),
            ("dns_message_raw", self.dns_message_raw.is_some()),
            ("registered_domains", self.registered_domains.is_some()),
            ("dns_ports", self.dns_ports.is_some()),
        ];
        let mut is_right = Some(());
        for (name, _) in typed.into_iter().filter(|(_, is_typed)| *is_typed) {
            let formats = formats_with(name);
            if formats.contains(&format) {
                continue;
            }
            let wanted = either(formats);
            problems.push(format!(
                "{}: format {:?} knows no such key, leave it out; it is for {wanted}",
                key(name),
                format.name()
            ));
            is_right = None;
        }
        is_right
    }

    fn privacy(&self, key: impl Fn(&str) -> String, problems: &mut Faults<'_>) -> Option<Privacy> {
        let name = self.privacy.as_deref().unwrap_or(Mode::Truncate.name());
        let Some(mode) = Mode::by_name(name) else {
            let known = Mode::ALL.map(Mode::name).join(", ");
            problems.push(format!(
                "{}: unknown mode {name:?}; known are {known}",
                key("privacy")
            ));
            return None;
        };
        let source = match (&self.privacy_key_file, &self.privacy_key_env) {
            (Some(_), Some(_)) => {
                let env = key("privacy_key_env");
                problems.push(format!(
                    "{env}: there is a privacy_key_file too: which one counts?"
                ));
                return None;
            }
            (Some(path), None) => Some(KeySource::File(path.clone())),
            (None, Some(variable)) => Some(KeySource::Variable(variable.clone())),
            (None, None) => None,
        };
        let privacy = mode.with_key(source.as_ref());
        let hint = match (mode, &source) {
            (Mode::Encrypt, None) => {
                ": name its file as privacy_key_file, or its variable as privacy_key_env"
            }
            _ => "",
        };
        privacy
            .map_err(|error| problems.push(format!("{}: {error}{hint}", key("privacy"))))
            .ok()
    }
}

/// The formats for which a key means something.
fn formats_with(key: &str) -> &'static [Format] {
    use Format::{Atlas, Auto, DnsCollector, Dnstap, Fstrm, Pcap, Pdns};
    match key {
        "dns_ports" => &[Pcap, Auto],
        // Atlas gives no such rows and keeps every message; PowerDNS sends none.
        "dns_records" => &[Dnstap, Fstrm, DnsCollector, Pdns, Pcap, Auto],
        "dns_message_raw" => &[Dnstap, Fstrm, DnsCollector, Pcap, Auto],
        _ => &[Dnstap, Fstrm, Atlas, DnsCollector, Pdns, Pcap, Auto],
    }
}

/// Their names, as a choice.
fn either(formats: &[Format]) -> String {
    let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
    match names.split_last() {
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// A share of 1 as parts of 2^32; none if it is all of it.
fn parts_of(share: f64, key: &str, problems: &mut Faults<'_>) -> Option<Option<u32>> {
    if !(share > 0.0 && share <= 1.0) {
        problems.push(format!(
            "{key}: {share} is no share of the messages, write a number above 0 and up to 1, for example 0.1"
        ));
        return None;
    }
    let parts = share * 2_f64.powi(32);
    Some((share < 1.0).then_some((parts as u32).max(1)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use crate::config::Config;
    use feeds::{Format, Privacy};
    use std::fs;
    use std::path::PathBuf;

    const GOOD: &str = r#"
[kafka]
brokers = ["127.0.0.1:9092"]
[[feed]]
name = "dns"
topics = '^dnstap\.'
format = "dnstap"
[lake]
catalog = "sqlite"
uri = "lake/catalog.db"
warehouse = "lake/warehouse"
"#;
    const DIGITS: &str = "0123456789abcdeffedcba98765432101032547698BADCFEEFCDAB8967452301";

    fn with(format: &str, keys: &str) -> String {
        GOOD.replace("\"dnstap\"", &format!("\"{format}\"\n{keys}"))
    }

    /// The problem that these keys are; it does not tell the key.
    fn check(format: &str, keys: &str, expected: &str) {
        let error = Config::parse(&with(format, keys), "c.toml")
            .expect_err("a problem")
            .to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains(&DIGITS[..8]), "{error}");
    }

    /// A key file of its own for every test.
    fn key_file(name: &str, octets: &[u8]) -> PathBuf {
        let name = format!("corewatch-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, octets).unwrap();
        path
    }

    fn with_file(path: &PathBuf) -> String {
        format!("privacy = \"encrypt\"\nprivacy_key_file = {path:?}")
    }

    #[test]
    fn a_feed_is_set_as_its_keys_say() {
        let keys = "privacy = \"keep\"\nsample = 0.25\ndns_records = true\ndns_message_raw = true\nregistered_domains = false\ndns_ports = [53, 5353]";
        let config = Config::parse(&with("pcap", keys), "c.toml").unwrap();
        let settings = config.feeds[0].decoder_settings();
        assert_eq!(settings.format, Format::Pcap);
        assert_eq!(settings.privacy, Privacy::Keep);
        assert_eq!(settings.sample, Some(1 << 30));
        assert!(settings.gives_dns_records && settings.keeps_dns_messages);
        assert!(!settings.gives_registered_domains);
        assert_eq!(settings.dns_ports, [53, 5353]);
    }

    #[test]
    fn addresses_are_truncated_unless_told_otherwise() {
        let config = Config::parse(GOOD, "c.toml").unwrap();
        let settings = config.feeds[0].decoder_settings();
        assert_eq!(settings.privacy, Privacy::Truncate);
        assert_eq!(settings.sample, None);
        assert!(!settings.gives_dns_records && !settings.keeps_dns_messages);
        assert!(settings.gives_registered_domains);
        let all = Config::parse(&with("auto", "sample = 1"), "c.toml").unwrap();
        assert_eq!(all.feeds[0].decoder_settings().sample, None);
    }

    #[test]
    fn a_key_is_digits_or_octets() {
        let digits = key_file("digits", format!("{DIGITS}\n").as_bytes());
        let octets: Vec<u8> = (0..32).collect();
        let octets = key_file("octets", &octets);
        let keys = [&digits, &octets].map(|path| {
            let config = Config::parse(&with("fstrm", &with_file(path)), "c.toml").unwrap();
            assert!(!format!("{config:?}").contains("[1, 35"), "{config:?}");
            config.feeds[0].dns.key_id().unwrap()
        });
        assert_eq!(keys, ["4d84bfd2", "630dcd29"]);
        fs::remove_file(digits).unwrap();
        fs::remove_file(octets).unwrap();
    }

    #[test]
    fn what_is_no_key_is_named_by_its_file() {
        let halves = key_file("halves", DIGITS[..32].repeat(2).as_bytes());
        check(
            "dnstap",
            &with_file(&halves),
            "-halves: both halves of the key are equal",
        );
        let short = key_file("short", &DIGITS.as_bytes()[..62]);
        check(
            "dnstap",
            &with_file(&short),
            "-short holds no key: 64 hexadecimal digits",
        );
        for path in [halves, short] {
            fs::remove_file(path).unwrap();
        }
        let none = PathBuf::from("/nowhere/key");
        check(
            "dnstap",
            &with_file(&none),
            "cannot read key file /nowhere/key: No such file",
        );
        let variable = "privacy = \"encrypt\"\nprivacy_key_env = \"COREWATCH_NO_SUCH_KEY\"";
        check(
            "dnstap",
            variable,
            "environment variable COREWATCH_NO_SUCH_KEY is not set",
        );
    }

    #[test]
    fn keys_must_fit_together() {
        check(
            "dnstap",
            "privacy = \"hide\"",
            "unknown mode \"hide\"; known are keep, truncate, encrypt, drop",
        );
        check(
            "dnstap",
            "privacy = \"encrypt\"",
            "`encrypt` needs a key: name its file as privacy_key_file",
        );
        check(
            "dnstap",
            "privacy_key_env = \"K\"",
            "`truncate` takes no key, only `encrypt` does",
        );
        check(
            "dnstap",
            "privacy = \"encrypt\"\nprivacy_key_env = \"K\"\nprivacy_key_file = \"k\"",
            "which one counts?",
        );
    }

    #[test]
    fn a_share_lies_between_nothing_and_all() {
        for share in ["0", "0.0", "-0.5", "1.01", "nan", "inf"] {
            check(
                "pdns",
                &format!("sample = {share}"),
                "is no share of the messages",
            );
        }
        let least = Config::parse(&with("pdns", "sample = 1e-30"), "c.toml").unwrap();
        assert_eq!(least.feeds[0].dns.sample, Some(1));
    }

    #[test]
    fn formats_without_dns_have_none_of_them() {
        for key in [
            "privacy = \"keep\"",
            "privacy_key_file = \"k\"",
            "privacy_key_env = \"K\"",
            "sample = 0.5",
            "dns_records = true",
            "dns_message_raw = false",
            "registered_domains = false",
            "dns_ports = [53]",
        ] {
            let (name, _) = key.split_once(' ').unwrap();
            let expected = format!("feed \"dns\": {name}: format \"ris-live\" knows no such key");
            check("ris-live", key, &expected);
        }
        check("dnstap", "dns_ports = [53]", "it is for pcap or auto");
        check(
            "atlas",
            "dns_records = true",
            "dns_records: format \"atlas\" knows",
        );
        check(
            "pdns",
            "dns_message_raw = true",
            "it is for dnstap, fstrm, dns-collector, pcap or auto",
        );
        check("pcap", "dns_ports = []", "dns_ports: [] names no port");
        check("pcap", "dns_ports = [0]", "dns_ports: [0] names no port");
    }
}
