//! `corewatch run`: from a broker, which costs nothing here, into committed tables.

use crate::definition::Definition;
use crate::input::Input;
use crate::null_broker::{NullBroker, PARTITIONS, TOPIC};
use crate::programs::{Summary, corewatch};
use crate::way::Worked;
use crate::{cpu, units};
use anyhow::{Result, ensure};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Runs it until all copies are published. None if the program is not there.
///
/// # Errors
/// If it fails, or has read another number of messages.
pub fn run(definition: &Definition, input: &Input) -> Result<Option<Worked>> {
    let Some(program) = corewatch() else {
        return Ok(None);
    };
    let one_copy = input.octets.len() / definition.copies.max(1);
    let octets = input.octets.get(..one_copy).unwrap_or_default();
    let messages = units::of(definition.format, octets);
    let passes = definition.copies / PARTITIONS.unsigned_abs() as usize;
    let broker = NullBroker::start(&messages, passes)?;

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("corewatch.toml");
    std::fs::write(
        &path,
        config(definition, folder.path(), &broker.bootstrap()),
    )?;
    let mut command = Command::new(program);
    command
        .args(["run", "--until-end", "--json", "--config"])
        .arg(&path);
    let began = Instant::now();
    let (cpu_seconds, stdout) = cpu::of_program(&mut command)?;
    let wall_seconds = began.elapsed().as_secs_f64();
    let summary = Summary::of(&stdout)?;
    let served = messages.len() * passes * PARTITIONS.unsigned_abs() as usize;
    ensure!(
        summary.messages == served as u64,
        "{} messages read instead of {served}",
        summary.messages
    );
    Ok(Some(Worked {
        rows: summary.rows(),
        cpu_seconds,
        wall_seconds,
        messages: Some(summary.messages),
    }))
}

/// Without a group, which the broker does not know. The project and collector are those of the other ways.
fn config(definition: &Definition, folder: &Path, brokers: &str) -> String {
    let folder = folder.display();
    let format = definition.format.name();
    format!(
        "[kafka]\nbrokers = [\"{brokers}\"]\n\
         [[feed]]\nname = \"bench\"\ntopics = \"^{TOPIC}$\"\nformat = \"{format}\"\n\
         project = \"bench\"\ncollector = \"bench\"\nstart = \"earliest\"\narchive = true\n\
         [lake]\ncatalog = \"sqlite\"\nuri = \"{folder}/catalog.db\"\nwarehouse = \"{folder}/warehouse\"\n\
         [http]\nlisten = \"127.0.0.1:0\"\n"
    )
}
