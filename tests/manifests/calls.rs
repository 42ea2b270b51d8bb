//! Who calls whom, as far as environment variables, arguments and configuration files reveal it.

use meshward::graph::manifests::{calls_elsewhere, suggest_calls};

use super::{Read, read};

const SERVICES: &str = "apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: cart, namespace: shop}, spec: {selector: {app: cart}, ports: [{port: 7070}]}}
- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}, ports: [{port: 80}, {port: 8080}]}}
- {apiVersion: v1, kind: Service, metadata: {name: postgres, namespace: shop}, spec: {selector: {app: db}, ports: [{port: 5432}]}}
- {apiVersion: v1, kind: Service, metadata: {name: mongo, namespace: shop}, spec: {selector: {app: mongo}, clusterIP: None}}
- {apiVersion: v1, kind: Service, metadata: {name: ledger, namespace: bank}, spec: {selector: {app: ledger}, ports: [{port: 443}]}}
- apiVersion: apps/v1
  kind: StatefulSet
  metadata: {name: mongo, namespace: shop}
  spec: {template: {metadata: {labels: {app: mongo}}, spec: {containers: []}}}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: settings, namespace: shop}
  data: {DB_HOST: postgres, WEB: 'http://web', greeting: cart}
---
";

fn with_container(container: &str) -> Read {
    read(&format!(
        "{SERVICES}apiVersion: apps/v1
kind: Deployment
metadata: {{name: front, namespace: shop}}
spec:
  template:
    metadata: {{labels: {{app: front}}}}
    spec:
      containers:
      - {container}
"
    ))
}

/// The calls of a container given as a flow mapping: `callee[:port] <- text`.
fn calls(container: &str) -> Vec<String> {
    let read = with_container(container);
    suggest_calls(&read.manifests, &read.graph)
        .iter()
        .map(|call| {
            assert_eq!(call.caller.to_string(), "shop/front");
            let port = call.port.map_or(String::new(), |port| format!(":{port}"));
            format!("{}{port} <- {}", call.callee, call.text)
        })
        .collect()
}

fn of_variable(name: &str, value: &str) -> Vec<String> {
    calls(&format!("{{name: x, env: [{{name: {name}, value: '{value}'}}]}}"))
}

#[test]
fn an_address_with_a_port() {
    assert_eq!(of_variable("CART_ADDR", "cart:7070"), ["shop/cart:7070 <- CART_ADDR=cart:7070"]);
    assert_eq!(of_variable("X", "cart.shop:7070"), ["shop/cart:7070 <- X=cart.shop:7070"]);
    assert_eq!(of_variable("X", "CART.shop.svc.cluster.local.:7070").len(), 1);
    assert_eq!(of_variable("X", "web:8080,cart:7070").len(), 2);
}

#[test]
fn a_url() {
    assert_eq!(of_variable("X", "http://web/api"), ["shop/web:80 <- X=http://web/api"]);
    assert_eq!(of_variable("X", "http://web:8080/api"), ["shop/web:8080 <- X=http://web:8080/api"]);
    assert_eq!(
        of_variable("X", "https://ledger.bank.svc/"),
        ["bank/ledger:443 <- X=https://ledger.bank.svc/"]
    );
    assert_eq!(of_variable("X", "http://cart"), ["shop/cart <- X=http://cart"]);
    assert_eq!(of_variable("X", "jdbc:postgresql://postgres:5432/db?user=x").len(), 1);
    assert_eq!(of_variable("X", "postgres://user:secret@postgres/db").len(), 1);
    assert_eq!(of_variable("X", "dns:///cart:7070").len(), 1);
    assert_eq!(
        of_variable("X", "postgresql+asyncpg://u:p@postgres/shop"),
        ["shop/postgres:5432 <- X=postgresql+asyncpg://u:p@postgres/shop"]
    );
    assert_eq!(of_variable("X", "http://web:80/a,http://cart:7070/b").len(), 2);
}

#[test]
fn a_host_alone_needs_a_name_that_says_so() {
    assert_eq!(of_variable("DB_HOST", "postgres"), ["shop/postgres <- DB_HOST=postgres"]);
    assert_eq!(of_variable("dbHost", "postgres").len(), 1);
    assert_eq!(of_variable("X", "ledger.bank.svc.cluster.local").len(), 1);
    assert!(of_variable("POSTGRES_USER", "postgres").is_empty());
    assert!(of_variable("GHOST", "postgres").is_empty());
}

#[test]
fn host_and_port_may_be_two_variables() {
    let container = "{name: x, env: [{name: DB_PORT, value: '5432'}, {name: DB_HOST, value: postgres}]}";
    assert_eq!(calls(container), ["shop/postgres:5432 <- DB_HOST=postgres"]);
    let other = "{name: x, env: [{name: PORT, value: '5432'}, {name: DB_HOST, value: postgres}]}";
    assert_eq!(calls(other), ["shop/postgres <- DB_HOST=postgres"]);
}

/// `callee:port` of a variable that stands beside `WEB_PORT: '8080'`.
fn beside_a_port(name: &str, value: &str) -> Vec<String> {
    let container =
        format!("{{name: x, env: [{{name: WEB_PORT, value: '8080'}}, {{name: {name}, value: {value}}}]}}");
    calls(&container).iter().map(|call| call.split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_port_of_a_host_may_stand_beside_it() {
    for name in ["WEB_HOST", "WEB_ADDR", "WEB_SERVER", "WEB_ADDRESS", "web.hostname", "webHost", "WEB"] {
        assert_eq!(beside_a_port(name, "web"), ["shop/web:8080"], "{name}");
    }
    assert_eq!(beside_a_port("WEB_HOST", "postgres"), ["shop/postgres"]);
    assert!(beside_a_port("WEB", "postgres").is_empty(), "it has no such port");
    assert!(beside_a_port("WEB", "webs").is_empty());
    assert!(beside_a_port("MODE", "web").is_empty());
    let service =
        "{name: x, env: [{name: WEB_SERVICE_HOST, value: web}, {name: WEB_SERVICE_PORT, value: '80'}]}";
    assert_eq!(calls(service), ["shop/web:80 <- WEB_SERVICE_HOST=web"]);
}

#[test]
fn a_connection_string() {
    let callees = |value: &str| -> Vec<String> {
        let found = of_variable("ConnectionStrings__Default", value);
        found.iter().map(|call| call.split(' ').next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(callees("Host=postgres;Username=cart;Password=web"), ["shop/postgres"]);
    assert_eq!(callees("Host=web;Port=8080;Database=cart"), ["shop/web:8080"]);
    assert_eq!(callees("Server=web,8080;Database=cart"), ["shop/web:8080"]);
    assert_eq!(callees("Data Source=tcp:web.shop,80; Initial Catalog=cart"), ["shop/web:80"]);
    assert_eq!(callees("Host=web:80,postgres;User=x"), ["shop/postgres", "shop/web:80"]);
    assert_eq!(callees("host=web port=80 user=postgres dbname=cart"), ["shop/web:80"]);
    assert_eq!(callees("Server=web-2;Database=cart"), [] as [&str; 0]);
    assert_eq!(callees("Username=postgres;Database=cart"), [] as [&str; 0]);
    assert_eq!(calls("{name: x, args: ['--db=Server=web,80;Database=x']}").len(), 1);
    assert_eq!(calls("{name: x, args: ['Host=web;Port=80']}"), ["shop/web:80 <- Host=web;Port=80"]);
}

#[test]
fn a_host_and_its_port_on_a_command_line() {
    let of = |arguments: &str| -> Vec<String> {
        let found = calls(&format!("{{name: x, args: [{arguments}]}}"));
        found.iter().map(|call| call.split(' ').next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(of("--db-host=web, --db-port=80"), ["shop/web:80"]);
    assert_eq!(of("--db-port, '80', --db-host, web"), ["shop/web:80"]);
    assert_eq!(of("-h, web, -p, '80'"), ["shop/web:80"]);
    assert_eq!(of("nc, -z, web, '80'"), ["shop/web:80"]);
    assert_eq!(of("sh, -c, 'until nc -z web 80; do sleep 1; done'"), ["shop/web:80"]);
    assert_eq!(of("sh, -c, 'run web 99; cart --workers 80; mongo 27017'"), [] as [&str; 0]);
}

#[test]
fn one_call_for_many_mentions() {
    let container = "{name: x, env: [{name: WEB_HOST, value: web}, {name: A, value: 'web:80'}, {name: B, value: 'http://web/b'}]}";
    assert_eq!(calls(container), ["shop/web:80 <- A=web:80"]);
}

#[test]
fn a_pod_of_a_stateful_set() {
    assert_eq!(
        of_variable("X", "mongodb://mongo-0.mongo:27017"),
        ["shop/mongo <- X=mongodb://mongo-0.mongo:27017"]
    );
    assert_eq!(of_variable("X", "mongo-0.mongo.shop.svc.cluster.local:27017").len(), 1);
    assert!(of_variable("X", "http://primary.mongo:27017").is_empty());
}

#[test]
fn nothing_is_guessed() {
    for (name, value) in [
        ("IMAGE", "postgres:14"),
        ("PATH", "/usr/bin/cart:/bin"),
        ("CART_ADDR", "cart-v2:7070"),
        ("CART_ADDR", "my.cart:7070"),
        ("CART_ADDR", "cart.example.com:7070"),
        ("CART_ADDR", "cart.bank:7070"),
        ("LEDGER", "ledger:443"),
        ("TITLE", "web"),
        ("X", "http://webserver/"),
        ("X", "http://example.com/cart:7070"),
        ("LISTEN_ADDR", ":7070"),
    ] {
        assert_eq!(of_variable(name, value), Vec::<String>::new(), "{name}={value}");
    }
}

#[test]
fn arguments_and_commands() {
    assert_eq!(calls("{name: x, args: [--cart=cart:7070]}"), ["shop/cart:7070 <- --cart=cart:7070"]);
    assert_eq!(calls("{name: x, args: [--db-host, postgres]}"), ["shop/postgres <- --db-host=postgres"]);
    assert_eq!(calls("{name: x, args: [--user, postgres]}"), Vec::<String>::new());
    let script = "{name: x, command: [sh, -c, 'while true; do wget -q \"http://web:8080/a\"; done']}";
    assert_eq!(calls(script).len(), 1);
}

#[test]
fn variables_refer_to_others() {
    let container = "{name: x, env: [{name: SVC, value: web}, {name: URL, value: 'http://$(SVC):8080'}, {name: NONE, value: 'http://$(GONE)'}]}";
    assert_eq!(calls(container), ["shop/web:8080 <- URL=http://web:8080"]);
    assert_eq!(
        calls("{name: x, env: [{name: SVC, value: cart}], args: ['--to', '$(SVC):7070']}"),
        ["shop/cart:7070 <- --to=cart:7070"]
    );
}

#[test]
fn config_maps() {
    assert_eq!(
        calls("{name: x, envFrom: [{configMapRef: {name: settings}}]}"),
        ["shop/postgres <- DB_HOST=postgres", "shop/web:80 <- WEB=http://web"]
    );
    assert_eq!(
        calls("{name: x, env: [{name: SITE_URL, valueFrom: {configMapKeyRef: {name: settings, key: WEB}}}]}"),
        ["shop/web:80 <- SITE_URL=http://web"]
    );
}

/// The calls of a pod that mounts a file.
fn of_file(volume: &str, text: &str) -> Vec<String> {
    let lines: String = text.lines().map(|line| format!("    {line}\n")).collect();
    let read = read(&format!(
        "{SERVICES}apiVersion: v1
kind: ConfigMap
metadata: {{name: files, namespace: shop}}
data:
  app.conf: |
{lines}---
apiVersion: v1
kind: Pod
metadata: {{name: front, namespace: shop}}
spec: {{containers: [{{name: x}}], volumes: [{{name: v, {volume}}}]}}
"
    ));
    let calls = suggest_calls(&read.manifests, &read.graph);
    let shown = calls.iter().map(|call| {
        let port = call.port.map_or(String::new(), |port| format!(":{port}"));
        format!("{}{port} <- {}", call.callee, call.text)
    });
    shown.collect()
}

#[test]
fn files_of_config_maps() {
    let of = |text: &str| of_file("configMap: {name: files}", text);
    let nginx =
        "# http://cart\nupstream shop {\n  server web:8080;\n}\nlocation / { proxy_pass http://cart; }\n";
    assert_eq!(
        of(nginx),
        ["shop/cart <- location / { proxy_pass http://cart; }", "shop/web:8080 <- server web:8080;"]
    );
    assert_eq!(of("db.host=web\ndb.port=80\nname=postgres\n"), ["shop/web:80 <- db.host=web"]);
    assert_eq!(of("db:\n  host: postgres\n  user: web\n"), ["shop/postgres <- host=postgres"]);
    assert_eq!(
        of("{\n  \"host\": \"postgres\",\n  \"name\": \"web\"\n}\n"),
        ["shop/postgres <- host=postgres"]
    );
    assert_eq!(of("- targets: ['web:80', 'cart:7070']\n").len(), 2);
    assert_eq!(of("image: postgres:14\ntitle: web\ncart\n"), [] as [&str; 0]);
    let projected = "projected: {sources: [{secret: {name: s}}, {configMap: {name: files}}]}";
    assert_eq!(of_file(projected, "url: http://web/\n"), ["shop/web:80 <- url=http://web/"]);
    assert_eq!(of_file("configMap: {name: others}", nginx), [] as [&str; 0]);
}

#[test]
fn the_place_is_that_of_the_value() {
    let read = with_container("{name: x, env: [{name: CART_ADDR, value: \"cart:7070\"}]}");
    let calls = suggest_calls(&read.manifests, &read.graph);
    assert_eq!(read.sources.text(calls[0].span), "\"cart:7070\"");
}

#[test]
fn its_own_service_is_no_call() {
    let read = read(&format!(
        "{SERVICES}apiVersion: v1
kind: Pod
metadata: {{name: cart, namespace: shop, labels: {{app: cart}}}}
spec: {{containers: [{{name: x, env: [{{name: PUBLIC_ADDR, value: 'cart:7070'}}]}}]}}
"
    ));
    assert!(suggest_calls(&read.manifests, &read.graph).is_empty());
}

#[test]
fn an_address_whose_port_the_service_has_not() {
    let container = "{name: x, env: [{name: WEB_URL, value: 'http://web:9999/v1'}]}";
    let read = with_container(container);
    let found = suggest_calls(&read.manifests, &read.graph);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].port, found[0].missing_port), (None, Some(9999)));
}

#[test]
fn each_variant_of_a_config_map_is_looked_at() {
    let variant = "apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {DB_HOST: elsewhere.example.com, LEDGER: 'https://ledger.bank'}
---
";
    let front = "apiVersion: apps/v1
kind: Deployment
metadata: {name: front, namespace: shop}
spec: {template: {spec: {containers: [{name: x, envFrom: [{configMapRef: {name: settings}}]}]}}}
";
    let read = read(&format!("{SERVICES}{variant}{front}"));
    let found = suggest_calls(&read.manifests, &read.graph);
    let callees: Vec<String> = found.iter().map(|call| call.callee.to_string()).collect();
    assert_eq!(callees, ["bank/ledger", "shop/postgres", "shop/web"]);
}

/// The services in namespaces without manifests that a variable names: `namespace/service`.
fn elsewhere(value: &str) -> Vec<String> {
    let read = with_container(&format!("{{name: x, env: [{{name: A_URL, value: '{value}'}}]}}"));
    let calls = calls_elsewhere(&read.manifests, &read.graph);
    calls.iter().map(|call| call.callee.to_string()).collect()
}

#[test]
fn a_namespace_without_manifests_is_told_by_a_host_of_the_cluster() {
    assert_eq!(elsewhere("http://rates.market.svc:8080/v1"), ["market/rates"]);
    assert_eq!(elsewhere("rates-0.rates.market.svc.cluster.local"), ["market/rates"]);
    assert_eq!(elsewhere("rates.market:6379"), ["market/rates"]);
    for known_or_outside in [
        "http://ledger.bank.svc",
        "http://nobody.bank.svc",
        "cart:7070",
        "mongo-0.mongo:27017",
        "redis-0.redis:6379",
        "https://github.com:443/x",
        "http://api.example.com:80",
        "10.0.0.1:80",
        "http://rates.market/v1",
    ] {
        assert_eq!(elsewhere(known_or_outside), [] as [&str; 0], "{known_or_outside}");
    }
}
