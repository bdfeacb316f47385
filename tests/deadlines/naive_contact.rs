//! CT-01, CT-03, PL-28 and OV-01, counted by walking through the days of a child.
use chrono::{Days, NaiveDate};
use kinstead::rules::deadlines::{ParentAnswers, PeriodFacts, Severity};

use Severity::{Critical, Notice, Warning};

use super::naive::{Told, Walk, months, yesterday};

impl Walk<'_> {
    fn gone(&self, day: NaiveDate) -> bool {
        self.child.missing_since.is_some_and(|since| day >= since)
    }

    pub fn of_contact(&self, period: &PeriodFacts, told: &mut Told) {
        let child = self.child;
        let entered = period.started_on;
        let seen = self.days.iter().filter(|day| **day == entered || child.seen_on == Some(**day));
        let seen = *seen.max().unwrap();
        let mut days = self.within(seen.max(entered), self.number("worker_visit_days"), 7);
        for (day, said) in self.days.iter().zip(&mut days) {
            *said = said.filter(|_| !self.gone(*day));
        }
        told.insert(("CT-03", child.id), days);
        let alone = child.parents.no_mother && child.parents.no_father;
        let at_kin = child.placements.last().is_some_and(|it| it.kin && it.ended_on.is_none());
        if at_kin || alone && child.contact_on.is_none() {
            return;
        }
        let counts_anew = |day: &NaiveDate| {
            let restricted = child.restricted_until.is_some_and(|until| *day < until);
            let parted = child.placements.iter().any(|it| it.kin && it.ended_on == Some(*day));
            let met = child.contact_on == Some(*day);
            *day == entered || child.restricted_until == Some(*day) || restricted || parted || met
        };
        let since = self.days.iter().copied().filter(|day| *day >= entered && counts_anew(day));
        let since = since.max().unwrap();
        let most = i32::try_from(self.number("family_contact_months")).unwrap();
        let days = self.each(|day| {
            if self.gone(day) || day < since {
                return None;
            }
            if months(since, yesterday(day)) >= most {
                return Some(Warning);
            }
            (months(since, day + Days::new(7)) >= most).then_some(Notice)
        });
        told.insert(("CT-01", child.id), days);
    }

    /// An override ends, and nobody has looked again since it was first told of.
    pub fn of_overrides(&self, told: &mut Told) {
        for it in &self.child.overrides {
            let ahead = Days::new(u64::try_from(self.number("override_warning_days")).unwrap());
            let near = |day: NaiveDate| day + ahead >= it.until;
            let looked = self.child.reviews.iter().any(|review| review.held_on.is_some_and(near));
            let days = self.each(|day| match day {
                _ if looked => None,
                _ if day >= it.until => Some(Warning),
                _ => near(day).then_some(Notice),
            });
            told.insert(("OV-01", it.id), days);
        }
    }

    /// On each day in care somebody answers for the child: a parent or a guardian.
    pub fn of_guardians(&self, period: &PeriodFacts, told: &mut Told) {
        let parent = |axis: &str, is_gone: bool, day: NaiveDate| match self.on_axis(axis).last() {
            Some(last) if last.valid_to.is_none() => {
                day < last.valid_from || last.means.parent_answers == ParentAnswers::Yes
            }
            _ => day < self.child.registered_on || !is_gone,
        };
        let mut guardians = self.on_axis("guardianship").into_iter();
        let guardian = guardians.rfind(|it| !it.means.in_one_matter);
        let days = self.each(|day| {
            let guarded = guardian.is_some_and(|it| it.valid_to.is_none_or(|until| day < until));
            let parents = parent("parental_rights_mother", self.child.parents.no_mother, day)
                || parent("parental_rights_father", self.child.parents.no_father, day);
            (day >= period.started_on && !parents && !guarded).then_some(Critical)
        });
        told.insert(("PL-28", self.child.id), days);
    }
}
