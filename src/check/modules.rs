//! Which files a policy is made of: those of the project's folders, and those that they `use`.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::project::{Project, unreadable};
use crate::source::{Loader, SourceMap, Span, Spanned, Symbol};
use crate::syntax::{ast, parse, stdlib};

/// A parsed file and the files that it uses.
#[derive(Clone, Debug)]
pub struct Module {
    /// What it says.
    pub file: ast::File,
    /// The modules of its `use` statements that were found, by position in the list of modules.
    pub uses: Vec<Spanned<usize>>,
    /// Whether each `use` was found; otherwise an unknown `@name` is no news.
    pub complete: bool,
    /// Its path relative to the project, or `std/…`.
    path: PathBuf,
}

impl Module {
    /// A module of the standard library: what it declares need not be used.
    pub(super) fn is_standard(&self) -> bool {
        self.path.starts_with("std")
    }
}

/// Reads and parses every file of the project's `policies:` and all that they use.
///
/// Whatever is wrong with a file, or stands against reading it, is a diagnostic.
pub fn load(
    loader: &dyn Loader,
    project: &Project,
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Module> {
    let mut modules = Modules { loader, project, list: Vec::new(), by_path: HashMap::new() };
    modules.add_files(policy_files(loader, project, diagnostics), sources, diagnostics);
    // Each round loads what the last one mentioned for the first time.
    let mut done = 0;
    while done < modules.list.len() {
        let next = modules.list.len();
        for index in done..next {
            modules.follow(index, sources, diagnostics);
        }
        done = next;
    }
    report_cycles(&modules.list, diagnostics);
    modules.list
}

fn policy_files(
    loader: &dyn Loader,
    project: &Project,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<PolicyFile> {
    let mut files = Vec::new();
    let mut known = HashSet::new();
    for folder in &project.policies {
        let path = &folder.node;
        if let Some(diagnostic) = outside(loader, project, folder) {
            diagnostics.push(diagnostic);
            continue;
        }
        let found = if loader.exists(path) { loader.walk(path, &["ward"]) } else { Ok(Vec::new()) };
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                diagnostics.push(unreadable(&project.root, folder, &error));
                continue;
            }
        };
        if found.is_empty() {
            diagnostics.push(
                Diagnostic::new(
                    code::NO_POLICIES,
                    format!("there is no policy in `{}`", show(relative(project, path))),
                    folder.span,
                    "no file ending in `.ward` lies here",
                )
                .note("write a first one, such as `policies/main.ward`, or take it from a draft in a folder of its own: `meshward init DRAFT --from MANIFESTS`"),
            );
        }
        for file in found {
            // A folder may be listed twice, or once more by a link.
            if known.insert(loader.identity(&file)) {
                files.push(PolicyFile { path: relative(project, &file).to_owned(), named: folder.clone() });
            }
        }
    }
    files
}

/// A policy that the build would depend on and that is not reviewed with the project.
fn outside(loader: &dyn Loader, project: &Project, folder: &Spanned<PathBuf>) -> Option<Diagnostic> {
    let path = relative(project, &folder.node);
    // A link that lies in the project is reviewed with it, wherever it leads.
    let is_inside =
        stays_below(path) || loader.identity(&folder.node).starts_with(loader.identity(&project.root));
    let label = "leads out of the folder of `meshward.yaml`";
    (!is_inside).then(|| outside_project(&path.display().to_string(), folder.span, label))
}

/// Whether a path leads at no point above the folder that it starts from.
fn stays_below(path: &Path) -> bool {
    let mut depth = 0_usize;
    path.components().all(|component| match component {
        Component::CurDir => true,
        Component::Normal(_) => {
            depth += 1;
            true
        }
        Component::ParentDir => {
            let below = depth > 0;
            depth = depth.saturating_sub(1);
            below
        }
        Component::RootDir | Component::Prefix(_) => false,
    })
}

fn outside_project(path: &str, span: Span, label: &str) -> Diagnostic {
    Diagnostic::new(code::OUTSIDE_PROJECT, format!("`{path}` lies outside of the project"), span, label)
        .note("copy it into the project: what a build depends on must be reviewed with it")
}

/// A path as seen from the folder of the project.
fn relative<'a>(project: &Project, path: &'a Path) -> &'a Path {
    path.strip_prefix(&project.root).unwrap_or(path)
}

/// A policy file, relative to the project, and what names it or its folder.
struct PolicyFile {
    path: PathBuf,
    named: Spanned<PathBuf>,
}

struct Modules<'a> {
    loader: &'a dyn Loader,
    project: &'a Project,
    list: Vec<Module>,
    /// By the identity of the file; those of the standard library by their name.
    by_path: HashMap<PathBuf, usize>,
}

impl Modules<'_> {
    fn add_files(
        &mut self,
        files: Vec<PolicyFile>,
        sources: &mut SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let root = &self.project.root;
        // A source shares its text; making it so copies it, which is better done on all cores.
        let read = |file: &PolicyFile| self.loader.read(&root.join(&file.path)).map(Arc::<str>::from);
        let texts: Vec<_> = files.par_iter().map(read).collect();
        let mut read = Vec::new();
        for (file, text) in files.into_iter().zip(texts) {
            match text {
                Ok(text) => read.push((sources.add(show(&file.path), text), file.path)),
                Err(error) => diagnostics.push(unreadable(root, &file.named, &error)),
            }
        }
        let parsed: Vec<_> = read
            .par_iter()
            .map(|(id, path)| (parse(*id, &sources.get(*id).text), self.loader.identity(&root.join(path))))
            .collect();
        for ((_, path), ((file, found), identity)) in read.into_iter().zip(parsed) {
            diagnostics.extend(found);
            self.push(path, identity, file);
        }
    }

    fn push(&mut self, path: PathBuf, identity: PathBuf, file: ast::File) -> usize {
        let index = self.list.len();
        self.by_path.insert(identity, index);
        self.list.push(Module { file, uses: Vec::new(), complete: true, path });
        index
    }

    /// Binds the `use` statements of one module and loads the files that are not there yet.
    fn follow(&mut self, index: usize, sources: &mut SourceMap, diagnostics: &mut Vec<Diagnostic>) {
        let uses: Vec<_> = self.list[index]
            .file
            .items
            .iter()
            .filter_map(|item| match &item.statement {
                ast::Statement::Use(used) => Some(used.path),
                _ => None,
            })
            .collect();
        for used in uses {
            match self.find(index, &used, sources, diagnostics) {
                Ok(module) => self.list[index].uses.push(Spanned::new(module, used.span)),
                Err(diagnostic) => {
                    self.list[index].complete = false;
                    diagnostics.push(*diagnostic);
                }
            }
        }
    }

    fn find(
        &mut self,
        user: usize,
        used: &Spanned<Symbol>,
        sources: &mut SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<usize, Box<Diagnostic>> {
        if used.starts_with("std/") {
            return self.standard(used, sources, diagnostics);
        }
        let path = self.locate(user, used)?;
        let file = self.project.root.join(&path);
        let identity = self.loader.identity(&file);
        if let Some(index) = self.by_path.get(&identity) {
            return Ok(*index);
        }
        if !self.loader.exists(&file) {
            return Err(self.unknown(used, &path));
        }
        let named = Spanned::new(file, used.span);
        let text = self.loader.read(&named);
        let text = text.map_err(|error| Box::new(unreadable(&self.project.root, &named, &error)))?;
        let source = sources.add(show(&path), text);
        let (parsed, found) = parse(source, &sources.get(source).text);
        diagnostics.extend(found);
        Ok(self.push(path, identity, parsed))
    }

    fn standard(
        &mut self,
        used: &Spanned<Symbol>,
        sources: &mut SourceMap,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<usize, Box<Diagnostic>> {
        let path = PathBuf::from(used.as_str());
        if let Some(index) = self.by_path.get(&path) {
            return Ok(*index);
        }
        let Some(text) = stdlib::find(used) else {
            let mut diagnostic = Diagnostic::new(
                code::UNKNOWN_MODULE,
                format!("the standard library has no module `{}`", used.node),
                used.span,
                "not found",
            );
            let names = stdlib::MODULES.map(|(name, _)| name);
            diagnostic.notes.extend(did_you_mean(used, names));
            diagnostic.notes.push(format!("its modules are `{}`", names.join("`, `")));
            return Err(Box::new(diagnostic));
        };
        let source = sources.add(format!("{}.ward", used.node), text);
        let (file, found) = parse(source, text);
        diagnostics.extend(found);
        Ok(self.push(path.clone(), path, file))
    }

    /// The path of a used file, relative to the project.
    fn locate(&self, user: usize, used: &Spanned<Symbol>) -> Result<PathBuf, Box<Diagnostic>> {
        if !used.starts_with("./") && !used.starts_with("../") {
            return Err(Box::new(
                Diagnostic::new(
                    code::UNKNOWN_MODULE,
                    format!("`{}` is neither a file nor a module of the standard library", used.node),
                    used.span,
                    "not found",
                )
                .note(format!(
                    "a file is written `./{}`, a module of the standard library `std/…`",
                    used.node
                )),
            ));
        }
        let folder = self.list[user].path.parent().unwrap_or(Path::new(""));
        let mut path = PathBuf::new();
        for component in folder.join(format!("{}.ward", used.node)).components() {
            let inside = match component {
                Component::CurDir => true,
                Component::ParentDir => path.pop(),
                Component::Normal(part) => {
                    path.push(part);
                    true
                }
                Component::RootDir | Component::Prefix(_) => false,
            };
            if !inside {
                let label = "leads above the folder of `meshward.yaml`";
                return Err(Box::new(outside_project(used, used.span, label)));
            }
        }
        Ok(path)
    }

    fn unknown(&self, used: &Spanned<Symbol>, path: &Path) -> Box<Diagnostic> {
        let mut diagnostic = Diagnostic::new(
            code::UNKNOWN_MODULE,
            format!("there is no file `{}`", show(path)),
            used.span,
            "not found",
        );
        if let Some(stem) = used.strip_suffix(".ward") {
            let title = format!("write `{stem}`");
            return Box::new(
                diagnostic
                    .note(format!("{title}: the ending `.ward` is left out"))
                    .fix(title, used.span, stem),
            );
        }
        let known: Vec<String> = self.list.iter().map(|module| show(&module.path)).collect();
        diagnostic.notes.extend(did_you_mean(&show(path), known.iter().map(String::as_str)));
        Box::new(diagnostic)
    }
}

/// A path as messages show it.
fn show(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// One diagnostic for each `use` that closes a cycle.
fn report_cycles(modules: &[Module], diagnostics: &mut Vec<Diagnostic>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    fn visit(modules: &[Module], index: usize, states: &mut [State], diagnostics: &mut Vec<Diagnostic>) {
        states[index] = State::Open;
        for used in &modules[index].uses {
            match states[used.node] {
                State::New => visit(modules, used.node, states, diagnostics),
                State::Open => diagnostics.push(
                    Diagnostic::new(
                        code::CYCLIC_USE,
                        format!(
                            "`{}` uses itself, directly or by way of others",
                            show(&modules[used.node].path)
                        ),
                        used.span,
                        "closes the circle",
                    )
                    .note("move what both need into a third file"),
                ),
                State::Done => {}
            }
        }
        states[index] = State::Done;
    }
    let mut states = vec![State::New; modules.len()];
    for index in 0..modules.len() {
        if states[index] == State::New {
            visit(modules, index, &mut states, diagnostics);
        }
    }
}
