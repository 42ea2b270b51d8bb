//! Every diagnostic that meshward knows, sorted by number. `E` is an error; `L` is a lint, whose level a
//! project sets. Each has a page in `docs/diagnostics/`, shown by `meshward explain`.

use super::Level;

/// One known diagnostic.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    id: &'static str,
    name: &'static str,
    level: Level,
    page: &'static str,
}

impl Code {
    const fn error(id: &'static str, name: &'static str, page: &'static str) -> Self {
        Self { id, name, level: Level::Deny, page }
    }

    const fn lint(id: &'static str, name: &'static str, level: Level, page: &'static str) -> Self {
        Self { id, name, level, page }
    }

    /// The number that messages show: `E0201`.
    pub fn id(self) -> &'static str {
        self.id
    }

    /// The name that project files and `@allow` use: `shared-identity`.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The page of `docs/diagnostics/`, in Markdown.
    pub fn page(self) -> &'static str {
        self.page
    }

    /// What happens where the project says nothing.
    pub fn default_level(self) -> Level {
        self.level
    }

    /// Whether a project may change its level.
    pub fn is_lint(self) -> bool {
        self.id.starts_with('L')
    }

    /// The code of a number or a name, in any case.
    pub fn find(text: &str) -> Option<Self> {
        ALL.iter()
            .copied()
            .find(|code| code.id.eq_ignore_ascii_case(text) || code.name.eq_ignore_ascii_case(text))
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        // Most are compared with themselves.
        std::ptr::eq(self.id, other.id) || self.id == other.id
    }
}

impl Eq for Code {}

impl std::hash::Hash for Code {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Code {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(other.id)
    }
}

/// The page of a code, taken into the program so that `explain` needs no files.
macro_rules! page {
    ($id:literal) => {
        include_str!(concat!("../../docs/diagnostics/", $id, ".md"))
    };
}

/// `E0101`
pub const SYNTAX_ERROR: Code = Code::error("E0101", "syntax-error", page!("E0101"));
/// `E0102`
pub const NOT_SUPPORTED_YET: Code = Code::error("E0102", "not-supported-yet", page!("E0102"));
/// `E0103`
pub const NESTING_TOO_DEEP: Code = Code::error("E0103", "nesting-too-deep", page!("E0103"));
/// `E0104`
pub const INVALID_METHOD: Code = Code::error("E0104", "invalid-method", page!("E0104"));
/// `E0105`
pub const INVALID_PATH: Code = Code::error("E0105", "invalid-path", page!("E0105"));
/// `E0106`
pub const INVALID_PATH_PATTERN: Code = Code::error("E0106", "invalid-path-pattern", page!("E0106"));
/// `E0107`
pub const INVALID_NAME: Code = Code::error("E0107", "invalid-name", page!("E0107"));
/// `E0108`
pub const INVALID_STRING: Code = Code::error("E0108", "invalid-string", page!("E0108"));
/// `E0109`
pub const INVALID_ADDRESS: Code = Code::error("E0109", "invalid-address", page!("E0109"));
/// `E0110`
pub const INVALID_DATE: Code = Code::error("E0110", "invalid-date", page!("E0110"));
/// `E0111`
pub const MISPLACED_CLAUSE: Code = Code::error("E0111", "misplaced-clause", page!("E0111"));
/// `E0201`
pub const UNKNOWN_SERVICE: Code = Code::error("E0201", "unknown-service", page!("E0201"));
/// `E0202`
pub const UNKNOWN_NAMESPACE: Code = Code::error("E0202", "unknown-namespace", page!("E0202"));
/// `E0203`
pub const AMBIGUOUS_NAME: Code = Code::error("E0203", "ambiguous-name", page!("E0203"));
/// `E0204`
pub const UNKNOWN_PORT: Code = Code::error("E0204", "unknown-port", page!("E0204"));
/// `E0205`
pub const UNKNOWN_GROUP: Code = Code::error("E0205", "unknown-group", page!("E0205"));
/// `E0206`
pub const UNKNOWN_MODULE: Code = Code::error("E0206", "unknown-module", page!("E0206"));
/// `E0207`
pub const DUPLICATE_DECLARATION: Code = Code::error("E0207", "duplicate-declaration", page!("E0207"));
/// `E0208`
pub const CYCLIC_USE: Code = Code::error("E0208", "cyclic-use", page!("E0208"));
/// `E0209`
pub const OUTSIDE_PROJECT: Code = Code::error("E0209", "outside-project", page!("E0209"));
/// `E0210`
pub const RESERVED_SERVICE_NAME: Code = Code::error("E0210", "reserved-service-name", page!("E0210"));
/// `E0211`
pub const SERVICE_AND_WORKLOAD_DIFFER: Code =
    Code::error("E0211", "service-and-workload-differ", page!("E0211"));
/// `E0212`
pub const CYCLIC_GROUP: Code = Code::error("E0212", "cyclic-group", page!("E0212"));
/// `E0213`
pub const WRONG_KIND: Code = Code::error("E0213", "wrong-kind", page!("E0213"));
/// `E0301`
pub const ALLOW_ANYONE_EXCEPT: Code = Code::error("E0301", "allow-anyone-except", page!("E0301"));
/// `E0302`
pub const DENY_MESH_EXCEPT: Code = Code::error("E0302", "deny-mesh-except", page!("E0302"));
/// `E0303`
pub const CALLER_WITHOUT_IDENTITY: Code = Code::error("E0303", "caller-without-identity", page!("E0303"));
/// `E0304`
pub const UNKNOWN_CALLER_ACCOUNT: Code = Code::error("E0304", "unknown-caller-account", page!("E0304"));
/// `E0305`
pub const CLIENT_ADDRESS_WITHOUT_GATEWAY: Code =
    Code::error("E0305", "client-address-without-gateway", page!("E0305"));
/// `E0306`
pub const NO_CALLER_LEFT: Code = Code::error("E0306", "no-caller-left", page!("E0306"));
/// `E0401`
pub const TARGET_WITHOUT_SELECTOR: Code = Code::error("E0401", "target-without-selector", page!("E0401"));
/// `E0402`
pub const EMPTY_SELECTOR: Code = Code::error("E0402", "empty-selector", page!("E0402"));
/// `E0403`
pub const DENY_WITHOUT_WORKLOAD: Code = Code::error("E0403", "deny-without-workload", page!("E0403"));
/// `E0404`
pub const TARGET_WITHOUT_PROXY: Code = Code::error("E0404", "target-without-proxy", page!("E0404"));
/// `E0405`
pub const EXCLUDED_PORT: Code = Code::error("E0405", "excluded-port", page!("E0405"));
/// `E0406`
pub const ROOT_NAMESPACE_TARGET: Code = Code::error("E0406", "root-namespace-target", page!("E0406"));
/// `E0407`
pub const UNRESOLVED_TARGET_PORT: Code = Code::error("E0407", "unresolved-target-port", page!("E0407"));
/// `E0408`
pub const NO_HTTP_PORT: Code = Code::error("E0408", "no-http-port", page!("E0408"));
/// `E0409`
pub const DENY_ON_SNIFFED_PORT: Code = Code::error("E0409", "deny-on-sniffed-port", page!("E0409"));
/// `E0410`
pub const HOST_WITHOUT_GATEWAY: Code = Code::error("E0410", "host-without-gateway", page!("E0410"));
/// `E0411`
pub const IDENTITY_ON_PLAINTEXT_PORT: Code =
    Code::error("E0411", "identity-on-plaintext-port", page!("E0411"));
/// `E0412`
pub const UNKNOWN_ENDPOINT: Code = Code::error("E0412", "unknown-endpoint", page!("E0412"));
/// `E0413`
pub const MIXED_TARGET_PORT: Code = Code::error("E0413", "mixed-target-port", page!("E0413"));
/// `E0414`
pub const SINGLE_PODS_TARGET: Code = Code::error("E0414", "single-pods-target", page!("E0414"));
/// `E0501`
pub const MISSING_REASON: Code = Code::error("E0501", "missing-reason", page!("E0501"));
/// `E0502`
pub const OVERLAPPING_MTLS: Code = Code::error("E0502", "overlapping-mtls", page!("E0502"));
/// `E0503`
pub const DUPLICATE_MTLS: Code = Code::error("E0503", "duplicate-mtls", page!("E0503"));
/// `E0504`
pub const ALLOW_INTO_OPEN_NAMESPACE: Code = Code::error("E0504", "allow-into-open-namespace", page!("E0504"));
/// `E0505`
pub const EXPIRING_DENIAL: Code = Code::error("E0505", "expiring-denial", page!("E0505"));
/// `E0506`
pub const ROOT_NAMESPACE_MTLS: Code = Code::error("E0506", "root-namespace-mtls", page!("E0506"));
/// `E0601`
pub const YAML_SYNTAX: Code = Code::error("E0601", "yaml-syntax", page!("E0601"));
/// `E0602`
pub const DUPLICATE_KEY: Code = Code::error("E0602", "duplicate-key", page!("E0602"));
/// `E0603`
pub const INVALID_PROJECT_FILE: Code = Code::error("E0603", "invalid-project-file", page!("E0603"));
/// `E0604`
pub const INVALID_GRAPH_FILE: Code = Code::error("E0604", "invalid-graph-file", page!("E0604"));
/// `E0605`
pub const INVALID_MANIFEST: Code = Code::error("E0605", "invalid-manifest", page!("E0605"));
/// `E0606`
pub const CONTRADICTING_FACTS: Code = Code::error("E0606", "contradicting-facts", page!("E0606"));
/// `E0607`
pub const YAML_BOOLEAN: Code = Code::error("E0607", "yaml-boolean", page!("E0607"));
/// `E0608`
pub const NO_POLICIES: Code = Code::error("E0608", "no-policies", page!("E0608"));
/// `E0609`
pub const FOREIGN_POLICY_WIDENS: Code = Code::error("E0609", "foreign-policy-widens", page!("E0609"));
/// `E0610`
pub const UNREADABLE_FILE: Code = Code::error("E0610", "unreadable-file", page!("E0610"));
/// `E0611`
pub const OBJECT_NAME_TAKEN: Code = Code::error("E0611", "object-name-taken", page!("E0611"));
/// `E0701`
pub const REFUSED_BY_ISTIO: Code = Code::error("E0701", "refused-by-istio", page!("E0701"));
/// `E0702`
pub const BUNDLE_TOO_LARGE: Code = Code::error("E0702", "bundle-too-large", page!("E0702"));
/// `E0901`
pub const UNKNOWN_FIELD: Code = Code::error("E0901", "unknown-field", page!("E0901"));
/// `E0902`
pub const REFUSED_BY_SCHEMA: Code = Code::error("E0902", "refused-by-schema", page!("E0902"));
/// `E0903`
pub const REFUSED_BY_WEBHOOK: Code = Code::error("E0903", "refused-by-webhook", page!("E0903"));
/// `E0904`
pub const REFUSED_BY_ENVOY: Code = Code::error("E0904", "refused-by-envoy", page!("E0904"));
/// `E1001`
pub const BROKEN_NEVER: Code = Code::error("E1001", "broken-never", page!("E1001"));
/// `E1002`
pub const BROKEN_ONLY: Code = Code::error("E1002", "broken-only", page!("E1002"));
/// `E1003`
pub const BROKEN_REACHES: Code = Code::error("E1003", "broken-reaches", page!("E1003"));
/// `E1004`
pub const INDEFINITE_REQUEST: Code = Code::error("E1004", "indefinite-request", page!("E1004"));
/// `E1005`
pub const EMPTY_TEST: Code = Code::error("E1005", "empty-test", page!("E1005"));
/// `E1006`
pub const DUPLICATE_TEST: Code = Code::error("E1006", "duplicate-test", page!("E1006"));
/// `L0801`
pub const SHARED_IDENTITY: Code = Code::lint("L0801", "shared-identity", Level::Warn, page!("L0801"));
/// `L0802`
pub const DEFAULT_ACCOUNT: Code = Code::lint("L0802", "default-account", Level::Warn, page!("L0802"));
/// `L0803`
pub const DUPLICATE_RULE: Code = Code::lint("L0803", "duplicate-rule", Level::Warn, page!("L0803"));
/// `L0804`
pub const REDUNDANT_RULE: Code = Code::lint("L0804", "redundant-rule", Level::Warn, page!("L0804"));
/// `L0805`
pub const WILDCARD_OVER_ADMIN: Code = Code::lint("L0805", "wildcard-over-admin", Level::Warn, page!("L0805"));
/// `L0806`
pub const ANYONE: Code = Code::lint("L0806", "anyone", Level::Warn, page!("L0806"));
/// `L0807`
pub const EXACT_DENY_PATH: Code = Code::lint("L0807", "exact-deny-path", Level::Warn, page!("L0807"));
/// `L0808`
pub const UNPROTECTED_WORKLOAD: Code =
    Code::lint("L0808", "unprotected-workload", Level::Warn, page!("L0808"));
/// `L0809`
pub const UNUSED_DECLARATION: Code = Code::lint("L0809", "unused-declaration", Level::Warn, page!("L0809"));
/// `L0810`
pub const EDGE_WITHOUT_RULE: Code = Code::lint("L0810", "edge-without-rule", Level::Warn, page!("L0810"));
/// `L0811`
pub const RULE_WITHOUT_EDGE: Code = Code::lint("L0811", "rule-without-edge", Level::Allow, page!("L0811"));
/// `L0812`
pub const RULE_WITHOUT_OWNER: Code = Code::lint("L0812", "rule-without-owner", Level::Allow, page!("L0812"));
/// `L0813`
pub const UNCOVERED_NAMESPACE: Code = Code::lint("L0813", "uncovered-namespace", Level::Warn, page!("L0813"));
/// `L0814`
pub const UNDECLARED_PROTOCOL: Code = Code::lint("L0814", "undeclared-protocol", Level::Warn, page!("L0814"));
/// `L0815`
pub const TARGET_WITHOUT_WORKLOAD: Code =
    Code::lint("L0815", "target-without-workload", Level::Warn, page!("L0815"));
/// `L0816`
pub const DENY_WITHOUT_ENDPOINT: Code =
    Code::lint("L0816", "deny-without-endpoint", Level::Warn, page!("L0816"));
/// `L0817`
pub const NEGATIVE_ON_PERMISSIVE_PORT: Code =
    Code::lint("L0817", "negative-on-permissive-port", Level::Warn, page!("L0817"));
/// `L0818`
pub const EXPIRED: Code = Code::lint("L0818", "expired", Level::Warn, page!("L0818"));
/// `L0819`
pub const USELESS_ATTRIBUTE: Code = Code::lint("L0819", "useless-attribute", Level::Warn, page!("L0819"));
/// `L0820`
pub const FOREIGN_POLICY: Code = Code::lint("L0820", "foreign-policy", Level::Warn, page!("L0820"));
/// `L0821`
pub const DENY_PATH_TEMPLATE: Code = Code::lint("L0821", "deny-path-template", Level::Warn, page!("L0821"));
/// `L0822`
pub const DENY_PATH_PREFIX: Code = Code::lint("L0822", "deny-path-prefix", Level::Warn, page!("L0822"));
/// `L0823`
pub const SHADOWED_RULE: Code = Code::lint("L0823", "shadowed-rule", Level::Warn, page!("L0823"));
/// `L0824`
pub const OPEN_UDP_PORT: Code = Code::lint("L0824", "open-udp-port", Level::Warn, page!("L0824"));
/// `L0825`
pub const MISSPELLED_ACCOUNT: Code = Code::lint("L0825", "misspelled-account", Level::Warn, page!("L0825"));
/// `L0826`
pub const DIRECT_PROBE: Code = Code::lint("L0826", "direct-probe", Level::Warn, page!("L0826"));
/// `L0901`
pub const NOT_MODELLED: Code = Code::lint("L0901", "not-modelled", Level::Warn, page!("L0901"));
/// `L0902`
pub const DENIES_ALL_TCP: Code = Code::lint("L0902", "denies-all-tcp", Level::Warn, page!("L0902"));
/// `L0903`
pub const SELECTOR_WITHOUT_LABELS: Code =
    Code::lint("L0903", "selector-without-labels", Level::Warn, page!("L0903"));
/// `L0904`
pub const ATTRIBUTE_WITHOUT_EFFECT: Code =
    Code::lint("L0904", "attribute-without-effect", Level::Warn, page!("L0904"));
/// `L0905`
pub const SELECTS_NOTHING: Code = Code::lint("L0905", "selects-nothing", Level::Warn, page!("L0905"));
/// `L0906`
pub const PRIVATE_KEY: Code = Code::lint("L0906", "private-key", Level::Warn, page!("L0906"));
/// `L0907`
pub const FIELD_WITHOUT_VALUE: Code = Code::lint("L0907", "field-without-value", Level::Warn, page!("L0907"));

/// All of them, sorted by number.
pub const ALL: &[Code] = &[
    SYNTAX_ERROR,
    NOT_SUPPORTED_YET,
    NESTING_TOO_DEEP,
    INVALID_METHOD,
    INVALID_PATH,
    INVALID_PATH_PATTERN,
    INVALID_NAME,
    INVALID_STRING,
    INVALID_ADDRESS,
    INVALID_DATE,
    MISPLACED_CLAUSE,
    UNKNOWN_SERVICE,
    UNKNOWN_NAMESPACE,
    AMBIGUOUS_NAME,
    UNKNOWN_PORT,
    UNKNOWN_GROUP,
    UNKNOWN_MODULE,
    DUPLICATE_DECLARATION,
    CYCLIC_USE,
    OUTSIDE_PROJECT,
    RESERVED_SERVICE_NAME,
    SERVICE_AND_WORKLOAD_DIFFER,
    CYCLIC_GROUP,
    WRONG_KIND,
    ALLOW_ANYONE_EXCEPT,
    DENY_MESH_EXCEPT,
    CALLER_WITHOUT_IDENTITY,
    UNKNOWN_CALLER_ACCOUNT,
    CLIENT_ADDRESS_WITHOUT_GATEWAY,
    NO_CALLER_LEFT,
    TARGET_WITHOUT_SELECTOR,
    EMPTY_SELECTOR,
    DENY_WITHOUT_WORKLOAD,
    TARGET_WITHOUT_PROXY,
    EXCLUDED_PORT,
    ROOT_NAMESPACE_TARGET,
    UNRESOLVED_TARGET_PORT,
    NO_HTTP_PORT,
    DENY_ON_SNIFFED_PORT,
    HOST_WITHOUT_GATEWAY,
    IDENTITY_ON_PLAINTEXT_PORT,
    UNKNOWN_ENDPOINT,
    MIXED_TARGET_PORT,
    SINGLE_PODS_TARGET,
    MISSING_REASON,
    OVERLAPPING_MTLS,
    DUPLICATE_MTLS,
    ALLOW_INTO_OPEN_NAMESPACE,
    EXPIRING_DENIAL,
    ROOT_NAMESPACE_MTLS,
    YAML_SYNTAX,
    DUPLICATE_KEY,
    INVALID_PROJECT_FILE,
    INVALID_GRAPH_FILE,
    INVALID_MANIFEST,
    CONTRADICTING_FACTS,
    YAML_BOOLEAN,
    NO_POLICIES,
    FOREIGN_POLICY_WIDENS,
    UNREADABLE_FILE,
    OBJECT_NAME_TAKEN,
    REFUSED_BY_ISTIO,
    BUNDLE_TOO_LARGE,
    UNKNOWN_FIELD,
    REFUSED_BY_SCHEMA,
    REFUSED_BY_WEBHOOK,
    REFUSED_BY_ENVOY,
    BROKEN_NEVER,
    BROKEN_ONLY,
    BROKEN_REACHES,
    INDEFINITE_REQUEST,
    EMPTY_TEST,
    DUPLICATE_TEST,
    SHARED_IDENTITY,
    DEFAULT_ACCOUNT,
    DUPLICATE_RULE,
    REDUNDANT_RULE,
    WILDCARD_OVER_ADMIN,
    ANYONE,
    EXACT_DENY_PATH,
    UNPROTECTED_WORKLOAD,
    UNUSED_DECLARATION,
    EDGE_WITHOUT_RULE,
    RULE_WITHOUT_EDGE,
    RULE_WITHOUT_OWNER,
    UNCOVERED_NAMESPACE,
    UNDECLARED_PROTOCOL,
    TARGET_WITHOUT_WORKLOAD,
    DENY_WITHOUT_ENDPOINT,
    NEGATIVE_ON_PERMISSIVE_PORT,
    EXPIRED,
    USELESS_ATTRIBUTE,
    FOREIGN_POLICY,
    DENY_PATH_TEMPLATE,
    DENY_PATH_PREFIX,
    SHADOWED_RULE,
    OPEN_UDP_PORT,
    MISSPELLED_ACCOUNT,
    DIRECT_PROBE,
    NOT_MODELLED,
    DENIES_ALL_TCP,
    SELECTOR_WITHOUT_LABELS,
    ATTRIBUTE_WITHOUT_EFFECT,
    SELECTS_NOTHING,
    PRIVATE_KEY,
    FIELD_WITHOUT_VALUE,
];
