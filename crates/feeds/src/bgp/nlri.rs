//! NLRI of one family, staged as prefixes, or as items where they hold more than that.

use crate::peers::PathIds;
use tables::{Disposition, Nlri, NlriItem, Part, Prefix};
use wire::bgp::{
    Afi, IpPrefix, Ipv4Prefix, Ipv6Prefix, NlriForm, NlriView, Safi, framed_nlri_fits, nlri_fits,
    parse_ipv4_nlri, parse_ipv6_nlri, split_nlri,
};
use wire::{ParseError, Reader};

/// A prefix as a row has it.
#[inline]
pub(crate) fn table_prefix(prefix: IpPrefix) -> Prefix {
    match prefix {
        IpPrefix::V4(prefix) => from_ipv4(prefix),
        IpPrefix::V6(prefix) => from_ipv6(prefix),
    }
}

/// The NLRI of a table dump's record, as a row has it, and what is wrong inside of it.
#[cold]
pub(crate) fn table_item(
    (afi, safi): (Afi, Safi),
    octets: Reader<'_>,
) -> Result<(NlriItem, Option<ParseError>), ParseError> {
    let form = NlriForm::of(afi, safi);
    let mut reader = octets;
    let nlri = split_nlri(&mut reader, form, afi, false)?;
    Ok((item_of(&nlri, form, octets, false), nlri.fault))
}

#[inline]
fn from_ipv4(prefix: Ipv4Prefix) -> Prefix {
    Prefix::v4(prefix.address, prefix.length)
}

#[inline]
fn from_ipv6(prefix: Ipv6Prefix) -> Prefix {
    let (high, low) = ((prefix.address >> 64) as u64, prefix.address as u64);
    Prefix::v6(high, low, prefix.length)
}

/// Buffers for the NLRI of one family.
#[derive(Debug, Default)]
pub(super) struct Stage {
    prefixes: Vec<Prefix>,
    path_ids: Vec<u32>,
    items: Vec<NlriItem>,
}

/// NLRI of one family on their way into rows.
pub(super) struct Staged<'a> {
    /// None if there is none at all.
    pub(super) nlri: Option<Nlri<'a>>,
    /// They were read with path identifiers that nobody has announced, or without those that somebody has.
    pub(super) add_path_inferred: bool,
    /// They can be read in one way only: with path identifiers, or without.
    pub(super) evidence: Option<bool>,
    /// The fault that ended them early, or one inside of an NLRI that was kept.
    pub(super) fault: Option<(ParseError, Disposition)>,
}

impl Stage {
    /// Stages the NLRI of one family, with path identifiers or without, as [`judge`] says. Those before a fault are kept.
    #[inline]
    pub(super) fn take<'a>(
        &'a mut self,
        (afi, safi): (Afi, Safi),
        octets: Reader<'a>,
        path_ids: PathIds,
        is_withdrawal: bool,
    ) -> Staged<'a> {
        if !safi.is_plain() || !afi.is_ip() {
            return self.take_items((afi, safi), octets, path_ids, is_withdrawal);
        }
        let mut reading = Reading::first(path_ids);
        let mut parsed = self.parse(afi, octets, reading.has_path_ids);
        if parsed != Ok(false) || path_ids == PathIds::Suspected {
            let first = reading.has_path_ids;
            reading = judge(path_ids, parsed.is_err(), |has_path_ids| {
                nlri_fits(octets, afi, has_path_ids)
            });
            if reading.has_path_ids != first {
                parsed = self.parse(afi, octets, reading.has_path_ids);
            }
        }
        let nlri = (!self.prefixes.is_empty()).then_some(Nlri::Prefixes {
            prefixes: &self.prefixes,
            path_ids: &self.path_ids,
        });
        Staged {
            nlri,
            add_path_inferred: reading.is_inferred(path_ids),
            evidence: reading.evidence,
            fault: parsed.err().map(|error| (error, Disposition::RestDiscard)),
        }
    }

    #[inline]
    fn parse(
        &mut self,
        afi: Afi,
        octets: Reader<'_>,
        has_path_ids: bool,
    ) -> Result<bool, ParseError> {
        let Self {
            prefixes, path_ids, ..
        } = self;
        prefixes.clear();
        path_ids.clear();
        match (afi, has_path_ids) {
            (Afi::IPV4, false) => {
                parse_ipv4_nlri(octets, false, |prefix, _| prefixes.push(from_ipv4(prefix)))
            }
            (_, false) => {
                parse_ipv6_nlri(octets, false, |prefix, _| prefixes.push(from_ipv6(prefix)))
            }
            (Afi::IPV4, true) => parse_ipv4_nlri(octets, true, |prefix, path_id| {
                prefixes.push(from_ipv4(prefix));
                path_ids.push(path_id);
            }),
            (_, true) => parse_ipv6_nlri(octets, true, |prefix, path_id| {
                prefixes.push(from_ipv6(prefix));
                path_ids.push(path_id);
            }),
        }
    }

    /// As [`Stage::take`], for NLRI that are not plain prefixes.
    #[inline(never)]
    fn take_items<'a>(
        &'a mut self,
        (afi, safi): (Afi, Safi),
        octets: Reader<'a>,
        path_ids: PathIds,
        is_withdrawal: bool,
    ) -> Staged<'a> {
        let form = NlriForm::of(afi, safi);
        let mut reading = Reading::first(path_ids);
        let fits = |has_path_ids| framed_nlri_fits(octets, form, afi, has_path_ids);
        // Path identifiers of which nobody speaks are looked for only where a prefix tells whether they are there.
        let is_doubtful = match path_ids {
            PathIds::Told(_) => false,
            PathIds::Suspected => true,
            PathIds::Announced | PathIds::Learned => !fits(reading.has_path_ids),
            PathIds::Unknown => form.is_prefix() && !fits(reading.has_path_ids),
        };
        if is_doubtful {
            reading = judge(path_ids, false, fits);
        }
        let mut fault = self.cut_items(octets, form, afi, reading.has_path_ids, is_withdrawal);
        // What was announced is doubted only once it has failed.
        let is_cut_short = matches!(fault, Some((_, Disposition::RestDiscard)));
        if let (PathIds::Told(announced), true) = (path_ids, is_cut_short) {
            reading = judge(path_ids, true, fits);
            if reading.has_path_ids != announced {
                fault = self.cut_items(octets, form, afi, !announced, is_withdrawal);
            }
        }
        let nlri = (!self.items.is_empty()).then_some(Nlri::Items {
            items: &self.items,
            octets: octets.rest(),
        });
        Staged {
            nlri,
            add_path_inferred: reading.is_inferred(path_ids),
            evidence: reading.evidence,
            fault,
        }
    }

    /// Returns the fault that ended them, or else the first inside of one.
    fn cut_items(
        &mut self,
        octets: Reader<'_>,
        form: NlriForm,
        afi: Afi,
        has_path_ids: bool,
        is_withdrawal: bool,
    ) -> Option<(ParseError, Disposition)> {
        self.items.clear();
        let mut reader = octets;
        let mut kept = None;
        while !reader.is_empty() {
            match split_nlri(&mut reader, form, afi, has_path_ids) {
                Ok(nlri) => {
                    kept = kept.or(nlri.fault);
                    self.items.push(item_of(&nlri, form, octets, is_withdrawal));
                }
                Err(error) => return Some((error, Disposition::RestDiscard)),
            }
        }
        kept.map(|error| (error, Disposition::Kept))
    }
}

/// How NLRI are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reading {
    has_path_ids: bool,
    evidence: Option<bool>,
}

impl Reading {
    /// That which comes first.
    #[inline]
    fn first(path_ids: PathIds) -> Self {
        Self {
            has_path_ids: is_announced(path_ids) || path_ids == PathIds::Learned,
            evidence: None,
        }
    }

    /// Whether that is not what was announced.
    #[inline]
    fn is_inferred(self, path_ids: PathIds) -> bool {
        self.has_path_ids != is_announced(path_ids)
    }
}

fn is_announced(path_ids: PathIds) -> bool {
    matches!(path_ids, PathIds::Told(true) | PathIds::Announced)
}

/// Decides how NLRI are read whose first reading is not beyond doubt. What was announced holds, unless it ends in a fault
/// and the other reading fits. Else the only one that fits; where both do, what was learned, and else the plain one.
#[cold]
fn judge(path_ids: PathIds, is_faulty: bool, fits: impl Fn(bool) -> bool) -> Reading {
    let told = |has_path_ids| Reading {
        has_path_ids,
        evidence: None,
    };
    let only = |has_path_ids| Reading {
        has_path_ids,
        evidence: Some(has_path_ids),
    };
    match path_ids {
        PathIds::Told(announced) if is_faulty && fits(!announced) => told(!announced),
        PathIds::Told(announced) => told(announced),
        PathIds::Announced | PathIds::Learned if !fits(true) && fits(false) => only(false),
        PathIds::Announced | PathIds::Learned => told(true),
        PathIds::Suspected | PathIds::Unknown => match (fits(false), fits(true)) {
            (true, false) => only(false),
            (false, true) => only(true),
            _ => told(false),
        },
    }
}

/// An NLRI as a row has it; `octets` are those of the run.
fn item_of(
    nlri: &NlriView<'_>,
    form: NlriForm,
    octets: Reader<'_>,
    is_withdrawal: bool,
) -> NlriItem {
    let is_unlabelled = nlri.labels.is_empty() || is_withdrawal && nlri.has_no_labels();
    NlriItem {
        prefix: nlri.prefix.map(table_prefix),
        path_id: nlri.path_id,
        rd: nlri.rd,
        labels: (!is_unlabelled).then(|| part_of(nlri.labels, octets)),
        raw: (!form.is_prefix()).then(|| part_of(nlri.octets, octets)),
    }
}

fn part_of(part: Reader<'_>, octets: Reader<'_>) -> Part {
    let number = |octets: usize| u32::try_from(octets).unwrap_or(u32::MAX);
    Part {
        start: number(part.offset().saturating_sub(octets.offset())),
        octets: number(part.len()),
    }
}
