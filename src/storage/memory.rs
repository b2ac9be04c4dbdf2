//! A store that lives as long as the page: for tests, for workers, and where the real ones are denied.
//!
//! All [`Memory`] values of a thread are the same store, so that a session saved by one client object can
//! be restored by the next one.

use std::cell::RefCell;

use super::{Storage, StorageError};
use crate::sorted::NamedMap;

thread_local! {
    static RECORDS: RefCell<NamedMap<String>> = const { RefCell::new(NamedMap::new()) };
}

/// The page's memory.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory;

impl Storage for Memory {
    fn get(&self, key: &str) -> Result<Option<String>, StorageError> {
        Ok(RECORDS.with_borrow(|records| records.get(key).cloned()))
    }

    fn set(&self, key: &str, value: &str) -> Result<(), StorageError> {
        RECORDS.with_borrow_mut(|records| records.insert(key, value.into()));
        Ok(())
    }

    fn remove(&self, key: &str) -> Result<(), StorageError> {
        RECORDS.with_borrow_mut(|records| records.remove(key));
        Ok(())
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        Ok(RECORDS.with_borrow(|records| {
            let keys = records.iter().map(|(key, _)| key);
            keys.filter(|key| key.starts_with(prefix))
                .map(Into::into)
                .collect()
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_value_wrote_another_one_reads() {
        assert_eq!(Memory.set("a", "1"), Ok(()));
        assert_eq!(Memory.get("a"), Ok(Some("1".into())));
        assert_eq!(Memory.set("a", "2"), Ok(()));
        assert_eq!(Memory.get("a"), Ok(Some("2".into())));
        assert_eq!(Memory.remove("a"), Ok(()));
        assert_eq!(Memory.get("a"), Ok(None));
        assert_eq!(Memory.remove("a"), Ok(()));
    }

    #[test]
    fn keys_are_those_that_begin_with_the_prefix() {
        for key in ["m/a/1", "m/a/2", "m/b/1", "m/aa", "n"] {
            assert_eq!(Memory.set(key, ""), Ok(()));
        }
        assert_eq!(
            Memory.keys("m/a/"),
            Ok(vec!["m/a/1".into(), "m/a/2".into()])
        );
        assert_eq!(Memory.keys("x"), Ok(vec![]));
    }
}
