//! `/v1/contact-events` over HTTP.
use crate::{
    children::ChildId,
    contact::{
        model::{
            ContactAnnulment, ContactEvent, ContactEventId, ContactEventPage, NewContactEvent,
        },
        permission::{ManageContact, ReadContact},
        store::{self, ContactEventFilter},
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
        record_contact,
        list_contact_events,
        read_contact_event,
        read_contact_event_history,
        annul_contact_event
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/contact-events", tag = "contact", summary = "Record contact with a child",
    description = "Records contact that took place, or did not, and why. Contact that was restricted on that day is recorded as a breach of the restriction that `broke_restriction_id` names.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewContactEvent,
    responses((status = 201, description = "The event of contact.", body = ContactEvent),
        (status = 409, description = "`CT-04`: such contact was restricted on that day, and no restriction is named that it went against. `PL-07`: the child had died or was adopted by then.")))]
async fn record_contact(
    access: Access<ManageContact>,
    id: Path<ChildId>,
    body: Body<NewContactEvent>,
) -> Result<Released> {
    let collection = "/v1/contact-events";
    access.change(move |tx| store::record(tx, id.0, &body.0)?.created(collection)).await
}

#[utoipa::path(get, path = "/v1/contact-events", tag = "contact", summary = "List events of contact",
    description = "Contact with the children of whom the caller may know that took place, or did not, by id unless said.",
    params(ContactEventFilter, PageQuery, CountQuery), responses((status = 200, description = "Some events of contact.", body = ContactEventPage)))]
async fn list_contact_events(
    access: Access<ReadContact>,
    filter: Query<ContactEventFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let events = access.read(move |conn| {
        let total = store::total_events(conn, &filter.0, count.0)?;
        Ok(store::list_events(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &ContactEventPage::from(events.await?)).await
}

#[utoipa::path(get, path = "/v1/contact-events/{id}", tag = "contact", summary = "Read an event of contact",
    description = "One event of contact, with the entity tag that its steps ask for.",
    params(("id" = ContactEventId, Path, description = "The event of contact."), KnownAt),
    responses((status = 200, description = "The event of contact.", body = ContactEvent)))]
async fn read_contact_event(
    access: Access<ReadContact>,
    id: Path<ContactEventId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find_event(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/contact-events/{id}/history", tag = "contact", summary = "Read the history of an event of contact",
    description = "Who changed what and when, newest first.",
    params(("id" = ContactEventId, Path, description = "The event of contact."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_contact_event_history(
    access: Access<ReadContact>,
    id: Path<ContactEventId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<ContactEvent>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/contact-events/{id}/annul", tag = "contact", summary = "Annul contact that never was",
    description = "Takes back an event entered in error, with a reason.",
    params(("id" = ContactEventId, Path, description = "The event of contact.")), request_body = ContactAnnulment,
    responses((status = 200, description = "The event of contact, entered in error.", body = ContactEvent)))]
async fn annul_contact_event(
    access: Access<ManageContact>,
    id: Path<ContactEventId>,
    seen: IfMatch,
    body: Body<ContactAnnulment>,
) -> Result<Released> {
    access.change(move |tx| store::annul_event(tx, id.0, &seen, &body.0)?.ok()).await
}
