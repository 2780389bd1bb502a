//! What became of a message.

/// Exactly one for every message, so that messages = parsed + rejected + skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It gave at least one row of data, and perhaps rejects too.
    Parsed,
    /// It gave nothing but rejects.
    Rejected,
    /// It gave neither; this is why.
    Skipped(&'static str),
}
