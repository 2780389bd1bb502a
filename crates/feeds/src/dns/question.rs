//! The first question of a message, with the registered domain of its QNAME: from the message, or from what a feed has
//! made of it.

use tables::DnsQuestion;
use wire::dns::{NameText, Question};

/// Octets of a name on the wire at most, with the root label (RFC 1035, section 2.3.4).
const NAME_OCTETS_MAX: usize = 255;
/// Octets of a label at most.
const LABEL_OCTETS_MAX: usize = 63;

/// Looks up registered domains and public suffixes.
#[derive(Debug, Default)]
pub(super) struct Domains {
    are_left_out: bool,
    unescaped: Unescaped,
}

/// A name without escapes, for the public suffix list.
#[derive(Debug, Default)]
struct Unescaped {
    name: Vec<u8>,
    begins: Vec<u16>,
}

/// The question of a message, of which QNAME is there as text.
#[inline]
pub(super) fn of_message<'a>(
    question: Question,
    qname: &'a NameText,
    domains: &mut Domains,
) -> DnsQuestion<'a> {
    let (text, labels) = (qname.as_str(), qname.labels());
    let (registered_domain, public_suffix) = domains.of(text, labels);
    DnsQuestion {
        qname: text,
        qname_labels: labels.len() as u8,
        qname_octets: qname.octets(),
        qname_mixed_case: Some(qname.is_mixed_case()),
        registered_domain,
        public_suffix,
        qtype: Some(question.qtype.0),
        qclass: Some(question.qclass),
    }
}

impl Domains {
    /// None are looked up unless `are_given`.
    pub(super) fn new(are_given: bool) -> Self {
        Self {
            are_left_out: !are_given,
            ..Self::default()
        }
    }

    /// The registered domain and the public suffix of a name. The root has neither, and a public suffix no registered domain.
    #[inline]
    fn of<'a>(&mut self, text: &'a str, begins: &[u16]) -> (Option<&'a str>, Option<&'a str>) {
        if self.are_left_out {
            return (None, None);
        }
        let suffix_labels = if memchr::memchr(b'\\', text.as_bytes()).is_none() {
            suffixes::public_suffix_labels(text.as_bytes(), begins)
        } else {
            self.unescaped.public_suffix_labels(text, begins)
        };
        let from_label = |behind: usize| {
            let begin = begins.get(begins.len().checked_sub(behind)?)?;
            text.get(usize::from(*begin)..)
        };
        match suffix_labels {
            0 => (None, None),
            labels => (from_label(labels.saturating_add(1)), from_label(labels)),
        }
    }
}

impl Unescaped {
    #[cold]
    fn public_suffix_labels(&mut self, text: &str, begins: &[u16]) -> usize {
        self.name.clear();
        self.begins.clear();
        let ends = begins
            .iter()
            .skip(1)
            .map(|next| usize::from(*next).saturating_sub(1));
        for (begin, end) in begins.iter().zip(ends.chain([text.len()])) {
            if !self.begins.is_empty() {
                self.name.push(b'.');
            }
            self.begins.push(self.name.len() as u16);
            let mut rest = text
                .as_bytes()
                .get(usize::from(*begin)..end)
                .unwrap_or_default();
            while let Some((octet, behind)) = split_octet(rest) {
                self.name.push(octet);
                rest = behind;
            }
        }
        suffixes::public_suffix_labels(&self.name, &self.begins)
    }
}

/// Takes one octet off a text with escapes: `\DDD`, or a backslash and the character itself (RFC 1035, section 5.1).
fn split_octet(text: &[u8]) -> Option<(u8, &[u8])> {
    let (first, rest) = text.split_first()?;
    if *first != b'\\' {
        return Some((*first, rest));
    }
    let number = rest
        .split_first_chunk::<3>()
        .and_then(|(digits, behind)| Some((number_of(*digits)?, behind)));
    number.or(match rest {
        [octet, behind @ ..] => Some((*octet, behind)),
        [] => Some((b'\\', rest)),
    })
}

/// An octet of three digits.
fn number_of(digits: [u8; 3]) -> Option<u8> {
    let is_number = digits.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(&digits).ok().filter(|_| is_number);
    digits?.parse().ok()
}

/// A QNAME that was told as text, in the form that ours have.
#[derive(Debug, Default)]
pub(super) struct QuestionText {
    text: String,
    begins: Vec<u16>,
    domains: Domains,
}

impl QuestionText {
    pub(super) fn new(domains: Domains) -> Self {
        Self {
            domains,
            ..Self::default()
        }
    }

    /// Nothing but the name; none if it is no name.
    pub(super) fn read_name(&mut self, told: &str) -> Option<&str> {
        self.take(told)?;
        Some(&self.text)
    }

    /// The question, of which nothing but QNAME is known; none if that is no name.
    pub(super) fn read(&mut self, told: &str) -> Option<DnsQuestion<'_>> {
        let (octets, is_mixed_case) = self.take(told)?;
        let (registered_domain, public_suffix) = self.domains.of(&self.text, &self.begins);
        Some(DnsQuestion {
            qname: &self.text,
            qname_labels: self.begins.len() as u8,
            qname_octets: octets,
            qname_mixed_case: Some(is_mixed_case),
            registered_domain,
            public_suffix,
            qtype: None,
            qclass: None,
        })
    }

    /// Octets that the name would have on the wire, and whether it had capital letters.
    fn take(&mut self, told: &str) -> Option<(u16, bool)> {
        self.text.clear();
        self.begins.clear();
        if told == "." {
            self.text.push('.');
            return Some((1, false));
        }
        let (mut rest, mut octets, mut is_mixed_case) = (told.as_bytes(), 1_usize, false);
        while !rest.is_empty() {
            let label_octets;
            (label_octets, rest) = self.take_label(rest, &mut is_mixed_case)?;
            octets = octets.saturating_add(label_octets).saturating_add(1);
            if octets > NAME_OCTETS_MAX {
                return None;
            }
        }
        let is_name = !self.begins.is_empty();
        is_name.then_some((octets as u16, is_mixed_case))
    }

    /// Takes a label and the dot behind it: how many octets it has, and what follows.
    fn take_label<'a>(
        &mut self,
        text: &'a [u8],
        is_mixed_case: &mut bool,
    ) -> Option<(usize, &'a [u8])> {
        if !self.begins.is_empty() {
            self.text.push('.');
        }
        self.begins.push(self.text.len() as u16);
        let (mut rest, mut octets) = (text, 0_usize);
        while let Some((octet, behind)) = split_octet(rest) {
            if rest.starts_with(b".") {
                rest = behind;
                break;
            }
            *is_mixed_case |= octet.is_ascii_uppercase();
            self.push(octet.to_ascii_lowercase());
            octets = octets.saturating_add(1);
            rest = behind;
        }
        (1..=LABEL_OCTETS_MAX)
            .contains(&octets)
            .then_some((octets, rest))
    }

    fn push(&mut self, octet: u8) {
        match octet {
            b'.' | b'\\' => self.text.extend(['\\', char::from(octet)]),
            0x21..=0x7e => self.text.push(char::from(octet)),
            _ => {
                let digits = [octet / 100, octet / 10 % 10, octet % 10];
                let digit = |digit: u8| char::from(b'0'.saturating_add(digit));
                self.text.push('\\');
                self.text.extend(digits.map(digit));
            }
        }
    }
}
