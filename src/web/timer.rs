//! Time: what time it is, one timer for the machine's deadline, and the end of the turn.

use std::cell::Cell;

use js_sys::Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/web/platform.js")]
extern "C" {
    fn random() -> u32;
    #[wasm_bindgen(js_name = whenAll)]
    fn js_when_all(promises: &Array, callback: &JsValue);

    #[derive(Debug)]
    #[wasm_bindgen(js_name = Turn)]
    type JsTurn;
    #[wasm_bindgen(constructor, js_class = Turn)]
    fn new(callback: &Closure<dyn FnMut()>) -> JsTurn;
    #[wasm_bindgen(method, js_class = Turn)]
    fn schedule(this: &JsTurn);
    #[wasm_bindgen(method, js_class = Turn)]
    fn forget(this: &JsTurn);
}

#[wasm_bindgen(module = "/src/web/ticker.js")]
extern "C" {
    #[derive(Debug)]
    type Ticker;
    #[wasm_bindgen(constructor)]
    fn new(callback: &Closure<dyn FnMut()>) -> Ticker;
    #[wasm_bindgen(method)]
    fn set(this: &Ticker, milliseconds: f64);
    #[wasm_bindgen(method)]
    fn clear(this: &Ticker);
}

/// Milliseconds since the Unix epoch.
pub(super) fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// A seed for the machine.
pub(super) fn seed() -> u64 {
    u64::from(random()) << 32 | u64::from(random())
}

/// Calls `done` when all of these promises, of which none is ever rejected, are fulfilled.
pub(super) fn when_all(promises: &Array, done: impl FnOnce() + 'static) {
    js_when_all(promises, &Closure::once_into_js(done));
}

/// One timer of the platform, which follows a deadline that moves, and keeps it in a hidden page (`ticker.js`).
#[derive(Debug)]
pub(super) struct Timer {
    ticker: Ticker,
    armed: Cell<Option<u64>>,
    /// The ticker holds on to the callback.
    used: Cell<bool>,
    _callback: Closure<dyn FnMut()>,
}

impl Timer {
    /// `callback` runs once the deadline has passed, and may run earlier; it then calls
    /// [`Self::follow`] again.
    pub(super) fn new(callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::new(callback);
        Self {
            ticker: Ticker::new(&callback),
            armed: Cell::new(None),
            used: Cell::new(false),
            _callback: callback,
        }
    }

    /// The timer went off, or perhaps stood still: it is set again by [`Self::follow`].
    pub(super) fn unset(&self) {
        self.armed.set(None);
    }

    /// Sees to it that the callback runs at `deadline`. A deadline that moved away does not move the
    /// timer: it goes off early and is set again, which is cheaper than setting it at every packet. One that should
    /// have gone off by now is set again, too: the platform's timers stand still while the machine sleeps.
    pub(super) fn follow(&self, deadline: Option<u64>, now: u64) {
        let Some(deadline) = deadline else {
            return self.stop();
        };
        let armed = self.armed.get();
        if armed.is_some_and(|armed| now < armed && armed <= deadline) {
            return;
        }
        self.ticker.set(deadline.saturating_sub(now) as f64);
        self.armed.set(Some(deadline));
        self.used.set(true);
    }

    pub(super) fn stop(&self) {
        self.armed.set(None);
        if self.used.take() {
            self.ticker.clear();
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs something once at the end of the current turn of the event loop, however often it is asked to; not once this is
/// dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turn: JsTurn,
    scheduled: Cell<bool>,
    _callback: Closure<dyn FnMut()>,
}

impl Turn {
    /// `callback` says [`Self::ended`] first.
    pub(super) fn new(callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::new(callback);
        Self {
            turn: JsTurn::new(&callback),
            scheduled: Cell::new(false),
            _callback: callback,
        }
    }

    pub(super) fn ended(&self) {
        self.scheduled.set(false);
    }

    pub(super) fn schedule(&self) {
        if !self.scheduled.replace(true) {
            self.turn.schedule();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turn.forget();
    }
}
