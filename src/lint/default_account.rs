//! `default-account`: a caller that is known by the account which every pod of its namespace has that names
//! none.

use std::collections::BTreeSet;

use super::View;
use crate::diagnostic::{Diagnostic, code};
use crate::graph::Workload;
use crate::policy::{Reference, Role};

/// Tells once per statement and account; `fold` makes one report per account of those that are left.
pub(super) fn find(view: &View<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for statement in &view.statements {
        let mut told = BTreeSet::new();
        for reference in statement.side(Role::Caller) {
            let default = reference.named.accounts.iter().find(|(_, account)| account == "default");
            if let Some((namespace, _)) = default
                && told.insert(namespace)
            {
                diagnostics.push(report(view, reference, namespace));
            }
        }
    }
}

fn report(view: &View<'_>, reference: &Reference, namespace: &str) -> Diagnostic {
    let first = reference.named.services.first();
    let users = first.map(|(of, name)| view.workloads_behind(*of, *name)).unwrap_or_default();
    let mut diagnostic = Diagnostic::new(
        code::DEFAULT_ACCOUNT,
        // Without the name of the caller, since `fold` makes one report of all that share the account.
        format!("callers are known by nothing but the `default` account of `{namespace}`"),
        reference.span,
        format!("means every pod of `{namespace}` that names no account of its own, now and later"),
    );
    let user = users.into_iter().find(|workload| workload.account.node == "default");
    diagnostic.secondary.extend(user.map(|workload| crate::diagnostic::Label {
        span: workload.account.span,
        message: user_of_default(workload),
    }));
    diagnostic
        .note("give the workload a ServiceAccount of its own, and name it in the pod as `serviceAccountName`")
}

fn user_of_default(workload: &Workload) -> String {
    if workload.account_stated {
        "`default` is named here".to_owned()
    } else {
        format!("no account is named, so the pods of `{}` run as `default`", workload.key)
    }
}
