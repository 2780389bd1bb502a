//! The decoder of one partition.

use crate::bgp::Scratch;
use crate::message::MessageRows;
use crate::{Format, Outcome, StateError, mrt, state};
use tables::{Provenance, RowSink};

/// How a feed is to be decoded.
#[derive(Clone, Copy, Debug)]
pub struct DecoderSettings {
    /// How its messages are encoded.
    pub format: Format,
    /// Whether its times are believed, however old they are.
    pub is_archive: bool,
}

/// Decodes the messages of one partition, in order.
#[derive(Debug)]
pub struct Decoder {
    settings: DecoderSettings,
    peers: mrt::PeerIndex,
    scratch: Scratch,
}

impl Decoder {
    /// Knows nothing yet.
    pub fn new(settings: DecoderSettings) -> Self {
        Self {
            settings,
            peers: mrt::PeerIndex::default(),
            scratch: Scratch::default(),
        }
    }

    /// Decodes one message and pushes its rows.
    #[inline]
    pub fn decode(
        &mut self,
        payload: &[u8],
        provenance: &Provenance<'_>,
        sink: &mut impl RowSink,
    ) -> Outcome {
        let mut rows = MessageRows::new(provenance, self.settings.is_archive, sink);
        match self.settings.format {
            Format::Mrt => {
                mrt::decode_message(payload, &mut self.peers, &mut self.scratch, &mut rows)
            }
        }
        rows.outcome()
    }

    /// Counts up whenever a message has taught the decoder something that [`Decoder::export_state`] would hold.
    pub fn state_version(&self) -> u64 {
        self.peers.version()
    }

    /// What it has learned; empty if nothing. The same messages give the same octets.
    pub fn export_state(&self) -> Vec<u8> {
        let Some(table) = self.peers.as_received() else {
            return Vec::new();
        };
        let mut octets = state::begin();
        state::push_section(&mut octets, state::MRT_PEER_INDEX, table);
        octets
    }

    /// Takes up what another decoder has learned, instead of what it knows; an empty state is none. After an error it
    /// knows what it did before.
    ///
    /// # Errors
    /// [`StateError`] if it was written by another version, or is damaged.
    pub fn load_state(&mut self, octets: &[u8]) -> Result<(), StateError> {
        let mut peers = mrt::PeerIndex::default();
        if !octets.is_empty() {
            state::for_each_section(octets, |tag, section| match tag {
                state::MRT_PEER_INDEX => peers.load(section).map_err(|_| StateError::Damaged),
                _ => Err(StateError::Damaged),
            })?;
        }
        self.peers = peers;
        Ok(())
    }
}
