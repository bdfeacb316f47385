//! What lies under a record and is read with it: `include=`.
use std::{
    collections::{BTreeMap, BTreeSet},
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use utoipa::{
    ToSchema,
    openapi::{
        ArrayBuilder, ObjectBuilder, RefOr, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use super::{
    error::{Error, Result},
    extract::{Argument, Declared, Query},
    journal::Subject,
};

/// A record and what was asked for of the lists under it. Made by [`included!`](crate::included).
pub trait Including: Serialize + 'static {
    /// The record.
    type Record: Subject + ToSchema;
    /// What may be asked for.
    type Part: Copy + Ord + DeserializeOwned + Send + 'static;

    /// What may be asked for, each as the member of the record in which it is answered.
    fn members() -> Vec<Member>;
    fn record(&self) -> &Self::Record;
    /// Whether anything was asked for.
    fn has_parts(&self) -> bool;
}

/// An optional member of a record that is there if it was asked for.
#[derive(Debug, Clone)]
pub struct Member {
    pub name: &'static str,
    pub schema: Value,
}

impl Member {
    /// A list of such records.
    #[must_use]
    pub fn list<T: ToSchema>(name: &'static str, text: &str) -> Self {
        let said = format!("{} Only there if `include={name}` asks for it.", text.trim());
        let item = format!("#/components/schemas/{}", T::name());
        Self {
            name,
            schema: json!({"type": "array", "items": {"$ref": item}, "description": said}),
        }
    }
}

/// What an operation can include in its answer, for the contract.
#[derive(Debug, Clone)]
pub struct Included {
    /// Name of the record's schema.
    pub record: String,
    pub members: Vec<Member>,
}

impl Included {
    /// Adds the members to the schema of the record: they are optional there.
    pub fn declare(&self, schemas: &mut BTreeMap<String, Value>) -> Result<()> {
        let schema = schemas.get_mut(&self.record).and_then(|schema| schema.get_mut("properties"));
        let Some(properties) = schema.and_then(Value::as_object_mut) else {
            return Err(Error::internal(format!("{} is no schema of a record", self.record)));
        };
        for Member { name, schema } in &self.members {
            properties.insert((*name).to_owned(), schema.clone());
        }
        Ok(())
    }

    /// The query parameter that asks for it.
    #[must_use]
    pub fn parameter(&self) -> RefOr<Parameter> {
        let names = self.members.iter().map(|member| member.name);
        let example: Vec<&str> = names.clone().take(1).collect();
        let one = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build();
        let most = self.members.len();
        let some = ArrayBuilder::new().items(one).max_items(Some(most)).build();
        let parameter = ParameterBuilder::new()
            .name("include")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some(
                "Lists under the record to answer with it, whole. Repeat it for several. The entity tag is that of the whole then, and good in `If-Match` for the record.",
            ))
            .schema(Some(some))
            .example(Some(json!(example)))
            .build();
        RefOr::T(parameter)
    }
}

/// What a reader asks for beside a record.
#[derive(Debug, Clone)]
pub struct Include<W: Including>(BTreeSet<W::Part>);

impl<W: Including> Include<W> {
    /// Reads a part if it is asked for.
    pub fn then<T>(&self, part: W::Part, read: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
        self.0.contains(&part).then(read).transpose()
    }
}

#[derive(Deserialize)]
struct Asked<P> {
    #[serde(default = "Vec::new")]
    include: Vec<P>,
}

impl<W: Including> FromRequest for Include<W> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let asked = Query::<Asked<W::Part>>::from_request(req, payload).into_inner();
        ready(asked.map(|asked| Self(asked.0.include.into_iter().collect())))
    }
}

impl<W: Including> Argument for Include<W> {
    fn declare(declared: &mut Declared) {
        declared.refusals.insert(400);
        let record = W::Record::name().into_owned();
        declared.included = Some(Included { record, members: W::members() });
    }
}

/// Defines a record with the lists under it that can be read with it: the name of both together, of
/// the record, and of the enum of what may be asked for.
#[macro_export]
macro_rules! included {
    ($(#[$meta:meta])* pub struct $name:ident of $record:ty, asked by $part:ident {
        $($(#[doc = $text:literal])+ $variant:ident: $member:ident = $wire:tt of $item:ty,)+
    }) => {
        $crate::text_enum! {
            /// What may be read with the record.
            pub enum $part { $($variant = $wire,)+ }
        }

        $(#[$meta])*
        #[derive(::serde::Serialize)]
        pub struct $name {
            #[serde(flatten)]
            pub record: $record,
            $(#[serde(skip_serializing_if = "Option::is_none")]
            pub $member: Option<Vec<$item>>,)+
        }

        impl $crate::platform::include::Including for $name {
            type Record = $record;
            type Part = $part;

            fn members() -> Vec<$crate::platform::include::Member> {
                vec![$($crate::platform::include::Member::list::<$item>($wire, concat!($($text),+))),+]
            }
            fn record(&self) -> &$record {
                &self.record
            }
            fn has_parts(&self) -> bool {
                $(self.$member.is_some())||+
            }
        }
    };
}
