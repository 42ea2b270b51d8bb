//! Reads the endpoints of a gRPC service from its protobuf file, without following imports: a method is called
//! by its name alone, whatever its messages are.

use std::collections::HashMap;
use std::ops::Range;

use super::model::Endpoint;
use crate::diagnostic::{Diagnostic, code};
use crate::source::{Source, SourceId, Span};

/// Field numbers in `FileDescriptorProto` and below: `service`, its `method`, that one's `name`.
const SERVICE: i32 = 6;
const METHOD: i32 = 2;
const NAME: i32 = 1;

/// `POST /package.Service/Method` for every method of every service, each at the place of its name.
pub(super) fn read(id: SourceId, source: &Source) -> (Vec<Endpoint>, Vec<Diagnostic>) {
    let text = &*source.text;
    let file = match protox_parse::parse(&source.name, text) {
        Ok(file) => file,
        Err(error) => {
            let range = error.span().unwrap_or_else(|| text.trim_end().len()..text.trim_end().len());
            let span = Span::new(id, range.start, range.end);
            return (
                Vec::new(),
                vec![Diagnostic::new(code::INVALID_GRAPH_FILE, error.to_string(), span, "")],
            );
        }
    };
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let places: HashMap<&[i32], &[i32]> =
        locations.map(|location| (location.path.as_slice(), location.span.as_slice())).collect();
    let lines = Lines::of(text);
    let mut endpoints = Vec::new();
    for (service_index, service) in (0..).zip(&file.service) {
        let package = file.package().to_owned();
        let prefix = if package.is_empty() { package } else { format!("{package}.") };
        for (method_index, method) in (0..).zip(&service.method) {
            let path = [SERVICE, service_index, METHOD, method_index, NAME];
            let range = places.get(path.as_slice()).and_then(|place| lines.range(place));
            let range = range.unwrap_or(0..0);
            endpoints.push(Endpoint {
                method: "POST".into(),
                path: format!("/{prefix}{}/{}", service.name(), method.name()).into(),
                span: Span::new(id, range.start, range.end),
            });
        }
    }
    (endpoints, Vec::new())
}

/// The first byte of each line, to turn lines and columns into bytes. Both are counted from 0, columns in bytes.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.match_indices('\n').map(|(newline, _)| newline + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// `[line, column, end column]`, with an end line in between where it is another one.
    fn range(&self, place: &[i32]) -> Option<Range<usize>> {
        let (start, end) = match *place {
            [line, start, end] => ((line, start), (line, end)),
            [line, start, end_line, end] => ((line, start), (end_line, end)),
            _ => return None,
        };
        Some(self.byte(start)?..self.byte(end)?)
    }

    fn byte(&self, (line, column): (i32, i32)) -> Option<usize> {
        let start = self.starts.get(usize::try_from(line).ok()?)?;
        Some(start + usize::try_from(column).ok()?)
    }
}
