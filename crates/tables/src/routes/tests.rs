//! The builder of routes against a slow one: every row is written out as the values it ought to have, one at a time,
//! and compared with what the batches hold.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::{BATCH_OCTETS, ObservedAtSource, Table};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType};

/// A run that owns what it points to.
#[derive(Clone, Debug)]
struct Run {
    topic: String,
    partition: i32,
    offset: i64,
    brokered_at: Option<i64>,
    ingested_at: i64,
    project: String,
    router: Option<String>,
    item: i32,
    observed_at: ObservedAt,
    router_at: Option<i64>,
    originated_at: Option<i64>,
    peer: (IpAddr, u32, Option<Ipv4Addr>, Option<String>),
    rib_view: RibView,
    kind: RouteKind,
    family: (u16, u8),
    nlri: OwnedNlri,
    attributes: Attributes,
    flags: [bool; 2],
    error: Option<RouteError>,
}

#[derive(Clone, Debug)]
enum OwnedNlri {
    Prefixes(Vec<Prefix>, Vec<u32>),
    Items(Vec<Item>),
}

/// An NLRI that owns its octets.
#[derive(Clone, Debug, Default)]
struct Item {
    prefix: Option<Prefix>,
    path_id: Option<u32>,
    rd: Option<[u8; 8]>,
    labels: Option<Vec<u8>>,
    raw: Option<Vec<u8>>,
}

/// Items as a decoder gives them, with the octets that they point into.
fn borrowed(items: &[Item]) -> (Vec<NlriItem>, Vec<u8>) {
    let mut octets = vec![0xee];
    let mut part = |owned: &Option<Vec<u8>>| {
        owned.as_ref().map(|owned| {
            let start = octets.len() as u32;
            octets.extend_from_slice(owned);
            Part {
                start,
                octets: owned.len() as u32,
            }
        })
    };
    let item = |item: &Item| NlriItem {
        prefix: item.prefix,
        path_id: item.path_id,
        rd: item.rd,
        labels: part(&item.labels),
        raw: part(&item.raw),
    };
    (items.iter().map(item).collect(), octets)
}

#[derive(Clone, Debug, Default)]
struct Attributes {
    scalars: PathAttributes<'static>,
    path: Option<Path>,
    cluster_list: Option<Vec<u8>>,
    communities: Option<Vec<u8>>,
    large: Option<Vec<u8>>,
    ext: Option<Vec<u8>>,
    ipv6_ext: Option<Vec<u8>>,
    raw: Vec<u8>,
}

/// AS_PATH as segments, each with its type.
#[derive(Clone, Debug)]
enum Path {
    Sequence(Vec<u32>),
    Segments(Vec<(u8, Vec<u32>)>),
}

impl Path {
    fn octets(&self) -> Vec<u8> {
        let asns = |asns: &[u32]| {
            asns.iter()
                .flat_map(|asn| asn.to_be_bytes())
                .collect::<Vec<_>>()
        };
        match self {
            Self::Sequence(sequence) => asns(sequence),
            Self::Segments(segments) => segments
                .iter()
                .flat_map(|(kind, list)| [vec![*kind, list.len() as u8], asns(list)].concat())
                .collect(),
        }
    }

    fn segments(&self) -> Vec<(u8, Vec<u32>)> {
        match self {
            Self::Sequence(asns) => vec![(2, asns.clone())],
            Self::Segments(segments) => segments.clone(),
        }
    }

    fn text(&self) -> String {
        let one = |(kind, asns): &(u8, Vec<u32>)| {
            let join = |by: &str| asns.iter().map(u32::to_string).collect::<Vec<_>>().join(by);
            match kind {
                1 => format!("{{{}}}", join(",")),
                3 => format!("({})", join(" ")),
                4 => format!("[{}]", join(",")),
                _ => join(" "),
            }
        };
        self.segments()
            .iter()
            .map(one)
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Run {
    /// A run of `rows` IPv4 prefixes without attributes.
    fn plain(rows: usize) -> Self {
        let prefixes = (0..rows as u32)
            .map(|row| Prefix::v4(0x0a00_0000 + (row << 8), 24))
            .collect();
        Self {
            topic: "t".into(),
            partition: 0,
            offset: 7,
            brokered_at: None,
            ingested_at: 99,
            project: String::new(),
            router: None,
            item: 0,
            observed_at: ObservedAt {
                at: 5,
                source: ObservedAtSource::Mrt,
                reported_at: None,
            },
            router_at: None,
            originated_at: None,
            peer: (Ipv4Addr::new(192, 0, 2, 1).into(), 64500, None, None),
            rib_view: RibView::Unknown,
            kind: RouteKind::Withdraw,
            family: (1, 1),
            nlri: OwnedNlri::Prefixes(prefixes, Vec::new()),
            attributes: Attributes::default(),
            flags: [false; 2],
            error: None,
        }
    }

    fn with(attributes: Attributes, rows: usize) -> Self {
        Self {
            attributes,
            kind: RouteKind::Announce,
            ..Self::plain(rows)
        }
    }

    fn path(path: Path, rows: usize) -> Self {
        Self::with(
            Attributes {
                path: Some(path),
                ..Attributes::default()
            },
            rows,
        )
    }

    fn rows(&self) -> usize {
        match &self.nlri {
            OwnedNlri::Prefixes(prefixes, _) => prefixes.len(),
            OwnedNlri::Items(items) => items.len(),
        }
    }

    fn use_with<R>(&self, with: impl FnOnce(&RouteRun<'_>) -> R) -> R {
        let provenance = Provenance {
            kafka_topic: &self.topic,
            kafka_partition: self.partition,
            kafka_offset: self.offset,
            brokered_at: self.brokered_at,
            ingested_at: self.ingested_at,
            project: &self.project,
            collector: "rrc00",
            router: self.router.as_deref(),
            format: "mrt",
        };
        let (ip, asn, bgp_id, distinguisher) = &self.peer;
        let peer = Peer {
            ip: *ip,
            asn: *asn,
            bgp_id: *bgp_id,
            distinguisher: distinguisher.as_deref(),
        };
        let (items, octets) = match &self.nlri {
            OwnedNlri::Items(items) => borrowed(items),
            OwnedNlri::Prefixes(..) => Default::default(),
        };
        let path = self.attributes.path.as_ref().map(Path::octets);
        let lists = &self.attributes;
        let attributes = PathAttributes {
            as_path: path.as_ref().map(|octets| match self.attributes.path {
                Some(Path::Segments(_)) => AsPath::Segments(octets),
                _ => AsPath::Sequence(octets),
            }),
            cluster_list: lists.cluster_list.as_deref(),
            communities: lists.communities.as_deref(),
            large_communities: lists.large.as_deref(),
            ext_communities: lists.ext.as_deref(),
            ipv6_ext_communities: lists.ipv6_ext.as_deref(),
            raw: &lists.raw,
            ..lists.scalars
        };
        with(&RouteRun {
            provenance: &provenance,
            item: self.item,
            observed_at: self.observed_at,
            router_at: self.router_at,
            originated_at: self.originated_at,
            peer: &peer,
            rib_view: self.rib_view,
            kind: self.kind,
            afi: self.family.0,
            safi: self.family.1,
            nlri: match &self.nlri {
                OwnedNlri::Prefixes(prefixes, path_ids) => Nlri::Prefixes { prefixes, path_ids },
                OwnedNlri::Items(_) => Nlri::Items {
                    items: &items,
                    octets: &octets,
                },
            },
            attributes: &attributes,
            is_initial_dump: self.flags[0],
            add_path_inferred: self.flags[1],
            error: self.error,
        })
    }

    /// The slow oracle: the values of one row as text, in the order of the columns.
    fn row(&self, row: usize) -> Vec<String> {
        let mut values = self.seen_row(row);
        values.extend(self.nlri_row(row));
        values.extend(self.attribute_row());
        values.extend([
            self.flags[0].to_string(),
            self.flags[1].to_string(),
            self.attributes.scalars.as_width_inferred.to_string(),
            optional(self.error.map(RouteError::name)),
            optional(self.attributes.scalars.stripped_asn),
        ]);
        values
    }

    fn seen_row(&self, row: usize) -> Vec<String> {
        vec![
            self.topic.clone(),
            self.partition.to_string(),
            self.offset.to_string(),
            self.item.wrapping_add(row as i32).to_string(),
            self.observed_at.at.to_string(),
            optional(self.brokered_at),
            self.ingested_at.to_string(),
            optional(self.observed_at.reported_at),
            optional(Some(&self.project).filter(|project| !project.is_empty())),
            "rrc00".into(),
            optional(self.router.as_ref()),
            "mrt".into(),
            self.observed_at.source.name().into(),
            optional(self.router_at),
            optional(self.originated_at),
            self.peer.0.to_string(),
            optional(self.peer.2),
            self.peer.1.to_string(),
            optional(self.peer.3.as_ref()),
            self.rib_view.name().into(),
            self.kind.name().into(),
            self.family.0.to_string(),
            self.family.1.to_string(),
        ]
    }

    fn nlri_row(&self, row: usize) -> Vec<String> {
        let mut values = vec![NULL.to_string(); 9];
        match &self.nlri {
            OwnedNlri::Items(items) => {
                let item = &items[row];
                if let Some(prefix) = item.prefix {
                    values[..5].clone_from_slice(&prefix_row(prefix));
                }
                values[5] = optional(item.path_id);
                values[6] = optional(item.rd.map(rd_text));
                values[7] = list(item.labels.as_ref().map(|entries| {
                    let label = |entry: &[u8]| {
                        (u32::from(entry[0]) << 16 | u32::from(entry[1]) << 8 | u32::from(entry[2]))
                            >> 4
                    };
                    entries.chunks_exact(3).map(label).collect::<Vec<_>>()
                }));
                values[8] = optional(item.raw.as_ref().map(|raw| hex(raw)));
            }
            OwnedNlri::Prefixes(prefixes, path_ids) => {
                values[..5].clone_from_slice(&prefix_row(prefixes[row]));
                values[5] = optional(path_ids.get(row));
            }
        }
        values
    }

    fn attribute_row(&self) -> Vec<String> {
        let (lists, one) = (&self.attributes, &self.attributes.scalars);
        let segments = lists.path.as_ref().map(Path::segments);
        let asns = segments
            .as_ref()
            .map(|segments| segments.iter().flat_map(|(_, asns)| asns.clone()).collect());
        let is_plain = |segments: &Vec<(u8, Vec<u32>)>| segments.iter().all(|(kind, _)| *kind == 2);
        let last = segments.as_ref().and_then(|segments| segments.last());
        let origin_asn = last
            .filter(|(kind, _)| *kind == 2)
            .and_then(|(_, asns)| asns.last());
        vec![
            optional(one.next_hop),
            optional(one.next_hop_link_local),
            list(asns),
            optional(
                lists
                    .path
                    .as_ref()
                    .filter(|_| !segments.as_ref().is_none_or(is_plain))
                    .map(Path::text),
            ),
            optional(origin_asn),
            optional(
                one.origin
                    .map(|code| ["igp", "egp", "incomplete"][code as usize]),
            ),
            optional(one.med),
            optional(one.local_pref),
            optional(one.aggregator.map(|(asn, _)| asn)),
            optional(one.only_to_customer),
            optional(one.aigp.filter(|metric| *metric <= i64::MAX as u64)),
            one.atomic_aggregate.to_string(),
            optional(one.aggregator.map(|(_, ip)| ip)),
            optional(one.originator_id),
            list(lists.cluster_list.as_ref().map(|octets| {
                octets
                    .chunks_exact(4)
                    .map(|id| Ipv4Addr::new(id[0], id[1], id[2], id[3]))
                    .collect::<Vec<_>>()
            })),
            list(lists.communities.as_ref().map(|octets| numbers(octets))),
            list(lists.large.as_ref().map(|octets| {
                octets
                    .chunks_exact(12)
                    .map(|one| numbers(one).map_text(":"))
                    .collect::<Vec<_>>()
            })),
            list(
                lists
                    .ext
                    .as_ref()
                    .map(|octets| octets.chunks_exact(8).map(hex).collect::<Vec<_>>()),
            ),
            list(
                lists
                    .ipv6_ext
                    .as_ref()
                    .map(|octets| octets.chunks_exact(20).map(hex).collect::<Vec<_>>()),
            ),
            optional(
                Some(&lists.raw)
                    .filter(|raw| !raw.is_empty())
                    .map(|raw| hex(raw)),
            ),
        ]
    }
}

const NULL: &str = "-";

fn optional(value: Option<impl ToString>) -> String {
    value.map_or(NULL.into(), |value| value.to_string())
}

fn list<T: ToString>(values: Option<Vec<T>>) -> String {
    optional(values.map(|values| values.map_text(",")))
}

trait MapText {
    fn map_text(&self, between: &str) -> String;
}

impl<T: ToString> MapText for Vec<T> {
    fn map_text(&self, between: &str) -> String {
        format!(
            "<{}>",
            self.iter()
                .map(T::to_string)
                .collect::<Vec<_>>()
                .join(between)
        )
    }
}

fn hex(octets: &[u8]) -> String {
    octets
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect::<String>()
        + "h"
}

fn numbers(octets: &[u8]) -> Vec<u32> {
    octets
        .chunks_exact(4)
        .map(|word| u32::from_be_bytes(word.try_into().unwrap()))
        .collect()
}

fn rd_text(octets: [u8; 8]) -> String {
    let number = |octets: &[u8]| octets.iter().fold(0, |n, octet| n << 8 | u64::from(*octet));
    match number(&octets[..2]) {
        0 => format!("{}:{}", number(&octets[2..4]), number(&octets[4..])),
        1 => {
            let ip: Vec<_> = octets[2..6].iter().map(u8::to_string).collect();
            format!("{}:{}", ip.join("."), number(&octets[6..]))
        }
        2 => format!("{}:{}", number(&octets[2..6]), number(&octets[6..])),
        _ => format!("{:016x}", number(&octets)),
    }
}

/// Text, length, version, start and end.
fn prefix_row(prefix: Prefix) -> [String; 5] {
    let length = prefix.length();
    let (text, version, end) = if prefix.is_v6() {
        let address =
            Ipv6Addr::from_bits(u128::from(prefix.high()) << 64 | u128::from(prefix.low()));
        let hosts = if length >= 64 { 0 } else { u64::MAX >> length };
        (format!("{address}/{length}"), 6, prefix.high() | hosts)
    } else {
        let hosts = if length >= 32 { 0 } else { u32::MAX >> length };
        let address = Ipv4Addr::from_bits(prefix.high() as u32);
        (
            format!("{address}/{length}"),
            4,
            prefix.high() | u64::from(hosts),
        )
    };
    let [start, end] = [prefix.high(), end].map(|address| (address as i64).to_string());
    [text, length.to_string(), version.to_string(), start, end]
}

/// A value of any column, as the oracle writes it.
fn value(array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) {
        return NULL.into();
    }
    match array.data_type() {
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Timestamp(TimeUnit::Microsecond, _) => array
            .as_primitive::<TimestampMicrosecondType>()
            .value(row)
            .to_string(),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Utf8 => array.as_string::<i32>().value(row).to_string(),
        DataType::Binary => hex(array.as_binary::<i32>().value(row)),
        DataType::FixedSizeBinary(_) => hex(array.as_fixed_size_binary().value(row)),
        DataType::Dictionary(..) => {
            let dictionary = array.as_dictionary::<Int32Type>();
            value(dictionary.values(), dictionary.key(row).unwrap())
        }
        DataType::Struct(_) => {
            let fields = array.as_struct().columns();
            fields
                .iter()
                .map(|field| value(field, row))
                .collect::<Vec<_>>()
                .map_text(":")
        }
        DataType::List(_) => {
            let elements = array.as_list::<i32>().value(row);
            (0..elements.len())
                .map(|place| value(&elements, place))
                .collect::<Vec<_>>()
                .map_text(",")
        }
        other => panic!("no column has the type {other}"),
    }
}

fn check_batch(batch: &RecordBatch, expected: &[Vec<String>]) {
    assert_eq!(batch.schema(), Table::Routes.schema());
    assert_eq!(batch.num_rows(), expected.len());
    for (place, column) in batch.columns().iter().enumerate() {
        let name = batch.schema().field(place).name().clone();
        for (row, expected) in expected.iter().enumerate() {
            assert_eq!(value(column, row), expected[place], "{name}, row {row}");
        }
    }
}

/// Appends all runs as one batch and compares every value with the oracle's.
fn check(builder: &mut RoutesBuilder, runs: &[Run]) {
    for run in runs {
        assert!(
            run.use_with(|run| builder.append(run).is_none()),
            "fits into a batch"
        );
    }
    let expected: Vec<_> = runs
        .iter()
        .flat_map(|run| (0..run.rows()).map(|row| run.row(row)))
        .collect();
    assert_eq!(builder.rows(), expected.len());
    check_batch(&builder.finish(), &expected);
    assert_eq!((builder.rows(), builder.octets()), (0, 0));
}

fn check_new(runs: &[Run]) {
    check(&mut RoutesBuilder::new(), runs);
}

#[test]
fn nothing() {
    check_new(&[]);
    check_new(&[Run::plain(0)]);
}

#[test]
fn runs_of_every_length() {
    check_new(&[1, 2, 3, 4, 5, 1, 9, 64, 63, 65].map(Run::plain));
    check_new(&[Run::plain(5000)]);
    check_new(&vec![Run::plain(1); 2500]);
    check_new(
        &[
            vec![Run::plain(1); 1023],
            vec![Run::plain(3000)],
            vec![Run::plain(2); 700],
        ]
        .concat(),
    );
}

#[test]
fn zero_is_not_null() {
    let zeros = PathAttributes {
        origin: Some(0),
        next_hop: Some(Ipv4Addr::UNSPECIFIED.into()),
        next_hop_link_local: Some(Ipv6Addr::UNSPECIFIED),
        med: Some(0),
        local_pref: Some(0),
        aggregator: Some((0, Ipv4Addr::UNSPECIFIED)),
        originator_id: Some(Ipv4Addr::UNSPECIFIED),
        only_to_customer: Some(0),
        aigp: Some(0),
        stripped_asn: Some(0),
        ..PathAttributes::default()
    };
    let zeros = Attributes {
        scalars: zeros,
        ..Attributes::default()
    };
    check_new(&[Run::with(zeros.clone(), 3)]);
    check_new(&[
        Run::plain(2),
        Run::with(zeros.clone(), 3),
        Run::plain(70),
        Run::with(zeros, 1),
    ]);
}

#[test]
fn null_empty_and_long_lists() {
    let lists = |octets: usize| {
        let list = |element: usize| Some((0..octets * element).map(|octet| octet as u8).collect());
        Attributes {
            path: Some(Path::Sequence((0..octets as u32).collect())),
            cluster_list: list(4),
            communities: list(4),
            large: list(12),
            ext: list(8),
            ipv6_ext: list(20),
            raw: vec![1; octets],
            ..Attributes::default()
        }
    };
    let runs = [0, 1, 300, 0, 7, 8, 9, 33].map(|octets| Run::with(lists(octets), 3));
    check_new(&runs);
    check_new(&[Run::with(lists(0), 2)]);
    check_new(
        &[
            &[Run::plain(1100)],
            &runs[..],
            &[Run::plain(2)],
            &runs[..],
            &[Run::plain(1100)],
        ]
        .concat(),
    );
    check_new(&[Run::with(lists(20), 1500), Run::with(lists(3), 1)]);
}

#[test]
fn lists_cut_within_an_element() {
    let cut = |octets: usize| Attributes {
        cluster_list: Some(vec![9; octets]),
        communities: Some(vec![9; octets]),
        large: Some(vec![9; octets]),
        ext: Some(vec![9; octets]),
        ipv6_ext: Some(vec![9; octets]),
        ..Attributes::default()
    };
    check_new(&[1, 5, 21, 43].map(|octets| Run::with(cut(octets), 2)));
}

#[test]
fn as_paths() {
    let segments = |list: &[(u8, &[u32])]| {
        let list = list
            .iter()
            .map(|(kind, asns)| (*kind, asns.to_vec()))
            .collect();
        Run::path(Path::Segments(list), 2)
    };
    let runs = [
        Run::path(Path::Sequence(vec![]), 1),
        Run::path(Path::Sequence(vec![4_200_000_000, 1]), 2),
        segments(&[]),
        segments(&[(2, &[1, 2]), (2, &[3])]),
        segments(&[(2, &[1, 2]), (1, &[3, 4])]),
        segments(&[(1, &[])]),
        segments(&[(1, &[7]), (2, &[8])]),
        segments(&[(3, &[64512, 64513]), (4, &[64514, 64515]), (2, &[1, 2])]),
        segments(&[(2, &[1]), (3, &[64512])]),
    ];
    assert_eq!(runs[4].attribute_row()[3], "1 2 {3,4}");
    assert_eq!(
        runs[7].attribute_row()[3..5],
        ["(64512 64513) [64514,64515] 1 2", "2"]
    );
    check_new(&runs);
}

#[test]
fn what_no_decoder_should_give() {
    let mut builder = RoutesBuilder::new();
    let mut run = Run::plain(3);
    run.nlri = OwnedNlri::Prefixes(
        vec![
            Prefix::v4(0, 255),
            Prefix::v6(1, 1, 255),
            Prefix::v6(1, 0, 200),
        ],
        vec![1],
    );
    run.attributes.scalars.origin = Some(200);
    run.attributes.scalars.aigp = Some(u64::MAX);
    run.use_with(|run| assert!(builder.append(run).is_none()));
    for octets in [&[2, 255, 0, 0][..], &[9], &[7, 1, 0, 0, 0, 1, 2]] {
        let attributes = PathAttributes {
            as_path: Some(AsPath::Segments(octets)),
            ..PathAttributes::default()
        };
        run.use_with(|run| {
            assert!(
                builder
                    .append(&RouteRun {
                        attributes: &attributes,
                        ..*run
                    })
                    .is_none()
            )
        });
    }
    let batch = builder.finish();
    assert_eq!(batch.num_rows(), 12);
    for name in ["origin", "aigp", "origin_asn"] {
        assert_eq!(
            batch.column_by_name(name).unwrap().null_count(),
            12,
            "{name}"
        );
    }
}

fn with_path_ids(rows: usize) -> Run {
    let mut run = Run::plain(rows);
    if let OwnedNlri::Prefixes(_, path_ids) = &mut run.nlri {
        path_ids.extend((0..rows as u32).map(|row| u32::MAX - row));
    }
    run
}

fn items(items: &[Item]) -> Run {
    Run {
        nlri: OwnedNlri::Items(items.to_vec()),
        family: (25, 70),
        ..Run::plain(1)
    }
}

fn raw(octets: &[u8]) -> Item {
    Item {
        raw: Some(octets.to_vec()),
        ..Item::default()
    }
}

#[test]
fn path_ids_and_raw_nlri() {
    check_new(&[with_path_ids(3)]);
    check_new(&[
        Run::plain(1500),
        with_path_ids(5),
        Run::plain(2),
        items(&[raw(&[])]),
        with_path_ids(1),
        items(&[raw(&[1, 2, 3])]),
    ]);
    check_new(&[items(&[raw(&[4])]), items(&[raw(&[5]), raw(&[6, 7])])]);
}

#[test]
fn items_have_any_of_the_columns() {
    let vpn = |n: u8| Item {
        prefix: Some(Prefix::v4(u32::from(n) << 24, 8)),
        rd: Some([0, n % 4, 1, 2, 3, 4, 5, n]),
        labels: Some(vec![0x80, 0, 0, 0, 0, 0, 0, n, 0x11]),
        ..Item::default()
    };
    let with_path_id = |item: Item| Item {
        path_id: Some(0),
        ..item
    };
    assert_eq!(
        items(&[vpn(3)]).nlri_row(0)[6..],
        ["0003010203040503", "<524288,0,49>", NULL]
    );
    let mixed = [
        vpn(1),
        vpn(2),
        with_path_id(vpn(3)),
        raw(&[9]),
        with_path_id(raw(&[])),
        Item::default(),
        with_path_id(vpn(4)),
        vpn(0),
    ];
    check_new(&[items(&mixed)]);
    check_new(&[items(&[])]);
    let mut attributes = items(&mixed);
    attributes.attributes = Random(5).attributes();
    attributes.item = 7;
    check_new(&[
        Run::plain(1200),
        attributes,
        with_path_ids(2),
        items(&[vpn(6)]),
        Run::plain(3),
    ]);
    check_new(&[items(&vec![vpn(7); 3000]), items(&[Item::default()])]);
}

/// Parts that do not lie within the octets are empty, labels that are cut are left out.
#[test]
fn items_that_no_decoder_should_give() {
    let part = |start, octets| Some(Part { start, octets });
    let items =
        [(0, 9), (8, 1), (9, 0), (u32::MAX, u32::MAX), (1, 4)].map(|(start, octets)| NlriItem {
            raw: part(start, octets),
            labels: part(start, octets),
            ..NlriItem::default()
        });
    let mut builder = RoutesBuilder::new();
    Run::plain(1).use_with(|run| {
        let nlri = Nlri::Items {
            items: &items,
            octets: &[1; 8],
        };
        assert!(builder.append(&RouteRun { nlri, ..*run }).is_none());
    });
    let batch = builder.finish();
    let column = |name| {
        let column = batch.column_by_name(name).unwrap();
        (0..5).map(|row| value(column, row)).collect::<Vec<_>>()
    };
    assert_eq!(column("nlri_raw"), ["h", "h", "h", "h", "01010101h"]);
    assert_eq!(column("labels"), ["<>", "<>", "<>", "<>", "<4112>"]);
}

/// What a column was in one batch must not show in the next.
#[test]
fn constant_then_varying_then_constant() {
    let mut builder = RoutesBuilder::new();
    let mut random = Random(3);
    let constant = Run::with(random.attributes(), 9);
    let varying: Vec<Run> = (0..400).map(|_| random.run()).collect();
    for runs in [
        &[constant.clone()][..],
        &varying,
        &[constant.clone(), constant],
        &[Run::plain(4)],
        &varying,
        &[],
    ] {
        check(&mut builder, runs);
    }
}

#[test]
fn random_runs_as_the_oracle_says() {
    let mut builder = RoutesBuilder::new();
    for seed in 1..40 {
        let mut random = Random(seed);
        let count = random.below(if seed % 4 == 0 { 1500 } else { 60 }) as usize;
        let runs: Vec<Run> = (0..count).map(|_| random.run()).collect();
        check(&mut builder, &runs);
    }
}

#[test]
fn dictionaries_start_anew_when_they_are_full() {
    let mut builder = RoutesBuilder::new();
    let run = |address: u32| Run {
        peer: (Ipv4Addr::from_bits(address).into(), 1, None, None),
        ..Run::plain(1)
    };
    for batch in 0..10 {
        let runs: Vec<Run> = (0..8192).map(|row| run(batch * 8192 + row)).collect();
        check(&mut builder, &runs);
    }
    check(&mut builder, &[run(3), run(70_000), run(3)]);
}

/// One message of 64 KiB can become a gibibyte of rows: it is cut into batches.
#[test]
fn huge_runs_are_cut() {
    let attributes = Attributes {
        raw: vec![7; 30_000],
        ..Attributes::default()
    };
    let mut builder = RoutesBuilder::new();
    let (mut rows, mut batches) = (0, 0);
    Run::with(attributes, 3000).use_with(|run| {
        let mut rest = Some(*run);
        while let Some(run) = rest {
            rest = builder.append(&run);
            assert!(builder.octets() <= BATCH_OCTETS);
            let batch = builder.finish();
            let items = batch
                .column_by_name("item")
                .unwrap()
                .as_primitive::<Int32Type>()
                .clone();
            assert_eq!(items.value(0), rows as i32);
            rows += batch.num_rows();
            batches += 1;
        }
    });
    assert_eq!((rows, batches), (3000, 3));
}

#[test]
fn one_row_beyond_a_batch_is_taken_alone() {
    let attributes = Attributes {
        raw: vec![7; BATCH_OCTETS + 1],
        ..Attributes::default()
    };
    let mut builder = RoutesBuilder::new();
    Run::plain(1).use_with(|run| assert!(builder.append(run).is_none()));
    Run::with(attributes, 2).use_with(|run| {
        assert_eq!(builder.append(run).map(|rest| rest.rows()), Some(2));
        assert_eq!(builder.finish().num_rows(), 1);
        assert_eq!(
            builder.append(run).map(|rest| (rest.rows(), rest.item)),
            Some((1, 1))
        );
        assert_eq!(builder.finish().num_rows(), 1);
    });
}

/// The octets of each item count, so a batch ends where its own octets, not only its rows, are too many.
#[test]
fn runs_of_large_items_are_cut() {
    let mut run = items(&vec![raw(&[7; 60_000]); 1200]);
    run.item = 3;
    let mut builder = RoutesBuilder::new();
    let mut batches = vec![];
    run.use_with(|run| {
        let mut rest = Some(*run);
        while let Some(run) = rest {
            rest = builder.append(&run);
            assert!(builder.octets() <= BATCH_OCTETS);
            batches.push(builder.finish());
        }
    });
    let rows: Vec<_> = batches.iter().map(RecordBatch::num_rows).collect();
    assert_eq!(rows, [556, 556, 88]);
    let last = batches[2].column_by_name("item").unwrap();
    assert_eq!(value(last, 87), "1202");
}

#[test]
fn an_item_beyond_a_batch_is_taken_alone() {
    let huge = raw(&vec![7; BATCH_OCTETS + 1]);
    let mut builder = RoutesBuilder::new();
    Run::plain(1).use_with(|run| assert!(builder.append(run).is_none()));
    items(&[huge, raw(&[1])]).use_with(|run| {
        assert_eq!(builder.append(run).map(|rest| rest.rows()), Some(2));
        assert_eq!(builder.finish().num_rows(), 1);
        let rest = builder.append(run);
        assert_eq!(rest.map(|rest| (rest.rows(), rest.item)), Some((1, 1)));
        assert_eq!(builder.finish().num_rows(), 1);
    });
}

/// xorshift64*: the same runs for a seed everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 16) % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let is_some = self.one_in(2);
        is_some.then(|| value(self))
    }

    fn octets(&mut self, count: u64) -> Vec<u8> {
        (0..count).map(|_| self.below(4) as u8).collect()
    }

    fn list(&mut self, element_octets: u64) -> Option<Vec<u8>> {
        self.maybe(|random| {
            let count = if random.one_in(9) {
                random.below(60)
            } else {
                random.below(9)
            };
            random.octets(count * element_octets)
        })
    }

    fn address(&mut self) -> IpAddr {
        let bits = self.below(30);
        if self.one_in(3) {
            Ipv6Addr::from_bits(u128::from(bits) << 70).into()
        } else {
            self.v4().into()
        }
    }

    fn v4(&mut self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.below(300) as u32)
    }

    fn prefix(&mut self) -> Prefix {
        if self.one_in(3) {
            let length = self.below(129) as u8;
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            let bits = (u128::from(self.next()) << 64 | u128::from(self.next())) & mask;
            return Prefix::v6((bits >> 64) as u64, bits as u64, length);
        }
        let length = self.below(33) as u8;
        Prefix::v4(
            self.next() as u32 & u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0),
            length,
        )
    }

    fn path(&mut self) -> Path {
        let asns = |random: &mut Self| {
            let count = random.below(11);
            (0..count).map(|_| random.next() as u32).collect()
        };
        if self.one_in(4) {
            return Path::Segments(
                (0..self.below(4))
                    .map(|_| (1 + self.below(4) as u8, asns(self)))
                    .collect(),
            );
        }
        Path::Sequence(asns(self))
    }

    fn attributes(&mut self) -> Attributes {
        Attributes {
            scalars: PathAttributes {
                origin: self.maybe(|random| random.below(3) as u8),
                as_width_inferred: self.one_in(5),
                next_hop: self.maybe(Self::address),
                next_hop_link_local: self
                    .maybe(|random| Ipv6Addr::from_bits(u128::from(random.below(9)))),
                med: self.maybe(|random| random.below(2) as u32),
                local_pref: self.maybe(|random| random.next() as u32),
                atomic_aggregate: self.one_in(3),
                aggregator: self.maybe(|random| (random.next() as u32, random.v4())),
                originator_id: self.maybe(Self::v4),
                only_to_customer: self.maybe(|random| random.below(3) as u32),
                aigp: self.maybe(Self::next),
                stripped_asn: self.maybe(|random| random.next() as u32),
                ..PathAttributes::default()
            },
            path: self.maybe(Self::path).filter(|path| !ends_empty(path)),
            cluster_list: self.list(4),
            communities: self.list(4),
            large: self.list(12),
            ext: self.list(8),
            ipv6_ext: self.list(20),
            raw: self.maybe(|random| random.octets(5)).unwrap_or_default(),
        }
    }

    fn item(&mut self) -> Item {
        Item {
            prefix: self.maybe(Self::prefix),
            path_id: self.maybe(|random| random.next() as u32),
            rd: self.maybe(|random| {
                let [_, kind, rest @ ..] = random.next().to_be_bytes();
                let [a, b, c, d, e, f] = rest;
                [0, kind % 4, a, b, c, d, e, f]
            }),
            labels: self.list(3),
            raw: self.maybe(|random| {
                let count = random.below(30);
                random.octets(count)
            }),
        }
    }

    fn nlri(&mut self) -> OwnedNlri {
        if self.one_in(9) {
            return OwnedNlri::Items((0..self.below(9)).map(|_| self.item()).collect());
        }
        let rows = if self.one_in(20) {
            self.below(300)
        } else {
            self.below(6)
        };
        let prefixes = (0..rows).map(|_| self.prefix()).collect();
        let ids = if self.one_in(3) { rows } else { 0 };
        OwnedNlri::Prefixes(prefixes, (0..ids).map(|_| self.next() as u32).collect())
    }

    fn run(&mut self) -> Run {
        let attributes = if self.one_in(3) {
            Attributes::default()
        } else {
            self.attributes()
        };
        Run {
            topic: format!("t{}", self.below(3)),
            partition: self.below(2) as i32,
            offset: self.next() as i64,
            brokered_at: self.maybe(|random| random.next() as i64),
            ingested_at: self.below(2) as i64,
            project: ["", "ris"][self.below(2) as usize].into(),
            router: self.maybe(|random| format!("r{}", random.below(3))),
            item: self.next() as i32,
            observed_at: ObservedAt {
                at: self.below(9) as i64,
                source: ObservedAtSource::ALL[self.below(9) as usize],
                reported_at: self.maybe(|random| random.next() as i64),
            },
            router_at: self.maybe(|random| random.next() as i64),
            originated_at: self.maybe(|random| random.next() as i64),
            peer: (
                self.address(),
                self.next() as u32,
                self.maybe(Self::v4),
                self.maybe(|random| format!("0:{}", random.below(3))),
            ),
            rib_view: RibView::ALL[self.below(6) as usize],
            kind: RouteKind::ALL[self.below(3) as usize],
            family: (1 + self.below(2) as u16, 1 + self.below(2) as u8),
            nlri: self.nlri(),
            attributes,
            flags: [self.one_in(4), self.one_in(4)],
            error: self.maybe(|random| RouteError::ALL[random.below(4) as usize]),
        }
    }
}

/// A path whose last segment is empty: what its origin is, the oracle does not say.
fn ends_empty(path: &Path) -> bool {
    path.segments()
        .last()
        .is_some_and(|(_, asns)| asns.is_empty())
}
