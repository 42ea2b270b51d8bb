//! The rules of the grammar in a reader's words.

use super::Rule;

/// What the grammar was looking for: "`->`", "a path or a clause".
pub(super) fn list(rules: &[Rule]) -> String {
    // Where an arrow is missing, whatever else could stand there is not what the reader forgot.
    if rules.contains(&Rule::arrow) {
        return "`->`".to_owned();
    }
    if rules.contains(&Rule::anyone) {
        return "a caller".to_owned();
    }
    if rules.contains(&Rule::target) {
        return "a service".to_owned();
    }
    let mut words: Vec<&str> = Vec::new();
    for word in rules.iter().filter_map(|wanted| word(*wanted)) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    match words.as_slice() {
        [] => "the end of the line".to_owned(),
        [only] => (*only).to_owned(),
        [init @ .., last] => format!("{} or {last}", init.join(", ")),
    }
}

/// What a rule is to a reader; nothing for those that hold what a reader sees together, and for comments, which
/// may stand anywhere.
fn word(wanted: Rule) -> Option<&'static str> {
    let word = match wanted {
        Rule::account_name => "a service account such as `shop/batch`",
        Rule::address => "an address or a block such as `203.0.113.0/24`",
        Rule::as_word | Rule::client => "`as client`",
        Rule::client_word => "`client`",
        Rule::attribute_name => "`allow`",
        Rule::date => "a date such as `2026-12-31`",
        Rule::effect => "`allow` or `deny`",
        Rule::EOI => "the end of the line",
        Rule::equals => "`=`",
        Rule::except_callers | Rule::except_paths | Rule::except_word => "`except`",
        Rule::grpc_method => "a gRPC method such as `shop.Cart/Get`, `shop.Cart/*` or `*`",
        Rule::host => "a host such as `api.example.com`",
        Rule::http | Rule::grpc | Rule::operation_block => "an operation",
        Rule::import_path => "a module such as `std/http` or a file such as `./shared/groups`",
        Rule::in_word => "`in`",
        Rule::label => "the name of a lint",
        Rule::method => "a method such as `GET`",
        Rule::mtls_mode => "`strict`, `permissive` or `disable`",
        Rule::declared_name | Rule::name | Rule::namespace_set | Rule::set => "a name",
        Rule::namespace_name => "a namespace",
        Rule::namespace_word => "`namespace`",
        Rule::outcome => "`allowed` or `denied`",
        Rule::promise => "`never`, `only` or `reaches`",
        Rule::question => "a caller or `->`",
        Rule::via | Rule::via_word => "`via`",
        Rule::path => "a path such as `/api/*`",
        Rule::port => "a port such as `80` or `http`",
        Rule::clause_word | Rule::reason | Rule::unsupported_clause | Rule::until => {
            "a clause such as `because \"…\"`"
        }
        Rule::string => "a string in double quotes",
        _ => return None,
    };
    Some(word)
}

/// A statement that starts with `head`, as it is meant.
pub(super) fn example(head: &str) -> Option<&'static str> {
    Some(match head {
        "allow" => "allow orders, checkout -> payments GET /api/v1/users/*",
        "deny" => "deny anyone except ops-console -> payments /admin/*",
        "group" => "group backoffice = ops-console, admin-ui",
        "methods" => "methods search = GET, POST",
        "mtls" => "mtls permissive in legacy because \"batch hosts join in Q1\"",
        "namespace" => "namespace shop {",
        "never" => "never shop/* -> vault",
        "only" => "only ops-console -> payments /admin/*",
        "reaches" => "reaches storefront -> ledger-db via payments",
        "test" => "test \"marketing reads users\" {",
        "network" => "network office = 203.0.113.0/24, 2001:db8::/32",
        "open" => "open namespace sandbox because \"hackathon\"",
        "use" => "use std/http",
        _ if head.starts_with('@') => "@allow(shared-identity, \"both run as one account\")",
        _ => return None,
    })
}
