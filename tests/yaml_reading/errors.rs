//! What is said about a text that can not be read.

use std::fmt::Write as _;

use super::messages;

#[test]
fn syntax_errors() {
    let texts = [
        "a:\n\tb: 1\n",
        "a: [1, 2\nb: 3\n",
        "a: \"never closed\nb: 1\n",
        "a: b: c\n",
        "a: 1\n b: 2\n",
        "a:\n  - x\n b: 1\n",
        "a: @x\n",
        "a: `x`\n",
        "a: %x\n",
        "a: *missing\n",
        "a: \"\\d\"\n",
        "a: {b: 1]\n",
        "a: ]\n",
        "a: - b\n",
        "a\nb: 1\n",
        "a: 'x' y\n",
        "a: {b: 1 c: 2}\n",
        "a: [1 2, 'x' 'y']\n",
        "endpoints: [GET /users/{id}, GET /]\n",
        "größe: {\n",
        "- a\nb: 1\n",
        "name: {{ .Values.name }}\n",
        "{{- if .Values.enabled }}\nkind: Service\n{{- end }}\n",
        "a: &x [*x]\n",
        "<<: 5\n",
        "[a]: 1\n",
        "a: 1\nb: 2\na: 3\n",
        "a: |\n  text\n bad\n",
        "%YAML 1.1 x\n---\na: 1\n",
        "{\"a\": 1,, }\n",
        "{\"a\": 1} x\n",
    ];
    let mut report = String::new();
    for text in texts {
        writeln!(report, "──── {text:?}\n{}", messages(text)).unwrap();
    }
    insta::assert_snapshot!(report);
}
