//! Reviews of carer families.
use std::cmp::Reverse;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use super::{approvals, find_at, lock};
use crate::{
    carers::model::{CarerFamilyId, CarerReview, CarerReviewId, NewCarerReview},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::{self, Recorded},
        page::{Page, PageQuery},
        time::not_future,
    },
    reference::{code_lists, organisations, parameters},
    schema::carer_reviews as table,
};

/// Records a review of a family that was approved by then. It changes nothing by itself: what it recommends
/// is a step of its own.
pub fn record_review(
    tx: &mut Tx<'_>,
    id: CarerFamilyId,
    new: &NewCarerReview,
) -> Result<Recorded<CarerReview>> {
    lock(tx, id)?;
    not_future("/reviewed_on", new.reviewed_on, parameters::today(tx.conn, tx.now)?)?;
    let first = approvals(tx.conn, id)?.into_iter().map(|approval| approval.valid_from).min();
    if first.is_none_or(|first| new.reviewed_on < first) {
        let detail = "must not be before the family was first approved";
        return Err(Error::value("/reviewed_on", "out_of_order", detail));
    }
    let (list, pointer) = ("carer_review_outcome", "/outcome");
    code_lists::check(tx.conn, list, pointer, &new.outcome, new.reviewed_on)?;
    organisations::store::check(tx.conn, "/reviewed_by", new.reviewed_by)?;
    let review = CarerReview {
        id: CarerReviewId::generate(),
        carer_family_id: id,
        reviewed_on: new.reviewed_on,
        reviewed_by: new.reviewed_by,
        outcome: new.outcome.clone(),
        recommendations: new.recommendations.clone(),
        version: 1,
    };
    let text = review.recommendations.as_ref();
    let sealed = tx.seal_some(table::recommendations, review.id.untyped(), text)?;
    diesel::insert_into(table::table)
        .values((&review, table::recommendations.eq(sealed)))
        .execute(tx.conn)?;
    tx.created("reviewed", review)
}

/// One review of a family.
pub fn review(
    conn: &mut PgConnection,
    of: CarerFamilyId,
    id: CarerReviewId,
) -> Result<CarerReview> {
    table::table
        .find(id)
        .filter(table::carer_family_id.eq(of))
        .select(CarerReview::as_select())
        .first(conn)
        .found::<CarerReview>()
}

/// A page of a family's reviews, latest first: those until `day`, if it is given, as the registry knew them
/// at `known_at` or knows them now.
pub fn list_reviews(
    conn: &mut PgConnection,
    id: CarerFamilyId,
    day: Option<NaiveDate>,
    known_at: Option<DateTime<Utc>>,
    page: &PageQuery,
) -> Result<Page<CarerReview>> {
    let (bound, limit) = (page.bind(&("reviews", id, day, known_at)), page.limit()?);
    find_at(conn, id, known_at)?;
    let all = all_reviews(conn, id, day, known_at)?;
    bound.cut(all, limit, |review| review.id, |_| true)
}

/// All of them at once.
pub(super) fn all_reviews(
    conn: &mut PgConnection,
    id: CarerFamilyId,
    day: Option<NaiveDate>,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<CarerReview>> {
    let mut all: Vec<CarerReview> = match known_at {
        Some(at) => journal::known_under(conn, id.untyped(), at)?,
        None => table::table
            .filter(table::carer_family_id.eq(id))
            .select(CarerReview::as_select())
            .load(conn)?,
    };
    all.retain(|review| day.is_none_or(|day| review.reviewed_on <= day));
    all.sort_by_key(|review| Reverse((review.reviewed_on, review.id)));
    Ok(all)
}
