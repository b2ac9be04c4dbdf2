//! Two small ordered maps, and sorting by number: the tools that every layer may use.
//!
//! Written for size: what searches, inserts and removes exists once, and works on numbers or on names alone; for each
//! type of value there is only a shell around it. (A B-tree, or a deque, for every type they meet was a fifth of the
//! shipped module.) What is looked up here comes and goes almost in order (packet identifiers, tokens), so insertion is
//! at the back and removal at the front, both almost without moving anything; otherwise places move, never the
//! values. Must never live here: anything of MQTT.

use std::fmt;

/// A key that is a number, or two of which the first counts more.
pub(crate) trait Key: Copy {
    /// Its place among all of its kind.
    fn rank(self) -> Rank;
}

pub(crate) type Rank = (u64, u64);

impl Key for u64 {
    fn rank(self) -> Rank {
        (0, self)
    }
}

impl Key for u16 {
    fn rank(self) -> Rank {
        (0, self.into())
    }
}

impl Key for std::num::NonZero<u16> {
    fn rank(self) -> Rank {
        self.get().rank()
    }
}

impl Key for Rank {
    fn rank(self) -> Rank {
        self
    }
}

/// A map in the order of its keys.
#[derive(Clone)]
pub(crate) struct SortedMap<K, V> {
    order: Order,
    /// The entries in no order, each in the slot that `order` has for it; `None` where a slot is free.
    slots: Vec<Option<(K, V)>>,
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> SortedMap<K, V> {
    pub(crate) const fn new() -> Self {
        Self {
            order: Order::new(),
            slots: Vec::new(),
        }
    }

    pub(crate) fn iter(&self) -> Iter<'_, K, V> {
        Iter {
            places: self.order.places().iter(),
            slots: &self.slots,
        }
    }

    /// All values, in no order.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.slots.iter_mut().flatten().map(|(_, value)| value)
    }

    /// All entries in order, leaving none.
    pub(crate) fn take(&mut self) -> Vec<(K, V)> {
        let mut taken = Vec::with_capacity(self.slots.len());
        for (_, slot) in self.order.places() {
            if let Some(entry) = self.slots.get_mut(*slot).and_then(Option::take) {
                taken.push(entry);
            }
        }
        *self = Self::new();
        taken
    }
}

impl<K: Key, V> SortedMap<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let entry = self.slots.get(self.order.slot(key.rank())?)?;
        entry.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let entry = self.slots.get_mut(self.order.slot(key.rank())?)?;
        entry.as_mut().map(|(_, value)| value)
    }

    /// The last entry whose key is not behind `key`.
    #[cfg_attr(
        not(target_arch = "wasm32"),
        allow(dead_code, reason = "the web layer's")
    )]
    pub(crate) fn up_to(&self, key: &K) -> Option<(&K, &V)> {
        let at = match self.order.find(key.rank()) {
            Ok(at) => at,
            Err(behind) => behind.checked_sub(1)?,
        };
        let (_, slot) = self.order.places().get(at)?;
        let (key, value) = self.slots.get(*slot)?.as_ref()?;
        Some((key, value))
    }

    /// Sets the value of `key`, in place of an earlier one; returns whether there was none.
    pub(crate) fn insert(&mut self, key: K, value: V) -> bool {
        let (slot, is_new) = self.order.insert(key.rank(), self.slots.len());
        let entry = Some((key, value));
        match self.slots.get_mut(slot) {
            Some(place) => *place = entry,
            None => self.slots.push(entry),
        }
        is_new
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let slot = self.order.remove(key.rank())?;
        let entry = self.slots.get_mut(slot)?.take();
        entry.map(|(_, value)| value)
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        for entry in &mut self.slots {
            if let Some((key, value)) = entry
                && !keep(value)
            {
                self.order.remove(key.rank());
                *entry = None;
            }
        }
    }
}

/// What is in it, and not where: two maps of the same entries look the same.
impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// The entries of a [`SortedMap`], in order.
pub(crate) struct Iter<'a, K, V> {
    places: std::slice::Iter<'a, Place>,
    slots: &'a [Option<(K, V)>],
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let (_, slot) = self.places.next()?;
        let (key, value) = self.slots.get(*slot)?.as_ref()?;
        Some((key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.places.size_hint()
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}

/// The slot of the entry that a key of this rank has.
type Place = (Rank, usize);

/// In which slot the entry of each key is: what is the same for all types of value.
#[derive(Clone, Debug)]
struct Order {
    /// By rank, behind `gone` others that count no longer.
    places: Vec<Place>,
    gone: usize,
    /// The slots that nothing is in.
    free: Vec<usize>,
}

impl Order {
    const fn new() -> Self {
        Self {
            places: Vec::new(),
            gone: 0,
            free: Vec::new(),
        }
    }

    fn places(&self) -> &[Place] {
        self.places.get(self.gone..).unwrap_or_default()
    }

    /// Where `rank` is, or would be.
    #[inline(never)]
    fn find(&self, rank: Rank) -> Result<usize, usize> {
        self.places().binary_search_by_key(&rank, |(rank, _)| *rank)
    }

    fn slot(&self, rank: Rank) -> Option<usize> {
        let at = self.find(rank).ok()?;
        self.places().get(at).map(|(_, slot)| *slot)
    }

    /// The slot of `rank`: the one it has, or else a free one or the `next`, and whether it is new.
    #[inline(never)]
    fn insert(&mut self, rank: Rank, next: usize) -> (usize, bool) {
        match self.find(rank) {
            Ok(at) => (self.places().get(at).map_or(next, |(_, slot)| *slot), false),
            Err(at) => {
                let slot = self.free.pop().unwrap_or(next);
                self.places.insert(self.gone + at, (rank, slot));
                (slot, true)
            }
        }
    }

    /// Frees the slot of `rank`.
    #[inline(never)]
    fn remove(&mut self, rank: Rank) -> Option<usize> {
        let at = self.find(rank).ok()?;
        let (_, slot) = *self.places().get(at)?;
        // Of what is before it and what is behind it, the less moves.
        if at < self.places().len() / 2 {
            let begin = self.gone;
            self.places.copy_within(begin..begin + at, begin + 1);
            self.gone += 1;
        } else {
            self.places.remove(self.gone + at);
        }
        let left = self.places().len();
        if self.gone > left {
            self.places.copy_within(self.gone.., 0);
            self.places.truncate(left);
            self.gone = 0;
        }
        self.free.push(slot);
        Some(slot)
    }
}

/// A map by name, in the order of the names.
#[derive(Clone, Debug)]
pub(crate) struct NamedMap<V> {
    names: Vec<Box<str>>,
    /// Each at the place of its name.
    values: Vec<V>,
}

impl<V> Default for NamedMap<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V> NamedMap<V> {
    pub(crate) const fn new() -> Self {
        Self {
            names: Vec::new(),
            values: Vec::new(),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.values.get(find(&self.names, name).ok()?)
    }

    /// Sets the value of `name`; returns the earlier one.
    pub(crate) fn insert(&mut self, name: &str, value: V) -> Option<V> {
        match find(&self.names, name) {
            Ok(at) => {
                let place = self.values.get_mut(at)?;
                Some(std::mem::replace(place, value))
            }
            Err(at) => {
                self.names.insert(at, name.into());
                self.values.insert(at, value);
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<V> {
        let at = find(&self.names, name).ok()?;
        self.names.remove(at);
        Some(self.values.remove(at))
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &V)> {
        let names = self.names.iter().map(|name| &**name);
        names.zip(&self.values)
    }
}

#[inline(never)]
fn find(names: &[Box<str>], name: &str) -> Result<usize, usize> {
    names.binary_search_by(|other| (**other).cmp(name))
}

/// The second parts of `pairs`, in the order of their numbers.
pub(crate) fn by_number<T: Ord + Copy>(mut pairs: Vec<(u64, T)>) -> Vec<T> {
    pairs.sort_unstable();
    let mut seconds = Vec::with_capacity(pairs.len());
    for (_, second) in &pairs {
        seconds.push(*second);
    }
    seconds
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
                0..=7 => assert_eq!(
                    ours.insert(key, random),
                    theirs.insert(key, random).is_none()
                ),
                8..=13 => assert_eq!(ours.remove(&key), theirs.remove(&key)),
                14 => {
                    assert_eq!(ours.get(&key), theirs.get(&key));
                    assert_eq!(ours.up_to(&key), theirs.range(..=key).next_back());
                }
                _ => assert_eq!(ours.get_mut(&key), theirs.get_mut(&key)),
            }
        }
        assert!(ours.iter().eq(theirs.iter()));
        ours.retain(|value| value % 3 == 0);
        theirs.retain(|_, value| *value % 3 == 0);
        assert_eq!(ours.iter().len(), theirs.len());
        assert!(ours.insert(999, 1));
        theirs.insert(999, 1);
        assert_eq!(ours.take(), theirs.into_iter().collect::<Vec<_>>());
        assert_eq!(ours.iter().len(), 0);
    }

    #[test]
    fn names_are_in_their_order_and_found_by_it() {
        let mut map = NamedMap::new();
        for (number, name) in ["b", "", "ab", "b/", "a"].into_iter().enumerate() {
            assert_eq!(map.insert(name, number), None);
        }
        assert_eq!(map.insert("ab", 9), Some(2));
        assert_eq!(map.remove("b"), Some(0));
        assert_eq!(map.remove("b"), None);
        assert_eq!((map.get("b/"), map.get("c")), (Some(&3), None));
        assert!(map.iter().eq([("", &1), ("a", &4), ("ab", &9), ("b/", &3)]));
    }

    #[test]
    fn numbers_decide_the_order() {
        let pairs = vec![(3, 'c'), (1, 'z'), (2, 'a')];
        assert_eq!(by_number(pairs), ['z', 'a', 'c']);
    }
}
