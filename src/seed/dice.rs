//! Chance that the seed decides.
use std::time::Duration;

use chrono::{Days, NaiveDate};
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha12Rng};

/// A row of random numbers: the same seed and stream give the same row.
pub struct Dice(ChaCha12Rng);

impl Dice {
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha12Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self(random)
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }

    /// A whole number from `low` to `high`, both possible.
    pub fn number(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// From -1 to 1.
    pub fn shift(&mut self) -> f64 {
        self.0.random_range(-1.0..=1.0)
    }

    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        self.0.random_range(0.0..1.0)
    }

    /// The place of one of `length` things.
    pub fn place(&mut self, length: usize) -> usize {
        if length == 0 { 0 } else { self.0.random_range(0..length) }
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let place = self.place(all.len());
        all.get(place)
    }

    /// One of these words.
    pub fn word(&mut self, all: &[&'static str]) -> &'static str {
        self.pick(all).copied().unwrap_or_default()
    }

    /// One of these, by weight.
    pub fn weighted<T: Copy>(&mut self, all: &[(T, i64)], otherwise: T) -> T {
        let sum = all.iter().map(|(_, weight)| weight).sum::<i64>();
        let mut left = self.number(0, sum - 1);
        let found = all.iter().find(|(_, weight)| {
            left -= weight;
            left < 0
        });
        found.map_or(otherwise, |(item, _)| *item)
    }

    /// Days until something that happens once in `mean` days on average.
    pub fn wait(&mut self, mean: f64) -> i64 {
        let days = -mean * (1.0 - self.share()).ln();
        i64::try_from(Duration::from_secs_f64(days.clamp(0.0, 1e6)).as_secs()).unwrap_or(0)
    }
}

/// So many days later, or earlier.
pub fn after(day: NaiveDate, days: i64) -> NaiveDate {
    let moved = Days::new(days.unsigned_abs());
    let there = if days < 0 { day.checked_sub_days(moved) } else { day.checked_add_days(moved) };
    there.unwrap_or(day)
}

/// A list whose members are known by their place and never leave it.
pub struct Arena<T>(Vec<T>);

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Arena<T> {
    pub fn add(&mut self, item: T) -> usize {
        self.0.push(item);
        self.0.len() - 1
    }

    #[expect(clippy::indexing_slicing, reason = "places come from add, and nothing leaves")]
    pub fn at(&self, place: usize) -> &T {
        &self.0[place]
    }

    #[expect(clippy::indexing_slicing, reason = "places come from add, and nothing leaves")]
    pub fn at_mut(&mut self, place: usize) -> &mut T {
        &mut self.0[place]
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.0.iter().enumerate()
    }
}

/// A number of things as a number to reckon with.
pub fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// A number, rounded and not below 0, as a number of things.
pub fn whole(number: f64) -> usize {
    usize::try_from(Duration::from_secs_f64((number + 0.5).clamp(0.0, 1e9)).as_secs()).unwrap_or(0)
}
