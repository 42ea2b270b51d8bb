//! Groups, networks and method sets: who declares them, who sees them, what they come to.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ipnet::IpNet;
use rustc_hash::FxHashMap;

use super::Input;
use super::context::Place;
use super::operations::check_method;
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::source::{Span, Spanned, Symbol};
use crate::syntax::ast;

/// What an `@name` stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// Members that are no groups themselves, each with the namespace statement around it.
    Group(Vec<(Place, Spanned<ast::Source>)>),
    /// Address blocks.
    Network { blocks: Vec<IpNet>, client: bool },
    /// Methods, in order of declaration, without duplicates.
    Methods(Vec<Symbol>),
}

impl Meaning {
    fn kind(&self) -> &'static str {
        match self {
            Self::Group(_) => "a group",
            Self::Network { .. } => "a network",
            Self::Methods(_) => "a method set",
        }
    }
}

/// One declaration.
#[derive(Debug)]
pub(super) struct Declaration {
    pub(super) name: Spanned<Symbol>,
    pub(super) meaning: Meaning,
    standard: bool,
    used: AtomicBool,
}

/// Every declaration and what each module sees of them.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    list: Vec<Declaration>,
    /// The first of each name.
    by_name: FxHashMap<Symbol, usize>,
    visible: Vec<FxHashMap<Symbol, usize>>,
    complete: Vec<bool>,
    /// Names of declarations that could not be read or are not supported yet.
    unread: HashSet<String>,
}

impl Declarations {
    /// The declaration that `@name` means in a module. An unknown name in a module whose `use` failed, or whose
    /// declaration could not be read, is an error without a message: what is missing was told already.
    pub(super) fn find(
        &self,
        module: usize,
        name: &str,
        span: Span,
    ) -> Result<&Declaration, Option<Box<Diagnostic>>> {
        match self.visible[module].get(name) {
            Some(index) => {
                let declaration = &self.list[*index];
                declaration.used.store(true, Ordering::Relaxed);
                Ok(declaration)
            }
            None if !self.complete[module] || self.unread.contains(name) => Err(None),
            None => Err(Some(self.unknown(module, name, span))),
        }
    }

    fn unknown(&self, module: usize, name: &str, span: Span) -> Box<Diagnostic> {
        let mut diagnostic = Diagnostic::new(
            code::UNKNOWN_GROUP,
            format!("`@{name}` is not declared"),
            span,
            "no group, network or method set of this name is visible here",
        );
        diagnostic.notes.extend(did_you_mean(name, self.visible[module].keys().map(Symbol::as_str)));
        if matches!(name, "read" | "write") {
            diagnostic.notes.push("`use std/http` brings `@read` and `@write`".to_owned());
        } else if let Some(elsewhere) = self.by_name.get(name) {
            let elsewhere = self.list[*elsewhere].name.span;
            diagnostic = diagnostic.label(elsewhere, "declared here, in a file that is not used");
            diagnostic.notes.push("a `use` of that file makes it visible".to_owned());
        }
        Box::new(diagnostic)
    }

    /// A lint for each declaration that nothing uses.
    pub(super) fn report_unused(&self, diagnostics: &mut Vec<Diagnostic>) {
        let unused = self.list.iter().filter(|found| !found.standard && !found.used.load(Ordering::Relaxed));
        for declaration in unused {
            let name = &declaration.name;
            diagnostics.push(
                Diagnostic::new(
                    code::UNUSED_DECLARATION,
                    format!("`@{}` is declared and never used", name.node),
                    name.span,
                    format!("{} that no rule names", declaration.meaning.kind()),
                )
                .note("remove it, or use it in a rule"),
            );
        }
    }
}

/// The diagnostic for an `@name` of another kind than its place asks for.
pub(super) fn wrong_kind(declaration: &Declaration, span: Span, wanted: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::new(
            code::WRONG_KIND,
            format!("`@{}` is {}", declaration.name.node, declaration.meaning.kind()),
            span,
            format!("here stands {wanted}"),
        )
        .label(declaration.name.span, "declared here"),
    )
}

/// A declaration before its members are known.
struct Raw<'a> {
    place: Place,
    name: &'a Spanned<Symbol>,
    body: Body<'a>,
}

enum Body<'a> {
    Group(&'a ast::Group),
    Network(&'a ast::Network),
    Methods(&'a ast::Methods),
}

/// Collects every declaration, reports duplicates and cycles, and works out what each comes to.
pub(super) fn resolve(input: Input<'_>, diagnostics: &mut Vec<Diagnostic>) -> Declarations {
    let (mut raws, mut unread) = (Vec::new(), HashSet::new());
    for (index, module) in input.modules.iter().enumerate() {
        collect(&Place { module: index, namespace: None }, &module.file.items, &mut raws, &mut unread);
    }
    // What is hidden was reported as a duplicate: that nothing uses it is no news.
    let mut used = HashSet::new();
    let visible = visibility(input, &raws, &mut used, diagnostics);
    let mut resolver = Resolver { raws: &raws, visible: &visible, unread: &unread, used, diagnostics };
    let meanings: Vec<Meaning> = (0..raws.len()).map(|index| resolver.meaning(index)).collect();
    let used = resolver.used;
    let list: Vec<Declaration> = raws
        .iter()
        .zip(meanings)
        .enumerate()
        .map(|(index, (raw, meaning))| Declaration {
            name: *raw.name,
            meaning,
            standard: input.modules[raw.place.module].is_standard(),
            used: AtomicBool::new(used.contains(&index)),
        })
        .collect();
    let complete = input.modules.iter().map(|module| module.complete).collect();
    let by_name = list.iter().enumerate().rev().map(|(index, found)| (found.name.node, index)).collect();
    Declarations { list, by_name, visible, complete, unread }
}

/// Collects the declarations of a file, and the names that would be declared, had their statements been read.
fn collect<'a>(
    place: &Place,
    items: &'a [Arc<ast::Item>],
    raws: &mut Vec<Raw<'a>>,
    unread: &mut HashSet<String>,
) {
    for (place, item) in statements(place, items) {
        let (name, body) = match &item.statement {
            ast::Statement::Group(group) => (&group.name, Body::Group(group)),
            ast::Statement::Network(network) => (&network.name, Body::Network(network)),
            ast::Statement::Methods(methods) => (&methods.name, Body::Methods(methods)),
            ast::Statement::Bad(text) | ast::Statement::Unsupported(text) => {
                unread.extend(declared_name(text));
                continue;
            }
            _ => continue,
        };
        raws.push(Raw { place, name, body });
    }
}

/// `partner` of `external partner { … }`.
fn declared_name(statement: &str) -> Option<String> {
    let words = statement.split(|c: char| c.is_whitespace() || matches!(c, '=' | '{'));
    let mut words = words.filter(|word| !word.is_empty());
    let declares = matches!(words.next()?, "external" | "group" | "methods" | "network");
    words.next().filter(|_| declares).map(str::to_owned)
}

/// The statements of a file, those of its `namespace` blocks included, each with the namespace around it.
pub(super) fn statements<'a>(place: &Place, items: &'a [Arc<ast::Item>]) -> Vec<(Place, &'a Arc<ast::Item>)> {
    let mut current = place.clone();
    let mut found = Vec::new();
    for item in items {
        match &item.statement {
            ast::Statement::Namespace(namespace) => {
                let inside = Place { module: place.module, namespace: Some(namespace.name.node) };
                match &namespace.block {
                    Some(block) => found.extend(statements(&inside, &block.items)),
                    None => current = inside,
                }
            }
            _ => found.push((current.clone(), item)),
        }
    }
    found
}

/// What each module sees: its own declarations, then those of the modules that it uses.
/// The declarations that another one hides are added to `hidden`.
fn visibility(
    input: Input<'_>,
    raws: &[Raw<'_>],
    hidden: &mut HashSet<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<FxHashMap<Symbol, usize>> {
    let mut own: Vec<BTreeMap<Symbol, usize>> = vec![BTreeMap::new(); input.modules.len()];
    for (index, raw) in raws.iter().enumerate() {
        match own[raw.place.module].get(&raw.name.node) {
            Some(first) => {
                hidden.insert(index);
                diagnostics.push(duplicate(raw.name, raw.name.span, raws[*first].name.span));
            }
            None => {
                own[raw.place.module].insert(raw.name.node, index);
            }
        }
    }
    let mut visible = Vec::new();
    for (index, module) in input.modules.iter().enumerate() {
        let mut seen: FxHashMap<Symbol, usize> =
            own[index].iter().map(|(name, index)| (*name, *index)).collect();
        for used in &module.uses {
            for (name, declaration) in &own[used.node] {
                let former = seen.insert(*name, *declaration);
                if let Some(former) = former.filter(|former| former != declaration) {
                    let first = raws[former].name;
                    let message = duplicate(raws[*declaration].name, used.span, first.span)
                        .label(raws[*declaration].name.span, "and here, in the file that is used");
                    diagnostics.push(message);
                    hidden.insert(*declaration);
                    seen.insert(*name, former);
                }
            }
        }
        visible.push(seen);
    }
    visible
}

fn duplicate(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(
        code::DUPLICATE_DECLARATION,
        format!("`@{name}` is declared twice"),
        span,
        "declared again",
    )
    .label(first, "first declared here")
    .note("give one of them another name")
}

struct Resolver<'a> {
    raws: &'a [Raw<'a>],
    visible: &'a [FxHashMap<Symbol, usize>],
    unread: &'a HashSet<String>,
    used: HashSet<usize>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl<'a> Resolver<'a> {
    fn meaning(&mut self, index: usize) -> Meaning {
        match &self.raws[index].body {
            Body::Group(group) => {
                let mut members = Vec::new();
                self.members(index, group, &mut vec![index], &mut members);
                Meaning::Group(members)
            }
            Body::Network(network) => Meaning::Network {
                blocks: network.blocks.iter().map(|block| block.node).collect(),
                client: network.client.is_some(),
            },
            Body::Methods(methods) => {
                let mut found = Vec::new();
                self.methods(index, methods, &mut vec![index], &mut found);
                Meaning::Methods(found)
            }
        }
    }

    /// Follows nested groups; `path` holds the groups that are open, to find a cycle.
    fn members(
        &mut self,
        index: usize,
        group: &'a ast::Group,
        path: &mut Vec<usize>,
        found: &mut Vec<(Place, Spanned<ast::Source>)>,
    ) {
        let raws = self.raws;
        let own = path.len() == 1;
        for member in &group.members {
            match &member.node {
                ast::Source::Name(_) | ast::Source::Namespace(_) | ast::Source::Account(_) => {
                    found.push((raws[index].place.clone(), member.clone()));
                }
                ast::Source::Mesh | ast::Source::Anyone if own => self.diagnostics.push(
                    Diagnostic::new(
                        code::WRONG_KIND,
                        "a group is made of services, namespaces and accounts",
                        member.span,
                        "can not be a member",
                    )
                    .note("write it in the rule itself, where a reviewer sees it"),
                ),
                ast::Source::Mesh | ast::Source::Anyone => {}
                ast::Source::Group(name) => {
                    let Some(next) = self.follow(index, name, member.span, path, own) else { continue };
                    if let Body::Group(inner) = &raws[next].body {
                        path.push(next);
                        self.members(next, inner, path, found);
                        path.pop();
                    } else if own {
                        self.wrong_member(next, member.span, "a group");
                    }
                }
            }
        }
    }

    fn methods(
        &mut self,
        index: usize,
        set: &'a ast::Methods,
        path: &mut Vec<usize>,
        found: &mut Vec<Symbol>,
    ) {
        let raws = self.raws;
        let own = path.len() == 1;
        for method in &set.methods {
            match &method.node {
                ast::Method::One(name) => {
                    if own && let Err(diagnostic) = check_method(name, method.span) {
                        self.diagnostics.push(*diagnostic);
                    }
                    if !found.contains(name) {
                        found.push(*name);
                    }
                }
                ast::Method::Set(name) => {
                    let Some(next) = self.follow(index, name, method.span, path, own) else { continue };
                    if let Body::Methods(inner) = &raws[next].body {
                        path.push(next);
                        self.methods(next, inner, path, found);
                        path.pop();
                    } else if own {
                        self.wrong_member(next, method.span, "a method set");
                    }
                }
            }
        }
    }

    /// The declaration behind a nested `@name`. Each declaration reports only what it writes itself.
    fn follow(&mut self, index: usize, name: &str, span: Span, path: &[usize], own: bool) -> Option<usize> {
        let module = self.raws[index].place.module;
        let Some(next) = self.visible[module].get(name).copied() else {
            if own && !self.unread.contains(name) {
                self.diagnostics.push(
                    Diagnostic::new(
                        code::UNKNOWN_GROUP,
                        format!("`@{name}` is not declared"),
                        span,
                        "not found",
                    )
                    .note("declare it in this file, or `use` the file that does"),
                );
            }
            return None;
        };
        self.used.insert(next);
        if path.contains(&next) {
            // A circle of several groups is reported once, from the one that is declared first.
            if next == path[0] && path.iter().all(|other| *other >= next) {
                self.diagnostics.push(
                    Diagnostic::new(
                        code::CYCLIC_GROUP,
                        format!("`@{name}` contains itself"),
                        span,
                        "closes the circle",
                    )
                    .label(self.raws[next].name.span, "declared here"),
                );
            }
            return None;
        }
        Some(next)
    }

    fn wrong_member(&mut self, member: usize, span: Span, wanted: &str) {
        self.diagnostics.push(
            Diagnostic::new(
                code::WRONG_KIND,
                format!("`@{}` is not {wanted}", self.raws[member].name.node),
                span,
                format!("here stands {wanted}"),
            )
            .label(self.raws[member].name.span, "declared here"),
        );
    }
}
