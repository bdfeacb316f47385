//! Stepping over a soft rule: by whom, and for how long.
use chrono::{Days, NaiveDate};

use super::finding::{Finding, Outcome, RuleClass, Rulebook};

/// What somebody says to step over a rule.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    pub rule: &'a str,
    /// First day on which the rule is no longer stepped over; as late as the rule allows if absent.
    pub valid_until: Option<NaiveDate>,
}

/// Why a claim does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing is known to break that rule.
    NotNeeded,
    /// The rule is hard: nobody may step over it.
    Hard,
    /// None of the roles of whoever claims it may.
    Role,
    /// It would last longer than the rule allows, or end before it begins.
    TooLong,
}

/// A claim that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The role that entitles whoever claims it.
    pub role: String,
    pub rule_version: i32,
    pub valid_until: NaiveDate,
}

/// Lets a claim step over the rule that the findings of a day say is broken, and marks it so.
pub fn step_over(
    findings: &mut [Finding],
    claim: Claim<'_>,
    (roles, day): (&[String], NaiveDate),
    book: &Rulebook,
) -> Result<Granted, Unfit> {
    let broken = findings.iter_mut().find(|it| it.rule == claim.rule && it.is_broken());
    let finding = broken.ok_or(Unfit::NotNeeded)?;
    let rule = book.rules.get(claim.rule).filter(|rule| rule.class == RuleClass::Soft);
    let rule = rule.ok_or(Unfit::Hard)?;
    let entitled = roles.iter().find(|held| rule.override_roles.contains(held));
    let entitled = entitled.ok_or(Unfit::Role)?;
    let latest =
        day.checked_add_days(Days::new(rule.override_days.into())).ok_or(Unfit::TooLong)?;
    let valid_until = claim.valid_until.unwrap_or(latest);
    if valid_until <= day || valid_until > latest {
        return Err(Unfit::TooLong);
    }
    finding.outcome = Outcome::Overridden;
    Ok(Granted { role: entitled.clone(), rule_version: rule.number, valid_until })
}

/// Steps over every soft rule that the findings of a day say is still broken: history that lies before the
/// registry was decided without it. Gives the rules, each until when.
pub fn take_over(
    findings: &mut [Finding],
    day: NaiveDate,
    book: &Rulebook,
) -> Vec<(String, i32, NaiveDate)> {
    let broken = findings.iter_mut().filter(|it| it.is_broken());
    let stepped_over = broken.filter_map(|finding| {
        let rule = book.rules.get(&finding.rule).filter(|rule| rule.class == RuleClass::Soft)?;
        let until = day.checked_add_days(Days::new(rule.override_days.max(1).into()))?;
        finding.outcome = Outcome::Overridden;
        Some((finding.rule.clone(), rule.number, until))
    });
    stepped_over.collect()
}
