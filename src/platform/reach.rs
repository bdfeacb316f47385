//! Need to know: whose data somebody may be told, and which classes of their fields.
//!
//! The same reach is held twice. The database holds it by row-level security, which goes by the settings
//! that each transaction begins with. The guards hold it here, by what decides about a person's record,
//! before an answer leaves and before a change is committed. Neither trusts the other.
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use chrono::{DateTime, Utc};
use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, Bool, Nullable, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{disclosure::Person, error::Result};

/// How a client stands to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// However.
    Everywhere,
    /// The person's area is one of the client's, or lies in that of its organisation.
    InArea,
    /// The client's organisation is responsible.
    OfOrganisation,
    /// The child lives in a facility of the client's organisation, or did until a few days ago.
    LivesWith,
}

/// What a relation to a kind of persons opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tie {
    /// Kind of the persons' records.
    pub kind: &'static str,
    pub relation: Relation,
    /// Classes of the fields that may be told.
    pub classes: &'static [&'static str],
}

/// What is the same for everybody: which fields are of which class, and where persons stand in paths.
#[derive(Debug, PartialEq, Eq)]
pub struct Rules {
    /// Kinds of persons whose data are reached, each with what the contract calls its id.
    pub kinds: &'static [(&'static str, &'static str)],
    /// Members by which an object says whose data it holds.
    pub owners: &'static [&'static str],
    /// Members of records of, and about, a kind of persons that are of another class than personal.
    pub fields: &'static [Field],
    /// Query parameters that ask by a member of such a class.
    pub asking: &'static [(&'static str, &'static str, &'static str)],
    /// Beginnings of paths that end in the id of a record of this kind: a person's, or one that hangs on
    /// a person.
    pub paths: &'static [(&'static str, &'static str)],
    /// Permissions that are good for changes of records of nobody where the client stands in a relation to
    /// them.
    pub placed: &'static [&'static str],
    /// The kind of persons whose address would tell where a child lives whose address is protected, and the
    /// members that hold it.
    pub sheltering: (&'static str, &'static [&'static str]),
    /// The kind of persons of whom only so many are read about in an hour.
    pub counted: &'static str,
    /// Permissions that are good for changes of persons of whom the client knows by a grant alone. By any
    /// other it only reads about them.
    pub on_grant: &'static [&'static str],
}

/// Members of records of, and about, a kind of persons.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    pub kind: &'static str,
    pub class: &'static str,
    pub members: &'static [&'static str],
}

/// Where a client stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    pub client: Uuid,
    pub organisation: Option<Uuid>,
    /// Codes of the areas to which it is bound, with all below them; not bound if absent.
    pub bounds: Option<Vec<String>>,
    /// Codes of its organisation's area and of all below it.
    pub around: Vec<String>,
    /// Whether these are all areas that there are.
    pub whole: bool,
    /// For how many days after a stay has ended the facility may still read about the child.
    pub lodging_days: i32,
}

impl Place {
    fn areas(&self) -> &[String] {
        self.bounds.as_deref().unwrap_or(&self.around)
    }

    /// Whether everybody stands in this relation to it. To walk through all areas of a country for each
    /// record would say the same.
    fn is_everybody(&self, relation: Relation) -> bool {
        self.bounds.is_none()
            && match relation {
                Relation::Everywhere => true,
                Relation::InArea => self.whole,
                Relation::OfOrganisation | Relation::LivesWith => false,
            }
    }
}

/// What decides who may know of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The kind of the person who decides: of a record that hangs on a person, of that person.
    pub person: String,
    /// The organisation that is responsible.
    pub organisation: Option<Uuid>,
    pub area: String,
    /// The operators of the facilities where a child lives, or did until a few days ago.
    pub lives_with: Vec<Uuid>,
    /// Whether the caller may know for a time, whatever its role says.
    pub granted: bool,
}

/// Classes of fields.
pub type Classes = BTreeSet<&'static str>;

/// How far somebody reaches with a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    pub rules: &'static Rules,
    place: Place,
    ties: Vec<Tie>,
    /// What the database goes by.
    wall: Wall,
}

/// How far somebody reaches, as the database is told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wall {
    place: Place,
    ties: Vec<Tie>,
    /// What a transaction of theirs begins with.
    settings: String,
}

impl Reach {
    #[must_use]
    pub fn new(rules: &'static Rules, place: Place, ties: Vec<Tie>) -> Self {
        let settings = settings(&place, &ties);
        let wall = Wall { place: place.clone(), ties: ties.clone(), settings };
        Self { rules, place, ties, wall }
    }

    /// The same, with other settings for the database: for trying one wall without the other.
    #[must_use]
    pub fn walled_as(self, other: &Self) -> Self {
        Self { wall: other.wall.clone(), ..self }
    }

    /// What a transaction begins with, so that the database sees to it, too.
    #[must_use]
    pub fn settings(&self, now: DateTime<Utc>) -> String {
        format!("SET LOCAL kinstead.now = '{}'{}", now.to_rfc3339(), self.wall.settings)
    }

    /// What a change begins with besides: it may change those alone of whom all these classes are opened; by
    /// a permission that is good for that, also whoever is known by a grant.
    #[must_use]
    pub fn change_settings(&self, opened: &[&str], on_grant: bool) -> String {
        let Wall { place, ties, .. } = &self.wall;
        let opens = |tie: &&Tie| {
            self.rules.kinds.iter().any(|(kind, _)| *kind == tie.kind)
                && opened.iter().all(|class| tie.classes.contains(class))
        };
        let ties: Vec<Tie> = ties.iter().filter(opens).copied().collect();
        let mut all = BTreeMap::new();
        if on_grant {
            all.insert("granted".to_owned(), "on".to_owned());
        }
        add_reached(&mut all, place, &ties);
        statements("writes_", all)
    }

    /// Names how far it reaches, whoever asks: another text is another reach.
    #[must_use]
    pub fn scope(&self) -> String {
        let classes = self.ties.iter().map(|tie| (tie.kind, tie.relation, tie.classes));
        format!("{} {:?}", self.wall.settings, classes.collect::<Vec<_>>())
    }

    /// Whether it opens these classes of everybody's fields.
    #[must_use]
    pub fn is_open(&self, classes: &[&str]) -> bool {
        let whole = |kind| {
            self.ties.iter().any(|tie| {
                tie.kind == kind
                    && self.place.is_everybody(tie.relation)
                    && classes.iter().all(|class| tie.classes.contains(class))
            })
        };
        self.rules.kinds.iter().all(|(kind, _)| whole(*kind))
    }

    /// Whether it reaches everybody of this kind.
    #[must_use]
    pub fn is_everywhere(&self, kind: &str) -> bool {
        let mut ties = self.ties.iter().filter(|tie| tie.kind == kind);
        self.place.bounds.is_none() && ties.any(|tie| tie.relation == Relation::Everywhere)
    }

    /// Whether whoever of this kind it reaches, it reaches with this class: only then may it ask by a
    /// field of the class.
    #[must_use]
    pub fn asks_by(&self, kind: &str, class: &str) -> bool {
        let mut ties = self.ties.iter().filter(|tie| tie.kind == kind).peekable();
        ties.peek().is_some() && ties.all(|tie| tie.classes.contains(&class))
    }

    /// The classes of a person's fields that may be told; absent if nothing of the person may be.
    #[must_use]
    pub fn classes(&self, standing: &Standing) -> Option<Classes> {
        let mut ties = self.ties.iter().filter(|tie| tie.kind == standing.person).peekable();
        let _any = ties.peek()?;
        let held: Vec<&Tie> = ties.filter(|tie| self.holds(tie.relation, standing)).collect();
        let granted: &[&str] = if standing.granted { &GRANTED } else { &[] };
        let reached = !held.is_empty() || standing.granted;
        reached.then(|| held.iter().flat_map(|tie| tie.classes).chain(granted).copied().collect())
    }

    fn holds(&self, relation: Relation, standing: &Standing) -> bool {
        let place = &self.place;
        let bounds = place.bounds.as_ref();
        let within = bounds.is_none_or(|areas| areas.contains(&standing.area));
        within
            && match relation {
                Relation::Everywhere => true,
                Relation::InArea => place.areas().contains(&standing.area),
                Relation::OfOrganisation => {
                    place.organisation.is_some() && place.organisation == standing.organisation
                }
                Relation::LivesWith => {
                    place.organisation.is_some_and(|own| standing.lives_with.contains(&own))
                }
            }
    }

    /// How it stands with these persons; those who are not there are left out.
    pub fn standings<'p>(
        conn: &mut PgConnection,
        persons: impl IntoIterator<Item = &'p Person>,
    ) -> Result<BTreeMap<Person, Standing>> {
        let mut kinds: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
        for person in persons {
            kinds.entry(&person.kind).or_default().push(person.id);
        }
        let mut found = BTreeMap::new();
        for (kind, ids) in kinds {
            let rows: Vec<Row> = StandingOf { kind, ids }.load(conn)?;
            found.extend(rows.into_iter().map(Row::into_standing));
        }
        Ok(found)
    }
}

/// What a grant for a time opens.
const GRANTED: [&str; 2] = ["personal", "identifying"];

/// A question that the database knows after the first time.
struct StandingOf<'k> {
    kind: &'k str,
    ids: Vec<Uuid>,
}

impl QueryFragment<Pg> for StandingOf<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT * FROM standing_of(");
        out.push_bind_param::<Text, _>(self.kind)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.ids)?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryId for StandingOf<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for StandingOf<'_> {
    type SqlType = (Text, Text, SqlUuid, Nullable<SqlUuid>, Text, Nullable<Array<SqlUuid>>, Bool);
}

impl<Conn> RunQueryDsl<Conn> for StandingOf<'_> {}

#[derive(Queryable)]
struct Row {
    kind: String,
    person: String,
    id: Uuid,
    organisation_id: Option<Uuid>,
    area_code: String,
    lives_with: Option<Vec<Uuid>>,
    granted: bool,
}

impl Row {
    fn into_standing(self) -> (Person, Standing) {
        let standing = Standing {
            person: self.person,
            organisation: self.organisation_id,
            area: self.area_code,
            lives_with: self.lives_with.unwrap_or_default(),
            granted: self.granted,
        };
        (Person { kind: self.kind, id: self.id, mentioned: false }, standing)
    }
}

/// What the registry's own work begins with: it sees everybody.
pub const REGISTRY: &str = "SET LOCAL kinstead.registry = 'on'";

/// Does some work that must see beyond the caller's reach, such as counting who lives in a facility.
/// What it finds must tell of no person.
pub fn beyond<T>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<T> {
    use diesel::connection::SimpleConnection as _;
    conn.batch_execute("SET LOCAL kinstead.beyond = 'on'")?;
    let done = work(conn);
    // After an error of the database's the transaction is over, and the setting with it.
    let back = conn.batch_execute("SET LOCAL kinstead.beyond = ''");
    let done = done?;
    back?;
    Ok(done)
}

fn settings(place: &Place, ties: &[Tie]) -> String {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    all.insert("client".to_owned(), place.client.to_string());
    let organisation = place.organisation.map(|id| id.to_string());
    if let Some(organisation) = &organisation {
        all.insert("organisation".to_owned(), organisation.clone());
    }
    if let Some(bounds) = &place.bounds {
        all.insert("bounds".to_owned(), bounds.join(","));
    }
    if ties.iter().any(|tie| tie.relation == Relation::LivesWith) {
        all.insert("lodging_days".to_owned(), place.lodging_days.to_string());
    }
    add_reached(&mut all, place, ties);
    statements("", all)
}

/// Says who is reached, by the kinds of persons.
fn add_reached(all: &mut BTreeMap<String, String>, place: &Place, ties: &[Tie]) {
    let organisation = place.organisation.map(|id| id.to_string()).unwrap_or_default();
    let everybody =
        |kind: &str| ties.iter().any(|tie| tie.kind == kind && place.is_everybody(tie.relation));
    for tie in ties {
        let of = tie.kind;
        let (name, value) = match tie.relation {
            // Whoever reaches everybody reaches nobody more by area or organisation.
            Relation::InArea | Relation::OfOrganisation
                if everybody(of) && !place.is_everybody(tie.relation) =>
            {
                continue;
            }
            // Everywhere within bounds is in these areas.
            relation if place.is_everybody(relation) => (of.to_owned(), "all".to_owned()),
            Relation::Everywhere | Relation::InArea => {
                (format!("{of}_areas"), place.areas().join(","))
            }
            Relation::OfOrganisation => (format!("{of}_of"), organisation.clone()),
            Relation::LivesWith => (format!("{of}_with"), organisation.clone()),
        };
        all.insert(name, value);
    }
}

fn statements(prefix: &str, settings: BTreeMap<String, String>) -> String {
    settings.into_iter().filter(|(_, value)| !value.is_empty()).fold(
        String::new(),
        |mut sql, (name, value)| {
            let value = value.replace('\'', "''");
            let _ = write!(sql, "; SET LOCAL kinstead.{prefix}{name} = '{value}'");
            sql
        },
    )
}
