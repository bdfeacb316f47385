//! Proof: what an extract proves, and the first thing that is wrong with it.
pub use super::verdict::{Check, Finding, Verdict};
use super::{
    Hash,
    checkpoint::{Checkpoint, Signed},
    entry::Leaf,
    extract::{AccessLogExtract, LoggedEntry, Neighbour},
    key::Keys,
    received,
    tag::{SortedTags, Tag},
    tree::{self, Nodes},
};

/// With the leaves at hand, so many entries after the last one are looked for.
const AHEAD: u64 = 1000;

/// What somebody holds an extract against.
#[derive(Debug, Clone, Default)]
pub struct Demand {
    /// The keys that are believed.
    pub keys: Keys,
    /// How many witnesses must have cosigned; all of those in `keys` unless it says less.
    pub witnesses: Option<usize>,
    /// What was received earlier.
    pub since: Option<Earlier>,
    /// All leaves of the log, one after the other, from a mirror.
    pub leaves: Option<Vec<u8>>,
    /// Receipts that came with answers, one a line.
    pub receipts: Option<String>,
}

/// What was received earlier.
#[derive(Debug, Clone)]
pub enum Earlier {
    Checkpoint(String),
    Extract(Box<AccessLogExtract>),
}

/// Judges an extract. Whatever the bytes are, this ends, without a panic.
#[must_use]
pub fn judge(bytes: &[u8], demand: &Demand) -> Verdict {
    let mut verdict = Verdict::default();
    let _ = examine(bytes, demand, &mut verdict);
    verdict
}

fn examine(bytes: &[u8], demand: &Demand, verdict: &mut Verdict) -> Option<()> {
    let extract = verdict.note(Check::Form, form(bytes))?;
    let signed = if demand.keys.know_the_log() {
        verdict.note(Check::Signature, signature(&extract.checkpoint, &demand.keys))?
    } else {
        let read = Checkpoint::read(&extract.checkpoint);
        let unsigned = read.map(|checkpoint| Signed { checkpoint, witnesses: Vec::new() });
        unsigned
            .map_err(|detail| verdict.wrong = Some(Finding { check: Check::Form, detail }))
            .ok()?
    };
    let wanted = demand.witnesses.unwrap_or(demand.keys.witnesses().len());
    if wanted > 0 {
        verdict.note(Check::Witnesses, witnesses(&signed, wanted))?;
    }
    let judged = Judged { extract: &extract, checkpoint: &signed.checkpoint };
    if let Some(earlier) = &demand.since {
        verdict.note(Check::History, judged.history(earlier, &demand.keys))?;
    }
    verdict.note(Check::Entries, judged.entries())?;
    verdict.note(Check::Log, judged.log())?;
    verdict.note(Check::Tags, judged.tags())?;
    verdict.note(Check::End, judged.end())?;
    if let Some(leaves) = &demand.leaves {
        verdict.note(Check::Mirror, judged.mirror(leaves))?;
    }
    if let Some(lines) = &demand.receipts {
        let found = received::check(&extract, &signed.checkpoint, lines, &demand.keys);
        verdict.note(Check::Receipts, found.map(|detail| ((), detail)))?;
    }
    if !demand.keys.know_the_log() {
        let detail = "no key of the log was given, so anybody could have made all of this";
        return verdict.note(Check::Signature, Err(detail.to_owned()));
    }
    Some(())
}

fn form(bytes: &[u8]) -> Result<(AccessLogExtract, String), String> {
    let extract = AccessLogExtract::read(bytes)?;
    let detail = format!("{} entries about {}", extract.entries.len(), extract.subject);
    Ok((extract, detail))
}

fn signature(note: &str, keys: &Keys) -> Result<(Signed, String), String> {
    let signed = Checkpoint::verify(note, keys)?;
    let Checkpoint { origin, size, at, .. } = &signed.checkpoint;
    let detail = format!("{origin} signed the state of its {size} leaves as of {at}");
    Ok((signed, detail))
}

fn witnesses(signed: &Signed, wanted: usize) -> Result<((), String), String> {
    let mut names: Vec<&str> = signed.witnesses.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < wanted {
        return Err(format!("{} of {wanted} witnesses cosigned the checkpoint", names.len()));
    }
    Ok(((), format!("cosigned by {}", names.join(", "))))
}

struct Judged<'a> {
    extract: &'a AccessLogExtract,
    checkpoint: &'a Checkpoint,
}

impl Judged<'_> {
    /// The entries with their numbers.
    fn numbered(&self) -> impl Iterator<Item = (u64, &LoggedEntry)> {
        (1..).zip(&self.extract.entries)
    }

    /// The number of the entry that must not be there.
    fn next(&self) -> u64 {
        self.numbered().map(|(number, _)| number).last().unwrap_or_default() + 1
    }

    fn tag(&self, number: u64) -> Tag {
        self.extract.key.tag(number)
    }

    fn history(&self, earlier: &Earlier, keys: &Keys) -> Result<((), String), String> {
        let note = match earlier {
            Earlier::Checkpoint(note) => note,
            Earlier::Extract(extract) => &extract.checkpoint,
        };
        let read = if keys.know_the_log() {
            Checkpoint::verify(note, keys).map(|signed| signed.checkpoint)
        } else {
            Checkpoint::read(note)
        };
        let old = read.map_err(|error| format!("what was received earlier: {error}"))?;
        self.continues(&old)?;
        if let Earlier::Extract(earlier) = earlier {
            self.holds_all_of(earlier)?;
        }
        Ok(((), format!("continues the {} leaves of {}", old.size, old.at)))
    }

    fn continues(&self, old: &Checkpoint) -> Result<(), String> {
        let new = self.checkpoint;
        if new.origin != old.origin {
            return Err(format!("it is of another log than {}", old.origin));
        }
        if new.size < old.size || new.at < old.at {
            return Err(format!(
                "the checkpoint of {} with {} leaves is older than the one received earlier, of {} \
                 with {}: a replay",
                new.at, new.size, old.at, old.size
            ));
        }
        if new.size == old.size {
            let same = (new.root, new.tags) == (old.root, old.tags);
            let why =
                "the log has other contents now than it had at the same size: it was rewritten";
            return if same { Ok(()) } else { Err(why.to_owned()) };
        }
        if old.size == 0 {
            return Ok(());
        }
        let proof = self.extract.consistency.as_ref().filter(|proof| proof.from == old.size);
        let Some(proof) = proof else {
            return Err(format!(
                "the extract has no proof that the log continues the {} leaves received earlier: \
                 ask for one since {}",
                old.size, old.size
            ));
        };
        if tree::extends((new.size, new.root), (old.size, old.root), &proof.path) {
            Ok(())
        } else {
            Err(format!("the log does not continue the {} leaves received earlier", old.size))
        }
    }

    fn holds_all_of(&self, earlier: &AccessLogExtract) -> Result<(), String> {
        if earlier.subject != self.extract.subject {
            return Err(format!("the earlier extract is about {}", earlier.subject));
        }
        if earlier.key != self.extract.key {
            return Err("the subject has another key than in the earlier extract".to_owned());
        }
        let mut now = self.extract.entries.iter();
        for (number, old) in (1_u64..).zip(&earlier.entries) {
            let same = now
                .next()
                .is_some_and(|new| (new.index, new.commitment) == (old.index, old.commitment));
            if !same {
                return Err(format!("entry {number} is not the one of the earlier extract"));
            }
        }
        Ok(())
    }

    fn entries(&self) -> Result<((), String), String> {
        let mut deferred = 0;
        for (number, logged) in self.numbered() {
            let opening = match (&logged.opening, &logged.deferred) {
                (Some(opening), None) => opening,
                (None, Some(_)) => {
                    deferred += 1;
                    continue;
                }
                _ => return Err(format!("entry {number} must be either told or deferred")),
            };
            let entry = &opening.entry;
            if entry.subject != self.extract.subject {
                return Err(format!("entry {number} is about {}", entry.subject));
            }
            if entry.number != number {
                return Err(format!("entry {number} is missing: number {} follows", entry.number));
            }
            if entry.commitment(&opening.salt).ok() != Some(logged.commitment) {
                return Err(format!("entry {number} is not what the log committed to"));
            }
        }
        let all = self.extract.entries.len();
        Ok((
            (),
            format!("{} are told as they were logged, {deferred} are deferred", all - deferred),
        ))
    }

    fn log(&self) -> Result<((), String), String> {
        let Checkpoint { size, root, .. } = *self.checkpoint;
        let mut before = None;
        for (number, entry) in self.numbered() {
            if before >= Some(entry.index) {
                return Err(format!("entry {number} does not follow the one before it in the log"));
            }
            before = Some(entry.index);
            let leaf = Leaf { tag: self.tag(number), commitment: entry.commitment };
            if !tree::includes(size, root, entry.index, leaf.hash(), &entry.path) {
                return Err(format!(
                    "entry {number} is not in the log at position {}",
                    entry.index
                ));
            }
        }
        Ok(((), "each entry is in the log, under its number".to_owned()))
    }

    fn tags(&self) -> Result<((), String), String> {
        for (number, entry) in self.numbered() {
            if !self.is_sorted_in(&self.tag(number), entry.tag_index, &entry.tag_path) {
                return Err(format!("the tag of entry {number} is not among the sorted tags"));
            }
        }
        Ok(((), "the tag of each entry is among the sorted tags".to_owned()))
    }

    fn end(&self) -> Result<((), String), String> {
        let next = self.next();
        let tag = self.tag(next);
        let (below, above) = (&self.extract.absent.below, &self.extract.absent.above);
        for neighbour in below.iter().chain(above) {
            if !self.is_sorted_in(&neighbour.tag, neighbour.index, &neighbour.path) {
                return Err("a neighbour is not among the sorted tags".to_owned());
            }
        }
        let adjacent = match (below, above) {
            (Some(below), Some(above)) => below.index.checked_add(1) == Some(above.index),
            (Some(below), None) => below.index.checked_add(1) == Some(self.checkpoint.size),
            (None, Some(above)) => above.index == 0,
            (None, None) => self.checkpoint.size == 0,
        };
        if !adjacent {
            return Err("the neighbours do not stand side by side".to_owned());
        }
        let smaller = |neighbour: &Neighbour| neighbour.tag < tag;
        let larger = |neighbour: &Neighbour| neighbour.tag > tag;
        if !(below.as_ref().is_none_or(smaller) && above.as_ref().is_none_or(larger)) {
            return Err(format!("it is not shown that there is no entry {next}"));
        }
        Ok(((), format!("there is no entry {next}, as far as the tags are sorted")))
    }

    fn is_sorted_in(&self, tag: &Tag, index: u64, path: &[Hash]) -> bool {
        let Checkpoint { size, tags, .. } = *self.checkpoint;
        tree::includes(size, tags, index, tree::leaf_hash(&tag.0), path)
    }

    fn mirror(&self, leaves: &[u8]) -> Result<((), String), String> {
        let (chunks, rest) = leaves.as_chunks::<{ Leaf::LENGTH }>();
        let leaves: Vec<Leaf> = chunks.iter().filter_map(|bytes| Leaf::read(bytes)).collect();
        let Checkpoint { size, root, tags, .. } = *self.checkpoint;
        if !rest.is_empty() || u64::try_from(leaves.len()) != Ok(size) {
            return Err(format!(
                "the mirror does not have {size} leaves of {} bytes",
                Leaf::LENGTH
            ));
        }
        let mut nodes = Nodes::default();
        for leaf in &leaves {
            nodes.push(leaf.hash()).map_err(|error| error.to_string())?;
        }
        if nodes.root().ok() != Some(root) {
            return Err("the leaves of the mirror are not those of the log".to_owned());
        }
        let sorted = SortedTags::of(leaves.iter().map(|leaf| leaf.tag).collect())
            .map_err(|_| "two leaves have the same tag".to_owned())?;
        if sorted.root().ok() != Some(tags) {
            return Err(
                "the sorted tags are not those of the leaves: some were left out, added or \
                        put out of order"
                    .to_owned(),
            );
        }
        let next = self.next();
        let hidden = |number: &u64| sorted.find(&self.tag(*number)).is_ok();
        if let Some(hidden) = (next..next + AHEAD).find(hidden) {
            return Err(format!("the log has an entry {hidden} that the extract does not hold"));
        }
        Ok(((), format!("both trees are those of the {size} leaves in the mirror")))
    }
}
