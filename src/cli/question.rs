//! The question of `can` and `who`: the words of the command line as one line, read and bound.

use std::collections::BTreeSet;
use std::ffi::OsString;

use meshward::check::{self, Asked};
use meshward::graph::ServiceGraph;
use meshward::query::{Sent, Unanswered, World};
use meshward::source::{SourceId, Symbol};
use meshward::syntax;

use super::args::RequestArgs;
use super::{Failure, Terminal, claims, world};

/// The arguments of the process, with a blank before one that begins with an arrow, which would be taken for an
/// option otherwise.
pub(crate) fn protected(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    arguments.map(|argument| match argument.to_str() {
        Some(text) if text.starts_with("->") => OsString::from(format!(" {text}")),
        Some(_) | None => argument,
    })
}

/// One line of the words. `to` stands for an arrow where there is none.
pub(crate) fn line(words: &[String]) -> Result<String, Failure> {
    let has_arrow = words.iter().any(|word| word.contains("->"));
    if !has_arrow && words.iter().any(|word| word.ends_with('-')) {
        return Err(redirected(words));
    }
    let mut line = words.iter().map(|word| word.trim()).collect::<Vec<_>>().join(" ");
    if !has_arrow {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        if let [name] = words[..]
            && is_name(name)
        {
            return Err(without_arrow(name));
        }
        if let Some(to) = words.iter_mut().find(|word| **word == "to") {
            *to = "->";
        }
        line = words.join(" ");
    }
    if line.is_empty() {
        return Err(Failure::usage("there is no question", "ask `'orders -> payments GET /a'`"));
    }
    Ok(line)
}

/// Whether a word looks like the name of a service or workload.
fn is_name(word: &str) -> bool {
    let has_letters_of_a_name =
        word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-./".contains(&byte));
    has_letters_of_a_name && !["anyone", "mesh", "to"].contains(&word)
}

/// `who carts`
fn without_arrow(name: &str) -> Failure {
    Failure::usage(
        format!("`{name}` alone does not tell whether it calls or is called"),
        format!(
            "`meshward who '-> {name}'` tells who may call it\n`meshward who '{name} ->'` tells what it may call"
        ),
    )
}

/// `can orders -> payments` without quotes: what arrives is `orders -`, and the rest went into a file.
fn redirected(words: &[String]) -> Failure {
    Failure::usage(
        format!("all that arrived is `{}`: the shell has taken `>` for a redirection", words.join(" ")),
        "quote the question: `meshward can 'orders -> payments GET /a'`; the shell has written to a file that \
         is called like the word behind `>`",
    )
}

/// The question with its names bound to what is asked; nothing where it was reported what is wrong with it.
pub(crate) fn bound<'a>(
    asked: &'a mut world::Loaded,
    line: &str,
    terminal: &Terminal,
) -> Option<(Asked<'a>, &'a world::Loaded)> {
    let source = asked.sources.add("question", line);
    let asked = &*asked;
    let bound =
        syntax::question(source, line).and_then(|question| check::question(&asked.world.graph, &question));
    match bound {
        Ok(question) => Some((question, asked)),
        Err(diagnostics) => {
            terminal.report(&asked.sources, &diagnostics);
            None
        }
    }
}

/// The namespaces whose objects decide about what the question is sent to; `None` where that may be anywhere.
pub(crate) fn namespaces(line: &str, graph: &ServiceGraph) -> Option<BTreeSet<Symbol>> {
    let question = syntax::question(SourceId(0), line).ok()?;
    let target = check::question(graph, &question).ok()?.target?;
    let of_places = target.places.iter().map(|place| place.workload.key.namespace);
    let of_waypoints = graph.waypoints.keys().map(|waypoint| waypoint.namespace);
    Some(of_places.chain(of_waypoints).chain([target.key.namespace]).collect())
}

/// What the options say about the request.
pub(crate) fn sent(args: &RequestArgs, world: &World) -> Sent {
    Sent {
        in_plaintext: args.plaintext,
        host: args.host.clone(),
        headers: claims::headers(args),
        token: claims::token(args, world),
        source_ip: args.source_ip,
        remote_ip: args.remote_ip,
        sni: args.sni.clone(),
        ..Sent::default()
    }
}

/// Why there is no answer, as a failure of the command.
pub(crate) fn unanswered(unanswered: Unanswered) -> Failure {
    match unanswered {
        Unanswered::Unfit(message, advice) => Failure::usage(message, advice),
        Unanswered::Unknown(reason) => {
            Failure::usage(reason.to_string(), "so what it decides is not known, and no answer is given")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::line;

    fn of(words: &[&str]) -> Option<String> {
        line(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn words_and_one_argument_make_the_same_line() {
        let expected = Some("orders -> payments GET /a".to_owned());
        assert_eq!(of(&["orders -> payments GET /a"]), expected);
        assert_eq!(of(&["orders", " ->", "payments", "GET", "/a"]), expected);
        assert_eq!(of(&["orders", "to", "payments", "GET", "/a"]), expected);
        assert_eq!(of(&["orders to payments GET /a"]), expected);
        assert_eq!(of(&[" -> payments"]), Some("-> payments".to_owned()));
    }

    #[test]
    fn what_a_redirection_leaves_over_is_no_question() {
        assert_eq!(of(&["orders", "-", "GET", "/a"]), None);
        assert_eq!(of(&["orders-"]), None);
    }
}
