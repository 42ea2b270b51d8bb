//! `init --from` on well-known applications: the draft passes `check` and gives a bundle.

use super::Folder;
use crate::corpus;

/// The application, what of it one would deploy, and how many calls its manifests reveal at the least.
const APPLICATIONS: [(&str, &str, usize); 6] = [
    ("online-boutique", "app-online-boutique/release/kubernetes-manifests.yaml", 16),
    ("bookinfo", "app-istio-samples/samples/bookinfo/platform/kube/bookinfo.yaml", 0),
    ("sock-shop", "app-sock-shop/deploy/kubernetes/complete-demo.yaml", 1),
    ("emojivoto", "app-emojivoto/kustomize/deployment", 3),
    ("otel-demo", "app-otel-demo/kubernetes/opentelemetry-demo.yaml", 50),
    ("podinfo", "app-podinfo", 5),
];

#[test]
fn a_draft_passes_check_and_build() {
    let Some(corpus) = corpus::folder() else { return };
    for (name, manifests, rules) in APPLICATIONS {
        let folder = Folder::new();
        let manifests = corpus.join(manifests).display().to_string();
        let init = folder.run(&["init", name, "--from", &manifests, "--namespace", name]);
        assert_eq!(init.code, 0, "{init}");
        let policy = folder.read(&format!("{name}/policies/main.ward"));
        let written = policy.lines().filter(|line| line.trim_start().starts_with("allow ")).count();
        assert!(written >= rules, "{name}:\n{policy}");
        let check = folder.run(&["check", "-C", name]);
        assert_eq!(check.code, 0, "{check}");
        let build = folder.run(&["build", "-C", name]);
        assert_eq!(build.code, 0, "{build}");
    }
}
