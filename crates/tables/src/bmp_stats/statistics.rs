//! Columns of which every row has its own value.

use super::BmpStat;
use crate::Kind;
use crate::build::{Marks, Numbers, Octets, TextKeys, Validities, Validity};
use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type};

/// Presence bits of a statistic.
mod present {
    pub(super) const VALUE: u32 = 1;
    pub(super) const NAME: u32 = 1 << 1;
    pub(super) const FAMILY: u32 = 1 << 2;
    pub(super) const RAW: u32 = 1 << 3;
}

/// The columns.
#[derive(Debug)]
pub(super) struct StatisticColumns {
    marks: Marks,
    stat_type: Numbers<Int32Type>,
    stat_name: TextKeys,
    known: KnownNames,
    afi: Numbers<Int32Type>,
    safi: Numbers<Int32Type>,
    value: Numbers<Int64Type>,
    value_raw: Octets,
    name_keys: Vec<i32>,
}

impl StatisticColumns {
    pub(super) fn new() -> Self {
        Self {
            marks: Marks::default(),
            stat_type: Numbers::new(Kind::Int),
            stat_name: TextKeys::default(),
            known: NO_NAMES,
            afi: Numbers::new(Kind::Int),
            safi: Numbers::new(Kind::Int),
            value: Numbers::new(Kind::Long),
            value_raw: Octets::default(),
            name_keys: Vec::new(),
        }
    }

    /// Copies the values of these rows.
    #[inline(never)]
    pub(super) fn push(&mut self, stats: &[BmpStat<'_>]) {
        let any = self.mark(stats);
        let rows = stats.len();
        self.stat_type
            .extend(stats.iter().map(|stat| i32::from(stat.stat_type)));
        self.push_names(stats);
        if any & present::FAMILY == 0 {
            self.afi.skip(rows);
            self.safi.skip(rows);
        } else {
            let families = stats.iter().map(|stat| stat.family.unwrap_or_default());
            self.afi.extend(families.clone().map(|(afi, _)| afi.into()));
            self.safi.extend(families.map(|(_, safi)| safi.into()));
        }
        self.value.extend(stats.iter().map(|stat| {
            let value = number(stat);
            value.unwrap_or_default()
        }));
        if any & present::RAW == 0 {
            self.value_raw.skip(rows);
        } else {
            self.value_raw
                .extend(stats.iter().map(|stat| stat.value_raw));
        }
    }

    /// Notes which row has what, rows that have the same together. Returns what any has.
    #[inline]
    fn mark(&mut self, stats: &[BmpStat<'_>]) -> u32 {
        let (mut any, mut before, mut rows) = (0, 0, 0);
        for stat in stats {
            let present = presence(stat);
            if present != before && rows > 0 {
                self.marks.push(before, rows);
                rows = 0;
            }
            any |= present;
            before = present;
            rows += 1;
        }
        if rows > 0 {
            self.marks.push(before, rows);
        }
        any
    }

    /// Every row has another name than the one before, so it is looked for at the place of its type.
    #[inline]
    fn push_names(&mut self, stats: &[BmpStat<'_>]) {
        let (names, known) = (&mut self.stat_name, &mut self.known);
        self.name_keys.clear();
        self.name_keys.extend(stats.iter().map(|stat| {
            let Some(name) = stat.stat_name else { return 0 };
            let known = &mut known[usize::from(stat.stat_type) % KNOWN];
            match known {
                Some((known, key)) if std::ptr::eq(*known, name) => *key,
                _ => {
                    let key = names.key(name);
                    *known = Some((name, key));
                    key
                }
            }
        }));
        names.extend(self.name_keys.iter().copied());
    }

    /// The arrays of all rows.
    pub(super) fn finish(&mut self, arrays: &mut Vec<ArrayRef>) {
        let validities = Validities::new(&self.marks);
        let family = validities.of(present::FAMILY);
        arrays.extend([
            self.stat_type.finish(&Validity::Full),
            self.stat_name.finish(&validities.of(present::NAME)),
            self.afi.finish(&family),
            self.safi.finish(&family),
            self.value.finish(&validities.of(present::VALUE)),
            self.value_raw.finish(&validities.of(present::RAW)),
        ]);
        self.marks.clear();
        // Keys may be void from here on.
        self.known = NO_NAMES;
    }
}

/// So many names are found by their types; few types are assigned.
const KNOWN: usize = 64;

/// Names with their keys, by type.
type KnownNames = [Option<(&'static str, i32)>; KNOWN];

const NO_NAMES: KnownNames = [None; KNOWN];

/// The value as the column has it.
#[inline]
fn number(stat: &BmpStat<'_>) -> Option<i64> {
    stat.value.and_then(|value| i64::try_from(value).ok())
}

#[inline]
fn presence(stat: &BmpStat<'_>) -> u32 {
    let bit = |is_present, bit| u32::from(is_present) * bit;
    bit(number(stat).is_some(), present::VALUE)
        | bit(stat.stat_name.is_some(), present::NAME)
        | bit(stat.family.is_some(), present::FAMILY)
        | bit(stat.value_raw.is_some(), present::RAW)
}
