//! The configuration files of a pod, which are ConfigMaps that it mounts: each line is looked at for itself, in whatever
//! format it is.

use super::calls::ConfigMaps;
use super::sibling::Ports;
use crate::graph::model::Key;
use crate::source::Span;
use crate::yaml::Node;

/// A line of a configuration file.
pub(super) struct Setting<'a> {
    /// `db.host` of `db.host=postgres` and of `db.host: postgres`; empty where the line has no such form.
    pub(super) name: &'a str,
    /// What follows it, or the whole line.
    pub(super) value: &'a str,
    /// The port that another line gives: of `db.host` it is `db.port`.
    pub(super) port: Option<u16>,
    /// The text of the file among the manifests.
    pub(super) span: Span,
}

/// The lines of all files that the volumes of a pod bring along.
pub(super) fn settings<'a>(spec: &Node, namespace: &str, config_maps: &ConfigMaps<'a>) -> Vec<Setting<'a>> {
    let volumes = spec.items("volumes").iter();
    let sources = volumes.flat_map(|volume| {
        let projected =
            volume.get("projected").map(|projected| projected.items("sources")).unwrap_or_default();
        let named = projected.iter().filter_map(|source| source.get("configMap")?.text("name"));
        volume.get("configMap").and_then(|map| map.text("name")).into_iter().chain(named)
    });
    let maps = sources.filter_map(|name| config_maps.get(&Key::new(namespace, name))).flatten();
    let files = maps.flat_map(|map| map.entries.iter().map(|(_, file)| file));
    files.flat_map(of_file).collect()
}

fn of_file(file: &Node) -> Vec<Setting<'_>> {
    let text = file.as_scalar().map_or("", |scalar| scalar.text.as_str());
    let lines = text.lines().map(str::trim);
    let lines: Vec<(&str, &str)> = lines.filter(|line| !is_comment(line)).map(parts).collect();
    let ports = lines.iter().filter_map(|(name, value)| Some((*name, value.parse::<u16>().ok()?)));
    let ports = Ports::among(ports);
    let setting = |(name, value)| Setting { name, value, port: ports.beside(name), span: file.span };
    lines.into_iter().map(setting).collect()
}

fn is_comment(line: &str) -> bool {
    ["#", "//", ";", "--"].iter().any(|start| line.starts_with(start))
}

/// `key=value` and `key: value`, of JSON without its quotes.
fn parts(line: &str) -> (&str, &str) {
    let ends = [line.find('='), line.find(": ")];
    let Some(end) = ends.into_iter().flatten().min() else {
        return ("", line);
    };
    let around = [' ', '"', '\'', ','];
    (line[..end].trim_matches(around), line[end + 1..].trim_matches(around))
}
