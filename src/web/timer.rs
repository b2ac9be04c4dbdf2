//! Time: what time it is, one timer for the machine's deadline, and the end of the turn.

use std::cell::{Cell, RefCell};

use js_sys::Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/web/platform.js")]
extern "C" {
    fn random() -> u32;
    #[wasm_bindgen(js_name = startTimer)]
    fn start_timer(callback: &Closure<dyn FnMut()>, milliseconds: i32) -> JsValue;
    #[wasm_bindgen(js_name = stopTimer)]
    fn stop_timer(timer: &JsValue);
    #[wasm_bindgen(js_name = atEndOfTurn)]
    fn at_end_of_turn(callback: &JsValue);
    #[wasm_bindgen(js_name = whenAll)]
    fn js_when_all(promises: &Array, callback: &JsValue);
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

/// One timer of the platform, which follows a deadline that moves.
#[derive(Debug)]
pub(super) struct Timer {
    callback: Closure<dyn FnMut()>,
    armed: Cell<Option<u64>>,
    handle: RefCell<Option<JsValue>>,
}

impl Timer {
    /// `callback` runs once the deadline has passed, and may run earlier; it then calls
    /// [`Self::follow`] again.
    pub(super) fn new(callback: impl FnMut() + 'static) -> Self {
        Self {
            callback: Closure::new(callback),
            armed: Cell::new(None),
            handle: RefCell::new(None),
        }
    }

    /// The timer went off.
    pub(super) fn fired(&self) {
        self.armed.set(None);
        self.handle.take();
    }

    /// Sees to it that the callback runs at `deadline`. A deadline that moved away does not move the
    /// timer: it goes off early and is set again, which is cheaper than setting it at every packet.
    pub(super) fn follow(&self, deadline: Option<u64>, now: u64) {
        let Some(deadline) = deadline else {
            return self.stop();
        };
        if self.armed.get().is_some_and(|armed| armed <= deadline) {
            return;
        }
        self.stop();
        // Longer delays than the platform takes go off early, too.
        let delay = i32::try_from(deadline.saturating_sub(now)).unwrap_or(i32::MAX);
        self.handle
            .replace(Some(start_timer(&self.callback, delay)));
        self.armed.set(Some(deadline));
    }

    pub(super) fn stop(&self) {
        self.armed.set(None);
        if let Some(handle) = self.handle.take() {
            stop_timer(&handle);
        }
    }
}

/// Runs something once at the end of the current turn of the event loop, however often it is asked to.
#[derive(Debug, Default)]
pub(super) struct Turn {
    scheduled: Cell<bool>,
}

impl Turn {
    pub(super) fn ended(&self) {
        self.scheduled.set(false);
    }

    /// `callback` says [`Self::ended`] first. It is made for this one time and lives until it has run: a
    /// client that was freed in the meantime cannot take it along.
    pub(super) fn schedule(&self, callback: impl FnOnce() + 'static) {
        if !self.scheduled.replace(true) {
            at_end_of_turn(&Closure::once_into_js(callback));
        }
    }
}
