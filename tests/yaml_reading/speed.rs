//! temp
use super::read;
#[test]
fn speed() {
    let mut text = String::from("services:\n");
    for i in 0..10000 {
        text.push_str(&format!("  shop/service-{i}:\n    serviceAccount: service-{i}\n    labels: {{app: service-{i}}}\n    ports:\n      - {{name: http, port: 80, targetPort: 8080, protocol: http}}\n    endpoints: [\"GET /api/v1/users/{{id}}\", POST /api/v1/charges]\n    calls: [shop/service-1, shop/service-2]\n"));
    }
    let t = std::time::Instant::now();
    let (d, e) = read(&text);
    let s = t.elapsed();
    eprintln!(
        "yaml {} bytes {:?} {} {} {:.1} MB/s",
        text.len(),
        s,
        d.len(),
        e.len(),
        text.len() as f64 / 1e6 / s.as_secs_f64()
    );
    for n in [2500, 5000, 10000] {
        for nl in ["", "\n"] {
            let mut json = String::from("{\"items\":[");
            for i in 0..n {
                if i > 0 {
                    json.push(',');
                    json.push_str(nl);
                }
                json.push_str(&format!("{{\"kind\":\"Service\",\"metadata\":{{\"name\":\"service-{i}\",\"labels\":{{\"app\":\"x\"}}}},\"spec\":{{\"ports\":[{{\"port\":80,\"name\":\"http\"}}]}}}}"));
            }
            json.push_str("]}");
            let t = std::time::Instant::now();
            let (d, e) = read(&json);
            let s = t.elapsed();
            eprintln!(
                "json {} bytes {:?} {} {} {:.1} MB/s",
                json.len(),
                s,
                d.len(),
                e.len(),
                json.len() as f64 / 1e6 / s.as_secs_f64()
            );
        }
    }
}
