//! Random histories of a durable session against a simple model of broker and session: calls of the user,
//! packets of the server in any order and delay, cuts at any byte, crashes at any step, storage that is slow,
//! full, failing, cleared or corrupted, time that passes.
//!
//! `MODEL_CASES` says how many histories are tried in all, half of them in each version; without it, 3,000.
//! `npm run model` tries 100,000 in a release build (`MODEL_CASES=1000000 npm run model` for more); that is
//! the nightly form. A failure is shrunk to a short history, which is printed with what happened in it.
#![cfg(not(target_arch = "wasm32"))]

mod durable_support;
mod support;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use durable_support::{STORY, any_plan, run};
use mqtt_mooring::codec::Version;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

thread_local! {
    /// Panics of this thread are cases of the model: their words are kept, not printed.
    static MODEL: Cell<bool> = const { Cell::new(false) };
    static WORDS: Cell<String> = const { Cell::new(String::new()) };
}

fn keep_words_of_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| match MODEL.get() {
            true => WORDS.set(info.to_string()),
            false => usual(info),
        }));
    });
}

fn cases() -> u32 {
    match std::env::var("MODEL_CASES") {
        Ok(text) => text.parse().expect("MODEL_CASES is a number"),
        Err(_) => 3_000,
    }
}

fn try_histories(version: Version) {
    keep_words_of_panics();
    let config = Config {
        cases: cases().div_ceil(2),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    let cases = config.cases;
    let mut runner = TestRunner::new(config);
    let result = runner.run(&any_plan(60), |plan| {
        MODEL.set(true);
        let result = catch_unwind(AssertUnwindSafe(|| run(&plan, version)));
        MODEL.set(false);
        result.map_err(|_| TestCaseError::fail(WORDS.take()))
    });
    match result {
        Ok(()) => println!("{cases} histories"),
        Err(TestError::Fail(_, plan)) => {
            // Once more, for its story.
            MODEL.set(true);
            let again = catch_unwind(AssertUnwindSafe(|| run(&plan, version)));
            MODEL.set(false);
            assert!(again.is_err(), "{plan:#?} fails only sometimes");
            let words = WORDS.take();
            let words = words.split("\n  ").next().unwrap_or_default();
            panic!("{version:?}, {plan:?}\n{words}\n{}", STORY.take());
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn no_history_of_an_mqtt_311_session_differs_from_the_model() {
    try_histories(Version::V311);
}

#[test]
fn no_history_of_an_mqtt_5_session_differs_from_the_model() {
    try_histories(Version::V5);
}
