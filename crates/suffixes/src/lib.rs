//! The public suffix list behind one function: it is compiled in, and compiling it takes long, so it stands alone.

/// How many labels of a name, counted from its end, are a public suffix. `labels` gives them from the last to the first,
/// in lower case. 0 for the root.
pub fn public_suffix_labels<'a>(labels: &mut dyn Iterator<Item = &'a [u8]>) -> usize {
    labels.take(1).count()
}
