//! One owner for a durable session: a Web Lock, held until the client is gone and its last socket closed.

use js_sys::{Function, Promise};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_sys::WebSocket;

use super::task::Answer;

#[wasm_bindgen]
extern "C" {
    /// Ends a wait.
    #[derive(Clone, Debug)]
    pub(super) type AbortController;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> AbortController;
    #[wasm_bindgen(method)]
    pub(super) fn abort(this: &AbortController);
    #[wasm_bindgen(method, getter)]
    fn signal(this: &AbortController) -> JsValue;
}

#[wasm_bindgen(module = "/src/web/lock.js")]
extern "C" {
    #[wasm_bindgen(js_name = takeLock)]
    fn take_lock(name: &str, signal: &JsValue) -> Promise;
    #[wasm_bindgen(js_name = releaseAfter)]
    fn release_after(release: &Function, socket: Option<&WebSocket>);
    #[wasm_bindgen(js_name = releaseNow)]
    fn release_now(release: &Function) -> Promise;
    #[wasm_bindgen(js_name = watchStorage)]
    fn watch_storage(area: &str, changed: &Closure<dyn FnMut(Option<String>)>) -> Function;
}

/// What came of asking for a lock.
pub(super) enum Taken {
    Lock(Lock),
    /// Somebody else has it, or the wait was ended.
    No,
    /// This context has no Web Locks.
    Unavailable,
}

/// A Web Lock; dropping it releases it, once the last socket is closed.
#[derive(Debug)]
pub(super) struct Lock {
    release: Function,
    socket: RefCell<Option<WebSocket>>,
}

/// Asks for the lock `name`; [`Taken`] says what came of it. `wait`: until that ends it.
pub(super) fn ask(name: &str, wait: Option<&AbortController>) -> JsValue {
    let signal = wait.map_or(JsValue::UNDEFINED, AbortController::signal);
    take_lock(name, &signal).into()
}

impl From<Answer> for Taken {
    fn from(release: Answer) -> Self {
        let release = release.unwrap_or(JsValue::NULL);
        if release.is_null() {
            return Self::Unavailable;
        }
        let socket = RefCell::default();
        let release = release.dyn_into();
        release.map_or(Self::No, |release| Self::Lock(Lock { release, socket }))
    }
}

impl Lock {
    /// Releases it now. Who is to ask next may be this very client, and has to wait until it is released.
    pub(super) fn let_go(&self) -> Promise {
        release_now(&self.release)
    }

    /// The session's latest socket.
    pub(super) fn outlives(&self, socket: WebSocket) {
        self.socket.replace(Some(socket));
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        release_after(&self.release, self.socket.take().as_ref());
    }
}

/// Listens to changes that other documents make to a store of this window.
#[derive(Debug)]
pub(super) struct Watch {
    end: Function,
    _changed: Closure<dyn FnMut(Option<String>)>,
}

impl Watch {
    /// `area`: `localStorage` or `sessionStorage`; `changed` gets the key, `None` if all were removed.
    pub(super) fn new(area: &str, changed: impl FnMut(Option<String>) + 'static) -> Self {
        let changed = Closure::new(changed);
        let end = watch_storage(area, &changed);
        Self {
            end,
            _changed: changed,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let ended = self.end.call0(&JsValue::UNDEFINED);
        debug_assert!(ended.is_ok(), "removeEventListener: {ended:?}");
    }
}
