//! The country in four parts, so that they can be written side by side.
use super::{country::Place, plan::Region};
use crate::reference::areas::AreaLevel;

/// Belgrade, Vojvodina, the west, the south and east: about as many children live in each.
const PARTS: [&[&str]; 4] = [
    &["RS-00"],
    &["RS-01", "RS-02", "RS-03", "RS-04", "RS-05", "RS-06", "RS-07"],
    &["RS-08", "RS-09", "RS-10", "RS-11", "RS-12", "RS-13", "RS-16", "RS-17"],
    &["RS-14", "RS-15", "RS-18", "RS-19", "RS-20", "RS-21", "RS-22", "RS-23", "RS-24"],
];
/// Families for a hundred children in care, and children for a facility.
const FAMILIES_FOR_HUNDRED: u32 = 75;
const CHILDREN_FOR_FACILITY: u32 = 100;

/// The parts, and how much of everything each is to have.
pub fn divide(places: &[Place], children: u32) -> Vec<Region> {
    let families = (children * FAMILIES_FOR_HUNDRED).div_ceil(100).max(20);
    let facilities = (children / CHILDREN_FOR_FACILITY).max(8);
    let towns: Vec<Vec<Place>> = PARTS.iter().map(|districts| towns(places, districts)).collect();
    let weights: Vec<i64> =
        towns.iter().map(|towns| towns.iter().map(|town| town.children).sum()).collect();
    let split = |whole: u32| shares(whole, &weights);
    let (children, families, facilities) = (split(children), split(families), split(facilities));
    let counts = children.into_iter().zip(families).zip(facilities);
    (1..)
        .zip(towns)
        .zip(counts)
        .map(|((number, municipalities), ((children, families), facilities))| Region {
            number,
            municipalities,
            children,
            families,
            facilities,
        })
        .collect()
}

fn towns(places: &[Place], districts: &[&str]) -> Vec<Place> {
    let within = |place: &&Place| {
        let above = place.parent.as_deref().unwrap_or_default();
        place.level == AreaLevel::Municipality && place.children > 0 && districts.contains(&above)
    };
    places.iter().filter(within).cloned().collect()
}

/// A whole in parts by weight; the parts add up to it.
fn shares(whole: u32, weights: &[i64]) -> Vec<usize> {
    let all = weights.iter().sum::<i64>().max(1);
    let (mut given, mut weighed) = (0, 0);
    weights
        .iter()
        .map(|weight| {
            weighed += weight;
            let upto = i64::from(whole) * weighed / all;
            let share = upto - given;
            given = upto;
            usize::try_from(share).unwrap_or(0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole() {
        for whole in [0, 1, 3, 60, 6000, 6001] {
            let parts = shares(whole, &[295, 307, 270, 288]);
            assert_eq!(parts.iter().sum::<usize>(), usize::try_from(whole).unwrap(), "{parts:?}");
        }
    }
}
