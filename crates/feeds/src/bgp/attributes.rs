//! One pass over the path attributes of a message: values where they are well-formed, the first fault where not.
//!
//! What a fault costs is fixed by RFC 7606: some attributes are discarded, others take the announcement with them.

use std::net::Ipv4Addr;
use tables::{AsPath, Disposition, PathAttributes};
use wire::bgp::{
    AsnWidth, Attribute, AttributeCode, AttributeFlags, NextHop, PathShape, SegmentType, Segments,
    check_pmsi_tunnel, merge_as4_path, parse_aggregator, parse_aigp, parse_origin, path_shape,
    split_attribute, widen_path,
};
use wire::{Fault, ParseError, Reader};

/// AS_TRANS, which stands for an ASN that does not fit in two octets (RFC 6793, section 9).
const AS_TRANS: u32 = 23456;

/// Buffers for what cannot be borrowed: paths that must be widened, merged or stripped, and several attributes kept raw.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    path: Vec<u8>,
    stripped: Vec<u8>,
    raw: Vec<u8>,
}

/// The attributes of one message as they came.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Received<'a> {
    seen: Seen,
    pub(super) values: PathAttributes<'a>,
    pub(super) mp_reach: Option<Reader<'a>>,
    pub(super) mp_unreach: Option<Reader<'a>>,
    as_path: Option<Reader<'a>>,
    as4_path: Option<Attribute<'a>>,
    as4_aggregator: Option<As4Aggregator<'a>>,
    raw_count: u32,
    /// The worst fault, of several the first.
    pub(super) fault: Option<AttributeFault>,
}

/// Which attributes were there: one bit for each code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen([u64; 4]);

impl Seen {
    /// Nothing but one attribute.
    fn only(code: AttributeCode) -> Self {
        let mut seen = Self::default();
        seen.insert(code);
        seen
    }

    /// Returns whether it is there for the first time.
    #[inline(always)]
    fn insert(&mut self, code: AttributeCode) -> bool {
        let AttributeCode(code) = code;
        let bit = 1 << (code & 63);
        match self.0.get_mut(usize::from(code >> 6)) {
            Some(word) => {
                let is_first = *word & bit == 0;
                *word |= bit;
                is_first
            }
            None => true,
        }
    }

    /// Codes below 64 only: all that anyone asks for.
    #[inline]
    fn has(self, code: AttributeCode) -> bool {
        let [low, ..] = self.0;
        low & 1_u64.checked_shl(code.0.into()).unwrap_or(0) != 0
    }
}

/// AS4_AGGREGATOR, read and as received.
#[derive(Clone, Copy, Debug)]
struct As4Aggregator<'a> {
    value: (u32, Ipv4Addr),
    attribute: Attribute<'a>,
}

/// A malformed attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AttributeFault {
    pub(super) error: ParseError,
    /// None if the fault is in the block, not in one attribute.
    pub(super) code: Option<u16>,
    pub(super) disposition: Disposition,
}

impl<'a> Received<'a> {
    /// Reads a block of attributes.
    #[inline]
    pub(super) fn read(&mut self, block: Reader<'a>, scratch: &mut Scratch) {
        scratch.raw.clear();
        let mut reader = block;
        while !reader.is_empty() {
            match split_attribute(&mut reader) {
                Ok(attribute) => self.take(&attribute, scratch),
                // The rest of the block cannot be cut (RFC 7606, section 4).
                Err(error) => return self.fail(error, None, Disposition::TreatAsWithdraw),
            }
        }
    }

    #[inline]
    fn take(&mut self, attribute: &Attribute<'a>, scratch: &mut Scratch) {
        if !self.seen.insert(attribute.code) {
            return self.repeated(attribute);
        }
        if let Err(error) = self.read_value(attribute, scratch) {
            self.fail(error, Some(attribute.code), disposition_of(attribute));
        }
    }

    /// A second one is ignored, but two multiprotocol ones contradict each other (RFC 7606, section 3, g).
    #[cold]
    fn repeated(&mut self, attribute: &Attribute<'a>) {
        let is_multiprotocol = matches!(
            attribute.code,
            AttributeCode::MP_REACH_NLRI | AttributeCode::MP_UNREACH_NLRI
        );
        let disposition = if is_multiprotocol {
            Disposition::MessageDiscard
        } else {
            Disposition::AttributeDiscard
        };
        let error = ParseError::new(Fault::Repeated, "attribute", attribute.value.offset());
        self.fail(error, Some(attribute.code), disposition);
    }

    #[inline]
    fn read_value(
        &mut self,
        attribute: &Attribute<'a>,
        scratch: &mut Scratch,
    ) -> Result<(), ParseError> {
        let value = attribute.value;
        match attribute.code {
            AttributeCode::ORIGIN => {
                has_flags(attribute, AttributeFlags::WELL_KNOWN, "ORIGIN")?;
                self.values.origin = Some(parse_origin(value)?);
            }
            AttributeCode::AS_PATH => {
                has_flags(attribute, AttributeFlags::WELL_KNOWN, "AS_PATH")?;
                self.as_path = Some(value);
            }
            AttributeCode::NEXT_HOP => {
                has_flags(attribute, AttributeFlags::WELL_KNOWN, "NEXT_HOP")?;
                self.values.next_hop = Some(Ipv4Addr::from(exactly(value, "NEXT_HOP")?).into());
            }
            AttributeCode::MULTI_EXIT_DISC => {
                has_flags(attribute, AttributeFlags::OPTIONAL, "MULTI_EXIT_DISC")?;
                self.values.med = Some(u32::from_be_bytes(exactly(value, "MULTI_EXIT_DISC")?));
            }
            AttributeCode::LOCAL_PREF => {
                has_flags(attribute, AttributeFlags::WELL_KNOWN, "LOCAL_PREF")?;
                self.values.local_pref = Some(u32::from_be_bytes(exactly(value, "LOCAL_PREF")?));
            }
            AttributeCode::ATOMIC_AGGREGATE => {
                has_flags(attribute, AttributeFlags::WELL_KNOWN, "ATOMIC_AGGREGATE")?;
                exactly::<0>(value, "ATOMIC_AGGREGATE")?;
                self.values.atomic_aggregate = true;
            }
            AttributeCode::COMMUNITIES => {
                has_flags(
                    attribute,
                    AttributeFlags::OPTIONAL_TRANSITIVE,
                    "COMMUNITIES",
                )?;
                self.values.communities = Some(multiple_of::<4>(value, "COMMUNITIES")?);
            }
            AttributeCode::MP_REACH_NLRI => {
                // First, so that its routes can be treated as withdrawn if its flags are wrong.
                self.mp_reach = Some(value);
                has_flags(attribute, AttributeFlags::OPTIONAL, "MP_REACH_NLRI")?;
            }
            AttributeCode::MP_UNREACH_NLRI => {
                self.mp_unreach = Some(value);
                has_flags(attribute, AttributeFlags::OPTIONAL, "MP_UNREACH_NLRI")?;
            }
            _ => self.read_rarer_value(attribute, scratch)?,
        }
        Ok(())
    }

    #[inline(never)]
    fn read_rarer_value(
        &mut self,
        attribute: &Attribute<'a>,
        scratch: &mut Scratch,
    ) -> Result<(), ParseError> {
        const TRANSITIVE: u8 = AttributeFlags::OPTIONAL_TRANSITIVE;
        let value = attribute.value;
        match attribute.code {
            AttributeCode::AGGREGATOR => {
                has_flags(attribute, TRANSITIVE, "AGGREGATOR")?;
                self.values.aggregator = Some(parse_aggregator(value)?);
            }
            AttributeCode::LARGE_COMMUNITY => {
                has_flags(attribute, TRANSITIVE, "LARGE_COMMUNITY")?;
                self.values.large_communities = Some(multiple_of::<12>(value, "LARGE_COMMUNITY")?);
            }
            AttributeCode::EXTENDED_COMMUNITIES => {
                has_flags(attribute, TRANSITIVE, "EXTENDED COMMUNITIES")?;
                self.values.ext_communities =
                    Some(multiple_of::<8>(value, "EXTENDED COMMUNITIES")?);
            }
            AttributeCode::IPV6_EXTENDED_COMMUNITIES => {
                has_flags(attribute, TRANSITIVE, "IPv6 EXTENDED COMMUNITIES")?;
                self.values.ipv6_ext_communities =
                    Some(multiple_of::<20>(value, "IPv6 EXTENDED COMMUNITIES")?);
            }
            AttributeCode::ORIGINATOR_ID => {
                has_flags(attribute, AttributeFlags::OPTIONAL, "ORIGINATOR_ID")?;
                self.values.originator_id = Some(Ipv4Addr::from(exactly(value, "ORIGINATOR_ID")?));
            }
            AttributeCode::CLUSTER_LIST => {
                has_flags(attribute, AttributeFlags::OPTIONAL, "CLUSTER_LIST")?;
                self.values.cluster_list = Some(multiple_of::<4>(value, "CLUSTER_LIST")?);
            }
            AttributeCode::AS4_PATH => self.read_as4_path(attribute)?,
            AttributeCode::AS4_AGGREGATOR => self.read_as4_aggregator(attribute)?,
            AttributeCode::ONLY_TO_CUSTOMER => {
                has_flags(attribute, TRANSITIVE, "ONLY_TO_CUSTOMER")?;
                self.values.only_to_customer =
                    Some(u32::from_be_bytes(exactly(value, "ONLY_TO_CUSTOMER")?));
            }
            AttributeCode::AIGP => {
                has_flags(attribute, AttributeFlags::OPTIONAL, "AIGP")?;
                let metric = parse_aigp(value)?;
                self.values.aigp = Some(metric);
                if i64::try_from(metric).is_err() {
                    self.keep_raw(attribute, scratch);
                }
            }
            AttributeCode::PMSI_TUNNEL => {
                has_flags(attribute, TRANSITIVE, "PMSI_TUNNEL")?;
                check_pmsi_tunnel(value)?;
                self.keep_raw(attribute, scratch);
            }
            _ => self.keep_raw(attribute, scratch),
        }
        Ok(())
    }

    /// What a speaker of four-octet ASNs has put beside AS_PATH (RFC 6793, section 4.2.2).
    fn read_as4_path(&mut self, attribute: &Attribute<'a>) -> Result<(), ParseError> {
        let value = attribute.value;
        has_flags(attribute, AttributeFlags::OPTIONAL_TRANSITIVE, "AS4_PATH")?;
        let shape = path_shape(value.rest(), AsnWidth::Four);
        if matches!(shape, PathShape::Malformed | PathShape::Empty) {
            return Err(ParseError::bad_value("AS4_PATH", value.offset()));
        }
        self.as4_path = Some(*attribute);
        Ok(())
    }

    /// And beside AGGREGATOR.
    fn read_as4_aggregator(&mut self, attribute: &Attribute<'a>) -> Result<(), ParseError> {
        let value = attribute.value;
        has_flags(
            attribute,
            AttributeFlags::OPTIONAL_TRANSITIVE,
            "AS4_AGGREGATOR",
        )?;
        exactly::<8>(value, "AS4_AGGREGATOR")?;
        self.as4_aggregator = Some(As4Aggregator {
            value: parse_aggregator(value)?,
            attribute: *attribute,
        });
        Ok(())
    }

    /// One is borrowed; of several a copy is made, one after the other.
    fn keep_raw(&mut self, attribute: &Attribute<'a>, scratch: &mut Scratch) {
        self.raw_count = self.raw_count.saturating_add(1);
        scratch.raw.extend_from_slice(attribute.octets);
        self.values.raw = attribute.octets;
    }

    /// Settles what several attributes decide together: the width of ASNs, and what a speaker of two-octet ASNs put
    /// into AS4_PATH and AS4_AGGREGATOR (RFC 6793, section 4.2.3). An ASN before `strips_before` is stripped.
    #[inline]
    pub(super) fn settle(
        &mut self,
        declared: AsnWidth,
        strips_before: Option<u32>,
        scratch: &'a mut Scratch,
    ) {
        if self.as4_path.is_some() || self.as4_aggregator.is_some() {
            self.keep_idle_as4(declared, scratch);
        }
        let Scratch {
            path,
            stripped,
            raw,
        } = scratch;
        if self.raw_count > 1 {
            self.values.raw = raw;
        }
        self.settle_path(declared, path);
        if let Some(asn) = strips_before {
            self.strip_before(asn, stripped);
        }
    }

    /// In a session of four-octet ASNs AS4_PATH and AS4_AGGREGATOR say nothing (RFC 6793, section 6): they are kept as
    /// received. So they are where there is nothing to merge them with.
    #[cold]
    fn keep_idle_as4(&mut self, declared: AsnWidth, scratch: &mut Scratch) {
        let is_narrow = |path: Reader<'_>| width_of(path, declared) == Some(AsnWidth::Two);
        if self.as_path.is_some_and(is_narrow) {
            return;
        }
        let aggregator = self.as4_aggregator.map(|as4| as4.attribute);
        for attribute in [self.as4_path, aggregator].into_iter().flatten() {
            self.keep_raw(&attribute, scratch);
        }
    }

    #[inline]
    fn settle_path(&mut self, declared: AsnWidth, scratch: &'a mut Vec<u8>) {
        let Some(path) = self.as_path else { return };
        let octets = path.rest();
        if declared == AsnWidth::Four {
            match path_shape(octets, AsnWidth::Four) {
                PathShape::Sequence | PathShape::Empty => {
                    self.values.as_path =
                        Some(AsPath::Sequence(octets.get(2..).unwrap_or_default()));
                    return;
                }
                PathShape::Segments => {
                    self.values.as_path = Some(AsPath::Segments(octets));
                    return;
                }
                PathShape::Malformed => {}
            }
        }
        self.settle_narrow_path(path, declared, scratch);
    }

    /// A path of two-octet ASNs, or one that does not fit what was declared.
    #[inline(never)]
    fn settle_narrow_path(
        &mut self,
        path: Reader<'a>,
        declared: AsnWidth,
        scratch: &'a mut Vec<u8>,
    ) {
        let Some(width) = width_of(path, declared) else {
            let error = ParseError::bad_value("AS_PATH", path.offset());
            return self.fail(
                error,
                Some(AttributeCode::AS_PATH),
                Disposition::TreatAsWithdraw,
            );
        };
        self.values.as_width_inferred = width != declared;
        scratch.clear();
        let write = |octets: &[u8]| scratch.extend_from_slice(octets);
        match self
            .as4_path
            .filter(|_| width == AsnWidth::Two && self.merges_as4())
        {
            Some(as4_path) => merge_as4_path(path.rest(), as4_path.value.rest(), write),
            None => widen_path(path.rest(), width, write),
        }
        if width == AsnWidth::Two
            && let Some(as4_aggregator) = self.as4_aggregator
            && let Some((AS_TRANS, _)) = self.values.aggregator
        {
            self.values.aggregator = Some(as4_aggregator.value);
        }
        self.values.as_path = Some(match path_shape(scratch, AsnWidth::Four) {
            PathShape::Sequence | PathShape::Empty => {
                AsPath::Sequence(scratch.get(2..).unwrap_or_default())
            }
            _ => AsPath::Segments(scratch),
        });
    }

    /// Both AS4 attributes are ignored where AS4_AGGREGATOR stands beside an AGGREGATOR that is not AS_TRANS.
    fn merges_as4(&self) -> bool {
        match (self.as4_aggregator, self.values.aggregator) {
            (Some(_), Some((asn, _))) => asn == AS_TRANS,
            _ => true,
        }
    }

    /// Strips the first ASN of the path if the second is that of the peer, and the first is not: a collector that passes
    /// routes on puts its own before them.
    #[cold]
    fn strip_before(&mut self, peer_asn: u32, scratch: &'a mut Vec<u8>) {
        let peer_asn = peer_asn.to_be_bytes();
        let is_strippable = |asns: &[u8]| matches!(asns.as_chunks().0, [first, second, ..] if *first != peer_asn && *second == peer_asn);
        match self.values.as_path {
            Some(AsPath::Sequence(asns)) if is_strippable(asns) => {
                let Some((first, rest)) = asns.split_first_chunk() else {
                    return;
                };
                self.values.stripped_asn = Some(u32::from_be_bytes(*first));
                self.values.as_path = Some(AsPath::Sequence(rest));
            }
            Some(AsPath::Segments(segments)) => {
                let Some(first) = Segments::new(segments, AsnWidth::Four).next() else {
                    return;
                };
                if first.segment_type != SegmentType::SEQUENCE || !is_strippable(first.asns) {
                    return;
                }
                let Some(([_, _, asn @ ..], rest)) = segments.split_first_chunk::<6>() else {
                    return;
                };
                scratch.clear();
                scratch
                    .extend_from_slice(&[SegmentType::SEQUENCE.0, first.count.saturating_sub(1)]);
                scratch.extend_from_slice(rest);
                self.values.stripped_asn = Some(u32::from_be_bytes(*asn));
                self.values.as_path = Some(AsPath::Segments(scratch));
            }
            _ => (),
        }
    }

    /// Sees to it that what an announcement must have is there (RFC 4271, section 6.3; RFC 7606, section 3, d).
    /// BGPsec_PATH replaces AS_PATH (RFC 8205, section 3).
    #[inline]
    pub(super) fn require_mandatory(&mut self, needs_next_hop: bool, offset: usize) {
        let has = |code| self.seen.has(code);
        let missing = if !has(AttributeCode::ORIGIN) {
            ("ORIGIN", AttributeCode::ORIGIN)
        } else if !has(AttributeCode::AS_PATH) && !has(AttributeCode::BGPSEC_PATH) {
            ("AS_PATH", AttributeCode::AS_PATH)
        } else if needs_next_hop && !has(AttributeCode::NEXT_HOP) {
            ("NEXT_HOP", AttributeCode::NEXT_HOP)
        } else {
            return;
        };
        let error = ParseError::new(Fault::Missing, missing.0, offset);
        self.fail(error, Some(missing.1), Disposition::TreatAsWithdraw);
    }

    /// Whether MP_UNREACH_NLRI is the only attribute there is.
    pub(super) fn is_mp_unreach_alone(&self) -> bool {
        self.seen == Seen::only(AttributeCode::MP_UNREACH_NLRI)
    }

    /// Takes over the next hop of MP_REACH_NLRI.
    #[inline]
    pub(super) fn set_next_hop(&mut self, next_hop: NextHop) {
        self.values.next_hop = next_hop.global;
        self.values.next_hop_link_local = next_hop.link_local;
    }

    /// Notes a fault, unless a worse one, or an equal one before it, is noted already.
    #[cold]
    pub(super) fn fail(
        &mut self,
        error: ParseError,
        code: Option<AttributeCode>,
        disposition: Disposition,
    ) {
        if self
            .fault
            .is_none_or(|noted| severity(noted.disposition) < severity(disposition))
        {
            self.fault = Some(AttributeFault {
                error,
                code: code.map(|code| code.0.into()),
                disposition,
            });
        }
    }
}

fn severity(disposition: Disposition) -> u8 {
    match disposition {
        Disposition::MessageDiscard => 2,
        Disposition::TreatAsWithdraw => 1,
        _ => 0,
    }
}

/// RFC 7606, section 7, and the RFCs of younger attributes. Wrong flags weigh more than a wrong value (section 3, c);
/// only AIGP says otherwise (RFC 7311, section 3.2).
#[cold]
fn disposition_of(attribute: &Attribute<'_>) -> Disposition {
    let category = match attribute.code {
        AttributeCode::AIGP => return Disposition::AttributeDiscard,
        AttributeCode::ATOMIC_AGGREGATE => AttributeFlags::WELL_KNOWN,
        AttributeCode::AGGREGATOR | AttributeCode::AS4_PATH | AttributeCode::AS4_AGGREGATOR => {
            AttributeFlags::OPTIONAL_TRANSITIVE
        }
        _ => return Disposition::TreatAsWithdraw,
    };
    if attribute.flags.category() == category {
        Disposition::AttributeDiscard
    } else {
        Disposition::TreatAsWithdraw
    }
}

/// The width at which the segments of a path end exactly; the declared one, if both do.
fn width_of(path: Reader<'_>, declared: AsnWidth) -> Option<AsnWidth> {
    let fits = |width: &AsnWidth| path_shape(path.rest(), *width) != PathShape::Malformed;
    [declared, declared.other()].into_iter().find(fits)
}

#[inline]
fn has_flags(
    attribute: &Attribute<'_>,
    category: u8,
    field: &'static str,
) -> Result<(), ParseError> {
    if attribute.flags.category() == category {
        return Ok(());
    }
    let header_octets = attribute.octets.len().saturating_sub(attribute.value.len());
    Err(ParseError::bad_value(
        field,
        attribute.value.offset().saturating_sub(header_octets),
    ))
}

/// A value of exactly `N` octets.
#[inline]
fn exactly<const N: usize>(value: Reader<'_>, field: &'static str) -> Result<[u8; N], ParseError> {
    <[u8; N]>::try_from(value.rest()).map_err(|_| ParseError::bad_length(field, value.offset()))
}

/// A value of `N` octets each: any number of them, but not none (RFC 7606, section 7.8 and others; RFC 8092, section 5).
#[inline]
fn multiple_of<'a, const N: usize>(
    value: Reader<'a>,
    field: &'static str,
) -> Result<&'a [u8], ParseError> {
    if value.len().is_multiple_of(N) && !value.is_empty() {
        Ok(value.rest())
    } else {
        Err(ParseError::bad_length(field, value.offset()))
    }
}
