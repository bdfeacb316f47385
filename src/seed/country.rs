//! The country itself: its areas with their populations, its organisations, and who may ask.
use std::collections::BTreeMap;

use chrono::{Datelike as _, Months, NaiveDate, NaiveTime};
use diesel::PgConnection;
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha12Rng, seq::SliceRandom as _};
use serde::Deserialize;
use uuid::Uuid;

use super::{Options, Progress, Urls};
use crate::{
    clients::{self, Manager, NewClient},
    platform::{
        db::{self, Tx, change_on},
        error::{Error, Result},
        idempotency::PLATFORM,
        journal::Recorded,
        page::PageQuery,
    },
    policy::POLICY,
    reference::{
        areas::{self, AreaLevel, NewArea, NewPopulations, Population, PopulationSex},
        organisations::{self, NewOrganisation, OrganisationId},
    },
};

const AREAS: &str = include_str!("data/areas.json");
const NAMES: &str = include_str!("data/names.json");

/// Years for which the registry itself has been kept.
const YEARS_LIVED: u32 = 5;
/// How many years of population figures there are.
const YEARS_OF_FIGURES: i32 = 20;
/// Shares of the age bands in a thousand children: fewer are born each year.
const AGE_BANDS: [(&str, i64); 4] = [("0-2", 158), ("3-6", 219), ("7-14", 453), ("15-17", 170)];
/// Shares of the sexes in a thousand children.
const SEXES: [(PopulationSex, i64); 2] = [(PopulationSex::Female, 486), (PopulationSex::Male, 514)];
/// How many more children in a thousand there were the year before.
const DECLINE: i64 = 11;

const COURTS: usize = 12;
const NGOS: usize = 20;
const PROVIDERS: usize = 40;

#[derive(Deserialize)]
struct AreasFile {
    areas: Vec<Place>,
}

/// An area of the made-up country.
#[derive(Debug, Clone, Deserialize)]
pub struct Place {
    pub code: String,
    pub level: AreaLevel,
    pub parent: Option<String>,
    pub names: BTreeMap<String, String>,
    pub lat: f64,
    pub lon: f64,
    /// Children of 0 to 17 years who live there now; none where no figures are known.
    pub children: i64,
}

impl Place {
    /// Its name in Serbian, Latin script.
    pub fn name(&self) -> &str {
        self.names.get("sr-Latn").map_or(&self.code, |name| name)
    }
}

#[derive(Deserialize)]
struct Words {
    facility_words: Vec<String>,
}

/// Who reviews overrides, among the clients.
const REVIEWER: &str = "national_authority";

/// Where the personas of the demo work, among those whom the README meets.
const WALK: &str = "RS-20-NIS";
const WALK_REGION: &str = "RS-20";

/// What the rest of the history refers to. Areas without children have no organisations.
#[derive(Debug, Clone)]
pub struct Country {
    pub places: Vec<Place>,
    pub national: OrganisationId,
    /// Regional authorities by the code of their region or district.
    pub regional: BTreeMap<String, OrganisationId>,
    /// Centres for social work by the code of their municipality.
    pub centres: BTreeMap<String, OrganisationId>,
    pub courts: Vec<OrganisationId>,
    pub ngos: Vec<OrganisationId>,
    /// Those who run facilities and services; `facility_officer` works for the first.
    pub providers: Vec<OrganisationId>,
    /// The client that reviews what others stepped over.
    pub reviewer: Uuid,
}

/// The areas of the country.
pub fn places() -> Result<Vec<Place>> {
    Ok(serde_json::from_str::<AreasFile>(AREAS).map_err(Error::internal)?.areas)
}

/// Writes the country into an empty registry.
pub fn make(urls: &Urls, options: &Options, tell: &(dyn Fn(Progress) + Sync)) -> Result<Country> {
    let mut conn = db::connect_for_work(&urls.service)?;
    if !is_empty(&mut conn)? {
        return Err(Error::State(
            "the registry holds areas already: only an empty one is filled".to_owned(),
        ));
    }
    let places = places()?;
    let now = taken_over_on(options).and_time(NaiveTime::MIN).and_utc();
    for (done, place) in (1..).zip(&places) {
        change_on(&mut conn, PLATFORM, now, |tx| add_place(tx, place, options.today))?;
        tell(Progress { what: "areas", done, of: count(&places) });
    }
    let mut country = change_on(&mut conn, PLATFORM, now, |tx| organise(tx, &places, options))?;
    tell(Progress { what: "organisations", done: 1, of: 1 });
    let mut owner = db::connect_for_work(&urls.owner)?;
    let clients = change_on(&mut owner, PLATFORM, now, |tx| register_clients(tx, &country))?;
    let reviewer = clients.iter().find(|client| client.name == REVIEWER);
    country.reviewer = reviewer.map_or(PLATFORM, |client| client.id.untyped());
    tell(Progress { what: "clients", done: count(&clients), of: count(&clients) });
    Ok(country)
}

/// Whether nothing was written yet.
pub fn is_empty(conn: &mut PgConnection) -> Result<bool> {
    let first =
        areas::store::list(conn, &areas::store::AreaFilter::default(), &PageQuery::default())?;
    Ok(first.data.is_empty())
}

fn count<T>(all: &[T]) -> u64 {
    u64::try_from(all.len()).unwrap_or(u64::MAX)
}

/// The first day of the history.
pub fn first_day(options: &Options) -> NaiveDate {
    let years = i32::try_from(options.years).unwrap_or(0);
    NaiveDate::from_ymd_opt(options.today.year() - years, 1, 1).unwrap_or(options.today)
}

/// The day on which the registry began: what lies before it was taken over from older registers.
pub fn taken_over_on(options: &Options) -> NaiveDate {
    let first_of_month = options.today.with_day(1).unwrap_or(options.today);
    let lived = Months::new(YEARS_LIVED * 12);
    let day = first_of_month.checked_sub_months(lived).unwrap_or(first_of_month);
    day.max(first_day(options))
}

fn add_place(tx: &mut Tx<'_>, place: &Place, today: NaiveDate) -> Result<Recorded<areas::Area>> {
    let added = areas::store::add(
        tx,
        &NewArea {
            code: place.code.clone(),
            national_code: None,
            level: place.level,
            parent_code: place.parent.clone(),
            names: place.names.clone(),
            lat: Some(place.lat),
            lon: Some(place.lon),
        },
    )?;
    if place.children == 0 {
        return Ok(added);
    }
    areas::store::set_population(
        tx,
        &place.code,
        &NewPopulations { figures: figures(place, today) },
    )
}

/// Figures of the last years, in whole children.
fn figures(place: &Place, today: NaiveDate) -> Vec<Population> {
    let last = today.year() - 1;
    let mut figures = Vec::new();
    for year in (last - YEARS_OF_FIGURES + 1)..=last {
        let all = place.children * (1000 + DECLINE * i64::from(last - year));
        for (sex, sex_share) in SEXES {
            for (age_band, age_share) in AGE_BANDS {
                figures.push(Population {
                    year,
                    sex,
                    age_band: age_band.to_owned(),
                    children: (all * sex_share / 1000 * age_share / 1000 + 500) / 1000,
                    source: "Made up".to_owned(),
                });
            }
        }
    }
    figures
}

/// Invents names: no two alike for one kind, drawn in an order that the seed decides.
struct Namer {
    words: Vec<String>,
    next: usize,
    /// The first day of those who get a name.
    since: NaiveDate,
}

impl Namer {
    fn new(seed: u64, since: NaiveDate) -> Result<Self> {
        let mut words =
            serde_json::from_str::<Words>(NAMES).map_err(Error::internal)?.facility_words;
        words.shuffle(&mut ChaCha12Rng::seed_from_u64(seed));
        Ok(Self { words, next: 0, since })
    }

    fn name(&mut self, kind: &str, place: &Place) -> String {
        let word = self.words.get(self.next % self.words.len().max(1)).map_or("", |word| word);
        self.next += 1;
        format!("{kind} „{word}“, {}", place.name())
    }
}

fn organise(tx: &mut Tx<'_>, places: &[Place], options: &Options) -> Result<Recorded<Country>> {
    let mut random = ChaCha12Rng::seed_from_u64(options.seed);
    let mut namer = Namer::new(options.seed, first_day(options))?;
    let peopled: Vec<&Place> = places.iter().filter(|place| place.children > 0).collect();
    let country = peopled
        .iter()
        .find(|place| place.level == AreaLevel::Country)
        .ok_or_else(|| Error::internal("areas.json names no country"))?;
    let name = namer.name("Ministarstvo za brigu o porodici", country);
    let first = register(tx, namer.since, "authority", name, country, None)?;
    let national = first.value().id;
    let mut regional = BTreeMap::new();
    let mut centres = BTreeMap::new();
    for place in &peopled {
        let above = place.parent.as_ref().and_then(|parent| regional.get(parent).copied());
        let above = Some(above.unwrap_or(national));
        match place.level {
            AreaLevel::Country => {}
            AreaLevel::Region | AreaLevel::District => {
                let kind = if place.level == AreaLevel::Region {
                    "Pokrajinski sekretarijat za socijalnu politiku"
                } else {
                    "Gradska uprava za dečju i socijalnu zaštitu"
                };
                let made =
                    register(tx, namer.since, "authority", namer.name(kind, place), place, above)?;
                regional.insert(place.code.clone(), made.into_value().id);
            }
            AreaLevel::Municipality => {
                let name = namer.name("Centar za socijalni rad", place);
                let made = register(tx, namer.since, "centre_for_social_work", name, place, above)?;
                centres.insert(place.code.clone(), made.into_value().id);
            }
        }
    }
    let mut draw = |kind: &str, what: &[&str], number: usize| {
        scattered(tx, &mut random, &mut namer, &peopled, kind, what, number)
    };
    let courts = draw("court", &["Osnovni sud"], COURTS)?;
    let ngos = draw("ngo", &["Udruženje", "Fondacija"], NGOS)?;
    let providers = draw("provider", &PROVIDER_WORDS, PROVIDERS)?;
    let places = places.to_vec();
    Ok(first.map(|_| Country {
        places,
        national,
        regional,
        centres,
        courts,
        ngos,
        providers,
        reviewer: PLATFORM,
    }))
}

/// What providers call themselves, in turn.
const PROVIDER_WORDS: [&str; 8] = [
    "Centar za zaštitu odojčadi, dece i omladine",
    "Centar za porodični smeštaj i usvojenje",
    "Dom za decu i mlade",
    "Mala domska zajednica",
    "Dom za decu sa smetnjama u razvoju",
    "Centar za dete i porodicu",
    "Prihvatilište za decu",
    "Služba za podršku porodici",
];

/// Registers organisations in municipalities, more of them where more children live.
fn scattered(
    tx: &mut Tx<'_>,
    random: &mut ChaCha12Rng,
    namer: &mut Namer,
    peopled: &[&Place],
    kind: &str,
    what: &[&str],
    number: usize,
) -> Result<Vec<OrganisationId>> {
    let towns: Vec<&Place> =
        peopled.iter().filter(|place| place.level == AreaLevel::Municipality).copied().collect();
    let all: i64 = towns.iter().map(|town| town.children).sum();
    let mut made = Vec::new();
    for word in what.iter().cycle().take(number) {
        let mut left = random.random_range(0..all);
        let town = towns.iter().find(|town| {
            left -= town.children;
            left < 0
        });
        let town = town.ok_or_else(|| Error::internal("areas.json names no municipality"))?;
        let registered = register(tx, namer.since, kind, namer.name(word, town), town, None)?;
        made.push(registered.into_value().id);
    }
    Ok(made)
}

fn register(
    tx: &mut Tx<'_>,
    valid_from: NaiveDate,
    kind: &str,
    name: String,
    place: &Place,
    parent_id: Option<OrganisationId>,
) -> Result<Recorded<organisations::Organisation>> {
    let area_code = place.code.clone();
    organisations::store::register(
        tx,
        &NewOrganisation { kind: kind.to_owned(), name, area_code, parent_id, valid_from },
    )
}

/// One client for each role, with the role's name, in an organisation that fits.
fn register_clients(tx: &mut Tx<'_>, country: &Country) -> Result<Recorded<Vec<clients::Client>>> {
    let mut registered = Vec::new();
    for (role, _) in POLICY {
        let organisation_id = match *role {
            "case_worker" | "supervisor" | "carer_support_officer" => country.centres.get(WALK),
            "regional_authority" => country.regional.get(WALK_REGION),
            "facility_officer" => country.providers.first(),
            "ngo" => country.ngos.first(),
            _ => Some(&country.national),
        };
        let client =
            NewClient { organisation_id: organisation_id.copied(), ..NewClient::of_role(role) };
        registered.push(clients::store::register(tx, &Manager::Operator, client)?);
    }
    Recorded::all(registered).ok_or_else(|| Error::internal("there are no roles"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_add_up_and_decline() {
        let places = serde_json::from_str::<AreasFile>(AREAS).unwrap().areas;
        let belgrade = places.iter().find(|place| place.code == "RS-00").unwrap();
        let figures = figures(belgrade, NaiveDate::from_ymd_opt(2026, 11, 22).unwrap());
        assert_eq!(figures.len(), 20 * 2 * 4);
        let of = |year| -> i64 {
            figures.iter().filter(|figure| figure.year == year).map(|figure| figure.children).sum()
        };
        assert!((of(2025) - belgrade.children).abs() < 10, "{}", of(2025));
        assert!(of(2006) > of(2025) && of(2005) == 0);
    }

    #[test]
    fn the_same_seed_gives_the_same_names() {
        let place = &serde_json::from_str::<AreasFile>(AREAS).unwrap().areas[0];
        let names = |seed| {
            let mut namer = Namer::new(seed, NaiveDate::MIN).unwrap();
            (0..40).map(|_| namer.name("Udruženje", place)).collect::<Vec<_>>()
        };
        assert_eq!(names(1), names(1));
        assert_ne!(names(1), names(2));
    }
}
