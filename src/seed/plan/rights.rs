//! Who holds the rights over a child in care, and who its guardian is.
use chrono::NaiveDate;

use super::{Ix, Status, World, files::parents};
use crate::{children::LegalAxis, seed::dice::after};

/// Share of children of whom nobody has found out.
const UNDETERMINED: f64 = 0.025;
const LIVING_PARENT: [(&str, i64); 3] = [("full", 60), ("limited", 28), ("suspended", 12)];
const GUARDIANS: [(&str, i64); 3] = [("direct", 62), ("institutional", 10), ("authority", 28)];

impl World {
    /// What holds since the child came into care, unless a court decided before.
    pub(super) fn rights(&mut self, child: Ix, entered: NaiveDate) -> Vec<Status> {
        let status =
            |axis, status, from, by_court| Status { axis, status, from, to: None, by_court };
        let (mother, father) = (LegalAxis::ParentalRightsMother, LegalAxis::ParentalRightsFather);
        let of = parents(self.people.at(child)).to_owned();
        let decided = self.decided.contains(&child);
        let mut statuses = Vec::new();
        let living = self.dice.weighted(&LIVING_PARENT, "full");
        let by_court = living != "full";
        if !decided && !self.dice.chance(UNDETERMINED) {
            match of.as_str() {
                "both_alive" => statuses.push(status(mother, living, entered, by_court)),
                "mother_dead" => {
                    statuses.push(status(mother, "holder_deceased", entered, false));
                }
                "father_dead" => {
                    statuses.push(status(mother, living, entered, by_court));
                    statuses.push(status(father, "holder_deceased", entered, false));
                }
                "both_dead" => {
                    statuses.push(status(mother, "holder_deceased", entered, false));
                    statuses.push(status(father, "holder_deceased", entered, false));
                }
                // Of parents whom nobody knows a court says that they hold no rights for now.
                _ if self.dice.chance(0.85) => {
                    statuses.push(status(mother, "suspended", entered, true));
                }
                _ => {}
            }
        }
        let suspended = of == "father_dead" && living == "suspended";
        let alone = decided || suspended || matches!(of.as_str(), "both_dead" | "unknown");
        let from = after(entered, self.dice.number(1, 28));
        if alone && from <= self.span.last && self.dice.chance(0.97) {
            let guardian = self.dice.weighted(&GUARDIANS, "authority");
            statuses.push(status(LegalAxis::Guardianship, guardian, from, false));
        }
        statuses
    }
}
