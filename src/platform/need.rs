//! The need to know of one request: asked before it runs, and again of everybody whom its answer names.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use diesel::{
    PgConnection, RunQueryDsl as _,
    sql_types::{Array, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::{
    access::Permission,
    actor::Actor,
    cover,
    disclosure::Person,
    error::{Error, Fault, Result},
    reach::{Classes, Reach, Rules, Standing},
};

pub mod merged;

use merged::Asks;

/// The class of identifiers.
const IDENTIFYING: &str = "identifying";

/// What a request may know, and what it learned of persons on its way.
#[derive(Clone)]
pub struct Need {
    reach: Arc<Reach>,
    permission: &'static str,
    /// Classes of fields that its permission opens.
    opened: &'static [&'static str],
    /// Whose id stands in the path.
    subject: Option<Subject>,
    /// Whether it reads only, and where.
    asks: Asks,
    known: Arc<Mutex<BTreeMap<Person, Standing>>>,
    /// Those whose address would tell where somebody lives who is protected.
    sheltering: Arc<Mutex<BTreeSet<Uuid>>>,
}

/// A person, or a record that hangs on one.
#[derive(Clone, Copy)]
struct Subject {
    kind: &'static str,
    id: Uuid,
}

impl Subject {
    fn person(self) -> Person {
        Person { kind: self.kind.to_owned(), id: self.id, mentioned: false }
    }
}

impl Need {
    /// The need of a request by a holder of `P`. Refuses to ask by what it may not read.
    pub fn of<P: Permission>(req: &HttpRequest, actor: &Actor) -> Result<Self> {
        let reach = actor.reaches.get(P::NAME).ok_or(Error::Forbidden(P::NAME))?;
        if !P::CLASSES.is_empty() {
            refuse_asking(req, reach)?;
        }
        Ok(Self {
            reach: Arc::clone(reach),
            permission: P::NAME,
            opened: P::CLASSES,
            subject: subject(req, reach),
            asks: Asks::of(req),
            known: Arc::default(),
            sheltering: Arc::default(),
        })
    }

    /// What is the same for everybody.
    pub fn rules(&self) -> &'static Rules {
        self.reach.rules
    }

    /// The need of what a holder of `P` is told without having asked just now.
    pub fn unasked<P: Permission>(actor: &Actor) -> Result<Self> {
        let reach = actor.reaches.get(P::NAME).ok_or(Error::Forbidden(P::NAME))?;
        Ok(Self {
            reach: Arc::clone(reach),
            permission: P::NAME,
            opened: P::CLASSES,
            subject: None,
            asks: Asks::Past,
            known: Arc::default(),
            sheltering: Arc::default(),
        })
    }

    /// The kind of persons that are counted.
    pub fn counted(&self) -> &'static str {
        self.reach.rules.counted
    }

    /// Whether the client watches over everybody.
    pub fn watches(&self) -> bool {
        self.reach.is_everywhere(self.counted())
    }

    /// Whether the client reaches all records of a kind.
    pub fn is_everywhere(&self, kind: &str) -> bool {
        self.reach.is_everywhere(kind)
    }

    /// What its transactions begin with.
    pub fn settings(&self, now: DateTime<Utc>) -> String {
        self.reach.settings(now)
    }

    /// What its changes begin with.
    pub fn change_settings(&self, now: DateTime<Utc>) -> String {
        let on_grant = self.reach.rules.on_grant.contains(&self.permission);
        self.reach.settings(now) + &self.reach.change_settings(self.opened, on_grant)
    }

    /// Refuses a request for a person of whom the client may know nothing, as if there were none. Learns
    /// how it stands to those whom the request names.
    pub fn admit(&self, conn: &mut PgConnection, named: &BTreeSet<Person>) -> Result<()> {
        self.point_on(conn, named)?;
        if self.is_open() {
            return Ok(());
        }
        let mut asked = self.unknown(named);
        let subject = self.subject.map(Subject::person);
        asked.extend(subject.clone());
        self.learn(conn, &asked)?;
        // Whoever is not there, or not yet: what the request itself says of that.
        let barred = |person: &Person| self.is_there(person) && self.classes(person).is_none();
        match self.subject {
            Some(told) if subject.as_ref().is_some_and(barred) => Err(Error::NotFound(told.kind)),
            _ => Ok(()),
        }
    }

    /// What is said of a request that failed: nothing, if it named somebody whom the client may not know
    /// of, but what is said of those who are not there.
    pub fn refusal(&self, error: Error, named: &BTreeSet<Person>) -> Error {
        let barred = |person: &&Person| self.is_there(person) && self.classes(person).is_none();
        let knows = self.is_open() || !named.iter().any(|person| barred(&person));
        let told = match error {
            // What the database refused to change, it is told of as the guards do.
            Error::OutOfReach => !self.falls_short(),
            _ => true,
        };
        if knows && told || error.is_unknown() { error } else { self.nobody() }
    }

    /// Whether the client knows of the one whose id stands in the path, but not all that the permission opens.
    fn falls_short(&self) -> bool {
        let subject = self.subject.map(Subject::person);
        let known = subject.and_then(|person| self.classes(&person));
        known.is_some_and(|known| !self.opened.iter().all(|class| known.contains(class)))
    }

    /// Those of these persons, and of the one whose id stands in the path, who are there and of whom the
    /// client may know nothing.
    pub fn barred(&self, named: &BTreeSet<Person>) -> BTreeSet<Person> {
        if self.is_open() {
            return BTreeSet::new();
        }
        let subject = self.subject.map(Subject::person);
        let persons = self.reach.rules.kinds;
        let is_person = |person: &Person| persons.iter().any(|(kind, _)| *kind == person.kind);
        let barred = |person: &Person| self.is_there(person) && self.classes(person).is_none();
        let asked = named.iter().cloned().chain(subject);
        asked.filter(|person| is_person(person) && barred(person)).collect()
    }

    /// Those of these persons of whom it is not known how they stand.
    pub fn unknown(&self, persons: &BTreeSet<Person>) -> BTreeSet<Person> {
        if self.is_open() {
            return BTreeSet::new();
        }
        let known = self.lock();
        persons.iter().filter(|it| !it.mentioned && !known.contains_key(*it)).cloned().collect()
    }

    /// Learns how these persons stand. What was known before stays: who was within reach when the
    /// request began may be told how it ended.
    pub fn learn(&self, conn: &mut PgConnection, persons: &BTreeSet<Person>) -> Result<()> {
        let standings = Reach::standings(conn, persons)?;
        let mut known = self.lock();
        for (person, standing) in standings {
            known.entry(person).or_insert(standing);
        }
        Ok(())
    }

    /// Refuses a change of persons whom the client does not reach with all that the permission opens,
    /// and an answer about persons whom it does not reach at all. Whoever is only named in what was
    /// changed about another, such as the family of a placement, is told of and not changed.
    pub fn approve(
        &self,
        conn: &mut PgConnection,
        owners: &BTreeSet<Uuid>,
        touched: &BTreeSet<Person>,
        told: &BTreeSet<Person>,
    ) -> Result<()> {
        if self.is_open() {
            return Ok(());
        }
        let named: BTreeSet<Person> =
            (touched | told).into_iter().filter(|person| !person.mentioned).collect();
        self.learn(conn, &self.unknown(&named))?;
        let is_changed = |person: &Person| touched.contains(person) && owners.contains(&person.id);
        let fits = |person: &&Person| {
            self.classes(person).is_some_and(|classes| {
                !is_changed(person) || self.opened.iter().all(|class| classes.contains(class))
            })
        };
        // Who was not within reach when it began may be so by what was done.
        let barred: BTreeSet<Person> = named.iter().filter(|it| !fits(it)).cloned().collect();
        self.lock().retain(|person, _| !barred.contains(person));
        self.learn(conn, &barred)?;
        if !named.iter().all(|person| fits(&person)) {
            return Err(self.nobody());
        }
        // Whoever knows of somebody by a grant alone knows that there is somebody: this is no secret.
        let on_grant = self.reach.rules.on_grant.contains(&self.permission);
        let own = |person: &&Person| on_grant || self.is_own(person);
        let mut changed = named.iter().filter(|person| is_changed(person));
        if changed.all(|person| own(&person)) { Ok(()) } else { Err(Error::OutOfReach) }
    }

    /// Refuses a record of nobody, such as a facility, to which the client does not stand as the permission asks for.
    pub fn place(&self, kind: &str, organisation: Uuid, area: &str) -> Result<()> {
        let organisation = Some(organisation);
        let (person, area) = (kind.to_owned(), area.to_owned());
        let standing = Standing { person, organisation, area, ..Standing::default() };
        let placed = self.reach.rules.placed.contains(&self.permission);
        if placed && self.reach.classes(&standing).is_none() {
            return Err(Error::OutOfReach);
        }
        Ok(())
    }

    /// Those of these persons of whom the client may know.
    pub fn reached(
        &self,
        conn: &mut PgConnection,
        persons: BTreeSet<Person>,
    ) -> Result<BTreeSet<Person>> {
        self.learn(conn, &self.unknown(&persons))?;
        let open = self.is_open();
        let reached = |person: &Person| open || self.classes(person).is_some();
        Ok(persons.into_iter().filter(reached).collect())
    }

    /// Those of these persons whose identifiers the client may be told.
    pub fn identifies(
        &self,
        conn: &mut PgConnection,
        persons: &BTreeSet<Person>,
    ) -> Result<BTreeSet<Uuid>> {
        self.learn(conn, &self.unknown(persons))?;
        let open = self.is_open();
        let told = |person: &&Person| {
            let classes = self.classes(person).unwrap_or_default();
            open || self.opens(IDENTIFYING) && classes.contains(IDENTIFYING)
        };
        Ok(persons.iter().filter(told).map(|person| person.id).collect())
    }

    /// Those named in a body with an address that may have to be masked, whoever the client is.
    pub fn may_shelter(&self, body: &[u8], persons: &BTreeSet<Person>) -> Vec<Uuid> {
        let (kind, members) = self.reach.rules.sheltering;
        let mut named = persons.iter().filter(|it| it.kind == kind && !it.mentioned).peekable();
        let holds = |member: &&str| {
            let text = format!("\"{member}\"");
            body.windows(text.len()).any(|part| part == text.as_bytes())
        };
        if named.peek().is_none() || !members.iter().any(holds) {
            return Vec::new();
        }
        named.map(|person| person.id).collect()
    }

    /// Learns which of these persons' addresses are masked.
    pub fn learn_shelters(&self, conn: &mut PgConnection, persons: Vec<Uuid>) -> Result<()> {
        if persons.is_empty() {
            return Ok(());
        }
        diesel::define_sql_function! {
            fn sheltering(families: Array<SqlUuid>) -> Nullable<Array<SqlUuid>>;
        }
        let found: Option<Vec<Uuid>> = diesel::select(sheltering(persons)).get_result(conn)?;
        let mut known = self.sheltering.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(found.unwrap_or_default());
        Ok(())
    }

    /// The body without what the client may not be told. Refuses one that holds data of a person whom it
    /// does not reach.
    pub fn cover(&self, body: Vec<u8>, persons: &BTreeSet<Person>) -> Result<Vec<u8>> {
        let sheltering = self.sheltering.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let open = self.is_open();
        if open && sheltering.is_empty() {
            return Ok(body);
        }
        let (_, door) = self.reach.rules.sheltering;
        let mut hidden: BTreeMap<Uuid, BTreeSet<&str>> =
            sheltering.into_iter().map(|person| (person, door.iter().copied().collect())).collect();
        for person in persons.iter().filter(|person| !open && !person.mentioned) {
            let classes = self.classes(person).ok_or_else(|| self.nobody())?;
            let fields = self.reach.rules.fields.iter();
            let closed = fields.filter(|field| {
                field.kind == person.kind
                    && !(classes.contains(field.class) && self.opens(field.class))
            });
            let members: BTreeSet<&str> = closed.flat_map(|field| field.members).copied().collect();
            if !members.is_empty() {
                hidden.entry(person.id).or_default().extend(members);
            }
        }
        if hidden.is_empty() {
            return Ok(body);
        }
        cover::cover(&body, &hidden, self.reach.rules.owners)
    }

    fn opens(&self, class: &str) -> bool {
        self.opened.contains(&class)
    }

    fn is_open(&self) -> bool {
        self.reach.is_open(self.opened)
            && self.reach.rules.fields.iter().all(|it| self.opens(it.class))
    }

    fn is_there(&self, person: &Person) -> bool {
        self.lock().contains_key(person)
    }

    fn classes(&self, person: &Person) -> Option<Classes> {
        self.reach.classes(self.lock().get(person)?)
    }

    /// Whether the person is reached by a tie, and not by a grant alone.
    fn is_own(&self, person: &Person) -> bool {
        self.lock().get(person).is_some_and(|standing| {
            let plain = Standing { granted: false, ..standing.clone() };
            self.reach.classes(&plain).is_some()
        })
    }

    /// Absent and forbidden are the same answer.
    fn nobody(&self) -> Error {
        Error::NotFound(self.subject.map_or("resource", |subject| subject.kind))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Person, Standing>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn subject(req: &HttpRequest, reach: &Reach) -> Option<Subject> {
    let pattern = req.match_pattern()?;
    let fits = |path: &str| {
        pattern.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (_, kind) = reach.rules.paths.iter().find(|(path, _)| fits(path))?;
    Some(Subject { kind, id: req.match_info().get("id")?.parse().ok()? })
}

/// A filter tells what it filters by: who may not read a field of everybody whom it lists may not ask by
/// it.
fn refuse_asking(req: &HttpRequest, reach: &Reach) -> Result<()> {
    if req.query_string().is_empty() {
        return Ok(());
    }
    let pairs: Vec<(String, String)> = serde_html_form::from_str(req.query_string())
        .map_err(|_| Error::query("", "malformed", "the query is not well formed"))?;
    let refused = |name: &str| {
        let mut asking = reach.rules.asking.iter().filter(|(parameter, ..)| *parameter == name);
        asking.any(|(_, kind, class)| !reach.asks_by(kind, class))
    };
    let faults: Vec<Fault> = pairs
        .iter()
        .filter(|(name, _)| refused(name))
        .map(|(name, _)| {
            let detail = "asks by what the client may not read of all whom it would list";
            Fault::new(format!("?{name}"), "not_readable", detail)
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::BadQuery(faults)) }
}
