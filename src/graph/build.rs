//! Builds the service graph of a project: loads every file that the project names, reads them side by side,
//! and joins the facts.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use rayon::prelude::*;
use smol_str::SmolStr;

use super::manifests::{self, Manifest};
use super::model::{Endpoint, Key, ServiceGraph};
use super::native::{self, NativeFile};
use super::{openapi, protobuf};
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::project::{GraphSources, Project, ServiceFile};
use crate::source::{LoadError, Loader, SourceId, SourceMap, Span, Spanned};
use crate::yaml::{self, Node};

/// Reads everything that `project` names below `graph:`. A file that can not be read at all is the error;
/// whatever is wrong inside a file is a diagnostic.
pub fn build(
    loader: &dyn Loader,
    sources: &mut SourceMap,
    project: &Project,
) -> Result<(ServiceGraph, Vec<Diagnostic>), LoadError> {
    let mut graph = ServiceGraph::default();
    let mut ctx = Context { loader, sources, root: &project.root, diagnostics: Vec::new() };
    let (natives, manifests) = ctx.read_facts(&project.graph)?;

    let mut descriptions = described_by_project(&project.graph);
    descriptions.extend(natives.iter().flat_map(Native::descriptions));
    let natives: Vec<NativeFile> = natives.into_iter().map(|native| native.file).collect();

    native::add_namespaces(&natives, &mut graph, &mut ctx.diagnostics);
    manifests::read(&manifests, &mut graph, &mut ctx.diagnostics);
    graph.finish();
    native::add_services(natives, &mut graph, &mut ctx.diagnostics);
    ctx.add_endpoints(&descriptions, &mut graph)?;
    graph.finish();
    Ok((graph, ctx.diagnostics))
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
    path: PathBuf,
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
            let description = |path: &Spanned<SmolStr>, form| Description {
                service: service.key.clone(),
                span: service.span,
                path: self.folder.join(path.as_str()),
                form,
            };
            let openapi = service.openapi.iter().map(move |path| description(path, Form::OpenApi));
            openapi.chain(service.protobuf.iter().map(move |path| description(path, Form::Protobuf)))
        })
    }
}

fn described_by_project(graph: &GraphSources) -> Vec<Description> {
    let description = |(service, file): (&Key, &ServiceFile), form| Description {
        service: service.clone(),
        span: file.service,
        path: file.path.node.clone(),
        form,
    };
    let openapi = graph.openapi.iter().map(|entry| description(entry, Form::OpenApi));
    openapi.chain(graph.protobuf.iter().map(|entry| description(entry, Form::Protobuf))).collect()
}

/// What loading needs, and where to report.
struct Context<'a> {
    loader: &'a dyn Loader,
    sources: &'a mut SourceMap,
    root: &'a Path,
    diagnostics: Vec<Diagnostic>,
}

impl Context<'_> {
    /// Native files and manifests, all parsed side by side.
    fn read_facts(&mut self, graph: &GraphSources) -> Result<(Vec<Native>, Vec<Manifest>), LoadError> {
        let natives: Vec<PathBuf> = graph.services.iter().map(|path| path.node.clone()).collect();
        let manifests = self.manifest_files(graph)?;
        let paths: Vec<PathBuf> = natives.iter().chain(manifests.keys()).cloned().collect();
        let mut documents = self.read_documents(&paths)?;

        let manifest_documents = documents.split_off(natives.len());
        let manifests = manifests.into_values().zip(manifest_documents);
        let manifests = manifests
            .map(|(namespace, (source, documents))| Manifest { source, documents, namespace })
            .collect();
        let mut files = Vec::new();
        for (path, (_, documents)) in natives.iter().zip(documents) {
            let folder = path.parent().unwrap_or(self.root).to_owned();
            files.push(Native { folder, file: native::read(&documents, &mut self.diagnostics) });
        }
        Ok((files, manifests))
    }

    /// Each file once, with the namespace of its documents that name none.
    fn manifest_files(&self, graph: &GraphSources) -> Result<IndexMap<PathBuf, Option<SmolStr>>, LoadError> {
        let mut files = IndexMap::new();
        for manifest in &graph.manifests {
            for file in self.loader.walk(&manifest.path.node, &["json", "yaml", "yml"])? {
                files
                    .entry(file)
                    .or_insert_with(|| manifest.namespace.as_ref().map(|name| name.node.clone()));
            }
        }
        Ok(files)
    }

    /// The documents of each file, in the order of `paths`.
    fn read_documents(&mut self, paths: &[PathBuf]) -> Result<Vec<(SourceId, Vec<Node>)>, LoadError> {
        let ids = self.load(paths)?;
        let sources = &*self.sources;
        let read: Vec<_> = ids.par_iter().map(|id| yaml::read(*id, &sources.get(*id).text)).collect();
        let mut files = Vec::with_capacity(ids.len());
        for (id, (documents, diagnostics)) in ids.into_iter().zip(read) {
            self.diagnostics.extend(diagnostics);
            files.push((id, documents));
        }
        Ok(files)
    }

    fn load(&mut self, paths: &[PathBuf]) -> Result<Vec<SourceId>, LoadError> {
        let texts: Vec<String> =
            paths.par_iter().map(|path| self.loader.read(path)).collect::<Result<_, _>>()?;
        let named = paths.iter().map(|path| shown(self.root, path)).zip(texts);
        Ok(named.map(|(name, text)| self.sources.add(name, text)).collect())
    }

    fn add_endpoints(
        &mut self,
        descriptions: &[Description],
        graph: &mut ServiceGraph,
    ) -> Result<(), LoadError> {
        let paths: Vec<PathBuf> = descriptions.iter().map(|description| description.path.clone()).collect();
        let ids = self.load(&paths)?;
        let sources = &*self.sources;
        let read: Vec<(Vec<Endpoint>, Vec<Diagnostic>)> = descriptions
            .par_iter()
            .zip(ids)
            .map(|(description, id)| match description.form {
                Form::OpenApi => openapi::read(id, &sources.get(id).text),
                Form::Protobuf => protobuf::read(id, sources.get(id)),
            })
            .collect();
        for (description, (endpoints, diagnostics)) in descriptions.iter().zip(read) {
            self.diagnostics.extend(diagnostics);
            match graph.services.get_mut(&description.service) {
                Some(service) => service.endpoints.extend(endpoints),
                None => self.diagnostics.push(unknown_service(description, graph)),
            }
        }
        Ok(())
    }
}

fn unknown_service(description: &Description, graph: &ServiceGraph) -> Diagnostic {
    let service = &description.service;
    let names: Vec<String> = graph.services.keys().map(Key::to_string).collect();
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
