//! `/v1/cases/{id}/…` over HTTP: what is recorded in a case, with the child whom it is about.
//!
//! Assessments, care plans, reviews, visits, contacts and incidents are the child's, whichever case is
//! open. Under a case stand those of its child, or of the children of its family; what is recorded under a
//! case of a child is recorded for that child, by the same rules as under the child itself.
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::de::DeserializeOwned;

use crate::{
    assessments::{self, Assessment, AssessmentPage, NewAssessment, store::AssessmentFilter},
    care_plans::{self, CarePlan, CarePlanPage, NewCarePlan, store::CarePlanFilter},
    cases::{self, CaseId},
    children::ChildId,
    contact::{self, ContactEvent, ContactEventPage, NewContactEvent, store::ContactEventFilter},
    families,
    incidents::{self, Incident, IncidentPage, NewIncident, store::IncidentFilter},
    platform::{
        access::Access,
        error::{Error, Result},
        extract::{Body, Path, Query},
        http::{Address, Routes},
        id::Kind,
        journal::{self, Subject},
        page::{Page, PageQuery},
        released::Released,
        time::KnownAt,
    },
    reviews::{self, ChildReview, NewReview, ReviewPage, store::ReviewFilter},
    routes,
    visits::{self, NewVisit, Visit, VisitPage, store::VisitFilter},
};

/// The children whom a case is about: its child, or those of its family.
fn children_of(conn: &mut PgConnection, id: CaseId) -> Result<Vec<ChildId>> {
    let case = cases::store::find(conn, id)?;
    let family = case.family_id.map(|family| families::store::find(conn, family)).transpose()?;
    let members = family.into_iter().flat_map(|family| family.members);
    Ok(case.child_id.into_iter().chain(members.filter_map(|member| member.child_id)).collect())
}

/// The child whom a case is about; 409 if it is about a family.
fn child_of(conn: &mut PgConnection, id: CaseId) -> Result<ChildId> {
    cases::store::find(conn, id)?.child_id.ok_or_else(|| {
        let detail = "the case is about a family: what concerns one child is recorded under it";
        Error::State(detail.to_owned())
    })
}

/// What the registry knew at an instant of one kind of records of these children, by id.
fn known<T: Subject + Kind + DeserializeOwned>(
    conn: &mut PgConnection,
    children: &[ChildId],
    at: DateTime<Utc>,
    page: &PageQuery,
) -> Result<Page<T>> {
    let (bound, limit) = (page.bind(&(children, at)), page.limit()?);
    let mut rows: Vec<T> = Vec::new();
    for child in children {
        rows.extend(journal::known_under(conn, child.untyped(), at)?);
    }
    rows.sort_by_key(Subject::subject_id);
    bound.cut(rows, limit, Subject::subject_id, |_| true)
}

/// Defines the list of one kind of records under a case, and how one is added there.
macro_rules! under_cases {
    ($list:ident $list_path:tt $list_summary:tt, $make:ident $make_summary:tt, tag $tag:tt,
     $read:path => $filter:ident, $all:path => $page:ident,
     $manage:path => $new:ident, $create:path => $record:ident, $collection:literal) => {
        #[utoipa::path(get, path = $list_path, tag = $tag, summary = $list_summary,
            description = "Those of the child of the case, or of the children of its family, by id. Filters and orders has the list of all.",
            params(("id" = CaseId, Path, description = "The case."), KnownAt, PageQuery),
            responses((status = 200, description = "Some of them.", body = $page)))]
        async fn $list(
            access: Access<$read>,
            id: Path<CaseId>,
            when: Query<KnownAt>,
            page: Query<PageQuery>,
            address: Address,
        ) -> Result<Released> {
            let known_at = when.0.instant(access.now())?;
            let listed = access.read(move |conn| {
                let children = children_of(conn, id.0)?;
                if let Some(at) = known_at {
                    return known(conn, &children, at, &page.0);
                }
                let filter = $filter { children: Some(children), ..Default::default() };
                $all(conn, &filter, &page.0)
            });
            access.release_page(&address, &$page::from(listed.await?)).await
        }

        #[utoipa::path(post, path = $list_path, tag = $tag, summary = $make_summary,
            description = "The same as under the child whom the case is about, by the same rules.",
            params(("id" = CaseId, Path, description = "The case.")), request_body = $new,
            responses((status = 201, description = "The new record.", body = $record),
                (status = 409, description = "The case is about a family: what concerns one child is recorded under it. Or a rule refuses it as it does under the child.")))]
        async fn $make(
            access: Access<$manage>,
            id: Path<CaseId>,
            body: Body<$new>,
        ) -> Result<Released> {
            access
                .change(move |tx| {
                    let child = child_of(tx.conn, id.0)?;
                    $create(tx, child, &body.0)?.created($collection)
                })
                .await
        }
    };
}

under_cases!(
    list_case_assessments "/v1/cases/{id}/assessments" "List the assessments of a case",
    request_case_assessment "Request an assessment in a case", tag "assessments",
    assessments::permission::ReadAssessments => AssessmentFilter,
    assessments::store::list => AssessmentPage,
    assessments::permission::ManageAssessments => NewAssessment,
    assessments::store::request => Assessment, "/v1/assessments"
);
under_cases!(
    list_case_care_plans "/v1/cases/{id}/care-plans" "List the care plans of a case",
    draft_case_care_plan "Draft a care plan in a case", tag "care-plans",
    care_plans::permission::ReadCarePlans => CarePlanFilter,
    care_plans::store::list => CarePlanPage,
    care_plans::permission::ManageCarePlans => NewCarePlan,
    care_plans::store::draft => CarePlan, "/v1/care-plans"
);
under_cases!(
    list_case_reviews "/v1/cases/{id}/reviews" "List the reviews of a case",
    call_case_review "Call a review in a case", tag "reviews",
    reviews::permission::ReadReviews => ReviewFilter,
    reviews::store::list => ReviewPage,
    reviews::permission::ManageReviews => NewReview,
    reviews::store::call => ChildReview, "/v1/reviews"
);
under_cases!(
    list_case_visits "/v1/cases/{id}/visits" "List the visits of a case",
    record_case_visit "Record a visit in a case", tag "visits",
    visits::permission::ReadVisits => VisitFilter,
    visits::store::list => VisitPage,
    visits::permission::ManageVisits => NewVisit,
    visits::store::record => Visit, "/v1/visits"
);
under_cases!(
    list_case_contacts "/v1/cases/{id}/contacts" "List the contacts of a case",
    record_case_contact "Record contact in a case", tag "contact",
    contact::permission::ReadContact => ContactEventFilter,
    contact::store::list_events => ContactEventPage,
    contact::permission::ManageContact => NewContactEvent,
    contact::store::record => ContactEvent, "/v1/contact-events"
);
under_cases!(
    list_case_incidents "/v1/cases/{id}/incidents" "List the incidents of a case",
    report_case_incident "Report an incident in a case", tag "incidents",
    incidents::permission::ReadIncidents => IncidentFilter,
    incidents::store::list_incidents => IncidentPage,
    incidents::permission::ManageIncidents => NewIncident,
    incidents::store::report => Incident, "/v1/incidents"
);

pub fn routes() -> Routes {
    routes![
        list_case_assessments,
        request_case_assessment,
        list_case_care_plans,
        draft_case_care_plan,
        list_case_reviews,
        call_case_review,
        list_case_visits,
        record_case_visit,
        list_case_contacts,
        record_case_contact,
        list_case_incidents,
        report_case_incident
    ]
}
