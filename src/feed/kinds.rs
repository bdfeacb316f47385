//! The kinds of records that copies are kept of, each with the permission by which it is read, and where.
//!
//! Not among them is what only a named few may know, such as protected addresses, and what is nobody's
//! business but the registry's: clients, grants, notices.
use crate::{
    alerts::{Alert, permission::ReadAlerts},
    assessments::{Assessment, permission::ReadAssessments},
    care_plans::{CarePlan, permission::ReadCarePlans},
    carers::{Approval, CarerFamily, CarerReview, permission::ReadCarers},
    cases::{Case, permission::ReadCases},
    children::{Child, LegalStatus, Relation, permission::ReadChildren},
    contact::{ContactEvent, ContactPlan, ContactRestriction, permission::ReadContact},
    court_cases::{CourtCase, permission::ReadCourtCases},
    facilities::{Facility, Inspection, StaffSnapshot, permission::ReadFacilities},
    families::{Family, permission::ReadFamilies},
    incidents::{
        Complaint, Incident,
        permission::{ReadComplaints, ReadIncidents},
    },
    overrides::{Override, permission::ReadOverrides},
    placements::{
        CarePeriod, MissingEpisode, Placement, TemporaryAbsence, permission::ReadPlacements,
    },
    platform::http::Routes,
    reference::{organisations::Organisation, permission::ReadOrganisations},
    reviews::{ChildReview, permission::ReadReviews},
    transfers::Transfer,
    transformations::{
        TransformationPlan, TransitionPlan,
        permission::{ReadTransformationPlans, ReadTransitionPlans},
    },
    visits::{Visit, permission::ReadVisits},
};

/// Their names.
pub fn names() -> Vec<&'static str> {
    copied(Routes::new()).copies().into_iter().map(|copied| copied.kind).collect()
}

/// Says so of each.
pub fn copied(routes: Routes) -> Routes {
    routes
        .copied::<Child, ReadChildren>("/v1/children/{id}")
        .copied::<LegalStatus, ReadChildren>("/v1/children/{of}/legal-statuses/{id}")
        .copied::<Relation, ReadChildren>("/v1/children/{of}/relations/{id}")
        .copied::<Transfer, ReadChildren>("/v1/transfers/{id}")
        .copied::<CarePeriod, ReadPlacements>("/v1/care-periods/{id}")
        .copied::<Placement, ReadPlacements>("/v1/placements/{id}")
        .copied::<TemporaryAbsence, ReadPlacements>("")
        .copied::<MissingEpisode, ReadPlacements>("/v1/children/{of}/missing-episodes/{id}")
        .copied::<CarerFamily, ReadCarers>("/v1/carer-families/{id}")
        .copied::<Approval, ReadCarers>("/v1/carer-families/{of}/approvals/{id}")
        .copied::<CarerReview, ReadCarers>("/v1/carer-families/{of}/reviews/{id}")
        .copied::<Facility, ReadFacilities>("/v1/facilities/{id}")
        .copied::<Inspection, ReadFacilities>("/v1/facilities/{of}/inspections/{id}")
        .copied::<StaffSnapshot, ReadFacilities>("/v1/facilities/{of}/staff-snapshots/{id}")
        .copied::<Family, ReadFamilies>("/v1/families/{id}")
        .copied::<Case, ReadCases>("/v1/cases/{id}")
        .copied::<Assessment, ReadAssessments>("/v1/assessments/{id}")
        .copied::<CarePlan, ReadCarePlans>("/v1/care-plans/{id}")
        .copied::<ChildReview, ReadReviews>("/v1/reviews/{id}")
        .copied::<CourtCase, ReadCourtCases>("/v1/court-cases/{id}")
        .copied::<Visit, ReadVisits>("/v1/visits/{id}")
        .copied::<ContactPlan, ReadContact>("/v1/contact-plans/{id}")
        .copied::<ContactRestriction, ReadContact>("/v1/contact-restrictions/{id}")
        .copied::<ContactEvent, ReadContact>("/v1/contact-events/{id}")
        .copied::<Incident, ReadIncidents>("/v1/incidents/{id}")
        .copied::<Complaint, ReadComplaints>("/v1/complaints/{id}")
        .copied::<Override, ReadOverrides>("/v1/overrides/{id}")
        .copied::<Alert, ReadAlerts>("/v1/alerts/{id}")
        .copied::<TransformationPlan, ReadTransformationPlans>("/v1/transformation-plans/{id}")
        .copied::<TransitionPlan, ReadTransitionPlans>("/v1/transition-plans/{id}")
        .copied::<Organisation, ReadOrganisations>("/v1/organisations/{id}")
}
