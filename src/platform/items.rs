//! What the items of lists may be: for the contract, and for those who check it.
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use validator::ValidationError;

/// The parameter of a validation error that says which item of a list it means.
pub const ITEM: &str = "item";

/// An item of a list that is a text, as the contract shows it.
macro_rules! item {
    ($(#[$meta:meta])* $name:ident: $least:literal to $most:literal $(, $pattern:literal)?) => {
        $(#[$meta])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new().schema_type(Type::String);
                let text = text.min_length(Some($least)).max_length(Some($most));
                $(let text = text.pattern(Some($pattern));)?
                text.into()
            }
        }
        impl ToSchema for $name {}
    };
}

item!(
    /// A code of a list, which knows none that is longer.
    Code: 1 to 60
);
item!(
    /// A line of an address.
    Line: 1 to 200
);
item!(
    /// A tag of a language (BCP 47).
    LanguageTag: 2 to 35, "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
);
item!(
    /// ISO 3166-1 alpha-2, or `stateless`.
    Citizenship: 2 to 9, "^([A-Z]{2}|stateless)$"
);

/// The form of BCP 47, not whether there is such a language.
#[must_use]
pub fn is_language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    tag.len() <= 35
        && (2..=8).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

#[must_use]
pub fn is_citizenship(code: &str) -> bool {
    code == "stateless" || (code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()))
}

/// Validates a list of [`Code`]s.
pub fn codes(codes: &[String]) -> Result<(), ValidationError> {
    each(codes, "length", "must have 1 to 60 characters", |code| {
        (1..=60).contains(&code.chars().count())
    })
}

/// Validates a list of [`Citizenship`]s.
pub fn countries(codes: &[String]) -> Result<(), ValidationError> {
    each(codes, "wrong_form", "must be ISO 3166-1 alpha-2, or stateless", is_citizenship)
}

/// Validates a list of [`LanguageTag`]s.
pub fn language_tags(tags: &[String]) -> Result<(), ValidationError> {
    each(tags, "wrong_form", "must be a language tag such as sr-Latn", is_language_tag)
}

/// Validates a list of [`Line`]s.
pub fn lines(lines: &[String]) -> Result<(), ValidationError> {
    each(lines, "length", "must have 1 to 200 characters", |line| {
        (1..=200).contains(&line.chars().count())
    })
}

fn each(
    items: &[String],
    code: &'static str,
    detail: &'static str,
    fits: impl Fn(&str) -> bool,
) -> Result<(), ValidationError> {
    let Some(index) = items.iter().position(|item| !fits(item)) else { return Ok(()) };
    let mut error = ValidationError::new(code).with_message(detail.into());
    error.add_param(ITEM.into(), &index);
    Err(error)
}
