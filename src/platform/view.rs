//! Records in lists: what a list needs of them, or all: `view=summary|full`.
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::Value;
use utoipa::{
    PartialSchema,
    openapi::{RefOr, Schema},
};

use crate::text_enum;

text_enum! {
    /// How much of each record a list shows.
    pub enum View {
        Summary = "summary",
        Full = "full",
    }
}

/// Serializes every view alike: the way through a list does not depend on how much is shown, so a
/// cursor is not bound to it.
pub fn alike<S: Serializer>(_: &Option<View>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_unit()
}

/// A record in a list: its summary, and in the full view the members of the record beside it.
pub struct Listed<S, R> {
    summary: S,
    record: Option<R>,
}

impl<S, R> Listed<S, R> {
    pub fn new(summary: S, record: Option<R>) -> Self {
        Self { summary, record }
    }
}

impl<S: Serialize, R: Serialize> Serialize for Listed<S, R> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        let Some(record) = &self.record else { return self.summary.serialize(serializer) };
        let mut whole = serde_json::to_value(record).map_err(Z::Error::custom)?;
        let summary = serde_json::to_value(&self.summary).map_err(Z::Error::custom)?;
        if let (Value::Object(whole), Value::Object(summary)) = (&mut whole, summary) {
            whole.extend(summary);
        }
        whole.serialize(serializer)
    }
}

/// The members of both, of which those of the summary are always there.
pub fn schema<S: PartialSchema, R: PartialSchema>(description: &str) -> RefOr<Schema> {
    let (summary, record) = (S::schema(), R::schema());
    let (RefOr::T(Schema::Object(mut summary)), RefOr::T(Schema::Object(record))) =
        (summary.clone(), record)
    else {
        return summary;
    };
    for (name, member) in record.properties {
        summary.properties.entry(name).or_insert(member);
    }
    summary.description = Some(description.to_owned());
    summary.example = None;
    RefOr::T(Schema::Object(summary))
}

/// Defines the records of a list that has both views: its name, summary and record.
#[macro_export]
macro_rules! listed {
    ($text:literal, $name:ident, $summary:ty, $record:ty) => {
        #[doc = $text]
        #[derive(::serde::Serialize)]
        #[serde(transparent)]
        pub struct $name($crate::platform::view::Listed<$summary, $record>);

        impl $name {
            pub fn new(summary: $summary, record: Option<$record>) -> Self {
                Self($crate::platform::view::Listed::new(summary, record))
            }
        }
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::Schema> {
                $crate::platform::view::schema::<$summary, $record>($text)
            }
        }
        impl ::utoipa::ToSchema for $name {
            fn schemas(
                found: &mut Vec<(String, ::utoipa::openapi::RefOr<::utoipa::openapi::Schema>)>,
            ) {
                <$summary as ::utoipa::ToSchema>::schemas(found);
                <$record as ::utoipa::ToSchema>::schemas(found);
            }
        }
    };
}
