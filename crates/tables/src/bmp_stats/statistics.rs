//! Columns of which every row has its own value.

use super::BmpStatRow;
use crate::Kind;
use crate::build::{Marks, Numbers, Octets, Span, Stage, TextKeys, Validities, Validity};
use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type};

/// One statistic. Where the presence bit is missing, a value is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Statistic {
    item: i32,
    stat_type: u16,
    stat_name: i32,
    afi: u16,
    safi: u8,
    value: i64,
    raw_octets: u32,
    present: u32,
}

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
    item: Numbers<Int32Type>,
    stat_type: Numbers<Int32Type>,
    stat_name: TextKeys,
    known: [Option<(&'static str, i32)>; KNOWN],
    afi: Numbers<Int32Type>,
    safi: Numbers<Int32Type>,
    value: Numbers<Int64Type>,
    value_raw: Octets,
}

/// So many names are found by their types; few types are assigned.
const KNOWN: usize = 64;

impl StatisticColumns {
    pub(super) fn new() -> Self {
        Self {
            marks: Marks::default(),
            item: Numbers::new(Kind::Int),
            stat_type: Numbers::new(Kind::Int),
            stat_name: TextKeys::default(),
            known: [None; KNOWN],
            afi: Numbers::new(Kind::Int),
            safi: Numbers::new(Kind::Int),
            value: Numbers::new(Kind::Long),
            value_raw: Octets::default(),
        }
    }

    /// Copies the octets of `row`, turns its name into a key, and takes the rest.
    #[inline]
    pub(super) fn stage(&mut self, row: &BmpStatRow<'_>) -> Statistic {
        let mut staged = Statistic {
            item: row.item,
            stat_type: row.stat_type,
            ..Statistic::default()
        };
        if let Some(name) = row.stat_name {
            staged.present |= present::NAME;
            staged.stat_name = self.name_key(row.stat_type, name);
        }
        if let Some(family) = row.family {
            staged.present |= present::FAMILY;
            (staged.afi, staged.safi) = family;
        }
        if let Some(value) = row.value.and_then(|value| i64::try_from(value).ok()) {
            staged.present |= present::VALUE;
            staged.value = value;
        }
        if let Some(octets) = row.value_raw {
            staged.present |= present::RAW;
            staged.raw_octets = self.value_raw.push_copies(octets, 1);
        }
        staged
    }

    /// Every row has another name than the one before, so it is looked for at the place of its type.
    #[inline]
    fn name_key(&mut self, stat_type: u16, name: &'static str) -> i32 {
        let known = &mut self.known[usize::from(stat_type) % KNOWN];
        match known {
            Some((known, key)) if std::ptr::eq(*known, name) => *key,
            _ => {
                let key = self.stat_name.key(name);
                *known = Some((name, key));
                key
            }
        }
    }

    /// These rows.
    pub(super) fn push(&mut self, statistics: &[Span<Statistic>]) {
        let mut any = 0;
        for statistic in statistics {
            self.marks.push(statistic.values.present, statistic.rows);
            any |= statistic.values.present;
        }
        let rows = statistics.len();
        let stage = Stage {
            spans: statistics,
            rows,
            any,
        };
        self.item.push(&stage, |one| one.item);
        self.stat_type.push(&stage, |one| i32::from(one.stat_type));
        self.stat_name
            .push_optional(&stage, present::NAME, |one| one.stat_name);
        self.afi
            .push_optional(&stage, present::FAMILY, |one| i32::from(one.afi));
        self.safi
            .push_optional(&stage, present::FAMILY, |one| i32::from(one.safi));
        self.value
            .push_optional(&stage, present::VALUE, |one| one.value);
        self.value_raw
            .push(&stage, present::RAW, |one| one.raw_octets);
    }

    /// The numbers of all rows within their messages.
    pub(super) fn finish_items(&mut self) -> ArrayRef {
        self.item.finish(&Validity::Full)
    }

    /// The other arrays of all rows.
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
        self.known = [None; KNOWN];
    }
}
