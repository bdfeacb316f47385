//! The keys that sign and check the service's own tokens: several at once, so that one can follow
//! another without a token being refused.
//!
//! A folder holds a private key (PEM) in each file, named by the moment from which it signs, such as
//! `20261201T000000Z.pem`. All services read the same folder, again every few seconds. A key is
//! published and believed from when its file is there, signs from its moment until that of the next
//! one, and is published until the last token that it signed has run out. A file that is taken away is
//! believed no more.
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

use super::{
    error::{Error, Result},
    jwk::PublicJwk,
    keys::{PrivateKey, PublicKey},
};

/// How a file is named: by the moment from which its key signs.
const NAME: &str = "%Y%m%dT%H%M%SZ";
/// How far the clocks of services may differ when a key gives way to the next.
const MARGIN: Duration = Duration::minutes(1);

/// Where the keys are.
#[derive(Debug, Clone, Default)]
pub struct KeySource {
    /// Keys that sign elsewhere and are believed here.
    pub believed: Vec<PublicKey>,
    /// The key that signs before any of the folder does.
    pub first: Option<Arc<PrivateKey>>,
    /// The folder of the service's own keys.
    pub folder: Option<PathBuf>,
}

/// A private key and the moment from which it signs.
#[derive(Debug, Clone)]
pub struct Dated {
    pub from: DateTime<Utc>,
    pub key: Arc<PrivateKey>,
}

/// What the keys are at a moment.
#[derive(Debug, Clone, Default)]
pub struct Ring {
    /// The one that signs; none if tokens are signed elsewhere.
    pub signing: Option<Arc<PrivateKey>>,
    /// Those that are believed and published.
    pub published: Vec<PublicJwk>,
}

impl KeySource {
    /// One key that signs.
    #[must_use]
    pub fn held(key: &PrivateKey) -> Self {
        Self { first: Some(Arc::new(key.clone())), ..Self::default() }
    }

    /// Reads the keys as they are now; tokens live for `life` at most.
    pub fn read(&self, now: DateTime<Utc>, life: Duration) -> Result<Ring> {
        let first =
            self.first.iter().map(|key| Dated { from: DateTime::UNIX_EPOCH, key: key.clone() });
        let mut own: Vec<Dated> = first.collect();
        if let Some(folder) = self.folder.as_ref().filter(|folder| folder.exists()) {
            own.extend(read_folder(folder)?);
        }
        let ring = ring(&own, &self.believed, now, life);
        if ring.published.is_empty() {
            return Err(Error::internal(match &self.folder {
                Some(folder) => format!(
                    "the folder {} holds no key: `kinstead issuer rotate` makes one",
                    folder.display()
                ),
                None => "there is no key whose tokens could be believed".to_owned(),
            }));
        }
        Ok(ring)
    }
}

fn ring(own: &[Dated], believed: &[PublicKey], now: DateTime<Utc>, time: Duration) -> Ring {
    let live = live(own, now, time);
    let begun = live.iter().rev().find(|dated| dated.from <= now).or(live.first());
    let mut published: Vec<PublicJwk> = live
        .iter()
        .map(|dated| dated.key.public())
        .chain(believed.iter().cloned())
        .map(|key| PublicJwk::of(&key))
        .collect();
    published.dedup_by(|one, other| one.kid == other.kid);
    Ring { signing: begun.map(|dated| dated.key.clone()), published }
}

/// Those that still count: no other one has followed for longer than a token lives.
#[must_use]
pub fn live(own: &[Dated], now: DateTime<Utc>, life: Duration) -> Vec<Dated> {
    let followed = |at: usize| {
        let next = own.get(at + 1).map(|next| next.from);
        next.is_some_and(|next| next + life + MARGIN <= now)
    };
    own.iter()
        .enumerate()
        .filter(|(at, _)| !followed(*at))
        .map(|(_, dated)| dated.clone())
        .collect()
}

/// The keys of a folder, by the moment from which they sign. Files with other names are left alone.
pub fn read_folder(folder: &Path) -> Result<Vec<Dated>> {
    let unreadable =
        |cause| Error::internal(format!("the folder {} cannot be read: {cause}", folder.display()));
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if let Some(from) = moment(&path) {
            found.push(Dated { from, key: Arc::new(PrivateKey::read(&path)?) });
        }
    }
    found.sort_by_key(|dated| dated.from);
    Ok(found)
}

/// The moment that a file is named by.
fn moment(path: &Path) -> Option<DateTime<Utc>> {
    let name = path.file_name()?.to_str()?.strip_suffix(".pem")?;
    NaiveDateTime::parse_from_str(name, NAME).ok().map(|at| at.and_utc())
}

/// The file of a key that signs from that moment on.
#[must_use]
pub fn file(folder: &Path, from: DateTime<Utc>) -> PathBuf {
    folder.join(format!("{}.pem", from.format(NAME)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_key_is_published_before_it_signs_and_until_its_tokens_have_run_out() {
        let folder = tempfile::tempdir().unwrap();
        let first = PrivateKey::generate();
        let source =
            KeySource { folder: Some(folder.path().to_owned()), ..KeySource::held(&first) };
        let next = PrivateKey::generate();
        fs::write(file(folder.path(), at("2026-12-01T00:00:00Z")), next.pem().unwrap()).unwrap();
        fs::write(folder.path().join("notes.txt"), "no key").unwrap();
        let (one, two) = (first.public().id(), next.public().id());
        for (now, signs, published) in [
            ("2026-11-30T23:59:59Z", &one, vec![&one, &two]),
            ("2026-12-01T00:00:00Z", &two, vec![&one, &two]),
            ("2026-12-01T00:15:59Z", &two, vec![&one, &two]),
            ("2026-12-01T00:16:00Z", &two, vec![&two]),
        ] {
            let ring = source.read(at(now), Duration::minutes(15)).unwrap();
            assert_eq!(&ring.signing.unwrap().public().id(), signs, "{now}");
            let kids: Vec<_> = ring.published.iter().map(|key| &key.kid).collect();
            assert_eq!(kids, published, "{now}");
        }
    }

    #[test]
    fn an_empty_folder_and_a_file_that_is_no_key_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource { folder: Some(folder.path().to_owned()), ..KeySource::default() };
        let now = at("2026-12-01T00:00:00Z");
        assert!(source.read(now, MARGIN).is_err());
        fs::write(file(folder.path(), now), "no key").unwrap();
        assert!(source.read(now, MARGIN).is_err());
    }
}
