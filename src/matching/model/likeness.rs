//! How alike two names, days or areas are, from 0 to 1.
use chrono::{Datelike as _, Duration, NaiveDate};
use strsim::jaro_winkler;

use super::weights::Weighing;
use crate::children::DatePrecision;

/// Names that are not the same are never wholly alike.
const ALMOST: f64 = 0.99;

/// How alike the keys of two names are; absent if one of them is empty.
pub fn of_words(one: &str, other: &str, by: &Weighing) -> Option<f64> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    if one == other {
        return Some(1.0);
    }
    // In one order, as it need not be the same both ways.
    let written = jaro_winkler(one.min(other), one.max(other)).min(ALMOST);
    let shared = if shares_words(one, other) { by.likeness("words") } else { 0.0 };
    Some(written.max(shared))
}

/// Whether the words of the one are all among those of the other, in any order.
fn shares_words(one: &str, other: &str) -> bool {
    let within = |few: &str, many: &str| {
        let mut words = few.split(' ');
        words.all(|word| many.split(' ').any(|known| known == word))
    };
    within(one, other) || within(other, one)
}

/// A day of birth, and how exactly it is known.
pub type Birth = (NaiveDate, DatePrecision);

/// How alike two days of birth are.
pub fn of_days((one, how): Birth, (other, as_well): Birth, by: &Weighing) -> f64 {
    let years = (one.year() - other.year()).abs();
    match how.max(as_well) {
        DatePrecision::Day if one == other => 1.0,
        DatePrecision::Day if swapped(one) == Some(other) => by.likeness("swapped"),
        DatePrecision::Day if digits_apart(one, other) == 1 => by.likeness("mistyped"),
        DatePrecision::Day if (one - other).abs() == Duration::days(1) => by.likeness("next_day"),
        DatePrecision::Month if years == 0 && one.month() == other.month() => by.likeness("month"),
        DatePrecision::Year if years == 0 => by.likeness("year"),
        DatePrecision::Estimated if years <= 1 => by.likeness("estimated"),
        _ => 0.0,
    }
}

/// The day whose day and month have changed places, if there is one.
pub fn swapped(day: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year(), day.day(), day.month()).filter(|other| *other != day)
}

/// In how many digits two days differ, written as numbers.
fn digits_apart(one: NaiveDate, other: NaiveDate) -> usize {
    let (one, other) = (one.to_string(), other.to_string());
    one.chars().zip(other.chars()).filter(|(one, other)| one != other).count()
}

/// How alike two areas are, each with those above it, the nearest first.
pub fn of_areas(one: &[String], other: &[String], by: &Weighing) -> Option<f64> {
    let (here, there) = (one.first()?, other.first()?);
    if here == there {
        return Some(1.0);
    }
    if one.contains(there) || other.contains(here) {
        return Some(by.likeness("within"));
    }
    // The last one is the country, in which all are.
    let shared = |areas: &[String]| areas.split_last().map(|(_, below)| below.to_vec());
    let (one, other) = (shared(one)?, shared(other)?);
    Some(if one.iter().any(|area| other.contains(area)) { by.likeness("near") } else { 0.0 })
}
