//! Episodes: a care period, cut wherever the placement or the legal status changes.
use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    Means,
    facts::{ChildFile, Home, Stay, holds},
};
use crate::{
    placements::{CarePeriod, ProviderKind},
    ssda903::model::{Crosswalk, Episode, Year, write_day, write_some},
};

/// What England's guidance has in the place of the number of a setting that somebody else inspects.
const INSPECTED_ELSEWHERE: &str = "XXXXXXX";

/// What is told of the time between two cuts.
#[derive(Clone, PartialEq, Eq)]
struct Told {
    status: String,
    place: String,
    provider: String,
    post: String,
    urn: String,
}

/// A time in which all that is told stays the same.
struct Interval<'f> {
    from: NaiveDate,
    to: Option<NaiveDate>,
    told: Told,
    stay: &'f Stay,
    away: bool,
}

/// The episodes of a child that the return of the year tells of, by first day.
pub(super) fn episodes(means: &Means<'_>, file: &ChildFile, child: &str) -> Vec<Episode> {
    let posts = posts(means, file);
    let home_post = means.postcodes.of(file.child.area_code.as_bytes(), None);
    let mut rows = Vec::new();
    for period in &file.periods {
        let need = need(means, file, period);
        let intervals = intervals(means, file, period, &posts);
        for (place, one) in intervals.iter().enumerate() {
            if !means.year.tells(one.from, one.to) {
                continue;
            }
            let before = place.checked_sub(1).and_then(|place| intervals.get(place));
            let next = intervals.get(place + 1);
            let ended = means.year.known(one.to).is_some();
            rows.push(Episode {
                line: 0,
                child: child.to_owned(),
                decom: write_day(one.from),
                rne: reason(before, one).to_owned(),
                ls: one.told.status.clone(),
                cin: need.clone(),
                place: one.told.place.clone(),
                place_provider: one.told.provider.clone(),
                dec: write_some(means.year.known(one.to)),
                rec: if ended { left(means, period, next) } else { String::new() },
                reason_place_change: if ended { why(means, one, next) } else { String::new() },
                home_post: home_post.clone(),
                pl_post: one.told.post.clone(),
                urn: one.told.urn.clone(),
            });
        }
    }
    rows
}

/// The postcode of each placement, in their order.
fn posts(means: &Means<'_>, file: &ChildFile) -> Vec<String> {
    let mut posts: Vec<String> = Vec::new();
    let mut before: Option<&Home> = None;
    for stay in &file.stays {
        let last = posts.last().map(String::as_str);
        let post = match before {
            Some(home) if home.key == stay.home.key => last.unwrap_or_default().to_owned(),
            _ => means.postcodes.of(&stay.home.key, last),
        };
        posts.push(post);
        before = Some(&stay.home);
    }
    posts
}

/// The category of need: that of the case which was open when care began, else what stands nearest to the
/// reason for entry. Neither changes while the period lasts.
fn need(means: &Means<'_>, file: &ChildFile, period: &CarePeriod) -> String {
    let day = period.started_on;
    let case = file.cases.iter().find(|case| holds(day, case.opened_on, case.closed_on));
    let of = match case {
        Some(case) => ("primary_need", case.primary_need.as_str()),
        None => ("entry_reason", period.entry_reason.as_str()),
    };
    means.walk.usual(of, "CIN", means.year)
}

/// The period, cut at every change; neighbours of which the same is told are one.
fn intervals<'f>(
    means: &Means<'_>,
    file: &'f ChildFile,
    period: &CarePeriod,
    posts: &[String],
) -> Vec<Interval<'f>> {
    let cuts = cuts(file, period);
    let ends = cuts.iter().skip(1).copied().map(Some).chain([period.ended_on]);
    let mut intervals: Vec<Interval<'f>> = Vec::new();
    for (from, to) in cuts.iter().copied().zip(ends) {
        let lived = file
            .stays
            .iter()
            .zip(posts)
            .find(|(stay, _)| stay.period == period.id && holds(from, stay.from, stay.to));
        let Some((stay, post)) = lived else { continue };
        let (told, away) = told(means, file, stay, post, from);
        match intervals.last_mut() {
            Some(last) if last.told == told => (last.to, last.stay) = (to, stay),
            _ => intervals.push(Interval { from, to, told, stay, away }),
        }
    }
    intervals
}

/// The first day of a period, and every later one on which something changes.
fn cuts(file: &ChildFile, period: &CarePeriod) -> BTreeSet<NaiveDate> {
    let stays = file.stays.iter().filter(|stay| stay.period == period.id).map(|stay| stay.from);
    let spans = file.absences.iter().chain(&file.statuses);
    let changes = spans.flat_map(|span| [Some(span.from), span.to]).flatten();
    let inside =
        |day: &NaiveDate| *day > period.started_on && period.ended_on.is_none_or(|end| *day < end);
    stays.chain(changes).filter(inside).chain([period.started_on]).collect()
}

/// What is told of a day of a placement, and whether the child is away from it.
fn told(
    means: &Means<'_>,
    file: &ChildFile,
    stay: &Stay,
    post: &str,
    day: NaiveDate,
) -> (Told, bool) {
    let (walk, year) = (means.walk, means.year);
    let status = file.statuses.iter().find(|span| holds(day, span.from, span.to));
    let status = status.map(|span| walk.usual(("legal_status", &span.code), "LS", year));
    let status = status.unwrap_or_default();
    if let Some(away) = file.absences.iter().find(|span| holds(day, span.from, span.to)) {
        let place = walk.usual(("absence_reason", &away.code), "PLACE", year);
        let nothing = String::new;
        let told = Told { status, place, provider: nothing(), post: nothing(), urn: nothing() };
        return (told, true);
    }
    let care = (stay.care_type.as_str(), stay.planned_kind.as_str());
    let place = place((walk, year), care, stay.same_carer, &status);
    let listed = !place.starts_with("Z1") || place == "Z1";
    let provider = walk.usual(("ownership", &stay.home.ownership), "PLACE_PROVIDER", year);
    let told = Told {
        status,
        provider: if listed { provider } else { String::new() },
        post: post.to_owned(),
        urn: urn(&stay.home, &place),
        place,
    };
    (told, false)
}

/// The type of a placement. Where the return tells more kinds apart than the registry has types, what
/// else is recorded decides: for how long it is meant, whether the carer is the one before, and whether
/// there is a placement order.
#[must_use]
pub fn place(
    (walk, year): (&Crosswalk, Year),
    (care_type, planned_kind): (&str, &str),
    same_carer: bool,
    status: &str,
) -> String {
    let of = ("care_type", care_type);
    let lasting = matches!(planned_kind, "long_term" | "permanent");
    let foster = if lasting { ["U1", "U4"] } else { ["U3", "U6"] };
    let adoptive = match (status == "E1", same_carer) {
        (false, true) => "A3",
        (false, false) => "A4",
        (true, true) => "A5",
        (true, false) => "A6",
    };
    let wanted = |code: &&str| foster.contains(code) || *code == adoptive;
    let chosen = walk.all(of, "PLACE", year).find(wanted).map(str::to_owned);
    chosen.unwrap_or_else(|| walk.usual(of, "PLACE", year))
}

/// The number of a setting that is inspected.
fn urn(home: &Home, place: &str) -> String {
    let inspected = home.kind == ProviderKind::Facility && place.starts_with(['K', 'R', 'S']);
    if !inspected {
        return String::new();
    }
    home.urn.clone().unwrap_or_else(|| INSPECTED_ELSEWHERE.to_owned())
}

/// Why an episode is a new one.
fn reason(before: Option<&Interval<'_>>, one: &Interval<'_>) -> &'static str {
    let Some(before) = before else { return "S" };
    let legal = before.told.status != one.told.status;
    let moved = Told { status: String::new(), ..before.told.clone() }
        != Told { status: String::new(), ..one.told.clone() };
    let same_carer = before.stay.home.key == one.stay.home.key && !before.away && !one.away;
    match (legal, moved, same_carer) {
        (true, true, true) => "U",
        (true, true, false) => "B",
        (true, false, _) => "L",
        (false, _, true) => "T",
        (false, _, false) => "P",
    }
}

/// Why an episode ended: the period goes on, or the child left care.
fn left(means: &Means<'_>, period: &CarePeriod, next: Option<&Interval<'_>>) -> String {
    if next.is_some() {
        return "X1".to_owned();
    }
    let exit = period.exit_reason.as_deref().unwrap_or_default();
    means.walk.usual(("exit_reason", exit), "REC", means.year)
}

/// Why the placement changed, where it did for good.
fn why(means: &Means<'_>, one: &Interval<'_>, next: Option<&Interval<'_>>) -> String {
    let moved = next.filter(|next| !matches!(reason(Some(one), next), "L"));
    let lasting = moved.filter(|next| !one.away && !next.away);
    let Some(_) = lasting else { return String::new() };
    let reason = one.stay.end_reason.as_deref().unwrap_or_default();
    means.walk.usual(("move_reason", reason), "REASON_PLACE_CHANGE", means.year)
}
