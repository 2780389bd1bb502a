//! UPDATE from the JSON alone. A fault costs what the same fault costs in BGP itself (RFC 7606).

use crate::json::{Document, Place};
use crate::message::MessageRows;
use crate::ris_live::Context;
use crate::ris_live::text::parse_prefix;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use tables::{
    AsPath, Disposition, Nlri, PathAttributes, Prefix, RibView, RouteError, RouteKind, RouteRun,
    RowSink,
};
use wire::ParseError;
use wire::bgp::{Afi, AttributeCode, Safi, SegmentType};

/// Buffers that are used again for every message.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    prefixes: Vec<Prefix>,
    path: Vec<u8>,
    communities: Vec<u8>,
}

/// What is wrong with an attribute, and what that costs.
type AttributeFault = (ParseError, AttributeCode, Disposition);

/// Pushes the routes of an UPDATE. A list of announcements is as long as it is: each kind of fault in them is one reject,
/// the first of its kind, which has all of the message.
///
/// # Errors
/// If a part is not of the form that it must have, and nothing stands before it.
pub(super) fn decode<S: RowSink>(
    context: &Context<'_>,
    scratch: &mut Scratch,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let Scratch {
        prefixes,
        path,
        communities,
    } = scratch;
    let mut runs = Runs {
        context,
        prefixes,
        rows,
        is_empty: true,
        bad_prefix: None,
        bad_next_hop: None,
    };
    let decoded = runs.withdraw_all();
    let decoded = decoded.and_then(|()| runs.announce_all(path, communities));
    runs.finish(decoded)
}

/// Prefixes with the same next hops.
#[derive(Clone, Copy, Debug)]
struct Announcement {
    next_hop: Result<NextHops, ParseError>,
    prefixes: Place,
}

#[derive(Clone, Copy, Debug, Default)]
struct NextHops {
    global: Option<IpAddr>,
    link_local: Option<Ipv6Addr>,
}

impl Announcement {
    fn read(context: &Context<'_>, announcement: Place) -> Result<Self, ParseError> {
        let document = context.document;
        let Some(members) = document.members(announcement) else {
            return Err(document.bad_value("announcements", context.data.announcements));
        };
        let (mut next_hop, mut prefixes) = (Place::default(), Place::default());
        for (name, place) in members {
            match name {
                b"next_hop" => next_hop = place,
                b"prefixes" => prefixes = place,
                _ => {}
            }
        }
        Ok(Self {
            next_hop: NextHops::read(document, next_hop),
            prefixes,
        })
    }

    /// Takes over the link-local next hop of another announcement of the same prefixes.
    fn merge(&mut self, document: &Document<'_>, other: &Self) -> bool {
        let (Ok(own), Ok(others)) = (self.next_hop, other.next_hop) else {
            return false;
        };
        let Some(link_local) = others.alone_link_local() else {
            return false;
        };
        let is_same = own.link_local.is_none()
            && own.alone_link_local().is_none()
            && matches!(own.global, Some(IpAddr::V6(_)))
            && document.has_same_strings(self.prefixes, other.prefixes);
        if is_same {
            self.next_hop = Ok(NextHops {
                link_local: Some(link_local),
                ..own
            });
        }
        is_same
    }
}

impl NextHops {
    /// One address, or a global and a link-local one with a comma between them. None at all is no fault: a stream may
    /// leave it out.
    fn read(document: &Document<'_>, place: Place) -> Result<Self, ParseError> {
        if !document.has(place) {
            return Ok(Self::default());
        }
        let parsed = document.string(place).and_then(|text| {
            let (global, link_local) = match text.split_once(',') {
                Some((global, link_local)) => (global, Some(link_local)),
                None => (text, None),
            };
            let global = global.trim().parse().ok()?;
            let link_local = link_local
                .map(|text| text.trim().parse())
                .transpose()
                .ok()?;
            Some(Self {
                global: Some(global),
                link_local,
            })
        });
        parsed.ok_or_else(|| document.bad_value("next_hop", place))
    }

    /// The link-local address, if there is no other.
    fn alone_link_local(&self) -> Option<Ipv6Addr> {
        match (self.global, self.link_local) {
            (Some(IpAddr::V6(global)), None) if global.is_unicast_link_local() => Some(global),
            _ => None,
        }
    }
}

/// The runs of one UPDATE on their way out.
struct Runs<'a, 'b, 's, S> {
    context: &'a Context<'a>,
    prefixes: &'b mut Vec<Prefix>,
    rows: &'b mut MessageRows<'s, S>,
    is_empty: bool,
    bad_prefix: Option<ParseError>,
    bad_next_hop: Option<ParseError>,
}

impl<S: RowSink> Runs<'_, '_, '_, S> {
    fn withdraw_all(&mut self) -> Result<(), ParseError> {
        let withdrawals = self.context.data.withdrawals;
        if self.context.document.has(withdrawals) {
            let is_partial = self.stage(withdrawals, "withdrawals")?;
            let error = is_partial.then_some(RouteError::PartialNlri);
            self.push(RouteKind::Withdraw, &PathAttributes::NONE, error);
        }
        Ok(())
    }

    fn announce_all(
        &mut self,
        path: &mut Vec<u8>,
        communities: &mut Vec<u8>,
    ) -> Result<(), ParseError> {
        let (document, list) = (self.context.document, self.context.data.announcements);
        if !document.has(list) {
            return Ok(());
        }
        let Some(mut announcements) = document.elements(list) else {
            return Err(document.bad_value("announcements", list));
        };
        if announcements.is_empty() {
            return Ok(());
        }
        let (attributes, fault) = read_attributes(self.context, path, communities);
        if let Some((error, code, disposition)) = fault {
            self.reject(error, disposition, Some(code));
        }
        let disposition = fault.map(|(_, _, disposition)| disposition);
        while let Some(place) = announcements.next() {
            let mut announcement = Announcement::read(self.context, place)?;
            // Older streams announce everything twice, the second time over the link-local next hop.
            if let Some(place) = announcements.clone().next() {
                let after = Announcement::read(self.context, place)?;
                if announcement.merge(document, &after) {
                    announcements.next();
                }
            }
            self.announce(&announcement, &attributes, disposition)?;
        }
        Ok(())
    }

    fn announce(
        &mut self,
        announcement: &Announcement,
        attributes: &PathAttributes<'_>,
        mut disposition: Option<Disposition>,
    ) -> Result<(), ParseError> {
        let is_partial = self.stage(announcement.prefixes, "prefixes")?;
        let mut attributes = *attributes;
        match announcement.next_hop {
            Ok(next_hop) => {
                attributes.next_hop = next_hop.global;
                attributes.next_hop_link_local = next_hop.link_local;
            }
            Err(error) => {
                self.bad_next_hop.get_or_insert(error);
                disposition = Some(Disposition::TreatAsWithdraw);
            }
        }
        match disposition {
            None => {
                let error = is_partial.then_some(RouteError::PartialNlri);
                self.push(RouteKind::Announce, &attributes, error);
            }
            Some(Disposition::TreatAsWithdraw) => {
                let error = Some(RouteError::TreatAsWithdraw);
                self.push(RouteKind::Withdraw, &PathAttributes::NONE, error);
            }
            Some(_) => {
                let error = Some(RouteError::AttributeDiscard);
                self.push(RouteKind::Announce, &attributes, error);
            }
        }
        Ok(())
    }

    /// Stages a list of prefixes. Returns whether some of them could not be read.
    fn stage(&mut self, list: Place, field: &'static str) -> Result<bool, ParseError> {
        let document = self.context.document;
        let Some(elements) = document.elements(list) else {
            return Err(document.bad_value(field, list));
        };
        self.prefixes.clear();
        let mut is_partial = false;
        for place in elements {
            match document.string(place).and_then(parse_prefix) {
                Some(prefix) => self.prefixes.push(prefix),
                None => {
                    is_partial = true;
                    self.note_bad_prefix(place, list);
                }
            }
        }
        Ok(is_partial)
    }

    /// It stands where its text begins, or its list if it is no text.
    #[cold]
    fn note_bad_prefix(&mut self, place: Place, list: Place) {
        let document = self.context.document;
        let is_text = document.string(place).is_some();
        let error = document.bad_value("prefix", if is_text { place } else { list });
        self.bad_prefix.get_or_insert(error);
    }

    /// Pushes the staged prefixes: one run, unless both versions of IP are among them.
    fn push(
        &mut self,
        kind: RouteKind,
        attributes: &PathAttributes<'_>,
        error: Option<RouteError>,
    ) {
        let envelope = self.context.envelope;
        for prefixes in self
            .prefixes
            .chunk_by(|one, next| one.is_v6() == next.is_v6())
        {
            let is_v6 = prefixes.first().is_some_and(|prefix| prefix.is_v6());
            self.is_empty = false;
            self.rows.routes(&mut RouteRun {
                provenance: self.rows.provenance(),
                item: 0,
                observed_at: envelope.observed_at,
                router_at: None,
                originated_at: None,
                peer: &envelope.peer,
                rib_view: RibView::AdjInPre,
                kind,
                afi: if is_v6 { Afi::IPV6.0 } else { Afi::IPV4.0 },
                safi: Safi::UNICAST.0,
                nlri: Nlri::Prefixes {
                    prefixes,
                    path_ids: &[],
                },
                attributes,
                is_initial_dump: false,
                add_path_inferred: false,
                error,
            });
        }
    }

    /// Tells of the faults, or that there was nothing.
    fn finish(mut self, decoded: Result<(), ParseError>) -> Result<(), ParseError> {
        if let Some(error) = self.bad_next_hop {
            let code = Some(AttributeCode::NEXT_HOP);
            self.reject(error, Disposition::TreatAsWithdraw, code);
        }
        if let Some(error) = self.bad_prefix {
            self.reject(error, Disposition::RestDiscard, None);
        }
        match decoded {
            Err(error) if !self.is_empty => self.reject(error, Disposition::RestDiscard, None),
            Err(error) => return Err(error),
            Ok(()) if self.is_empty => self.rows.skip("update_without_routes"),
            Ok(()) => {}
        }
        Ok(())
    }

    #[cold]
    fn reject(
        &mut self,
        error: ParseError,
        disposition: Disposition,
        attribute: Option<AttributeCode>,
    ) {
        self.is_empty = false;
        let (octets, code) = (self.context.document.text(), attribute.map(|code| code.0));
        let code = code.map(u16::from);
        self.context
            .reject(error, disposition, code, octets, self.rows);
    }
}

/// The attributes that all announcements share, and the worst fault among them. An empty list is an absent attribute.
fn read_attributes<'a>(
    context: &Context<'_>,
    path: &'a mut Vec<u8>,
    communities: &'a mut Vec<u8>,
) -> (PathAttributes<'a>, Option<AttributeFault>) {
    let (document, data) = (context.document, context.data);
    let mut attributes = PathAttributes::default();
    let mut fault = None;
    let mut fail = |error, code, disposition| {
        let is_worse = match fault {
            None | Some((_, _, Disposition::AttributeDiscard)) => true,
            Some(_) => false,
        };
        if is_worse {
            fault = Some((error, code, disposition));
        }
    };
    if document.has(data.aggregator) {
        let text = document.string(data.aggregator);
        attributes.aggregator = text.and_then(parse_aggregator);
        if attributes.aggregator.is_none() {
            let error = document.bad_value("aggregator", data.aggregator);
            fail(
                error,
                AttributeCode::AGGREGATOR,
                Disposition::AttributeDiscard,
            );
        }
    }
    let mut withdraw = |field, place, code| {
        fail(
            document.bad_value(field, place),
            code,
            Disposition::TreatAsWithdraw,
        );
    };
    if document.has(data.origin) {
        attributes.origin = document.string(data.origin).and_then(parse_origin);
        if attributes.origin.is_none() {
            withdraw("origin", data.origin, AttributeCode::ORIGIN);
        }
    }
    if document.has(data.path) {
        attributes.as_path = read_path(document, data.path, path);
        if attributes.as_path.is_none() {
            withdraw("path", data.path, AttributeCode::AS_PATH);
        }
    }
    if document.has(data.med) {
        attributes.med = document.number(data.med);
        if attributes.med.is_none() {
            withdraw("med", data.med, AttributeCode::MULTI_EXIT_DISC);
        }
    }
    if document.has(data.community) {
        match read_communities(document, data.community, communities) {
            Some(()) if communities.is_empty() => {}
            Some(()) => attributes.communities = Some(communities),
            None => withdraw("community", data.community, AttributeCode::COMMUNITIES),
        }
    }
    (attributes, fault)
}

/// ASNs, and a list of ASNs for an AS_SET.
fn read_path<'a>(
    document: &Document<'_>,
    list: Place,
    octets: &'a mut Vec<u8>,
) -> Option<AsPath<'a>> {
    octets.clear();
    for place in document.elements(list)? {
        match document.number::<u32>(place) {
            Some(asn) => octets.extend_from_slice(&asn.to_be_bytes()),
            None => {
                read_segments(document, list, octets)?;
                return Some(AsPath::Segments(octets));
            }
        }
    }
    fits_attribute(octets)?;
    Some(AsPath::Sequence(octets))
}

/// A path with sets in it, as segments.
#[cold]
fn read_segments(document: &Document<'_>, list: Place, octets: &mut Vec<u8>) -> Option<()> {
    octets.clear();
    let mut sequence = Segment::new(SegmentType::SEQUENCE);
    for place in document.elements(list)? {
        if let Some(asn) = document.number(place) {
            sequence.push(asn, octets);
            continue;
        }
        let mut set = Segment::new(SegmentType::SET);
        for place in document.elements(place)? {
            set.push(document.number(place)?, octets);
        }
        // A segment without ASNs is malformed (RFC 7606, section 7.2).
        set.header?;
        sequence = Segment::new(SegmentType::SEQUENCE);
    }
    fits_attribute(octets)
}

/// A segment that is being written.
struct Segment {
    segment_type: SegmentType,
    /// Where it begins, once it has an ASN.
    header: Option<usize>,
}

impl Segment {
    fn new(segment_type: SegmentType) -> Self {
        Self {
            segment_type,
            header: None,
        }
    }

    /// A segment holds up to 255 ASNs: then another one of its kind begins.
    fn push(&mut self, asn: u32, octets: &mut Vec<u8>) {
        let is_full = |header: &usize| octets.get(header.saturating_add(1)) == Some(&u8::MAX);
        let header = match self.header.filter(|header| !is_full(header)) {
            Some(header) => header,
            None => {
                let header = octets.len();
                octets.extend_from_slice(&[self.segment_type.0, 0]);
                header
            }
        };
        self.header = Some(header);
        if let Some(count) = octets.get_mut(header.saturating_add(1)) {
            *count = count.saturating_add(1);
        }
        octets.extend_from_slice(&asn.to_be_bytes());
    }
}

/// Pairs of numbers.
fn read_communities(document: &Document<'_>, list: Place, octets: &mut Vec<u8>) -> Option<()> {
    octets.clear();
    for place in document.elements(list)? {
        let mut pair = document.elements(place)?;
        for place in [pair.next()?, pair.next()?] {
            octets.extend_from_slice(&document.number::<u16>(place)?.to_be_bytes());
        }
        if pair.next().is_some() {
            return None;
        }
    }
    fits_attribute(octets)
}

/// A list that no path attribute can hold (RFC 4271, section 4.3) was never in a message; each prefix would repeat it.
fn fits_attribute(octets: &[u8]) -> Option<()> {
    (octets.len() <= usize::from(u16::MAX)).then_some(())
}

fn parse_origin(text: &str) -> Option<u8> {
    let is = |name| text.eq_ignore_ascii_case(name);
    match text {
        _ if is("igp") => Some(0),
        _ if is("egp") => Some(1),
        _ if is("incomplete") => Some(2),
        _ => None,
    }
}

/// `asn:address`
fn parse_aggregator(text: &str) -> Option<(u32, Ipv4Addr)> {
    let (asn, address) = text.split_once(':')?;
    Some((asn.parse().ok()?, address.parse().ok()?))
}
