//! What an area and its population are.
use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::{
    page_of,
    platform::{id::Id, language::Language},
    record,
    schema::{area_populations, areas},
    text_enum,
};

text_enum! {
    /// Height in the tree of areas.
    pub enum AreaLevel {
        Country = "country",
        Region = "region",
        District = "district",
        Municipality = "municipality",
    }
}

pub type AreaId = Id<Area>;

/// An area of the country.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable)]
#[diesel(table_name = areas, check_for_backend(diesel::pg::Pg))]
pub struct Area {
    pub id: AreaId,
    /// Code: ISO 3166-1 or 3166-2 where there is one, with national parts below it.
    #[schema(example = "RS-20")]
    pub code: String,
    /// Code of the national statistical office.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "70000")]
    pub national_code: Option<String>,
    /// Height in the tree.
    pub level: AreaLevel,
    /// Code of the area above it; the country has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "RS")]
    pub parent_code: Option<String>,
    /// Its names by language tag.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"en": "Nišava District", "sr-Latn": "Nišavski okrug"}))]
    pub names: serde_json::Value,
    /// Latitude of its seat, in degrees (WGS 84).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 43.3209)]
    pub lat: Option<f64>,
    /// Longitude of its seat, in degrees (WGS 84).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 21.8958)]
    pub lon: Option<f64>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some areas, in the order asked for.
    counted AreaPage, Area
);

record!(Area { name: "area", id: "AreaId", example: "0199a5b2-0002-7000-8000-000000000001" });

impl Area {
    /// Its name in a language.
    pub fn name(&self, language: Language) -> String {
        language.of(&serde_json::from_value(self.names.clone()).unwrap_or_default())
    }
}

/// A new area.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewArea {
    /// Code: ISO 3166-2 where there is one, with national parts below it.
    #[validate(length(min = 2, max = 32), custom(function = "area_code"))]
    #[schema(
        min_length = 2,
        max_length = 32,
        pattern = "^[A-Z0-9]{2,}(-[A-Z0-9]+)*$",
        example = "RS-20-NIS"
    )]
    pub code: String,
    /// Code of the national statistical office.
    #[serde(default)]
    #[validate(length(min = 1, max = 32))]
    #[schema(nullable = false, min_length = 1, max_length = 32, example = "71285")]
    pub national_code: Option<String>,
    /// Height in the tree.
    pub level: AreaLevel,
    /// Code of the area above it; the country has none.
    #[serde(default)]
    #[validate(length(min = 2, max = 32))]
    #[schema(nullable = false, min_length = 2, max_length = 32, example = "RS-20")]
    pub parent_code: Option<String>,
    /// Its names by language tag; English is needed.
    #[validate(custom(function = "english_name"))]
    #[schema(example = json!({"en": "Niš", "sr-Latn": "Niš", "sr-Cyrl": "Ниш"}))]
    pub names: BTreeMap<String, String>,
    /// Latitude of its seat, in degrees (WGS 84).
    #[serde(default)]
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(nullable = false, minimum = -90, maximum = 90, example = 43.3209)]
    pub lat: Option<f64>,
    /// Longitude of its seat, in degrees (WGS 84).
    #[serde(default)]
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(nullable = false, minimum = -180, maximum = 180, example = 21.8958)]
    pub lon: Option<f64>,
}

/// Upper-case letters and digits in parts joined by hyphens, the first of two or more.
fn area_code(code: &str) -> Result<(), ValidationError> {
    let good = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    let first = code.split('-').next().unwrap_or_default();
    if first.len() >= 2 && code.split('-').all(good) {
        return Ok(());
    }
    Err(ValidationError::new("area_code")
        .with_message("must be upper-case parts joined by hyphens".into()))
}

fn english_name(names: &BTreeMap<String, String>) -> Result<(), ValidationError> {
    let bounded = names.len() <= 20
        && names.iter().all(|(tag, name)| {
            (2..=35).contains(&tag.len()) && (1..=200).contains(&name.chars().count())
        });
    if bounded && names.contains_key("en") {
        return Ok(());
    }
    Err(ValidationError::new("names")
        .with_message("must hold an English name, and names of 1 to 200 characters".into()))
}

text_enum! {
    /// Sex, as statistics tell it apart.
    pub enum PopulationSex {
        Female = "female",
        Male = "male",
    }
}

/// How many children of one sex and age band lived in an area at the end of a year.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    Validate,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = area_populations, check_for_backend(diesel::pg::Pg))]
pub struct Population {
    /// The year.
    #[validate(range(min = 1900, max = 2200))]
    #[schema(minimum = 1900, maximum = 2200, example = 2025)]
    pub year: i32,
    /// The children's sex.
    pub sex: PopulationSex,
    /// The children's age in whole years: `0-2`, `3-6`, `7-14` or `15-17`.
    #[validate(custom(function = "age_band"))]
    #[schema(pattern = "^(0-2|3-6|7-14|15-17)$", example = "0-2")]
    pub age_band: String,
    /// How many children.
    #[validate(range(min = 0))]
    #[schema(minimum = 0, example = 5120)]
    pub children: i64,
    /// Where the figure comes from.
    #[validate(length(min = 3, max = 200))]
    #[schema(min_length = 3, max_length = 200, example = "Statistical office, estimates of 2025")]
    pub source: String,
}

fn age_band(band: &str) -> Result<(), ValidationError> {
    if matches!(band, "0-2" | "3-6" | "7-14" | "15-17") {
        return Ok(());
    }
    Err(ValidationError::new("age_band").with_message("must be 0-2, 3-6, 7-14 or 15-17".into()))
}

/// The children of an area by year, sex and age band.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaPopulation {
    /// The area.
    #[schema(example = "RS-20")]
    pub area_code: String,
    /// The figures, by year, sex and age band.
    pub figures: Vec<Population>,
}

/// Figures to add to an area, or to put in the place of those of the same year, sex and age band.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPopulations {
    /// The figures.
    #[validate(nested, length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub figures: Vec<Population>,
}
