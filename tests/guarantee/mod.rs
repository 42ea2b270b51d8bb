//! Guarantees and tests of a policy: what they mean, and what is said of those that do not hold.

mod hostile;
mod kept;
mod property;
mod said;
mod world;

use std::path::Path;

use meshward::diagnostic::render_human;
use meshward::source::MemoryLoader;
use meshward::syntax::ast::Date;
use meshward::{Checked, Options};

/// The files of a project.
type Files = Vec<(String, String)>;

/// A project with this service graph and this policy; the namespaces `a` to `c` of it are covered.
fn project(graph: &str, policy: &str) -> Files {
    let project = "name: shop\nnamespaces: [a, b]\npolicies: [policies]\ngraph: {services: services.yaml}\n";
    let files = [("meshward.yaml", project), ("services.yaml", graph), ("policies/main.ward", policy)];
    files.map(|(path, text)| (format!("/shop/{path}"), text.to_owned())).to_vec()
}

fn check(files: &Files) -> Checked {
    let today = Date { year: 2026, month: 6, day: 1 };
    meshward::check(&MemoryLoader::new(files.clone()), Path::new("/shop"), &Options::on(today)).unwrap()
}

/// A shop in which most kinds of ports and callers occur.
const SHOP: &str = "\
services:
  a/marketing: {ports: [{name: http, port: 80, targetPort: 8080, protocol: http}]}
  a/orders:
    ports:
      - {name: http, port: 80, targetPort: 8080, protocol: http}
      - {name: http-metrics, port: 9090, protocol: http}
  a/payments: {ports: [{name: http, port: 80, targetPort: 8080, protocol: http}]}
  a/ledger-db: {ports: [{name: tcp, port: 5432, protocol: tcp}]}
  b/console: {ports: [{name: http, port: 80, targetPort: 8080, protocol: http}]}
  b/sniffed: {ports: [{name: web, port: 80}]}
  far/vault: {ports: [{name: http, port: 80, protocol: http}]}
";

/// What the check says of a policy for the shop.
fn says(policy: &str) -> String {
    says_in(SHOP, policy)
}

fn says_in(graph: &str, policy: &str) -> String {
    let checked = check(&project(graph, policy));
    let errors: Vec<_> = checked.diagnostics.iter().filter(|found| found.is_error()).cloned().collect();
    render_human(&checked.sources, &errors, false)
}
