//! A process is frozen at each named step, for ever; another one takes over. Not a row is lost or doubled.

use super::support::{Process, check_exact, settings};
use crate::steps::NAMES;
use crate::{Lake, LakeSettings};
use std::time::{Duration, Instant};
use tempfile::tempdir;

#[tokio::test]
async fn a_process_frozen_at_any_step_is_replaced() {
    for name in NAMES {
        let folder = tempdir().unwrap();
        // The decoder's state changes at offset 100.
        Process::start(folder.path(), &[0, 1])
            .await
            .flush(100)
            .await;
        let frozen = LakeSettings {
            park_at: Some(name.into()),
            ..settings(folder.path())
        };
        freeze(frozen, name).await;
        let mut heir = Process::start(folder.path(), &[0, 1]).await;
        let from = heir.parts.values().next().unwrap().offset;
        assert!([100, 125].contains(&from), "{name}: {from}");
        heir.flush(150 - from).await;
        check_exact(&heir.lake, &[(0, 150), (1, 150)]).await;
        let report = heir.lake.verify().await.unwrap();
        assert_eq!(report.problems, Vec::<String>::new(), "{name}");
    }
}

/// Runs a process on a thread of its own until it is frozen.
async fn freeze(settings: LakeSettings, name: &str) {
    let (send, receive) = std::sync::mpsc::channel();
    let frozen = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let lake = Lake::open(settings).await.unwrap();
            send.send(lake.clone()).unwrap();
            Process::with(lake, &[0, 1]).await.flush(25).await
        })
    });
    let lake = receive.recv().unwrap();
    let begin = Instant::now();
    while !lake.shared.steps.is_reached(name) {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "{name} is never reached"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!frozen.is_finished(), "{name}");
}
