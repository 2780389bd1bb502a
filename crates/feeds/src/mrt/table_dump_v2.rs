//! TABLE_DUMP_V2: the peers once, then per prefix the routes of all peers.

use crate::bgp::{self, Memory, RibRoute};
use crate::message::{MessageRows, Reject};
use crate::mrt::{PeerIndex, RecordContext, seconds_us};
use tables::{Disposition, Nlri, NlriItem, Prefix, RowSink};
use wire::bgp::AsnWidth;
use wire::mrt::table_dump_v2::{Destination, Rib, RibEntry, Subtype, parse_rib, split_entry};
use wire::{ParseError, Reader};

#[inline(never)]
pub(super) fn decode<S: RowSink>(
    context: &RecordContext<'_>,
    body: Reader<'_>,
    peers: &mut PeerIndex,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let subtype = Subtype(context.record.subtype);
    let decoded = match subtype {
        Subtype::PEER_INDEX_TABLE => {
            rows.skip("peer_index_table");
            peers.replace(body)
        }
        Subtype::GEO_PEER_TABLE => {
            rows.skip("geo_peer_table");
            Ok(())
        }
        _ => decode_rib(context, subtype, body, peers, memory, rows),
    };
    if let Err(error) = decoded {
        context.reject(error, rows);
    }
}

fn decode_rib<S: RowSink>(
    context: &RecordContext<'_>,
    subtype: Subtype,
    body: Reader<'_>,
    peers: &PeerIndex,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) -> Result<(), ParseError> {
    let rib = parse_rib(body, subtype)?;
    if !peers.is_known() {
        reject_without_peers(context, &rib, rows);
        return Ok(());
    }
    let destination = match rib.destination {
        Destination::Prefix(prefix) => Leads::ToPrefix([bgp::table_prefix(prefix)]),
        Destination::Nlri(nlri) => to_nlri(context, &rib, nlri, rows)?,
    };
    let mut entries = rib.entries;
    for _ in 0..rib.count {
        // Entries before one that cannot be cut have given their rows: only the rest is lost.
        let entry = match split_entry(&mut entries, subtype.has_path_ids()) {
            Ok(entry) => entry,
            Err(error) => {
                context.reject_rest(error, rows);
                return Ok(());
            }
        };
        decode_entry(context, &rib, &destination, &entry, peers, memory, rows);
    }
    if rib.count == 0 {
        rows.skip("rib_without_entries");
    }
    if !entries.is_empty() {
        context.reject_leftover(entries, rows);
    }
    Ok(())
}

/// Where all routes of a record lead to, as rows have it.
enum Leads<'a> {
    ToPrefix([Prefix; 1]),
    ToNlri { item: NlriItem, octets: &'a [u8] },
}

#[cold]
fn to_nlri<'a, S: RowSink>(
    context: &RecordContext<'_>,
    rib: &Rib<'_>,
    nlri: Reader<'a>,
    rows: &mut MessageRows<'_, S>,
) -> Result<Leads<'a>, ParseError> {
    let (item, fault) = bgp::table_item((rib.afi, rib.safi), nlri)?;
    if let Some(error) = fault {
        rows.reject(&context.reject_as(error, Disposition::Kept));
    }
    Ok(Leads::ToNlri {
        item,
        octets: nlri.rest(),
    })
}

#[inline]
fn decode_entry<S: RowSink>(
    context: &RecordContext<'_>,
    rib: &Rib<'_>,
    destination: &Leads<'_>,
    entry: &RibEntry<'_>,
    peers: &PeerIndex,
    memory: &mut Memory,
    rows: &mut MessageRows<'_, S>,
) {
    let Some(peer) = peers.peer(entry.peer_index) else {
        return reject_unknown_peer(context, entry, rows);
    };
    let path_ids = entry.path_id.map(|path_id| [path_id]);
    let path_ids = path_ids.as_ref().map_or(&[][..], |ids| ids);
    let items;
    let nlri = match destination {
        Leads::ToPrefix(prefixes) => Nlri::Prefixes { prefixes, path_ids },
        Leads::ToNlri { item, octets } => {
            items = [NlriItem {
                path_id: entry.path_id,
                ..*item
            }];
            Nlri::Items {
                items: &items,
                octets,
            }
        }
    };
    let rib_route = RibRoute {
        unit: entry.begin,
        observed_at: context.observed_at,
        originated_at: seconds_us(entry.originated_s),
        peer: &peer,
        afi: rib.afi.0,
        safi: rib.safi.0,
        nlri,
        asn_width: AsnWidth::Four,
        attributes: entry.attributes,
    };
    bgp::decode_rib_route(&rib_route, &mut memory.scratch, rows);
}

/// A dump joined in the middle: whose routes these are is not known.
#[cold]
fn reject_without_peers<S: RowSink>(
    context: &RecordContext<'_>,
    rib: &Rib<'_>,
    rows: &mut MessageRows<'_, S>,
) {
    let error = ParseError::new(
        wire::Fault::Missing,
        "peer index table",
        rib.entries.offset(),
    );
    context.reject(error, rows);
}

/// Costs its entry, not the others.
#[cold]
fn reject_unknown_peer<S: RowSink>(
    context: &RecordContext<'_>,
    entry: &RibEntry<'_>,
    rows: &mut MessageRows<'_, S>,
) {
    let error = ParseError::bad_value("peer index", entry.begin.offset());
    rows.reject(&Reject {
        observed_at: Some(context.observed_at),
        message_type: Some(context.record.record_type.0),
        ..Reject::up_to(
            error,
            Disposition::MessageDiscard,
            entry.begin,
            entry.attributes,
        )
    });
}
