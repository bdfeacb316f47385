//! Notices: whom they tell of what.
use chrono::{DateTime, Utc};
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    carers::{self, CarerFamily, CarerFamilyId},
    children::{self, Child, ChildId},
    oversight::model::{ContestedRecords, Notice, NoticeId, NoticeKind},
    platform::{
        db::Tx,
        disclosure::Person,
        error::{Error, Found as _, Result},
        id::Kind as _,
        journal::Recorded,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
        version::IfMatch,
    },
    reference::organisations::OrganisationId,
    schema::notices,
    sort_fields,
};

/// A notice of this kind, about nothing yet.
pub(super) fn notice(
    kind: NoticeKind,
    organisation_id: Option<OrganisationId>,
    client_id: Uuid,
    at: DateTime<Utc>,
) -> Notice {
    Notice {
        id: NoticeId::generate(),
        kind,
        organisation_id,
        emergency_access_id: None,
        client_id,
        at,
        acknowledged_at: None,
        acknowledged_by: None,
        version: 1,
        child_id: None,
        carer_family_id: None,
    }
}

pub(super) fn notify(tx: &mut Tx<'_>, notice: Notice) -> Result<()> {
    diesel::insert_into(notices::table).values(&notice).execute(tx.conn)?;
    tx.created("written", notice).map(drop)
}

/// Tells the organisation of a client, and those who watch over the country, that the client asks for
/// more children than anybody needs.
pub fn tell_of_trawling(tx: &mut Tx<'_>) -> Result<Recorded<()>> {
    let own = tx.organisation.map(OrganisationId::from_untyped);
    if own.is_some() {
        notify(tx, notice(NoticeKind::Trawling, own, tx.actor, tx.now))?;
    }
    let notice = notice(NoticeKind::Trawling, None, tx.actor, tx.now);
    diesel::insert_into(notices::table).values(&notice).execute(tx.conn)?;
    Ok(tx.created("written", notice)?.map(drop))
}

/// Tells those who watch over the country that a number of this person is contested. Nobody else is told,
/// whoever wrote it included.
pub fn tell_of_contest(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    let notice = notice(NoticeKind::ContestedIdentifier, None, tx.actor, tx.now);
    let of = |kind| (person.kind == kind).then_some(person.id);
    let child_id = of(Child::NAME).map(ChildId::from_untyped);
    let carer_family_id = of(CarerFamily::NAME).map(CarerFamilyId::from_untyped);
    notify(tx, Notice { child_id, carer_family_id, ..notice })
}

/// The records that share the number that a notice tells of.
pub fn contested_records(
    conn: &mut PgConnection,
    id: NoticeId,
    audience: Audience,
) -> Result<ContestedRecords> {
    let notice = find_notice(conn, id, audience)?;
    let child = notice.child_id.map(|child| children::store::parts::contested_with(conn, child));
    let families = notice.carer_family_id;
    let families = families.map(|family| carers::store::contested_with(conn, family));
    Ok(ContestedRecords {
        children: child.transpose()?.unwrap_or_default(),
        carer_families: families.transpose()?.unwrap_or_default(),
    })
}

sort_fields! {
    /// What the list of notices can be sorted by.
    pub enum NoticeField by "notices.id" {
        At = "at": "notices.at" as "timestamptz",
    }
}

pub type NoticeSort = Sort<NoticeField>;

/// Which notices to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NoticeFilter {
    /// What it tells of; repeat it for one of several.
    #[serde(default)]
    pub kind: Vec<NoticeKind>,
    /// Whether somebody took note of it.
    #[param(nullable = false, example = false)]
    pub acknowledged: Option<bool>,
    /// Order, oldest first unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 1, example = json!(["-at"]))]
    pub sort: Vec<NoticeSort>,
}

/// Whose notices somebody reads: of one organisation, or of all and of the whole country.
#[derive(Debug, Clone, Copy)]
pub struct Audience {
    pub organisation: Option<Uuid>,
    pub everybody: bool,
}

impl Audience {
    fn query<'q>(self) -> notices::BoxedQuery<'q, Pg> {
        let all = notices::table.into_boxed();
        if self.everybody {
            all
        } else {
            all.filter(notices::organisation_id.eq(self.organisation))
        }
    }
}

impl NoticeFilter {
    fn query(&self, audience: Audience) -> notices::BoxedQuery<'_, Pg> {
        let mut query = audience.query();
        if !self.kind.is_empty() {
            query = query.filter(notices::kind.eq_any(&self.kind));
        }
        match self.acknowledged {
            Some(true) => query.filter(notices::acknowledged_at.is_not_null()),
            Some(false) => query.filter(notices::acknowledged_at.is_null()),
            None => query,
        }
    }
}

pub fn find_notice(conn: &mut PgConnection, id: NoticeId, audience: Audience) -> Result<Notice> {
    let notice = audience.query().filter(notices::id.eq(id));
    notice.select(Notice::as_select()).first(conn).found::<Notice>()
}

/// Oldest first unless said.
pub fn list_notices(
    conn: &mut PgConnection,
    filter: &NoticeFilter,
    audience: Audience,
    page: &PageQuery,
) -> Result<Page<Notice>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query(audience).order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Notice::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many notices the list has, if that is asked for.
pub fn total_notices(
    conn: &mut PgConnection,
    filter: &NoticeFilter,
    audience: Audience,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query(audience)))
}

/// Records that somebody took note.
pub fn acknowledge(
    tx: &mut Tx<'_>,
    id: NoticeId,
    seen: &IfMatch,
    audience: Audience,
) -> Result<Recorded<Notice>> {
    let _there = find_notice(tx.conn, id, audience)?;
    let row = notices::table.find(id).for_update().select(Notice::as_select());
    let before: Notice = row.first(tx.conn).found::<Notice>()?;
    seen.check(&before)?;
    if before.acknowledged_at.is_some() {
        return Err(Error::State("somebody took note of it already".to_owned()));
    }
    let after = Notice {
        acknowledged_at: Some(tx.now),
        acknowledged_by: Some(tx.actor),
        version: before.version + 1,
        ..before.clone()
    };
    diesel::update(notices::table.find(id)).set(&after).execute(tx.conn)?;
    tx.changed("acknowledged", &before, after)
}
