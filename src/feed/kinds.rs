//! The kinds of records that copies are kept of, each with the permission by which it is read.
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

/// Says so of each.
pub fn copied(routes: Routes) -> Routes {
    routes
        .copied::<Child, ReadChildren>()
        .copied::<LegalStatus, ReadChildren>()
        .copied::<Relation, ReadChildren>()
        .copied::<Transfer, ReadChildren>()
        .copied::<CarePeriod, ReadPlacements>()
        .copied::<Placement, ReadPlacements>()
        .copied::<TemporaryAbsence, ReadPlacements>()
        .copied::<MissingEpisode, ReadPlacements>()
        .copied::<CarerFamily, ReadCarers>()
        .copied::<Approval, ReadCarers>()
        .copied::<CarerReview, ReadCarers>()
        .copied::<Facility, ReadFacilities>()
        .copied::<Inspection, ReadFacilities>()
        .copied::<StaffSnapshot, ReadFacilities>()
        .copied::<Family, ReadFamilies>()
        .copied::<Case, ReadCases>()
        .copied::<Assessment, ReadAssessments>()
        .copied::<CarePlan, ReadCarePlans>()
        .copied::<ChildReview, ReadReviews>()
        .copied::<CourtCase, ReadCourtCases>()
        .copied::<Visit, ReadVisits>()
        .copied::<ContactPlan, ReadContact>()
        .copied::<ContactRestriction, ReadContact>()
        .copied::<ContactEvent, ReadContact>()
        .copied::<Incident, ReadIncidents>()
        .copied::<Complaint, ReadComplaints>()
        .copied::<Override, ReadOverrides>()
        .copied::<Alert, ReadAlerts>()
        .copied::<TransformationPlan, ReadTransformationPlans>()
        .copied::<TransitionPlan, ReadTransitionPlans>()
        .copied::<Organisation, ReadOrganisations>()
}
