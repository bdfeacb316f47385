//! The search for a child: what is asked, and what an answer shows.
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::child::{Child, ChildId, DatePrecision};
use crate::{
    children::search_key::search_key,
    listed, page_of,
    platform::{
        error::{Error, Result},
        page::PageQuery,
    },
};

/// Whom to look for: by name, by number, or by both. Nothing of it is stored.
#[derive(Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Djordjevic", "born_on": "2017-05-20", "tolerance_days": 30}))]
pub struct ChildSearch {
    /// A name or a part of one, in Latin with or without marks or in Cyrillic; typing errors are
    /// forgiven.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "Djordjevic")]
    pub name: Option<String>,
    /// A number that the child has or had in another system.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub external_id: Option<ChildIdentifier>,
    /// Day of birth.
    #[serde(default)]
    #[schema(nullable = false, example = "2017-05-20")]
    pub born_on: Option<NaiveDate>,
    /// How many days the recorded birth date may lie from `born_on`; 0 unless said. A birth date
    /// known to the month gets 30 days more, one known to the year or estimated 365.
    #[serde(default)]
    #[validate(range(min = 0, max = 3650))]
    #[schema(nullable = false, minimum = 0, maximum = 3650, example = 30)]
    pub tolerance_days: Option<i32>,
    /// Sex: a code of the list `sex`.
    #[serde(default)]
    #[validate(length(min = 1, max = 60))]
    #[schema(nullable = false, min_length = 1, max_length = 60, example = "female")]
    pub sex: Option<String>,
    /// Code of an area; children of the areas below it are found too.
    #[serde(default)]
    #[validate(length(min = 2, max = 32))]
    #[schema(nullable = false, min_length = 2, max_length = 32, example = "RS-20")]
    pub area_code: Option<String>,
    /// Most children to return, 1 to 200; 50 unless said.
    #[serde(default)]
    #[validate(range(min = 1, max = 200))]
    #[schema(nullable = false, minimum = 1, maximum = 200, example = 50)]
    pub limit: Option<i32>,
    /// `next_cursor` of the page before this one.
    #[serde(default)]
    #[validate(length(max = 512))]
    #[schema(nullable = false, max_length = 512, example = "eyJrIjpbOTAwXX0")]
    pub cursor: Option<String>,
}

/// A number of another system to look for.
#[derive(Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildIdentifier {
    /// The system, as a URI.
    #[validate(length(min = 3, max = 200))]
    #[schema(min_length = 3, max_length = 200, example = "urn:kinstead:rs:jmbg")]
    pub system: String,
    /// The number in that system.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "1405017715007")]
    pub value: String,
}

/// What is needed to recognise a child and no more (UN Guidelines ¶95).
#[derive(Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90", "registry_no": "CH-2026-000123-07",
    "name": "Jelena Đorđević", "sex": "female", "birth_date": "2017-05-14",
    "birth_date_precision": "day", "area_code": "RS-20",
}))]
pub struct ChildSummary {
    /// The child.
    pub id: ChildId,
    /// Number for people.
    #[schema(example = "CH-2026-000123-07")]
    pub registry_no: String,
    /// Its official name, or the one that is used for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Jelena Đorđević")]
    pub name: Option<String>,
    /// Sex: a code of the list `sex`.
    #[schema(example = "female")]
    pub sex: String,
    /// Day of birth; absent for a child that is not born yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2017-05-14")]
    pub birth_date: Option<NaiveDate>,
    /// How exactly the day of birth is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub birth_date_precision: Option<DatePrecision>,
    /// Day on which the birth is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01")]
    pub expected_birth_date: Option<NaiveDate>,
    /// Day of death.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-10-12")]
    pub death_date: Option<NaiveDate>,
    /// Code of the area of habitual residence.
    #[schema(example = "RS-20")]
    pub area_code: String,
}

/// A child that may be the one.
#[derive(Clone, Serialize, ToSchema)]
pub struct ChildMatch {
    /// The child.
    pub child: ChildSummary,
    /// How well it fits, 0 to 1.
    #[schema(minimum = 0, maximum = 1, example = 0.91)]
    pub score: f64,
    /// The name of the child that fits best; absent when only a number was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Jelena Đorđević")]
    pub matched_name: Option<String>,
}

page_of!(
    /// Some children that may be the one, best first.
    ChildMatchPage, ChildMatch
);

listed!(
    "A child in a list: in the summary view what is needed to recognise it, in the full view all of its members.",
    ListedChild,
    ChildSummary,
    Child
);

page_of!(
    /// Some children, in the order asked for.
    counted ChildPage, ListedChild
);

impl ListedChild {
    /// The child in its full view, or in that of a summary.
    pub fn of(child: Child, full: bool) -> Self {
        let summary = ChildSummary::from(&child);
        Self::new(summary, full.then_some(child))
    }
}

impl From<&Child> for ChildSummary {
    fn from(child: &Child) -> Self {
        Self {
            id: child.id,
            registry_no: child.registry_no.clone(),
            name: child.main_name().map(super::child::ChildName::whole),
            sex: child.sex.clone(),
            birth_date: child.birth_date,
            birth_date_precision: child.birth_date_precision,
            expected_birth_date: child.expected_birth_date,
            death_date: child.death_date,
            area_code: child.area_code.clone(),
        }
    }
}

impl ChildSearch {
    /// The page that is asked for.
    pub fn page(&self) -> PageQuery {
        PageQuery::new(self.limit, self.cursor.clone())
    }

    /// The key of the name to look for. Refuses a search for nothing in particular.
    pub fn key(&self) -> Result<Option<String>> {
        if self.name.is_none() && self.external_id.is_none() {
            return Err(Error::value("", "nothing_to_search", "needs a name or an external_id"));
        }
        let key = self.name.as_deref().map(search_key);
        if key.as_ref().is_some_and(String::is_empty) {
            return Err(Error::value("/name", "no_letters", "must hold a letter or a digit"));
        }
        Ok(key)
    }

    /// All that decides which children are found, for the cursor's fingerprint.
    pub fn filters(&self) -> impl Serialize {
        let name = self.name.as_deref().map(search_key);
        let tolerance = self.tolerance_days.unwrap_or(0);
        let (sex, area) = (self.sex.clone(), self.area_code.clone());
        (name, self.external_id.clone(), self.born_on, tolerance, sex, area)
    }
}

impl fmt::Debug for ChildMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChildMatch({})", self.child.id)
    }
}
