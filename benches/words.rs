//! What a generated mesh is made of: names, and the shapes of rules with how often each occurs. In the
//! shapes `NOUN` stands for what the target keeps (`invoices`), `PACKAGE` for its protobuf package.

/// What teams are called; a namespace is one of these and a number.
pub(crate) const DOMAINS: [&str; 16] = [
    "accounting",
    "analytics",
    "billing",
    "catalog",
    "checkout",
    "content",
    "delivery",
    "fraud",
    "identity",
    "insights",
    "loyalty",
    "marketing",
    "partners",
    "pricing",
    "search",
    "support",
];

/// What services keep. There are more than services in a namespace, so that none comes twice in one.
pub(crate) const NOUNS: [&str; 40] = [
    "addresses",
    "alerts",
    "assets",
    "audits",
    "banners",
    "baskets",
    "bookings",
    "brands",
    "campaigns",
    "carriers",
    "claims",
    "comments",
    "consents",
    "contracts",
    "coupons",
    "credits",
    "customers",
    "devices",
    "disputes",
    "documents",
    "exports",
    "features",
    "forecasts",
    "images",
    "invoices",
    "labels",
    "ledgers",
    "locations",
    "messages",
    "orders",
    "parcels",
    "payments",
    "products",
    "profiles",
    "quotes",
    "ratings",
    "refunds",
    "reports",
    "returns",
    "sessions",
];

/// What a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An HTTP interface on port 80.
    Http,
    /// A gRPC service on port 50051.
    Grpc,
    /// A database on port 5432.
    Tcp,
}

/// How many services in a hundred are of each kind, with the last part of the name.
pub(crate) const KINDS: [(usize, (Kind, &str)); 6] = [
    (45, (Kind::Http, "api")),
    (15, (Kind::Http, "web")),
    (10, (Kind::Http, "worker")),
    (15, (Kind::Grpc, "grpc")),
    (10, (Kind::Tcp, "db")),
    (5, (Kind::Tcp, "queue")),
];

/// The endpoints that an HTTP service lists.
pub(crate) const HTTP_ENDPOINTS: [&str; 14] = [
    "GET /api/v1/NOUN",
    "POST /api/v1/NOUN",
    "GET /api/v1/NOUN/{id}",
    "PUT /api/v1/NOUN/{id}",
    "DELETE /api/v1/NOUN/{id}",
    "GET /api/v1/NOUN/{id}/history",
    "POST /api/v1/NOUN/search",
    "GET /api/v1/NOUN/export/csv",
    "GET /healthz",
    "GET /status",
    "GET /version",
    "POST /hooks/NOUN",
    "GET /admin/settings",
    "POST /admin/cache/flush",
];

/// The endpoints that a gRPC service lists.
pub(crate) const GRPC_ENDPOINTS: [&str; 4] = [
    "POST /PACKAGE.NOUN/Get",
    "POST /PACKAGE.NOUN/List",
    "POST /PACKAGE.NOUN/Create",
    "POST /PACKAGE.NOUN/Watch",
];

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Callers {
    /// So many services by name.
    Named(usize),
    /// `account billing-000/invoices-api`
    Account,
    /// Many at once, on their own endpoint; once for a target, since a second such rule would repeat the
    /// first.
    Wide(Wide),
}

/// Callers that are not one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wide {
    /// The group of the target's namespace.
    Group,
    /// `billing-000/*`
    Namespace,
    /// The network of the target's namespace.
    Network,
    /// `mesh`
    Mesh,
    /// `mesh except orders-web`
    MeshExcept,
}

/// How many rules in a hundred have each kind of caller.
pub(crate) const CALLERS: [(usize, Callers); 10] = [
    (62, Callers::Named(1)),
    (13, Callers::Named(2)),
    (5, Callers::Named(3)),
    (3, Callers::Named(5)),
    (2, Callers::Account),
    (8, Callers::Wide(Wide::Group)),
    (4, Callers::Wide(Wide::Namespace)),
    (1, Callers::Wide(Wide::Network)),
    (1, Callers::Wide(Wide::Mesh)),
    (1, Callers::Wide(Wide::MeshExcept)),
];

/// What named callers may do with an HTTP service.
pub(crate) const HTTP_OPERATIONS: [(usize, &str); 16] = [
    (12, " GET /api/v1/NOUN"),
    (12, " GET /api/v1/NOUN/{id}"),
    (12, " GET /api/v1/NOUN/*"),
    (8, " POST /api/v1/NOUN"),
    (8, " GET, POST /api/v1/NOUN"),
    (6, " PUT, DELETE /api/v1/NOUN/{id}"),
    (6, " GET /api/v1/NOUN, /api/v1/NOUN/{id}, /api/v1/NOUN/{id}/history"),
    (4, " GET /api/v1/NOUN/{*}/history"),
    (4, " GET /api/v1/NOUN/{**}"),
    (6, " @read /api/v1/NOUN, /api/v1/NOUN/*"),
    (4, " GET /api/v1/NOUN/* except /api/v1/NOUN/export/*"),
    (4, " /api/v1/NOUN/*"),
    (4, " POST /api/v1/NOUN/search"),
    (3, ":http GET /api/v1/NOUN/*"),
    (5, " {\n  GET /api/v1/NOUN/*\n  POST /api/v1/NOUN, /api/v1/NOUN/search\n  PUT /api/v1/NOUN/{id}\n}"),
    (2, ""),
];

/// What wide callers may do with an HTTP service.
pub(crate) fn wide_operation(callers: Wide) -> &'static str {
    match callers {
        Wide::Group => " GET /api/v1/NOUN/export/*",
        Wide::Namespace => " GET /status",
        Wide::Network => " POST /hooks/NOUN",
        Wide::Mesh => " GET /healthz",
        Wide::MeshExcept => " GET /version",
    }
}

/// What may be done with a gRPC service.
pub(crate) const GRPC_OPERATIONS: [(usize, &str); 4] = [
    (4, " grpc PACKAGE.NOUN/Get"),
    (2, " grpc PACKAGE.NOUN/Get, PACKAGE.NOUN/List"),
    (2, " grpc PACKAGE.NOUN/*"),
    (1, ":grpc grpc PACKAGE.NOUN/Create"),
];

/// What may be done with a database.
pub(crate) const TCP_OPERATIONS: [(usize, &str); 2] = [(3, ":5432"), (1, "")];
