//! The public suffix list (<https://publicsuffix.org>) behind one function. The list is compiled in, and compiling it takes
//! long, so it stands alone and nothing here is generic.

/// How many labels at the end of a name are its public suffix: by the rules of the list, private ones included, or else
/// the last one (rule `*`). 0 for the root.
///
/// The name is in lower case; its labels begin at `begins`, with one octet between them. None ends with a dot.
pub fn public_suffix_labels(name: &[u8], begins: &[u16]) -> usize {
    let labels = Labels {
        begins: begins.iter(),
        rest: name,
    };
    let suffix_octets = psl::Psl::find(&psl::List, labels.clone()).len;
    // Dots count in between, not at the front: one more makes all labels alike.
    let mut octets = suffix_octets.saturating_add(1);
    let is_inside = |label: &&[u8]| match octets.checked_sub(label.len().saturating_add(1)) {
        Some(left) => {
            octets = left;
            true
        }
        None => false,
    };
    labels.take_while(is_inside).count()
}

/// Labels from the last to the first.
#[derive(Clone)]
struct Labels<'a> {
    begins: std::slice::Iter<'a, u16>,
    rest: &'a [u8],
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let begin = usize::from(*self.begins.next_back()?);
        let (before, label) = self.rest.split_at_checked(begin)?;
        self.rest = before.split_last().map_or(before, |(_, before)| before);
        Some(label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: usize) {
        let behind_dots = name.match_indices('.').map(|(at, _)| at as u16 + 1);
        let begins: Vec<u16> = std::iter::once(0).chain(behind_dots).collect();
        assert_eq!(
            public_suffix_labels(name.as_bytes(), &begins),
            expected,
            "{name}"
        );
    }

    #[test]
    fn the_rules_of_the_list_count() {
        check("com", 1);
        check("example.com", 1);
        check("www.example.com", 1);
        check("co.uk", 2);
        check("example.co.uk", 2);
        check("www.example.co.uk", 2);
        // *.ck, but !www.ck
        check("example.anything.ck", 2);
        check("www.ck", 1);
        check("a.www.ck", 1);
        // A private rule.
        check("someone.github.io", 2);
        check("4.3.2.1.in-addr.arpa", 2);
        check("example.xn--p1ai", 1);
    }

    #[test]
    fn what_no_rule_names_ends_with_its_suffix() {
        check("router.belkin", 1);
        check("localdomain", 1);
        check("a.b.c.corp", 1);
    }

    #[test]
    fn the_root_has_no_suffix() {
        assert_eq!(public_suffix_labels(b".", &[]), 0);
    }

    #[test]
    fn labels_are_those_that_are_told() {
        // One label that holds a dot: `a.com` under `example`.
        assert_eq!(public_suffix_labels(b"a.com.example", &[0, 6]), 1);
        assert_eq!(public_suffix_labels(b"x.b.co_uk", &[0, 2, 4]), 1);
        // No name at all: an empty label.
        assert_eq!(public_suffix_labels(b"", &[0]), 1);
    }
}
