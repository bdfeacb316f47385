//! Who gets which home where children compete for them: pure.
use std::collections::BTreeMap;

/// A home as an option for a child.
pub trait Candidate: Copy {
    type Place: PartialEq;

    /// The home itself: the same for every child for whom it is an option.
    fn place(self) -> Self::Place;
}

/// The room that is left.
pub trait Rooms<C, H> {
    /// Lets the child have the home, if it takes the child beside all who have it already.
    fn take(&mut self, child: C, home: H) -> bool;

    /// Takes back the last child who had this home.
    fn give_back(&mut self, home: H);
}

/// Gives each child a home, as long as there is room.
///
/// Groups of siblings come in the order in which they are given, and so do the children in a group. A group
/// gets the first home, in the order of its first child's options, that takes all of them; if none does, each
/// gets the first of its own options that takes it. Whoever comes first is served first: this finds no home
/// for a child only if all of its options are taken in the end, but another order might serve one child more.
pub fn assign<C, H>(
    groups: &[Vec<C>],
    options: &BTreeMap<C, Vec<H>>,
    rooms: &mut impl Rooms<C, H>,
) -> BTreeMap<C, H>
where
    C: Copy + Ord,
    H: Candidate,
{
    let mut assigned = BTreeMap::new();
    for group in groups {
        if let Some(together) = together(group, options, rooms) {
            assigned.extend(together);
            continue;
        }
        for child in group {
            let mut own = options.get(child).into_iter().flatten().copied();
            if let Some(home) = own.find(|home| rooms.take(*child, *home)) {
                assigned.insert(*child, home);
            }
        }
    }
    assigned
}

/// The home that takes the whole group, for each of it.
fn together<C, H>(
    group: &[C],
    options: &BTreeMap<C, Vec<H>>,
    rooms: &mut impl Rooms<C, H>,
) -> Option<Vec<(C, H)>>
where
    C: Copy + Ord,
    H: Candidate,
{
    let first = group.first().and_then(|child| options.get(child))?;
    first.iter().find_map(|wanted| {
        let mut taken = Vec::new();
        for child in group {
            let mut own = options.get(child).into_iter().flatten().copied();
            let same = |home: &H| home.place() == wanted.place();
            match own.find(|home| same(home) && rooms.take(*child, *home)) {
                Some(home) => taken.push((*child, home)),
                None => break,
            }
        }
        if taken.len() == group.len() {
            return Some(taken);
        }
        taken.into_iter().rev().for_each(|(_, home)| rooms.give_back(home));
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Candidate for usize {
        type Place = Self;

        fn place(self) -> Self {
            self
        }
    }

    /// Homes by number, each with so many places.
    struct Beds(Vec<usize>);

    impl Rooms<usize, usize> for Beds {
        fn take(&mut self, _: usize, home: usize) -> bool {
            let free = self.0[home] > 0;
            self.0[home] -= usize::from(free);
            free
        }

        fn give_back(&mut self, home: usize) {
            self.0[home] += 1;
        }
    }

    fn given(groups: &[&[usize]], options: &[&[usize]], beds: &[usize]) -> Vec<Option<usize>> {
        let groups: Vec<Vec<usize>> = groups.iter().map(|group| group.to_vec()).collect();
        let options: BTreeMap<usize, Vec<usize>> =
            options.iter().map(|own| own.to_vec()).enumerate().collect();
        let assigned = assign(&groups, &options, &mut Beds(beds.to_vec()));
        (0..options.len()).map(|child| assigned.get(&child).copied()).collect()
    }

    #[test]
    fn whoever_comes_first_is_served_first() {
        assert_eq!(given(&[&[0], &[1]], &[&[0], &[0, 1]], &[1, 1]), [Some(0), Some(1)]);
        assert_eq!(given(&[&[1], &[0]], &[&[0], &[0, 1]], &[1, 1]), [None, Some(0)]);
    }

    #[test]
    fn siblings_stay_together_where_one_home_takes_them_all() {
        // The first home has room for one of them alone.
        let both = [&[0, 1][..], &[0, 1]];
        assert_eq!(given(&[&[0, 1]], &both, &[1, 2]), [Some(1), Some(1)]);
        // None has room for both: what was tried is given back, and each gets one.
        assert_eq!(given(&[&[0, 1]], &both, &[1, 1]), [Some(0), Some(1)]);
        // A home that is no option for one of them takes neither of them together.
        assert_eq!(given(&[&[0, 1]], &[&[0, 1], &[1]], &[2, 2]), [Some(1), Some(1)]);
    }

    /// Numbers that look random and are the same each time.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, most: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(self.0 >> 33).unwrap() % most
        }
    }

    #[test]
    fn no_home_is_given_more_often_than_it_has_places() {
        let mut dice = Dice(7);
        for _ in 0..2000 {
            let (children, homes) = (1 + dice.below(12), 1 + dice.below(6));
            let beds: Vec<usize> = (0..homes).map(|_| dice.below(4)).collect();
            let options: Vec<Vec<usize>> = (0..children)
                .map(|_| (0..homes).filter(|_| dice.below(2) == 0).collect())
                .collect();
            let mut groups: Vec<Vec<usize>> = Vec::new();
            for child in 0..children {
                match groups.last_mut() {
                    Some(last) if dice.below(3) == 0 => last.push(child),
                    _ => groups.push(vec![child]),
                }
            }
            let groups: Vec<&[usize]> = groups.iter().map(Vec::as_slice).collect();
            let lists: Vec<&[usize]> = options.iter().map(Vec::as_slice).collect();
            let found = given(&groups, &lists, &beds);
            let used = |home: usize| found.iter().filter(|it| **it == Some(home)).count();
            for (child, got) in found.iter().enumerate() {
                match got {
                    Some(home) => assert!(options[child].contains(home)),
                    None => assert!(options[child].iter().all(|home| used(*home) == beds[*home])),
                }
            }
            assert!((0..homes).all(|home| used(home) <= beds[home]));
        }
    }
}
