//! What incidents and complaints are, what callers say of them, their states.
mod complaint;
mod incident;
mod reporter;
mod requests;
mod state;
mod views;

pub use complaint::{
    Complainant, Complaint, ComplaintChannel, ComplaintId, ComplaintOutcome, ComplaintPage,
    SealedColumns as SealedComplaint,
};
pub use incident::{
    Incident, IncidentId, IncidentKind, IncidentOutcome, IncidentPage, IncidentSeverity,
    InvestigationFinding, SealedColumns as SealedIncident,
};
pub use reporter::{ComplaintReporter, ComplaintReporterId, NewReporter};
pub use requests::{
    ComplaintResolution, IncidentClosing, IncidentNotification, IncidentStart, NewComplaint,
    NewIncident, RecordAnnulment,
};
pub use state::{ComplaintState, ComplaintStep, IncidentState, IncidentStep};
pub use views::{FacilityComplaint, FacilityComplaintPage, FacilityIncident, FacilityIncidentPage};
