//! Queries and changes of children. None opens a transaction, so any can be part of a larger one.
mod grants;
mod legal;
mod lists;
mod locks;
mod merging;
pub mod parts;
mod register;
mod relations;
mod search;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use self::locks::{lock_all_born, lock_born};
pub use self::{
    grants::{end_grant, extend_grant, grant, grant_emergency, hand_over, is_answerable},
    legal::{LegalStatusFilter, end_status, find_status, set_status, set_statuses, statuses},
    lists::find_with,
    locks::{lock, lock_all, lock_together},
    merging::{Joined, lock_pair, merge, unmerge},
    register::{register, register_all},
    relations::{
        find_relation, kept_together, kept_together_of, relate, relations, siblings, siblings_of,
        wish,
    },
    search::search,
};
use super::model::{Child, ChildId, ChildPatch, rules};
use crate::{
    platform::{
        check_digit,
        db::Tx,
        error::{Error, Found as _, Result},
        journal::{self, Recorded},
        order::{Order, Sort},
        page::{Page, PageQuery},
        prepared,
        time::{AsOf, birthday},
        total::CountQuery,
        version::IfMatch,
        view::{View, alike},
    },
    reference::{areas, code_lists, parameters},
    schema::children::{self, dsl},
    sort_fields,
};

sort_fields! {
    /// What the list of children can be sorted by. A child has either a birth date or an expected one.
    pub enum ChildField by "children.id" {
        RegistryNo = "registry_no": "children.registry_no" as "text",
        BirthDate = "birth_date": "COALESCE(children.birth_date, children.expected_birth_date)" as "date",
        CreatedOn = "created_on": "children.created_on" as "date",
    }
}

pub type ChildSort = Sort<ChildField>;

/// The narrowest range of birth dates that may be listed, in days: a narrower one asks for a child.
const NARROWEST: i64 = 28;

/// Which children to list. By name, birth date or identifier they are searched, not listed: what
/// stands in an address is kept by browsers and proxies.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChildFilter {
    /// Code of an area of habitual residence; children of the areas below it are listed too. Repeat
    /// it for one of several.
    #[serde(default)]
    #[param(example = json!(["RS-20"]))]
    pub area_code: Vec<String>,
    /// Sex; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["female"]))]
    pub sex: Vec<String>,
    /// Least age today, in whole years.
    #[param(nullable = false, minimum = 0, maximum = 120, example = 3)]
    pub age_min: Option<i32>,
    /// Greatest age today, in whole years.
    #[param(nullable = false, minimum = 0, maximum = 120, example = 17)]
    pub age_max: Option<i32>,
    /// Registry number, with or without hyphens.
    #[param(nullable = false, max_length = 40, example = "CH-2026-000123-07")]
    pub registry_no: Option<String>,
    /// Changed after that instant. A convenience: a change that is committed late may be missed.
    #[param(nullable = false, example = "2026-03-01T12:00:00Z")]
    pub modified_after: Option<DateTime<Utc>>,
    /// Born on or after this day. A range of birth dates is at least 28 days wide: a child is
    /// searched by its birth date, not listed.
    #[param(nullable = false, example = "2015-01-01")]
    pub birth_date_min: Option<NaiveDate>,
    /// Born on or before this day.
    #[param(nullable = false, example = "2015-12-31")]
    pub birth_date_max: Option<NaiveDate>,
    /// Registered on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub created_on_min: Option<NaiveDate>,
    /// Registered on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub created_on_max: Option<NaiveDate>,
    /// Order, by id unless said; expected birth dates count as birth dates. Repeat it: the first field
    /// decides first.
    #[serde(default)]
    #[param(inline, max_items = 3, example = json!(["-birth_date"]))]
    pub sort: Vec<ChildSort>,
    /// How much of each child to show: `full`, unless said, or a `summary` by which it is recognised.
    #[serde(default, serialize_with = "alike")]
    #[param(nullable = false, inline)]
    pub view: Option<View>,
}

impl ChildFilter {
    fn query(
        &self,
        conn: &mut PgConnection,
        today: NaiveDate,
    ) -> Result<children::BoxedQuery<'_, Pg>> {
        let mut query = children::table.filter(dsl::merged_into.is_null()).into_boxed();
        if !self.area_code.is_empty() {
            let codes = areas::subtrees(conn, &self.area_code)?;
            query = query.filter(dsl::area_code.eq_any(codes));
        }
        if !self.sex.is_empty() {
            query = query.filter(dsl::sex.eq_any(&self.sex));
        }
        if let Some(age) = age("age_min", self.age_min)? {
            query = query.filter(dsl::birth_date.le(last_birth_date(age, today)));
        }
        if let Some(age) = age("age_max", self.age_max)? {
            query = query.filter(dsl::birth_date.gt(last_birth_date(age + 1, today)));
        }
        if let Some(number) = &self.registry_no {
            query = query.filter(dsl::registry_no.eq(hyphenated(number)?));
        }
        if let Some(after) = self.modified_after {
            // Nothing was recorded before; PostgreSQL knows no instant as early as chrono's first.
            query = query.filter(dsl::modified_at.gt(after.max(DateTime::UNIX_EPOCH)));
        }
        self.on_days(query)
    }

    fn on_days<'a>(
        &self,
        mut query: children::BoxedQuery<'a, Pg>,
    ) -> Result<children::BoxedQuery<'a, Pg>> {
        let born = self.birth_date_min.zip(self.birth_date_max);
        if born.is_some_and(|(from, to)| (to - from).num_days() < NARROWEST - 1) {
            let detail = "must be at least 28 days with birth_date_min: search for a child by its birth date";
            return Err(Error::query("birth_date_max", "too_narrow", detail));
        }
        if let Some(day) = self.birth_date_min {
            query = query.filter(dsl::birth_date.ge(day));
        }
        if let Some(day) = self.birth_date_max {
            query = query.filter(dsl::birth_date.le(day));
        }
        if let Some(day) = self.created_on_min {
            query = query.filter(dsl::created_on.ge(day));
        }
        if let Some(day) = self.created_on_max {
            query = query.filter(dsl::created_on.le(day));
        }
        Ok(query)
    }
}

fn age(name: &str, years: Option<i32>) -> Result<Option<u32>> {
    let fits = |years: i32| u32::try_from(years).ok().filter(|years| *years <= 120);
    let refused = || Error::query(name, "out_of_range", "must be 0 to 120");
    years.map(|years| fits(years).ok_or_else(refused)).transpose()
}

/// The last birth date of those who are `years` old on `today`. Those born on 29 February turn a
/// year older on 28 February of a common year, so it may be one later than the same day then.
fn last_birth_date(years: u32, today: NaiveDate) -> NaiveDate {
    let months = chrono::Months::new(years.saturating_mul(12));
    let same_day = today.checked_sub_months(months).unwrap_or(NaiveDate::MIN);
    same_day.succ_opt().filter(|next| birthday(*next, years) <= today).unwrap_or(same_day)
}

/// A registry number as it is stored, from one that was typed.
fn hyphenated(number: &str) -> Result<String> {
    if !check_digit::is_valid(number) {
        let detail = "is no registry number: a character is mistyped or missing";
        return Err(Error::query("registry_no", "check_digit", detail));
    }
    let plain: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_uppercase();
    let digits = plain.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let prefix = plain.strip_suffix(digits).unwrap_or_default();
    let parts = digits.split_at_checked(4).and_then(|(year, rest)| {
        let (serial, check) = rest.split_at_checked(rest.len().checked_sub(2)?)?;
        Some(format!("{prefix}-{year}-{serial}-{check}"))
    });
    Ok(parts.unwrap_or(plain))
}

pub fn find(conn: &mut PgConnection, id: ChildId) -> Result<Child> {
    children::table.find(id).select(Child::as_select()).first(conn).found::<Child>()
}

/// The child with this registry number, however it was typed.
pub fn find_by_number(conn: &mut PgConnection, number: &str) -> Result<Child> {
    let number = hyphenated(number).unwrap_or_default();
    let child = children::table.filter(dsl::registry_no.eq(number)).select(Child::as_select());
    child.first(conn).found::<Child>()
}

/// Whether there is such a child.
pub fn exists(conn: &mut PgConnection, id: ChildId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(children::table.find(id))).get_result(conn)?)
}

/// The child as it was true on a day, as far as the registry knew at an instant.
pub fn find_at(
    conn: &mut PgConnection,
    id: ChildId,
    when: AsOf,
    now: DateTime<Utc>,
) -> Result<Child> {
    when.is_past(now)?;
    let child = match when.known_at {
        Some(at) => journal::known(conn, id.untyped(), at)?,
        None => find(conn, id)?,
    };
    Ok(when.as_of.map_or_else(|| child.clone(), |day| child.clone().on(day)))
}

/// By id unless said, which is random: the order tells nothing.
pub fn list(
    conn: &mut PgConnection,
    filter: &ChildFilter,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<Child>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let (order, today) = (Order::of(&filter.sort, &[])?, parameters::today(conn, now)?);
    let mut query = filter.query(conn, today)?.order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Child::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many children the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &ChildFilter,
    count: CountQuery,
    now: DateTime<Utc>,
) -> Result<Option<i64>> {
    count.total(conn, |conn| {
        let today = parameters::today(conn, now)?;
        filter.query(conn, today)
    })
}

/// Changes a child that is still as the caller saw it. A correction needs its reason (DI-02).
pub fn change(
    tx: &mut Tx<'_>,
    id: ChildId,
    seen: &IfMatch,
    patch: &ChildPatch,
) -> Result<Recorded<Child>> {
    let before = lock(tx, id)?;
    seen.check(&before)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let mut after = patch.apply(before.clone());
    check(tx.conn, Some(&before), &after, today)?;
    let corrects = rules::correction(&before, &after, patch.correction_reason.as_deref())?;
    after.version = before.version + 1;
    let reason = seal_reason(tx, &after)?;
    prepared::update(children::table.find(id))
        .set((&after, dsl::modified_at.eq(tx.now), dsl::correction_reason.eq(reason)))
        .execute(tx.conn)?;
    if before.names != after.names {
        parts::replace_names(tx, &after)?;
    }
    if before.external_ids != after.external_ids {
        parts::write_external_ids(tx, after.id, &after.external_ids, true)?;
    }
    tx.changed(if corrects { "corrected" } else { "changed" }, &before, after)
}

fn seal_reason(tx: &mut Tx<'_>, child: &Child) -> Result<Option<Vec<u8>>> {
    tx.seal_some(dsl::correction_reason, child.id.untyped(), child.correction_reason.as_ref())
}

/// Records the day of the final order of a child's adoption, after which nothing begins for it under
/// this record (PL-07); without a day, that the order never was or was annulled.
pub fn adopted(tx: &mut Tx<'_>, id: ChildId, on: Option<NaiveDate>) -> Result<Recorded<Child>> {
    let before = lock(tx, id)?;
    let mut after = before.clone();
    after.adopted_on = on;
    after.version = before.version + 1;
    prepared::update(children::table.find(id))
        .set((&after, dsl::modified_at.eq(tx.now)))
        .execute(tx.conn)?;
    let event = match (before.adopted_on, on) {
        (_, None) => "adoption_annulled",
        (Some(day), Some(other)) if day != other => "adoption_corrected",
        (_, Some(_)) => "adopted",
    };
    tx.changed(event, &before, after)
}

fn check(
    conn: &mut PgConnection,
    before: Option<&Child>,
    after: &Child,
    today: NaiveDate,
) -> Result<()> {
    rules::check(before, after, today)?;
    let codes = rules::codes(before, after);
    if !codes.is_empty() {
        code_lists::check_all(conn, &codes, today)?;
    }
    let declares = before.is_none_or(|before| before.ethnicity != after.ethnicity);
    if declares
        && after.ethnicity.is_some()
        && parameters::store::value(conn, "ethnicity_recorded", today)? != "true"
    {
        let detail = "the registry does not record ethnicity";
        return Err(Error::value("/ethnicity", "not_recorded", detail));
    }
    if before.is_none_or(|before| before.area_code != after.area_code) {
        areas::check(conn, "/area_code", &after.area_code)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{hyphenated, last_birth_date};
    use crate::platform::time::add_months;

    #[test]
    fn ages_in_filters_agree_with_birthdays() {
        let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
        assert_eq!(last_birth_date(3, day("2027-02-28")), day("2024-02-29"));
        assert_eq!(last_birth_date(3, day("2027-03-01")), day("2024-03-01"));
        assert_eq!(last_birth_date(4, day("2028-02-29")), day("2024-02-29"));
        assert_eq!(last_birth_date(0, day("2027-02-28")), day("2027-02-28"));
        assert_eq!(add_months(last_birth_date(18, day("2026-08-31")), 216), day("2026-08-31"));
    }

    #[test]
    fn a_registry_number_is_found_however_it_is_typed() {
        for typed in ["CH-2026-000123-07", "ch202600012307", "CH-2026-00012307"] {
            assert_eq!(hyphenated(typed).unwrap(), "CH-2026-000123-07");
        }
        assert_eq!(hyphenated("CH-2026-000124-07").unwrap_err().code(), "invalid_query");
    }
}
