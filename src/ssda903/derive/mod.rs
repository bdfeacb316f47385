//! The return of a year, out of what the registry has: `domain.md` 6.3. No SQL, no clock.
//!
//! A file has the rows of every child that has an episode in the year. A cell of which the registry has no
//! fact is empty, and a file of which it has none has its heading alone: `docs/ssda903.md` lists both.
mod episodes;
mod facts;
mod postcodes;

use chrono::NaiveDate;

pub use episodes::place;
pub use facts::{ChildFile, Home, Span, Stay};
pub use postcodes::Postcodes;

use super::{
    kept,
    model::{
        Ad1, Crosswalk, Episode, Header, Missing, Return, Review, SwEpisode, Uasc, Year, read_day,
        write_day, write_some,
    },
};
use crate::children::Child;

/// The system of the number by which an authority's return knows a child.
pub const CHILD: &str = "urn:kinstead:gb:ssda903";
/// The system of the pupil's number.
pub const UPN: &str = "urn:kinstead:gb:upn";
/// The system of the number of a setting with England's inspectorate.
pub const URN: &str = "urn:kinstead:gb:urn";

/// What the return is made with.
pub struct Means<'m> {
    pub year: Year,
    pub walk: &'m Crosswalk,
    pub postcodes: &'m Postcodes,
}

/// The return of these children, by the number of each; whoever has no episode in the year is not in it,
/// unless something was kept of that year.
#[must_use]
pub fn derive(means: &Means<'_>, files: &[ChildFile]) -> Return {
    let mut keyed: Vec<(String, &ChildFile)> =
        files.iter().map(|file| (key(&file.child), file)).collect();
    keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut whole = Return::default();
    for (_, file) in keyed {
        let made = of_child(means, file);
        let number = means.year.number();
        let kept = file.kept.iter().find(|kept| kept.year == number);
        whole.append(kept::told(&made, kept.map(|kept| kept.files.as_slice()).unwrap_or_default()));
    }
    whole.number();
    whole
}

/// What the registry itself makes of a child.
#[must_use]
pub fn of_child(means: &Means<'_>, file: &ChildFile) -> Return {
    let child = key(&file.child);
    let episodes = episodes::episodes(means, file, &child);
    if episodes.is_empty() {
        return Return::default();
    }
    let dob = write_some(file.child.birth_date);
    Return {
        headers: vec![header(means, file, &child, &dob)],
        reviews: reviews(means, file, &episodes, &child, &dob),
        uasc: unaccompanied(means, file, &child, &dob).into_iter().collect(),
        ad1: adopted(&episodes, &child, &dob).into_iter().collect(),
        missing: missing(means, file, &child, &dob),
        sw_episodes: workers(means, file, &child, &dob),
        episodes,
        ..Return::default()
    }
}

/// The number by which the return knows a child: the authority's own, else the registry's.
#[must_use]
pub fn key(child: &Child) -> String {
    let own = child.external_ids.iter().find(|id| id.system == CHILD);
    let plain = || child.registry_no.chars().filter(char::is_ascii_alphanumeric).collect();
    own.map_or_else(plain, |id| id.value.clone())
}

fn header(means: &Means<'_>, file: &ChildFile, key: &str, dob: &str) -> Header {
    let child = &file.child;
    let declared = child.ethnicity.as_deref().unwrap_or("not_obtained");
    let upn = child.external_ids.iter().find(|id| id.system == UPN);
    let mother = child.is_parent && child.sex == "female";
    Header {
        line: 0,
        child: key.to_owned(),
        sex: means.walk.usual(("sex", &child.sex), "SEX", means.year),
        dob: dob.to_owned(),
        ethnic: means.walk.usual(("ethnicity", declared), "ETHNIC", means.year),
        upn: upn.map(|id| id.value.clone()).unwrap_or_default(),
        mother: if mother { "1".to_owned() } else { String::new() },
        mc_dob: String::new(),
    }
}

/// Reviews of the year, one a day; those of a child on short breaks are not told.
fn reviews(
    means: &Means<'_>,
    file: &ChildFile,
    episodes: &[Episode],
    child: &str,
    dob: &str,
) -> Vec<Review> {
    let year = means.year;
    let told = |day: NaiveDate| {
        episodes.iter().any(|row| {
            let from = read_day(&row.decom);
            let inside = from.is_some_and(|from| facts::holds(day, from, read_day(&row.dec)));
            inside && !matches!(row.ls.as_str(), "V3" | "V4")
        })
    };
    let of_year =
        file.reviews.iter().filter(|(day, _)| *day >= year.first() && *day <= year.last());
    let mut rows: Vec<Review> = of_year
        .filter(|(day, _)| told(*day))
        .map(|(day, participation)| Review {
            line: 0,
            child: child.to_owned(),
            dob: dob.to_owned(),
            review: write_day(*day),
            review_code: means.walk.usual(("participation", participation), "REVIEW_CODE", year),
        })
        .collect();
    rows.dedup_by(|one, other| one.review == other.review);
    rows
}

fn unaccompanied(means: &Means<'_>, file: &ChildFile, child: &str, dob: &str) -> Option<Uasc> {
    let alone = file.child.unaccompanied_status.as_deref() == Some("unaccompanied");
    alone.then(|| Uasc {
        line: 0,
        child: child.to_owned(),
        sex: means.walk.usual(("sex", &file.child.sex), "SEX", means.year),
        dob: dob.to_owned(),
        duc: String::new(),
    })
}

/// The adoption with which care ended in the year. Of those who adopted, the registry has nothing that
/// the return asks for.
fn adopted(episodes: &[Episode], child: &str, dob: &str) -> Option<Ad1> {
    let last = episodes.iter().find(|row| matches!(row.rec.as_str(), "E11" | "E12"))?;
    let by_carer = match last.place.as_str() {
        "A3" | "A5" => "1",
        "A4" | "A6" => "0",
        _ => "",
    };
    Some(Ad1 {
        child: child.to_owned(),
        dob: dob.to_owned(),
        foster_care: by_carer.to_owned(),
        ..Ad1::default()
    })
}

fn missing(means: &Means<'_>, file: &ChildFile, child: &str, dob: &str) -> Vec<Missing> {
    let told = file.missing.iter().filter(|span| means.year.tells(span.from, span.to));
    told.map(|span| Missing {
        line: 0,
        child: child.to_owned(),
        dob: dob.to_owned(),
        missing: means.walk.usual(("missing_kind", &span.code), "MISSING", means.year),
        mis_start: write_day(span.from),
        mis_end: write_some(means.year.known(span.to)),
    })
    .collect()
}

fn workers(means: &Means<'_>, file: &ChildFile, child: &str, dob: &str) -> Vec<SwEpisode> {
    let all = file.cases.iter().flat_map(|case| &case.managers);
    let mut told: Vec<_> = all
        .filter(|worker| worker.valid_to != Some(worker.valid_from))
        .filter(|worker| means.year.tells(worker.valid_from, worker.valid_to))
        .collect();
    told.sort_by_key(|worker| worker.valid_from);
    told.into_iter()
        .map(|worker| SwEpisode {
            line: 0,
            child: child.to_owned(),
            dob: dob.to_owned(),
            sw_id: worker.worker_id.clone(),
            sw_decom: write_day(worker.valid_from),
            sw_dec: write_some(means.year.known(worker.valid_to)),
            sw_reason: means.walk.usual(("worker_change", &worker.reason), "SW_REASON", means.year),
        })
        .collect()
}
