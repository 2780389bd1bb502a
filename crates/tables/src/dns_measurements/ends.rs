//! Columns that say who asked whom, and how.

use super::DnsMeasurementRow;
use super::measured::present;
use crate::build::{AddressKeys, Dictionary, Keys, Numbers, Stage, TextKeys, Validities, names};
use crate::dns::marks::mark;
use crate::{Kind, Transport};
use arrow::array::ArrayRef;
use arrow::datatypes::Int32Type;

/// Who asked whom. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ends {
    probe_ip: i32,
    source_ip: i32,
    server_ip: i32,
    server_name: i32,
    retry: i32,
    subid: i32,
    submax: i32,
    server_port: u16,
    ip_version: u8,
    ip_ttl: u8,
    transport: u8,
}

/// The columns.
#[derive(Debug)]
pub(super) struct EndColumns {
    probe_ip: AddressKeys,
    source_ip: AddressKeys,
    server_ip: AddressKeys,
    server_name: TextKeys,
    server_port: Numbers<Int32Type>,
    ip_version: Numbers<Int32Type>,
    ip_ttl: Numbers<Int32Type>,
    retry: Numbers<Int32Type>,
    subid: Numbers<Int32Type>,
    submax: Numbers<Int32Type>,
    transport: Keys,
    transports: Dictionary,
}

impl EndColumns {
    pub(super) fn new() -> Self {
        let numbers = || Numbers::new(Kind::Int);
        Self {
            probe_ip: AddressKeys::default(),
            source_ip: AddressKeys::default(),
            server_ip: AddressKeys::default(),
            server_name: TextKeys::default(),
            server_port: numbers(),
            ip_version: numbers(),
            ip_ttl: numbers(),
            retry: numbers(),
            subid: numbers(),
            submax: numbers(),
            transport: Keys::default(),
            transports: names(&Transport::ALL.map(Transport::name)),
        }
    }

    /// Fills `to`, which is all zeros, and returns the presence bits.
    #[inline]
    pub(super) fn fill(&mut self, from: &DnsMeasurementRow<'_>, to: &mut Ends) -> u64 {
        to.probe_ip = self.probe_ip.optional_key(from.probe_ip);
        to.source_ip = self.source_ip.optional_key(from.source_ip);
        to.server_ip = self.server_ip.optional_key(from.server_ip);
        to.server_name = self.server_name.optional_varied_key(from.server_name);
        to.retry = from.retry.unwrap_or_default();
        to.subid = from.subid.unwrap_or_default();
        to.submax = from.submax.unwrap_or_default();
        to.server_port = from.server_port.unwrap_or_default();
        to.ip_version = from.ip_version.unwrap_or_default();
        to.ip_ttl = from.ip_ttl.unwrap_or_default();
        to.transport = from.transport.map(|how| how as u8).unwrap_or_default();
        marks_of(from)
    }

    pub(super) fn push<V>(&mut self, stage: &Stage<'_, V>, of: impl Fn(&V) -> &Ends + Copy) {
        self.probe_ip
            .push_optional(stage, present::PROBE_IP, |row| of(row).probe_ip);
        self.source_ip
            .push_optional(stage, present::SOURCE_IP, |row| of(row).source_ip);
        self.server_ip
            .push_optional(stage, present::SERVER_IP, |row| of(row).server_ip);
        self.server_name
            .push_optional(stage, present::SERVER_NAME, |row| of(row).server_name);
        self.server_port
            .push_optional(stage, present::SERVER_PORT, |row| {
                of(row).server_port.into()
            });
        self.ip_version
            .push_optional(stage, present::IP_VERSION, |row| of(row).ip_version.into());
        self.ip_ttl
            .push_optional(stage, present::IP_TTL, |row| of(row).ip_ttl.into());
        self.retry
            .push_optional(stage, present::RETRY, |row| of(row).retry);
        self.subid
            .push_optional(stage, present::SUBID, |row| of(row).subid);
        self.submax
            .push_optional(stage, present::SUBMAX, |row| of(row).submax);
        self.transport
            .push_optional(stage, present::TRANSPORT, |row| of(row).transport.into());
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let of = |bit| validities.of(bit);
        arrays.extend([
            self.probe_ip.finish(&of(present::PROBE_IP)),
            self.source_ip.finish(&of(present::SOURCE_IP)),
            self.server_ip.finish(&of(present::SERVER_IP)),
            self.server_name.finish(&of(present::SERVER_NAME)),
            self.server_port.finish(&of(present::SERVER_PORT)),
            self.ip_version.finish(&of(present::IP_VERSION)),
            self.ip_ttl.finish(&of(present::IP_TTL)),
            self.retry.finish(&of(present::RETRY)),
            self.subid.finish(&of(present::SUBID)),
            self.submax.finish(&of(present::SUBMAX)),
            self.transport
                .finish(&of(present::TRANSPORT), &self.transports),
        ]);
    }
}

#[inline]
fn marks_of(from: &DnsMeasurementRow<'_>) -> u64 {
    mark(from.probe_ip.is_some(), present::PROBE_IP)
        | mark(from.source_ip.is_some(), present::SOURCE_IP)
        | mark(from.server_ip.is_some(), present::SERVER_IP)
        | mark(from.server_name.is_some(), present::SERVER_NAME)
        | mark(from.server_port.is_some(), present::SERVER_PORT)
        | mark(from.ip_version.is_some(), present::IP_VERSION)
        | mark(from.ip_ttl.is_some(), present::IP_TTL)
        | mark(from.retry.is_some(), present::RETRY)
        | mark(from.subid.is_some(), present::SUBID)
        | mark(from.submax.is_some(), present::SUBMAX)
        | mark(from.transport.is_some(), present::TRANSPORT)
}
