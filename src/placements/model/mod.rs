//! What care periods, placements and absences are, and which steps they may take. No SQL, no HTTP.
mod absence;
mod evaluation;
mod exception;
mod lists;
mod next_home;
mod past;
mod period;
mod placement;
mod preview;
mod requests;
mod timeline;

pub use absence::{
    AbsencePage, EndAbsenceRequest, EndMissingRequest, MissingEpisode, MissingEpisodeId,
    MissingEpisodePage, NewAbsence, NewMissingEpisode, TemporaryAbsence, TemporaryAbsenceId,
};
pub use evaluation::{PlacementDecision, PlacementEnding, PlacementEvaluation};
pub use exception::{ExceptionFindings, PlacementException};
pub use lists::{CarePeriodInclude, CarePeriodWithLists, PlacementInclude, PlacementWithLists};
pub use next_home::{NextHome, NextHomeKind, NextHomes, NoNextHome};
pub use past::{CareExit, PastCarePeriod, PastPlacement};
pub use period::{CareEntry, CarePeriod, CarePeriodId, CarePeriodPage, CarePeriodState};
pub use placement::{
    Decision, Placement, PlacementId, PlacementPage, PlacementState, PlacementStep, Provider,
    ProviderKind, TemporaryApproval,
};
pub use preview::{Breach, RulePreview, RulePreviewRequest};
pub use requests::{
    CancelRequest, CorrectRequest, CorrectionReason, EndRequest, MoveRequest, MoveTarget,
    NewPlacement, PlacementIntent, SiblingPlacements, SiblingPlacementsMade, StartRequest,
};
pub use timeline::{ChildTimeline, TimelinePeriod, Whereabouts};
