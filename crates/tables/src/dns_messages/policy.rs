//! Columns of the zone and the policy, which few feeds tell.

use super::exchange::present;
use crate::DnsExchange;
use crate::build::{Stage, TextKeys, Validities};
use crate::dns::marks::mark;
use arrow::array::ArrayRef;

/// The zone and the policy as keys. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Policy {
    query_zone: i32,
    policy_type: i32,
    action: i32,
    matched: i32,
    rule: i32,
    value: i32,
}

/// The columns.
#[derive(Debug, Default)]
pub(super) struct PolicyColumns {
    query_zone: TextKeys,
    policy_type: TextKeys,
    action: TextKeys,
    matched: TextKeys,
    rule: TextKeys,
    value: TextKeys,
}

impl PolicyColumns {
    /// Fills `to`, which is all zeros, and returns the presence bits.
    #[inline(never)]
    pub(super) fn fill(&mut self, from: &DnsExchange<'_>, to: &mut Policy) -> u64 {
        to.query_zone = self.query_zone.optional_key(from.query_zone);
        let zone = mark(from.query_zone.is_some(), present::QUERY_ZONE);
        let Some(policy) = from.policy else {
            return zone;
        };
        to.policy_type = self.policy_type.optional_key(policy.policy_type);
        to.action = self.action.optional_key(policy.action);
        to.matched = self.matched.optional_key(policy.matched);
        to.rule = self.rule.optional_key(policy.rule);
        to.value = self.value.optional_key(policy.value);
        zone | mark(policy.policy_type.is_some(), present::POLICY_TYPE)
            | mark(policy.action.is_some(), present::POLICY_ACTION)
            | mark(policy.matched.is_some(), present::POLICY_MATCH)
            | mark(policy.rule.is_some(), present::POLICY_RULE)
            | mark(policy.value.is_some(), present::POLICY_VALUE)
    }

    pub(super) fn push<V>(&mut self, stage: &Stage<'_, V>, policy: impl Fn(&V) -> &Policy + Copy) {
        self.query_zone
            .push_optional(stage, present::QUERY_ZONE, |row| policy(row).query_zone);
        self.policy_type
            .push_optional(stage, present::POLICY_TYPE, |row| policy(row).policy_type);
        self.action
            .push_optional(stage, present::POLICY_ACTION, |row| policy(row).action);
        self.matched
            .push_optional(stage, present::POLICY_MATCH, |row| policy(row).matched);
        self.rule
            .push_optional(stage, present::POLICY_RULE, |row| policy(row).rule);
        self.value
            .push_optional(stage, present::POLICY_VALUE, |row| policy(row).value);
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let of = |bit| validities.of(bit);
        arrays.extend([
            self.query_zone.finish(&of(present::QUERY_ZONE)),
            self.policy_type.finish(&of(present::POLICY_TYPE)),
            self.action.finish(&of(present::POLICY_ACTION)),
            self.matched.finish(&of(present::POLICY_MATCH)),
            self.rule.finish(&of(present::POLICY_RULE)),
            self.value.finish(&of(present::POLICY_VALUE)),
        ]);
    }
}
