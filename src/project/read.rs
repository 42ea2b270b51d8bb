//! Reads a project file: given its text, it gives the project with defaults filled in, or tells what is wrong
//! with each part that can not be understood.

use std::path::{Path, PathBuf};

use super::model::{Project, ServiceFile};
use super::setting::Setting;
use super::{mesh, setting, sources};
use crate::diagnostic::{Code, Diagnostic, Level, Levels, code, did_you_mean};
use crate::graph::{Key, check_label, check_label_value};
use crate::source::{SourceId, Span, Spanned, Symbol};
use crate::yaml::{self, Mapping, Node};

const KEYS: &[&str] =
    &["name", "policies", "namespaces", "graph", "output", "environments", "mesh", "foreign", "lints"];

/// The Istio resources that `foreign:` can name.
const SECURITY_KINDS: &[&str] = &["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"];

/// Reads the text of the project file in the folder `root`. Without a name there is no project; any other
/// part that is wrong is reported and taken for its default.
pub fn read(root: &Path, source: SourceId, text: &str) -> (Option<Project>, Vec<Diagnostic>) {
    read_with(root, source, text, &[])
}

/// As [`read`], with settings that take the place of what the file says, later ones of earlier ones.
pub fn read_with(
    root: &Path,
    source: SourceId,
    text: &str,
    settings: &[(SourceId, &Setting)],
) -> (Option<Project>, Vec<Diagnostic>) {
    let (mut documents, mut diagnostics) = yaml::read(source, text);
    if documents.is_empty() && diagnostics.is_empty() && !settings.is_empty() {
        documents.push(setting::null(Span::new(source, 0, 0)));
    }
    if let [document] = documents.as_mut_slice()
        && (document.is_null() || document.as_mapping().is_some())
    {
        diagnostics.extend(settings.iter().flat_map(|(source, setting)| setting.apply(*source, document)));
    }
    let mut ctx = Context { root, diagnostics };
    let start = Span::new(source, 0, 0);
    let project = match documents.as_slice() {
        [] => {
            // After a syntax error there is nothing more to say.
            if ctx.diagnostics.is_empty() {
                ctx.report(empty_file(start));
            }
            None
        }
        [document] => ctx.project(source, document),
        [_, second, ..] => {
            let message = "the project file has more than one document";
            ctx.report(Diagnostic::new(CODE, message, second.span, "a second one").note("remove the `---`"));
            None
        }
    };
    (project, ctx.diagnostics)
}

/// What is said about a wrong type or value anywhere in the project file.
pub(super) const CODE: Code = code::INVALID_PROJECT_FILE;

/// What every part of the reader needs: the folder that paths are relative to, and where to report.
pub(super) struct Context<'a> {
    pub(super) root: &'a Path,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Context<'_> {
    fn project(&mut self, source: SourceId, document: &Node) -> Option<Project> {
        let fields = self.keep(yaml::mapping(document, CODE))?;
        self.known_keys(fields, KEYS);
        let span = fields.entries.first().map_or(document.span, |(key, _)| key.span);
        let name = self.name(document, span);
        let policies = document.get("policies").map(|node| self.paths(node));
        let namespaces = document.get("namespaces").map(|node| self.namespaces(node));
        let output = document.get("output").and_then(|node| self.path(node));
        let graph = document.get("graph").map(|node| sources::read(self, node));
        let mesh = document.get("mesh").map(|node| mesh::read(self, node)).unwrap_or_default();
        let foreign = document.get("foreign").map(|node| self.foreign(node));
        let levels = document.get("lints").map(|node| self.levels(node));
        if let Some(node) = document.get("environments") {
            self.environments(node);
        }
        Some(Project {
            root: self.root.to_owned(),
            source,
            span,
            name: name?,
            policies: policies.unwrap_or_else(|| vec![Spanned::new(self.root.join("policies"), span)]),
            namespaces: namespaces.unwrap_or_default(),
            graph: graph.unwrap_or_default(),
            output: output.map_or_else(|| self.root.join("deploy/istio"), |path| path.node),
            mesh: mesh.mesh,
            dataplane: mesh.dataplane,
            injected: mesh.injected,
            istio: mesh.istio,
            path_normalization: mesh.path_normalization,
            foreign: foreign.unwrap_or_default(),
            levels: levels.unwrap_or_default(),
        })
    }

    fn name(&mut self, document: &Node, span: Span) -> Option<Symbol> {
        let Some(node) = document.get("name") else {
            let diagnostic = Diagnostic::new(CODE, "the project has no name", span, "`name:` is missing").note(
                "add `name: shop`: it becomes the label `app.kubernetes.io/part-of` of every object, which keeps \
                 this project's objects apart from another's",
            );
            self.report(diagnostic);
            return None;
        };
        let name = self.string(node)?;
        self.valid(name, node.span, check_label_value)
    }

    fn namespaces(&mut self, node: &Node) -> Vec<Spanned<Symbol>> {
        let mut namespaces = Vec::new();
        for item in items(node) {
            let name = self.string(item).and_then(|name| self.valid(name, item.span, check_label));
            namespaces.extend(name.map(|name| Spanned::new(name, item.span)));
        }
        namespaces
    }

    fn environments(&mut self, node: &Node) {
        let Some(environments) = self.keep(yaml::mapping(node, CODE)) else {
            return;
        };
        if let Some((first, _)) = environments.entries.first() {
            let message = "environments are not supported yet";
            let diagnostic = Diagnostic::new(code::NOT_SUPPORTED_YET, message, first.span, "declared here")
                .note("keep one project file for each environment until then");
            self.report(diagnostic);
        }
    }

    /// `Kind/namespace/name`
    fn foreign(&mut self, node: &Node) -> Vec<Spanned<Symbol>> {
        let mut resources = Vec::new();
        for item in items(node) {
            let Some(text) = self.string(item) else {
                continue;
            };
            let parts: Vec<&str> = text.split('/').collect();
            let problem = match parts.as_slice() {
                [kind, _, _] if !SECURITY_KINDS.contains(kind) => Some(
                    did_you_mean(kind, SECURITY_KINDS.iter().copied())
                        .unwrap_or_else(|| format!("the kind is one of `{}`", SECURITY_KINDS.join("`, `"))),
                ),
                [_, namespace, name] if !namespace.is_empty() && !name.is_empty() => None,
                _ => Some("write `Kind/namespace/name`".to_owned()),
            };
            match problem {
                None => resources.push(Spanned::new(text, item.span)),
                Some(advice) => {
                    let message = format!("`{text}` names no Istio security resource");
                    self.report(Diagnostic::new(CODE, message, item.span, "not understood").note(advice));
                }
            }
        }
        resources
    }

    fn levels(&mut self, node: &Node) -> Levels {
        let mut levels = Levels::default();
        let Some(mapping) = self.keep(yaml::mapping(node, CODE)) else {
            return levels;
        };
        for (key, value) in &mapping.entries {
            let Some(lint) = Code::find(key).filter(|code| code.is_lint()) else {
                self.report(unknown_lint(key));
                continue;
            };
            let choices = [("allow", Level::Allow), ("warn", Level::Warn), ("deny", Level::Deny)];
            if let Some(level) = self.choice(value, &choices) {
                levels.set(lint, level);
            }
        }
        levels
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn keep<T>(&mut self, read: Result<T, Diagnostic>) -> Option<T> {
        yaml::or_report(read, &mut self.diagnostics)
    }

    pub(super) fn known_keys(&mut self, mapping: &Mapping, known: &[&str]) {
        yaml::refuse_unknown_keys(mapping, known, CODE, &mut self.diagnostics);
    }

    pub(super) fn string(&mut self, node: &Node) -> Option<Symbol> {
        self.keep(yaml::string(node, CODE))
    }

    pub(super) fn valid(
        &mut self,
        text: Symbol,
        span: Span,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Option<Symbol> {
        self.keep(yaml::name(text, span, CODE, check))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, node: &Node, choices: &[(&str, T)]) -> Option<T> {
        let Some(text) = node.as_scalar().map(|scalar| &scalar.text) else {
            self.report(yaml::wrong_type(node, "a word", CODE));
            return None;
        };
        if let Some((_, value)) = choices.iter().find(|(word, _)| word == text) {
            return Some(*value);
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let label = format!("one of `{}`", words.join("`, `"));
        let mut diagnostic = Diagnostic::new(CODE, format!("unknown value `{text}`"), node.span, label);
        diagnostic.notes.extend(did_you_mean(text, words));
        self.report(diagnostic);
        None
    }

    /// A path, joined to the folder of the project file.
    pub(super) fn path(&mut self, node: &Node) -> Option<Spanned<PathBuf>> {
        let text = self.string(node)?;
        if text.is_empty() {
            self.report(Diagnostic::new(CODE, "an empty path", node.span, "a file or a folder is expected"));
            return None;
        }
        Some(Spanned::new(self.root.join(text.as_str()), node.span))
    }

    pub(super) fn paths(&mut self, node: &Node) -> Vec<Spanned<PathBuf>> {
        items(node).iter().filter_map(|item| self.path(item)).collect()
    }

    /// `namespace/name: file`
    pub(super) fn service_files(&mut self, node: &Node) -> Vec<(Key, ServiceFile)> {
        let mut files = Vec::new();
        let Some(mapping) = self.keep(yaml::mapping(node, CODE)) else {
            return files;
        };
        for (key, value) in &mapping.entries {
            match Key::parse(key) {
                Ok(service) => {
                    let file = self.path(value).map(|path| ServiceFile { service: key.span, path });
                    files.extend(file.map(|file| (service, file)));
                }
                Err(reason) => {
                    let message = format!("`{}` names no service", key.node);
                    self.report(Diagnostic::new(CODE, message, key.span, reason));
                }
            }
        }
        files
    }
}

/// A list, or one value alone where a list would have one item.
pub(super) fn items(node: &Node) -> &[Node] {
    node.as_sequence().unwrap_or(std::slice::from_ref(node))
}

fn empty_file(start: Span) -> Diagnostic {
    Diagnostic::new(CODE, "the project file is empty", start, "nothing is said here").note(
        "the smallest one is `name: shop` with `graph: {manifests: k8s/}` below it; `meshward init` writes one \
         with comments",
    )
}

fn unknown_lint(key: &Spanned<Symbol>) -> Diagnostic {
    if let Some(error) = Code::find(key) {
        let message = format!("`{}` is an error and no lint", key.node);
        return Diagnostic::new(CODE, message, key.span, format!("{} is always an error", error.id()));
    }
    let lints = code::ALL.iter().filter(|code| code.is_lint()).map(|code| code.name());
    let mut diagnostic = Diagnostic::new(
        CODE,
        format!("unknown lint `{}`", key.node),
        key.span,
        "there is no lint of this name",
    );
    diagnostic.notes.extend(did_you_mean(key, lints));
    diagnostic
}
