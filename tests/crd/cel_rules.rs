//! The `x-kubernetes-validations` of a CRD: walks schema and object side by side and evaluates each rule with
//! `self` bound to the value it stands at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use cel::extractors::This;
use cel::{Context, Program};
use serde_json::Value;

/// The messages of the rules that do not hold.
pub(super) fn refusals(schema: &Value, value: &Value) -> Vec<String> {
    let mut refusals = Vec::new();
    walk(schema, value, "", &mut refusals);
    refusals
}

fn walk(schema: &Value, value: &Value, path: &str, refusals: &mut Vec<String>) {
    for validation in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
        let rule = validation["rule"].as_str().expect("a validation has a rule");
        if !holds(rule, value) {
            refusals.push(format!("{path}: {}", validation["message"]));
        }
    }
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let known = schema["properties"].get(name);
                if let Some(schema) = known.or_else(|| schema.get("additionalProperties")) {
                    walk(schema, field, &format!("{path}/{name}"), refusals);
                }
            }
        }
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                walk(&schema["items"], item, &format!("{path}/{position}"), refusals);
            }
        }
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
    }
}

fn holds(rule: &str, value: &Value) -> bool {
    let value = cel::to_value(value).expect("JSON is a CEL value");
    let answer = FUNCTIONS.with(|functions| {
        let mut context = functions.new_inner_scope();
        context.add_variable_from_value("self", value);
        program(rule).execute(&context)
    });
    match answer {
        Ok(cel::Value::Bool(answer)) => answer,
        // The API server takes a rule that can not be evaluated (`int('http')`) as one that does not hold.
        Err(cel::ExecutionError::FunctionError { .. }) => false,
        other => panic!("the rule {rule:?} gives {other:?}"),
    }
}

thread_local! {
    /// The functions that rules may call: making them takes longer than evaluating a rule.
    static FUNCTIONS: Context<'static, 'static> = {
        let mut context = Context::default();
        context.add_function("url", url).expect("CEL itself has no `url`");
        context.add_function("getScheme", scheme).expect("CEL itself has no `getScheme`");
        context
    };
}

/// Kubernetes' function, as far as Istio's rules need it: a text that is no URL is an error.
fn url(text: Arc<String>) -> Result<Arc<String>, cel::ExecutionError> {
    let is_url = text.split_once("://").is_some_and(|(_, rest)| !rest.contains(char::is_whitespace));
    if is_url { Ok(text) } else { Err(cel::ExecutionError::function_error("url", "not a URL")) }
}

/// The method of a URL.
fn scheme(This(url): This<Arc<String>>) -> String {
    url.split("://").next().unwrap_or_default().to_lowercase()
}

/// There are a dozen rules and thousands of values.
fn program(rule: &str) -> Arc<Program> {
    static PROGRAMS: OnceLock<Mutex<HashMap<String, Arc<Program>>>> = OnceLock::new();
    let mut programs = PROGRAMS.get_or_init(Mutex::default).lock().expect("no test fails while it compiles");
    let compile = || Arc::new(Program::compile(rule).unwrap_or_else(|error| panic!("{rule:?}: {error}")));
    Arc::clone(programs.entry(rule.to_owned()).or_insert_with(compile))
}
