//! `anyone`, for a network of all addresses: a permission for `0.0.0.0/0` or `::/0` asks for nothing either,
//! though it looks like a restriction.

use std::collections::HashMap;

use ipnet::IpNet;

use super::View;
use super::anyone::plaintext_port;
use super::statements::{Statement, visit_items};
use crate::check::Modes;
use crate::diagnostic::{Diagnostic, code};
use crate::policy::Caller;
use crate::source::{Spanned, Symbol};
use crate::syntax::ast::{self, Effect, Source};

/// The blocks that hold every address, by the name of their network.
type Whole<'a> = HashMap<&'a Symbol, &'a Spanned<IpNet>>;

pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let whole = whole_networks(view.files);
    if whole.is_empty() {
        return;
    }
    let modes = Modes::of(view.policy);
    let allowing = view.statements.iter().filter(|statement| statement.rule.effect.node == Effect::Allow);
    diagnostics.extend(allowing.filter_map(|statement| report(view, &modes, statement, &whole)));
}

fn whole_networks(files: &[ast::File]) -> Whole<'_> {
    let mut whole = HashMap::new();
    for file in files {
        visit_items(&file.items, &mut |item| {
            if let ast::Statement::Network(network) = &item.statement
                && let Some(block) = network.blocks.iter().find(|block| block.prefix_len() == 0)
            {
                whole.insert(&network.name.node, block);
            }
        });
    }
    whole
}

fn report(
    view: &View<'_>,
    modes: &Modes,
    statement: &Statement<'_>,
    whole: &Whole<'_>,
) -> Option<Diagnostic> {
    let block = statement.meant.iter().flat_map(|rule| &rule.callers).find_map(all_addresses)?;
    let (name, span, declared) = statement.rule.sources.iter().find_map(|source| match &source.node {
        Source::Group(name) => Some((name, source.span, whole.get(name)?)),
        Source::Name(_) | Source::Namespace(_) | Source::Account(_) | Source::Mesh | Source::Anyone => None,
    })?;
    let version = if block.addr().is_ipv4() { "IPv4" } else { "IPv6" };
    let open = statement.meant.iter().find_map(|rule| plaintext_port(view, modes, rule));
    let label = match open {
        Some((port, _)) => {
            format!("port {port} takes plaintext, so every pod and host that reaches it gets in")
        }
        None => "mutual TLS is strict there, so this is every identity of the mesh".to_owned(),
    };
    let message = format!("`@{name}` restricts nothing: it holds every {version} address");
    let diagnostic = Diagnostic::new(code::ANYONE, message, span, label)
        .label(declared.span, "every address lies in this block")
        .note("name the callers, or the addresses that are meant")
        .note("if everyone is meant, write `anyone` and say why with `@allow(anyone, \"…\")`");
    Some(diagnostic)
}

fn all_addresses(caller: &Caller) -> Option<IpNet> {
    match caller {
        Caller::Peer(block) | Caller::Client(block) => (block.prefix_len() == 0).then_some(*block),
        Caller::Account { .. } | Caller::Namespace(_) | Caller::AnyIdentity | Caller::Anyone => None,
    }
}
