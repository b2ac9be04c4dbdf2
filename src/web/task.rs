//! Work that may have to wait for the application's promises, and waits only where there are some.
//!
//! A store or a sealing function may answer at once or with a promise. What goes on with an answer is written once, as a
//! function; what answers at once is done before the call returns, so that with localStorage no turn of the event loop
//! lies between a change and its being stored. (As `async` functions the same was three times as large.) Must never live
//! here: what the work is.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

#[wasm_bindgen(module = "/src/web/task.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn coming(given: &JsValue) -> Result<Option<Promise>, JsValue>;
}

/// What was answered, be it at once or with a promise; or what was thrown.
pub(super) type Answer = Result<JsValue, JsValue>;

/// What is done with an answer.
type Next = Box<dyn FnOnce(Answer)>;

/// Does `next` with what `given` comes to: now, unless that is a promise.
pub(super) fn when(given: Answer, next: impl FnOnce(Answer) + 'static) {
    go(given, Box::new(next));
}

fn go(given: Answer, next: Next) {
    let coming = given.as_ref().map_or(Ok(None), coming);
    match coming {
        Ok(Some(promise)) => {
            spawn_local(async move { next(JsFuture::from(promise).await) });
        }
        Ok(None) => next(given),
        Err(thrown) => next(Err(thrown)),
    }
}
