//! Cutting an input into the units that are Kafka messages elsewhere.

use feeds::{Format, Unit};

/// Calls `each` with every unit of `octets`. What belongs to no unit is one, too; the rest is one if nothing can be
/// found in it.
pub fn for_each<'a>(format: Format, octets: &'a [u8], mut each: impl FnMut(&'a [u8])) {
    let mut rest = octets;
    while !rest.is_empty() {
        let cut = match format.first_unit(rest, true) {
            Unit::Whole(octets) | Unit::Gap(octets) if octets > 0 => octets,
            _ => rest.len(),
        };
        let (unit, after) = rest.split_at(cut.min(rest.len()));
        each(unit);
        rest = after;
    }
}
