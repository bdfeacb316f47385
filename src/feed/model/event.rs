//! Events of the feed, pages of them, and cursors.
use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::consumer::ConsumerId;
use crate::{
    platform::error::{Error, Result},
    text_enum,
};

/// Events in a page unless the caller asks for another number, and most of all.
const USUAL: i64 = 200;
const MOST: i64 = 1000;
/// How long a reader may wait for something to happen, in seconds.
const LONGEST_WAIT: u64 = 60;
/// Longer cursors are none of ours.
const MAX_CURSOR: usize = 200;

text_enum! {
    /// What an event tells.
    pub enum ChangeType {
        /// The record is new.
        Created = "created",
        /// The record changed.
        Changed = "changed",
        /// The record came within the caller's reach, as it is now.
        EnteredScope = "entered_scope",
        /// The record is out of the caller's reach from now on: it has to go from every copy.
        LeftScope = "left_scope",
    }
}

/// Which changes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// `next_cursor` of the page before. Opaque, good for as long as the registry tells of what was
    /// then; from the beginning unless said.
    #[param(nullable = false, max_length = 200)]
    pub after: Option<String>,
    /// The consumer that asks: by asking from a place it says that it has applied everything up to there, and is
    /// told of the kinds that it follows. Without `after` it goes on from the last place that it said so of.
    #[param(nullable = false, value_type = Option<Uuid>)]
    pub consumer: Option<ConsumerId>,
    /// Kinds of records to be told of, if no consumer asks; all that the caller may read unless said. Repeated, or with commas.
    #[serde(default)]
    #[param(nullable = false, example = json!(["child", "placement"]))]
    pub kinds: Vec<String>,
    /// Most events to return, 1 to 1000; 200 unless said.
    #[param(minimum = 1, maximum = 1000, default = 200, nullable = false)]
    limit: Option<i32>,
    /// How long to wait if there is nothing to tell, up to 60 seconds, such as `30s`.
    #[param(nullable = false, pattern = "^[0-9]{1,2}s$", max_length = 3, example = "30s")]
    wait: Option<String>,
}

impl ChangesQuery {
    pub fn limit(&self) -> Result<i64> {
        match self.limit.map_or(USUAL, i64::from) {
            limit @ 1..=MOST => Ok(limit),
            _ => Err(Error::query("limit", "out_of_range", "must be 1 to 1000")),
        }
    }

    /// How many seconds to wait.
    pub fn wait(&self) -> Result<u64> {
        let Some(wait) = &self.wait else { return Ok(0) };
        let seconds = wait.strip_suffix('s').and_then(|seconds| seconds.parse().ok());
        let seconds = seconds.filter(|seconds| *seconds <= LONGEST_WAIT);
        let detail = "must be a number of seconds up to 60, such as 30s";
        seconds.ok_or_else(|| Error::query("wait", "out_of_range", detail))
    }

    /// Those of these kinds that are asked for; `followed` are those of the consumer that asks.
    pub fn kinds(
        &self,
        readable: &[&'static str],
        followed: Option<&[String]>,
    ) -> Result<Vec<&'static str>> {
        if let Some(followed) = followed {
            let detail = "a consumer is told of the kinds that it was registered for";
            let follows = |kind: &str| followed.is_empty() || followed.iter().any(|it| it == kind);
            let readable = readable.iter().copied().filter(|kind| follows(kind)).collect();
            return if self.kinds.is_empty() {
                Ok(readable)
            } else {
                Err(Error::query("kinds", "not_allowed", detail))
            };
        }
        if self.kinds.is_empty() {
            return Ok(readable.to_vec());
        }
        let asked: BTreeSet<&str> = self.kinds.iter().flat_map(|kinds| kinds.split(',')).collect();
        let find = |asked: &str| readable.iter().find(|kind| **kind == asked).copied();
        let detail = "is no kind of records that the caller may keep a copy of";
        let unknown = || Error::query("kinds", "unknown_kind", detail);
        asked.into_iter().map(|kind| find(kind).ok_or_else(unknown)).collect()
    }
}

/// Where a copy is: up to where it was told of which history, and how far its keeper reached then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    #[serde(rename = "e")]
    pub epoch: Uuid,
    #[serde(rename = "p")]
    pub position: i64,
    #[serde(rename = "s")]
    pub scope: String,
}

impl Cursor {
    #[must_use]
    pub fn write(&self) -> String {
        BASE64.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    pub fn read(text: &str) -> Result<Self> {
        let bytes = (text.len() <= MAX_CURSOR).then(|| BASE64.decode(text).ok()).flatten();
        let cursor: Option<Self> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        cursor.filter(|cursor| cursor.position >= 0).ok_or_else(|| {
            Error::Malformed("invalid_cursor", "the cursor is none of ours".to_owned())
        })
    }
}

/// Something that happened to a record.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangeEvent {
    /// Place in the feed: the next change has the next one.
    #[schema(example = 4711)]
    pub position: i64,
    /// What it tells.
    #[serde(rename = "type")]
    pub change: ChangeType,
    /// Kind of the record.
    #[schema(example = "placement")]
    pub kind: String,
    /// The record.
    pub id: Uuid,
    /// The record under which this one is listed, such as the child of a placement.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parent_id: Option<Uuid>,
    /// Version of the record then; absent if it left the caller's reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 2)]
    pub version: Option<i64>,
    /// Where the record is read as it is now; absent if it left the caller's reach, or has no address of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/v1/placements/0199a5b2-6c1e-7d3a-9f00-2b8c4d5e6f70")]
    pub href: Option<String>,
    /// When the registry learned of it.
    pub recorded_at: DateTime<Utc>,
    /// What happened; absent if it left the caller's reach or came within it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "started")]
    pub event: Option<String>,
    /// The record that this one was merged into: it has to go from every copy, and that one is the child's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub merged_into: Option<Uuid>,
    /// Names of the members that changed, as far as the caller may read them.
    #[schema(example = json!(["started_on", "state"]))]
    pub changed: Vec<String>,
}

/// Some changes, in their order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Changes {
    /// The changes that the caller may know of.
    pub data: Vec<ChangeEvent>,
    /// The place after which this page begins: the `to` of the page before.
    #[schema(example = 4700)]
    pub from: i64,
    /// The place up to which this page tells everything that the caller may know of.
    #[schema(example = 4711)]
    pub to: i64,
    /// The place of the last change that there is: the copy is so much behind.
    #[schema(example = 4711)]
    pub head: i64,
    /// Where to go on, also when there is nothing more yet.
    pub next_cursor: String,
}
