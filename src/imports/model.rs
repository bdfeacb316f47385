//! Imports, how far they are, and what became of each record.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::record::{ImportNumber, ImportRecord};
use crate::{
    page_of,
    platform::{
        error::{Error, Problem, Result},
        id::Id,
        include::{Including, Member},
        purpose::Errand,
    },
    record,
    schema::{import_progress, imports},
    text_enum,
};

pub type ImportId = Id<Import>;

text_enum! {
    /// What is to become of the records.
    pub enum ImportMode {
        /// They are judged, and nothing is kept.
        Validate = "validate",
        /// They are taken in.
        Commit = "commit",
    }
}

text_enum! {
    /// Which records are taken.
    pub enum ImportStrategy {
        /// New ones alone.
        Create = "create",
        /// Known ones alone.
        Update = "update",
        /// Both.
        CreateOrUpdate = "create_or_update",
    }
}

text_enum! {
    /// What stands or falls together.
    pub enum ImportAtomic {
        /// Each record by itself.
        Record = "record",
        /// The whole file: one refusal, and nothing of it is kept.
        File = "file",
    }
}

text_enum! {
    /// What becomes of a record that a soft rule bars.
    pub enum ImportOnRule {
        /// It is refused, as it would be alone.
        Refuse = "refuse",
        /// If it is history from before the registry's first day (`go_live_on`), the rule is stepped over as such.
        Legacy = "legacy",
    }
}

text_enum! {
    /// How far an import is.
    pub enum ImportState {
        /// It waits for its turn, or is under way.
        Open = "open",
        /// Every record was judged, and what was to be kept is kept.
        Done = "done",
        /// It was broken off, for the reason in `failure`.
        Failed = "failed",
        /// Somebody broke it off. What was taken in by then stays, unless the file was to stand or fall together.
        Cancelled = "cancelled",
    }
}

/// What can happen to an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportStep {
    Finish,
    Fail,
    Cancel,
}

impl ImportState {
    /// The state after a step.
    pub fn after(self, step: ImportStep) -> Result<Self> {
        match (self, step) {
            (Self::Open, ImportStep::Finish) => Ok(Self::Done),
            (Self::Open, ImportStep::Fail) => Ok(Self::Failed),
            (Self::Open, ImportStep::Cancel) => Ok(Self::Cancelled),
            (Self::Done | Self::Failed | Self::Cancelled, _) => {
                Err(Error::State("the import has ended".to_owned()))
            }
        }
    }
}

/// How a file is to be taken in.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// What is to become of the records; `commit` unless said.
    #[param(nullable = false)]
    pub mode: Option<ImportMode>,
    /// Which records are taken; `create_or_update` unless said.
    #[param(nullable = false)]
    pub strategy: Option<ImportStrategy>,
    /// What stands or falls together; `record` unless said.
    #[param(nullable = false)]
    pub atomic: Option<ImportAtomic>,
    /// What becomes of a record that a soft rule bars; `refuse` unless said.
    #[param(nullable = false)]
    pub on_rule: Option<ImportOnRule>,
}

/// A file of records that is taken in.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = imports, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Import {
    pub id: ImportId,
    /// The client that sent it.
    pub client_id: Uuid,
    /// Its organisation, whose clients all read the import.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<Uuid>,
    pub mode: ImportMode,
    pub strategy: ImportStrategy,
    pub atomic: ImportAtomic,
    #[serde(default = "refuse")]
    pub on_rule: ImportOnRule,
    pub state: ImportState,
    /// How many records it has.
    #[schema(example = 1200)]
    pub records: i64,
    /// When it had come.
    pub received_at: DateTime<Utc>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it was broken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "some records were refused: nothing of the file was kept"
    )]
    pub failure: Option<String>,
    /// How far it is.
    #[serde(default)]
    #[diesel(embed, skip_insertion, skip_update)]
    pub progress: ImportProgress,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

record!(Import { name: "import", id: "ImportId", example: "0199b3d2-5c1e-7a4f-8d20-6f3e9a1b2c05" });

/// What held before history could be taken over.
fn refuse() -> ImportOnRule {
    ImportOnRule::Refuse
}

/// How many records of an import were judged so far, by what became of them.
#[derive(
    Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Queryable, Selectable,
)]
#[diesel(table_name = import_progress, check_for_backend(diesel::pg::Pg))]
pub struct ImportProgress {
    /// Records that are new.
    #[schema(minimum = 0, example = 1100)]
    pub created: i64,
    /// Records that changed.
    #[schema(minimum = 0, example = 60)]
    pub updated: i64,
    /// Records that say nothing new.
    #[schema(minimum = 0, example = 30)]
    pub unchanged: i64,
    /// Records that were refused.
    #[schema(minimum = 0, example = 10)]
    pub refused: i64,
}

page_of!(
    /// Some imports.
    ImportPage, Import
);

text_enum! {
    /// What became of a record.
    pub enum Verdict {
        /// It is new.
        Created = "created",
        /// It changed.
        Updated = "updated",
        /// It says nothing new: the same as before, or an older version.
        Unchanged = "unchanged",
        /// It was refused, for the reason in `problem`.
        Refused = "refused",
    }
}

/// What became of one record of a file.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ImportVerdict {
    /// Line of the file, from 1.
    #[schema(minimum = 1, example = 17)]
    pub line: i64,
    /// Kind of the record, if the line names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "child")]
    pub kind: Option<String>,
    /// Its number in the system that sent it, if the line names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external: Option<ImportNumber>,
    pub verdict: Verdict,
    /// The record in the registry; absent if it was refused, or is no longer within the caller's reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<Uuid>,
    /// Its version then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1)]
    pub version: Option<i64>,
    /// Why it was refused, as the single write would have said it; pointers lead into the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Problem)]
    pub problem: Option<Value>,
}

page_of!(
    /// What became of some records.
    ImportVerdictPage, ImportVerdict
);

impl ImportVerdict {
    /// A record that was taken.
    #[must_use]
    pub fn told(
        line: i64,
        record: ImportRecord,
        verdict: Verdict,
        id: Uuid,
        version: Option<i64>,
    ) -> Self {
        let (kind, external) = (Some(record.kind), Some(record.external));
        Self { line, kind, external, verdict, id: Some(id), version, problem: None }
    }

    /// A line that was refused.
    #[must_use]
    pub fn refused(line: i64, record: Option<ImportRecord>, problem: Value) -> Self {
        let (kind, external) = record.map(|record| (record.kind, record.external)).unzip();
        let (verdict, problem) = (Verdict::Refused, Some(problem));
        Self { line, kind, external, verdict, id: None, version: None, problem }
    }
}

impl Import {
    /// Whether what was new in it is kept.
    #[must_use]
    pub fn keeps(&self) -> bool {
        let together = self.atomic == ImportAtomic::File;
        self.mode == ImportMode::Commit && (!together || self.state == ImportState::Done)
    }
}

impl ImportVerdict {
    /// Without the id of a record that would have been new, and was not kept.
    pub fn forget_new(&mut self) {
        if self.verdict == Verdict::Created {
            (self.id, self.version) = (None, None);
        }
    }
}

impl ImportProgress {
    /// How many were judged.
    #[must_use]
    pub fn judged(&self) -> i64 {
        self.created + self.updated + self.unchanged + self.refused
    }

    /// With these judged, too.
    #[must_use]
    pub fn and(mut self, verdicts: &[ImportVerdict]) -> Self {
        for verdict in verdicts {
            let count = match verdict.verdict {
                Verdict::Created => &mut self.created,
                Verdict::Updated => &mut self.updated,
                Verdict::Unchanged => &mut self.unchanged,
                Verdict::Refused => &mut self.refused,
            };
            *count += 1;
        }
        self
    }
}

/// An import as it is read: its tag changes with its progress, though its version does not.
#[derive(Serialize)]
pub struct Live(pub Import);

impl Including for Live {
    type Record = Import;
    type Part = ();

    fn members() -> Vec<Member> {
        Vec::new()
    }
    fn record(&self) -> &Import {
        &self.0
    }
    fn has_parts(&self) -> bool {
        true
    }
}

/// What every change of an import is made for.
#[derive(Debug, Clone, Default, Queryable, Selectable, Insertable)]
#[diesel(table_name = imports, check_for_backend(diesel::pg::Pg))]
pub struct ImportErrand {
    pub purpose: Option<String>,
    pub on_behalf_of: Option<String>,
    pub legal_basis: Option<String>,
    pub request_id: String,
}

impl From<&Errand> for ImportErrand {
    fn from(errand: &Errand) -> Self {
        Self {
            purpose: errand.purpose.clone(),
            on_behalf_of: errand.on_behalf_of.clone(),
            legal_basis: errand.legal_basis.clone(),
            request_id: errand.request_id.clone(),
        }
    }
}

/// Some lines of a file, each with its number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chunk {
    pub lines: Vec<(i64, Vec<u8>)>,
    pub bytes: usize,
}

impl Chunk {
    pub fn add(&mut self, number: i64, line: Vec<u8>) {
        self.bytes += line.len();
        self.lines.push((number, line));
    }

    /// The lines in a form that takes any bytes.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut packed = Vec::with_capacity(self.bytes + self.lines.len() * 16);
        for (number, line) in &self.lines {
            packed.extend(number.to_be_bytes());
            packed.extend(line.len().to_be_bytes());
            packed.extend(line);
        }
        packed
    }

    /// The lines that were packed.
    pub fn unpack(mut packed: &[u8]) -> Result<Vec<(i64, Vec<u8>)>> {
        let broken = || Error::internal("a chunk of an import is not whole");
        let mut lines = Vec::new();
        while let Some((number, rest)) = packed.split_first_chunk::<8>() {
            let (length, rest) = rest.split_first_chunk::<8>().ok_or_else(broken)?;
            let length = usize::from_be_bytes(*length);
            let (line, rest) = rest.split_at_checked(length).ok_or_else(broken)?;
            lines.push((i64::from_be_bytes(*number), line.to_vec()));
            packed = rest;
        }
        if packed.is_empty() { Ok(lines) } else { Err(broken()) }
    }
}
