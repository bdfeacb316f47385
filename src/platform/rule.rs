//! A refusal by a rule of the registry: which rule, why, on what facts.
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::Serialize;
use serde_json::{Map, Value};

use super::error::Result;

/// Whether a rule was broken by the state of the registry or by the values that were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// 409: another request, or the same one at another time, could succeed.
    Conflict,
    /// 422: these values can never be accepted.
    Values,
}

/// What the catalogue says of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// Number of the version.
    pub version: i32,
    /// Where it comes from, such as `UN Guidelines ¶67`.
    pub legal_basis: String,
}

/// Tells what holds of a rule at a moment.
pub type Catalogue =
    dyn Fn(&mut PgConnection, &str, DateTime<Utc>) -> Result<Option<Citation>> + Send + Sync;

/// A rule that said no.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The rule's code, such as `PL-12`.
    pub rule: String,
    pub class: Class,
    /// What is wrong and what would make it pass, without any person's data.
    pub detail: String,
    /// The version that it was judged by, if that is known: else the catalogue is asked when the refusal
    /// is answered.
    pub cited: Option<Box<Citation>>,
    /// The facts that the rule was judged on: ids, dates and numbers.
    pub facts: Map<String, Value>,
    /// The member of the request that breaks the rule, as a JSON pointer.
    pub pointer: Option<String>,
}

impl Refusal {
    /// A refusal because of what the registry already holds.
    #[must_use]
    pub fn conflict(rule: &str, detail: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            class: Class::Conflict,
            detail: detail.into(),
            cited: None,
            facts: Map::new(),
            pointer: None,
        }
    }

    /// A refusal because of the values that were sent.
    #[must_use]
    pub fn values(rule: &str, detail: impl Into<String>) -> Self {
        Self { class: Class::Values, ..Self::conflict(rule, detail) }
    }

    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.facts.insert(name.to_owned(), value);
        self
    }

    /// The rule that a database constraint of this name guards: `pl_01_one_place_at_a_time` guards
    /// PL-01. The stores check rules first and say more; this is what a lost race sees.
    #[must_use]
    pub fn of_constraint(name: &str) -> Option<Self> {
        let mut parts = name.splitn(3, '_');
        let (group, number, words) = (parts.next()?, parts.next()?, parts.next()?);
        let coded = group.len() == 2 && number.len() == 2 && number.parse::<u8>().is_ok();
        coded.then(|| {
            let rule = format!("{}-{number}", group.to_uppercase());
            let words = words.replace('_', " ");
            Self::conflict(&rule, format!("the change would break the rule: {words}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn a_constraint_names_its_rule() {
        let rule = |name| Refusal::of_constraint(name).map(|refusal| refusal.rule);
        assert_eq!(rule("pl_01_one_place_at_a_time"), Some("PL-01".to_owned()));
        assert_eq!(rule("placements_child_id_fkey"), None);
        assert_eq!(rule("pk"), None);
    }
}
