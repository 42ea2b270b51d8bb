//! A short number for a sequence of texts that is the same in every build, on every machine and with every
//! compiler, which the standard library's hashers do not promise.

use crate::istio::resources::{Operation, Rule, Source};

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a over texts, each closed by a byte that no UTF-8 has.
pub(super) struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Self(OFFSET)
    }
}

impl Fingerprint {
    pub(super) fn of(text: &str) -> u64 {
        let mut fingerprint = Self::default();
        fingerprint.add(text);
        fingerprint.finish()
    }

    /// Of a whole rule.
    pub(super) fn of_rule(rule: &Rule) -> u64 {
        let mut fingerprint = Self::default();
        for from in &rule.from {
            fingerprint.add_source(&from.source);
        }
        for to in &rule.to {
            fingerprint.add_operation(&to.operation);
        }
        fingerprint.finish()
    }

    pub(super) fn of_source(source: &Source) -> u64 {
        let mut fingerprint = Self::default();
        fingerprint.add_source(source);
        fingerprint.finish()
    }

    pub(super) fn of_operation(operation: &Operation) -> u64 {
        let mut fingerprint = Self::default();
        fingerprint.add_operation(operation);
        fingerprint.finish()
    }

    fn add_source(&mut self, source: &Source) {
        self.add_all(&source.principals);
        self.add_all(&source.not_principals);
        self.add_all(&source.ip_blocks);
        self.add_all(&source.not_ip_blocks);
        self.add_all(&source.remote_ip_blocks);
        self.add_all(&source.not_remote_ip_blocks);
    }

    fn add_operation(&mut self, operation: &Operation) {
        self.add_all(&operation.hosts);
        self.add_all(&operation.ports);
        self.add_all(&operation.methods);
        self.add_all(&operation.paths);
        self.add_all(&operation.not_paths);
    }

    pub(super) fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(PRIME);
        }
    }

    fn add_all<T: AsRef<str>>(&mut self, texts: &[T]) {
        for text in texts {
            self.add(text.as_ref());
        }
        // Closes the list, so that `[a] [b]` and `[a, b] []` differ.
        self.add("");
    }

    /// The last texts reach only the low bits of an FNV sum; buckets and names are cut from the high ones.
    pub(super) fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        mixed ^ (mixed >> 33)
    }
}
