//! Work that may have to wait for the application's promises, and waits only where there are some.
//!
//! A store or a sealing function may answer at once or with a promise. Both are written once, as `async`;
//! what answers at once is done before the call returns, so that with localStorage no turn of the event loop
//! lies between a change and its being stored. Must never live here: what the work is.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::error::Fault;
use super::values::Deferred;

#[wasm_bindgen(module = "/src/web/task.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn coming(given: &JsValue) -> Result<Option<Promise>, JsValue>;
}

/// Does `task` as far as it need not wait, and the rest as promises settle.
pub(super) fn run(task: impl Future<Output = ()> + 'static) {
    go(Box::pin(task));
}

fn go(mut task: Pin<Box<dyn Future<Output = ()>>>) {
    if begin(task.as_mut()).is_pending() {
        spawn_local(task);
    }
}

/// What `task` comes to, if it need not wait; else it is dropped.
pub(super) fn at_once<T>(task: impl Future<Output = T>) -> Option<T> {
    match begin(pin!(task)) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// A promise for what `task` comes to.
pub(super) fn promised(task: impl Future<Output = Result<JsValue, Fault>> + 'static) -> Promise {
    let deferred = Deferred::new();
    let promise = deferred.promise();
    run(async move {
        match task.await {
            Ok(value) => deferred.resolve(&value),
            Err(fault) => deferred.reject(&fault),
        }
    });
    promise
}

/// What a function of the application answered, be it at once or with a promise.
pub(super) async fn answer(given: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    let given = given?;
    match coming(&given)? {
        Some(promise) => JsFuture::from(promise).await,
        None => Ok(given),
    }
}

/// Nobody is woken: whoever is still waiting is asked again by `spawn_local`.
fn begin<F: Future + ?Sized>(task: Pin<&mut F>) -> Poll<F::Output> {
    task.poll(&mut Context::from_waker(Waker::noop()))
}
