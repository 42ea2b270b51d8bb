//! Operations as entries of `to`. Istio joins the fields of one operation by "and", so two entries become one
//! only where they differ in a single field: `GET /a` and `GET /b` do, `GET /a` and `POST /b` do not.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use super::grant::Object;
use super::split::parts;
use crate::istio::resources::Operation;
use crate::source::Symbol;

/// An entry whose ports are still numbers.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Entry {
    ports: Vec<u16>,
    hosts: Vec<Symbol>,
    paths: Vec<Symbol>,
    methods: Vec<Symbol>,
    not_paths: Vec<Symbol>,
}

/// The operations of a grant, sorted. A list of paths of more than `part` bytes is parted over several.
pub(super) fn operations(part: usize, objects: &[&Object]) -> Vec<Operation> {
    let entries = objects.iter().map(|object| entry(object)).collect();
    let entries = merge(entries, |entry| &mut entry.paths);
    let entries = merge(entries, |entry| &mut entry.methods);
    let entries = merge(entries, |entry| &mut entry.hosts);
    let mut entries = merge(entries, |entry| &mut entry.ports);
    entries.sort_unstable();
    entries.into_iter().flat_map(|entry| written(part, entry)).collect()
}

fn entry(object: &Object) -> Entry {
    let ports = object.ports.to_vec();
    let Some(operation) = object.operation else {
        return Entry { ports, ..Entry::default() };
    };
    Entry {
        ports,
        hosts: operation.hosts.to_vec(),
        paths: operation.paths.to_vec(),
        methods: operation.methods.to_vec(),
        not_paths: operation.except_paths.to_vec(),
    }
}

/// Joins the entries that differ in one field only. An empty field is "any", which a list can not be added to,
/// so it joins with its like alone.
fn merge<T: Ord>(entries: Vec<Entry>, field: fn(&mut Entry) -> &mut Vec<T>) -> Vec<Entry> {
    if entries.len() < 2 {
        return entries;
    }
    let mut by_rest: IndexMap<(bool, Entry), Vec<T>, FxBuildHasher> =
        IndexMap::with_capacity_and_hasher(entries.len(), FxBuildHasher);
    for mut entry in entries {
        let mut values = std::mem::take(field(&mut entry));
        by_rest.entry((values.is_empty(), entry)).or_default().append(&mut values);
    }
    by_rest
        .into_iter()
        .map(|((_, mut entry), mut values)| {
            values.sort_unstable();
            values.dedup();
            *field(&mut entry) = values;
            entry
        })
        .collect()
}

fn written(part: usize, entry: Entry) -> Vec<Operation> {
    let without_paths = Operation {
        hosts: entry.hosts.iter().flat_map(|host| host_forms(host)).collect(),
        ports: entry.ports.iter().map(|port| port.to_string().into()).collect(),
        methods: entry.methods.into(),
        not_paths: entry.not_paths.into(),
        ..Operation::default()
    };
    if entry.paths.is_empty() {
        return vec![without_paths];
    }
    let parts = parts(part, entry.paths).into_iter();
    parts.map(|paths| Operation { paths: paths.into(), ..without_paths.clone() }).collect()
}

/// A client may send `Host: h:443` for `h`, and Istio compares the header as it was sent.
fn host_forms(host: &str) -> Vec<String> {
    let behind_address = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    let has_port = behind_address.contains(':');
    if has_port || host.contains('*') {
        vec![host.to_owned()]
    } else {
        vec![host.to_owned(), format!("{host}:*")]
    }
}
