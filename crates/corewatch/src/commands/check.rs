//! `corewatch check`: the configuration, before anything depends on it.

use crate::config::{Config, Problems};
use serde::Serialize;
use std::path::Path;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Whether the program would start with it.
    pub ok: bool,
    /// What is wrong, all of it.
    pub problems: Vec<String>,
}

/// Checks a configuration file. No broker and no lake is asked.
pub fn execute(config: &Path) -> Checked {
    match Config::load(config) {
        Ok(_) => Checked {
            ok: true,
            problems: Vec::new(),
        },
        Err(error) => {
            let problems = match error.downcast::<Problems>() {
                Ok(Problems(problems)) => problems,
                Err(error) => vec![format!("{error:#}")],
            };
            Checked {
                ok: false,
                problems,
            }
        }
    }
}
