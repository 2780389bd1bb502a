//! A real capture of DNS through a real broker into the lake, read back by engines that are not ours.

use crate::broker::Broker;
use crate::program::Program;
use crate::replay::replay;
use crate::support::{readers_python, shared_data};
use feeds::Format;
use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// A minute of an authoritative server: 20,652 messages over UDP, and some over TCP.
const CAPTURE: &str = "dns/dns-stats+compactor/test-scripts/nsd-live.raw.pcap.xz";
const UDP_MESSAGES: u64 = 20_652;

#[test]
fn counts_by_rcode_qtype_and_edns_size_are_those_of_dnspython() {
    let (Some(broker), Some(python)) = (Broker::shared(), readers_python()) else {
        return;
    };
    let Some(shared_data) = shared_data() else {
        return;
    };
    let capture = shared_data.join(CAPTURE);
    let topic = format!("{}.pcap", broker.create_topic("dns", 1));
    let sent = replay(broker, &topic, "pcap", &[], &capture).json();
    assert!(sent["messages"].as_u64() > Some(1), "{sent}");

    let folder = tempfile::tempdir().expect("a folder");
    let program = Program {
        format: Format::Pcap,
        ..Program::new(broker, folder.path(), &topic)
    };
    let child = program.start("run.log", true, None);
    let code = program.wait(child, "run.log");
    assert_eq!(code, 0, "{}", program.log("run.log"));
    program.verify();

    let of_capture = counts(&python, "capture", &capture);
    let of_lake = counts(&python, "lake", folder.path());
    assert_eq!(of_capture["messages"], UDP_MESSAGES);
    assert_eq!(of_lake, of_capture);
}

fn counts(python: &OsStr, of: &str, path: &Path) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("readers/dns_counts.py");
    let read = Command::new(python)
        .arg(script)
        .arg(of)
        .arg(path)
        .output()
        .expect("the readers run");
    let stderr = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{stderr}");
    serde_json::from_slice(&read.stdout).expect("JSON")
}
