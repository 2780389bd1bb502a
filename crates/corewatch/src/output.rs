//! What the program says: data on stdout, complaints on stderr. A reader that has gone away is no error.

use anyhow::{Context, Result};
use serde::Serialize;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Prints `text` to stdout, as it is.
///
/// # Errors
/// If stdout cannot take it; not if its reader has had enough (a closed pipe).
pub fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to stdout"),
    }
}

/// Prints `value` as one line of JSON.
///
/// # Errors
/// As [`print()`].
pub fn print_json(value: &impl Serialize) -> Result<()> {
    let line = serde_json::to_string(value).context("cannot write JSON")?;
    print(&format!("{line}\n"))
}

/// Tells on stderr what went wrong.
pub fn complain(fault: &str) {
    // Where nobody listens nothing can be said.
    let _ = writeln!(io::stderr().lock(), "corewatch: {fault}");
}

/// Whether stderr is a terminal whose user does not object (<https://no-color.org>).
pub fn is_colour_wanted() -> bool {
    let objects = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !objects
}

/// Lines of columns: the first flush left, the others flush right.
pub fn columns<const N: usize>(lines: &[[String; N]]) -> String {
    let width = |column: usize| {
        let lengths = lines.iter().map(|line| line[column].chars().count());
        lengths.max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for line in lines {
        for (column, (cell, width)) in line.iter().zip(widths).enumerate() {
            text += &match column {
                0 => format!("{cell:width$}"),
                _ => format!("  {cell:>width$}"),
            };
        }
        text.push('\n');
    }
    text
}

/// Text from outside, with what could steer a terminal or turn the order of letters around written as `\u{1b}`.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_visible(letter) {
            safe.push(letter);
        } else {
            safe.extend(letter.escape_unicode());
        }
    }
    safe
}

/// Not control characters (C0, C1), and not the invisible ones that change how others are shown.
fn is_visible(letter: char) -> bool {
    !letter.is_control()
        && !matches!(
            letter,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A count with its thousands apart.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_column_is_flush_left() {
        let lines = [["rows", "7"], ["é", "1,000"]].map(|line| line.map(str::to_owned));
        assert_eq!(columns(&lines), "rows      7\né     1,000\n");
    }

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        let cases = [
            ("rrc00 é 東京", "rrc00 é 東京"),
            ("a\u{1b}[31m\nb", "a\\u{1b}[31m\\u{a}b"),
            ("\u{9b}2J\u{202e}x", "\\u{9b}2J\\u{202e}x"),
        ];
        for (text, expected) in cases {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn thousands_are_apart() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ];
        for (count, expected) in cases {
            assert_eq!(grouped(count), expected);
        }
    }
}
