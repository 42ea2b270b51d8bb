//! Names as numbers: each text is kept once for the life of the process, and whoever speaks of it holds four bytes.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A short text that is written many times: a name, a method, a path. A mesh has some ten thousand of them, and a
/// policy writes each of them again and again.
///
/// It is compared, ordered and hashed as the text that it stands for. Texts are never given back, which suits a
/// program that reads its input once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Symbol(NonZeroU32);

/// Symbol `n` stands for text `n - 1`. Reading takes no lock.
static TEXTS: boxcar::Vec<&'static str> = boxcar::Vec::new();

/// Which symbol a text has, in parts, so that files that are read side by side seldom wait for each other.
static SYMBOLS: [Mutex<FxHashMap<&'static str, Symbol>>; PARTS] =
    [const { Mutex::new(FxHashMap::with_hasher(FxBuildHasher)) }; PARTS];

const PARTS: usize = 32;

impl Symbol {
    /// The symbol of a text.
    pub fn new(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        let part = FxBuildHasher.hash_one(text) as usize % PARTS;
        // A part is whole at every moment, so another thread's panic has not broken it.
        let mut symbols = SYMBOLS[part].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(symbol) = symbols.get(text) {
            return *symbol;
        }
        let text: &'static str = Box::leak(Box::from(text));
        let number = u32::try_from(TEXTS.push(text) + 1).ok().and_then(NonZeroU32::new);
        let symbol = Self(number.expect("four billion texts are more than a machine has memory for"));
        symbols.insert(text, symbol);
        symbol
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        TEXTS[self.0.get() as usize - 1]
    }
}

impl Default for Symbol {
    fn default() -> Self {
        Self::new("")
    }
}

impl Deref for Symbol {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Symbol {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// A map from symbols can be asked with any text.
impl Borrow<str> for Symbol {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl Hash for Symbol {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Ord for Symbol {
    fn cmp(&self, other: &Self) -> Ordering {
        if self == other { Ordering::Equal } else { self.as_str().cmp(other.as_str()) }
    }
}

impl PartialOrd for Symbol {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq<str> for Symbol {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Symbol {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Symbol {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<Symbol> for str {
    fn eq(&self, other: &Symbol) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<Symbol> for &str {
    fn eq(&self, other: &Symbol) -> bool {
        *self == other.as_str()
    }
}

impl PartialEq<Symbol> for String {
    fn eq(&self, other: &Symbol) -> bool {
        self == other.as_str()
    }
}

impl From<&str> for Symbol {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<&String> for Symbol {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

impl From<String> for Symbol {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Symbol> for String {
    fn from(symbol: Symbol) -> Self {
        symbol.as_str().to_owned()
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Symbol;

    #[test]
    fn a_text_has_one_symbol_whoever_asks_first() {
        let texts: Vec<String> = (0..1000).map(|number| format!("one-symbol-{number}")).collect();
        let ask = || texts.iter().map(Symbol::new).collect::<Vec<_>>();
        let (here, there) = std::thread::scope(|scope| {
            let other = scope.spawn(ask);
            (ask(), other.join().expect("nothing in it panics"))
        });
        assert_eq!(here, there);
        assert!(here.iter().zip(&texts).all(|(symbol, text)| symbol == text));
        assert_eq!(size_of::<Option<Symbol>>(), 4);
    }

    #[test]
    fn symbols_are_ordered_and_found_as_their_texts() {
        let names = ["orders", "", "payments", "Orders", "café", "cafe"];
        let by_name: BTreeMap<Symbol, usize> =
            names.iter().enumerate().map(|(number, name)| (Symbol::new(name), number)).collect();
        let mut sorted = names;
        sorted.sort_unstable();
        assert_eq!(by_name.keys().map(Symbol::as_str).collect::<Vec<_>>(), sorted);
        assert_eq!(by_name.get("payments"), Some(&2));
        assert_eq!(Symbol::default(), "");
    }
}
