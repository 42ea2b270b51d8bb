//! What a person or a pipe gets to see: results on standard output, everything else on standard error.

use std::io::{ErrorKind, IsTerminal as _, Stderr, Stdout, Write as _};
use std::time::Duration;

use meshward::diagnostic::{Diagnostic, one_line, render_human};
use meshward::source::SourceMap;

use super::args::{Color, Common};
use super::failure::Failure;

/// Both output streams, as the common options set them up.
pub(crate) struct Terminal {
    results: Stdout,
    messages: Stderr,
    color: bool,
    quiet: bool,
    verbose: bool,
}

impl Terminal {
    /// Decides about colour and loudness once.
    pub(crate) fn new(common: &Common) -> Self {
        let color = match common.color {
            Color::Always => true,
            Color::Auto => std::io::stderr().is_terminal() && !is_set("NO_COLOR") && !is_dumb(),
            Color::Never => false,
        };
        Self {
            results: std::io::stdout(),
            messages: std::io::stderr(),
            color,
            quiet: common.quiet,
            verbose: common.verbose,
        }
    }

    /// Writes a result to standard output. A reader that went away (`| head`) has seen enough: that is no
    /// failure, and the exit code stays what the result makes it.
    pub(crate) fn result(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = self.results.lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Output(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Writes a line about the work to standard error, unless `--quiet`.
    pub(crate) fn say(&self, line: &str) {
        if !self.quiet {
            self.line(&one_line(line));
        }
    }

    /// Shows diagnostics to a person.
    pub(crate) fn report(&self, sources: &SourceMap, diagnostics: &[Diagnostic]) {
        self.write(&render_human(sources, diagnostics, self.color));
    }

    /// Tells how long a stage took, under `--verbose`.
    pub(crate) fn stage(&self, name: &str, took: Duration) {
        if self.verbose {
            self.line(&format!("{name:<8}{:>9.1} ms", took.as_secs_f64() * 1e3));
        }
    }

    /// Writes a line about the work, under `--verbose`.
    pub(crate) fn detail(&self, line: &str) {
        if self.verbose {
            self.line(line);
        }
    }

    /// Says why a command stopped.
    pub(crate) fn fail(&self, failure: &Failure) {
        let head = if self.color { "\x1b[1;31merror\x1b[0m" } else { "error" };
        self.line(&format!("{head}: {}", one_line(&failure.to_string())));
        for advice in failure.advice().lines() {
            self.line(&format!("  = {}", one_line(advice)));
        }
    }

    fn line(&self, line: &str) {
        self.write(&format!("{line}\n"));
    }

    /// Where standard error itself can not be written there is nobody left to tell.
    fn write(&self, text: &str) {
        let _ = self.messages.lock().write_all(text.as_bytes());
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}
