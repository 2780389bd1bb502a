//! Octets that arrive in pieces, in any order. Where pieces overlap, what came first counts.

use std::ops::Range;

/// More pieces without connection are not kept: our limit. It bounds what one piece costs.
const RUNS_MAX: usize = 64;
/// So many buffers are kept for later.
const SPARE_MAX: usize = 16;

/// The pieces that are there.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    octets: Vec<u8>,
    /// What of `octets` is there: in order, none touches another.
    runs: Vec<Range<usize>>,
}

impl Assembly {
    /// Puts a piece where it belongs. False if it is not kept, because too much is missing already.
    pub(super) fn put(&mut self, offset: usize, piece: &[u8]) -> bool {
        let end = offset.saturating_add(piece.len());
        if piece.is_empty() {
            return true;
        }
        let first = self.runs.partition_point(|run| run.end < offset);
        let last = self.runs.partition_point(|run| run.start <= end);
        if first == last && self.runs.len() >= RUNS_MAX {
            return false;
        }
        if self.octets.len() < end {
            self.octets.resize(end, 0);
        }
        let mut at = offset;
        let mut merged = offset..end;
        for run in self.runs.get(first..last).unwrap_or_default() {
            copy(piece, offset, at..run.start.min(end), &mut self.octets);
            at = at.max(run.end);
            merged = merged.start.min(run.start)..merged.end.max(run.end);
        }
        copy(piece, offset, at..end, &mut self.octets);
        self.runs.splice(first..last, [merged]);
        true
    }

    /// What is there from `offset` to the next hole; nothing if it is in one.
    pub(super) fn from(&self, offset: usize) -> &[u8] {
        let run = self.runs.iter().find(|run| run.contains(&offset));
        run.and_then(|run| self.octets.get(offset..run.end))
            .unwrap_or_default()
    }

    /// Each stretch without a hole, from `offset` on, with where it begins.
    pub(super) fn stretches(&self, offset: usize) -> impl Iterator<Item = (usize, &[u8])> {
        let behind = self.runs.iter().filter(move |run| run.end > offset);
        behind.filter_map(move |run| {
            let begin = run.start.max(offset);
            Some((begin, self.octets.get(begin..run.end)?))
        })
    }

    /// Whether nothing is there behind `offset`.
    pub(super) fn ends_at(&self, offset: usize) -> bool {
        self.runs.last().is_none_or(|run| run.end <= offset)
    }

    /// Drops the first octets; the others move to the front.
    pub(super) fn drop_front(&mut self, octets: usize) {
        let octets = octets.min(self.octets.len());
        self.octets.copy_within(octets.., 0);
        self.runs.retain_mut(|run| {
            *run = run.start.saturating_sub(octets)..run.end.saturating_sub(octets);
            run.start < run.end
        });
    }

    /// Forgets all pieces; the buffer stays.
    pub(super) fn clear(&mut self) {
        self.runs.clear();
    }
}

/// Copies the part of a piece that belongs to `range`; the piece begins at `offset`.
fn copy(piece: &[u8], offset: usize, range: Range<usize>, octets: &mut [u8]) {
    let from = range.start.saturating_sub(offset)..range.end.saturating_sub(offset);
    if let (Some(from), Some(to)) = (piece.get(from), octets.get_mut(range)) {
        to.copy_from_slice(from);
    }
}

/// Buffers that nobody uses.
#[derive(Debug, Default)]
pub(super) struct Spare(Vec<Assembly>);

impl Spare {
    /// An empty one.
    pub(super) fn take(&mut self) -> Assembly {
        self.0.pop().unwrap_or_default()
    }

    /// Keeps one for later.
    pub(super) fn give(&mut self, mut assembly: Assembly) {
        assembly.clear();
        self.0.push(assembly);
    }

    /// Keeps few of those that a unit has left.
    pub(super) fn shrink(&mut self) {
        self.0.truncate(SPARE_MAX);
    }
}
