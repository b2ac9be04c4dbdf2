//! A small ordered map, and sorting by number: the two tools that every layer may use.
//!
//! Written for size: one short generic instead of a B-tree and a quicksort for every type they meet,
//! which together were a fifth of the shipped module. What is looked up here comes and goes almost in
//! order (packet identifiers, tokens), so insertion is at the back and removal at the front, both
//! without moving anything; at worst half of the entries move. Must never live here: anything of MQTT.

use std::borrow::Borrow;
use std::collections::{BinaryHeap, VecDeque};

/// A map in the order of its keys.
#[derive(Clone, Debug)]
pub(crate) struct SortedMap<K, V> {
    entries: VecDeque<(K, V)>,
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> SortedMap<K, V> {
    pub(crate) const fn new() -> Self {
        Self {
            entries: VecDeque::new(),
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// All entries in order, leaving none.
    pub(crate) fn take(&mut self) -> VecDeque<(K, V)> {
        std::mem::take(&mut self.entries)
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        self.entries.retain(|(_, value)| keep(value));
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.entries.get(at).map(|(_, value)| value)
    }

    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    /// Sets the value of `key`; returns the earlier one.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => {
                let place = self.entries.get_mut(at)?;
                Some(std::mem::replace(&mut place.1, value))
            }
            Err(at) => {
                self.entries.insert(at, (key, value));
                None
            }
        }
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.find(key).ok()?;
        self.entries.remove(at).map(|(_, value)| value)
    }

    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.entries
            .binary_search_by(|(entry, _)| entry.borrow().cmp(key))
    }
}

/// The second parts of `pairs`, in the order of their numbers.
pub(crate) fn by_number<T: Ord>(pairs: impl Iterator<Item = (u64, T)>) -> Vec<T> {
    let sorted = pairs.collect::<BinaryHeap<_>>().into_sorted_vec();
    sorted.into_iter().map(|(_, second)| second).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_behaves_as_the_standard_map_whatever_the_order_of_calls() {
        let mut ours: SortedMap<u16, u64> = SortedMap::new();
        let mut theirs: BTreeMap<u16, u64> = BTreeMap::new();
        let mut random = 1u64;
        for _ in 0..20_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let key = (random >> 33) as u16 % 300;
            match random >> 60 {
                0..=7 => assert_eq!(ours.insert(key, random), theirs.insert(key, random)),
                8..=13 => assert_eq!(ours.remove(&key), theirs.remove(&key)),
                14 => assert_eq!(ours.get(&key), theirs.get(&key)),
                _ => assert_eq!(ours.get_mut(&key), theirs.get_mut(&key)),
            }
        }
        assert!(ours.iter().eq(theirs.iter()));
    }

    #[test]
    fn numbers_decide_the_order() {
        let pairs = [(3, 'c'), (1, 'z'), (2, 'a')];
        assert_eq!(by_number(pairs.into_iter()), ['z', 'a', 'c']);
    }
}
