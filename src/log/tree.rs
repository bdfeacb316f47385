//! The Merkle tree of RFC 6962: roots, paths, consistency. The mathematics is that of `tlog_tiles`.
//!
//! Only the hashes of complete subtrees are kept, in the order in which they become complete: a
//! leaf, and after it every subtree that it completes. A **place** is a position in that order, from
//! 0; a place never changes, so a table of them is only ever appended to.
use std::cell::RefCell;

use tlog_tiles::{Error as TreeError, Hash as TreeHash, HashReader};

use super::Hash;
use crate::platform::error::{Error, Result};

/// The hashes from a leaf, or from an older root, up to a root.
pub type Path = Vec<Hash>;

/// No tree is larger: sizes are exact in every reader of JSON.
pub const MAX_SIZE: u64 = (1 << 53) - 1;

/// A path of the largest tree; a consistency proof has one hash more.
pub const MAX_PATH: usize = 54;

/// Reads the hashes at these places, in this order.
pub type Read<'a> = dyn FnMut(&[u64]) -> Result<Vec<Hash>> + 'a;

impl From<Hash> for TreeHash {
    fn from(hash: Hash) -> Self {
        Self(hash.0)
    }
}

impl From<TreeHash> for Hash {
    fn from(hash: TreeHash) -> Self {
        Self(hash.0)
    }
}

/// The hash of a leaf: SHA-256(0x00 ‖ leaf).
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    tlog_tiles::record_hash(leaf).into()
}

/// The first place of the leaf `index`: that many hashes are kept of a tree of `index` leaves or,
/// if the last of them completed a subtree, of one leaf less.
#[must_use]
pub fn place_of(index: u64) -> u64 {
    tlog_tiles::stored_hash_index(0, index)
}

/// What a tree of `size` leaves keeps when leaves are appended: hashes for the places from
/// [`place_of`]`(size)` on.
pub fn append(size: u64, leaves: &[Hash], read: &mut Read<'_>) -> Result<Vec<Hash>> {
    let first = place_of(within(size)?);
    let mut new: Vec<Hash> = Vec::new();
    for (index, leaf) in (size..).zip(leaves) {
        within(index.saturating_add(1))?;
        let made = lent(
            &mut |places| {
                let old: Vec<u64> = places.iter().copied().filter(|at| *at < first).collect();
                let mut old = if old.is_empty() { Vec::new() } else { read(&old)? }.into_iter();
                let find = |at: &u64| match at.checked_sub(first) {
                    None => old.next(),
                    Some(at) => usize::try_from(at).ok().and_then(|at| new.get(at).copied()),
                };
                places.iter().map(find).collect::<Option<_>>().ok_or_else(missing)
            },
            |reader| tlog_tiles::stored_hashes_for_record_hash(index, (*leaf).into(), reader),
        )?;
        new.extend(made.into_iter().map(Hash::from));
    }
    Ok(new)
}

/// The root of the first `size` leaves.
pub fn root(size: u64, read: &mut Read<'_>) -> Result<Hash> {
    let size = within(size)?;
    Ok(lent(read, |reader| tlog_tiles::tree_hash(size, reader))?.into())
}

/// The path from the leaf `index` to the root of the first `size` leaves.
pub fn inclusion(size: u64, index: u64, read: &mut Read<'_>) -> Result<Path> {
    let size = within(size)?;
    let path = lent(read, |reader| tlog_tiles::prove_record(size, index, reader))?;
    Ok(path.into_iter().map(Hash::from).collect())
}

/// Proof that the first `from` leaves begin the tree of `to` leaves; `from` is at least 1.
pub fn consistency(from: u64, to: u64, read: &mut Read<'_>) -> Result<Path> {
    let to = within(to)?;
    let path = lent(read, |reader| tlog_tiles::prove_tree(to, from, reader))?;
    Ok(path.into_iter().map(Hash::from).collect())
}

/// Whether the leaf stands at `index` in the tree of that size and root.
#[must_use]
pub fn includes(size: u64, root: Hash, index: u64, leaf: Hash, path: &[Hash]) -> bool {
    if size > MAX_SIZE || path.len() > MAX_PATH {
        return false;
    }
    let path = path.iter().copied().map(TreeHash::from).collect();
    tlog_tiles::check_record(&path, size, root.into(), index, leaf.into()).is_ok()
}

/// Whether the older tree begins the newer one; each is given as size and root, the older has at
/// least one leaf.
#[must_use]
pub fn extends(newer: (u64, Hash), older: (u64, Hash), path: &[Hash]) -> bool {
    if newer.0 > MAX_SIZE || path.len() > MAX_PATH {
        return false;
    }
    let path = path.iter().copied().map(TreeHash::from).collect();
    tlog_tiles::check_tree(&path, newer.0, newer.1.into(), older.0, older.1.into()).is_ok()
}

/// The root of leaves that come one after the other, of which none is kept: only the complete subtrees
/// that still wait for the one beside them.
#[derive(Debug, Clone, Default)]
pub struct RollingRoot(Vec<(u32, TreeHash)>);

impl RollingRoot {
    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let (mut height, mut hash) = (0, TreeHash::from(leaf));
        while let Some((_, left)) = self.0.pop_if(|(waiting, _)| *waiting == height) {
            hash = tlog_tiles::node_hash(left, hash);
            height += 1;
        }
        self.0.push((height, hash));
    }

    pub fn root(mut self) -> Result<Hash> {
        let Some((_, last)) = self.0.pop() else { return root(0, &mut |_| Ok(Vec::new())) };
        let whole = self
            .0
            .into_iter()
            .rev()
            .fold(last, |right, (_, left)| tlog_tiles::node_hash(left, right));
        Ok(whole.into())
    }
}

/// The kept hashes of a tree in memory: 64 bytes a leaf.
#[derive(Debug, Clone, Default)]
pub struct Nodes {
    size: u64,
    hashes: Vec<Hash>,
}

impl Nodes {
    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) -> Result<()> {
        let hashes = &self.hashes;
        let new = append(self.size, &[leaf], &mut |places| pick(hashes, places))?;
        self.hashes.extend(new);
        self.size += 1;
        Ok(())
    }

    /// The hashes at these places.
    pub fn read(&self, places: &[u64]) -> Result<Vec<Hash>> {
        pick(&self.hashes, places)
    }

    pub fn root(&self) -> Result<Hash> {
        root(self.size, &mut |places| self.read(places))
    }

    pub fn inclusion(&self, index: u64) -> Result<Path> {
        inclusion(self.size, index, &mut |places| self.read(places))
    }
}

fn pick(hashes: &[Hash], places: &[u64]) -> Result<Vec<Hash>> {
    let find = |place: &u64| hashes.get(usize::try_from(*place).ok()?).copied();
    places.iter().map(find).collect::<Option<_>>().ok_or_else(missing)
}

fn missing() -> Error {
    Error::internal("a hash of the access log's tree is missing")
}

fn within(size: u64) -> Result<u64> {
    if size > MAX_SIZE { Err(Error::internal("the access log is too large")) } else { Ok(size) }
}

/// Lends a closure that reads hashes to the crate, and brings its error back.
fn lent<T>(
    read: &mut Read<'_>,
    work: impl FnOnce(&Reader<'_, '_>) -> Result<T, TreeError>,
) -> Result<T> {
    let reader = Reader { read: RefCell::new(read), error: RefCell::new(None) };
    work(&reader).map_err(|error| {
        reader.error.into_inner().unwrap_or_else(|| Error::internal(error.to_string()))
    })
}

struct Reader<'r, 'a> {
    read: RefCell<&'r mut Read<'a>>,
    error: RefCell<Option<Error>>,
}

impl HashReader for Reader<'_, '_> {
    fn read_hashes(&self, places: &[u64]) -> Result<Vec<TreeHash>, TreeError> {
        let found = (self.read.borrow_mut())(places).and_then(|hashes| {
            if hashes.len() == places.len() { Ok(hashes) } else { Err(missing()) }
        });
        match found {
            Ok(hashes) => Ok(hashes.into_iter().map(TreeHash::from).collect()),
            Err(error) => {
                *self.error.borrow_mut() = Some(error);
                Err(TreeError::IndexesNotInTree)
            }
        }
    }
}
