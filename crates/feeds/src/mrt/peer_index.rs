//! The peers of a table dump: what later records of the dump refer to by position.

use tables::Peer;
use wire::mrt::table_dump_v2::{PeerEntry, parse_peer_index_table};
use wire::{ParseError, Reader};

/// The newest PEER_INDEX_TABLE of a partition.
#[derive(Debug, Default)]
pub(crate) struct PeerIndex {
    as_received: Option<Vec<u8>>,
    peers: Vec<PeerEntry>,
    version: u64,
}

impl PeerIndex {
    /// Replaces the table by another; one that cannot be read leaves it as it was.
    pub(crate) fn replace(&mut self, body: Reader<'_>) -> Result<(), ParseError> {
        let table = parse_peer_index_table(body)?;
        let mut peers = Vec::with_capacity(usize::from(table.count));
        table.for_each(|peer| peers.push(peer))?;
        if self.as_received.as_deref() != Some(body.rest()) {
            self.as_received = Some(body.rest().to_vec());
            self.version = self.version.wrapping_add(1);
        }
        self.peers = peers;
        Ok(())
    }

    /// Loads what [`PeerIndex::as_received`] gave.
    pub(crate) fn load(&mut self, octets: &[u8]) -> Result<(), ParseError> {
        self.replace(Reader::new(octets))
    }

    /// The table as it came.
    pub(crate) fn as_received(&self) -> Option<&[u8]> {
        self.as_received.as_deref()
    }

    /// Counts up whenever the table has changed.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Whether there has been a table.
    pub(crate) fn is_known(&self) -> bool {
        self.as_received.is_some()
    }

    /// The peer at a position.
    #[inline]
    pub(crate) fn peer(&self, index: u16) -> Option<Peer<'static>> {
        let peer = self.peers.get(usize::from(index))?;
        Some(Peer {
            ip: peer.ip,
            asn: peer.asn,
            bgp_id: Some(peer.bgp_id),
            distinguisher: None,
        })
    }
}
