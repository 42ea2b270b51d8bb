//! Builds the service graph of a project: loads every file that the project names, reads them side by side,
//! and joins the facts.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::manifests::{self, Manifest};
use super::model::{Endpoint, Key, ServiceGraph};
use super::native::{self, NativeFile};
use super::{openapi, protobuf};
use crate::diagnostic::{Diagnostic, MOST_LOOKS, code, did_you_mean, sparingly};
use crate::project::{GraphSources, ManifestSource, Project, ServiceFile, unreadable};
use crate::source::{Loader, SourceId, SourceMap, Span, Spanned, Symbol};
use crate::yaml::{self, Node};

/// Reads everything that `project` names below `graph:`. Whatever is wrong with a file, or stands against reading
/// it, is a diagnostic.
pub fn build(
    loader: &dyn Loader,
    sources: &mut SourceMap,
    project: &Project,
) -> (ServiceGraph, Vec<Diagnostic>) {
    let mut graph = ServiceGraph::default();
    let mut ctx =
        Context { loader, sources, root: &project.root, copies: HashMap::new(), diagnostics: Vec::new() };
    let (natives, manifests) = ctx.read_facts(&project.graph);

    let mut descriptions = described_by_project(&project.graph);
    descriptions.extend(natives.iter().flat_map(Native::descriptions));
    let natives: Vec<NativeFile> = natives.into_iter().map(|native| native.file).collect();

    native::add_namespaces(&natives, &mut graph, &mut ctx.diagnostics);
    manifests::read(&manifests, &mut graph, &mut ctx.diagnostics);
    graph.security = manifests::security_documents(manifests);
    graph.finish();
    sparingly(MOST_LOOKS, || {
        native::add_services(natives, &mut graph, &mut ctx.diagnostics);
        ctx.add_endpoints(&descriptions, &mut graph);
    });
    graph.finish();
    (graph, once(ctx.diagnostics, &ctx.copies))
}

/// What is wrong with a file is wrong with it in each namespace that it is read for, and told once.
fn once(mut diagnostics: Vec<Diagnostic>, copies: &HashMap<SourceId, SourceId>) -> Vec<Diagnostic> {
    if copies.is_empty() {
        return diagnostics;
    }
    let mut told = HashSet::new();
    diagnostics.retain(|diagnostic| {
        let Span { source, start, end } = diagnostic.primary.span;
        let place = (*copies.get(&source).unwrap_or(&source), start, end);
        told.insert((place, diagnostic.message.clone(), diagnostic.primary.message.clone()))
    });
    diagnostics
}

/// A native file, and the folder that the paths in it start from.
struct Native {
    folder: PathBuf,
    file: NativeFile,
}

/// A file that tells the endpoints of a service.
struct Description {
    service: Key,
    /// What names the service.
    span: Span,
    path: Spanned<PathBuf>,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    OpenApi,
    Protobuf,
}

impl Native {
    fn descriptions(&self) -> impl Iterator<Item = Description> {
        self.file.services.iter().flat_map(|service| {
            let description = |path: &Spanned<Symbol>, form| Description {
                service: service.key,
                span: service.span,
                path: Spanned::new(self.folder.join(path.as_str()), path.span),
                form,
            };
            let openapi = service.openapi.iter().map(move |path| description(path, Form::OpenApi));
            openapi.chain(service.protobuf.iter().map(move |path| description(path, Form::Protobuf)))
        })
    }
}

fn described_by_project(graph: &GraphSources) -> Vec<Description> {
    let description = |(service, file): (&Key, &ServiceFile), form| Description {
        service: *service,
        span: file.service,
        path: file.path.clone(),
        form,
    };
    let openapi = graph.openapi.iter().map(|entry| description(entry, Form::OpenApi));
    openapi.chain(graph.protobuf.iter().map(|entry| description(entry, Form::Protobuf))).collect()
}

/// A file to read, and the path that the project names: itself, or a folder above it.
#[derive(Clone, Copy)]
struct File<'a> {
    path: &'a Path,
    named: &'a Spanned<PathBuf>,
}

/// A file of manifests, and the entry that names it or its folder.
struct ManifestFile<'g> {
    path: PathBuf,
    named: &'g ManifestSource,
    /// The position of its first reading, where it is read again for another namespace.
    copy_of: Option<usize>,
}

impl ManifestFile<'_> {
    /// The namespace of objects that name none.
    fn namespace(&self) -> Option<Symbol> {
        self.named.namespace.as_ref().map(|name| name.node)
    }
}

/// What loading needs, and where to report.
struct Context<'a> {
    loader: &'a dyn Loader,
    sources: &'a mut SourceMap,
    root: &'a Path,
    /// Files that are read again for another namespace, each with its first reading.
    copies: HashMap<SourceId, SourceId>,
    diagnostics: Vec<Diagnostic>,
}

impl Context<'_> {
    /// Native files and manifests, all parsed side by side.
    fn read_facts(&mut self, graph: &GraphSources) -> (Vec<Native>, Vec<Manifest>) {
        let manifests = self.manifest_files(graph);
        let natives = graph.services.iter().map(|path| File { path: &path.node, named: path });
        let found = manifests.iter().map(|file| File { path: &file.path, named: &file.named.path });
        let mut documents = self.read_documents(&natives.chain(found).collect::<Vec<_>>());

        let manifest_documents = documents.split_off(graph.services.len());
        let sources: Vec<Option<SourceId>> =
            manifest_documents.iter().map(|read| read.as_ref().map(|(source, _)| *source)).collect();
        for (file, source) in manifests.iter().zip(&sources) {
            if let (Some(source), Some(Some(first))) = (source, file.copy_of.map(|first| sources[first])) {
                self.copies.insert(*source, first);
            }
        }
        let manifests = manifests.into_iter().zip(manifest_documents).filter_map(|(file, read)| {
            let (source, documents) = read?;
            Some(Manifest { source, documents, namespace: file.namespace() })
        });
        let manifests = manifests.collect();
        let mut files = Vec::new();
        for (path, read) in graph.services.iter().zip(documents) {
            let Some((_, documents)) = read else { continue };
            let folder = path.parent().unwrap_or(self.root).to_owned();
            files.push(Native { folder, file: native::read(&documents, &mut self.diagnostics) });
        }
        (files, manifests)
    }

    /// Each file once for each namespace. Links may lead to one file by several paths.
    fn manifest_files<'g>(&mut self, graph: &'g GraphSources) -> Vec<ManifestFile<'g>> {
        let mut files: Vec<ManifestFile<'g>> = Vec::new();
        let mut known: HashMap<PathBuf, Vec<usize>> = HashMap::new();
        for named in &graph.manifests {
            let found = match self.loader.walk(&named.path.node, &["json", "yaml", "yml"]) {
                Ok(found) => found,
                Err(error) => {
                    self.diagnostics.push(unreadable(self.root, &named.path, &error));
                    continue;
                }
            };
            for path in found {
                let readings = known.entry(self.loader.identity(&path)).or_default();
                let file = ManifestFile { path, named, copy_of: readings.first().copied() };
                if readings.iter().all(|other| files[*other].namespace() != file.namespace()) {
                    readings.push(files.len());
                    files.push(file);
                }
            }
        }
        files
    }

    /// The documents of each file, in the order of `files`; `None` for one that can not be read.
    fn read_documents(&mut self, files: &[File<'_>]) -> Vec<Option<(SourceId, Vec<Node>)>> {
        let ids = self.load(files);
        let sources = &*self.sources;
        let read = |id: &Option<SourceId>| id.map(|id| (id, yaml::read(id, &sources.get(id).text)));
        let read: Vec<_> = ids.par_iter().map(read).collect();
        let mut documents = Vec::with_capacity(read.len());
        for file in read {
            documents.push(file.map(|(id, (documents, diagnostics))| {
                self.diagnostics.extend(diagnostics);
                (id, documents)
            }));
        }
        documents
    }

    /// A source for each file that can be read, and a diagnostic for each other one.
    fn load(&mut self, files: &[File<'_>]) -> Vec<Option<SourceId>> {
        let texts: Vec<_> = files.par_iter().map(|file| self.loader.read(file.path)).collect();
        let mut ids = Vec::with_capacity(files.len());
        for (file, text) in files.iter().zip(texts) {
            match text {
                Ok(text) => ids.push(Some(self.sources.add(shown(self.root, file.path), text))),
                Err(error) => {
                    self.diagnostics.push(unreadable(self.root, file.named, &error));
                    ids.push(None);
                }
            }
        }
        ids
    }

    fn add_endpoints(&mut self, descriptions: &[Description], graph: &mut ServiceGraph) {
        let files = descriptions.iter().map(|description| {
            let path = &description.path;
            File { path: &path.node, named: path }
        });
        let ids = self.load(&files.collect::<Vec<_>>());
        let sources = &*self.sources;
        let read: Vec<(Vec<Endpoint>, Vec<Diagnostic>)> = descriptions
            .par_iter()
            .zip(ids)
            .map(|(description, id)| match (id, description.form) {
                (None, _) => (Vec::new(), Vec::new()),
                (Some(id), Form::OpenApi) => openapi::read(id, &sources.get(id).text),
                (Some(id), Form::Protobuf) => protobuf::read(id, sources.get(id)),
            })
            .collect();
        let mut unknown = Vec::new();
        for (description, (endpoints, diagnostics)) in descriptions.iter().zip(read) {
            self.diagnostics.extend(diagnostics);
            match graph.services.get_mut(&description.service) {
                Some(service) => service.endpoints.extend(endpoints),
                None => unknown.push(description),
            }
        }
        if !unknown.is_empty() {
            let names: Vec<String> = graph.services.keys().map(Key::to_string).collect();
            self.diagnostics
                .extend(unknown.into_iter().map(|description| unknown_service(description, &names)));
        }
    }
}

fn unknown_service(description: &Description, names: &[String]) -> Diagnostic {
    let service = &description.service;
    let message = format!("there is no service `{service}`");
    let label = "its endpoints are told, and nothing else is known of it";
    let mut diagnostic = Diagnostic::new(code::INVALID_PROJECT_FILE, message, description.span, label);
    diagnostic.notes.extend(did_you_mean(&service.to_string(), names.iter().map(String::as_str)));
    diagnostic
}

/// A path as messages show it: relative to the project where it lies below it.
fn shown(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
