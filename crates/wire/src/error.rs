//! What can be wrong with octets. Small and `Copy`: a flood of bad messages costs no more than good ones.

use core::fmt;

/// A refused field: what is wrong, which field, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong.
    pub fault: Fault,
    /// Name of the field, as its RFC calls it.
    pub field: &'static str,
    /// Offset of the field in octets, from where the outermost reader began.
    pub offset: usize,
}

/// Kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The octets end before the field does.
    Truncated,
    /// A length that contradicts what it measures.
    BadLength,
    /// A value the field may not have.
    BadValue,
    /// Octets after the end.
    Leftover,
    /// Longer than we accept.
    OverLimit,
    /// Occurs more often than allowed.
    Repeated,
    /// Must be there and is not.
    Missing,
    /// Well-formed as far as one can see, but of a kind that is not taken apart.
    Unsupported,
}

impl Fault {
    /// As in the column `reason` of the table `rejects`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::BadLength => "bad_length",
            Self::BadValue => "bad_value",
            Self::Leftover => "leftover",
            Self::OverLimit => "over_limit",
            Self::Repeated => "repeated",
            Self::Missing => "missing",
            Self::Unsupported => "unsupported",
        }
    }
}

impl ParseError {
    /// An error of any kind.
    #[cold]
    pub const fn new(fault: Fault, field: &'static str, offset: usize) -> Self {
        Self {
            fault,
            field,
            offset,
        }
    }

    /// [`Fault::Truncated`].
    #[cold]
    pub const fn truncated(field: &'static str, offset: usize) -> Self {
        Self::new(Fault::Truncated, field, offset)
    }

    /// [`Fault::BadLength`].
    #[cold]
    pub const fn bad_length(field: &'static str, offset: usize) -> Self {
        Self::new(Fault::BadLength, field, offset)
    }

    /// [`Fault::BadValue`].
    #[cold]
    pub const fn bad_value(field: &'static str, offset: usize) -> Self {
        Self::new(Fault::BadValue, field, offset)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} at octet {}",
            self.field,
            self.fault.name(),
            self.offset
        )
    }
}

impl core::error::Error for ParseError {}
