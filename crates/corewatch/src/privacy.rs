//! What becomes of clients' addresses, as users say it: a mode, and for one of them a key. The key is never shown or stored.

use crate::config::Problems;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use feeds::{Privacy, PrivacyKey};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What becomes of clients' addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They stay.
    Keep,
    /// /24 and /48 of them stay.
    Truncate,
    /// They are encrypted.
    Encrypt,
    /// They go.
    Drop,
}

/// Where a key lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file of 64 hexadecimal digits, or of 32 octets.
    File(PathBuf),
    /// An environment variable of 64 hexadecimal digits.
    Variable(String),
}

impl Mode {
    /// All, in the order in which messages list them.
    pub const ALL: [Self; 4] = [Self::Keep, Self::Truncate, Self::Encrypt, Self::Drop];

    /// As in configurations and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Truncate => "truncate",
            Self::Encrypt => "encrypt",
            Self::Drop => "drop",
        }
    }

    /// The mode of that name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// The mode with its key.
    ///
    /// # Errors
    /// What is wrong with the key. Its source is named, and nothing of the key.
    pub fn with_key(self, key: Option<&KeySource>) -> Result<Privacy, String> {
        match (self, key) {
            (Self::Encrypt, Some(source)) => source.load().map(Privacy::Encrypt),
            (Self::Encrypt, None) => Err("`encrypt` needs a key".to_owned()),
            (_, Some(_)) => Err(format!(
                "`{}` takes no key, only `encrypt` does",
                self.name()
            )),
            (Self::Keep, None) => Ok(Privacy::Keep),
            (Self::Truncate, None) => Ok(Privacy::Truncate),
            (Self::Drop, None) => Ok(Privacy::Drop),
        }
    }
}

/// What becomes of clients' addresses, on the command line.
#[derive(Debug, clap::Args)]
pub struct PrivacyArgs {
    /// What becomes of clients' addresses in DNS messages
    #[arg(long, value_name = "MODE", default_value = Mode::Truncate.name(), value_parser = mode_parser())]
    privacy: Mode,
    /// The key of `--privacy encrypt`: 64 hexadecimal digits, or 32 octets
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

impl PrivacyArgs {
    /// The mode with its key.
    ///
    /// # Errors
    /// [`Problems`] with the key.
    pub fn resolve(&self) -> Result<Privacy, Problems> {
        let key = self.key_file.clone().map(KeySource::File);
        self.privacy.with_key(key.as_ref()).map_err(|error| {
            let problem = match (self.privacy, key) {
                (Mode::Encrypt, None) => format!("--privacy: {error}: name its file as --key-file"),
                _ => format!("--key-file: {error}"),
            };
            Problems(vec![problem])
        })
    }
}

/// Reads a mode by its name; clap lists them all if there is none of that name.
fn mode_parser() -> impl TypedValueParser<Value = Mode> {
    PossibleValuesParser::new(Mode::ALL.map(Mode::name))
        .try_map(|name| Mode::by_name(&name).ok_or("no such mode"))
}

/// Reading ends here: a key file is never so long.
const KEY_FILE_OCTETS_MAX: u64 = 4096;

impl KeySource {
    fn load(&self) -> Result<PrivacyKey, String> {
        let (name, octets) = match self {
            Self::File(path) => {
                let name = format!("key file {}", path.display());
                let octets = read(path).map_err(|error| format!("cannot read {name}: {error}"))?;
                (name, octets)
            }
            Self::Variable(variable) => {
                let name = format!("environment variable {variable}");
                let value =
                    std::env::var_os(variable).ok_or_else(|| format!("{name} is not set"))?;
                (name, value.into_encoded_bytes())
            }
        };
        let raw = matches!(self, Self::File(_)).then_some(&octets);
        let key = raw.and_then(|octets| <[u8; PrivacyKey::OCTETS]>::try_from(&octets[..]).ok());
        let Some(key) = key.or_else(|| of_digits(octets.trim_ascii())) else {
            return Err(format!(
                "{name} holds no key: 64 hexadecimal digits are one, for example from `openssl rand -hex 32`"
            ));
        };
        PrivacyKey::new(key).ok_or_else(|| {
            format!("{name}: both halves of the key are equal, which would encrypt nothing: take another")
        })
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    File::open(path)?
        .take(KEY_FILE_OCTETS_MAX)
        .read_to_end(&mut octets)?;
    Ok(octets)
}

fn of_digits(digits: &[u8]) -> Option<[u8; PrivacyKey::OCTETS]> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let (mut key, mut octets) = ([0; PrivacyKey::OCTETS], digits.chunks_exact(2));
    if digits.len() != 2 * key.len() {
        return None;
    }
    for (octet, pair) in key.iter_mut().zip(&mut octets) {
        *octet = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
    }
    Some(key)
}

/// Tells one key from another, and nothing else of it: the first octets of its SHA-256.
pub fn key_id(privacy: &Privacy) -> Option<String> {
    let Privacy::Encrypt(key) = privacy else {
        return None;
    };
    let hash = Sha256::digest(key.octets());
    Some(
        hash[..4]
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect(),
    )
}
