//! Cutting an input into the units that are Kafka messages elsewhere.

use feeds::{Format, Unit};

/// All units of `octets`. What belongs to no unit is one, too; the rest is one if nothing can be found in it.
pub fn of(format: Format, octets: &[u8]) -> Vec<&[u8]> {
    let (mut units, mut rest) = (Vec::new(), octets);
    while !rest.is_empty() {
        let cut = match format.first_unit(rest, true) {
            Unit::Whole(octets) | Unit::Gap(octets) if octets > 0 => octets,
            _ => rest.len(),
        };
        let (unit, after) = rest.split_at(cut.min(rest.len()));
        units.push(unit);
        rest = after;
    }
    units
}
