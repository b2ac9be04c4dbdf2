//! The bodies of the fuzz targets (`fuzz/bodies`) on stable Rust: every seed, and inputs made of them.
//!
//! `npm test` runs a fixed number of inputs, the same each time. `npm run fuzz` runs as many as there is time for: with
//! libFuzzer where that can be built, else with these tests, where `FUZZ_MINUTES` says for how long, and `FUZZ_SEED`
//! which inputs. `FUZZ_INPUT` names a file to run instead of all that.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;
mod durable_support;
mod fuzz_support;
mod support;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;
use std::time::{Duration, Instant};

use fuzz_support::{Mutator, seeds};

#[global_allocator]
static ALLOCATOR: bodies::memory::Counting = bodies::memory::Counting;

/// What is run at `npm test`, unless time is given.
const SEED: u64 = 20_261_122;

thread_local! {
    /// The input this thread runs, whose panics are not printed but kept.
    static WORDS: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn keep_words_of_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| {
            let kept = WORDS
                .with_borrow_mut(|words| words.as_mut().map(|words| *words = info.to_string()));
            if kept.is_none() {
                usual(info);
            }
        }));
    });
}

/// What is wrong with `input`, if anything is.
fn fault(body: fn(&[u8]), input: &[u8]) -> Option<String> {
    WORDS.set(Some(String::new()));
    let result = catch_unwind(AssertUnwindSafe(|| body(input)));
    let words = WORDS.take().unwrap_or_default();
    result.is_err().then_some(words)
}

/// A shorter input with which something is still wrong.
fn shrink(body: fn(&[u8]), mut input: Vec<u8>) -> Vec<u8> {
    let mut size = input.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < input.len() {
            let mut shorter = input.clone();
            shorter.drain(at..(at + size).min(input.len()));
            match fault(body, &shorter) {
                Some(_) => input = shorter,
                None => at += size,
            }
        }
        size /= 2;
    }
    input
}

fn judge(body: fn(&[u8]), name: &str, input: Vec<u8>) {
    if fault(body, &input).is_none() {
        return;
    }
    let input = shrink(body, input);
    let words = fault(body, &input).unwrap_or("it does not happen again".into());
    let hex: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
    panic!("{name}: {words}\nthe input, in hex, to be kept in fuzz/seeds:\n{hex}");
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number")),
    )
}

/// Every seed of `target`, then `count` inputs made of them, or as many as there is time for.
fn fuzz(target: &str, body: fn(&[u8]), count: usize) {
    keep_words_of_panics();
    if let Some(path) = std::env::var_os("FUZZ_INPUT") {
        let input = std::fs::read(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        return body(&input);
    }
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "{target} has no seeds");
    for (name, input) in &seeds {
        judge(body, &format!("seed {name}"), input.clone());
    }
    let until = number("FUZZ_MINUTES").map(|n| Instant::now() + Duration::from_secs(60 * n));
    let mut mutator = Mutator::new(number("FUZZ_SEED").unwrap_or(SEED));
    let mut done = 0;
    while until.map_or(done < count, |until| Instant::now() < until) {
        done += 1;
        judge(body, &format!("input {done}"), mutator.draw(&seeds));
    }
    println!("{target}: {} seeds, {done} inputs", seeds.len());
}

#[test]
fn a_stream_gives_the_same_packets_however_it_is_cut() {
    fuzz("frames", bodies::frames::run, 4_000);
}

#[test]
fn what_is_decoded_is_encoded_and_decoded_to_the_same() {
    fuzz("packets", bodies::packets::run, 20_000);
}

#[test]
fn a_saved_session_is_refused_or_restored_to_what_saves_to_the_same() {
    fuzz("session_string", bodies::session_string::run, 4_000);
}

#[test]
fn records_are_read_or_put_aside_and_what_is_written_then_is_what_is_held() {
    fuzz("records", bodies::records::run, 3_000);
}

#[test]
fn the_machine_keeps_its_rules_whatever_happens_to_it() {
    fuzz("machine", bodies::machine::run, 1_000);
}

#[test]
fn no_history_read_off_bytes_differs_from_the_model() {
    fuzz("model", bodies::model::run, 600);
}
