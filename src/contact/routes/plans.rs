//! `/v1/contact-plans` over HTTP.
use crate::{
    children::ChildId,
    contact::{
        model::{
            ContactAnnulment, ContactPlan, ContactPlanEnd, ContactPlanId, ContactPlanPage,
            NewContactPlan,
        },
        permission::{ManageContact, ReadContact},
        store::{self, ContactPlanFilter},
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
        agree_contact,
        list_contact_plans,
        read_contact_plan,
        read_contact_plan_history,
        end_contact_plan,
        annul_contact_plan
    ]
}

#[utoipa::path(post, path = "/v1/children/{id}/contact-plans", tag = "contact", summary = "Agree contact with a child",
    description = "Agrees with whom the child is to have contact, how, and how often.",
    params(("id" = ChildId, Path, description = "The child.")), request_body = NewContactPlan,
    responses((status = 201, description = "The plan of contact.", body = ContactPlan),
        (status = 409, description = "`CT-04`: such contact is restricted on its first day. `PL-07`: the child has died or was adopted."),
        (status = 422, description = "`RV-06`: the child's views are not recorded.")))]
async fn agree_contact(
    access: Access<ManageContact>,
    id: Path<ChildId>,
    body: Body<NewContactPlan>,
) -> Result<Released> {
    let collection = "/v1/contact-plans";
    access.change(move |tx| store::agree(tx, id.0, &body.0)?.created(collection)).await
}

#[utoipa::path(get, path = "/v1/contact-plans", tag = "contact", summary = "List plans of contact",
    description = "What contact is agreed with the children of whom the caller may know, by id unless said.",
    params(ContactPlanFilter, PageQuery, CountQuery), responses((status = 200, description = "Some plans of contact.", body = ContactPlanPage)))]
async fn list_contact_plans(
    access: Access<ReadContact>,
    filter: Query<ContactPlanFilter>,
    page: Query<PageQuery>,
    count: Query<CountQuery>,
    address: Address,
) -> Result<Released> {
    let plans = access.read(move |conn| {
        let total = store::total_plans(conn, &filter.0, count.0)?;
        Ok(store::list_plans(conn, &filter.0, &page.0)?.of(total))
    });
    access.release_page(&address, &ContactPlanPage::from(plans.await?)).await
}

#[utoipa::path(get, path = "/v1/contact-plans/{id}", tag = "contact", summary = "Read a plan of contact",
    description = "One plan of contact, with the entity tag that its steps ask for.",
    params(("id" = ContactPlanId, Path, description = "The plan of contact."), KnownAt),
    responses((status = 200, description = "The plan of contact.", body = ContactPlan)))]
async fn read_contact_plan(
    access: Access<ReadContact>,
    id: Path<ContactPlanId>,
    when: Query<KnownAt>,
    held: IfNoneMatch,
) -> Result<Released> {
    access.read_known(when.0, &held, move |conn| store::find_plan(conn, id.0)).await
}

#[utoipa::path(get, path = "/v1/contact-plans/{id}/history", tag = "contact", summary = "Read the history of a plan of contact",
    description = "Who changed what and when, newest first.",
    params(("id" = ContactPlanId, Path, description = "The plan of contact."), PageQuery),
    responses((status = 200, description = "Some changes.", body = HistoryPage)))]
async fn read_contact_plan_history(
    access: Access<ReadContact>,
    id: Path<ContactPlanId>,
    page: Query<PageQuery>,
    address: Address,
) -> Result<Released> {
    let history = access
        .read(move |conn| journal::history::<ContactPlan>(conn, id.0.untyped(), &page.0))
        .await?;
    access.release_page(&address, &HistoryPage::from(history)).await
}

#[utoipa::path(post, path = "/v1/contact-plans/{id}/end", tag = "contact", summary = "End a plan of contact",
    description = "Sets the first day on which it no longer holds, with a reason.",
    params(("id" = ContactPlanId, Path, description = "The plan of contact.")), request_body = ContactPlanEnd,
    responses((status = 200, description = "The plan of contact, ended.", body = ContactPlan)))]
async fn end_contact_plan(
    access: Access<ManageContact>,
    id: Path<ContactPlanId>,
    seen: IfMatch,
    body: Body<ContactPlanEnd>,
) -> Result<Released> {
    access.change(move |tx| store::end_plan(tx, id.0, &seen, &body.0)?.ok()).await
}

#[utoipa::path(post, path = "/v1/contact-plans/{id}/annul", tag = "contact", summary = "Annul a plan of contact that never was",
    description = "Takes back a plan entered in error, with a reason.",
    params(("id" = ContactPlanId, Path, description = "The plan of contact.")), request_body = ContactAnnulment,
    responses((status = 200, description = "The plan of contact, entered in error.", body = ContactPlan)))]
async fn annul_contact_plan(
    access: Access<ManageContact>,
    id: Path<ContactPlanId>,
    seen: IfMatch,
    body: Body<ContactAnnulment>,
) -> Result<Released> {
    access.change(move |tx| store::annul_plan(tx, id.0, &seen, &body.0)?.ok()).await
}
