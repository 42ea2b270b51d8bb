//! How the words of the language are spelled: the one table for the parser, which reads words into these values,
//! and the printer, which writes them back.

use super::ast::{Effect, Expected, MtlsMode, Promise};

/// The effects of a rule.
pub(super) const EFFECTS: [(Effect, &str); 2] = [(Effect::Allow, "allow"), (Effect::Deny, "deny")];

/// What a line of a test ends in.
pub(super) const OUTCOMES: [(Expected, &str); 2] =
    [(Expected::Allowed, "allowed"), (Expected::Denied, "denied")];

/// What a guarantee promises.
pub(super) const PROMISES: [(Promise, &str); 3] =
    [(Promise::Never, "never"), (Promise::Only, "only"), (Promise::Reaches, "reaches")];

/// The modes of an `mtls` statement.
pub(super) const MTLS_MODES: [(MtlsMode, &str); 3] =
    [(MtlsMode::Disable, "disable"), (MtlsMode::Permissive, "permissive"), (MtlsMode::Strict, "strict")];

/// The words that start a statement of this version.
pub(super) const STATEMENT_HEADS: [&str; 13] = [
    "allow",
    "deny",
    "group",
    "methods",
    "mtls",
    "namespace",
    "network",
    "never",
    "only",
    "open",
    "reaches",
    "test",
    "use",
];

/// The words that are no bare name of a service: heads of statements, of this version and of later ones, and what
/// stands in the place of a caller.
pub(super) const RESERVED: [&str; 24] = [
    "account",
    "allow",
    "anyone",
    "audit",
    "deny",
    "dry-run",
    "enforce",
    "except",
    "external",
    "group",
    "jwt",
    "mesh",
    "methods",
    "mtls",
    "namespace",
    "network",
    "never",
    "only",
    "open",
    "reaches",
    "template",
    "test",
    "traffic",
    "use",
];

/// Why a statement is there.
pub(super) const BECAUSE: &str = "because";
/// Who answers for it.
pub(super) const OWNER: &str = "owner";
/// Where it was asked for.
pub(super) const TICKET: &str = "ticket";
/// When it ends.
pub(super) const UNTIL: &str = "until";

/// A line that starts with one of these continues the statement above it.
pub(super) const CLAUSES: [&str; 7] = [BECAUSE, "except", OWNER, TICKET, UNTIL, "where", "with"];

/// The value that `word` spells.
pub(super) fn read<T: Copy>(table: &[(T, &str)], word: &str) -> Option<T> {
    table.iter().find(|(_, spelling)| *spelling == word).map(|(value, _)| *value)
}

/// The spelling of `value`; every value of the type is in its table.
pub(super) fn spell<T: PartialEq>(table: &[(T, &'static str)], value: &T) -> &'static str {
    table.iter().find(|(known, _)| known == value).map_or("", |(_, spelling)| *spelling)
}

/// Whether `word` is quoted where it is the bare name of a service.
pub(super) fn is_keyword(word: &str) -> bool {
    word == "in" || RESERVED.contains(&word) || CLAUSES.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::{CLAUSES, EFFECTS, MTLS_MODES, OUTCOMES, PROMISES, RESERVED, STATEMENT_HEADS};

    /// The words in quotes of a rule of the grammar, in order.
    fn words_of(rule: &str) -> Vec<&'static str> {
        let grammar = include_str!("../../grammar/ward.pest");
        let (_, body) = grammar.split_once(&format!("\n{rule} ")).expect("the grammar has the rule");
        let body = body.split_once("~ word_end").map_or(body, |(words, _)| words);
        body.split('"').skip(1).step_by(2).collect()
    }

    #[test]
    fn the_grammar_spells_the_words_as_the_table_does() {
        assert_eq!(words_of("clause_word"), CLAUSES);
        assert_eq!(words_of("effect"), EFFECTS.map(|(_, word)| word));
        assert_eq!(words_of("mtls_mode"), MTLS_MODES.map(|(_, word)| word));
        assert_eq!(words_of("outcome"), OUTCOMES.map(|(_, word)| word));
        assert_eq!(words_of("promise"), PROMISES.map(|(_, word)| word));
        assert_eq!(words_of("reserved"), RESERVED);
    }

    #[test]
    fn a_reserved_word_starts_a_statement_or_stands_for_callers() {
        let mut words = words_of("unsupported_word");
        words.extend(STATEMENT_HEADS);
        words.extend(["account", "anyone", "except", "mesh"]);
        words.sort_unstable();
        assert_eq!(words, RESERVED);
    }

    #[test]
    fn the_manual_lists_the_reserved_words() {
        let manual = include_str!("../../docs/language.md");
        let (_, list) = manual.split_once("Reserved words: `").expect("the manual has a list");
        let mut words: Vec<&str> = list.split('`').next().unwrap_or_default().split_whitespace().collect();
        words.sort_unstable();
        assert_eq!(words, RESERVED);
    }
}
