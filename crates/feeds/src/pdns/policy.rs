//! The policy that a PowerDNS server has applied, in the words of dnstap.

use crate::dns::observer::{printable, printable_or_hex};
use tables::DnsPolicy;
use wire::pdns::Response;

/// Buffers for what is no text.
#[derive(Debug, Default)]
pub(super) struct PolicyTexts {
    rule: String,
    value: String,
}

impl PolicyTexts {
    /// None if none was applied. Its type is the name of the policy.
    pub(super) fn read<'a>(&'a mut self, response: &Response<'a>) -> Option<DnsPolicy<'a>> {
        let name = printable(response.policy);
        let matched = response.policy_type.and_then(matched);
        let is_applied = matched.is_some() || !name.is_empty() || response.policy_trigger.is_some();
        is_applied.then(|| DnsPolicy {
            policy_type: Some(name).filter(|name| !name.is_empty()),
            action: response.policy_kind.and_then(action),
            matched,
            rule: response
                .policy_trigger
                .map(|octets| printable_or_hex(octets, &mut self.rule)),
            value: response
                .policy_hit
                .map(|octets| printable_or_hex(octets, &mut self.value)),
        })
    }
}

/// PolicyType: 1 is unknown, or no policy at all.
const fn matched(policy_type: u32) -> Option<&'static str> {
    match policy_type {
        2 => Some("QNAME"),
        3 => Some("CLIENT_IP"),
        4 => Some("RESPONSE_IP"),
        5 => Some("NS_NAME"),
        6 => Some("NS_IP"),
        _ => None,
    }
}

/// PolicyKind.
const fn action(kind: u32) -> Option<&'static str> {
    match kind {
        1 => Some("PASS"),
        2 => Some("DROP"),
        3 => Some("NXDOMAIN"),
        4 => Some("NODATA"),
        5 => Some("TRUNCATE"),
        6 => Some("LOCAL_DATA"),
        _ => None,
    }
}
