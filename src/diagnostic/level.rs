//! The level of a lint: what a project makes of it.

use indexmap::IndexMap;

use super::{Code, Diagnostic, Severity};

/// What happens when a lint finds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing is said.
    Allow,
    /// A warning; a build goes on.
    Warn,
    /// An error; a build is refused.
    Deny,
}

impl Level {
    /// The severity of a diagnostic at this level; a lint that is allowed is dropped before it is shown.
    pub fn severity(self) -> Severity {
        match self {
            Self::Allow | Self::Warn => Severity::Warning,
            Self::Deny => Severity::Error,
        }
    }

    /// Reads `allow`, `warn` or `deny`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "allow" => Some(Self::Allow),
            "warn" => Some(Self::Warn),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}

/// The levels that a project sets, each for one lint.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    levels: IndexMap<Code, Level>,
}

impl Levels {
    /// Sets the level of a lint. Errors have no level of their own: only lints can be set.
    pub fn set(&mut self, code: Code, level: Level) {
        debug_assert!(code.is_lint(), "only lints have levels");
        self.levels.insert(code, level);
    }

    /// The level of a code in this project.
    pub fn get(&self, code: Code) -> Level {
        self.levels.get(&code).copied().unwrap_or_else(|| code.default_level())
    }

    /// Gives each lint its severity here and drops those that are allowed.
    pub fn apply(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        diagnostics
            .into_iter()
            .filter_map(|mut diagnostic| {
                if !diagnostic.code.is_lint() {
                    return Some(diagnostic);
                }
                match self.get(diagnostic.code) {
                    Level::Allow => None,
                    level @ (Level::Warn | Level::Deny) => {
                        diagnostic.severity = level.severity();
                        Some(diagnostic)
                    }
                }
            })
            .collect()
    }
}
