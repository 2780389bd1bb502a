//! Apache Kafka for the tests: the jars that `tests/broker/pom.xml` names, in `kafka-libs` of the target folder.

use crate::failure::Done;
use crate::made::{self, Made};
use crate::run;
use crate::workspace::Workspace;
use std::path::Path;
use std::process::Command;

/// Makes sure that the jars are there and those that the pom names now.
pub(crate) fn ensure(workspace: &Workspace) -> Done {
    let pom = workspace.root.join("tests/broker/pom.xml");
    let folder = workspace.target.join("kafka-libs");
    let made = Made {
        folder: &folder,
        recipe: &pom,
    };
    made.ensure(|| fetch(&pom, &folder))
}

/// Fetches beside and renames: the tests take a folder of that name for whole.
fn fetch(pom: &Path, folder: &Path) -> Done {
    let part = folder.with_extension("part");
    made::remove(&part)?;
    let mut maven = Command::new("mvn");
    maven
        .args(["-q", "-B", "-f"])
        .arg(pom)
        .arg("dependency:copy-dependencies");
    maven
        .arg(format!("-DoutputDirectory={}", part.display()))
        .stdout(std::io::stderr());
    run::step("Kafka's jars", &mut maven)?;
    made::rename(&part, folder)
}
