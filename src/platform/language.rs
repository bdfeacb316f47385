//! The languages of labels and texts, and which of them a client asked for.
use std::{
    collections::BTreeMap,
    future::{Ready, ready},
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{
        ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, HeaderName, HeaderValue, VARY,
    },
};

use super::{
    error::{Error, Result},
    extract::{Argument, Declared, Header},
};

/// A text in several languages, by BCP 47 tag; English is always there.
pub type Texts = BTreeMap<String, String>;

/// The language of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language(&'static str);

/// The languages that labels may have, by BCP 47 tag; Serbian without a script is Latin.
const KNOWN: &[(&str, &str)] = &[
    ("en", "en"),
    ("sr-latn", "sr-Latn"),
    ("sr-cyrl", "sr-Cyrl"),
    ("sr", "sr-Latn"),
    ("uz", "uz"),
    ("ru", "ru"),
];

impl Language {
    /// The best of the languages that a client takes; English if there is none.
    #[must_use]
    pub fn best(accepted: &str) -> Self {
        let mut ranges: Vec<(u32, &str)> = accepted
            .split(',')
            .filter_map(|range| {
                let mut parts = range.split(';');
                let tag = parts.next()?.trim();
                let weight = parts.find_map(|part| part.trim().strip_prefix("q="));
                let weight: f32 = weight.map_or(Some(1.0), |weight| weight.parse().ok())?;
                let thousandths = format!("{:.0}", weight.clamp(0.0, 1.0) * 1000.0).parse().ok()?;
                (thousandths > 0).then_some((thousandths, tag))
            })
            .collect();
        ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        let found = ranges.iter().find_map(|(_, tag)| Self::known(tag));
        found.unwrap_or(Self("en"))
    }

    /// Drops subtags from the right until a language is known: `sr-Cyrl-RS` is `sr-Cyrl`.
    fn known(tag: &str) -> Option<Self> {
        let mut tag = tag.to_ascii_lowercase();
        loop {
            if let Some((_, known)) = KNOWN.iter().find(|(known, _)| *known == tag) {
                return Some(Self(known));
            }
            tag.truncate(tag.rfind('-')?);
        }
    }

    #[must_use]
    pub fn tag(self) -> &'static str {
        self.0
    }

    /// The text in this language; the English one where there is none.
    pub fn of(self, texts: &Texts) -> String {
        texts.get(self.0).or_else(|| texts.get("en")).cloned().unwrap_or_default()
    }

    /// Answers in this language. What is translated is public, and caches may keep it for a minute.
    pub fn respond(self, body: &impl serde::Serialize) -> HttpResponse {
        let [language, vary] = self.headers();
        HttpResponse::Ok()
            .insert_header(language)
            .insert_header(vary)
            .insert_header((CACHE_CONTROL, "public, max-age=60"))
            .json(body)
    }

    /// The headers of an answer in this language.
    pub fn headers(self) -> [(HeaderName, HeaderValue); 2] {
        [
            (CONTENT_LANGUAGE, HeaderValue::from_static(self.0)),
            (VARY, HeaderValue::from_static("Accept-Language")),
        ]
    }
}

impl FromRequest for Language {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let header = req.headers().get(ACCEPT_LANGUAGE).and_then(|tags| tags.to_str().ok());
        ready(Ok(Self::best(header.unwrap_or_default())))
    }
}

impl Argument for Language {
    fn declare(declared: &mut Declared) {
        declared.translated = true;
        declared.headers.push(Header {
            name: "Accept-Language",
            required: false,
            description: "Languages that the client takes: en, sr-Latn, sr-Cyrl, uz, ru.",
            pattern: None,
            example: "sr-Latn, en;q=0.5",
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn the_best_known_language_wins() {
        for (accepted, best) in [
            ("", "en"),
            ("sr", "sr-Latn"),
            ("sr-Cyrl-RS, en;q=0.8", "sr-Cyrl"),
            ("de, ru;q=0.3, uz;q=0.4", "uz"),
            ("fr, *;q=0.1", "en"),
            ("ru;q=0, uz;q=nonsense, sr-latn;q=0.001", "sr-Latn"),
        ] {
            assert_eq!(Language::best(accepted).tag(), best, "{accepted}");
        }
    }
}
