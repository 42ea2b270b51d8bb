//! The `x-kubernetes-validations` of a CRD: walks schema and object side by side and evaluates each rule with
//! `self` bound to the value it stands at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

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
    let mut context = Context::default();
    let value = cel::to_value(value).expect("JSON is a CEL value");
    context.add_variable_from_value("self", value);
    let answer = program(rule).execute(&context);
    match answer {
        Ok(cel::Value::Bool(answer)) => answer,
        other => panic!("the rule {rule:?} gives {other:?}"),
    }
}

/// There are six rules and thousands of values.
fn program(rule: &str) -> Arc<Program> {
    static PROGRAMS: OnceLock<Mutex<HashMap<String, Arc<Program>>>> = OnceLock::new();
    let mut programs = PROGRAMS.get_or_init(Mutex::default).lock().expect("no test fails while it compiles");
    let compile = || Arc::new(Program::compile(rule).unwrap_or_else(|error| panic!("{rule:?}: {error}")));
    Arc::clone(programs.entry(rule.to_owned()).or_insert_with(compile))
}
