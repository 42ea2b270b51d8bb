//! `explain --denial`: the statement behind a denial that a proxy has logged, and who answers for it.

use std::fmt::Write as _;
use std::sync::Arc;

use meshward::diagnostic::did_you_mean;
use meshward::istio::resources::{Action, AuthorizationPolicy, Metadata, Object, Resource};
use meshward::istio::semantics::PolicyRef;
use meshward::policy::Origin;
use meshward::query::{Denial, PolicyName};
use meshward::source::SourceMap;
use serde::Serialize;

use super::super::args::{Common, Format};
use super::super::phrase::counted;
use super::super::world::{self, Loaded};
use super::super::{Exit, Failure, Terminal, json};
use super::ExplainArgs;

/// What is said about a denial.
#[derive(Serialize)]
struct Explanation {
    version: u32,
    /// `namespace/name`; none where no rule denied and none allowed.
    policy: Option<String>,
    /// The object that istiod made the policy of, where it is none itself.
    made_of: Option<String>,
    /// What its rules do.
    #[serde(skip)]
    action: Action,
    rules: Vec<RuleExplanation>,
}

impl Explanation {
    fn of_denial(policy: Option<String>, made_of: Option<String>, rules: Vec<RuleExplanation>) -> Self {
        Self { version: 1, policy, made_of, action: Action::Deny, rules }
    }
}

#[derive(Serialize)]
struct RuleExplanation {
    rule: usize,
    /// Empty where the policy was not made by meshward.
    statements: Vec<Statement>,
    /// The rule itself, as YAML; the `spec` of the object that a policy was made of.
    yaml: String,
}

#[derive(Serialize)]
struct Statement {
    /// `file:line`; from an annotation the file alone.
    place: String,
    text: String,
    owner: Option<String>,
    because: Option<String>,
    ticket: Option<String>,
    doc: Option<String>,
}

/// Explains the denial that `text` tells of.
pub(super) fn run(
    common: &Common,
    args: &ExplainArgs,
    text: &str,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let denial = Denial::find(text).ok_or_else(|| no_denial(text))?;
    let asked = world::read(common, &args.world, args.day.today, world::EVERYTHING, terminal)?;
    let explanation = match &denial {
        Denial::NothingAllows => Explanation::of_denial(None, None, Vec::new()),
        Denial::Rule { policy, rule } => match PolicyRef::read(&policy.name) {
            PolicyRef::Object(_) => of_policy(&asked, policy, *rule)?,
            PolicyRef::StaticStrict => return Err(of_whole_pods(policy)),
            PolicyRef::ConvertedPeerAuthentication(peer) => of_ports(&asked, policy, peer)?,
        },
    };
    terminal.result(&match args.format {
        Format::Human => human(&explanation),
        Format::Json => json::document(&explanation),
    })?;
    Ok(Exit::Fine)
}

/// Envoy answers every caller that it denies with the same words.
fn no_denial(text: &str) -> Failure {
    let message = if text.contains("RBAC: access denied") {
        "`RBAC: access denied` is the answer to the caller, which does not tell who denied"
    } else {
        "there is no denial in this text"
    };
    Failure::usage(
        message,
        "give a line of the access log of the proxy in front of the called service, or the response code details in \
         it: `rbac_access_denied_matched_policy[…]`\n\
         `meshward can 'CALLER -> TARGET METHOD /path'` tells without a log what denies a request",
    )
}

fn of_policy(asked: &Loaded, name: &PolicyName, rule: Option<usize>) -> Result<Explanation, Failure> {
    let (object, policy) = find(asked, name).ok_or_else(|| unknown(asked, name))?;
    let count = policy.spec.rules.len();
    let rules: Vec<usize> = match rule {
        Some(rule) if rule < count => vec![rule],
        Some(rule) => return Err(no_such_rule(name, rule, count)),
        None => (0..count).collect(),
    };
    let rules = rules.into_iter().map(|rule| of_rule(asked, object, policy, rule)).collect();
    let action = policy.spec.action.unwrap_or(Action::Allow);
    Ok(Explanation { action, ..Explanation::of_denial(Some(name.to_string()), None, rules) })
}

/// Which of the objects with STRICT it was does not follow from the name.
fn of_whole_pods(name: &PolicyName) -> Failure {
    Failure::usage(
        format!("`{name}` is not an object: istiod makes it of STRICT in a PeerAuthentication, for ztunnels"),
        "the caller came in plaintext; `meshward can 'anyone -> SERVICE'` names the PeerAuthentication",
    )
}

/// The denial of plaintext that ztunnels get of one object with modes of single ports.
fn of_ports(asked: &Loaded, name: &PolicyName, peer: &str) -> Result<Explanation, Failure> {
    let found = asked.world.bundle.objects.iter().find_map(|object| match &object.resource {
        Resource::PeerAuthentication(found) => {
            let metadata = &found.metadata;
            (metadata.namespace == name.namespace && metadata.name == peer).then_some((object, found))
        }
        Resource::AuthorizationPolicy(_) | Resource::RequestAuthentication(_) => None,
    });
    let made_of = format!("PeerAuthentication {}/{peer}", name.namespace);
    let (object, found) = found.ok_or_else(|| {
        Failure::usage(format!("istiod makes `{name}` of the {made_of}, and there is none here"), ELSEWHERE)
    })?;
    let origins = object.origins.first().map_or(&[] as &[_], Vec::as_slice);
    let statements = statements(asked, origins, &found.metadata, "");
    let rule = RuleExplanation { rule: 0, statements, yaml: meshward::yaml::write(&found.spec) };
    Ok(Explanation::of_denial(Some(name.to_string()), Some(made_of), vec![rule]))
}

fn policies(asked: &Loaded) -> impl Iterator<Item = (&Object, &AuthorizationPolicy)> {
    asked.world.bundle.objects.iter().filter_map(|object| match &object.resource {
        Resource::AuthorizationPolicy(policy) => Some((object, policy)),
        Resource::PeerAuthentication(_) | Resource::RequestAuthentication(_) => None,
    })
}

fn find<'a>(asked: &'a Loaded, name: &PolicyName) -> Option<(&'a Object, &'a AuthorizationPolicy)> {
    policies(asked).find(|(_, policy)| {
        policy.metadata.namespace == name.namespace && policy.metadata.name == name.name.as_str()
    })
}

fn unknown(asked: &Loaded, name: &PolicyName) -> Failure {
    let text = name.to_string();
    let known: Vec<String> = policies(asked)
        .map(|(_, policy)| format!("{}/{}", policy.metadata.namespace, policy.metadata.name))
        .collect();
    let advice =
        did_you_mean(&text, known.iter().map(String::as_str)).unwrap_or_else(|| ELSEWHERE.to_owned());
    Failure::usage(format!("there is no AuthorizationPolicy `{text}` here"), advice)
}

const ELSEWHERE: &str = "`-C DIR` asks another project, `--manifests DIR` the YAML that the cluster runs";

fn no_such_rule(name: &PolicyName, rule: usize, count: usize) -> Failure {
    Failure::usage(
        format!("`{name}` has {} here, and no rule[{rule}]", counted(count, "rule")),
        "the cluster runs another version of it: give that to `--manifests`",
    )
}

fn of_rule(asked: &Loaded, object: &Object, policy: &AuthorizationPolicy, rule: usize) -> RuleExplanation {
    let origins = object.origins.get(rule).map_or(&[] as &[_], Vec::as_slice);
    let statements = statements(asked, origins, &policy.metadata, &format!("rule[{rule}]: "));
    let yaml = meshward::yaml::write(&policy.spec.rules[rule]);
    RuleExplanation { rule, statements, yaml }
}

/// The statements behind a part of an object; `head` is how the lines about it begin in its annotation.
fn statements(asked: &Loaded, origins: &[Arc<Origin>], metadata: &Metadata, head: &str) -> Vec<Statement> {
    if origins.is_empty() {
        return of_annotations(metadata, head);
    }
    origins.iter().map(|origin| of_origin(&asked.sources, origin)).collect()
}

fn of_origin(sources: &SourceMap, origin: &Origin) -> Statement {
    Statement {
        place: sources.place(origin.span()),
        text: origin.text(),
        owner: origin.owner.as_deref().map(str::to_owned),
        because: origin.reason.as_deref().map(str::to_owned),
        ticket: origin.ticket.as_deref().map(str::to_owned),
        doc: origin.doc(),
    }
}

/// What meshward wrote into an object that it built earlier: `rule[0]: policies/payments.ward: allow …`.
fn of_annotations(metadata: &Metadata, head: &str) -> Vec<Statement> {
    let annotation = |key: &str| metadata.annotations.get(key).map(|text| text.0.as_str());
    let lines = annotation("meshward.dev/source").unwrap_or_default().lines();
    let statement = |line: &str| {
        let (place, text) = line.split_once(": ")?;
        // The others hold for the whole policy: which of its rules they are about is not told.
        let of_all = |key| annotation(key).map(str::to_owned);
        Some(Statement {
            place: place.to_owned(),
            text: text.to_owned(),
            owner: of_all("meshward.dev/owner"),
            because: of_all("meshward.dev/reason"),
            ticket: of_all("meshward.dev/ticket"),
            doc: None,
        })
    };
    lines.filter_map(|line| statement(line.trim_start().strip_prefix(head)?)).collect()
}

fn human(explanation: &Explanation) -> String {
    let Some(policy) = &explanation.policy else {
        return NOTHING_ALLOWS.to_owned();
    };
    let mut text = String::new();
    for RuleExplanation { rule, statements, yaml } in &explanation.rules {
        let _ = match &explanation.made_of {
            None => writeln!(text, "{} {policy}, rule[{rule}]", verb(explanation.action)),
            Some(made_of) => writeln!(
                text,
                "denied by {policy}, since the caller came in plaintext\n  istiod makes it of the {made_of}, for ztunnels"
            ),
        };
        for statement in statements {
            let _ = writeln!(text, "  {}: {}", statement.place, statement.text);
            let details = [
                ("owner", &statement.owner),
                ("because", &statement.because),
                ("ticket", &statement.ticket),
                ("comment", &statement.doc),
            ];
            for (name, detail) in details {
                for line in detail.iter().flat_map(|detail| detail.lines()) {
                    let _ = writeln!(text, "    {name:<8} {line}");
                }
            }
        }
        if statements.is_empty() {
            for line in yaml.lines() {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
    text.push_str(match explanation.action {
        Action::Allow => NO_DENIAL_BUT_ALLOWED,
        Action::Audit => NO_DENIAL_BUT_AUDITED,
        Action::Custom | Action::Deny => "",
    });
    text
}

/// What a rule has done that a proxy names.
fn verb(action: Action) -> &'static str {
    match action {
        Action::Allow => "let in by",
        Action::Audit => "audited by",
        Action::Custom | Action::Deny => "denied by",
    }
}

const NO_DENIAL_BUT_ALLOWED: &str = "\
this is an ALLOW policy, which denies nothing: a line that names its rule tells of a request that the rule let in
  `meshward can 'CALLER -> TARGET METHOD /path'` tells whether something else denies it
";

const NO_DENIAL_BUT_AUDITED: &str = "\
this is an AUDIT policy, which denies nothing
  `meshward can 'CALLER -> TARGET METHOD /path'` tells whether something else denies the request
";

const NOTHING_ALLOWS: &str = "\
no rule denied it: there are ALLOW policies for the workload, and none of their rules matches
  `meshward can 'CALLER -> TARGET METHOD /path'` names the nearest rule and what does not fit
";
