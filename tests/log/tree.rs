//! The trees against RFC 6962 itself: its definitions written out, and the vectors of certificate-transparency.
use kinstead::log::{
    Hash,
    tree::{Nodes, append, consistency, extends, includes, inclusion, leaf_hash, place_of, root},
};
use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::ChaCha12Rng};
use sha2::{Digest as _, Sha256};

/// Split of section 2.1: the largest power of two that is smaller than n.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// MTH(D[n]) of section 2.1.
fn mth(leaves: &[Vec<u8>]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => Sha256::new().chain_update([0]).chain_update(leaf).finalize().into(),
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            let node = Sha256::new().chain_update([1]);
            node.chain_update(mth(left)).chain_update(mth(right)).finalize().into()
        }
    }
}

/// PATH(m, D[n]) of section 2.1.1.
fn path(m: usize, leaves: &[Vec<u8>]) -> Vec<[u8; 32]> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    if m < k {
        [path(m, left), vec![mth(right)]].concat()
    } else {
        [path(m - k, right), vec![mth(left)]].concat()
    }
}

/// SUBPROOF(m, D[n], b) of section 2.1.2; PROOF(m, D[n]) is that with `true`.
fn subproof(m: usize, leaves: &[Vec<u8>], whole: bool) -> Vec<[u8; 32]> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![mth(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    if m <= k {
        [subproof(m, left, whole), vec![mth(right)]].concat()
    } else {
        [subproof(m - k, right, false), vec![mth(left)]].concat()
    }
}

fn bytes(path: &[Hash]) -> Vec<[u8; 32]> {
    path.iter().map(|hash| hash.0).collect()
}

fn hash(hex: &str) -> Hash {
    let digit = |at: usize| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap();
    Hash(std::array::from_fn(digit))
}

fn tree(leaves: &[Vec<u8>]) -> Nodes {
    let mut nodes = Nodes::default();
    for leaf in leaves {
        nodes.push(leaf_hash(leaf)).unwrap();
    }
    nodes
}

/// The leaves of the reference tests of certificate-transparency.
fn published() -> Vec<Vec<u8>> {
    let leaves: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    leaves.map(<[u8]>::to_vec).to_vec()
}

#[test]
fn roots_are_those_of_the_published_vectors() {
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let leaves = published();
    for (size, expected) in roots.iter().enumerate() {
        assert_eq!(tree(&leaves[..size]).root().unwrap(), hash(expected), "{size} leaves");
    }
}

#[test]
fn paths_are_those_of_the_published_vectors() {
    let (nodes, root) = (tree(&published()), tree(&published()).root().unwrap());
    let mut read = |places: &[u64]| nodes.read(places);
    let first = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ];
    assert_eq!(nodes.inclusion(0).unwrap(), first.map(hash));
    assert!(includes(8, root, 0, leaf_hash(b""), &first.map(hash)));
    let six_to_eight = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ];
    assert_eq!(consistency(6, 8, &mut read).unwrap(), six_to_eight.map(hash));
    let six = hash("76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef");
    assert!(extends((8, root), (6, six), &six_to_eight.map(hash)));
    let two_to_five = [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ];
    assert_eq!(consistency(2, 5, &mut read).unwrap(), two_to_five.map(hash));
}

/// The example of section 2.1.3, by the leaves below each node.
#[test]
fn the_seven_leaves_of_the_standard_have_its_paths() {
    let leaves: Vec<Vec<u8>> = (0..7).map(|at| vec![b'd', at]).collect();
    let nodes = tree(&leaves);
    let mut read = |places: &[u64]| nodes.read(places);
    let part = |from: usize, to: usize| Hash(mth(&leaves[from..to]));
    let one = |at: usize| part(at, at + 1);
    assert_eq!(nodes.inclusion(0).unwrap(), [one(1), part(2, 4), part(4, 7)]);
    assert_eq!(nodes.inclusion(3).unwrap(), [one(2), part(0, 2), part(4, 7)]);
    assert_eq!(nodes.inclusion(4).unwrap(), [one(5), one(6), part(0, 4)]);
    assert_eq!(nodes.inclusion(6).unwrap(), [part(4, 6), part(0, 4)]);
    assert_eq!(consistency(3, 7, &mut read).unwrap(), [one(2), one(3), part(0, 2), part(4, 7)]);
    assert_eq!(consistency(4, 7, &mut read).unwrap(), [part(4, 7)]);
    assert_eq!(consistency(6, 7, &mut read).unwrap(), [part(4, 6), one(6), part(0, 4)]);
}

#[test]
fn ten_thousand_random_trees_agree_with_the_definitions() {
    let seed: u64 = rand::random();
    eprintln!("seed {seed}");
    let mut dice = ChaCha12Rng::seed_from_u64(seed);
    for round in 0..10_000 {
        let size = dice.random_range(1..=48_usize);
        let leaves: Vec<Vec<u8>> = (0..size)
            .map(|_| {
                let mut leaf = vec![0; dice.random_range(0..80)];
                dice.fill_bytes(&mut leaf);
                leaf
            })
            .collect();
        let at = format!("seed {seed}, round {round}, {size} leaves");
        let nodes = tree(&leaves);
        let (whole, number) = (nodes.root().unwrap(), |at: usize| u64::try_from(at).unwrap());
        assert_eq!(whole.0, mth(&leaves), "{at}");
        let index = dice.random_range(0..size);
        let way = nodes.inclusion(number(index)).unwrap();
        assert_eq!(bytes(&way), path(index, &leaves), "{at}, path of {index}");
        let leaf = leaf_hash(&leaves[index]);
        assert!(includes(number(size), whole, number(index), leaf, &way), "{at}");
        let mut read = |places: &[u64]| nodes.read(places);
        let older = dice.random_range(1..=size);
        let before = root(number(older), &mut read).unwrap();
        assert_eq!(before.0, mth(&leaves[..older]), "{at}, first {older}");
        let way_on = consistency(number(older), number(size), &mut read).unwrap();
        assert_eq!(bytes(&way_on), subproof(older, &leaves, true), "{at}, from {older}");
        let (newer, older) = ((number(size), whole), (number(older), before));
        assert!(extends(newer, older, &way_on), "{at}");
        // Nothing but that is taken.
        let other = Hash(dice.random());
        assert!(!includes(number(size), whole, number(index), other, &way), "{at}");
        assert!(!includes(number(size), other, number(index), leaf, &way), "{at}");
        assert!(!extends(newer, (older.0, other), &way_on), "{at}");
        for spoilt in [&[way.as_slice(), &[other]].concat(), &way[..way.len().saturating_sub(1)]] {
            let same = spoilt.len() == way.len();
            assert!(same || !includes(number(size), whole, number(index), leaf, spoilt), "{at}");
        }
        if let Some(last) = way.len().checked_sub(1) {
            let mut spoilt = way;
            spoilt[dice.random_range(0..=last)] = other;
            assert!(!includes(number(size), whole, number(index), leaf, &spoilt), "{at}");
        }
    }
}

#[test]
fn appending_many_at_once_is_appending_one_by_one() {
    let leaves: Vec<Hash> = (0..100_u8).map(|at| leaf_hash(&[at])).collect();
    for first in [0, 1, 2, 3, 7, 8, 63, 64, 99] {
        let (mut nodes, mut kept) = (Nodes::default(), Vec::new());
        for (size, leaf) in (0..).zip(&leaves[..first]) {
            kept.extend(append(size, &[*leaf], &mut |places| nodes.read(places)).unwrap());
            nodes.push(*leaf).unwrap();
        }
        let size = nodes.size();
        assert_eq!(u64::try_from(kept.len()).unwrap(), place_of(size));
        let mut reads = 0;
        let mut read = |places: &[u64]| {
            reads += 1;
            nodes.read(places)
        };
        kept.extend(append(size, &leaves[first..], &mut read).unwrap());
        assert!(reads <= leaves.len() - first);
        for leaf in &leaves[first..] {
            nodes.push(*leaf).unwrap();
        }
        let places: Vec<u64> = (0..kept.len()).map(|at| u64::try_from(at).unwrap()).collect();
        assert_eq!(nodes.read(&places).unwrap(), kept);
    }
}

#[test]
fn a_keeper_that_fails_is_an_error_and_sizes_without_sense_are_refused() {
    let nodes = tree(&published());
    let mut none = |_: &[u64]| Ok(Vec::new());
    assert!(root(8, &mut none).is_err());
    assert!(inclusion(8, 3, &mut none).is_err());
    assert!(append(3, &[Hash([0; 32])], &mut none).is_err());
    let mut read = |places: &[u64]| nodes.read(places);
    assert!(root(9, &mut read).is_err());
    assert!(inclusion(8, 8, &mut read).is_err());
    assert!(inclusion(0, 0, &mut read).is_err());
    assert!(consistency(0, 8, &mut read).is_err());
    assert!(consistency(9, 8, &mut read).is_err());
    for size in [0, 1 << 53, u64::MAX] {
        assert!(!includes(size, Hash([0; 32]), 0, Hash([0; 32]), &[Hash([1; 32]); 60]));
        assert!(!extends((size, Hash([0; 32])), (1, Hash([0; 32])), &[Hash([1; 32]); 60]));
        assert!(!includes(size, Hash([0; 32]), u64::MAX - 1, Hash([0; 32]), &[]));
    }
}
