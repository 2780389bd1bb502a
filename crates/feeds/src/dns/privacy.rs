//! What becomes of clients' addresses, before any row exists.

/// What becomes of clients' addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Privacy {
    /// They stay.
    Keep,
    /// /24 and /48 of them stay.
    #[default]
    Truncate,
    /// They are encrypted so that common prefixes stay common (ipcrypt-pfx), with this key.
    Encrypt([u8; 32]),
    /// They go.
    Drop,
}
