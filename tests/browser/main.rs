//! The browser tests, by topic. The class is driven as an application drives it, from JavaScript,
//! against a WebSocket that is a JavaScript class (`fake.js`): no server, no waiting.
//!
//! Each test is a piece of JavaScript in which the names that `fake.js` exports in `kit` are known. They are one
//! program, so that a browser is started once.
#![cfg(target_arch = "wasm32")]

use js_sys::{Promise, Reflect};
use mqtt_mooring::web::MqttClient;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/tests/browser/fake.js")]
extern "C" {
    #[wasm_bindgen(js_name = runTest)]
    fn run_test(class: &JsValue, memory: &JsValue, body: &str) -> Promise;
}

/// Runs a piece of JavaScript; what it throws fails the test.
pub(crate) async fn run(body: &str) {
    let client = MqttClient::new(&JsValue::UNDEFINED).unwrap_throw();
    let class = Reflect::get(&client.into(), &"constructor".into()).unwrap_throw();
    if let Err(error) = JsFuture::from(run_test(&class, &wasm_bindgen::memory(), body)).await {
        let stack = Reflect::get(&error, &"stack".into()).unwrap_or_default();
        panic!(
            "{}",
            stack.as_string().unwrap_or_else(|| format!("{error:?}"))
        );
    }
}

/// Tests named by sentences, each with its JavaScript.
macro_rules! browser_tests {
    ($($name:ident $body:literal)*) => {
        $(
            #[wasm_bindgen_test::wasm_bindgen_test]
            async fn $name() {
                crate::run($body).await;
            }
        )*
    };
}
pub(crate) use browser_tests;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

mod acknowledging;
mod authenticating;
mod back_pressure;
mod cancelling;
mod classic;
mod coming_back;
mod conformance;
mod disposing;
mod durable;
mod dying;
mod errors;
mod falling_back;
mod free;
mod handlers;
mod iterating;
mod lifecycle;
mod logging;
mod options;
mod outbox;
mod ownership;
mod packs;
mod preparing;
mod receiving;
mod reconnecting;
mod requesting;
mod saying;
mod sealing;
mod session;
mod storage;
mod ticking;
mod turns;
mod v5_messages;
