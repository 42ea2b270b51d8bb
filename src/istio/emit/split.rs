//! Splitting what is too large for one object, so that an edit moves as little as possible: each item goes
//! where the first bits of its fingerprint say, and a bucket that overflows falls in two.
//!
//! ```text
//!            all                  too large: one more bit
//!         0 ─┴─ 1
//!            10 ┴ 11              `1` was still too large
//! ```
//!
//! An item that is added or removed touches its own bucket only.

use super::fingerprint::Fingerprint;
use super::size;

/// Items that fit together.
pub(super) struct Bucket<T> {
    /// The bits that the fingerprints of its items begin with, as text; empty where nothing was split.
    pub(super) prefix: String,
    /// In the order in which they came.
    pub(super) items: Vec<T>,
}

/// Splits until `fits` says yes to each bucket; one item alone is never split. Empty buckets are left out.
pub(super) fn split<T>(
    items: Vec<T>,
    fingerprint: impl Fn(&T) -> u64,
    fits: impl Fn(&mut dyn Iterator<Item = &T>) -> bool,
) -> Vec<Bucket<T>> {
    // Nearly always all fits, and no fingerprint is needed.
    if items.is_empty() || fits(&mut items.iter()) {
        let bucket = Bucket { prefix: String::new(), items };
        return if bucket.items.is_empty() { Vec::new() } else { vec![bucket] };
    }
    let items = items.into_iter().map(|item| (fingerprint(&item), item)).collect();
    let mut buckets = Vec::new();
    split_below(String::new(), items, &fits, &mut buckets);
    buckets
}

fn split_below<T>(
    prefix: String,
    items: Vec<(u64, T)>,
    fits: &impl Fn(&mut dyn Iterator<Item = &T>) -> bool,
    buckets: &mut Vec<Bucket<T>>,
) {
    if items.is_empty() {
        return;
    }
    let depth = prefix.len();
    // A name has room for so many bits, and equal fingerprints never part.
    let can_not_part = items.len() == 1 || depth == MAX_DEPTH;
    if can_not_part || fits(&mut items.iter().map(|(_, item)| item)) {
        buckets.push(Bucket { prefix, items: items.into_iter().map(|(_, item)| item).collect() });
        return;
    }
    let bit = 1 << (63 - depth);
    let (zeros, ones) = items.into_iter().partition(|(fingerprint, _)| fingerprint & bit == 0);
    split_below(format!("{prefix}0"), zeros, fits, buckets);
    split_below(format!("{prefix}1"), ones, fits, buckets);
}

const MAX_DEPTH: usize = 24;

/// Splits a list of texts into lists of at most so many bytes.
pub(super) fn parts<T: AsRef<str>>(bytes: usize, texts: Vec<T>) -> Vec<Vec<T>> {
    let fits = |texts: &mut dyn Iterator<Item = &T>| texts.map(size::of_text).sum::<usize>() <= bytes;
    split(texts, |text| Fingerprint::of(text.as_ref()), fits).into_iter().map(|bucket| bucket.items).collect()
}
