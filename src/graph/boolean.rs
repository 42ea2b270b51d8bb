//! Booleans in labels and annotations, which are strings, as Istio reads them.

/// Go's `strconv.ParseBool`; `None` for what it does not take.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
