//! Children and a family that are in every made-up country, so that a walk through it can be
//! written down before its seed is known.
//!
//! In each of two towns a sister and a brother lived with a foster family until three months ago,
//! and are back with their parents, at risk of separation. The family has exactly two places, both
//! free. A third child near by, not of their kin, is at risk too.
use super::plan::Look;

/// Where they live, who they are.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    /// Area of the town.
    pub area_code: &'static str,
    /// The town.
    pub locality: &'static str,
    pub lat: f64,
    pub lon: f64,
    /// Family name of the siblings; nobody else bears it.
    pub siblings: &'static str,
    /// A girl of eight.
    pub sister: &'static str,
    /// A boy of six.
    pub brother: &'static str,
    /// Family name of the third child; nobody else bears it.
    pub third_family: &'static str,
    /// A boy of ten.
    pub third: &'static str,
    /// Family name of the foster family; nobody else bears it.
    pub carers: &'static str,
}

pub const NIS: Anchor = Anchor {
    area_code: "RS-20-NIS",
    locality: "Niš",
    lat: 43.3203,
    lon: 21.9003,
    siblings: "Zvezdobrojić",
    sister: "Milica",
    brother: "Luka",
    third_family: "Maslačkovski",
    third: "Vuk",
    carers: "Suncokretović",
};

pub const BEOGRAD: Anchor = Anchor {
    area_code: "RS-00-PALILULA",
    locality: "Beograd",
    lat: 44.8148,
    lon: 20.4869,
    siblings: "Oblakolović",
    sister: "Jovana",
    brother: "Marko",
    third_family: "Leptirkovski",
    third: "Uroš",
    carers: "Lipocvetić",
};

pub const ALL: [Anchor; 2] = [NIS, BEOGRAD];

/// Days that the siblings have been home again.
pub const HOME_FOR: i64 = 90;
/// Days that they lived with the foster family, if the history is long enough.
pub const FOSTERED_FOR: i64 = 1000;

impl Anchor {
    /// The sister, the brother and the third child.
    pub fn looks(&self) -> [Look; 3] {
        let look = |given: &str, family: &str, female, years: i64| Look {
            given: given.to_owned(),
            family: family.to_owned(),
            female,
            age_in_days: years * 365 + 130,
        };
        [
            look(self.sister, self.siblings, true, 8),
            look(self.brother, self.siblings, false, 6),
            look(self.third, self.third_family, false, 10),
        ]
    }
}
