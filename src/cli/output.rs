//! Where a command's words go: results to standard output, what happens on the way to standard error.
use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
};

use indicatif::{ProgressBar, ProgressStyle};
use kinstead::{contract, seed::Progress};
use serde_json::{Value, json};

use super::failure::Failure;

/// Writes text for people, or one JSON object a line for programs.
pub struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    pub fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    /// A result: text for people, the object for programs.
    pub fn result(&self, text: &str, object: &Value) {
        if self.json { line(&object.to_string()) } else { line(text) }
    }

    /// A document that is the result: as it is checked in for people, on one line for programs.
    pub fn document(&self, document: &Value) -> Result<(), Failure> {
        let text = if self.json { format!("{document}\n") } else { contract::pretty(document)? };
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        Ok(())
    }

    /// Something that only programs are told.
    pub fn event(&self, object: &Value) {
        if self.json {
            line(&object.to_string());
        }
    }

    /// Something that happens on the way.
    pub fn note(&self, text: &str) {
        if self.quiet {
            return;
        }
        if self.json {
            line(&json!({"event": "note", "text": text}).to_string());
        } else {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// Advice for people, which programs have no use for.
    pub fn advice(&self, text: &str) {
        if !self.quiet && !self.json {
            line(text);
        }
    }

    /// Why the command failed.
    pub fn failure(&self, failure: &Failure) {
        if matches!(failure, Failure::Said(_)) {
            return;
        }
        let mut stderr = io::stderr().lock();
        let _ = if self.json {
            let object = match failure {
                Failure::Config(faults) => {
                    json!({"error": "the configuration cannot be used", "faults": faults.0})
                }
                other => json!({"error": other.to_string()}),
            };
            writeln!(stderr, "{object}")
        } else {
            writeln!(stderr, "kinstead: {failure}")
        };
    }

    /// Shows how far long work is.
    pub fn meter(&self) -> Meter<'_> {
        let drawn = !self.json && !self.quiet && io::stderr().is_terminal();
        Meter { output: self, drawn, state: Mutex::default() }
    }
}

/// A line of standard output. Whoever closed it wants no more of it: that is no error.
fn line(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{text}");
    let _ = stdout.flush();
}

/// Progress of long work: a bar on a terminal, a line for every tenth elsewhere.
pub struct Meter<'o> {
    output: &'o Output,
    drawn: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    what: &'static str,
    tenth: u64,
    bar: Option<ProgressBar>,
}

impl Meter<'_> {
    pub fn show(&self, progress: Progress) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.drawn { draw(&mut state, progress) } else { self.write(&mut state, progress) }
    }

    fn write(&self, state: &mut State, Progress { what, done, of }: Progress) {
        let tenth = (done * 10).checked_div(of).unwrap_or(10);
        if self.output.quiet || (state.what == what && state.tenth == tenth) {
            return;
        }
        (state.what, state.tenth) = (what, tenth);
        if self.output.json {
            line(&json!({"event": "progress", "what": what, "done": done, "of": of}).to_string());
        } else {
            let _ = writeln!(io::stderr().lock(), "{what}: {done} of {of}");
        }
    }
}

fn draw(state: &mut State, Progress { what, done, of }: Progress) {
    if state.what != what {
        finish(state);
        let bar = ProgressBar::new(of).with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{msg:16} {wide_bar} {pos}/{len} {elapsed}")
        {
            bar.set_style(style);
        }
        (state.what, state.bar) = (what, Some(bar));
    }
    if let Some(bar) = &state.bar {
        bar.set_length(of);
        bar.set_position(done);
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        finish(self.state.get_mut().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Leaves the bar where it stands, with what comes next on a line of its own.
fn finish(state: &mut State) {
    if let Some(bar) = state.bar.take() {
        bar.abandon();
        let _ = writeln!(io::stderr().lock());
    }
}
