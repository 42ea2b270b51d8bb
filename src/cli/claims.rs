//! `--claim` and `--header`: their text, and the token and headers that they make.

use std::collections::BTreeMap;

use meshward::access::{ClaimPath, Claims, Token};
use meshward::query::World;

use super::args::{RequestArgs, TokenState};
use meshward::source::Symbol;

/// A claim of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    path: Vec<Symbol>,
    values: Vec<String>,
}

/// Reads `role=admin`, `realm.roles=[a,b]`, `["https://x/role"]=dev`.
pub(crate) fn parse(text: &str) -> Result<Claim, String> {
    let mut path = Vec::new();
    let mut rest = text;
    while !rest.starts_with('=') {
        let (key, behind) = key(rest)?;
        path.push(Symbol::new(key));
        rest = behind.strip_prefix('.').unwrap_or(behind);
    }
    if path.is_empty() {
        return Err("write the claim in front of `=`".to_owned());
    }
    let value = &rest[1..];
    let list = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
    let values = match list {
        Some("") => Vec::new(),
        Some(list) => list.split(',').map(|item| item.trim().to_owned()).collect(),
        None => vec![value.to_owned()],
    };
    Ok(Claim { path, values })
}

/// The first key of a path, and what follows it.
fn key(text: &str) -> Result<(&str, &str), String> {
    if let Some(quoted) = text.strip_prefix("[\"") {
        return quoted.split_once("\"]").ok_or_else(|| "this `[\"` has no `\"]`".to_owned());
    }
    let end = text.find(['.', '=', '[']).ok_or_else(|| "write `PATH=VALUE`".to_owned())?;
    if end == 0 {
        return Err("a part of the path is empty".to_owned());
    }
    Ok(text.split_at(end))
}

/// Reads `NAME: VALUE`.
pub(crate) fn header(text: &str) -> Result<(Symbol, String), String> {
    let (name, value) = text.split_once(':').ok_or("write `NAME: VALUE`")?;
    if name.trim().is_empty() {
        return Err("the name is missing".to_owned());
    }
    Ok((Symbol::from(name.trim().to_ascii_lowercase()), value.trim().to_owned()))
}

/// The headers of a request.
pub(crate) fn headers(args: &RequestArgs) -> BTreeMap<Symbol, Vec<String>> {
    let mut headers: BTreeMap<Symbol, Vec<String>> = BTreeMap::new();
    for (name, value) in &args.headers {
        headers.entry(*name).or_default().push(value.clone());
    }
    headers
}

/// The token of a request. One that names no issuer is taken for the only one that the world knows.
pub(crate) fn token(args: &RequestArgs, world: &World) -> Token {
    if args.token == Some(TokenState::Invalid) {
        return Token::Invalid;
    }
    if args.claims.is_empty() {
        return Token::Absent;
    }
    let mut claims = Claims::default();
    for Claim { path, values } in &args.claims {
        match path.as_slice() {
            [name] if name == "iss" => claims.issuer = values.first().cloned(),
            [name] if name == "sub" => claims.subject = values.first().cloned(),
            path => claims.others.entry(ClaimPath::from(path)).or_default().extend(values.iter().cloned()),
        }
    }
    if let (None, [only]) = (&claims.issuer, world.issuers().as_slice()) {
        claims.issuer = Some((*only).to_owned());
    }
    Token::Valid(claims)
}

#[cfg(test)]
mod tests {
    use super::{header, parse};

    #[test]
    fn a_path_is_dotted_or_quoted() {
        let path = |text: &str| parse(text).map(|claim| claim.path.join(" | "));
        assert_eq!(path("role=admin"), Ok("role".to_owned()));
        assert_eq!(path("realm.roles=[a, b]"), Ok("realm | roles".to_owned()));
        assert_eq!(path("[\"https://x/role\"].a=dev"), Ok("https://x/role | a".to_owned()));
        assert_eq!(path("a[\"b.c\"]=dev"), Ok("a | b.c".to_owned()));
        for wrong in ["role", "=x", ".a=x", "[\"a=x", ""] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_has_several_values_and_an_empty_one_none() {
        let values = |text: &str| parse(text).map(|claim| claim.values);
        assert_eq!(values("a=b=c"), Ok(vec!["b=c".to_owned()]));
        assert_eq!(values("a=[b, c]"), Ok(vec!["b".to_owned(), "c".to_owned()]));
        assert_eq!(values("a=[]"), Ok(Vec::new()));
    }

    #[test]
    fn the_name_of_a_header_has_no_case() {
        assert_eq!(header("X-Role: a:b"), Ok(("x-role".into(), "a:b".to_owned())));
        assert!(header("x").is_err());
        assert!(header(": a").is_err());
    }
}
