//! Taking turns: what many operations declare alike is asked in full of the first, and in parts of the others.
use std::collections::HashMap;

/// How many operations are asked everything before turns are taken.
const IN_FULL: usize = 2;
/// In how many operations everything is asked once more.
const ROUND: usize = 4;

/// Who had which turn.
#[derive(Default)]
pub struct Turns {
    seen: HashMap<String, usize>,
}

impl Turns {
    /// What this operation is asked of all that may be asked about what is declared so. The same code
    /// reads it everywhere, and every value reaches every such declaration in some operation.
    pub fn of<T>(&mut self, declared: String, values: Vec<T>) -> Vec<T> {
        let seen = self.seen.entry(declared).or_default();
        let turn = *seen;
        *seen += 1;
        if turn < IN_FULL {
            return values;
        }
        let due = |(place, _): &(usize, T)| place % ROUND == turn % ROUND;
        values.into_iter().enumerate().filter(due).map(|(_, value)| value).collect()
    }
}

#[test]
fn everything_is_asked_twice_in_full_and_then_once_in_each_round() {
    let mut turns = Turns::default();
    let asked: Vec<Vec<i32>> = (0..6).map(|_| turns.of("limit".into(), (0..6).collect())).collect();
    assert_eq!(asked[0], asked[1]);
    assert_eq!(asked[0].len(), 6);
    let mut round: Vec<i32> = asked[2..].concat();
    round.sort_unstable();
    assert_eq!(round, [0, 1, 2, 3, 4, 5]);
    assert_eq!(turns.of("sort".into(), vec![1]), [1]);
}
