//! Where words go: results to standard output, everything else to standard error, or all of it as
//! JSON to standard output. A closed pipe (`chandlery … | head`) is no error.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use comfy_table::{Table, presets};
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::json;

use crate::config::Problems;
use crate::exit::{Exit, Status};

/// How often progress is told where no bar can be drawn.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// How often `--json` tells of it.
const EVENT_EVERY: Duration = Duration::from_secs(1);

/// How this run speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// JSON only.
    pub(crate) json: bool,
    /// No progress and no notes.
    pub(crate) quiet: bool,
}

impl Output {
    /// The result of a command: as JSON, or in words.
    pub(crate) fn result<T: Serialize>(&self, value: &T, words: impl FnOnce() -> String) {
        if self.json {
            print(&pretty(value));
        } else {
            print(words().trim_end_matches('\n'));
        }
    }

    /// A line about long work: one JSON object per line, or the words on standard error.
    pub(crate) fn event<T: Serialize>(&self, value: &T, words: impl FnOnce() -> String) {
        if self.json {
            print(&serde_json::to_string(value).expect("events are plain data"));
        } else if !self.quiet {
            eprintln!("{}", words());
        }
    }

    /// A remark for people.
    pub(crate) fn note(&self, words: &str) {
        if !self.json && !self.quiet {
            eprintln!("{words}");
        }
    }

    /// Tells an error and what the program ends with.
    pub(crate) fn error(&self, error: &anyhow::Error) -> Exit {
        let exit = Exit::of(error);
        if !self.json {
            eprintln!("error: {}", causes(error));
            return exit;
        }
        if error.downcast_ref::<Status>().is_some_and(|status| status.told) {
            return exit;
        }
        let problems = error.downcast_ref::<Problems>().map(|problems| &problems.0);
        let code = if problems.is_some() { "configuration" } else { exit.code() };
        let mut body = json!({ "code": code, "message": causes(error), "exit": exit as u8 });
        if let Some(problems) = problems {
            body["problems"] = json!(problems);
        }
        print(&json!({ "error": body }).to_string());
        exit
    }

    /// Progress through `total` bytes: a bar on a terminal, else a line every few seconds.
    pub(crate) fn progress(&self, label: &str, total: u64) -> Progress {
        let silent = self.json || self.quiet;
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        let on_terminal = io::stderr().is_terminal();
        if !silent && on_terminal {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
        }
        let template = "{prefix} {wide_bar} {bytes}/{total_bytes} {msg} {eta}";
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()),
        );
        bar.set_prefix(label.to_owned());
        Progress { bar, lines: !silent && !on_terminal, pace: self.pace() }
    }

    /// The same through `total` rows, or whatever else is counted.
    pub(crate) fn counted(&self, label: &str, total: u64) -> Progress {
        let progress = self.progress(label, total);
        let template = "{prefix} {wide_bar} {human_pos}/{human_len} {msg} {eta}";
        progress.bar.set_style(
            ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()),
        );
        progress
    }

    /// Says when the next line about long work is due.
    pub(crate) fn pace(&self) -> Pace {
        Pace {
            last: Mutex::new(Instant::now()),
            every: if self.json { EVENT_EVERY } else { TELL_EVERY },
        }
    }

    /// One line of a result that has several.
    pub(crate) fn say(&self, words: &str) {
        print(words);
    }
}

/// A table without lines; `trim_fmt` prints it.
pub(crate) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    table
}

/// Progress of one piece of work; the bar goes away when this is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    lines: bool,
    pace: Pace,
}

impl Progress {
    /// How far it is where the whole is known only now.
    pub(crate) fn of(&self, position: u64, total: u64, words: String) {
        self.bar.set_length(total);
        self.at(position, words);
    }

    /// How far it is, and a few words such as "12,000 rows".
    pub(crate) fn at(&self, position: u64, words: String) {
        self.bar.set_position(position);
        if self.lines && self.pace.is_due() {
            let total = self.bar.length().unwrap_or(position).max(1);
            let percent = position.min(total) * 100 / total;
            eprintln!("{}: {percent} %, {words}", self.bar.prefix());
        }
        self.bar.set_message(words);
    }
}

/// Keeps lines about long work apart.
pub(crate) struct Pace {
    last: Mutex<Instant>,
    every: Duration,
}

impl Pace {
    /// Whether a line is due; if so, the next one is due later.
    pub(crate) fn is_due(&self) -> bool {
        // A time can't be left half written.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.elapsed() >= self.every;
        if due {
            *last = Instant::now();
        }
        due
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// An error with its causes, each told once: some errors repeat their cause in their own words.
pub(crate) fn causes(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| {
        match told.is_empty() {
            true => cause,
            false if told.ends_with(&cause) => told,
            false => format!("{told}: {cause}"),
        }
    })
}

/// A number with a comma between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    HumanCount(number).to_string()
}

fn pretty<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).expect("results are plain data")
}

/// Prints a line, and stops speaking where nobody reads any more.
fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let error = anyhow::anyhow!("no such file").context("can't open x: no such file");
        assert_eq!(causes(&error), "can't open x: no such file");
        let error = anyhow::anyhow!("no such file").context("can't open x").context("import");
        assert_eq!(causes(&error), "import: can't open x: no such file");
    }
}
