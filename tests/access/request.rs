//! A request reads aloud.

use meshward::access::{Claims, Request, Token};

#[test]
fn an_ordinary_request_is_short() {
    insta::assert_snapshot!(Request::new("GET", "example.com", "/a"));
}

#[test]
fn what_is_extraordinary_is_told() {
    let mut request = Request::new("POST", "shop", "/b");
    request.identity = Some("spiffe://cluster.local/ns/shop/sa/cart".to_owned());
    request.client = [198, 51, 100, 7].into();
    request.sni = Some("shop.example.com".to_owned());
    request.headers.insert("x-team".into(), vec!["red".to_owned(), String::new()]);
    request.token = Token::Valid(Claims {
        issuer: Some("https://issuer".to_owned()),
        subject: Some("ada".to_owned()),
        others: [(["realm", "roles"].map(Into::into).into(), vec!["admin".to_owned(), "dev".to_owned()])]
            .into(),
    });
    insta::assert_snapshot!(request);
}

#[test]
fn an_invalid_token_is_told() {
    let request = Request { token: Token::Invalid, ..Request::new("GET", "shop", "/") };
    insta::assert_snapshot!(request);
}
