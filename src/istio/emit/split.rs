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
pub(super) fn split<T, F: Fn(&[(u64, T)]) -> bool>(items: Vec<(u64, T)>, fits: &F) -> Vec<Bucket<T>> {
    let mut buckets = Vec::new();
    split_below(String::new(), items, fits, &mut buckets);
    buckets
}

fn split_below<T, F: Fn(&[(u64, T)]) -> bool>(
    prefix: String,
    items: Vec<(u64, T)>,
    fits: &F,
    buckets: &mut Vec<Bucket<T>>,
) {
    if items.is_empty() {
        return;
    }
    let depth = prefix.len();
    // A name has room for so many bits, and equal fingerprints never part.
    let can_not_part = items.len() == 1 || depth == MAX_DEPTH;
    if can_not_part || fits(&items) {
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
    let total: usize = texts.iter().map(size::of_text).sum();
    if total <= bytes {
        return vec![texts];
    }
    let items = texts.into_iter().map(|text| (Fingerprint::of(text.as_ref()), text)).collect();
    let fits = |items: &[(u64, T)]| items.iter().map(|(_, text)| size::of_text(text)).sum::<usize>() <= bytes;
    split(items, &fits).into_iter().map(|bucket| bucket.items).collect()
}
