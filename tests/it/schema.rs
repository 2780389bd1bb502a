//! The data dictionary: the page in the repository and what the program prints are what the code builds.

use crate::cli::Call;
use serde_json::Value;
use std::path::Path;
use tables::Table;

#[test]
fn the_page_is_what_the_program_prints() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/tables.md");
    let page = std::fs::read_to_string(path).expect("docs/tables.md");
    let printed = Call::of(["schema"]).stdout;
    assert!(
        page == printed,
        "docs/tables.md is old: run `corewatch schema > docs/tables.md`"
    );
}

#[test]
fn json_has_every_column_of_every_table() {
    let printed: Value =
        serde_json::from_str(&Call::of(["schema", "--format", "json"]).stdout).expect("JSON");
    let printed = printed.as_array().expect("a list of tables");
    assert_eq!(printed.len(), Table::ALL.len());
    for (table, printed) in Table::ALL.into_iter().zip(printed) {
        assert_eq!(printed["table"], table.name());
        let columns = printed["columns"].as_array().expect("columns");
        let names: Vec<_> = columns
            .iter()
            .map(|column| column["name"].as_str())
            .collect();
        let expected: Vec<_> = table
            .columns()
            .iter()
            .map(|column| Some(column.name))
            .collect();
        assert_eq!(names, expected);
    }
}

#[test]
fn one_table_is_printed_alone() {
    let printed = Call::of(["schema", "rejects"]).stdout;
    assert!(printed.starts_with("## rejects\n"), "{printed}");
    assert_eq!(printed.matches("\n## ").count(), 0);
}
