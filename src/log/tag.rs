//! Tags: how the leaves about one person are found by whoever has the person's key, and by nobody else.
use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{
    bytes::byte_string,
    tree::{self, Nodes, Path, RollingRoot},
};
use crate::platform::error::{Error, Result};

/// Separates this use of a subject's key from any other.
const LABEL: &[u8] = b"access-tag";

byte_string!(
    /// What marks the leaf of a subject's entry.
    Tag, 16, "UBZZ7kAAGJxvYlXTDPOIiA=="
);

byte_string!(
    /// The key `k_S` of one subject: whoever has it finds all leaves about the subject.
    SubjectKey, 32, "YW4gZXhhbXBsZTogdGhpcnR5LXR3byBieXRlcywgbm8="
);

impl SubjectKey {
    /// A new random key.
    #[must_use]
    pub fn generate() -> Self {
        Self(rand::random())
    }

    /// The tag of the subject's entry `number`.
    #[must_use]
    pub fn tag(&self, number: u64) -> Tag {
        // Infallible: HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return Tag([0; 16]) };
        mac.update(LABEL);
        mac.update(&number.to_be_bytes());
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut tag = [0; Tag::LENGTH];
        tag.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
        Tag(tag)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey")
    }
}

/// All tags of a log at one size, sorted, with their tree. Each leaf is a tag.
///
/// Takes 80 bytes a tag: for extracts, which prove that a tag is absent. A checkpoint asks for the root alone:
/// [`TagsRoot`]. Both are made anew each time, as a new tag moves all that follow.
#[derive(Debug, Clone, Default)]
pub struct SortedTags {
    tags: Vec<Tag>,
    nodes: Nodes,
}

impl SortedTags {
    /// Sorts the tags and hashes them. The same tag twice is refused: an entry was numbered twice.
    pub fn of(mut tags: Vec<Tag>) -> Result<Self> {
        tags.sort_unstable();
        if tags.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(Error::internal("two entries of the access log have the same tag"));
        }
        let mut nodes = Nodes::default();
        for tag in &tags {
            nodes.push(tree::leaf_hash(&tag.0))?;
        }
        Ok(Self { tags, nodes })
    }

    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    pub fn root(&self) -> Result<super::Hash> {
        self.nodes.root()
    }

    /// Where a tag stands, or would stand.
    pub fn find(&self, tag: &Tag) -> Result<usize, usize> {
        self.tags.binary_search(tag)
    }

    /// The path from the tag at `index` to the root.
    pub fn inclusion(&self, index: u64) -> Result<Path> {
        self.nodes.inclusion(index)
    }
}

/// The root of the tree of all tags, which come sorted.
#[derive(Debug, Default)]
pub struct TagsRoot {
    last: Option<Tag>,
    root: RollingRoot,
}

impl TagsRoot {
    /// The next tag. One that does not come after the last is refused: an entry was numbered twice.
    pub fn push(&mut self, tag: Tag) -> Result<()> {
        if self.last.replace(tag).is_some_and(|last| last >= tag) {
            return Err(Error::internal("two entries of the access log have the same tag"));
        }
        self.root.push(tree::leaf_hash(&tag.0));
        Ok(())
    }

    pub fn root(self) -> Result<super::Hash> {
        self.root.root()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `hmac.new(bytes(range(32)), b"access-tag" + n.to_bytes(8, "big"), "sha256")`.
    #[test]
    fn tags_are_those_of_the_documented_formula() {
        let key = SubjectKey(std::array::from_fn(|at| u8::try_from(at).unwrap()));
        assert_eq!(key.tag(1).to_string(), "t18+sukVRVRpaEEQeCt3Sw==");
        assert_eq!(key.tag(0x0102_0304_0506_0708).to_string(), "TBHr/SRSE8bOURK8YENoCA==");
        assert_eq!(format!("{key:?}"), "SubjectKey");
    }

    #[test]
    fn the_root_of_tags_one_by_one_is_that_of_their_tree() {
        for size in 0..=130_u8 {
            let tags: Vec<Tag> = (0..size).map(|number| Tag([number; 16])).collect();
            let mut rolling = TagsRoot::default();
            for tag in &tags {
                rolling.push(*tag).unwrap();
            }
            assert_eq!(rolling.root().unwrap(), SortedTags::of(tags).unwrap().root().unwrap());
        }
        let mut twice = TagsRoot::default();
        twice.push(Tag([1; 16])).unwrap();
        assert!(twice.push(Tag([1; 16])).is_err());
    }

    #[test]
    fn a_tag_stands_once() {
        let tags = vec![Tag([2; 16]), Tag([1; 16])];
        assert_eq!(SortedTags::of(tags).unwrap().tags(), [Tag([1; 16]), Tag([2; 16])]);
        assert!(SortedTags::of(vec![Tag([1; 16]), Tag([2; 16]), Tag([1; 16])]).is_err());
    }
}
