//! Who gets through to a target, as a table.

use indexmap::IndexSet;
use meshward::query::{CallerKind, CallerRow, Callers, PortRow, RulePlace};

use super::super::phrase::counted;
use super::table::Table;

/// One row for each caller, or for each of its ports where they differ; what it may do stands there where no request was asked about.
pub(super) fn table(found: &Callers) -> Table {
    let target = &found.place;
    let what = match found.request.as_deref() {
        Some("connect") => format!("connect to `{target}`"),
        Some(request) => format!("{request} on `{target}`"),
        None => format!("reach `{target}`"),
    };
    let title = match found.callers.len() {
        0 => format!("nobody may {what}"),
        count => format!("{} may {what}", counted(count, "caller")),
    };
    let shown = Shown {
        ports: !found.callers.iter().all(|row| is_alike(row, found)),
        may: found.request.is_none(),
        only: found.callers.iter().any(|row| !row.conditions.is_empty()),
    };
    let mut columns = vec!["caller", "workloads"];
    columns.extend(shown.ports.then_some("port"));
    columns.extend(shown.may.then_some("may"));
    columns.extend(shown.only.then_some("only"));
    columns.push("said by");
    let parts = found.callers.iter().flat_map(|row| row.by_port.iter().map(move |part| (row, part)));
    let rows = parts.map(|(row, part)| cells(row, part, &shown)).collect();
    let is_external = found.callers.iter().any(|row| row.external);
    let external = is_external.then(|| "a CUSTOM policy asks a provider of the mesh first".to_owned());
    let unsaid = shown.only.then(|| UNSAID.to_owned());
    let notes = external.into_iter().chain(unsaid).chain(found.note.clone()).collect();
    Table { title, columns, rows, notes }
}

/// How to ask about what the question left open.
const UNSAID: &str = "what is listed under `only` was not asked: `--source-ip`, `--remote-ip`, `--header`, `--host`, \
                      `--sni` and `--claim` say it";

/// The columns that not every answer needs.
struct Shown {
    /// Where it is not the same at each port.
    ports: bool,
    /// Where no request was asked about.
    may: bool,
    /// Where it hangs on what the question does not say.
    only: bool,
}

/// Whether a caller may do the same at all ports.
fn is_alike(row: &CallerRow, found: &Callers) -> bool {
    match row.by_port.as_slice() {
        [only] => only.ports == found.asked_ports,
        _ => false,
    }
}

fn cells(row: &CallerRow, part: &PortRow, shown: &Shown) -> Vec<Vec<String>> {
    let mut cells = vec![vec![row.caller.clone()], workloads(row)];
    if shown.ports {
        let ports: Vec<String> = part.ports.iter().map(u16::to_string).collect();
        cells.push(vec![ports.join(", ")]);
    }
    if shown.may {
        cells.push(part.operations.clone());
    }
    if shown.only {
        cells.push(part.conditions.clone());
    }
    cells.push(said_by(&part.rules));
    cells
}

fn workloads(row: &CallerRow) -> Vec<String> {
    match row.kind {
        CallerKind::Account => vec!["none that is known".to_owned()],
        CallerKind::Anyone => vec!["whoever connects, in plaintext too".to_owned()],
        CallerKind::Mesh => vec!["any identity of the mesh".to_owned()],
        CallerKind::Pattern => vec!["all that match".to_owned()],
        CallerKind::Workloads => row.workloads.clone(),
    }
}

/// So many places are listed.
const MOST_PLACES: usize = 5;

/// The statements, or the rules where there are none.
pub(super) fn said_by(rules: &[RulePlace]) -> Vec<String> {
    if rules.is_empty() {
        return vec!["nothing: no ALLOW policy, or no proxy".to_owned()];
    }
    let said = |rule: &RulePlace| match &rule.place {
        Some(place) => place.clone(),
        None => format!("{} rule[{}]", rule.policy, rule.rule),
    };
    // One statement may have come to several rules, with another between them.
    let places: IndexSet<String> = rules.iter().map(said).collect();
    let more = places.len().saturating_sub(MOST_PLACES);
    let places = places.into_iter().take(MOST_PLACES);
    places.chain((more > 0).then(|| format!("and {more} more"))).collect()
}
