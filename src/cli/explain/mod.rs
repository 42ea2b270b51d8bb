//! `meshward explain`: the page of a diagnostic, the list of all of them, or a denial that a proxy has logged.

mod args;
mod denial;

use std::fmt::Write as _;

use meshward::diagnostic::{Code, Level, code, did_you_mean};

use super::args::{Common, Format};
use super::{Exit, Failure, Terminal};
pub(crate) use args::ExplainArgs;

/// Prints the page of the code that is asked for, or the list of codes.
pub(crate) fn run(common: &Common, args: &ExplainArgs, terminal: &Terminal) -> Result<Exit, Failure> {
    if let Some(text) = &args.denial {
        return denial::run(common, args, text, terminal);
    }
    let codes = match &args.code {
        Some(text) => vec![find(text)?],
        None => code::ALL.to_vec(),
    };
    let text = match (args.format, &args.code) {
        (Format::Human, Some(_)) => codes.iter().map(|code| code.page()).collect(),
        (Format::Human, None) => list(&codes),
        (Format::Json, _) => json(&codes),
    };
    terminal.result(&text)?;
    Ok(Exit::Fine)
}

fn find(text: &str) -> Result<Code, Failure> {
    Code::find(text).ok_or_else(|| {
        let known = code::ALL.iter().flat_map(|code| [code.id(), code.name()]);
        let advice = did_you_mean(text, known)
            .unwrap_or_else(|| "`meshward explain` without a code lists all of them".to_owned());
        Failure::usage(format!("unknown diagnostic `{text}`"), advice)
    })
}

fn list(codes: &[Code]) -> String {
    let width = codes.iter().map(|code| code.name().len()).max().unwrap_or_default();
    let mut text = String::new();
    for code in codes {
        let _ = writeln!(text, "{}  {:<width$}  {}", code.id(), code.name(), level_of(*code));
    }
    text
}

/// What a person calls the level: an error can not be changed, a lint can.
fn level_of(code: Code) -> &'static str {
    if !code.is_lint() {
        return "error";
    }
    match code.default_level() {
        Level::Allow => "lint, off unless the project asks for it",
        Level::Warn => "lint, warns",
        Level::Deny => "lint, an error",
    }
}

fn json(codes: &[Code]) -> String {
    let codes: Vec<_> = codes
        .iter()
        .map(|code| {
            let level = match code.default_level() {
                Level::Allow => "allow",
                Level::Warn => "warn",
                Level::Deny => "deny",
            };
            serde_json::json!({
                "code": code.id(),
                "name": code.name(),
                "lint": code.is_lint(),
                "level": level,
                "page": code.page(),
            })
        })
        .collect();
    format!("{:#}\n", serde_json::json!({ "version": 1, "codes": codes }))
}
