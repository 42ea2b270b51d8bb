//! The keys of `when`: what each of them looks at, and which can be seen in HTTP only (`model/model.go`).

/// What a condition looks at. `None` stands for a name that Istio takes and then can not use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attribute<'k> {
    Audiences,
    Claim(Option<Vec<&'k str>>),
    DestinationIp,
    DestinationPort,
    Header(Option<&'k str>),
    Metadata(Option<&'k str>),
    Presenter,
    RemoteIp,
    RequestPrincipal,
    Sni,
    SourceIp,
    SourceNamespace,
    SourcePrincipal,
    SourceServiceAccount,
    SourceTrustDomain,
}

impl<'k> Attribute<'k> {
    /// The attribute of a key; `None` if there is no such attribute, which makes Istio leave out the whole rule.
    pub(super) fn parse(key: &'k str) -> Option<Self> {
        Some(match key {
            "connection.sni" => Self::Sni,
            "destination.ip" => Self::DestinationIp,
            "destination.port" => Self::DestinationPort,
            "remote.ip" => Self::RemoteIp,
            "request.auth.audiences" => Self::Audiences,
            "request.auth.presenter" => Self::Presenter,
            "request.auth.principal" => Self::RequestPrincipal,
            "source.ip" => Self::SourceIp,
            "source.namespace" => Self::SourceNamespace,
            "source.principal" => Self::SourcePrincipal,
            "source.serviceAccount" => Self::SourceServiceAccount,
            "source.trustDomain" => Self::SourceTrustDomain,
            _ => return Self::with_name(key),
        })
    }

    /// Only the beginning of such a key is checked before it is used.
    fn with_name(key: &'k str) -> Option<Self> {
        if key.starts_with("experimental.envoy.filters.") {
            return Some(Self::Metadata(key.contains('[').then_some(key)));
        }
        if let Some(name) = key.strip_prefix("request.headers") {
            return Some(Self::Header(in_brackets(name)));
        }
        key.strip_prefix("request.auth.claims").map(|name| Self::Claim(in_nested_brackets(name)))
    }

    /// Whether only HTTP has it.
    pub(super) fn is_http(&self) -> bool {
        match self {
            Self::Audiences | Self::Claim(_) | Self::Header(_) | Self::Presenter | Self::RequestPrincipal => {
                true
            }
            Self::DestinationIp
            | Self::DestinationPort
            | Self::Metadata(_)
            | Self::RemoteIp
            | Self::Sni
            | Self::SourceIp
            | Self::SourceNamespace
            | Self::SourcePrincipal
            | Self::SourceServiceAccount
            | Self::SourceTrustDomain => false,
        }
    }
}

/// `extractNameInBrackets`: what is between the first and the last character.
fn in_brackets(text: &str) -> Option<&str> {
    text.strip_suffix(']').filter(|text| text.starts_with('[')).map(|text| &text[1..])
}

/// `extractNameInNestedBrackets`: `[a][b]` is a path; what is no chain of brackets is one name.
fn in_nested_brackets(text: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|inner| inner.split_once(']'));
        match inner {
            Some((name, behind)) if !name.contains('[') => {
                names.push(name);
                rest = behind;
            }
            Some(_) | None => return in_brackets(text).map(|name| vec![name]),
        }
    }
    Some(names)
}
