//! The views of `config/views.sql` in DuckDB, over plain Parquet as `corewatch convert` writes it.

use crate::corpus::Case;
use crate::support::{PROVENANCE, column, readers_python};
use arrow::array::RecordBatch;
use lake::WorkerFiles;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::process::Command;
use tables::{
    AsPath, Builders, Nlri, ObservedAt, ObservedAtSource, PathAttributes, Peer, Prefix, Provenance,
    RibView, RouteKind, RouteRun, RowSink, SessionKind, SessionRow, Table,
};

/// A row of a query, each value as text.
pub type Row = Vec<Option<String>>;

/// The rows that `query` gives over the Parquet files in `folder`.
pub fn query(python: &OsStr, folder: &Path, query: &str) -> Vec<Row> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let answer = Command::new(python)
        .arg(tests.join("readers/query.py"))
        .arg(folder)
        .arg(query)
        .arg(tests.join("../config/views.sql"))
        .output()
        .expect("Python runs");
    let complaint = String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success(), "{query}: {complaint}");
    let lines = String::from_utf8(answer.stdout).expect("text");
    let row = |line| serde_json::from_str(line).expect("a list of texts");
    lines.lines().map(row).collect()
}

/// Writes the rows of `builders` and returns them.
pub fn write(mut builders: Builders, folder: &Path) -> Vec<(Table, RecordBatch)> {
    let mut files = WorkerFiles::plain(folder, "it").expect("files");
    let batches: Vec<_> = builders.finish().collect();
    for (table, batch) in &batches {
        files.write(*table, batch).expect("written");
    }
    files.close().expect("closed");
    batches
}

/// Every case of the corpus is a collector of its own.
fn decode_corpus() -> Builders {
    let mut builders = Builders::new();
    for case in Case::all() {
        let mut decoder = case.decoder();
        let name = case.path.to_string_lossy();
        for (message, kafka_offset) in case.messages.iter().zip(0..) {
            let provenance = Provenance {
                kafka_offset,
                collector: &name,
                ..PROVENANCE
            };
            decoder.decode(message, &provenance, &mut builders);
        }
    }
    builders
}

const PEER: [&str; 6] = [
    "project",
    "collector",
    "router",
    "peer_ip",
    "peer_asn",
    "peer_distinguisher",
];

/// Who has announced, withdrawn and dumped how much, counted row by row.
fn counted(batches: &[(Table, RecordBatch)]) -> BTreeMap<Vec<String>, [u32; 3]> {
    let mut counted = BTreeMap::new();
    for (table, batch) in batches {
        let is_of_routes = matches!(table, Table::Routes | Table::Rib | Table::OtherRoutes);
        if !is_of_routes {
            continue;
        }
        let names = PEER.iter().chain(["rib_view", "kind"].iter());
        let columns: Vec<_> = names.map(|name| column(batch, name)).collect();
        for row in 0..batch.num_rows() {
            let mut values: Vec<_> = columns.iter().map(|column| column[row].clone()).collect();
            let kind = values.pop().expect("kind");
            let counts: &mut [u32; 3] = counted.entry(values).or_default();
            let place = ["announce", "withdraw", "rib"]
                .iter()
                .position(|name| *name == kind);
            counts[place.expect("a kind")] += 1;
        }
    }
    counted
}

#[test]
fn peers_of_the_corpus_are_those_of_its_rows() {
    let Some(python) = readers_python() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let batches = write(decode_corpus(), folder.path());
    let mut expected = counted(&batches);
    let select = format!(
        "SELECT {}, rib_view, announced, withdrawn, rib_entries, session FROM peers",
        PEER.join(", ")
    );
    let mut sessions = 0;
    for row in query(&python, folder.path(), &select) {
        let mut values: Vec<_> = row
            .iter()
            .map(|value| value.as_deref().unwrap_or("-"))
            .collect();
        sessions += usize::from(values.pop() != Some("-"));
        let counts = values.split_off(PEER.len() + 1);
        let key: Vec<_> = values.into_iter().map(str::to_owned).collect();
        let known = expected.remove(&key).unwrap_or_default();
        assert_eq!(counts, known.map(|count| count.to_string()), "{key:?}");
    }
    assert_eq!(expected, BTreeMap::new(), "peers that the view lacks");
    assert!(sessions >= 2, "{sessions} sessions");
    let [texts] = &query(&python, folder.path(), "SELECT count(*) FROM readable")[..] else {
        panic!("one row");
    };
    let rows: u32 = counted(&batches).values().flatten().sum();
    assert_eq!(texts, &[Some(rows.to_string())]);
}

/// The clock that counts begins on 2026-01-01.
const T0: i64 = 1_767_225_600_000_000;

const fn observed_at(second: i64) -> ObservedAt {
    ObservedAt {
        at: T0 + second * 1_000_000,
        source: ObservedAtSource::Collector,
        reported_at: None,
    }
}

const fn peer(ip: IpAddr, asn: u32) -> Peer<'static> {
    Peer {
        ip,
        asn,
        bgp_id: None,
        distinguisher: None,
    }
}

const FIRST: Peer<'static> = peer(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 64_500);
const SECOND: Peer<'static> = peer(
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2)),
    64_501,
);
const ROUTER: Provenance<'static> = Provenance {
    router: Some("r1"),
    format: "bmp",
    ..PROVENANCE
};

const EVENT: SessionRow<'static> = SessionRow {
    rib_view: Some(RibView::AdjInPre),
    ..SessionRow::new(&ROUTER, observed_at(0), Some(&FIRST), SessionKind::Up)
};

/// A run of so many prefixes; the router's clock is so many seconds ahead.
fn routes(
    builders: &mut Builders,
    peer: &Peer<'_>,
    rib_view: RibView,
    rows: usize,
    skew: Option<i64>,
) {
    let path = [0, 0, 0xfb, 0xf4, 0, 1, 0, 0];
    let attributes = PathAttributes {
        as_path: Some(AsPath::Sequence(&path)),
        communities: Some(&[0xfb, 0xf4, 0, 1, 0xff, 0xff, 0xff, 1]),
        large_communities: Some(&[0, 0, 0xfb, 0xf4, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff]),
        ..PathAttributes::default()
    };
    builders.routes(&RouteRun {
        provenance: &ROUTER,
        item: 0,
        observed_at: observed_at(20),
        router_at: skew.map(|seconds| observed_at(20 + seconds).at),
        originated_at: None,
        peer,
        rib_view,
        kind: RouteKind::Announce,
        afi: 1,
        safi: 1,
        nlri: Nlri::Prefixes {
            prefixes: &vec![Prefix::v4(0x0a00_0000, 8); rows],
            path_ids: &[],
        },
        attributes: &attributes,
        is_initial_dump: false,
        add_path_inferred: false,
        error: None,
    });
}

/// What the view says of the peers of the router, without the columns that are always the same.
const SELECT: &str = "SELECT peer_asn, rib_view, announced, session, epoch(session_since) - 1767225600, add_path, \
    clock_skew_s, epoch(last_seen) - 1767225600 FROM peers ORDER BY ALL";

fn check(python: &OsStr, builders: Builders, expected: &[[&str; 8]]) {
    let folder = tempfile::tempdir().expect("a folder");
    write(builders, folder.path());
    let found = query(python, folder.path(), SELECT);
    let found: Vec<Vec<_>> = found
        .iter()
        .map(|row| {
            row.iter()
                .map(|value| value.as_deref().unwrap_or("-"))
                .collect()
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn sessions_that_come_and_go() {
    let Some(python) = readers_python() else {
        return;
    };
    let mut builders = Builders::new();
    for (second, kind, peer, add_path) in [
        (30, SessionKind::Down, &FIRST, None),
        (10, SessionKind::Up, &FIRST, Some(&[(1, 1)][..])),
        (40, SessionKind::EndOfRib, &FIRST, None),
        (10, SessionKind::Up, &SECOND, Some(&[(1, 1), (2, 1)][..])),
    ] {
        builders.session(&SessionRow {
            observed_at: observed_at(second),
            router_at: Some(observed_at(second - 7).at),
            kind,
            peer: Some(peer),
            add_path,
            ..EVENT
        });
    }
    for skew in [Some(100), Some(3), None, Some(-5)] {
        routes(&mut builders, &FIRST, RibView::AdjInPre, 2, skew);
    }
    routes(&mut builders, &FIRST, RibView::AdjInPost, 1, None);
    let first_down = ["down", "30.0", "[1/1]"];
    let [session, since, add_path] = first_down;
    check(
        &python,
        builders,
        &[
            [
                "64500",
                "adj_in_post",
                "1",
                session,
                since,
                add_path,
                "-7.0",
                "40.0",
            ],
            [
                "64500",
                "adj_in_pre",
                "8",
                session,
                since,
                add_path,
                "3.0",
                "40.0",
            ],
            [
                "64501",
                "adj_in_pre",
                "0",
                "up",
                "10.0",
                "[1/1, 2/1]",
                "-7.0",
                "10.0",
            ],
        ],
    );
}

/// State changes of the collector's own sessions count, events of a message in its order; a router that ends to report
/// knows of no session.
#[test]
fn states_and_routers_that_end() {
    let Some(python) = readers_python() else {
        return;
    };
    let mut builders = Builders::new();
    let state = |item, new_state: Option<u16>| SessionRow {
        provenance: &PROVENANCE,
        item,
        kind: SessionKind::State,
        new_state,
        rib_view: None,
        ..EVENT
    };
    builders.session(&state(1, Some(6)));
    builders.session(&state(2, None));
    builders.session(&state(0, Some(1)));
    builders.session(&SessionRow {
        peer: Some(&SECOND),
        ..EVENT
    });
    builders.session(&SessionRow {
        peer: None,
        kind: SessionKind::Termination,
        observed_at: observed_at(5),
        rib_view: None,
        ..EVENT
    });
    check(
        &python,
        builders,
        &[
            ["64500", "unknown", "0", "up", "0.0", "-", "-", "0.0"],
            ["64501", "adj_in_pre", "0", "down", "5.0", "-", "-", "0.0"],
        ],
    );
}

/// Paths and communities as text; and peers of which nobody has told a session.
#[test]
fn routes_alone_are_readable() {
    let Some(python) = readers_python() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let mut builders = Builders::new();
    routes(&mut builders, &FIRST, RibView::LocRib, 1, None);
    write(builders, folder.path());
    let select = "SELECT observed_at, router, as_path, communities, large_communities, prefix, rd FROM readable";
    let expected = [
        Some("2026-01-01 00:00:20+00"),
        Some("r1"),
        Some("64500 65536"),
        Some("64500:1 65535:65281"),
        Some("64500:2:4294967295"),
        Some("10.0.0.0/8"),
        None,
    ];
    let expected = vec![expected.map(|value| value.map(str::to_owned)).to_vec()];
    assert_eq!(query(&python, folder.path(), select), expected);
    let select = "SELECT announced, session, add_path, clock_skew_s FROM peers";
    let expected = vec![vec![Some("1".to_owned()), None, None, None]];
    assert_eq!(query(&python, folder.path(), select), expected);
}
