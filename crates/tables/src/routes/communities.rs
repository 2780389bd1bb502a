//! Columns of communities and of CLUSTER_LIST: lists whose elements all have one length.

use super::staged::{ElementCounts, Staged, present};
use crate::build::{
    Addresses, Lists, Stage, Validities, built, dictionary_array, push_copies, take_vec,
};
use crate::{Column, Kind, PathAttributes};
use arrow::array::{ArrayRef, FixedSizeBinaryArray, Int64Array, StructArray};
use arrow::buffer::Buffer;
use arrow::datatypes::Fields;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// The columns of lists other than AS_PATH.
#[derive(Debug)]
pub(super) struct Communities {
    clusters: Lists,
    cluster_keys: Vec<i32>,
    cluster_ids: Addresses,
    communities: Lists,
    values: Vec<i64>,
    large: Lists,
    large_values: LargeValues,
    ext: Lists,
    /// In the order of the wire, whatever the machine's.
    ext_values: Vec<u64>,
    ipv6_ext: Lists,
    ipv6_ext_values: Vec<u8>,
}

/// Fields of a large community (RFC 8092, section 3).
const LARGE_COMMUNITY_FIELDS: [Column; 3] = [
    Column::required("global", Kind::Long, "Global Administrator, an ASN."),
    Column::required("local1", Kind::Long, "Local Data Part 1."),
    Column::required("local2", Kind::Long, "Local Data Part 2."),
];
/// A large community.
pub(super) const LARGE_COMMUNITY: Kind = Kind::Struct(&LARGE_COMMUNITY_FIELDS);

const EXT_COMMUNITY_OCTETS: i32 = 8;
const IPV6_EXT_COMMUNITY_OCTETS: i32 = 20;

impl Communities {
    pub(super) fn new() -> Self {
        Self {
            clusters: Lists::new(Kind::Dict),
            cluster_keys: Vec::new(),
            cluster_ids: Addresses::default(),
            communities: Lists::new(Kind::Long),
            values: Vec::new(),
            large: Lists::new(LARGE_COMMUNITY),
            large_values: LargeValues::default(),
            ext: Lists::new(Kind::Fixed(EXT_COMMUNITY_OCTETS)),
            ext_values: Vec::new(),
            ipv6_ext: Lists::new(Kind::Fixed(IPV6_EXT_COMMUNITY_OCTETS)),
            ipv6_ext_values: Vec::new(),
        }
    }

    /// Copies the lists of `from` for so many rows, and fills `to`. Returns the presence bits. Octets that do not make
    /// up an element are left out.
    #[inline]
    pub(super) fn push_copies(
        &mut self,
        from: &PathAttributes<'_>,
        rows: usize,
        to: &mut ElementCounts,
    ) -> u32 {
        let mut marks = 0;
        if let Some(octets) = from.communities {
            marks |= present::COMMUNITIES;
            to.communities = push_copies(&mut self.values, octets, rows, number);
        }
        if let Some(octets) = from.large_communities {
            marks |= present::LARGE_COMMUNITIES;
            to.large = self.large_values.push_copies(octets, rows);
        }
        if let Some(octets) = from.ext_communities {
            marks |= present::EXT_COMMUNITIES;
            to.ext = push_copies(&mut self.ext_values, octets, rows, |octets| {
                u64::from_ne_bytes(*octets)
            });
        }
        if from.cluster_list.is_some() | from.ipv6_ext_communities.is_some() {
            marks |= self.push_rare(from, rows, to);
        }
        marks
    }

    pub(super) fn expand(&mut self, stage: &Stage<'_, Staged>) {
        self.clusters.push(stage, present::CLUSTER_LIST, |run| {
            run.attributes.communities.cluster_list
        });
        self.communities.push(stage, present::COMMUNITIES, |run| {
            run.attributes.communities.communities
        });
        self.large.push(stage, present::LARGE_COMMUNITIES, |run| {
            run.attributes.communities.large
        });
        self.ext.push(stage, present::EXT_COMMUNITIES, |run| {
            run.attributes.communities.ext
        });
        self.ipv6_ext
            .push(stage, present::IPV6_EXT_COMMUNITIES, |run| {
                run.attributes.communities.ipv6_ext
            });
    }

    pub(super) fn finish(&mut self, validities: &Validities<'_>, arrays: &mut Vec<ArrayRef>) {
        let cluster_ids = self.cluster_ids.dictionary();
        let cluster_keys =
            || dictionary_array(take_vec(&mut self.cluster_keys), None, &cluster_ids.values);
        let values = || -> ArrayRef { Arc::new(Int64Array::from(take_vec(&mut self.values))) };
        let ext_values = || {
            fixed(
                EXT_COMMUNITY_OCTETS,
                Buffer::from_vec(take_vec(&mut self.ext_values)),
            )
        };
        let ipv6_ext_values = || {
            fixed(
                IPV6_EXT_COMMUNITY_OCTETS,
                Buffer::from_vec(take_vec(&mut self.ipv6_ext_values)),
            )
        };
        arrays.extend([
            self.clusters
                .finish(&validities.of(present::CLUSTER_LIST), cluster_keys),
            self.communities
                .finish(&validities.of(present::COMMUNITIES), values),
            self.large
                .finish(&validities.of(present::LARGE_COMMUNITIES), || {
                    self.large_values.finish()
                }),
            self.ext
                .finish(&validities.of(present::EXT_COMMUNITIES), ext_values),
            self.ipv6_ext.finish(
                &validities.of(present::IPV6_EXT_COMMUNITIES),
                ipv6_ext_values,
            ),
        ]);
        self.cluster_ids.reset_if_full();
    }

    #[inline(never)]
    fn push_rare(&mut self, from: &PathAttributes<'_>, rows: usize, to: &mut ElementCounts) -> u32 {
        const OCTETS: usize = IPV6_EXT_COMMUNITY_OCTETS as usize;
        let mut marks = 0;
        if let Some(octets) = from.cluster_list {
            marks |= present::CLUSTER_LIST;
            let ids = &mut self.cluster_ids;
            let key = |octets: &[u8; 4]| ids.key_v4(Ipv4Addr::from(*octets));
            to.cluster_list = push_copies(&mut self.cluster_keys, octets, rows, key);
        }
        if let Some(octets) = from.ipv6_ext_communities {
            marks |= present::IPV6_EXT_COMMUNITIES;
            let whole = octets.as_chunks::<OCTETS>().0.as_flattened();
            to.ipv6_ext = push_copies(&mut self.ipv6_ext_values, whole, rows, |[octet]| *octet)
                / OCTETS as u32;
        }
        marks
    }
}

fn fixed(octets: i32, values: Buffer) -> ArrayRef {
    Arc::new(built(FixedSizeBinaryArray::try_new(octets, values, None)))
}

/// Elements of large communities, field by field.
#[derive(Debug, Default)]
struct LargeValues {
    global: Vec<i64>,
    local1: Vec<i64>,
    local2: Vec<i64>,
}

impl LargeValues {
    fn push_copies(&mut self, octets: &[u8], rows: usize) -> u32 {
        push_copies(&mut self.global, octets, rows, part::<0>);
        push_copies(&mut self.local1, octets, rows, part::<1>);
        push_copies(&mut self.local2, octets, rows, part::<2>)
    }

    fn finish(&mut self) -> ArrayRef {
        let fields: Fields = LARGE_COMMUNITY_FIELDS.iter().map(Column::field).collect();
        let values = [&mut self.global, &mut self.local1, &mut self.local2]
            .map(|values| -> ArrayRef { Arc::new(Int64Array::from(take_vec(values))) });
        Arc::new(built(StructArray::try_new(fields, values.to_vec(), None)))
    }
}

#[inline]
fn number(octets: &[u8; 4]) -> i64 {
    i64::from(u32::from_be_bytes(*octets))
}

#[inline]
fn part<const PLACE: usize>(octets: &[u8; 12]) -> i64 {
    let part = octets.as_chunks::<4>().0[PLACE];
    i64::from(u32::from_be_bytes(part))
}
