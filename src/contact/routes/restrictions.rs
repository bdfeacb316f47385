//! `/v1/contact-restrictions` over HTTP.
use crate::{
    children::ChildId,
    contact::{
        model::{
            ContactAnnulment, ContactRestriction, ContactRestrictionId, ContactRestrictionPage,
            NewContactRestriction, RestrictionLifting,
        },
        permission::{ReadContact, RestrictContact},
        store::{self, ContactRestrictionFilter},
    },
    platform::{
        access::Access,
        error::Result,
        extract::{Body, Path, Query},
        http::{Address, Routes},
        journal::{self, HistoryPage},
        page::PageQuery,
        released::Released,
        time::KnownAt,
        total::CountQuery,
        version::{IfMatch, IfNoneMatch},
    },
    routes,
};

pub fn routes() -> Routes {
    routes![
        restrict_contact,
        list_contact_restrictions,
        read_contact_restriction,
        read_contact_restriction_history,
        lift_contact_restriction,
        annul_contact_restriction
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/contact-restrictions", tag = "contact", summary = "Record a decision that restricts contact with a child",
    description = "Records that a competent body restricts contact with the child, with whom, in which kinds, why, and until when. It is never a sanction (UN Guidelines ¶96).",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewContactRestriction,
    responses((status = 201, description = "The restriction of contact.", body = ContactRestriction),
        (status = 409, description = "`PL-07`: the child has died or was adopted."),
        (status = 422, description = "`CT-02`: the organisation cannot be such a body. `RV-06`: the child's views are not recorded. A reason that is not in the list, or no end.")))]
async fn restrict_contact(
    access: Access<RestrictContact>,
    id: Path<ChildId>,
    body: Body<NewContactRestriction>,
) -> Result<Released> {
    let collection = "/v1/contact-restrictions";
    access.change(move |tx| store::restrict(tx, id.0, &body.0)?.created(collection)).await
}

#[utoipa::path(get, path = "/v1/contact-restrictions", tag = "contact", summary = "List restrictions of contact",
    description = "Decisions that restrict contact with the children of whom the caller may know, by id unless said.",
    params(ContactRestrictionFilter, PageQuery, CountQuery), responses((status = 200, description = "Some restrictions of contact.", body = ContactRestrictionPage)))]
async fn list_contact_restrictions(
    access: Access<ReadContact>,
    filter: Query<ContactRestrictionFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let restrictions = access.read(move |conn| {
        let total = store::total_restrictions(conn, &filter.0, count.0)?;
        Ok(store::list_restrictions(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &ContactRestrictionPage::from(restrictions.await?)).await
}

#[utoipa::path(get, path = "/v1/contact-restrictions/{id}", tag = "contact", summary = "Read a restriction of contact",
    description = "One restriction of contact, with the entity tag that its steps ask for.",
    params(("id" = ContactRestrictionId, Path, description = "The restriction of contact."), KnownAt),
    responses((status = 200, description = "The restriction of contact.", body = ContactRestriction)))]
async fn read_contact_restriction(
    access: Access<ReadContact>,
    id: Path<ContactRestrictionId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find_restriction(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/contact-restrictions/{id}/history", tag = "contact", summary = "Read the history of a restriction of contact",
    description = "Who changed what and when, newest first.",
    params(("id" = ContactRestrictionId, Path, description = "The restriction of contact."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_contact_restriction_history(
    access: Access<ReadContact>,
    id: Path<ContactRestrictionId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<ContactRestriction>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/contact-restrictions/{id}/lift", tag = "contact", summary = "Lift a restriction of contact",
    description = "Sets the first day on which it holds no longer, before its end, with a reason.",
    params(("id" = ContactRestrictionId, Path, description = "The restriction of contact.")), request_body = RestrictionLifting,
    responses((status = 200, description = "The restriction of contact, lifted.", body = ContactRestriction)))]
async fn lift_contact_restriction(
    access: Access<RestrictContact>,
    id: Path<ContactRestrictionId>,
    seen: IfMatch,
    body: Body<RestrictionLifting>,
) -> Result<Released> {
    access.change(move |tx| store::lift(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/contact-restrictions/{id}/annul", tag = "contact", summary = "Annul a restriction of contact that never was",
    description = "Takes back a restriction entered in error, with a reason.",
    params(("id" = ContactRestrictionId, Path, description = "The restriction of contact.")), request_body = ContactAnnulment,
    responses((status = 200, description = "The restriction of contact, entered in error.", body = ContactRestriction)))]
async fn annul_contact_restriction(
    access: Access<RestrictContact>,
    id: Path<ContactRestrictionId>,
    seen: IfMatch,
    body: Body<ContactAnnulment>,
) -> Result<Released> {
    access.change(move |tx| store::annul_restriction(tx, id.0, &seen, &body.0)?.ok()).await
}
