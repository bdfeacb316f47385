//! The model of random histories: no SQL, no locks, every rule by looking at everything.
use kinstead::placements::PlacementId;

pub const CHILDREN: usize = 4;
/// Two families with two places, two homes with one and with two.
pub const PLACES: [usize; 4] = [2, 2, 1, 2];

/// A stay of the model: home, first day, first day not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    pub home: usize,
    pub from: u64,
    pub to: Option<u64>,
    pub id: PlacementId,
}

impl Stay {
    pub fn holds(&self, day: u64) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }
}

/// The care periods of one child, each a row of stays without gaps.
pub type Life = Vec<Vec<Stay>>;

/// The model: no SQL, no locks, every rule by looking at everything.
#[derive(Debug, Default)]
pub struct Model {
    pub lives: [Life; CHILDREN],
}

/// What the model says of a step.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    Refused(&'static str),
}
pub use Verdict::{Accepted, Refused};

impl Model {
    pub fn open(&self, child: usize) -> Option<&Stay> {
        self.lives[child].last()?.last().filter(|stay| stay.to.is_none())
    }

    /// Whether `home` has room for one more on every day of `[from, to)`, this child left out.
    pub fn has_room(&self, child: usize, home: usize, from: u64, to: Option<u64>) -> bool {
        (from..to.unwrap_or(1000).min(1000)).all(|day| {
            let others = self.lives.iter().enumerate().filter(|(other, _)| *other != child);
            let there = others.filter(|(_, life)| {
                life.iter().flatten().any(|stay| stay.home == home && stay.holds(day))
            });
            there.count() < PLACES[home]
        })
    }

    pub fn start(&self, child: usize, home: usize, day: u64) -> Verdict {
        let life = &self.lives[child];
        if self.open(child).is_some() {
            Refused("PL-01")
        } else if life.iter().flatten().any(|stay| stay.to.is_some_and(|to| to > day)) {
            Refused("PL-04")
        } else if !self.has_room(child, home, day, None) {
            Refused("PL-12")
        } else {
            Accepted
        }
    }

    pub fn move_on(&self, child: usize, home: usize, day: u64) -> Verdict {
        let Some(stay) = self.open(child) else { return Refused("state") };
        if day <= stay.from {
            Refused("PL-02")
        } else if home == stay.home {
            Refused("no_change")
        } else if !self.has_room(child, home, day, None) {
            Refused("PL-12")
        } else {
            Accepted
        }
    }

    pub fn end(&self, child: usize, day: u64) -> Verdict {
        match self.open(child) {
            None => Refused("state"),
            Some(stay) if day <= stay.from => Refused("PL-02"),
            Some(_) => Accepted,
        }
    }
}
