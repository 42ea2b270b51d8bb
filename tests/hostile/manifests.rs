//! YAML that is broken, says things twice, or says something else than it seems to.

use super::report::{MANIFEST, SOUND, report, says};

#[test]
fn a_manifest_has_a_syntax_error() {
    says(
        "manifest_syntax",
        &[("k8s/cart.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: cart\n namespace: shop\n")],
    );
    says("manifest_tab", &[("k8s/cart.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n\tname: cart\n")]);
    says(
        "manifest_template",
        &[("k8s/cart.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Values.name }}}\n")],
    );
    says(
        "manifest_json",
        &[(
            "k8s/cart.json",
            "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"cart\",}\n",
        )],
    );
}

#[test]
fn one_document_of_several_is_broken() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\nkind: [\n---\napiVersion: v1\nkind: Service\nmetadata: {name: no}\n";
    says("manifest_second_document", &[("k8s/cart.yaml", text)]);
}

#[test]
fn a_key_is_given_twice() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec:\n  selector: {app: cart}\n  selector: {app: orders}\n  ports: [{port: 80, name: http}]\n";
    says("manifest_duplicate_key", &[("k8s/cart.yaml", text)]);
    says(
        "services_duplicate",
        &[(
            "services.yaml",
            "services:\n  shop/orders: {}\n  shop/orders: {serviceAccount: x}\n  shop/payments: {ports: [{port: 80, protocol: http}]}\n",
        )],
    );
    says(
        "project_duplicate",
        &[("meshward.yaml", "name: shop\nname: other\ngraph: {services: services.yaml}\n")],
    );
}

#[test]
fn so_much_is_wrong_that_the_rest_is_not_read() {
    let services = |line: fn(usize) -> String| {
        let lines: String = (0..1200).map(line).collect();
        report(&[("services.yaml", &format!("services:\n  shop/orders: {{}}\n{lines}"))])
    };
    let syntax = report(&[("k8s/cart.yaml", &"a: [\n---\n".repeat(1200))]);
    for report in [
        services(|_| "  shop/orders: {}\n".to_owned()),
        services(|number| format!("  shop/s{number}: {{prt: 1}}\n")),
        syntax,
    ] {
        assert_eq!(report.matches("error[").count(), 1000);
        assert_eq!(report.matches("so much is wrong here that the rest of the file was not read").count(), 1);
    }
}

#[test]
fn a_name_is_an_unquoted_boolean() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: yes, namespace: on}\nspec: {selector: {app: no}, ports: [{port: 80, name: http}]}\n";
    says("manifest_boolean", &[("k8s/cart.yaml", text)]);
    let text = "services:\n  shop/orders: {serviceAccount: no}\n  shop/payments: {labels: {app: off}, ports: [{name: http, port: 80, protocol: http}]}\n";
    says("services_boolean", &[("services.yaml", text)]);
}

#[test]
fn values_are_of_another_type() {
    let text =
        "apiVersion: v1\nkind: Service\nmetadata: [cart]\nspec: {selector: cart, ports: {port: eighty}}\n";
    says("manifest_types", &[("k8s/cart.yaml", text)]);
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {selector: {app: cart}, ports: [{port: 80000, name: http, targetPort: -1}]}\n";
    says("manifest_ports", &[("k8s/cart.yaml", text)]);
}

#[test]
fn aliases_unfold_without_end() {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in ('b'..='k').zip('a'..) {
        let list = vec![format!("*{before}"); 10].join(", ");
        text.push_str(&format!("{name}: &{name} [{list}]\n"));
    }
    says("manifest_aliases", &[("k8s/cart.yaml", &text)]);
}

#[test]
fn line_ends_of_windows_and_a_mark_change_nothing() {
    let windows: Vec<(&str, String)> = SOUND
        .iter()
        .chain([&MANIFEST])
        .map(|(path, text)| (*path, format!("\u{feff}{}", text.replace('\n', "\r\n"))))
        .collect();
    let windows: Vec<(&str, &str)> = windows.iter().map(|(path, text)| (*path, text.as_str())).collect();
    assert_eq!(report(&windows), "");
}
