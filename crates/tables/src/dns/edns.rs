//! Columns of the OPT record (RFC 6891).

use super::marks;
use crate::build::{Flags, Lists, Numbers, Stage, Text, Validities, Validity, take_vec};
use crate::{DnsEdns, Kind};
use arrow::array::{ArrayRef, Int32Array};
use arrow::datatypes::Int32Type;
use std::sync::Arc;

/// DNSSEC OK among the flags (RFC 3225).
const DNSSEC_OK: u16 = 0x8000;

/// An OPT record whose lists and texts are copied. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Edns {
    udp_octets: u16,
    flags: u16,
    version: u8,
    ecs_scope: u8,
    options: u32,
    ede: u32,
    ede_text: u32,
    nsid: u32,
    ecs: u32,
}

/// The columns.
#[derive(Debug)]
pub(super) struct EdnsColumns {
    udp_octets: Numbers<Int32Type>,
    version: Numbers<Int32Type>,
    flags: Numbers<Int32Type>,
    dnssec_ok: Flags,
    options: Codes,
    ede: Codes,
    ede_text: Text,
    nsid: Text,
    ecs: Text,
    ecs_scope: Numbers<Int32Type>,
}

impl EdnsColumns {
    pub(super) fn new() -> Self {
        let numbers = || Numbers::new(Kind::Int);
        Self {
            udp_octets: numbers(),
            version: numbers(),
            flags: numbers(),
            dnssec_ok: Flags::default(),
            options: Codes::new(),
            ede: Codes::new(),
            ede_text: Text::default(),
            nsid: Text::default(),
            ecs: Text::default(),
            ecs_scope: numbers(),
        }
    }

    /// Copies lists and texts, fills `to`, which is all zeros, and returns the presence bits.
    #[inline]
    pub(super) fn fill(&mut self, from: &DnsEdns<'_>, to: &mut Edns) -> u64 {
        to.udp_octets = from.udp_octets.unwrap_or_default();
        to.version = from.version.unwrap_or_default();
        to.flags = from.flags.unwrap_or_default();
        let fixed = marks::mark(from.udp_octets.is_some(), marks::EDNS_UDP_OCTETS)
            | marks::mark(from.version.is_some(), marks::EDNS_VERSION)
            | marks::mark(from.flags.is_some(), marks::EDNS_FLAGS)
            | marks::mark(to.flags & DNSSEC_OK != 0, marks::EDNS_DO)
            | marks::mark(from.options.is_some(), marks::EDNS_OPTIONS);
        let has_codes = !from.options.unwrap_or_default().is_empty() | !from.ede.is_empty();
        let has_texts = from.ede_text.is_some() | from.nsid.is_some() | from.ecs.is_some();
        if has_codes | has_texts | from.ecs_scope.is_some() {
            return fixed | self.fill_options(from, to);
        }
        fixed
    }

    #[inline(never)]
    fn fill_options(&mut self, from: &DnsEdns<'_>, to: &mut Edns) -> u64 {
        to.options = self.options.push_codes(from.options.unwrap_or_default());
        to.ede = self.ede.push_codes(from.ede);
        let copied = |column: &mut Text, text: Option<&str>| {
            text.map_or(0, |text| column.push_value(text.as_bytes()))
        };
        to.ede_text = copied(&mut self.ede_text, from.ede_text);
        to.nsid = copied(&mut self.nsid, from.nsid);
        to.ecs = copied(&mut self.ecs, from.ecs);
        to.ecs_scope = from.ecs_scope.unwrap_or_default();
        marks::mark(!from.ede.is_empty(), marks::EDNS_EDE)
            | marks::mark(from.ede_text.is_some(), marks::EDNS_EDE_TEXT)
            | marks::mark(from.nsid.is_some(), marks::EDNS_NSID)
            | marks::mark(from.ecs.is_some(), marks::EDNS_ECS)
            | marks::mark(from.ecs_scope.is_some(), marks::EDNS_ECS_SCOPE)
    }

    pub(super) fn push<V>(&mut self, stage: &Stage<'_, V>, edns: impl Fn(&V) -> &Edns + Copy) {
        self.udp_octets
            .push_optional(stage, marks::EDNS_UDP_OCTETS, |row| {
                edns(row).udp_octets.into()
            });
        self.version
            .push_optional(stage, marks::EDNS_VERSION, |row| edns(row).version.into());
        self.flags
            .push_optional(stage, marks::EDNS_FLAGS, |row| edns(row).flags.into());
        (self.options.lists).push(stage, marks::EDNS_OPTIONS, |row| edns(row).options);
        (self.ede.lists).push(stage, marks::EDNS_EDE, |row| edns(row).ede);
        self.ede_text
            .push(stage, marks::EDNS_EDE_TEXT, |row| edns(row).ede_text);
        self.nsid
            .push(stage, marks::EDNS_NSID, |row| edns(row).nsid);
        self.ecs.push(stage, marks::EDNS_ECS, |row| edns(row).ecs);
        self.ecs_scope
            .push_optional(stage, marks::EDNS_ECS_SCOPE, |row| {
                edns(row).ecs_scope.into()
            });
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        arrays.extend([
            self.udp_octets
                .finish(&validities.of(marks::EDNS_UDP_OCTETS)),
            self.version.finish(&validities.of(marks::EDNS_VERSION)),
            self.flags.finish(&validities.of(marks::EDNS_FLAGS)),
            self.dnssec_ok
                .finish_optional(validities, marks::EDNS_DO, marks::EDNS_FLAGS),
            self.options.finish(&validities.of(marks::EDNS_OPTIONS)),
            self.ede.finish(&validities.of(marks::EDNS_EDE)),
            self.ede_text.finish(&validities.of(marks::EDNS_EDE_TEXT)),
            self.nsid.finish(&validities.of(marks::EDNS_NSID)),
            self.ecs.finish(&validities.of(marks::EDNS_ECS)),
            self.ecs_scope.finish(&validities.of(marks::EDNS_ECS_SCOPE)),
        ]);
    }
}

/// A column of lists of codes.
#[derive(Debug)]
struct Codes {
    lists: Lists,
    codes: Vec<i32>,
}

impl Codes {
    fn new() -> Self {
        Self {
            lists: Lists::new(Kind::Int),
            codes: Vec::new(),
        }
    }

    /// Copies the list of one row and returns how many codes it has.
    fn push_codes(&mut self, codes: &[u16]) -> u32 {
        self.codes.extend(codes.iter().map(|code| i32::from(*code)));
        codes.len() as u32
    }

    fn finish(&mut self, validity: &Validity) -> ArrayRef {
        let codes = &mut self.codes;
        (self.lists).finish(validity, || Arc::new(Int32Array::from(take_vec(codes))))
    }
}
