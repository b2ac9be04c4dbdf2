//! Fuzzing on stable Rust: the seeds, and a mutator that makes others of them.
//!
//! Must never live here: what is done with the bytes (`fuzz/bodies`).

mod mutator;

pub(crate) use mutator::Mutator;

use std::path::{Path, PathBuf};

/// Where the seeds of `target` are.
fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target)
}

/// The seeds of `target`, by name, in the same order everywhere.
pub(crate) fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = folder(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{folder:?}: {e}"));
    let mut seeds: Vec<_> = entries
        .map(|entry| {
            let entry = entry.expect("an entry of the folder");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).expect("a seed"))
        })
        .collect();
    seeds.sort();
    seeds
}
