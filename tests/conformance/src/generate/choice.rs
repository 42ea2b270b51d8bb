//! Chances and picks.

use fastrand::Rng;

/// Random decisions, all from one seed.
pub struct Choice(Rng);

impl Choice {
    /// Decisions of a seed; each `purpose` has its own, so that one more decision here changes none there.
    pub fn new(seed: u64, purpose: u64) -> Self {
        Self(Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(purpose)))
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.0.u32(0..100) < percent
    }

    /// A number from `low` to `high`, both possible.
    pub fn number(&mut self, low: usize, high: usize) -> usize {
        self.0.usize(low..=high)
    }

    /// One of a list that has some.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.0.usize(..list.len())]
    }

    /// One word of a list that has some.
    pub fn word(&mut self, list: &[&str]) -> String {
        (*self.pick(list)).to_owned()
    }

    /// From `low` to `high` things, made one after the other.
    pub fn list<T>(&mut self, low: usize, high: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.number(low, high)).map(|_| make(self)).collect()
    }

    /// The list in another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        self.0.shuffle(list);
    }
}
