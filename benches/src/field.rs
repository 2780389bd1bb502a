//! Who can read what: every MRT file and BMP stream of the shared captures, through us and others.
//!
//! Each is read in a process of its own, because some panic and some do not come to an end.

use crate::input::{read, shared_data};
use crate::ours::{Count, decode, settings};
use crate::peers::{Read, bgpkit, netgauze};
use crate::units;
use anyhow::{Context, Result, bail};
use feeds::{Format, Outcome};
use std::io::{BufRead, BufReader, Read as _, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The option with which this program calls itself: reader, format and file follow.
pub const ONE: &str = "--read";

const READERS: [(&str, Reader); 3] = [
    (
        "corewatch",
        Reader {
            mrt: ours_mrt,
            bmp: ours_bmp,
        },
    ),
    (
        "bgpkit",
        Reader {
            mrt: bgpkit::mrt,
            bmp: bgpkit::bmp,
        },
    ),
    (
        "netgauze",
        Reader {
            mrt: netgauze::bgp,
            bmp: netgauze::bmp,
        },
    ),
];

/// As in the list of the captures.
const KINDS: [(&str, Format); 2] = [("MRT", Format::Mrt), ("BMP stream", Format::Bmp)];
const TIME_MAX: Duration = Duration::from_secs(120);

/// One that can read both.
#[derive(Clone, Copy)]
struct Reader {
    mrt: fn(&[u8]) -> Read,
    bmp: fn(&[u8]) -> Read,
}

fn ours_mrt(octets: &[u8]) -> Read {
    ours(Format::Mrt, octets)
}

fn ours_bmp(octets: &[u8]) -> Read {
    ours(Format::Bmp, octets)
}

/// What is skipped counts as read: it holds no routes, and we say why.
fn ours(format: Format, octets: &[u8]) -> Read {
    let (mut read, mut sink) = (Read::default(), Count::default());
    decode(
        settings(format),
        &units::of(format, octets),
        &mut sink,
        |_, outcome| match outcome {
            Outcome::Parsed | Outcome::Skipped(_) => read.accepted += 1,
            Outcome::Rejected => read.refused += 1,
        },
    );
    read.routes = sink.rows;
    read
}

/// Reads one file, in this process, and prints what came of it.
///
/// # Errors
/// If there is no such reader, format or file.
pub fn read_one(reader: &str, format: &str, path: &str) -> Result<()> {
    let found = READERS.iter().find(|(name, _)| *name == reader);
    let (_, reader) = found.context("no such reader")?;
    let octets = read(Path::new(path))?;
    let read = match Format::by_name(format) {
        Some(Format::Mrt) => (reader.mrt)(&octets),
        Some(Format::Bmp) => (reader.bmp)(&octets),
        _ => bail!("no such format: {format}"),
    };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&read)?)?;
    Ok(())
}

/// Prints a table in Markdown, with a line for each file that not all read alike.
///
/// # Errors
/// If the shared captures are not there.
pub fn show() -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    for (kind, format) in KINDS {
        let (mut alike, mut files) = (0, 0);
        write!(stdout, "| {kind} | units |")?;
        READERS
            .iter()
            .try_for_each(|(name, _)| write!(stdout, " {name} |"))?;
        writeln!(stdout, "\n|---|---|{}", "---|".repeat(READERS.len()))?;
        for path in captures(kind)? {
            let line = Line::of(&path, format)?;
            files += 1;
            if line.is_alike() {
                alike += 1;
            } else {
                writeln!(stdout, "{}", line.text(&path))?;
            }
        }
        writeln!(
            stdout,
            "\n{alike} of {files} files give all the same, and are left out.\n"
        )?;
    }
    Ok(())
}

/// Paths under the shared data, of one kind.
fn captures(kind: &str) -> Result<Vec<String>> {
    let list = String::from_utf8(read(&shared_data().join("FILES.tsv"))?)?;
    let of_line = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let (path, format) = (fields.first()?, fields.get(4)?);
        (path.starts_with("bgp/") && *format == kind).then(|| (*path).to_owned())
    };
    Ok(list.lines().filter_map(of_line).collect())
}

/// One file, and what each reader makes of it: counts, or how it died.
struct Line {
    units: u64,
    cells: Vec<Result<Read, String>>,
}

impl Line {
    fn of(path: &str, format: Format) -> Result<Self> {
        let path = shared_data().join(path);
        let units = units::of(format, &read(&path)?).len() as u64;
        let cells = READERS
            .iter()
            .map(|(name, _)| read_apart(name, format, &path));
        Ok(Self {
            units,
            cells: cells.collect::<Result<_>>()?,
        })
    }

    fn is_alike(&self) -> bool {
        let routes = self.cells.iter().flatten().next().map(|read| read.routes);
        self.cells.iter().all(|cell| {
            matches!(cell, Ok(read) if read.accepted == self.units && Some(read.routes) == routes)
        })
    }

    fn text(&self, path: &str) -> String {
        let path = path
            .trim_start_matches("bgp/")
            .trim_start_matches("_derived/");
        let mut text = format!("| `{path}` | {} |", self.units);
        for cell in &self.cells {
            let cell = match cell {
                Ok(read) => self.in_words(read),
                Err(end) => end.clone(),
            };
            text += &format!(" {cell} |");
        }
        text
    }

    /// What is neither read nor refused is lost without a word.
    fn in_words(&self, read: &Read) -> String {
        let mut text = format!("{} routes", read.routes);
        let lost = self.units.saturating_sub(read.accepted + read.refused);
        for (count, what) in [(read.refused, "refused"), (lost, "lost")] {
            if count > 0 {
                text += &format!(", {count} {what}");
            }
        }
        text
    }
}

/// Reads a file in a process of its own. The inner error says how that ended.
fn read_apart(reader: &str, format: Format, path: &Path) -> Result<Result<Read, String>> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([ONE, reader, format.name()])
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if !ends_in_time(&mut child)? {
        child.kill()?;
        child.wait()?;
        return Ok(Err(format!("not done in {} s", TIME_MAX.as_secs())));
    }
    let mut stdout = String::new();
    if let Some(pipe) = &mut child.stdout {
        pipe.read_to_string(&mut stdout)?;
    }
    if let Ok(read) = serde_json::from_str(&stdout) {
        return Ok(Ok(read));
    }
    let stderr = child.stderr.take().map(BufReader::new);
    let lines = stderr.into_iter().flat_map(BufRead::lines);
    let place = lines
        .map_while(Result::ok)
        .find(|line| line.contains("panicked at"));
    Ok(Err(place.map_or_else(
        || "dies".to_owned(),
        |line| format!("panics at {}", short(&line)),
    )))
}

fn ends_in_time(child: &mut Child) -> Result<bool> {
    let began = Instant::now();
    while child.try_wait()?.is_none() {
        if began.elapsed() > TIME_MAX {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(true)
}

/// The file and line of a panic, without the folders of the registry.
fn short(line: &str) -> String {
    let place = line.rsplit("panicked at").next().unwrap_or(line);
    let parts: Vec<&str> = place
        .trim()
        .trim_end_matches(':')
        .rsplit('/')
        .take(2)
        .collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}
