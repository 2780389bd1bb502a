//! What a decoder has learned, as octets: saved with each commit, loaded where its partition is read on.
//!
//! ```text
//! u8 version | sections: u8 tag, u32 length, octets
//! ```

use std::fmt;

/// Version of this form. A state of another version is refused, never guessed at.
const VERSION: u8 = 1;
/// The body of the newest PEER_INDEX_TABLE, as received.
pub(crate) const MRT_PEER_INDEX: u8 = 1;
/// What is known of peers.
pub(crate) const PEERS: u8 = 2;

/// A saved state that cannot be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateError {
    /// Written by another version of this program.
    Version(u8),
    /// Not what was written.
    Damaged,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(found) => write!(
                f,
                "the decoder state has version {found}, this program reads version {VERSION}: run the version that wrote it"
            ),
            Self::Damaged => f.write_str("the decoder state is damaged"),
        }
    }
}

impl std::error::Error for StateError {}

/// Begins a state.
pub(crate) fn begin() -> Vec<u8> {
    vec![VERSION]
}

/// Appends one section.
pub(crate) fn push_section(state: &mut Vec<u8>, tag: u8, octets: &[u8]) {
    state.push(tag);
    state.extend_from_slice(
        &u32::try_from(octets.len())
            .unwrap_or(u32::MAX)
            .to_be_bytes(),
    );
    state.extend_from_slice(octets);
}

/// A state without a section is none.
pub(crate) fn end(state: Vec<u8>) -> Vec<u8> {
    if state.len() > 1 { state } else { Vec::new() }
}

/// Calls `each` with the tag and octets of every section.
pub(crate) fn for_each_section<'a>(
    state: &'a [u8],
    mut each: impl FnMut(u8, &'a [u8]) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let (version, mut rest) = state.split_first().ok_or(StateError::Damaged)?;
    if *version != VERSION {
        return Err(StateError::Version(*version));
    }
    if rest.is_empty() {
        return Err(StateError::Damaged);
    }
    while let [tag, tail @ ..] = rest {
        let (length, tail) = tail.split_first_chunk::<4>().ok_or(StateError::Damaged)?;
        let (octets, tail) = tail
            .split_at_checked(u32::from_be_bytes(*length) as usize)
            .ok_or(StateError::Damaged)?;
        each(*tag, octets)?;
        rest = tail;
    }
    Ok(())
}
