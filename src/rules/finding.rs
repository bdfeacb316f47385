//! The rules in force on a day, and what is found by them.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    platform::rule::{Citation, Class, Refusal},
    text_enum,
};

text_enum! {
    /// How strictly a rule holds.
    pub enum RuleClass {
        /// Whatever breaks it is refused, whoever asks.
        Hard = "hard",
        /// Whatever breaks it is refused, unless somebody entitled says why it must be.
        Soft = "soft",
        /// Whatever breaks it is taken, and somebody is told.
        Alert = "alert",
    }
}

text_enum! {
    /// What a rule says to the facts.
    pub enum Outcome {
        /// They keep it.
        Met = "met",
        /// They break it.
        Broken = "broken",
        /// They break it, and somebody entitled said why it must be.
        Overridden = "overridden",
    }
}

/// What one rule says to the facts of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// Code of the rule.
    #[schema(example = "PL-16")]
    pub rule: String,
    /// Number of the rule's version that was judged by.
    #[schema(example = 1)]
    pub rule_version: i32,
    /// How strictly that version holds.
    pub class: RuleClass,
    /// What it says.
    pub outcome: Outcome,
    /// The law that the rule comes from.
    #[schema(example = "UN Guidelines ¶22")]
    pub legal_basis: String,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "a child of this age enters residential care by exception only"
    )]
    pub detail: Option<String>,
    /// What would have to change for it to be met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "family-based care, or an exception with its four findings"
    )]
    pub needed: Option<String>,
    /// The facts that it was judged on: ids, dates and numbers.
    #[schema(value_type = Object, example = json!({"age_limit_years": 3, "age_limit_on": "2027-02-28"}))]
    pub facts: Map<String, Value>,
    /// The member of the request that breaks it, as a JSON pointer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/exception")]
    pub pointer: Option<String>,
    /// Whether the state of the registry breaks it, and not the values that were sent.
    #[serde(skip)]
    #[schema(ignore)]
    pub conflicts: bool,
}

impl Finding {
    /// Whether the facts break the rule.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.outcome == Outcome::Broken
    }

    /// Whether it is refused: a rule that only alerts lets it pass.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.is_broken() && self.class != RuleClass::Alert
    }

    /// A finding that goes by what the registry holds: at another time the same values may pass.
    #[must_use]
    pub fn of_state(self) -> Self {
        Self { conflicts: true, ..self }
    }

    /// The rule's refusal.
    #[must_use]
    pub fn refusal(self) -> Refusal {
        let detail = match (self.detail, &self.needed) {
            (Some(detail), Some(needed)) => format!("{detail}; needed: {needed}"),
            (detail, _) => detail.unwrap_or_default(),
        };
        // Where no version held that day, the catalogue is asked for the one of today.
        let cited = (!self.legal_basis.is_empty())
            .then_some(Citation { version: self.rule_version, legal_basis: self.legal_basis })
            .map(Box::new);
        Refusal {
            rule: self.rule,
            class: if self.conflicts { Class::Conflict } else { Class::Values },
            detail,
            cited,
            facts: self.facts,
            pointer: self.pointer,
        }
    }
}

/// A version of a rule that holds on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInForce {
    pub number: i32,
    pub class: RuleClass,
    /// Where it comes from.
    pub source: String,
    /// Who may step over it, and for how many days at most; nobody unless it is soft.
    pub override_roles: Vec<String>,
    pub override_days: u32,
}

/// The rules that are in force on a day, with the numbers and switches that they go by. A rule that is
/// not in it is not judged.
#[derive(Debug, Clone, Default)]
pub struct Rulebook {
    pub rules: BTreeMap<String, RuleInForce>,
    /// Whole numbers, by name of the parameter; switches are 0 and 1.
    pub numbers: BTreeMap<String, i32>,
}

impl Rulebook {
    /// The number of this parameter; 0 if it has none.
    #[must_use]
    pub fn number(&self, name: &str) -> u32 {
        self.numbers.get(name).and_then(|number| u32::try_from(*number).ok()).unwrap_or_default()
    }

    /// Whether this switch is on.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        self.number(name) > 0
    }

    /// Judges by a rule, if it is in force: `broken` says what is wrong, if anything is.
    pub fn judge<'f>(
        &self,
        rule: &str,
        facts: impl IntoIterator<Item = (&'f str, Value)>,
        broken: Option<Broken>,
    ) -> Option<Finding> {
        let version = self.rules.get(rule)?;
        let outcome = if broken.is_some() { Outcome::Broken } else { Outcome::Met };
        let said =
            |text: fn(&Broken) -> &'static str| broken.as_ref().map(|it| text(it).to_owned());
        Some(Finding {
            rule: rule.to_owned(),
            rule_version: version.number,
            class: version.class,
            outcome,
            legal_basis: version.source.clone(),
            detail: said(|it| it.detail),
            needed: said(|it| it.needed),
            facts: facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            pointer: said(|it| it.pointer).filter(|pointer| !pointer.is_empty()),
            conflicts: false,
        })
    }

    /// What a check says that stops at the first of its rules that is broken: if none is, all are met.
    #[must_use]
    pub fn said(&self, codes: &[&str], judged: Result<(), Refusal>) -> Vec<Finding> {
        let Err(refusal) = judged else {
            return codes.iter().filter_map(|code| self.judge(code, [], None)).collect();
        };
        // A rule of the release itself holds whatever the catalogue says.
        let known = self.rules.get(&refusal.rule);
        let finding = Finding {
            rule_version: known.map_or(1, |rule| rule.number),
            class: known.map_or(RuleClass::Hard, |rule| rule.class),
            outcome: Outcome::Broken,
            legal_basis: known.map(|rule| rule.source.clone()).unwrap_or_default(),
            detail: Some(refusal.detail),
            needed: None,
            facts: refusal.facts,
            pointer: refusal.pointer,
            conflicts: refusal.class == Class::Conflict,
            rule: refusal.rule,
        };
        vec![finding]
    }
}

/// How the facts break a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    pub detail: &'static str,
    /// What would have to change.
    pub needed: &'static str,
    /// The member of the request that breaks it, as a JSON pointer; empty if none does by itself.
    pub pointer: &'static str,
}
