//! Time: what time it is, and one timer for the machine's deadline.

use std::cell::Cell;

use wasm_bindgen::prelude::*;

use super::port::Port;

#[wasm_bindgen(module = "/src/web/platform.js")]
extern "C" {
    fn random() -> u32;
}

/// Milliseconds since the Unix epoch.
pub(super) fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// A seed for the machine.
pub(super) fn seed() -> u64 {
    u64::from(random()) << 32 | u64::from(random())
}

/// One timer of the platform, which follows a deadline that moves, and keeps it in a hidden page (`ticker.js`).
#[derive(Default, Debug)]
pub(super) struct Timer {
    armed: Cell<Option<u64>>,
    /// The platform holds on to it.
    used: Cell<bool>,
}

impl Timer {
    /// The timer went off, or perhaps stood still: it is set again by [`Self::follow`].
    pub(super) fn unset(&self) {
        self.armed.set(None);
    }

    /// Sees to it that it goes off at `deadline`, or earlier. A deadline that moved away does not move the
    /// timer: it goes off early and is set again, which is cheaper than setting it at every packet. One that should
    /// have gone off by now is set again, too: the platform's timers stand still while the machine sleeps.
    pub(super) fn follow(&self, port: &Port, deadline: Option<u64>, now: u64) {
        let Some(deadline) = deadline else {
            return self.stop(port);
        };
        let armed = self.armed.get();
        if armed.is_some_and(|armed| now < armed && armed <= deadline) {
            return;
        }
        port.wake(deadline.saturating_sub(now) as f64);
        self.armed.set(Some(deadline));
        self.used.set(true);
    }

    pub(super) fn stop(&self, port: &Port) {
        self.armed.set(None);
        if self.used.take() {
            port.sleep();
        }
    }
}
