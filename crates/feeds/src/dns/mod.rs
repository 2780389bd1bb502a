//! What all DNS feeds share: a message with what its envelope tells becomes rows; addresses pass through privacy here.

mod privacy;

pub use privacy::Privacy;

use crate::DecoderSettings;
use crate::message::MessageRows;
use std::net::IpAddr;
use tables::{DnsContent, DnsExchange, DnsQuestion, ObservedAt, RowSink};

/// Buffers that are used again for every message, and what is kept of the settings.
#[derive(Debug)]
pub(crate) struct Dns {
    privacy: Privacy,
}

/// What is known of a message besides what it says itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carried<'a> {
    /// The message as received; on TCP without its length.
    pub(crate) octets: &'a [u8],
    /// How many octets it had, where it was captured short.
    pub(crate) cut_from: Option<u32>,
    /// When it was seen.
    pub(crate) observed_at: ObservedAt,
    /// Who spoke to whom; with the original addresses.
    pub(crate) exchange: DnsExchange<'a>,
}

impl Dns {
    pub(crate) fn new(settings: &DecoderSettings) -> Self {
        Self {
            privacy: settings.privacy.clone(),
        }
    }

    /// An address of a client as rows may have it.
    pub(crate) fn client_address(&mut self, address: IpAddr) -> Option<IpAddr> {
        let _ = &self.privacy;
        Some(address)
    }

    /// Reads a message without an exchange, and calls `then` with what it says and with what may be kept of its octets.
    pub(crate) fn with_content(
        &mut self,
        octets: &[u8],
        then: impl FnOnce(&mut Self, &DnsContent<'_>),
    ) {
        let _ = octets;
        then(self, &DnsContent::default());
    }

    /// Calls `then` with the question that a feed tells as text, in whatever case and escaping, final dot or not.
    pub(crate) fn with_question(
        &mut self,
        qname: &str,
        then: impl FnOnce(&mut Self, Option<&DnsQuestion<'_>>),
    ) {
        let _ = qname;
        then(self, None);
    }
}

/// Reads a message and pushes its rows: one of `dns_messages`, and those of `dns_records` where they are asked for.
#[inline]
pub(crate) fn push_message<S: RowSink>(
    carried: &Carried<'_>,
    dns: &mut Dns,
    rows: &mut MessageRows<'_, S>,
) {
    let _ = (carried, dns, rows);
}
