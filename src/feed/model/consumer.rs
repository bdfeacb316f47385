//! Consumers: named readers of the feed, and how far each is.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    clients::ClientId,
    page_of,
    platform::{
        error::{Error, Result},
        id::Id,
        include::{Including, Member},
        items::{Code, codes},
        patch::{non_null, present},
    },
    record,
    schema::feed_consumers,
    text_enum,
};

pub type ConsumerId = Id<Consumer>;

text_enum! {
    /// Whether a consumer follows the feed.
    pub enum ConsumerState {
        Active = "active",
        /// For good: another one is registered.
        Ended = "ended",
    }
}

text_enum! {
    /// What is done with a consumer.
    pub enum ConsumerStep {
        Change = "change",
        End = "end",
    }
}

impl ConsumerState {
    pub fn after(self, step: ConsumerStep) -> Result<Self> {
        match (self, step) {
            (Self::Active, ConsumerStep::Change) => Ok(Self::Active),
            (Self::Active, ConsumerStep::End) => Ok(Self::Ended),
            (Self::Ended, ConsumerStep::Change | ConsumerStep::End) => {
                Err(Error::State("the consumer has ended".to_owned()))
            }
        }
    }
}

text_enum! {
    /// How it stands with the copy of a consumer.
    pub enum CopyState {
        /// It has not asked for anything yet.
        NotBegun = "not_begun",
        /// It goes on.
        Followed = "followed",
        /// It has to be made anew: the registry was set back since.
        SetBack = "set_back",
        /// It has to be made anew: the registry no longer tells of what was changed then.
        Forgotten = "forgotten",
        /// It has to be made anew: the client reaches farther, or less far, than it did then.
        ReachChanged = "reach_changed",
    }
}

/// A named reader of the feed.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Insertable, AsChangeset,
)]
#[diesel(table_name = feed_consumers, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct Consumer {
    /// Its id.
    pub id: ConsumerId,
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// Its name, without any person's data.
    #[schema(example = "Case system, production")]
    pub name: String,
    /// Kinds of records that it follows; all that the client may read if none.
    #[schema(example = json!(["child", "placement"]))]
    pub kinds: Vec<String>,
    /// What it is for, without any person's data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Keeps the case files of the centres up to date.")]
    pub description: Option<String>,
    /// Whether it follows the feed.
    pub state: ConsumerState,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2027-05-01T08:00:00Z")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Version of the record.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
    /// How far it is: no part of the record, and absent from its history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[diesel(skip_insertion, skip_update)]
    pub progress: Option<ConsumerProgress>,
}

record!(Consumer {
    name: "consumer",
    id: "ConsumerId",
    example: "0199a5b2-0013-7000-8000-000000000001",
});

page_of!(
    /// Some consumers, in the order in which they were registered.
    ConsumerPage, Consumer
);

/// How far a consumer is, by what it asked for last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConsumerProgress {
    /// How it stands with its copy.
    pub copy: CopyState,
    /// The place of the feed up to which it has applied everything; absent if it has not begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, example = 4700)]
    pub position: Option<i64>,
    /// The place of the last change that there is.
    #[schema(minimum = 0, example = 4711)]
    pub head: i64,
    /// Changes of the kinds that it follows after that place, whoever may know of them; beyond ten thousand
    /// places, of every kind. Absent if its copy does not go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, example = 3)]
    pub lag_events: Option<i64>,
    /// Age of the oldest of these, in seconds; 0 if there is none. Absent if its copy does not go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, example = 2)]
    pub lag_seconds: Option<i64>,
    /// When it asked last, to within ten seconds; absent if it never did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2027-05-01T08:00:00Z")]
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// A new consumer.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsumer {
    /// Its name, without any person's data.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Case system, production")]
    pub name: String,
    /// Kinds of records that it follows; all that the client may read if none.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = codes))]
    #[schema(value_type = Vec<Code>, inline, max_items = 50, example = json!(["child", "placement"]))]
    pub kinds: Vec<String>,
    /// What it is for, without any person's data.
    #[serde(default)]
    #[validate(length(min = 1, max = 500))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 500,
        example = "Keeps the case files of the centres up to date."
    )]
    pub description: Option<String>,
}

/// A change of a consumer: members that are left out stay as they are.
#[allow(clippy::option_option, reason = "absent, null and a value are three things in a patch")]
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsumerPatch {
    /// Its name, without any person's data.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(min = 1, max = 200))]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 200,
        example = "Case system, production"
    )]
    pub name: Option<String>,
    /// Kinds of records that it follows; all that the client may read if none.
    #[serde(default, deserialize_with = "non_null")]
    #[validate(length(max = 50), custom(function = codes))]
    #[schema(value_type = Option<Vec<Code>>, inline, nullable = false, max_items = 50, example = json!(["child", "placement"]))]
    pub kinds: Option<Vec<String>>,
    /// What it is for, without any person's data; null if that is not said.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(min = 1, max = 500))]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500, example = "Keeps the case files of the centres up to date.")]
    pub description: Option<Option<String>>,
}

impl ConsumerPatch {
    /// The consumer with these members in the place of its own.
    pub fn apply(&self, before: &Consumer) -> Result<Consumer> {
        let state = before.state.after(ConsumerStep::Change)?;
        let mut after = Consumer { state, version: before.version + 1, ..before.clone() };
        if let Some(name) = &self.name {
            after.name.clone_from(name);
        }
        if let Some(kinds) = &self.kinds {
            after.kinds.clone_from(kinds);
        }
        if let Some(description) = &self.description {
            after.description.clone_from(description);
        }
        Ok(after)
    }
}

impl Consumer {
    /// The consumer, which follows no more from that moment on.
    pub fn ended(&self, now: DateTime<Utc>) -> Result<Self> {
        let state = self.state.after(ConsumerStep::End)?;
        Ok(Self { state, ended_at: Some(now), version: self.version + 1, ..self.clone() })
    }
}

/// A consumer as it is read: its tag changes with its progress, though its version does not.
#[derive(Serialize)]
pub struct Live(pub Consumer);

impl Including for Live {
    type Record = Consumer;
    type Part = ();

    fn members() -> Vec<Member> {
        Vec::new()
    }
    fn record(&self) -> &Consumer {
        &self.0
    }
    fn has_parts(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The whole table, so that a reviewer sees every pair that a change affects.
    #[test]
    fn steps_of_a_consumer() {
        let mut table = String::new();
        for &state in ConsumerState::ALL {
            for &step in ConsumerStep::ALL {
                let result = state.after(step).map_or("-", ConsumerState::as_str);
                writeln!(table, "{:<8} {:<8} {result}", state.as_str(), step.as_str()).unwrap();
            }
        }
        insta::assert_snapshot!(table);
    }
}
