//! One service in several native files: later files add what earlier ones leave out.

use indexmap::map::Entry;

use super::join::contradiction;
use super::model::{NativeFile, NativePort, NativeService};
use crate::diagnostic::Diagnostic;
use crate::graph::model::{IndexMap, Key};
use crate::source::{Span, Spanned};

/// The services of all files, each once, in the order in which they are first stated.
pub(super) fn services(
    files: Vec<NativeFile>,
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexMap<Key, NativeService> {
    let mut services = IndexMap::default();
    services.reserve(files.iter().map(|file| file.services.len()).sum());
    for service in files.into_iter().flat_map(|file| file.services) {
        match services.entry(service.key) {
            Entry::Vacant(entry) => {
                entry.insert(service);
            }
            Entry::Occupied(mut entry) => combine(entry.get_mut(), service, diagnostics),
        }
    }
    services
}

fn combine(known: &mut NativeService, new: NativeService, diagnostics: &mut Vec<Diagnostic>) {
    let name = &known.key;
    let differing = [
        ("service accounts", fill_in(&mut known.account, new.account)),
        ("sets of labels", fill_in(&mut known.labels, new.labels)),
        ("answers about a sidecar", fill_in(&mut known.sidecar, new.sidecar)),
    ];
    for (what, places) in differing {
        report(format!("two {what} for `{name}`"), places, diagnostics);
    }
    for port in new.ports {
        match known.ports.iter_mut().find(|other| other.number == port.number) {
            None => known.ports.push(port),
            Some(other) => combine_port(name, other, port, diagnostics),
        }
    }
    known.endpoints.extend(new.endpoints);
    known.calls.extend(new.calls);
}

fn combine_port(name: &Key, known: &mut NativePort, new: NativePort, diagnostics: &mut Vec<Diagnostic>) {
    let number = known.number;
    let differing = [
        ("names", fill_in(&mut known.name, new.name)),
        ("targets", fill_in(&mut known.target, new.target)),
        ("protocols", fill_in(&mut known.protocol, new.protocol)),
    ];
    for (what, places) in differing {
        report(format!("two {what} for port {number} of `{name}`"), places, diagnostics);
    }
}

/// Takes over a fact that is not known yet; gives both places where it is known and differs.
fn fill_in<T: PartialEq>(known: &mut Option<Spanned<T>>, new: Option<Spanned<T>>) -> Option<(Span, Span)> {
    let Some(first) = known else {
        *known = new;
        return None;
    };
    new.filter(|second| second.node != first.node).map(|second| (first.span, second.span))
}

fn report(what: String, places: Option<(Span, Span)>, diagnostics: &mut Vec<Diagnostic>) {
    if let Some((first, second)) = places {
        let [first, second] = [(first, "stated here"), (second, "and otherwise here")]
            .map(|(span, label)| (span, label.to_owned()));
        diagnostics.push(contradiction(what, first, second));
    }
}
