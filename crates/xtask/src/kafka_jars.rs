//! Apache Kafka for the tests: the jars that `tests/broker/pom.xml` names, in `kafka-libs` of the target folder.

use crate::failure::Done;
use crate::made::Made;
use crate::run;
use crate::workspace::Workspace;
use std::path::PathBuf;
use std::process::Command;

/// Where the jars are.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("kafka-libs")
}

/// Makes sure that the jars are there and those that the pom names now.
pub(crate) fn ensure(workspace: &Workspace) -> Done {
    let pom = workspace.root.join("tests/broker/pom.xml");
    let folder = folder(workspace);
    Made {
        folder: &folder,
        recipe: &pom,
    }
    .ensure(|| {
        let mut maven = Command::new("mvn");
        maven
            .args(["-q", "-B", "-f"])
            .arg(&pom)
            .arg("dependency:copy-dependencies");
        maven
            .arg(format!("-DoutputDirectory={}", folder.display()))
            .stdout(std::io::stderr());
        run::step("Kafka's jars", &mut maven)
    })
}
