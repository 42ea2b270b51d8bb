//! The exit codes, which scripts and CI rely on.

use meshward::Checked;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Nothing to complain of.
    Fine = 0,
    /// The input was understood and something is wrong with it: an error in the policy, a stale bundle.
    Findings = 1,
    /// Wrong arguments, or a file that can not be read or written.
    Unusable = 2,
}

impl Exit {
    /// How a run ends that errors stopped.
    pub(crate) fn of_errors(checked: &Checked) -> Self {
        if checked.has_unreadable() { Self::Unusable } else { Self::Findings }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
