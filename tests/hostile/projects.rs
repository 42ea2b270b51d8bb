//! Project files and folders that are not there, empty, or no project files.

use super::report::{MISSING, report, says};

#[test]
fn the_project_file_is_missing() {
    let text = report(&[("meshward.yaml", MISSING)]);
    assert_eq!(text, "error: can not read `/shop/meshward.yaml`: no such file or folder\n");
}

#[test]
fn the_project_file_is_empty() {
    says("project_empty", &[("meshward.yaml", "")]);
    says("project_only_comments", &[("meshward.yaml", "# name: shop\n---\n")]);
}

#[test]
fn the_project_file_is_a_list() {
    says("project_list", &[("meshward.yaml", "- name: shop\n")]);
}

#[test]
fn the_project_file_has_two_documents() {
    says("project_two_documents", &[("meshward.yaml", "name: shop\n---\nname: other\n")]);
}

#[test]
fn the_project_file_is_a_policy() {
    says("project_policy", &[("meshward.yaml", "allow orders -> payments GET /api/v1/users/*\n")]);
}

#[test]
fn the_folder_of_policies_is_missing() {
    says("policies_missing", &[("policies/main.ward", MISSING)]);
}

#[test]
fn the_folder_of_policies_holds_none() {
    says("policies_none", &[("policies/main.ward", MISSING), ("policies/README.md", "# policies\n")]);
}

#[test]
fn the_graph_is_missing() {
    says("graph_file_missing", &[("services.yaml", MISSING)]);
    says("graph_folder_missing", &[("k8s/cart.yaml", MISSING)]);
}

#[test]
fn descriptions_are_missing() {
    let project = "name: shop\ngraph: {services: services.yaml, openapi: {shop/orders: api/orders.yaml}}\n";
    let services = "services:\n  shop/orders: {}\n  shop/payments: {openapi: payments.yaml, ports: [{port: 80, protocol: http}]}\n";
    says("descriptions_missing", &[("meshward.yaml", project), ("services.yaml", services)]);
}

#[test]
fn what_can_be_read_is_reported_beside_what_can_not() {
    let policy = "allow orders -> payments GET /api\nalow orders -> payments\n";
    let project = "name: shop\ngraph: {services: [services.yaml, gone.yaml]}\n";
    says("unreadable_beside_others", &[("meshward.yaml", project), ("policies/main.ward", policy)]);
}

#[test]
fn the_graph_is_empty() {
    says("graph_empty", &[("services.yaml", ""), ("k8s/cart.yaml", "")]);
}

#[test]
fn paths_lead_out_of_the_project() {
    let outside = "name: shop\npolicies: [../other, /etc]\ngraph: {services: ../../services.yaml}\n";
    says("project_paths_outside", &[("meshward.yaml", outside)]);
}

#[test]
fn names_are_taken_for_booleans() {
    says("project_name_no", &[("meshward.yaml", "name: no\ngraph: {services: services.yaml}\n")]);
}
