//! NetGauze's parsers of BGP and BMP. BMP with the state of its peers, fed by Peer Ups as its codec does.

use super::Read;
use netgauze_bgp_pkt::BgpMessage;
use netgauze_bgp_pkt::path_attribute::{MpReach, MpUnreach, PathAttributeValue};
use netgauze_bgp_pkt::update::BgpUpdateMessage;
use netgauze_bgp_pkt::wire::deserializer::BgpParsingContext;
use netgauze_bmp_pkt::wire::deserializer::BmpParsingContext;
use netgauze_bmp_pkt::{BmpMessage, v3, v4};
use netgauze_parse_utils::reader::SliceReader;
use netgauze_parse_utils::traits::ParseFromWithOneInput;
use std::hint::black_box;
use wire::bgp::AsnWidth;
use wire::mrt::bgp4mp::{Subtype, split_session};
use wire::mrt::{RecordType, split_record};

/// The BGP messages of an MRT file, whose records it does not know: they are cut for it.
pub fn bgp(octets: &[u8]) -> Read {
    let mut context = Contexts::default();
    let mut read = Read::default();
    let mut rest = octets;
    while let Ok((record, after)) = split_record(rest) {
        rest = after;
        let (RecordType::BGP4MP | RecordType::BGP4MP_ET) = record.record_type else {
            continue;
        };
        let subtype = Subtype(record.subtype);
        let width = subtype.asn_width();
        let Ok((_, body)) = record.body() else {
            continue;
        };
        if let (true, Ok((_, message))) = (subtype.is_message(), split_session(body, width)) {
            let parsed =
                BgpMessage::parse(&mut SliceReader::new(message.rest()), context.of(width));
            read.add(parsed.as_ref().map(routes));
            let _ = black_box(parsed);
        }
    }
    read
}

/// The messages of a BMP stream.
pub fn bmp(octets: &[u8]) -> Read {
    let mut context = BmpParsingContext::default();
    let mut read = Read::default();
    let mut rest = octets;
    while let Some((message, after)) = split_bmp(rest) {
        rest = after;
        let parsed = BmpMessage::parse(&mut SliceReader::new(message), &mut context);
        if let Ok(message) = &parsed {
            context.update(message);
        }
        read.add(parsed.as_ref().map(bmp_routes));
        let _ = black_box(parsed);
    }
    read
}

/// One for each width of ASNs, which MRT tells of every message.
struct Contexts {
    two: BgpParsingContext,
    four: BgpParsingContext,
}

impl Default for Contexts {
    fn default() -> Self {
        Self {
            two: BgpParsingContext::asn2_default(),
            four: BgpParsingContext::default(),
        }
    }
}

impl Contexts {
    fn of(&mut self, width: AsnWidth) -> &mut BgpParsingContext {
        match width {
            AsnWidth::Two => &mut self.two,
            AsnWidth::Four => &mut self.four,
        }
    }
}

/// A message by its length (RFC 7854, section 4.1).
fn split_bmp(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (header, _) = octets.split_first_chunk::<6>()?;
    let [_, length @ .., _] = *header;
    octets.split_at_checked((u32::from_be_bytes(length) as usize).max(6))
}

fn bmp_routes(message: &BmpMessage) -> usize {
    let update = match message {
        BmpMessage::V3(v3::BmpMessageValue::RouteMonitoring(monitoring)) => {
            monitoring.update_message()
        }
        BmpMessage::V4(v4::BmpMessageValue::RouteMonitoring(monitoring)) => {
            monitoring.update_message()
        }
        _ => return 0,
    };
    routes(update)
}

fn routes(message: &BgpMessage) -> usize {
    match message {
        BgpMessage::Update(update) => routes_of(update),
        _ => 0,
    }
}

fn routes_of(update: &BgpUpdateMessage) -> usize {
    let of_families = update
        .path_attributes()
        .iter()
        .map(|attribute| match attribute.value() {
            PathAttributeValue::MpReach(reach) => reached(reach),
            PathAttributeValue::MpUnreach(unreach) => unreached(unreach),
            _ => 0,
        });
    update.nlri().len() + update.withdraw_routes().len() + of_families.sum::<usize>()
}

fn reached(reach: &MpReach) -> usize {
    match reach {
        MpReach::Ipv4Unicast { nlri, .. } => nlri.len(),
        MpReach::Ipv4Multicast { nlri, .. } => nlri.len(),
        MpReach::Ipv4NlriMplsLabels { nlri, .. } => nlri.len(),
        MpReach::Ipv4MplsVpnUnicast { nlri, .. } => nlri.len(),
        MpReach::Ipv6Unicast { nlri, .. } => nlri.len(),
        MpReach::Ipv6Multicast { nlri, .. } => nlri.len(),
        MpReach::Ipv6NlriMplsLabels { nlri, .. } => nlri.len(),
        MpReach::Ipv6MplsVpnUnicast { nlri, .. } => nlri.len(),
        MpReach::L2Evpn { nlri, .. } => nlri.len(),
        MpReach::RouteTargetMembership { nlri, .. } => nlri.len(),
        MpReach::BgpLs { nlri, .. } => nlri.len(),
        MpReach::BgpLsVpn { nlri, .. } => nlri.len(),
        MpReach::Unknown { .. } => 0,
    }
}

fn unreached(unreach: &MpUnreach) -> usize {
    match unreach {
        MpUnreach::Ipv4Unicast { nlri } => nlri.len(),
        MpUnreach::Ipv4Multicast { nlri } => nlri.len(),
        MpUnreach::Ipv4NlriMplsLabels { nlri } => nlri.len(),
        MpUnreach::Ipv4MplsVpnUnicast { nlri } => nlri.len(),
        MpUnreach::Ipv6Unicast { nlri } => nlri.len(),
        MpUnreach::Ipv6Multicast { nlri } => nlri.len(),
        MpUnreach::Ipv6NlriMplsLabels { nlri } => nlri.len(),
        MpUnreach::Ipv6MplsVpnUnicast { nlri } => nlri.len(),
        MpUnreach::L2Evpn { nlri } => nlri.len(),
        MpUnreach::RouteTargetMembership { nlri } => nlri.len(),
        MpUnreach::BgpLs { nlri } => nlri.len(),
        MpUnreach::BgpLsVpn { nlri } => nlri.len(),
        MpUnreach::Unknown { .. } => 0,
    }
}
